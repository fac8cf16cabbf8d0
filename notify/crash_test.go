package notify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"presszero/notify"
	"presszero/report"
)

// cut is a store whose worker dies at the nth thing that it asks.
type cut struct {
	notify.Store
	mu   sync.Mutex
	left int
	die  func()
}

func (c *cut) step(after bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left--
	if c.left <= 0 {
		c.die()
		return errors.New("the worker is dead")
	}
	return nil
}

func (c *cut) Claim(ctx context.Context, s string, n int, lease time.Duration) ([]report.Delivery, error) {
	if err := c.step(false); err != nil {
		return nil, err
	}
	list, err := c.Store.Claim(ctx, s, n, lease)
	if dead := c.step(true); dead != nil {
		return nil, dead // claimed, and never tried
	}
	return list, err
}

func (c *cut) Sent(ctx context.Context, d report.Delivery, status int) error {
	if err := c.step(false); err != nil {
		return err // taken, and never noted
	}
	return c.Store.Sent(ctx, d, status)
}

func (c *cut) Failed(ctx context.Context, d report.Delivery, f report.Failure) error {
	if err := c.step(false); err != nil {
		return err
	}
	return c.Store.Failed(ctx, d, f)
}

// TestCutAtEveryPoint: whatever a worker was doing when it died, the next one loses
// nothing, and what comes twice has the same id and body.
func TestCutAtEveryPoint(t *testing.T) {
	defer notify.Hurry(2*time.Second, 30*time.Millisecond)()
	p := newPlace(t)
	to := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n%5 == 0 {
			w.WriteHeader(503)
		}
	})
	p.subscribe(t, report.Subscription{ID: "hook", Kind: report.Webhook, Address: to.URL})
	var ids []string
	for at := 1; at <= 12; at++ {
		for i := range 4 {
			ids = append(ids, fmt.Sprintf("cut%d-%d", at, i))
		}
		p.publish(t, ids[len(ids)-4:]...)
		ctx, die := context.WithCancel(context.Background())
		w := notify.New(notify.Config{Store: &cut{Store: p, left: at, die: die}, Webhook: webhooks(), Logger: quiet})
		w.Run(ctx)
	}
	works(t, p, nil)
	until(t, "nothing is open", func() bool { return p.one(t, open) == "0" })
	complete(t, p, to, ids)
}

// complete checks that each notice came, and always as the same.
func complete(t *testing.T, p place, to *receiver, ids []string) {
	t.Helper()
	seen := to.seen()
	twice := 0
	for _, id := range ids {
		bodies := seen[id]
		if len(bodies) == 0 {
			t.Errorf("%s is lost", id)
			continue
		}
		twice += len(bodies) - 1
		for _, b := range bodies {
			if b != bodies[0] {
				t.Errorf("%s came as %s and as %s", id, bodies[0], b)
			}
		}
	}
	if len(seen) != len(ids) {
		t.Errorf("%d ids came, of %d", len(seen), len(ids))
	}
	if bad := p.one(t, `SELECT count(*)::text FROM delivery WHERE sent_at IS NULL`); bad != "0" {
		t.Errorf("%s are not noted as sent", bad)
	}
	t.Logf("%d notices, %d came again", len(ids), twice)
}

// TestKilledWorkers: workers in processes of their own are killed with SIGKILL again and
// again, two at once, while notices are written.
func TestKilledWorkers(t *testing.T) {
	p, to := newPlace(t), newReceiver(t, nil)
	p.subscribe(t, report.Subscription{ID: "hook", Kind: report.Webhook, Address: to.URL})
	worker := func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "NOTIFY_TEST_WORKER="+p.url)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	kill := func(c *exec.Cmd) {
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	var ids []string
	for round := range 5 {
		one, two := worker(), worker()
		before := to.count()
		for i := range 30 {
			ids = append(ids, fmt.Sprintf("kill%d-%d", round, i))
		}
		p.publish(t, ids[len(ids)-30:]...)
		until(t, "some came", func() bool { return to.count() > before+3*round })
		kill(one)
		kill(two)
	}
	last := worker()
	defer kill(last)
	until(t, "nothing is open", func() bool { return p.one(t, open) == "0" })
	complete(t, p, to, ids)
}

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
	worker := func() *exec.Cmd { return workerOf(t, p, "") }
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

// workerOf starts a worker in a process of its own, which kill ends.
func workerOf(t *testing.T, p place, claims string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "NOTIFY_TEST_WORKER="+p.url, "NOTIFY_TEST_CLAIMS="+claims)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

func kill(c *exec.Cmd) {
	_ = c.Process.Kill()
	_ = c.Wait()
}

// TestClaimsOfTheDead: what a killed process was trying is tried by its next start at once,
// and with the same id, though its lease is an hour long; not while it lives, and not what
// another controller is trying.
func TestClaimsOfTheDead(t *testing.T) {
	defer notify.Hurry(time.Minute, time.Hour)()
	p, dir, release := newPlace(t), t.TempDir(), make(chan struct{})
	to := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n <= 2 {
			<-release // two that hang
		}
	})
	defer close(release)
	p.subscribe(t, report.Subscription{ID: "hook", Kind: report.Webhook, Address: to.URL})
	tried := func(id string) int { return len(to.seen()[id]) }

	p.publish(t, "a")
	dead := workerOf(t, p, dir+"/ours")
	until(t, "it is being tried", func() bool { return tried("a") == 1 })
	p.publish(t, "b")
	other := workerOf(t, p, dir+"/another's")
	defer kill(other)
	until(t, "another is being tried", func() bool { return tried("b") == 1 })

	ctx, end := context.WithCancel(t.Context())
	w := notify.New(notify.Config{Store: p, Webhook: webhooks(), Claims: dir + "/ours", Logger: quiet})
	var done sync.WaitGroup
	done.Go(func() { w.Run(ctx) })
	defer done.Wait()
	defer end()
	p.publish(t, "c")
	until(t, "a third is taken", func() bool { return tried("c") == 1 })
	if n := tried("a"); n != 1 {
		t.Errorf("while its process lives, the first is tried %d times", n)
	}
	kill(dead)
	until(t, "the first is tried again", func() bool { return tried("a") == 2 })
	until(t, "only the other's is open", func() bool { return p.one(t, open) == "1" })
	if seen := to.seen(); len(seen) != 3 || len(seen["b"]) != 1 || seen["a"][0] != seen["a"][1] {
		t.Errorf("what came is %v", seen)
	}
}

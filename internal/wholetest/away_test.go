package wholetest

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/audio"
	"presszero/sql/cluster"
)

// TestAway: the controller is away for long, and then it starts without its
// database. Asterisk serves alone meanwhile, and what came of it is in the
// books afterwards.
func TestAway(t *testing.T) {
	t.Parallel() // most of it is waiting
	pg := &database{dir: filepath.Join(t.TempDir(), "pg")}
	pg.start(t)
	t.Cleanup(func() { pg.Stop() }) // after the building, which comes next
	b := build(t, "PRESSZERO_DATABASE_URL="+pg.URL(), "PRESSZERO_FALLBACK_AFTER=1s")
	ana := b.employ("ana")
	t.Run("callers of the fallback are booked, their messages are tasks", func(t *testing.T) { inFallback(t, b.in(t)) })
	t.Run("a start without Postgres serves callers and agents", func(t *testing.T) {
		b := b.in(t)
		early := b.agent(ana) // signed in before; her page comes back
		pg.Stop()
		b.kill("serve")
		b.ready()
		b.wait(20*time.Second, "the page of before is back", func() bool {
			again, err := early.Again(soon(t))
			if err == nil {
				early = again
			}
			return err == nil
		})
		must(t, early.SignOut(soon(t)))
		late := b.agent(ana) // signs in now
		c := b.callPerson("+34790")
		answer(t, late)
		hear(t, c, late)
		must(t, c.Hangup())
		_, err := late.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.WrapUp })
		must(t, err)
		must(t, late.Wrapped())
		pg.start(t)
		b.outcome("+34790", "answered")
		must(t, late.SignOut(soon(t)))
	})
	for query, want := range map[string]int{
		`SELECT count(*) FROM report.call WHERE ended_at IS NULL`:                                                0,
		`SELECT count(*) FROM call_event_rejected`:                                                               0,
		`SELECT count(*) FROM (SELECT FROM call_event GROUP BY call_id, seq HAVING count(*) > 1) twice`:          0,
		`SELECT count(*) FROM report.call WHERE caller_number LIKE '+3478%' AND outcome = 'message_left'`:        1,
		`SELECT count(*) FROM report.call WHERE caller_number LIKE '+3478%'`:                                     2,
		`SELECT count(*) FROM call_fact WHERE caller_number LIKE '+3478%' AND estimated AND switch = 'pz1'`:      2,
		`SELECT count(*) FROM call_fact WHERE caller_number = '+34781' AND node = 'fallback' AND dialed = '100'`: 1,
	} {
		b.waitCount(10*time.Second, want, query)
	}
}

// database is a Postgres of the test's own, which it stops and starts.
type database struct {
	*cluster.Cluster
	dir string
}

func (d *database) start(t *testing.T) {
	t.Helper()
	c, err := cluster.Start(context.Background(), cluster.Config{Dir: d.dir})
	must(t, err)
	d.Cluster = c
}

// inFallback: one caller gives up in the fallback, one leaves a message there.
func inFallback(t *testing.T, b *building) {
	old := b.pid("serve")
	carryOn := func() { _ = b.cmd.Process.Signal(syscall.SIGCONT) }
	t.Cleanup(carryOn)
	must(t, b.cmd.Process.Signal(syscall.SIGSTOP)) // nobody starts another
	must(t, syscall.Kill(old, syscall.SIGKILL))
	b.beatCeases()
	speaks, gives := b.call("+34780"), b.call("+34781")
	_, err := gives.WaitSound(soon(t), gives.Answered)
	must(t, err)
	must(t, gives.Hangup())
	spool := filepath.Join(b.dir, "asterisk", "spool", "fallback")
	b.wait(60*time.Second, "the message is being recorded", func() bool {
		files, _ := filepath.Glob(filepath.Join(spool, "*.wav"))
		for _, f := range files {
			if info, err := os.Stat(f); err == nil && info.Size() > 3*2*audio.SampleRate {
				return true // three seconds of it
			}
		}
		return false
	})
	must(t, speaks.Hangup())
	said := time.Now()
	carryOn()
	b.wait(20*time.Second, "another controller", func() bool { return b.pid("serve") != old })
	b.ready()
	b.outcome("+34780", "message_left")
	b.outcome("+34781", "abandoned_ivr")
	admin := b.admin()
	var list struct {
		Messages []struct {
			ID, Number, Node string
			Left             time.Time `json:"left_at"`
			Length           float64   `json:"length_s"`
		}
	}
	must(t, json.Unmarshal([]byte(admin.get(t, "/api/v1/messages")), &list))
	if len(list.Messages) != 1 {
		t.Fatalf("messages %+v", list)
	}
	m := list.Messages[0]
	if m.Number != "+34780" || m.Node != "fallback" || m.Length < 3 || said.Sub(m.Left).Abs() > 3*time.Second {
		t.Errorf("the message is %+v, left at %s", m, said)
	}
	samples, err := audio.ReadWAV(strings.NewReader(admin.get(t, "/api/v1/messages/"+m.ID+"/audio")))
	if err != nil || len(samples) < 3*audio.SampleRate || !audio.Present(samples[len(samples)/2:][:800], 440)[0] {
		t.Errorf("the caller's voice is not in the %d samples of the message (%v)", len(samples), err)
	}
	b.wait(20*time.Second, "Asterisk's log is done with", func() bool {
		_, err1 := os.Stat(filepath.Join(spool, "log"))
		_, err2 := os.Stat(filepath.Join(spool, "log.old"))
		return os.IsNotExist(err1) && os.IsNotExist(err2)
	})
	if left, err := fs.Glob(os.DirFS(spool), "*"); err != nil || len(left) != 0 {
		t.Errorf("left in the spool: %v %v", left, err)
	}
}

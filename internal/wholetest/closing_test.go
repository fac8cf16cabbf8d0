package wholetest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/customer"
	"presszero/journal"
)

// TestStopWithCallers: Ctrl-C while one caller waits and another is in the
// menu. Both hear a word before they are hung up, and both calls end in the
// books then, not at the next start, and nothing about it is estimated.
func TestStopWithCallers(t *testing.T) {
	t.Parallel()
	b := build(t)
	waits := b.callPerson("+34600000001")
	menu := b.call("+34600000002")
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit WHERE outcome IS NULL`)
	b.waitCount(10*time.Second, 2, `SELECT count(*) FROM report.call WHERE answered_at IS NOT NULL`)
	began := time.Now()
	must(b, b.cmd.Process.Signal(os.Interrupt))
	for _, c := range []*customer.Call{waits, menu} {
		select {
		case <-c.Done():
		case <-time.After(20 * time.Second):
			t.Fatal("the caller is still there 20 s after Ctrl-C")
		}
		end := c.EndedBy()
		if end.By != customer.Them {
			t.Errorf("the call was ended by %s", end.By)
		}
		if said := end.At.Sub(began); said < 2*time.Second {
			t.Errorf("the caller was hung up after %s, without a word", said)
		}
	}
	past, err := journal.Ahead(context.Background(), filepath.Join(b.dir, "journal"), journal.Options{})
	must(b, err)
	ended, left := 0, 0
	for _, e := range past.Entries() {
		switch f := e.Fact.(type) {
		case call.CallEnded:
			ended++
			if f.Outcome != call.SystemFailure || f.Side != call.SideSystem || f.Estimated || e.At.Sub(began) > 3*time.Second {
				t.Errorf("at %s: %+v", e.At, f)
			}
		case call.QueueLeft:
			left++
			if f.Outcome != call.SystemFailure {
				t.Errorf("the wait is booked as %+v", f)
			}
		}
	}
	if ended != 2 || left != 1 {
		t.Errorf("%d calls and %d visits have ended in the books", ended, left)
	}
}

// TestMachineDies: every process is killed with one caller in a talk, one in
// line and one in the menu. After the next start all three calls have ended
// when the callers were last known to be there, marked as estimated; the audit finds the books sound.
func TestMachineDies(t *testing.T) {
	t.Parallel()
	b := build(t)
	ana := b.agent(b.employ("ana"))
	b.callPerson("+34600000001")
	answer(t, ana)
	b.callPerson("+34600000002")
	b.call("+34600000003")
	b.waitCount(10*time.Second, 2, `SELECT count(*) FROM report.visit WHERE outcome IS NULL OR outcome = 'answered'`)
	b.waitCount(10*time.Second, 3, `SELECT count(*) FROM report.call WHERE answered_at IS NOT NULL`)
	began := time.Now()
	b.wait(10*time.Second, "a beat says that they are there", func() bool {
		text, _ := os.ReadFile(filepath.Join(b.dir, "beat"))
		beat, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(string(text)))
		return err == nil && beat.After(began)
	})
	died := time.Now()
	b.dies()
	time.Sleep(3 * time.Second) // nobody is there meanwhile
	b.open()
	b.waitCount(20*time.Second, 3, `SELECT count(*) FROM report.call WHERE side = 'system' AND estimated
		AND ended_at BETWEEN $1 AND $2`, began.Add(-time.Second), died.Add(time.Second))
	for from, outcome := range map[string]string{"+34600000001": "answered", "+34600000002": "system_failure", "+34600000003": "system_failure"} {
		b.outcome(from, outcome)
	}
	b.waitCount(10*time.Second, 0, `SELECT count(*) FROM report.visit WHERE outcome IS NULL`)
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit WHERE estimated AND outcome = 'system_failure' AND queue_s BETWEEN 0 AND $1`,
		died.Sub(began).Seconds()+10)
	must(t, b.call("+34600000004").Hangup())
	b.outcome("+34600000004", "abandoned_ivr")
	if said, sound := b.audit(); !sound {
		t.Errorf("the books are not sound:\n%s", said)
	}
}

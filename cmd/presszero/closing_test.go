package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"presszero/call"
	"presszero/customer"
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

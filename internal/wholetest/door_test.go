package wholetest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"presszero/internal/customer"
	"presszero/internal/customer/sipp"
)

// rings calls 100 and returns the status with which the call was refused, 0 if
// it was answered.
func (b *building) rings(from string) (*customer.Call, int) {
	b.Helper()
	c, err := customer.Dial(soon(b), customer.Options{To: "100", Server: b.sip, From: from, Tone: 440})
	var no *customer.Refused
	switch {
	case errors.As(err, &no):
		return nil, no.Status
	case err != nil:
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Hangup() })
	return c, 0
}

// TestDoor: callers too many are refused before they are answered, by SIP's own
// word for it, and are in the books as refused.
func TestDoor(t *testing.T) {
	t.Parallel()
	b := build(t, "PRESSZERO_CALLS_PER_CALLER=2", "PRESSZERO_CALLS_AT_ONCE=3", "PRESSZERO_CALLS_PER_NUMBER=-1")
	const often, other = "+34600000001", "+34600000009"
	for range 2 {
		c, status := b.rings(often)
		if status != 0 {
			t.Fatalf("refused with %d", status)
		}
		must(t, c.Hangup())
	}
	if _, status := b.rings(often); status != 486 {
		t.Errorf("the third call within a minute: %d, want 486 Busy Here", status)
	}
	var inside []*customer.Call
	for i := range 3 {
		c, status := b.rings(fmt.Sprint("+3460000010", i))
		if status != 0 {
			t.Fatalf("refused with %d", status)
		}
		inside = append(inside, c)
	}
	if _, status := b.rings(other); status != 503 {
		t.Errorf("a fourth call at once: %d, want 503 Service Unavailable", status)
	}
	must(t, inside[0].Hangup())
	b.waitCount(20*time.Second, 1, `SELECT count(*) FROM report.call WHERE outcome = 'refused' AND cause_text = 'calls_at_once' AND answered_at IS NULL AND cause = 34`)
	b.waitCount(20*time.Second, 1, `SELECT count(*) FROM report.call WHERE outcome = 'refused' AND cause_text = 'calls_per_caller' AND answered_at IS NULL AND cause = 17`)
	b.waitCount(20*time.Second, 2, `SELECT coalesce(sum(calls), 0) FROM report.refused`)
	if n := b.count(`SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE c.outcome = 'refused'`); n != 0 {
		t.Errorf("%d refused calls were counted as offered", n)
	}
	b.wait(20*time.Second, "there is room again", func() bool {
		c, status := b.rings(other)
		if status == 0 {
			must(t, c.Hangup())
		}
		return status == 0
	})
}

var (
	flood    = flag.Float64("flood", 60, "calls a second in TestFlood")
	floodFor = flag.Duration("flood-for", 3*time.Second, "how long TestFlood goes on")
)

// TestFlood: calls come at three times the rate that there is room for. Who is in a talk
// notices nothing, who is let in is answered, and all others are refused and in
// the books. To see what a machine bears:
//
//	go test ./internal/wholetest -run TestFlood -v -flood 100 -flood-for 30s
func TestFlood(t *testing.T) {
	b := build(t, "PRESSZERO_CALLS_AT_ONCE=20")
	ana := b.agent(b.employ("ana"))
	talk := b.callPerson("+34600000001")
	answer(t, ana)
	hear(t, talk, ana)
	calls := int(*flood * floodFor.Seconds())
	run, cancel := context.WithTimeout(context.Background(), *floodFor+time.Minute)
	defer cancel()
	begun := time.Now()
	result, err := sipp.Run(run, sipp.Options{Server: b.sip, To: "100", Calls: calls, Rate: *flood, MaxOpen: calls, Stay: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	hear(t, talk, ana)
	took := time.Since(begun)
	arrived := calls - result.Unanswered
	b.waitCount(time.Minute, arrived+1, `SELECT count(*) FROM report.call WHERE ended_at IS NOT NULL OR outcome IS NULL`)
	refused := b.count(`SELECT count(*) FROM report.call WHERE outcome = 'refused'`)
	other := b.count(`SELECT count(*) FROM report.call WHERE again`)
	t.Logf("%d calls at %.0f a second within %s: %d answered, %d refused in the books, %d came over the fallback; answered in %s on average, %d repeats, %d got no reply",
		calls, *flood, took.Round(time.Millisecond), arrived-refused, refused, other, result.Answer, result.Retransmissions, result.Unanswered)
	if other == 0 && result.Failed != refused {
		t.Errorf("%d calls were refused, and %d are in the books", result.Failed, refused)
	}
	must(t, talk.Hangup())
}

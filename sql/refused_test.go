package sql_test

import (
	"testing"

	"presszero/call"
	"presszero/report"
)

// TestRefused: a caller who is not let in is counted as refused, with the reason, and as
// nothing else: not as offered, and not as a caller who has called before.
func TestRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	refused := func(n int, why string) *story {
		s := arrive(n, at(n), "+34910000001")
		started := s.list[0].Fact.(call.CallStarted)
		started.Refused = why
		s.list = s.list[:1]
		s.list[0].Fact = started
		return s.say(call.CallEnded{Outcome: call.Refused, Side: call.SideUs, Cause: 17, Text: why})
	}
	ship(t, f, refused(1, call.RefusedCaller), refused(2, call.RefusedCaller), refused(3, call.RefusedStrained))
	if n, err := f.Menus(soon(t), during(noon, at(60))); err != nil || n != (report.MenuCounts{Refused: 3}) {
		t.Errorf("counted %+v, %v", n, err)
	}
	if got := f.one(t, `SELECT string_agg(reason || ' ' || calls || ' ' || callers, ', ' ORDER BY reason) FROM report.refused`); got != "calls_per_caller 2 1, strained 1 1" {
		t.Errorf("report.refused has %s", got)
	}
	if _, known, err := f.Recognise(soon(t), "+34910000001"); known || err != nil {
		t.Errorf("a caller who was never let in is known: %v", err)
	}
	if rows, err := f.Tallies(soon(t), during(noon, at(60)), 0); err != nil || len(rows) != 0 {
		t.Errorf("offered: %+v, %v", rows, err)
	}
}

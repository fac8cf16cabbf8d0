package sql_test

import (
	"testing"
	"time"

	"presszero/call"
)

// TestTalkQuality: a talk has one row, also if it was measured in parts, and a call tells
// its own talks only.
func TestTalkQuality(t *testing.T) {
	t.Parallel()
	f := setup(t)
	one, two := newID(1), newID(2)
	heard := func(c call.ID, joined time.Time, measured, bad, mos, trip, loss float64) call.TalkQuality {
		return call.TalkQuality{Call: c, Joined: joined, Measured: measured, Bad: bad, MOS: mos, Trip50: trip, Trip95: 2 * trip, Lost: loss}
	}
	idle := call.AgentChanged{Presence: call.Available, State: call.Idle}
	later := noon.Add(time.Hour)
	facts := append(shift(1, "ann", noon, idle, heard(one, noon, 30, 0, 4.2, 20, 0), heard(two, later, 10, 10, 2.1, 400, 9)),
		shift(2, "ann", later, idle, heard(one, noon, 90, 5, 3.4, 60, 2), heard(one, later, 5, 0, 4.4, 10, 0))...)
	j := openJournal(t)
	s, _ := shipping(t, f.DB, j)
	j.Append(facts)
	arrived(t, s, j)
	talks, err := f.TalkQuality(soon(t), string(one))
	if err != nil || len(talks) != 2 {
		t.Fatalf("%+v, %v", talks, err)
	}
	q := talks[0]
	if q.Agent != "ann" || !q.Started.Equal(noon) || q.MeasuredS != 120 || q.BadS != 5 || q.MOSMin != 3.4 || q.RTTP50MS != 50 || q.RTTP95MS != 120 || q.LossPct != 1.5 {
		t.Errorf("the talk in two parts: %+v", q)
	}
	if q := talks[1]; !q.Started.Equal(later) || q.MeasuredS != 5 {
		t.Errorf("the second talk: %+v", q)
	}
	for _, id := range []string{string(newID(3)), "no id"} {
		if talks, err := f.TalkQuality(soon(t), id); err != nil || len(talks) != 0 {
			t.Errorf("%s: %+v, %v", id, talks, err)
		}
	}
}

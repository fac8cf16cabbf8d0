package staffing

import (
	"math"
	"testing"
	"time"
)

// TestPlan: a half hour is planned by the same weekday and clock of eight weeks, of
// which only those count that are over, that the books have, and in which the clocks
// show that time once.
func TestPlan(t *testing.T) {
	t.Parallel()
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	day := func(y int, m time.Month, d, h, min int) time.Time { return time.Date(y, m, d, h, min, 0, 0, madrid) }
	monday := day(2026, 4, 13, 0, 0)
	past := Past{Since: day(2026, 1, 1, 0, 0), Now: day(2026, 4, 13, 0, 0), Arrived: map[int64]float64{}, Present: map[int64]float64{}}
	for week := 1; week <= 9; week++ { // before and after the clocks go forward, on March 29
		at := day(2026, 4, 13-7*week, 10, 0).Unix()
		past.Arrived[at], past.Present[at] = 100, float64(10+week%2*4)
		if week == 9 {
			past.Arrived[at] = 9999 // too long ago
		}
		past.Arrived[day(2026, 4, 13-7*week, 11, 0).Unix()] = float64(90 + 20*(week%2))
	}
	terms := Terms{Goal: Goal{TargetS: 20, Share: 0.8, Occupancy: 0.85, Shrinkage: 0.3}, HandleS: 180, Patience: ExponentialPatience(120)}
	plan := Plan(monday, monday.AddDate(0, 0, 7), past, terms)
	if len(plan) != 7*48 {
		t.Fatalf("a week has %d half hours", len(plan))
	}
	ten, eleven, night := plan[20], plan[22], plan[0]
	if ten.Weeks != 8 || ten.Callers != 100 || ten.SD != 0 || ten.Needed != 12 || ten.OneMore != 12 || ten.Bound != 14 || ten.Rostered != 18 || *ten.Present != 12 || math.Abs(*ten.Within-.82558) > 0.0001 || math.Abs(*ten.Abandoned-.0616) > 0.0001 {
		t.Errorf("at ten: %+v, present %v, within %v", ten, *ten.Present, *ten.Within)
	}
	if eleven.Callers != 100 || math.Abs(eleven.SD-10.69) > 0.01 || !(eleven.Needed < eleven.OneMore && eleven.OneMore <= eleven.TwoMore) || *eleven.Present != 0 || *eleven.Abandoned != 1 {
		t.Errorf("at eleven: %+v", eleven)
	}
	if night.Callers != 0 || night.Needed != 0 || night.Within != nil || night.Weeks != 8 {
		t.Errorf("at night: %+v", night)
	}
	sunday := plan[6*48+4:]
	if two := sunday[0]; two.Start.Hour() != 2 || two.Weeks != 8 { // March 29 has no 2:00, so a week more is looked at
		t.Errorf("on Sunday at two: %+v", two)
	}
	past.Since = day(2026, 3, 30, 0, 0)
	if few := Plan(monday, monday.Add(30*time.Minute), past, terms)[0]; few.Weeks != 2 {
		t.Errorf("books of two weeks: %+v", few)
	}
	past.Since = monday
	if none := Plan(monday, monday.Add(30*time.Minute), past, terms)[0]; none.Weeks != 0 || none.Present != nil || none.Needed != 0 {
		t.Errorf("no books: %+v", none)
	}
	autumn := Plan(day(2026, 10, 25, 0, 0), day(2026, 10, 26, 0, 0), past, terms)
	if len(autumn) != 50 {
		t.Errorf("the day on which the clocks go back has %d half hours", len(autumn))
	}
	blocks := Blocks(plan)
	if len(blocks) != 2 || blocks[0].Needed != 12 || !blocks[0].From.Equal(ten.Start) || blocks[0].To.Sub(blocks[0].From) != 30*time.Minute {
		t.Errorf("the blocks are %+v", blocks)
	}
	if b := Blocks([]HalfHour{{Start: monday, Needed: 3}, {Start: monday.Add(30 * time.Minute), Needed: 3}, {Start: monday.Add(time.Hour), Needed: 4}}); len(b) != 2 || b[0].To.Sub(b[0].From) != time.Hour {
		t.Errorf("the blocks are %+v", b)
	}
}

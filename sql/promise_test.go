package sql_test

import (
	"testing"
	"time"

	"presszero/call"
	"presszero/report"
)

// TestBrokenPromises: who was told an upper bound and waited longer is recognised so at
// the next call, until a visit has made up for it or a later wait was as told.
func TestBrokenPromises(t *testing.T) {
	t.Parallel()
	f := setup(t)
	const ana, bea, cai, dan = "+34910000001", "+34910000002", "+34910000003", "+34910000004"
	waited := func(n, min int, number string, told, wait float64) *story { // gives up after wait, having been told after 20 s
		return from(n, at(min), number, "").enter("support").after(20).told(told/2, told*0.7, told).after(wait-20).
			leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller)
	}
	owes := func(number string) float64 {
		t.Helper()
		c, known, err := f.Recognise(soon(t), number)
		if err != nil || !known {
			t.Fatalf("%s: known %v, %v", number, known, err)
		}
		if c.Broken == nil {
			return 0
		}
		if c.Broken.HighS != 360 || c.Broken.Visit == "" || c.Broken.Ended.IsZero() {
			t.Errorf("the broken promise is %+v", c.Broken)
		}
		return c.Broken.WaitedS
	}
	ship(t, f,
		waited(1, 0, ana, 360, 680),
		waited(2, 1, bea, 360, 380), // to the second
		waited(3, 2, cai, 360, 681), waited(4, 20, cai, 360, 30),
		waited(5, 3, dan, 0, 680), // more than half an hour: no bound
		waited(6, 4, "anonymous", 360, 680))
	for number, want := range map[string]float64{ana: 660, bea: 0, cai: 0, dan: 0} {
		if got := owes(number); got != want {
			t.Errorf("of %s a promise is broken by a wait of %v, want %v", number, got, want)
		}
	}
	if _, known, err := f.Recognise(soon(t), "anonymous"); known || err != nil {
		t.Errorf("a withheld number is known: %v, %v", known, err)
	}
	was := call.VisitID(newID(1), 1)
	back := from(7, at(60), ana, "").enter("support")
	key := back.now.Add(-time.Minute)
	ship(t, f, back.say(call.PromiseBroken{Visit: back.visit(), Queue: "support", Was: was, High: 360, Waited: 660, Credit: 60, Key: key, Told: true}))
	if got := owes(ana); got != 0 {
		t.Errorf("it is made up for twice: %v", got)
	}
	if got := f.one(t, `SELECT makes_up_for || ' ' || (order_key = $2) FROM queue_visit WHERE visit_id = $1`, back.visit(), key); got != was+" true" {
		t.Errorf("the visit that makes up for it has %s", got)
	}
	list, err := f.Promises(soon(t), during(at(-60), at(120)), "UTC")
	if err != nil || len(list) != 1 {
		t.Fatalf("promises are %+v, %v", list, err)
	}
	// Told a bound: all but dan. Longer: ana, cai's first and the one without a number.
	got := list[0]
	if got.Share == nil || *got.Share != 3.0/5 {
		t.Errorf("the share is %v", got.Share)
	}
	got.Share = nil
	if want := (report.Promises{Day: noonsDay, Queue: "support", Told: 5, Broken: 3, MadeUp: 1, LongestOverS: 301}); got != want {
		t.Errorf("promises are %+v, want %+v", got, want)
	}
	if list, err := f.Promises(soon(t), of("billing", at(-60), at(120)), "UTC"); err != nil || len(list) != 0 {
		t.Errorf("of another queue: %+v, %v", list, err)
	}
}

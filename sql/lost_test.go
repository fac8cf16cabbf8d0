package sql_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
	"presszero/report"
)

// follow is a naive recount of what became of the people who gave up.
func follow(q report.Period, all []aVisit, hours float64) map[string]report.LostCount {
	window := time.Duration(hours * float64(time.Hour))
	gave := slices.DeleteFunc(slices.Clone(all), func(v aVisit) bool {
		return v.Kind != "live" || !v.abandoned() || v.After || v.Key == "" || v.Entered.Before(q.From) || len(q.Queues) > 0 && !slices.Contains(q.Queues, v.Queue)
	})
	counts := map[string]report.LostCount{}
	for i, v := range gave {
		later := slices.IndexFunc(gave[i+1:], func(w aVisit) bool { return w.Key == v.Key })
		if !v.Entered.Before(q.To) || later >= 0 && !gave[i+1+later].Entered.After(v.Ended.Add(window)) {
			continue
		}
		served, called := false, false
		for _, w := range all {
			if w.Key != v.Key || w.Outcome != "answered" || !w.Ended.After(*v.Ended) || w.Ended.After(v.Ended.Add(window)) {
				continue
			}
			served = served || w.Kind == "live" && w.Entered.After(*v.Ended)
			called = called || w.Kind == "callback"
		}
		n := counts[v.Queue]
		n.Hours, n.Queue = hours, v.Queue
		switch n.People++; {
		case served:
			n.Served++
		case called:
			n.CalledBack++
		default:
			n.Lost++
		}
		counts[v.Queue] = n
	}
	return counts
}

// peopleAddUp: what became of those who gave up is as in the naive recount.
func peopleAddUp(t *testing.T, rt *rapid.T, f fixture, q report.Period) {
	all := allVisits(t, f, "live", "callback")
	hours := []float64{0.5, 4, 24}
	rows, err := f.LostCounts(soon(t), q, hours)
	if err != nil {
		rt.Fatal(err)
	}
	for _, h := range hours {
		want := follow(q, all, h)
		for _, r := range rows {
			if r.Hours != h {
				continue
			}
			if r.Returned > r.People { // fewer than Served may be: in a made-up day a call goes on after it was given up
				rt.Fatalf("%+v", r)
			}
			r.Returned = 0
			if r != want[r.Queue] {
				rt.Fatalf("%+v, recounted %+v", r, want[r.Queue])
			}
			delete(want, r.Queue)
		}
		if len(want) > 0 {
			rt.Fatalf("%g hours: not counted: %+v", h, want)
		}
	}
}

// TestLostCallers: who gave up is on the list until somebody has talked with the
// caller, whoever called; and a part, always the same, is marked to be left alone.
func TestLostCallers(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	gaveUp := func(n int, from string, minute int) *story {
		return arrive(n, at(minute), from).enter("support").after(50).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller)
	}
	served := arrive(20, at(60), "+34910000001").enter("billing").after(3).offer("ann", 1, "accepted").talk("ann", 30).end(call.Answered, call.SideCaller)
	ringsNow := arrive(21, at(61), "+34910000002").enter("support")
	promised := arrive(22, at(62), "+34910000003").enter("support")
	promised.book = promised.promise(1, 600)
	promised.end(call.Answered, call.SideCaller)
	kept := arrive(23, at(63), "+34910000004").enter("support")
	kept.book = kept.promise(1, 600)
	kept.end(call.Answered, call.SideCaller)
	kept.book.after(60).dial(1, "bob").reached(1, "person").after(1).talk("bob", 20).over("completed")
	rung := &story{id: newID(24), day: call.DayOf(at(64)), now: at(64)}
	rung.say(call.OutgoingDialed{Agent: "cyd", Number: "+34910000005"}).after(9).say(call.OutgoingAnswered{}).
		say(call.OutgoingJoined{Agent: "cyd"}).after(20).say(call.OutgoingEnded{Agent: "cyd", How: "talked", Talked: 20})
	stories := []*story{served, ringsNow, promised, promised.book, kept, kept.book, rung, gaveUp(30, "", 9), gaveUp(31, "+34910000006", 1), gaveUp(32, "+34910000006", 2)}
	for n := 1; n <= 5; n++ {
		stories = append(stories, gaveUp(n, fmt.Sprintf("+3491000000%d", n), n))
	}
	for n := range 100 {
		stories = append(stories, gaveUp(200+n, fmt.Sprintf("+349200000%02d", n), 10))
	}
	for _, c := range stories {
		j.Append(c.list)
	}
	arrived(t, s, j)
	list, err := f.LostCallers(soon(t), report.LostFilter{Since: noon, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]report.LostCaller{}
	for _, c := range list {
		have[c.Number] = c
	}
	for number, on := range map[string]bool{"+34910000001": false, "+34910000002": false, "+34910000003": true, "+34910000004": false, "+34910000005": false, "+34910000006": true} {
		if _, is := have[number]; is != on {
			t.Errorf("%s is on the list: %v", number, is)
		}
	}
	if len(list) != 102 || !have["+34910000003"].Callback || have["+34910000006"].Callback || have["+34910000006"].Times != 2 || have["+34910000006"].WaitS != 50 || list[0].At.Before(list[101].At) || list[0].LeftAlone {
		t.Errorf("%d are on the list: %+v, %+v", len(list), have["+34910000003"], have["+34910000006"])
	}
	alone := func(part float64) (keys []string) {
		list, err := f.LostCallers(soon(t), report.LostFilter{Since: noon, Limit: 1000, Values: []report.LostValue{{Queue: "support", Control: part}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			if c.LeftAlone {
				keys = append(keys, c.Key)
			}
		}
		return keys
	}
	tenth, half := alone(0.1), alone(0.5)
	if len(tenth) < 3 || len(tenth) > 22 || len(half) < 36 || len(half) > 66 || !slices.Equal(tenth, alone(0.1)) {
		t.Errorf("of 102, %d are a tenth and %d a half", len(tenth), len(half))
	}
	for _, key := range tenth {
		if !slices.Contains(half, key) {
			t.Error("a larger part does not hold the smaller one")
		}
	}
	if one, err := f.LostCallers(soon(t), report.LostFilter{Since: noon, Limit: 9, Key: tenth[0], Queues: []string{"support"}}); err != nil || len(one) != 1 {
		t.Errorf("one of them: %+v, %v", one, err)
	}
	if none, err := f.LostCallers(soon(t), report.LostFilter{Since: noon, Limit: 9, Key: tenth[0], Queues: []string{"billing"}}); err != nil || len(none) != 0 {
		t.Errorf("of a foreign queue: %+v, %v", none, err)
	}
	counts, err := f.LostCounts(soon(t), during(noon, at(60)), []float64{24}, report.LostValue{Queue: "support", Control: 0.1})
	if err != nil || len(counts) != 2 || counts[1].LeftAlone != true {
		t.Fatalf("%+v, %v", counts, err)
	}
	if n := counts[0].People + counts[1].People; n != 106 || counts[0].Served+counts[1].Served != 1 || counts[0].CalledBack+counts[1].CalledBack != 2 || counts[0].Returned+counts[1].Returned != 4 {
		t.Errorf("%d people gave up: %+v", n, counts)
	}
	if w, err := f.Withheld(soon(t), during(noon, at(60))); err != nil || w != (report.Withheld{Abandoned: 108, Withheld: 1}) {
		t.Errorf("%+v, %v", w, err)
	}
}

// TestCallbackNote: the card of a callback has the note of whoever ordered it.
func TestCallbackNote(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	j.Append(arrive(1, at(0), "+34910000001").end(call.AbandonedIVR, call.SideCaller).list)
	arrived(t, s, j)
	for _, note := range []string{"Ask about the order", "It was the invoice"} {
		if err := f.WriteCallbackNote(soon(t), string(newID(7)), note, "sue"); err != nil {
			t.Fatal(err)
		}
		card, known, err := f.Card(soon(t), report.CardQuery{Number: "+34910000001", Call: string(newID(7))})
		if err != nil || !known || card.CallbackNote != note {
			t.Errorf("the card is %+v, %v", card, err)
		}
	}
	if card, _, err := f.Card(soon(t), report.CardQuery{Number: "+34910000001", Call: string(newID(1))}); err != nil || card.CallbackNote != "" {
		t.Errorf("of another call: %+v, %v", card, err)
	}
}

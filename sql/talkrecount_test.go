package sql_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
)

// recount is the talks and hand-overs of facts, counted naively.
type recount struct {
	talks, over, handed                  int
	talk, hold, gap                      float64
	asked, warm                          int
	together                             float64 // all three talked
	onHold, afterTalk, abandonedAfterOne int
}

func (n *recount) add(facts []call.Entry) {
	talking := map[call.ID]time.Time{} // since when
	had := map[call.ID]bool{}          // has talked
	later := map[string]bool{}         // visits after a talk
	ended := func(e call.Entry, talk, hold, gap float64, onHold bool) {
		delete(talking, e.Call)
		n.over, n.talk, n.hold, n.gap = n.over+1, n.talk+talk, n.hold+hold, n.gap+gap
		if onHold {
			n.onHold++
		}
	}
	for _, e := range facts {
		if f, is := e.Fact.(call.OutgoingDialed); is && f.For != "" {
			n.asked++
		}
		if f, is := e.Fact.(call.OutgoingEnded); is && f.For != "" {
			n.together += f.All
		}
		if f, is := e.Fact.(call.OutgoingJoined); is && f.For != "" {
			continue
		}
		switch f := e.Fact.(type) {
		case call.BridgeJoined, call.OutgoingJoined:
			n.talks++
			talking[e.Call], had[e.Call] = e.At, true
		case call.BridgeLeft:
			ended(e, f.Talked, f.Held, f.Gone, f.OnHold && f.Why != "handed" && f.Why != "put_back")
		case call.OutgoingEnded:
			if _, is := talking[e.Call]; is {
				ended(e, f.Talked, f.Held, f.Gone, f.OnHold)
			}
		case call.CallEnded:
			if since, is := talking[e.Call]; is {
				ended(e, e.At.Sub(since).Seconds(), 0, 0, false)
			}
		case call.BridgeHanded:
			if n.handed++; f.Ask != "" {
				n.warm++
			}
		case call.QueueEntered:
			if later[f.Visit] = had[e.Call]; later[f.Visit] && f.As == "live" {
				n.afterTalk++
			}
		case call.QueueLeft:
			if later[f.Visit] && strings.HasPrefix(string(f.Outcome), "abandoned") {
				n.abandonedAfterOne++
			}
		}
	}
}

// talksAddUp: reports and views have what a naive count of the facts has.
func talksAddUp(t *testing.T, rt *rapid.T, f fixture, want recount) {
	near := func(a, b float64) bool { return a-b < 0.01 && b-a < 0.01 }
	rows, err := f.Talks(soon(t), during(noon, noon.Add(96*time.Hour)), "Europe/Madrid")
	if err != nil {
		rt.Fatal(err)
	}
	var got recount
	handed, talk := 0, 0.0
	for _, r := range rows {
		got.over, got.talks = got.over+r.Talks, got.talks+r.Talks+r.Open
		got.hold, got.gap, talk = got.hold+r.HoldS, got.gap+r.GapS, talk+r.TalkS
		got.onHold += r.LeftByCaller + r.LeftByAgent + r.LeftByUs + r.Chose
		handed += r.Handed
		if !near(r.HandleS, r.TalkS+r.HoldS+r.WrapS) || r.Held > r.Talks || r.Holds < r.Held || (r.Held > 0) != (r.MeanHoldS != nil) || r.LongestHoldS > r.HoldS+0.01 {
			rt.Fatalf("a row of talks makes no sense: %+v", r)
		}
	}
	if got.talks != want.talks || got.over != want.over || got.onHold != want.onHold || handed != want.handed ||
		!near(got.hold, want.hold) || !near(got.gap, want.gap) || !near(talk, want.talk-want.hold-want.gap) {
		rt.Fatalf("the talks are %+v, %v s, handed %d, want %+v", got, talk, handed, want)
	}
	given, err := f.Handovers(soon(t), during(noon, noon.Add(96*time.Hour)), "Europe/Madrid")
	if err != nil {
		rt.Fatal(err)
	}
	handed = 0
	for _, h := range given {
		handed += h.Handovers
		if h.Handovers != h.Answered+h.Returned+h.TransferredOut+h.Abandoned+h.BackInLine+h.Failed+h.Other+h.Open || h.ByAnother > h.Answered {
			rt.Fatalf("a row of hand-overs does not add up: %+v", h)
		}
	}
	if handed != want.handed {
		rt.Fatalf("there are %d hand-overs, want %d", handed, want.handed)
	}
	if got, want := f.one(t, `SELECT concat_ws(' ', coalesce(sum(after_talk), 0), coalesce(sum(abandoned_after_talk), 0)) FROM report.abandonment`), fmt.Sprint(want.afterTalk, want.abandonedAfterOne); got != want {
		rt.Fatalf("after a talk there are %s visits, want %s", got, want)
	}
}

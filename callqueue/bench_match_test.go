package callqueue

import (
	"fmt"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/calltest"
)

// BenchmarkMatch is what an agent's coming free costs when many wait: one call
// is answered and ended, the next is offered. The callers ask for 10,000
// different skills; some agents have one queue, some all of them.
func BenchmarkMatch(b *testing.B) {
	for _, waiting := range []int{100, 10_000, 100_000} {
		for _, serves := range []string{"one skill", "all queues"} {
			b.Run(fmt.Sprintf("waiting=%d/agent of %s", waiting, serves), func(b *testing.B) { benchMatch(b, waiting, serves == "all queues") })
		}
	}
}

const skillGroups = 10_000

func benchMatch(b *testing.B, waiting int, all bool) {
	m := New()
	loop := call.NewLoop(skilled{}, m, call.NewRegister())
	now := calltest.Start
	step := func(ev call.Event) call.Effects {
		now = now.Add(time.Millisecond)
		return loop.Step(now, ev)
	}
	skills := map[string]int{}
	for i := range skillGroups {
		skills[fmt.Sprintf("s%d", i)] = 1
		if !all && i == 0 {
			break
		}
	}
	for i := range 20 { // who is busy elsewhere
		step(call.SignedIn{Agent: call.AgentID(fmt.Sprintf("x%d", i)), Queues: []string{"other"}, Shift: call.ID(fmt.Sprint(i))})
	}
	for i := range waiting {
		step(call.Arrived{Call: call.ID(fmt.Sprintf("w%d", i)), To: fmt.Sprintf("q%d", i%100), Name: fmt.Sprintf("s%d", i%skillGroups)})
	}
	step(call.SignedIn{Agent: "ana", Skills: skills, Shift: "s"})
	step(call.MediaUp{Agent: "ana", Address: "x"})
	fx := step(call.Chose{Agent: "ana", Presence: call.Available})
	b.ReportAllocs()
	n := waiting
	for b.Loop() {
		offer := offered(fx)
		c := call.ID(offer[:len(offer)-len(".o1")])
		step(call.Accepted{Agent: "ana", Offer: offer})
		step(call.Bridged{Call: c, Leg: call.LegID(offer)})
		// the next caller of the same kind, so that as many go on waiting
		to, skill := m.callers[c].who.Dialed, m.callers[c].who.Name
		step(call.Arrived{Call: call.ID(fmt.Sprintf("w%d", n)), To: to, Name: skill})
		n++
		fx = step(call.HungUp{Call: c, Side: call.SideCaller})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4, "ns/event")
}

func offered(fx call.Effects) string {
	for _, e := range fx.Facts {
		if f, ok := e.Fact.(call.OfferStarted); ok {
			return f.Offer
		}
	}
	panic("nobody was offered")
}

// skilled is menus, with the skill in the caller's name.
type skilled struct{ menus }

func (skilled) Heard(s *call.Step, e call.Entry) {
	if f, ok := e.Fact.(call.CallStarted); ok {
		s.State(e.Call, call.MenuLeft{Node: "main", Queue: f.To, Skill: f.Name, Reason: "chosen"})
	}
}

package callqueue

import (
	"fmt"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/calltest"
)

// BenchmarkStep is one whole call through the line: arrive, wait, be offered,
// be answered, hang up; 6 events and their timers. It is measured with others waiting,
// since a line that slows down when it is long is slow when it matters.
func BenchmarkStep(b *testing.B) {
	for _, waiting := range []int{0, 100, 10_000} {
		b.Run(fmt.Sprintf("waiting=%d", waiting), func(b *testing.B) {
			line := testLine()
			loop := call.NewLoop(menus{}, line, call.NewRegister())
			now := calltest.Start
			step := func(ev call.Event) {
				now = now.Add(time.Millisecond)
				loop.Step(now, ev)
			}
			for i := range waiting { // in a queue that the agent does not serve
				step(call.Arrived{Call: call.ID(fmt.Sprintf("w%d", i)), To: "support"})
			}
			step(call.SignedIn{Agent: "ana", Queues: []string{"billing"}, Shift: "s"})
			step(call.MediaUp{Agent: "ana", Address: "x"})
			step(call.Chose{Agent: "ana", Presence: call.Available})
			b.ReportAllocs()
			events := 0
			for i := 0; b.Loop(); i++ {
				c := call.ID(fmt.Sprintf("c%d", i))
				offer := call.OfferID(c, 1)
				leg := call.LegID(offer)
				for _, ev := range []call.Event{
					call.Arrived{Call: c, To: "billing"},
					call.Picked{Call: c},
					call.Accepted{Agent: "ana", Offer: offer},
					call.LegMade{Call: c, Leg: leg, Remote: "r"},
					call.Bridged{Call: c, Leg: leg},
					call.HungUp{Call: c, Side: call.SideCaller},
				} {
					step(ev)
					events++
				}
				for {
					if _, ok := loop.Fire(now.Add(time.Minute)); !ok {
						break
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
		})
	}
}

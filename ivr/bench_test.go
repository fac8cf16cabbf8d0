package ivr

import (
	"testing"

	"presszero/call"
	"presszero/internal/calltest"
)

// BenchmarkCall takes a caller through the greeting, a wrong key and a choice:
// what one call costs the loop in the menus.
func BenchmarkCall(b *testing.B) {
	l := call.NewLoop(New(example(b), "e", two), call.NewRegister())
	b.ReportAllocs()
	for b.Loop() {
		for _, ev := range []call.Event{
			call.Arrived{Call: "c", To: "100"}, call.Picked{Call: "c"}, call.PlayEnded{Call: "c", Play: "c.e.p1"},
			call.DigitPressed{Call: "c", Digit: "7"}, call.DigitPressed{Call: "c", Digit: "1"}, call.HungUp{Call: "c", Side: call.SideCaller},
		} {
			l.Step(calltest.Start, ev)
		}
		for { // the timers of a call that is over
			at, ok := l.Next()
			if !ok {
				break
			}
			l.Fire(at)
		}
	}
}

// BenchmarkParse reads and checks the flow that uses everything.
func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		fullFlow(b)
	}
}

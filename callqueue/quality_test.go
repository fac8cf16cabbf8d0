package callqueue

import (
	"testing"
	"time"

	"presszero/call"
)

// How a talk was heard is booked in her shift, since the call is over, and nothing comes of
// it. Of an agent who has left there is no book.
func TestQualityIsBookedInTheShift(t *testing.T) {
	f := newLineTest(t, Settings{Name: "support"})
	f.signInAgent("ann")
	f.postEvent(call.Arrived{Call: "c1", To: "support"})
	f.serve("ann", time.Minute)
	heard := call.TalkQuality{Agent: "ann", Call: "c1", Measured: 60, MOS: 4.1}
	fx := f.postEvent(call.QualityMeasured{Agent: "ann", Heard: heard})
	if len(fx.Facts) != 1 || fx.Facts[0].Call != "sann" || fx.Facts[0].Fact != call.Fact(heard) || len(fx.Commands) != 0 {
		t.Errorf("what came of it: %+v", fx)
	}
	f.postEvent(call.Left{Agent: "ann"})
	if fx := f.postEvent(call.QualityMeasured{Agent: "ann", Heard: heard}); len(fx.Facts) != 0 {
		t.Errorf("of an agent who has left: %+v", fx.Facts)
	}
}

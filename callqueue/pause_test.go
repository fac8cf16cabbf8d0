package callqueue

import (
	"testing"
	"time"

	"presszero/call"
)

// A gap that begins in the moment in which the caller is to hear the ways out of a long
// hold neither swallows them nor lets a timer fire for ever.
func TestGapInALongHold(t *testing.T) {
	for name, c := range map[string]struct {
		before, gone, heard time.Duration
	}{
		"before it":                   {longHold - time.Second, 5 * time.Second, 2 * time.Second},
		"the words of the gap last":   {longHold - 4*time.Second, 2 * time.Second, 8 * time.Second},
		"the same moment":             {longHold, 2 * time.Second, time.Second},
		"words to the end of the gap": {longHold - 2*time.Second, 10 * time.Second, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			d := talkDay(t)
			d.hold(true)
			d.passTime(c.before)
			d.postEvent(call.Left{Agent: "ana", Lost: true})
			if c.heard < c.gone {
				d.passTime(c.heard)
				d.heardAll()
				d.passTime(c.gone - c.heard)
			} else {
				d.passTime(c.gone)
			}
			d.postEvent(call.SignedIn{Agent: "ana", Shift: "s9"})
			d.audio("x")
			d.passTime(max(c.heard-c.gone, 0))
			d.heardAll()
			d.passTime(longHold)
			if v := d.line.callers["c1"].visit; !v.pauses.told {
				t.Errorf("the caller has not heard of the ways out: %+v", v.pauses)
			}
			d.heardAll()
			d.evening()
		})
	}
}

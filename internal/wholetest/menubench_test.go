package wholetest

import (
	"context"
	"testing"
	"time"

	"presszero/internal/customer"
)

// BenchmarkMenuKey is row (b): milliseconds from the last packet of a key to the first
// frame of the next menu's prompt: ours and Asterisk's own dialplan, key by key in turn,
// the same Asterisk, the same sounds.
func BenchmarkMenuKey(b *testing.B) { rounds(b, menuRow) }

func menuRow(t testing.TB, r rig, s sizes, f figures) {
	within(t, func(t testing.TB) {
		ours, queue := r.ours(t), r.queue(t, 1)
		s.pin(t, ours, queue)
		arms := map[string]*customer.Call{"ours": menuCall(t, ours), "dialplan": menuCall(t, queue)}
		took := map[string][]time.Duration{}
		for i := range s.keys {
			next := float64(subTone)
			if i%2 == 1 {
				next = mainTone
			}
			for _, arm := range []string{"ours", "dialplan"} {
				took[arm] = append(took[arm], pressFor(t, arms[arm], next))
			}
		}
		for arm, times := range took {
			f.noteTimes(arm, times)
		}
	})
}

func menuCall(t testing.TB, to side) *customer.Call {
	t.Helper()
	c, err := customer.Dial(soon(t), customer.Options{To: toMenu, Server: to.sip(), From: "+34600"})
	must(t, err)
	t.Cleanup(func() { c.Hangup() })
	_, err = c.WaitTone(soon(t), mainTone)
	must(t, err)
	return c
}

// pressFor presses 1 and returns how much later the tone began.
func pressFor(t testing.TB, c *customer.Call, tone float64) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	pressed, err := c.Press(ctx, '1')
	must(t, err)
	heard, err := c.WaitToneAfter(ctx, pressed, tone)
	must(t, err)
	return heard.Sub(pressed)
}

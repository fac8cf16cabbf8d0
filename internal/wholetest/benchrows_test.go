package wholetest

import (
	"maps"
	"slices"
	"testing"
)

// sharedRig has one side of each kind for all rows.
type sharedRig struct {
	program *oursSide
	alone   *queueSide
}

func (r sharedRig) ours(t testing.TB) *oursSide { return &oursSide{r.program.in(t)} }

func (r sharedRig) queue(t testing.TB, _ int) *queueSide { return r.alone.in(t) }

// TestBenchRows plays a small round of every row of `make bench`, on one program and one
// Asterisk for all, so that none of them rots. What it measures says nothing.
func TestBenchRows(t *testing.T) {
	t.Parallel()
	r := sharedRig{startOurs(t), startQueue(t, smallSize.up+smallSize.up/8+1)}
	for _, c := range []struct {
		name  string
		play  row
		wants []string
	}{
		{"offer", offerRow, []string{"ours-p50-ms", "queue-p99-ms"}},
		{"menu key", menuRow, []string{"ours-p50-ms", "dialplan-p50-ms"}},
		{"talk", talkRow, []string{"ours-voice-p50-ms", "wss-voice-p50-ms", "ours-row-p50-ms", "cdr-row-p50-ms"}},
		{"answered call", answeredRow, []string{"ours-call-ms", "ours-media-ms", "phones-call-ms", "wss-call-ms", "wss-postgres-ms"}},
		{"recorded talk", recordedRow, []string{"ours-recorded-ms", "ours-added-ms", "phones-plain-ms", "phones-added-ms"}},
		{"rate", rateRow, []string{"ours-calls/s", "queue-calls/s"}},
		{"waiting", waitingRow, []string{"ours-waiting-cores", "queue-2-call-ms", "ours-in-order"}},
		{"rehearsal", rehearsalRow, []string{"rehearsal-s", "rehearsal-MB"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := figures{}
			c.play(t, r, smallSize, f)
			for _, want := range c.wants {
				if len(f[want]) != 1 {
					t.Errorf("no %s is measured, but %v", want, slices.Sorted(maps.Keys(f)))
				}
			}
			for _, arm := range []string{"ours", "queue"} {
				if order := f[arm+"-in-order"]; len(order) > 0 && order[0] != 1 {
					t.Errorf("%s: not served in the order in which they came", arm)
				}
			}
		})
	}
}

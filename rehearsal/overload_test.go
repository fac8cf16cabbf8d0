package rehearsal

import (
	"testing"
	"time"

	"presszero/call"
)

// TestGoodput: five times as many callers come as the agents can serve. With
// admission control the agents go on serving all they can, and an admitted caller
// waits for a time that can be foreseen; without it all are admitted, and give up.
func TestGoodput(t *testing.T) {
	const agents, handle = 20, 4 * time.Minute
	capacity := agents * float64(time.Hour/handle) // calls an hour
	c := Config{Agents: agents, PerHour: 5 * capacity, Handle: handle, Patience: 10 * time.Minute, Calls: 8_000, Seed: 5}
	for _, limits := range []call.Limits{{}, {AtOnce: 2 * agents}} {
		c.Limits = limits
		r, err := Run(c)
		if err != nil {
			t.Fatal(err)
		}
		goodput := float64(r.Answered) / float64(r.Hours) / capacity
		t.Logf("at most %d calls at once: %d of %d answered, %d refused, %d gave up; goodput %.1f %% of capacity; mean wait %.0f s, p90 %.0f s",
			limits.AtOnce, r.Answered, r.Calls, r.Refused, r.Abandoned, 100*goodput, float64(r.MeanWait), float64(r.P90Wait))
		if goodput < .95 {
			t.Errorf("the agents serve %.1f %% of what they can", 100*goodput)
		}
		if limits.AtOnce == 0 {
			continue
		}
		if bound := (handle * 3 / 2).Seconds(); float64(r.P90Wait) > bound {
			t.Errorf("who is let in waits up to %.0f s, which is more than %.0f", float64(r.P90Wait), bound)
		}
		if over := r.Answered + r.Abandoned + r.NotServed + r.Refused + r.Waiting; over != r.Calls {
			t.Errorf("%d calls came, and %d are accounted for", r.Calls, over)
		}
	}
}

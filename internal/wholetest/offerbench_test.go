package wholetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/customer"
	"presszero/internal/customer/sipp"
	"presszero/internal/deskclient"
)

// BenchmarkOffer is row (a): milliseconds from an agent's becoming free to the moment
// the call rings with her, 200 callers waiting: from "available" sent to the offer read
// in ours, from the state set to the INVITE read in Asterisk's own queue. The agent never
// answers, so the line stays as long. The native queue, which takes some second for
// each, makes a fifth of the offers.
func BenchmarkOffer(b *testing.B) { rounds(b, offerRow) }

func offerRow(t testing.TB, r rig, s sizes, f figures) {
	within(t, func(t testing.TB) {
		side := r.ours(t)
		s.pin(t, side)
		f.noteTimes("ours", offers(s.offers, ourOffers(t, side, s)))
	})
	within(t, func(t testing.TB) {
		side := r.queue(t, 1)
		s.pin(t, side)
		f.noteTimes("queue", offers((s.offers+4)/5, queueOffers(t, side, s)))
	})
}

func offers(n int, one func() time.Duration) (took []time.Duration) {
	for range n {
		took = append(took, one())
	}
	return took
}

// pin gives what is measured and what makes the load cores of their own, if they shall
// have them.
func (s sizes) pin(t testing.TB, measured ...side) {
	t.Helper()
	var roots []int
	for _, side := range measured {
		roots = slices.AppendSeq(roots, maps.Values(side.parts()))
	}
	if s.apart {
		pinApart(t, roots)
	}
}

// fillLine puts SIPp's callers in line until the test ends. Their numbers are first and
// those after it. They send no sound.
func fillLine(t testing.TB, to side, number string, first, n int, rate float64) {
	t.Helper()
	var from []string
	for i := range n {
		from = append(from, fmt.Sprint(first+i))
	}
	stop, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		if _, err := sipp.Run(context.Background(), sipp.Options{Scenario: sipp.Caller, Server: to.sip(), To: number, From: from,
			Calls: n, Rate: rate, Stop: stop, Sound: silent}); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { close(stop); <-over })
}

// silent callers send a single packet.
var silent = sipp.Sound{Last: 20 * time.Millisecond}

func ourOffers(t testing.TB, h *oursSide, s sizes) func() time.Duration {
	// Nobody is offered the same caller twice, nor may a page say too much in a second,
	// so it takes several agents.
	agents, offered := make([]*deskclient.Client, 1+s.offers/25), make(chan time.Time, 1)
	for i := range agents {
		o := h.employ(fmt.Sprintf("offer%d", i))
		o.OnMoment = func(m deskclient.Moment) {
			if m.What == deskclient.Offered {
				select {
				case offered <- m.At:
				default: // she was not asked for
				}
			}
		}
		agents[i] = h.in(t).agent(o)
		must(t, agents[i].Away("between"))
		_, err := agents[i].WaitDesk(soon(t), func(d call.Desk) bool { return d.Presence == call.Away })
		must(t, err)
	}
	fillLine(t, h, "100", 600100001, s.inLine, 50) // now, or an agent would be rung before she is away
	h.waitCount(time.Minute, s.inLine, `SELECT count(*) FROM report.visit WHERE outcome IS NULL`)
	turn := 0
	return func() time.Duration {
		a := agents[turn%len(agents)]
		turn++
		free := time.Now()
		must(t, a.Available())
		rang := when(t, offered)
		d, err := a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Ringing })
		must(t, err)
		must(t, a.Decline(d.Offer.Offer))
		_, err = a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Idle && d.Presence == call.Away })
		must(t, err)
		return rang.Sub(free)
	}
}

func queueOffers(t testing.TB, q *queueSide, s sizes) func() time.Duration {
	fillLine(t, q, toLone, 600200001, s.inLine, 50)
	rang := make(chan time.Time, 1)
	q.onRing("lone", func(r *customer.Ring) {
		at := time.Now()
		q.free(t, false)
		rang <- at
		_ = r.Refuse(486, "Busy Here")
	})
	waitFor(t, time.Minute, "all are in line", func() bool { return len(q.entered("6002")) == s.inLine })
	return func() time.Duration {
		free := time.Now()
		q.free(t, true)
		return when(t, rang).Sub(free)
	}
}

// when waits until it has rung, and tells when that was.
func when(t testing.TB, rang <-chan time.Time) time.Time {
	t.Helper()
	select {
	case at := <-rang:
		return at
	case <-time.After(30 * time.Second):
		t.Fatal("nobody was rung")
		return time.Time{}
	}
}

package wholetest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"presszero/internal/customer/sipp"
)

// BenchmarkAnsweredCall is row (d): the processor time that an answered call of 20 s
// takes, of all processes together and of each, in milliseconds, with 40 talks at once,
// voice flowing both ways; and the processor time of an agent without a call, in
// thousandths of a core. Arms:
//
//	ours   agents at our page (WebRTC, one lasting connection each)
//	phones app_queue, agents at SIP telephones over UDP
//	wss    app_queue, agents at pages over WSS (WebRTC, a connection for each call)
//
// All three write down what became of each call in Postgres.
func BenchmarkAnsweredCall(b *testing.B) { rounds(b, answeredRow) }

func answeredRow(t testing.TB, r rig, s sizes, f figures) {
	agents := s.up + s.up/8 + 1
	within(t, func(t testing.TB) {
		side, talks := r.ours(t), new(atomic.Int64)
		s.pin(t, side)
		side.crew(t, agents, talks)
		answered(t, f, "ours", side, "100", s, agents, talks)
	})
	within(t, func(t testing.TB) {
		side, talks := r.queue(t, agents), new(atomic.Int64)
		s.pin(t, side)
		side.phones(talks)
		answered(t, f, "phones", side, toPhones, s, agents, talks)
	})
	within(t, func(t testing.TB) {
		side, talks := r.queue(t, agents), new(atomic.Int64)
		s.pin(t, side)
		side.browsers(t, agents, talks)
		answered(t, f, "wss", side, toBrowsers, s, agents, talks)
	})
}

// answered has so many callers come that s.up of them talk at any moment, waits until
// they do, and takes what is spent while as many more are answered.
func answered(t testing.TB, f figures, arm string, to side, number string, s sizes, agents int, talks *atomic.Int64) {
	t.Helper()
	before, ended := taken(t, to.parts()), to.ended()
	time.Sleep(s.idle) // what it spends while nobody calls is measured
	idle := taken(t, to.parts()).since(before)
	f.note(arm+"-idle-agent-mcores", 1000*idle["all"].Seconds()/s.idle.Seconds()/float64(agents))

	stop, over := make(chan struct{}), make(chan sipp.Result, 1)
	go func() {
		result, err := sipp.Run(context.Background(), sipp.Options{Scenario: sipp.Caller, Server: to.sip(), To: number, Calls: 3 * s.up, Stop: stop,
			Rate: float64(s.up) / s.talk.Seconds(), Stay: s.talk, Sound: sipp.Sound{Tone: 440, Last: s.talk + 5*time.Second}})
		if err != nil {
			t.Error(err)
		}
		over <- result
	}()
	reach := func(n int64) {
		waitFor(t, 3*s.talk+time.Minute, "so many have talked", func() bool { return talks.Load() >= n })
	}
	reach(int64(s.up))
	from, first := taken(t, to.parts()), talks.Load()
	reach(first + int64(s.up))
	spent, n := taken(t, to.parts()).since(from), talks.Load()-first
	for part, took := range spent {
		name := arm + "-call-ms"
		if part != "all" {
			name = arm + "-" + part + "-ms"
		}
		f.note(name, milliseconds(took)/float64(n))
	}
	close(stop)
	result := <-over
	if result.OK != result.Sent {
		t.Errorf("%s: of %d calls %d were good: %v", arm, result.Sent, result.OK, result.Errors)
	}
	waitFor(t, 20*time.Second, "all are written down", func() bool { return to.ended()-ended == result.Sent })
}

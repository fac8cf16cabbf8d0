package wholetest

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"presszero/internal/customer/sipp"
)

// BenchmarkRecordedTalk is row (j): the processor time that a talk of 20 s takes, of all
// processes together, in milliseconds: recorded (until it is encoded, encrypted and in the
// archive), not recorded, and the difference. 40 talks are begun within 5 s, and counted
// from before the first until the last is written down. Arms:
//
//	ours   agents at our page
//	phones app_queue, agents at SIP telephones; recorded by MixMonitor, both sides apart
//	       (D), into a file of raw samples
func BenchmarkRecordedTalk(b *testing.B) { rounds(b, recordedRow) }

func recordedRow(t testing.TB, r rig, s sizes, f figures) {
	agents := s.up + s.up/8 + 1
	s.talk = max(s.talk, 2*time.Second) // in which each agent hears her caller
	within(t, func(t testing.TB) {
		side, talks := r.ours(t), new(atomic.Int64)
		s.pin(t, side)
		side.crew(t, agents, talks)
		kept := func() int { return side.count(`SELECT count(*) FROM recording WHERE state = 'kept'`) }
		before := kept()
		plain := talked(t, f, "ours-plain", side, "100", s, talks, func() bool { return kept() == before })
		recorded := talked(t, f, "ours-recorded", side, "300", s, talks, func() bool { return kept() == before+s.up })
		f.note("ours-added-ms", recorded-plain)
	})
	within(t, func(t testing.TB) {
		side, talks := r.queue(t, agents), new(atomic.Int64)
		s.pin(t, side)
		side.phones(talks)
		plain := talked(t, f, "phones-plain", side, toPhones, s, talks, func() bool { return side.monitored(s.talk) == 0 })
		recorded := talked(t, f, "phones-recorded", side, toMonitored, s, talks, func() bool { return side.monitored(s.talk) == s.up })
		f.note("phones-added-ms", recorded-plain)
	})
}

// talked has s.up callers come, who talk all at once, and returns what a talk has taken until
// all is done. Each agent must have heard her caller.
func talked(t testing.TB, f figures, arm string, to side, number string, s sizes, talks *atomic.Int64, done func() bool) float64 {
	t.Helper()
	s.say(t, "%s", arm)
	ended, heard, from := to.ended(), talks.Load(), taken(t, to.parts())
	result, err := sipp.Run(context.Background(), sipp.Options{Scenario: sipp.Caller, Server: to.sip(), To: number, Calls: s.up,
		Rate: 4 * float64(s.up) / s.talk.Seconds(), Stay: s.talk, Sound: sipp.Sound{Tone: 440, Last: s.talk + 5*time.Second}})
	must(t, err)
	waitFor(t, time.Minute, "all are written down", func() bool { return to.ended()-ended == s.up && done() })
	spent := taken(t, to.parts()).since(from)
	if n := talks.Load() - heard; result.OK != s.up || n != int64(s.up) {
		t.Errorf("%s: of %d calls %d were good, and %d talked: %v", arm, s.up, result.OK, n, result.Errors)
	}
	for part, took := range spent {
		name := arm + "-ms"
		if part != "all" {
			name = arm + "-" + part + "-ms"
		}
		f.note(name, milliseconds(took)/float64(s.up))
	}
	return milliseconds(spent["all"]) / float64(s.up)
}

// monitored counts the recordings of MixMonitor that are as long as the talk, but for the
// second before the agent answered, and what is still to be written.
func (s *queueSide) monitored(talk time.Duration) (n int) {
	const second = 2 * 2 * 8000 // bytes: two sides, 16 bits
	files, _ := filepath.Glob(filepath.Join(s.recordings, "*.raw"))
	for _, name := range files {
		if is, err := os.Stat(name); err == nil && float64(is.Size()) > 0.9*(talk-time.Second).Seconds()*second {
			n++
		}
	}
	return n
}

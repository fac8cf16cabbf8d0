package media_test

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"presszero/internal/headless"
	"presszero/internal/mediatest"
	"presszero/recordings/capture"
	"presszero/softphone/media"
)

// phaseFor is how long each of the phases of BenchmarkRecorded lasts.
const phaseFor = 10 * time.Second

// arrivals are the times between packets, as an agent hears them.
type arrivals struct {
	mu   sync.Mutex
	last time.Time
	gaps []time.Duration
}

func (a *arrivals) note(p headless.Packet) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.last.IsZero() {
		a.gaps = append(a.gaps, p.At.Sub(a.last))
	}
	a.last = p.At
}

func (a *arrivals) takeAll() []time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	gaps := a.gaps
	a.gaps = nil
	slices.Sort(gaps)
	return gaps
}

// BenchmarkRecorded tells what a recorded leg costs the engine beside one that is not:
// the crowd talks all the time, and all of it is recorded in every second phase. It also
// tells the gaps between packets that another agent heard meanwhile, and holds that of the
// recordings no packet is missing. It takes 40 s however often it is told to run; use
// -benchtime=1x, and PRESSZERO_TEST_CROWD=100.
func BenchmarkRecorded(b *testing.B) {
	talks := filepath.Join(b.TempDir(), "talks")
	engine := newRecorder(b, talks, nil)
	path := filepath.Join(b.TempDir(), "media.sock")
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- media.Serve(ctx, path, engine) }()
	b.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			b.Error(err)
		}
	})
	startCrowd(b, asCrowd, path)
	heard := &arrivals{}
	_, answer := mediatest.Page(b, engine, "ear", headless.Options{Tone: mediatest.Agent, OnPacket: heard.note})
	peer := mediatest.NewPeer(b, answer.RTPAddr, mediatest.Caller)
	must(b, engine.TalkTo("ear", "leg", peer.Addr()))
	onAll := func(do func(seat string) error) {
		for i := range crowdSize {
			must(b, do(fmt.Sprintf("agent%02d", i)))
		}
	}
	counts := map[string]*counted{}
	name := func(seat string, phase int) string { return fmt.Sprintf("%s.%d", seat, phase) }
	var cpu [2]time.Duration
	var gaps [2][]time.Duration
	for phase := range 4 {
		recorded := phase % 2
		if recorded == 1 {
			onAll(func(seat string) error {
				before := packetsOf(b, engine, seat)
				defer func() { counts[name(seat, phase)] = &counted{before: before, after: packetsOf(b, engine, seat)} }()
				return engine.Record(seat, "leg", name(seat, phase), 0)
			})
		}
		heard.takeAll()
		before := cpuTime()
		time.Sleep(phaseFor) // what the engine spends meanwhile is measured
		cpu[recorded] += cpuTime() - before
		gaps[recorded] = append(gaps[recorded], heard.takeAll()...)
		if recorded == 1 {
			onAll(func(seat string) error {
				c := counts[name(seat, phase)]
				c.least = minus(packetsOf(b, engine, seat), c.after)
				defer func() { c.most = minus(packetsOf(b, engine, seat), c.before) }()
				return engine.StopRecording(seat, "leg")
			})
		}
	}
	for i, name := range []string{"unrecorded", "recorded"} {
		slices.Sort(gaps[i])
		b.ReportMetric(cpu[i].Seconds()/(2*phaseFor.Seconds())/float64(crowdSize)*100, name+"-%core/leg")
		b.ReportMetric(float64(gaps[i][len(gaps[i])*99/100].Microseconds())/1000, name+"-p99-gap-ms")
		b.ReportMetric(float64(gaps[i][len(gaps[i])-1].Microseconds())/1000, name+"-longest-gap-ms")
	}
	checkRecordings(b, talks, counts)
}

// counted is how many packets the engine had counted of a leg, left and right, before and
// after its recording began, and so how many the recording must have, and can have.
type counted struct{ before, after, least, most [2]int }

func packetsOf(b *testing.B, engine media.Engine, seat string) [2]int {
	s, err := engine.Stats(seat)
	must(b, err)
	return [2]int{int(s.FromCaller.Packets), int(s.FromAgent.Packets)}
}

func minus(a, b [2]int) [2]int { return [2]int{a[0] - b[0], a[1] - b[1]} }

// checkRecordings holds that the crowd's recordings are whole.
func checkRecordings(b *testing.B, talks string, counts map[string]*counted) {
	var takes []capture.Take
	mediatest.Until(b, "all files are closed", func() bool {
		var err error
		takes, err = capture.Find(talks)
		must(b, err)
		return len(takes) == 2*crowdSize && !slices.ContainsFunc(takes, func(t capture.Take) bool { return t.Live || !t.Ended })
	})
	cpu := cpuTime()
	for _, t := range takes {
		r, err := t.WriteMulaw(io.Discard, time.Time{}, time.Time{})
		must(b, err)
		for side, n := range r.Packets {
			// One that is counted is on its way to the log when it begins or ends.
			if c := counts[t.Recording]; len(r.Holes) > 0 || n < c.least[side]-1 || n > c.most[side]+1 || n < 1 {
				b.Errorf("%s has %d packets of side %d, and %d to %d came; holes %v", t.Recording, n, side, c.least[side], c.most[side], r.Holes)
			}
		}
	}
	b.ReportMetric((cpuTime()-cpu).Seconds()/float64(len(takes))/phaseFor.Hours(), "cpu-s/h-made-into-sound")
}

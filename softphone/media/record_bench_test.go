package media_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"presszero/internal/audio"
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
// recordings nothing is missing. It takes 40 s however often it is told to run; use
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

	var cpu [2]time.Duration
	var gaps [2][]time.Duration
	for phase := range 4 {
		recorded := phase % 2
		if recorded == 1 {
			onAll(func(seat string) error { return engine.Record(seat, "leg", fmt.Sprintf("%s.%d", seat, phase)) })
		}
		heard.takeAll()
		before := cpuTime()
		time.Sleep(phaseFor) // what the engine spends meanwhile is measured
		cpu[recorded] += cpuTime() - before
		gaps[recorded] = append(gaps[recorded], heard.takeAll()...)
		if recorded == 1 {
			onAll(func(seat string) error { return engine.StopRecording(seat, "leg") })
		}
	}
	for i, name := range []string{"unrecorded", "recorded"} {
		slices.Sort(gaps[i])
		b.ReportMetric(cpu[i].Seconds()/(2*phaseFor.Seconds())/float64(crowdSize)*100, name+"-%core/leg")
		b.ReportMetric(float64(gaps[i][len(gaps[i])*99/100].Microseconds())/1000, name+"-p99-gap-ms")
		b.ReportMetric(float64(gaps[i][len(gaps[i])-1].Microseconds())/1000, name+"-longest-gap-ms")
	}
	checkRecordings(b, talks)
}

// checkRecordings holds that the crowd's recordings are whole: the length of the phase,
// no hole, and each tone in its channel.
func checkRecordings(b *testing.B, talks string) {
	var takes []capture.Take
	mediatest.Until(b, "all files are closed", func() bool {
		var err error
		takes, err = capture.Find(talks)
		must(b, err)
		return len(takes) == 2*crowdSize && !slices.ContainsFunc(takes, func(t capture.Take) bool { return t.Live || !t.Ended })
	})
	began := time.Now()
	for _, t := range takes {
		var sound [2]stretches
		r, err := t.WriteMulaw(interleaved(sound[:]), time.Time{}, time.Time{})
		must(b, err)
		if off := r.Length - phaseFor; len(r.Holes) > 0 || off < -200*time.Millisecond || off > time.Second {
			b.Errorf("%s: length %v, holes %v", t.Recording, r.Length, r.Holes)
		}
		for side, hz := range []float64{mediatest.Caller, mediatest.Agent} {
			if sound[side].without(hz) > 0 {
				b.Errorf("%s: of side %d, %d stretches of %d have no tone", t.Recording, side, sound[side].without(hz), len(sound[side]))
			}
		}
	}
	b.ReportMetric(time.Since(began).Seconds()/float64(len(takes))/phaseFor.Hours(), "align-s/h")
}

// stretches are those of 500 ms of one side.
type stretches [][]byte

func (s stretches) without(hz float64) (n int) {
	for _, voice := range s[:len(s)-1] { // the last is not whole
		if audio.Level(audio.AppendFromUlaw(nil, voice), hz) < 0.9 {
			n++
		}
	}
	return n
}

// interleaved takes both sides apart.
type interleaved []stretches

func (w interleaved) Write(both []byte) (int, error) {
	for i, b := range both {
		side := &w[i%2]
		if n := len(*side); n == 0 || len((*side)[n-1]) == 4000 {
			*side = append(*side, make([]byte, 0, 4000))
		}
		last := &(*side)[len(*side)-1]
		*last = append(*last, b)
	}
	return len(both), nil
}

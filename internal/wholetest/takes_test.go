package wholetest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/internal/audio"
	"presszero/internal/deskclient"
	"presszero/recordings/capture"
)

// sideOf is one side of a sound.
func sideOf(both []byte, side capture.Side) []int16 {
	var one []byte
	for i := int(side); i < len(both); i += 2 {
		one = append(one, both[i])
	}
	return audio.AppendFromUlaw(nil, one)
}

// tones holds that a stretch has these tones, and nothing of the others (-40 dB). For as long
// as packets were held up it may be silent.
func (r *recordedCall) tones(what string, samples []int16, tones []float64, held time.Duration) {
	r.Helper()
	silent := 0
	if held > 0 && len(tones) > 0 {
		silent = int(held/(time.Second/10)) + 1
	}
	if all, ok := hasTones(samples, tones, silent); !ok {
		r.Errorf("%s: the tones are not %v (by tenths of a second: %s), with packets held up for %v", what, tones, all, held)
	}
}

// hasTones reports whether all tenths of a second have these tones but for silent, one, and one
// in ten, as now and then packets are late. Late packets of less than a tenth count as one
// wherever they are: there is a way to divide the samples so that they are in one tenth. It
// returns the tenths from the first sample on, those that have the tones as +.
func hasTones(samples []int16, tones []float64, silent int) (all string, ok bool) {
	const tenth = audio.SampleRate / 10
	for shift := 0; shift < tenth && shift < len(samples); shift += tenth / 4 {
		marks := ""
		for rest := samples[shift:]; len(rest) >= tenth; rest = rest[tenth:] {
			if hasOnly(rest[:tenth], tones) {
				marks += "+"
			} else {
				marks += "-"
			}
		}
		if shift == 0 {
			all = marks
		}
		if tenths := len(marks); tenths >= 3 && strings.Count(marks, "+") >= tenths-silent-1-tenths/10 {
			return all, true
		}
	}
	return all, false
}

// TestHasTones: packets that are late by less than a tenth of a second are passed over once,
// wherever they are; more, or twice, is not.
func TestHasTones(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at   []time.Duration // silence begins
		long time.Duration
		want bool
	}{
		"whole":               {nil, 0, true},
		"late within a tenth": {[]time.Duration{210 * time.Millisecond}, 70 * time.Millisecond, true},
		"late over two":       {[]time.Duration{270 * time.Millisecond}, 70 * time.Millisecond, true},
		"too long":            {[]time.Duration{210 * time.Millisecond}, 130 * time.Millisecond, false},
		"twice":               {[]time.Duration{110 * time.Millisecond, 330 * time.Millisecond}, 40 * time.Millisecond, false},
		"all":                 {[]time.Duration{0}, time.Second / 2, false},
	} {
		samples := make([]int16, audio.SampleRate/2)
		audio.NewTone(callerTone, 8000).Fill(samples)
		for _, at := range c.at {
			from := int(at.Seconds() * audio.SampleRate)
			clear(samples[from : from+int(c.long.Seconds()*audio.SampleRate)])
		}
		if all, got := hasTones(samples, []float64{callerTone}, 0); got != c.want {
			t.Errorf("%s: %s is taken as %v, want %v", name, all, got, c.want)
		}
	}
}

func hasOnly(samples []int16, tones []float64) bool {
	share := 0.0
	for _, hz := range []float64{callerTone, deskclient.RobotTone, bobTone, sueTone} {
		level := audio.Level(samples, hz)
		switch wanted := slices.Contains(tones, hz); {
		case wanted && level < 0.1, !wanted && level > 1e-4 && !audio.Silent(samples):
			return false
		case wanted:
			share += level
		}
	}
	return share > 0.98 || len(tones) == 0 && audio.Silent(samples)
}

// keepTakes keeps what the media process and Asterisk write of talks, also when it has been
// taken to the archive, and returns it.
func (b *building) keepTakes() func() []capture.Take {
	b.Helper()
	from := []string{filepath.Join(b.dir, "spool", "talks", "*.pkt"), filepath.Join(b.dir, "asterisk", "spool", "recording", "*.ulaw")}
	kept := filepath.Join(b.dir, "kept")
	must(b, os.Mkdir(kept, 0o700))
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				for _, of := range from {
					files, _ := filepath.Glob(of)
					for _, f := range files {
						_ = os.Link(f, filepath.Join(kept, filepath.Base(f))) // or has it already
					}
				}
			}
		}
	}()
	b.Cleanup(func() { close(quit); <-done })
	return func() []capture.Take {
		b.Helper()
		takes, err := capture.FindAll(kept, kept)
		must(b, err)
		return takes
	}
}

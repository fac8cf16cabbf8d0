package wholetest

import (
	"os"
	"path/filepath"
	"slices"
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
	tenths, good, all := 0, 0, ""
	for ; len(samples) >= audio.SampleRate/10; samples = samples[audio.SampleRate/10:] {
		tenths++
		if hasOnly(samples[:audio.SampleRate/10], tones) {
			good++
			all += "+"
		} else {
			all += "-"
		}
	}
	silent := 0
	if held > 0 && len(tones) > 0 {
		silent = int(held/(time.Second/10)) + 1
	}
	if tenths < 3 || good < tenths-silent-1-tenths/10 { // now and then a packet is late
		r.Errorf("%s: only in %d of %d tenths of a second the tones are %v (%s), with packets held up for %v", what, good, tenths, tones, all, held)
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

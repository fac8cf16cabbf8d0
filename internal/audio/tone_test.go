package audio

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// mixTones mixes equally loud tones.
func mixTones(n int, amplitude float64, hz ...float64) []int16 {
	mix := make([]int16, n)
	for _, f := range hz {
		one := make([]int16, n)
		NewTone(f, amplitude).Fill(one)
		for i := range mix {
			mix[i] += one[i]
		}
	}
	return mix
}

func noise(n int, rms float64) []int16 {
	random := rand.New(rand.NewPCG(1, 2))
	samples := make([]int16, n)
	for i := range samples {
		samples[i] = int16(random.NormFloat64() * rms)
	}
	return samples
}

func addSamples(a, b []int16) []int16 {
	for i := range a {
		a[i] += b[i]
	}
	return a
}

func overTheTelephone(samples []int16) []int16 {
	return AppendFromUlaw(nil, AppendUlaw(nil, samples))
}

func TestToneIsContinuous(t *testing.T) {
	whole, parts := make([]int16, 4000), make([]int16, 4000)
	NewTone(440, 8000).Fill(whole)
	tone := NewTone(440, 8000)
	for i := 0; i < len(parts); i += FrameSamples {
		tone.Fill(parts[i:min(i+FrameSamples, len(parts))])
	}
	for i := range whole {
		if math.Abs(float64(whole[i])-float64(parts[i])) > 1 {
			t.Fatalf("sample %d is %d in one piece and %d in frames", i, whole[i], parts[i])
		}
	}
}

// TestToneSkips: after Skip, a tone has the samples that it would have after Fill.
func TestToneSkips(t *testing.T) {
	whole := make([]int16, 800)
	NewTone(440, 8000).Fill(whole)
	tone, rest := NewTone(440, 8000), make([]int16, 300)
	tone.Skip(500)
	tone.Fill(rest)
	for i, s := range rest {
		if d := int(s) - int(whole[500+i]); d < -1 || d > 1 {
			t.Fatalf("sample %d is %d instead of %d", i, s, whole[500+i])
		}
	}
}

func TestToneFrame(t *testing.T) {
	frame := NewTone(1000, 8000).Ulaw()
	if len(frame) != FrameSamples {
		t.Fatalf("a frame has %d bytes", len(frame))
	}
	if level := Level(AppendFromUlaw(nil, frame), 1000); level < 0.99 {
		t.Errorf("1 kHz has only %.3f of its own frame", level)
	}
}

func TestLevel(t *testing.T) {
	for _, c := range []struct {
		what     string
		samples  []int16
		hz       float64
		low, top float64
	}{
		{"a pure tone", mixTones(160, 8000, 440), 440, 0.98, 1},
		{"a faint tone", overTheTelephone(mixTones(160, 100, 440)), 440, 0.9, 1},
		{"one of two", mixTones(160, 8000, 440, 1000), 440, 0.45, 0.55},
		{"another tone", mixTones(160, 8000, 440), 1000, 0, 0.01},
		{"noise", noise(160, 3000), 440, 0, 0.1},
		{"silence", make([]int16, 160), 440, 0, 0},
		{"nothing", nil, 440, 0, 0},
	} {
		if got := Level(c.samples, c.hz); got < c.low || got > c.top {
			t.Errorf("%s: level %.4f, want %.2f..%.2f", c.what, got, c.low, c.top)
		}
	}
}

func TestDetector(t *testing.T) {
	const n = SampleRate // a second of each
	for _, c := range []struct {
		what               string
		samples            []int16
		caller440, agent1k bool
	}{
		{"silence", make([]int16, n), false, false},
		{"hiss", noise(n, 10), false, false},
		{"noise", noise(n, 4000), false, false},
		{"the caller", mixTones(n, 8000, 440), true, false},
		{"the agent", mixTones(n, 8000, 1000), false, true},
		{"both", mixTones(n, 8000, 440, 1000), true, true},
		{"a faint caller", mixTones(n, 150, 440), true, false},
		{"the loudest caller", mixTones(n, 32767, 440), true, false},
		{"the caller in noise 10 dB below", addSamples(mixTones(n, 8000, 440), noise(n, 1789)), true, false},
		{"a chord on A with overtones", mixTones(n, 3000, 220, 277.2, 329.6, 440, 554.4, 659.3, 880), false, false},
		{"a vowel at 220 Hz", mixTones(n, 4000, 220, 440, 660, 880, 1100), false, false},
		{"two other tones", mixTones(n, 6000, 350, 620), false, false},
	} {
		for _, window := range []time.Duration{FrameTime, 60 * time.Millisecond, 100 * time.Millisecond} {
			d := NewDetector(window, 440, 1000)
			for rest := overTheTelephone(c.samples); len(rest) > 0; {
				k := min(len(rest), 77) // no multiple of any window
				for _, change := range d.Feed(rest[:k]) {
					if !change.Present {
						t.Errorf("%s, %v: %v Hz ceased at %v", c.what, window, change.Hz, Duration(change.At))
					}
				}
				rest = rest[k:]
			}
			if d.Present(440) != c.caller440 || d.Present(1000) != c.agent1k {
				t.Errorf("%s, %v: 440 Hz %v, 1 kHz %v", c.what, window, d.Present(440), d.Present(1000))
			}
		}
	}
}

func TestDetectorTellsWhen(t *testing.T) {
	stream := append(make([]int16, 800), mixTones(800, 8000, 440)...)
	stream = append(stream, make([]int16, 800)...)
	d := NewDetector(0, 440) // as short as it gets
	got := d.Feed(stream)
	want := []Change{{440, true, 800}, {440, false, 1600}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("changes %v, want %v", got, want)
	}
	if d.Present(999) {
		t.Error("a tone that nobody watches is present")
	}
}

func BenchmarkPresent(b *testing.B) {
	frame := mixTones(FrameSamples, 8000, 440)
	for b.Loop() {
		Present(frame, 440, 1000)
	}
}

func TestMixed(t *testing.T) {
	tone := func(hz float64) []int16 { return AppendFromUlaw(nil, NewTone(hz, 8000).Ulaw()) }
	one, both := tone(1000), addSamples(tone(1000), tone(1600))
	for _, c := range []struct {
		what    string
		samples []int16
		mixes   [][]float64
		want    bool
	}{
		{"a tone", one, [][]float64{{1000}}, true},
		{"two tones", both, [][]float64{{1000}, {1000, 1600}}, true},
		{"one tone too many", both, [][]float64{{1000}, {1600}}, false},
		{"one tone too few", one, [][]float64{{1000, 1600}}, false},
		{"nothing", make([]int16, len(one)), [][]float64{{1000}}, false},
		{"no mix", one, nil, false},
	} {
		if got := Mixed(c.samples, c.mixes...); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}

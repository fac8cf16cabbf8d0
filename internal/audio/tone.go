package audio

import "math"

// A Tone is a steady sine that goes on exactly where it stopped, so frames of
// it join without clicks. It is not safe for concurrent use.
type Tone struct {
	amplitude float64
	step      float64 // radians per sample
	phase     float64
}

// NewTone makes a tone of hz (0..4000) whose peaks reach amplitude
// (0..32767; 8000 is a comfortable telephone level).
func NewTone(hz, amplitude float64) *Tone {
	return &Tone{amplitude: amplitude, step: 2 * math.Pi * hz / SampleRate}
}

// Fill overwrites samples with the tone's next stretch.
func (t *Tone) Fill(samples []int16) {
	for i := range samples {
		samples[i] = int16(math.Round(t.amplitude * math.Sin(t.phase)))
		t.phase += t.step
	}
	// Kept small: a phase that grows for days loses its precision.
	t.phase = math.Mod(t.phase, 2*math.Pi)
}

// Skip passes over the tone's next samples, as Fill does.
func (t *Tone) Skip(samples int) {
	t.phase = math.Mod(t.phase+t.step*float64(samples), 2*math.Pi)
}

// Ulaw returns the tone's next 20 ms as FrameSamples bytes of μ-law.
func (t *Tone) Ulaw() []byte {
	var linear [FrameSamples]int16
	t.Fill(linear[:])
	return AppendUlaw(make([]byte, 0, FrameSamples), linear[:])
}

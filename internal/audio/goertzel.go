package audio

import (
	"math"
	"slices"
	"time"
)

// A tone is found with Goertzel's algorithm, one bin of a Fourier transform at
// exactly the frequency asked for. What is compared with a threshold is the
// share of the frame's energy, so loudness does not matter.

const (
	// quietRMS is the loudness below which a window is silence whatever is in
	// it; G.711's own hiss around silence is about 8.
	quietRMS = 40
	// Speech and music put much of their energy on one frequency now and then,
	// but never nearly all of it: the watched tones together must be most of
	// the window...
	shareTogether = 0.7
	// ...while each may be one voice among several.
	shareEach = 0.1
)

// Level is the share of the samples' energy at hz: 1 for a pure tone, about
// 2/len(samples) for noise, 0 for silence. Its width is SampleRate/len(samples)
// (50 Hz for a 20 ms frame): nearer frequencies are not told apart.
func Level(samples []int16, hz float64) float64 {
	energy := sumOfSquares(samples)
	if energy == 0 {
		return 0
	}
	c := 2 * math.Cos(2*math.Pi*hz/SampleRate)
	var s1, s2 float64
	for _, s := range samples {
		s1, s2 = float64(s)+c*s1-s2, s1
	}
	power := s1*s1 + s2*s2 - c*s1*s2
	return min(2*power/(float64(len(samples))*energy), 1)
}

// RMS is the loudness of the samples, 0 (silence) to 32768; a tone's is its
// amplitude divided by the square root of two.
func RMS(samples []int16) float64 {
	if len(samples) == 0 {
		return 0
	}
	return math.Sqrt(sumOfSquares(samples) / float64(len(samples)))
}

// Silent says that a person would hear nothing in the samples.
func Silent(samples []int16) bool { return RMS(samples) < quietRMS }

// Present says for each of the frequencies whether it sounds in samples. The
// samples count only when these tones together make up most of them, so
// neither speech nor music is mistaken for a tone.
func Present(samples []int16, hz ...float64) []bool {
	present := make([]bool, len(hz))
	if Silent(samples) {
		return present
	}
	together := 0.0
	levels := make([]float64, len(hz))
	for i, f := range hz {
		levels[i] = Level(samples, f)
		together += levels[i]
	}
	for i, level := range levels {
		present[i] = together >= shareTogether && level >= shareEach
	}
	return present
}

// Mixed reports whether samples are one of the mixes: all its tones (Hz), as Present
// finds them, and little else.
func Mixed(samples []int16, mixes ...[]float64) bool {
	return slices.ContainsFunc(mixes, func(hz []float64) bool {
		return !slices.Contains(Present(samples, hz...), false)
	})
}

func sumOfSquares(samples []int16) float64 {
	sum := 0.0
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return sum
}

// A Change is a tone that began or ceased to sound.
type Change struct {
	Hz      float64
	Present bool
	// At is the first sample of the window that showed it, counted from the
	// first sample ever fed; Duration turns it into time.
	At int
}

// A Detector watches a stream for a set of tones, window by window. It is not
// safe for concurrent use.
type Detector struct {
	hz      []float64
	present []bool
	window  []int16
	size    int
	at      int
}

// NewDetector watches for the frequencies, which must lie at least
// 2/window apart (100 Hz for 20 ms). A short window is quick, a long one tells
// near frequencies apart and stands more noise; it is kept to 20..100 ms.
func NewDetector(window time.Duration, hz ...float64) *Detector {
	window = max(FrameTime, min(window, 5*FrameTime))
	size := int(window * SampleRate / time.Second)
	return &Detector{
		hz:      slices.Clone(hz),
		present: make([]bool, len(hz)),
		window:  make([]int16, 0, size),
		size:    size,
	}
}

// Feed takes the stream's next samples, any number, and returns what changed
// in the windows they completed.
func (d *Detector) Feed(samples []int16) []Change {
	var changes []Change
	for len(samples) > 0 {
		n := min(len(samples), d.size-len(d.window))
		d.window = append(d.window, samples[:n]...)
		samples = samples[n:]
		if len(d.window) < d.size {
			break
		}
		changes = d.judge(changes)
		d.window = d.window[:0]
		d.at += d.size
	}
	return changes
}

func (d *Detector) judge(changes []Change) []Change {
	for i, now := range Present(d.window, d.hz...) {
		if now != d.present[i] {
			d.present[i] = now
			changes = append(changes, Change{Hz: d.hz[i], Present: now, At: d.at})
		}
	}
	return changes
}

// Present says whether hz sounded in the last complete window; false for a
// frequency that is not watched.
func (d *Detector) Present(hz float64) bool {
	i := slices.Index(d.hz, hz)
	return i >= 0 && d.present[i]
}

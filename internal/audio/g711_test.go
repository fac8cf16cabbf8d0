package audio

import (
	"math"
	"testing"
)

func TestUlawKnownVectors(t *testing.T) {
	// Decision and output values of G.711 table 2a/2b, times 4 (14 bits in 16).
	for _, c := range []struct {
		in      int16
		code    byte
		decoded int16
	}{
		{0, 0xFF, 0}, {-1, 0x7F, 0}, {8, 0xFE, 8}, {-8, 0x7E, -8},
		{132, 0xEF, 132}, {-132, 0x6F, -132}, {1000, 0xCE, 988}, {-1000, 0x4E, -988},
		{8031 * 4, 0x80, 32124}, {32767, 0x80, 32124}, {-32768, 0x00, -32124},
	} {
		if got := EncodeUlaw(c.in); got != c.code {
			t.Errorf("EncodeUlaw(%d) = %#02x, want %#02x", c.in, got, c.code)
		}
		if got := DecodeUlaw(c.code); got != c.decoded {
			t.Errorf("DecodeUlaw(%#02x) = %d, want %d", c.code, got, c.decoded)
		}
	}
}

func TestAlawKnownVectors(t *testing.T) {
	for _, c := range []struct {
		in      int16
		code    byte
		decoded int16
	}{
		{0, 0xD5, 8}, {-1, 0x55, -8}, {16, 0xD4, 24}, {-16, 0x55, -8}, {-17, 0x54, -24},
		{1000, 0xFA, 1008}, {-1000, 0x7A, -1008}, {32767, 0xAA, 32256}, {-32768, 0x2A, -32256},
	} {
		if got := EncodeAlaw(c.in); got != c.code {
			t.Errorf("EncodeAlaw(%d) = %#02x, want %#02x", c.in, got, c.code)
		}
		if got := DecodeAlaw(c.code); got != c.decoded {
			t.Errorf("DecodeAlaw(%#02x) = %d, want %d", c.code, got, c.decoded)
		}
	}
}

func TestEveryCodeSurvives(t *testing.T) {
	for i := range 256 {
		b := byte(i)
		if b != 0x7F { // μ-law's negative zero comes back as the positive one
			if got := EncodeUlaw(DecodeUlaw(b)); got != b {
				t.Errorf("μ-law %#02x came back as %#02x", b, got)
			}
		}
		if got := EncodeAlaw(DecodeAlaw(b)); got != b {
			t.Errorf("A-law %#02x came back as %#02x", b, got)
		}
	}
}

// Every one of the 65,536 samples comes back near where it was: within half of
// its segment's step, which is 1/32 of the value, plus the first segment's step.
func TestEverySampleSurvives(t *testing.T) {
	laws := map[string]func(int16) int16{
		"μ-law": func(s int16) int16 { return DecodeUlaw(EncodeUlaw(s)) },
		"A-law": func(s int16) int16 { return DecodeAlaw(EncodeAlaw(s)) },
	}
	for name, law := range laws {
		last := int16(math.MinInt16)
		for s := math.MinInt16; s <= math.MaxInt16; s++ {
			got := law(int16(s))
			if off := math.Abs(float64(s) - float64(got)); off > 16+math.Abs(float64(s))/31 {
				t.Fatalf("%s: %d came back as %d", name, s, got)
			}
			if got < last {
				t.Fatalf("%s: falls from %d to %d at %d", name, last, got, s)
			}
			last = got
		}
	}
}

func TestSlices(t *testing.T) {
	in := []int16{0, 1000, -1000, 30000, -30000}
	u, a := AppendUlaw([]byte{1}, in), AppendAlaw([]byte{1}, in)
	if u[0] != 1 || a[0] != 1 || len(u) != 6 || len(a) != 6 {
		t.Fatalf("appended %v and %v", u, a)
	}
	ul, al := AppendFromUlaw(nil, u[1:]), AppendFromAlaw(nil, a[1:])
	for i, s := range in {
		if ul[i] != DecodeUlaw(EncodeUlaw(s)) || al[i] != DecodeAlaw(EncodeAlaw(s)) {
			t.Errorf("sample %d: %d became %d and %d", i, s, ul[i], al[i])
		}
	}
	if DecodeUlaw(UlawSilence) != 0 || EncodeAlaw(0) != AlawSilence {
		t.Error("silence is not silent")
	}
}

// Reference values of ITU-T G.711, table 2a.
func TestULaw(t *testing.T) {
	for sample, want := range map[int16]byte{
		0: 0xff, 32767: 0x80, -32768: 0x00, 132: 0xef, 1000: 0xce, -1000: 0x4e,
	} {
		if got := EncodeUlaw(sample); got != want {
			t.Errorf("EncodeUlaw(%d) = %#x, want %#x", sample, got, want)
		}
	}
}

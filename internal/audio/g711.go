package audio

import "math/bits"

// G.711 (ITU-T Recommendation G.711, 11/1988) squeezes a sample into a byte:
// a sign, a segment that doubles in size with loudness, and four bits within
// the segment. μ-law (table 2) takes 14-bit samples, A-law (table 1) 13-bit
// ones; both are used here left-aligned in 16 bits, as everywhere in practice.

const (
	// UlawSilence is the μ-law byte of sample 0.
	UlawSilence byte = 0xFF
	// AlawSilence is the A-law byte nearest to 0; it decodes to 8, for A-law
	// has no zero.
	AlawSilence byte = 0xD5

	ulawBias = 0x84  // lifts every sample above the first segment's start
	ulawClip = 32635 // the loudest sample that the bias does not push past 15 bits
)

var ulawToLinear, alawToLinear = decodeTables()

// EncodeUlaw turns a linear sample into its μ-law byte.
func EncodeUlaw(s int16) byte {
	v, sign := int(s), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, ulawClip) + ulawBias
	segment := bits.Len(uint(v)) - 8 // v is 132..32767, so 0..7
	return ^(sign | byte(segment)<<4 | byte(v>>(segment+3))&0x0F)
}

// DecodeUlaw turns a μ-law byte into its linear sample.
func DecodeUlaw(b byte) int16 { return ulawToLinear[b] }

// EncodeAlaw turns a linear sample into its A-law byte.
func EncodeAlaw(s int16) byte {
	v, sign := int(s)>>3, byte(0x80)
	if v < 0 {
		v, sign = -v-1, 0
	}
	// Now 12 bits: 0..4095. Segments 0 and 1 have the same step.
	segment := max(bits.Len(uint(v))-5, 0)
	step := max(segment, 1)
	return (sign | byte(segment)<<4 | byte(v>>step)&0x0F) ^ 0x55
}

// DecodeAlaw turns an A-law byte into its linear sample.
func DecodeAlaw(b byte) int16 { return alawToLinear[b] }

// Each law's bytes in the other: what decoding and encoding gives.
var ulawToAlaw, alawToUlaw = crossTables()

func crossTables() (toAlaw, toUlaw [256]byte) {
	for i := range 256 {
		toAlaw[i] = EncodeAlaw(DecodeUlaw(byte(i)))
		toUlaw[i] = EncodeUlaw(DecodeAlaw(byte(i)))
	}
	return toAlaw, toUlaw
}

// UlawToAlaw turns μ-law into A-law, in place.
func UlawToAlaw(b []byte) {
	for i, v := range b {
		b[i] = ulawToAlaw[v]
	}
}

// AlawToUlaw turns A-law into μ-law, in place.
func AlawToUlaw(b []byte) {
	for i, v := range b {
		b[i] = alawToUlaw[v]
	}
}

// AppendUlaw appends the μ-law bytes of samples to dst.
func AppendUlaw(dst []byte, samples []int16) []byte {
	for _, s := range samples {
		dst = append(dst, EncodeUlaw(s))
	}
	return dst
}

// AppendFromUlaw appends the linear samples of μ-law bytes to dst.
func AppendFromUlaw(dst []int16, ulaw []byte) []int16 {
	for _, b := range ulaw {
		dst = append(dst, ulawToLinear[b])
	}
	return dst
}

// AppendAlaw appends the A-law bytes of samples to dst.
func AppendAlaw(dst []byte, samples []int16) []byte {
	for _, s := range samples {
		dst = append(dst, EncodeAlaw(s))
	}
	return dst
}

// AppendFromAlaw appends the linear samples of A-law bytes to dst.
func AppendFromAlaw(dst []int16, alaw []byte) []int16 {
	for _, b := range alaw {
		dst = append(dst, alawToLinear[b])
	}
	return dst
}

func decodeTables() (ulaw, alaw [256]int16) {
	for i := range 256 {
		ulaw[i] = expandUlaw(byte(i))
		alaw[i] = expandAlaw(byte(i))
	}
	return ulaw, alaw
}

func expandUlaw(b byte) int16 {
	b = ^b
	v := (int(b&0x0F)<<3+ulawBias)<<(b>>4&7) - ulawBias
	if b&0x80 != 0 {
		v = -v
	}
	return int16(v)
}

func expandAlaw(b byte) int16 {
	b ^= 0x55
	v, segment := int(b&0x0F)<<4+8, b>>4&7
	if segment > 0 {
		v = (v + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		v = -v
	}
	return int16(v)
}

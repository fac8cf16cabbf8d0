// Package audio is the telephone's sound, with nothing but the standard
// library: G.711 both ways, steady tones and their detection, and WAV files.
//
//	int16 samples, 8 kHz mono          one 20 ms frame
//	┌──────────────────────┐  EncodeUlaw  ┌───────────┐
//	│ Tone, ReadWAV, voice ├─────────────▶│ 160 bytes │──▶ RTP
//	└──────────────────────┘              └───────────┘
//	┌──────────────────────┐  DecodeUlaw  ┌───────────┐
//	│ Level, Detector      │◀─────────────┤ 160 bytes │◀── RTP
//	└──────────────────────┘              └───────────┘
//
// Tones are how this project proves who hears whom: every party speaks with
// its own frequency, and hearing it is a measurement, where a line in a log is
// only a claim.
package audio

import "time"

// Everything here is sampled at 8 kHz and travels in frames of 20 ms, which is
// what G.711 telephones and Asterisk use by default.
const (
	// SampleRate is the number of samples per second.
	SampleRate = 8000
	// FrameSamples is the number of samples, and of G.711 bytes, in a frame.
	FrameSamples = 160
	// FrameTime is how long a frame lasts.
	FrameTime = 20 * time.Millisecond
)

// Duration says how long n samples last.
func Duration(n int) time.Duration {
	return time.Duration(n) * time.Second / SampleRate
}

package private

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// prepareMusic fills root.Music with the opsound music, cut to what can be
// heard (see trimSilence), as bare telephone audio: 8 kHz µ-law.
func prepareMusic(root Root, log func(string)) error {
	if isDir(root.Music) {
		return nil
	}
	from := filepath.Join(root.dataDir(), "moh")
	tunes, err := filepath.Glob(filepath.Join(from, "*.wav"))
	if err != nil || len(tunes) == 0 {
		return fmt.Errorf("no music for waiting callers in %s: install asterisk-moh-opsound-wav", from)
	}
	log("preparing the music on hold")
	building := root.Music + ".new"
	if err := os.RemoveAll(building); err != nil {
		return fmt.Errorf("prepare the music: %w", err)
	}
	if err := os.MkdirAll(building, 0o755); err != nil {
		return fmt.Errorf("prepare the music: %w", err)
	}
	for _, tune := range tunes {
		if err := prepareTune(tune, building); err != nil {
			return err
		}
	}
	if err := os.Rename(building, root.Music); err != nil {
		return fmt.Errorf("prepare the music: %w", err)
	}
	return nil
}

// prepareTune writes one piece of music into the folder.
func prepareTune(tune, folder string) error {
	wav, err := os.ReadFile(tune)
	if err != nil {
		return fmt.Errorf("prepare the music: %w", err)
	}
	samples, err := wavSamples(wav)
	if err != nil {
		return fmt.Errorf("prepare the music from %s: %w", tune, err)
	}
	samples = trimSilence(samples)
	ulaw := make([]byte, len(samples))
	for i, s := range samples {
		ulaw[i] = toULaw(s)
	}
	name := strings.TrimSuffix(filepath.Base(tune), ".wav") + ".ulaw"
	if err := os.WriteFile(filepath.Join(folder, name), ulaw, 0o644); err != nil {
		return fmt.Errorf("prepare the music: %w", err)
	}
	return nil
}

// wavSamples returns the samples of an 8 kHz mono 16-bit wav file.
func wavSamples(wav []byte) ([]int16, error) {
	if len(wav) < 12 || string(wav[0:4]) != "RIFF" || string(wav[8:12]) != "WAVE" {
		return nil, errors.New("not a wav file")
	}
	telephone := false
	for rest := wav[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), int(binary.LittleEndian.Uint32(rest[4:8]))
		body := rest[8:]
		if size > len(body) {
			size = len(body) // a recorder that was cut off
		}
		switch body = body[:size]; {
		case id == "fmt " && size >= 16:
			telephone = binary.LittleEndian.Uint16(body) == 1 && // PCM
				binary.LittleEndian.Uint16(body[2:]) == 1 && // mono
				binary.LittleEndian.Uint32(body[4:]) == 8000 &&
				binary.LittleEndian.Uint16(body[14:]) == 16
		case id == "data" && telephone:
			samples := make([]int16, size/2)
			for i := range samples {
				samples[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
			}
			return samples, nil
		}
		rest = rest[min(len(rest), 8+size+size%2):]
	}
	return nil, errors.New("not 8 kHz mono 16-bit")
}

// trimSilence cuts the quiet off both ends. One of the tunes ends with twelve
// silent seconds, and a caller who hears nothing believes to be cut off.
func trimSilence(samples []int16) []int16 {
	const quiet = 400 // of 32767, about -38 dB
	first, last := 0, len(samples)
	for first < last && samples[first] < quiet && samples[first] > -quiet {
		first++
	}
	for last > first && samples[last-1] < quiet && samples[last-1] > -quiet {
		last--
	}
	return samples[first:last]
}

// toULaw compresses one sample as ITU-T G.711 says: sign, three bits of
// magnitude, four bits within it, all inverted.
func toULaw(sample int16) byte {
	const bias, clip = 0x84, 32635
	s, sign := int(sample), byte(0)
	if s < 0 {
		s, sign = -s, 0x80
	}
	s = min(s, clip) + bias
	exponent := 7
	for mask := 0x4000; s&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	mantissa := byte(s>>(exponent+3)) & 0x0f
	return ^(sign | byte(exponent)<<4 | mantissa)
}

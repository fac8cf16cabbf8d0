package private

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"presszero/internal/audio"
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
	samples, err := audio.ReadWAV(bytes.NewReader(wav))
	if err != nil {
		return fmt.Errorf("prepare the music from %s: %w", tune, err)
	}
	ulaw := audio.AppendUlaw(nil, trimSilence(samples))
	name := strings.TrimSuffix(filepath.Base(tune), ".wav") + ".ulaw"
	if err := os.WriteFile(filepath.Join(folder, name), ulaw, 0o644); err != nil {
		return fmt.Errorf("prepare the music: %w", err)
	}
	return nil
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

package recordings

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"presszero/internal/atomicfile"
)

// muLawSilence is the sample of no sound in G.711 mu-law.
const muLawSilence = 0xff

// Silence returns the absolute path, without the extension, of a sound file
// that holds that much silence, in whole milliseconds. It is made if it is not
// there yet.
func (s *Speaker) Silence(length time.Duration) (path string, err error) {
	path = filepath.Join(s.prompts.Sounds, "silence", fmt.Sprintf("%dms", length.Milliseconds()))
	name := path + ".ulaw"
	if _, err := os.Stat(name); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, atomicfile.WriteMode(name, bytes.Repeat([]byte{muLawSilence}, int(length.Milliseconds()*rate/1000)), 0o644)
}

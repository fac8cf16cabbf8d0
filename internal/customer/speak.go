package customer

import (
	"bytes"
	"context"
	"os/exec"
	"strings"

	"presszero/internal/audio"
)

// Speak returns a text as espeak-ng speaks it, for Sound.Voice; nil, which is
// silence, where that program or sox is missing.
func Speak(ctx context.Context, text string) []int16 {
	speak := exec.CommandContext(ctx, "sh", "-c", `espeak-ng --stdin --stdout | sox -q -t wav - -t wav -r 8000 -c 1 -b 16 -`)
	speak.Stdin = strings.NewReader(text)
	out, err := speak.Output()
	if err != nil {
		return nil
	}
	samples, err := audio.ReadWAV(bytes.NewReader(out))
	if err != nil {
		return nil
	}
	return samples
}

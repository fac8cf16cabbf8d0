package controller

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"presszero/internal/audio"
	"presszero/recordings"
	"presszero/web"
)

// mailbox is what callers have said: from Asterisk's spool into our keeping.
type mailbox struct {
	kept  recordings.Messages
	spool string // where Asterisk records
}

// take keeps a recording. It is tried again at every start, for what was left.
func (m mailbox) take(id string, at time.Time) error {
	_, err := m.kept.Take(m.spool, id, at)
	if errors.As(err, new(recordings.Unusable)) {
		return nil // nothing was said
	}
	return err
}

// length is how much has been said in a recording that is over; Asterisk's own
// count is in whole seconds.
func (m mailbox) length(id string) (time.Duration, error) {
	info, err := os.Stat(filepath.Join(m.spool, filepath.Base(id)+".wav"))
	if err != nil {
		return 0, err
	}
	const header, second = 44, 2 * audio.SampleRate
	return time.Duration(max(0, info.Size()-header)) * time.Second / second, nil
}

// takeAll keeps what an earlier run has left in the spool.
func (m mailbox) takeAll() error {
	files, err := filepath.Glob(filepath.Join(m.spool, "*.wav"))
	for _, file := range files {
		if info, statErr := os.Stat(file); statErr == nil && time.Since(info.ModTime()) > 10*time.Minute {
			err = errors.Join(err, m.take(strings.TrimSuffix(filepath.Base(file), ".wav"), info.ModTime()))
		}
	}
	return err
}

// audio opens a message to be heard.
func (m mailbox) audio(ctx context.Context, id string) (web.Audio, error) {
	content, is, err := m.kept.Open(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return web.Audio{}, web.ErrNotFound
	}
	return web.Audio{Type: "audio/wav", Changed: is.At, Content: content}, err
}

package recordings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"time"

	"presszero/recordings/archive"
)

// Messages keeps what callers have said to the mailbox, in the archive.
type Messages struct {
	Archive *archive.Archive
	Plain   string // a folder of wav files, as earlier versions kept them, until Move has taken them all
}

// Message is a kept message.
type Message struct {
	ID     string
	At     time.Time // when it was left
	Length time.Duration
}

const (
	// leastMessage is how much must be said to count as a message.
	leastMessage = time.Second
	// stillSpeaking is how long nothing must have been written to a fallback
	// message for it to be over; Asterisk ends one after 10 s of silence.
	stillSpeaking = 15 * time.Second
	// ofFallback begins the names of messages that Asterisk took alone.
	ofFallback = "fallback-"
)

var validID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,180}$`)

// Take moves a finished recording, spool/ID.wav, to the messages. Doing it
// again does no harm. A recording of less than a second, or of nothing that is
// sound, is thrown away and told as Unusable.
func (m Messages) Take(spool, id string, at time.Time) (Message, error) {
	return m.takeAs(spool, id, id, at, func(Message) error { return nil })
}

// takeAs keeps spool/file.wav under the name id. It is gone from the spool only
// when done says so.
func (m Messages) takeAs(spool, file, id string, at time.Time, done func(Message) error) (Message, error) {
	if !validID.MatchString(file) || !validID.MatchString(id) {
		return Message{}, Unusable(fmt.Sprintf("%q is not the name of a message", id))
	}
	source, err := os.OpenRoot(spool)
	if err != nil {
		return Message{}, fmt.Errorf("the folder of finished recordings cannot be read: %w", err)
	}
	defer source.Close()
	in, err := source.Open(file + ".wav")
	if errors.Is(err, fs.ErrNotExist) {
		if e, err := m.Archive.Entry(id); err == nil {
			return message(e), nil // taken before
		}
	}
	if err != nil {
		return Message{}, fmt.Errorf("the recording of message %s is not there: %w", id, err)
	}
	defer in.Close()
	sound, err := heard(in)
	if err != nil {
		return Message{}, errors.Join(err, source.Remove(file+".wav"))
	}
	kept, err := m.keep(id, at, in, sound)
	if err != nil {
		return Message{}, fmt.Errorf("message %s could not be kept: %w", id, err)
	}
	if err := done(kept); err != nil {
		return kept, err
	}
	return kept, source.Remove(file + ".wav")
}

// keep takes a sound into the archive, with a header that is true.
func (m Messages) keep(id string, at time.Time, in io.ReaderAt, sound wav) (Message, error) {
	whole, err := sound.whole(in)
	if err != nil {
		return Message{}, err
	}
	kept, err := m.Archive.Keep(context.Background(), id, whole, archive.Meta{At: at, Length: sound.length(), Format: "wav"})
	return message(kept.Entry), err
}

func message(e archive.Entry) Message { return Message{e.ID, e.At, e.Time()} }

// heard tells how much is said in a recording.
func heard(f *os.File) (wav, error) {
	info, err := f.Stat()
	if err != nil {
		return wav{}, err
	}
	w, err := readWAV(f, info.Size())
	if err != nil {
		return w, Unusable("The recording holds no sound.")
	}
	if w.length() < leastMessage {
		return w, Unusable(fmt.Sprintf("The recording is only %.1f s long; nothing was said.", w.length().Seconds()))
	}
	return w, nil
}

// Import takes the messages that Asterisk recorded alone while we were away,
// under names that begin with "fallback-", and tells each to done, which
// writes down that an answer is owed. One that done refuses, and one
// that a crash interrupts, is told again by the next Import. What is still
// being recorded at now is left for later. One that cannot be taken does not
// keep the others.
func (m Messages) Import(spool string, now time.Time, done func(Message) error) error {
	entries, err := os.ReadDir(spool)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		name, isWAV := strings.CutSuffix(e.Name(), ".wav")
		info, gone := e.Info()
		if !isWAV || gone != nil || !info.Mode().IsRegular() || now.Sub(info.ModTime()) < stillSpeaking {
			continue
		}
		_, failed := m.takeAs(spool, name, ofFallback+name, info.ModTime(), done)
		if failed != nil && !errors.As(failed, new(Unusable)) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

// Open opens a message to be played. The error is fs.ErrNotExist for one that
// is not there, and archive.ErrLocked for one that no key opens.
func (m Messages) Open(ctx context.Context, id string) (io.ReadSeekCloser, Message, error) {
	sound, err := m.Archive.Open(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return m.openPlain(id)
	}
	if err != nil {
		return nil, Message{}, err
	}
	return sound, message(sound.Entry), nil
}

// Describe tells what is known of a message, also of one that no key opens.
// fs.ErrNotExist.
func (m Messages) Describe(id string) (Message, error) {
	e, err := m.Archive.Entry(id)
	if !errors.Is(err, fs.ErrNotExist) {
		return message(e), err
	}
	sound, is, err := m.openPlain(id)
	if err != nil {
		return Message{}, err
	}
	return is, sound.Close()
}

// Remove removes a message. One that is held is not removed: archive.ErrHeld. One
// that is not there is no error.
func (m Messages) Remove(ctx context.Context, id string) error {
	if err := m.movePlain(id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return m.Archive.Remove(ctx, id)
}

// Hold keeps a message from being removed, by age or by a user, until it is
// released. why is for people: by whose request, and the matter. It needs no
// database. fs.ErrNotExist.
func (m Messages) Hold(id, why string) error {
	if err := m.movePlain(id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return m.Archive.Hold(id, why)
}

// Release ends a hold. One that is not held is no error.
func (m Messages) Release(id string) error { return m.Archive.Release(id) }

// Held returns why each held message is held.
func (m Messages) Held() (map[string]string, error) { return m.Archive.Held() }

// Before returns the ids of the messages that were left before a time. What is on hold is
// among them.
func (m Messages) Before(ctx context.Context, at time.Time) (ids []string, err error) {
	for e, unread := range m.Archive.Entries(ctx) {
		if unread == nil && e.At.Before(at) {
			ids = append(ids, e.ID)
		}
		err = errors.Join(err, unread)
	}
	return ids, err
}

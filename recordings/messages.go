package recordings

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"presszero/internal/atomicfile"
)

// Messages keeps what callers have said to the mailbox, one wav file each, in
// folders by the month (UTC) in which they were left. They are personal data:
// only the program's own user can read the files.
type Messages struct {
	Dir string // made when it is missing
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

// ErrHeld is told when a message must not be removed.
var ErrHeld = errors.New("the message is on legal hold; release it first")

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
	root, err := m.openFolder()
	if err != nil {
		return Message{}, err
	}
	defer root.Close()
	in, err := source.Open(file + ".wav")
	if errors.Is(err, fs.ErrNotExist) {
		if kept, err := m.describeByID(root, id); err == nil {
			return kept, nil // taken before
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
	if err := copySound(root, id, at, in, sound); err != nil {
		return Message{}, fmt.Errorf("message %s could not be kept: %w", id, err)
	}
	message := Message{id, at.UTC(), sound.length()}
	if err := done(message); err != nil {
		return message, err
	}
	return message, source.Remove(file + ".wav")
}

// copySound writes a recording to the folder of its month, with a header that is
// true, and dates the file to when the message was left.
func copySound(root *os.Root, id string, at time.Time, in *os.File, sound wav) error {
	name := filepath.Join(at.UTC().Format("2006/01"), id+".wav")
	if err := atomicfile.Replace(root, name, in, 0o700, 0o600, func(f *os.File) error { return sound.repair(f) }); err != nil {
		return err
	}
	return root.Chtimes(name, at, at)
}

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
// is not there.
func (m Messages) Open(id string) (io.ReadSeekCloser, Message, error) {
	root, err := m.openFolder()
	if err != nil {
		return nil, Message{}, err
	}
	defer root.Close()
	name, err := findMessage(root, id)
	if err != nil {
		return nil, Message{}, err
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, Message{}, err
	}
	message, err := describe(f, id)
	if err != nil {
		f.Close()
		return nil, Message{}, err
	}
	return f, message, nil
}

// Remove removes a message. One that is held is not removed: ErrHeld. One that
// is not there is no error.
func (m Messages) Remove(id string) error {
	root, err := m.openFolder()
	if err != nil {
		return err
	}
	defer root.Close()
	name, err := findMessage(root, id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return remove(root, name)
}

func remove(root *os.Root, name string) error {
	if _, err := root.Stat(holdOf(name)); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(ErrHeld, err) // a hold that cannot be read is a hold
	}
	if err := root.Remove(name); err != nil {
		return err
	}
	return atomicfile.SyncFolder(root, filepath.Dir(name))
}

// Hold keeps a message from being removed, by age or by a user, until it is
// released. why is for people: by whose request, and the matter. It is a file beside
// the message, so that it holds without the database too.
func (m Messages) Hold(id, why string) error {
	root, err := m.openFolder()
	if err != nil {
		return err
	}
	defer root.Close()
	name, err := findMessage(root, id)
	if err != nil {
		return err
	}
	return atomicfile.Replace(root, holdOf(name), strings.NewReader(why+"\n"), 0o700, 0o600, nil)
}

// Release ends a hold. One that is not held is no error.
func (m Messages) Release(id string) error {
	root, err := m.openFolder()
	if err != nil {
		return err
	}
	defer root.Close()
	name, err := findMessage(root, id)
	if err != nil {
		return err
	}
	if err := root.Remove(holdOf(name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Held returns why each held message is held.
func (m Messages) Held() (map[string]string, error) {
	root, err := m.openFolder()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	names, err := fs.Glob(root.FS(), "*/*/*.hold")
	held := map[string]string{}
	for _, name := range names {
		why, failed := root.ReadFile(name)
		err = errors.Join(err, failed)
		held[strings.TrimSuffix(filepath.Base(name), ".hold")] = strings.TrimSpace(string(why))
	}
	return held, err
}

// Expire removes the messages that were left before a time and are not held,
// and returns their ids, so that it can be written down.
func (m Messages) Expire(before time.Time) (removed []string, err error) {
	root, err := m.openFolder()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	names, err := fs.Glob(root.FS(), "*/*/*.wav")
	for _, name := range names {
		info, failed := root.Stat(name)
		if failed != nil || !info.ModTime().Before(before) {
			err = errors.Join(err, failed)
			continue
		}
		switch failed := remove(root, name); {
		case failed == nil:
			removed = append(removed, strings.TrimSuffix(filepath.Base(name), ".wav"))
		case !errors.Is(failed, ErrHeld):
			err = errors.Join(err, failed)
		}
	}
	halves, _ := fs.Glob(root.FS(), "*/*/.new-*") // of a power cut; personal data too
	for _, name := range halves {
		if info, gone := root.Stat(name); gone == nil && info.ModTime().Before(before) {
			err = errors.Join(err, root.Remove(name))
		}
	}
	return removed, err
}

func holdOf(name string) string { return strings.TrimSuffix(name, ".wav") + ".hold" }

// openFolder opens the folder: every file is reached through it, so no name leads
// out of it.
func (m Messages) openFolder() (*os.Root, error) {
	if err := os.MkdirAll(m.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder for messages cannot be made: %w", err)
	}
	return os.OpenRoot(m.Dir)
}

func (m Messages) describeByID(root *os.Root, id string) (Message, error) {
	name, err := findMessage(root, id)
	if err != nil {
		return Message{}, err
	}
	f, err := root.Open(name)
	if err != nil {
		return Message{}, err
	}
	defer f.Close()
	return describe(f, id)
}

func describe(f *os.File, id string) (Message, error) {
	info, err := f.Stat()
	if err != nil {
		return Message{}, err
	}
	w, err := readWAV(f, info.Size())
	return Message{id, info.ModTime().UTC(), w.length()}, err
}

// findMessage finds a message's file, in the newest months first.
func findMessage(root *os.Root, id string) (string, error) {
	if !validID.MatchString(id) {
		return "", Unusable(fmt.Sprintf("%q is not the name of a message", id))
	}
	months, err := fs.Glob(root.FS(), "[0-9][0-9][0-9][0-9]/[0-9][0-9]")
	if err != nil {
		return "", err
	}
	for _, month := range slices.Backward(months) {
		name := filepath.Join(month, id+".wav")
		if _, err := root.Stat(name); err == nil {
			return name, nil
		}
	}
	return "", fmt.Errorf("message %s: %w", id, fs.ErrNotExist)
}

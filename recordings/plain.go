package recordings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"presszero/internal/atomicfile"
)

// Versions before the archive kept messages as plain wav files, in folders by the month
// in which they were left, PLAIN/2026/11/ID.wav, dated to when that was, with ID.hold
// beside those on hold. Move takes them into the archive; until then they are heard from
// where they are.

// Move takes all plain messages into the archive, the oldest months first, and removes
// the folder if nothing else is in it. Interrupted, it goes on at the next start. One that cannot be
// taken does not keep the others.
func (m Messages) Move(ctx context.Context) (moved int, err error) {
	root, err := m.openPlainFolder()
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer root.Close()
	names, err := fs.Glob(root.FS(), "*/*/*.wav")
	for _, name := range names {
		if ctx.Err() != nil {
			return moved, errors.Join(err, ctx.Err())
		}
		failed := m.moveOne(root, name)
		if failed == nil {
			moved++
		}
		err = errors.Join(err, failed)
	}
	if err != nil {
		return moved, err
	}
	halves, _ := fs.Glob(root.FS(), "*/*/.new-*") // of a power cut
	for _, name := range halves {
		err = errors.Join(err, root.Remove(name))
	}
	for _, pattern := range []string{"*/*", "*"} {
		folders, _ := fs.Glob(root.FS(), pattern)
		for _, folder := range folders {
			_ = root.Remove(folder) // one that is not empty stays
		}
	}
	_ = os.Remove(m.Plain)
	return moved, err
}

// movePlain takes one plain message into the archive. fs.ErrNotExist: it is no plain one.
func (m Messages) movePlain(id string) error {
	root, err := m.openPlainFolder()
	if err != nil {
		return err
	}
	defer root.Close()
	name, err := findPlain(root, id)
	if err != nil {
		return err
	}
	return m.moveOne(root, name)
}

// moveOne takes a file into the archive, then its hold, and only then removes it.
func (m Messages) moveOne(root *os.Root, name string) error {
	id := strings.TrimSuffix(filepath.Base(name), ".wav")
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // moved meanwhile
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	sound, err := readWAV(f, info.Size())
	if err == nil {
		_, err = m.keep(id, info.ModTime(), f, sound)
	}
	if err != nil {
		return fmt.Errorf("message %s cannot be taken into the archive: %w", id, err)
	}
	hold := strings.TrimSuffix(name, ".wav") + ".hold"
	switch why, err := root.ReadFile(hold); {
	case err == nil:
		if err := m.Archive.Hold(id, strings.TrimSpace(string(why))); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err // a hold that cannot be read is a hold
	}
	if err := root.Remove(name); err != nil {
		return err
	}
	if err := root.Remove(hold); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return atomicfile.SyncFolder(root, filepath.Dir(name))
}

// openPlain opens a plain message to be played. fs.ErrNotExist.
func (m Messages) openPlain(id string) (io.ReadSeekCloser, Message, error) {
	root, err := m.openPlainFolder()
	if err != nil {
		return nil, Message{}, err
	}
	defer root.Close()
	name, err := findPlain(root, id)
	if err != nil {
		return nil, Message{}, err
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, Message{}, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, Message{}, err
	}
	w, err := readWAV(f, info.Size())
	if err != nil {
		f.Close()
		return nil, Message{}, err
	}
	return f, Message{id, info.ModTime().UTC(), w.length()}, nil
}

// openPlainFolder opens the folder: every file is reached through it, so no name leads
// out of it.
func (m Messages) openPlainFolder() (*os.Root, error) {
	if m.Plain == "" {
		return nil, fs.ErrNotExist
	}
	return os.OpenRoot(m.Plain)
}

// findPlain finds a message's file, in the newest months first.
func findPlain(root *os.Root, id string) (string, error) {
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

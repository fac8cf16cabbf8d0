package backup

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"filippo.io/age"

	"presszero/internal/atomicfile"
	"presszero/internal/settings"
)

// erasedList is an erasure list (package person): a secret of its own, and a line for each
// number that is forgotten. Who was forgotten after the backup was made stays forgotten: so
// the lists of all backups beside it are taken, and that of the lost machine, if there is
// one.
type erasedList struct {
	from       string // where it lies
	key, lines []byte
}

// erasedIn reads the list in a folder. fs.ErrNotExist.
func erasedIn(folder string) (l erasedList, err error) {
	l.from = folder
	if l.lines, err = os.ReadFile(filepath.Join(folder, "list")); err != nil {
		return l, err
	}
	l.key, err = os.ReadFile(filepath.Join(folder, "key"))
	return l, err
}

// erasedOf reads the list of a backup. fs.ErrNotExist.
func erasedOf(dir string, keys []age.Identity) (erasedList, error) {
	file := filepath.Join(dir, erasedFile)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) { // of the first form
		return erasedIn(filepath.Join(dir, stateFolder, "erased"))
	}
	l := erasedList{from: file}
	err := unpack(file, keys, func(h *tar.Header, text io.Reader) (err error) {
		switch path.Base(h.Name) {
		case "list":
			l.lines, err = io.ReadAll(text)
		case "key":
			l.key, err = io.ReadAll(text)
		}
		return err
	})
	if err == nil && l.lines == nil {
		err = fs.ErrNotExist // nobody was forgotten
	}
	return l, err
}

// erasedBeside are the lists of a backup and of those beside it. One that the keys do not
// open is passed over if it is older, since later ones have all that it has.
func erasedBeside(backup string, keys []age.Identity) (lists []erasedList, err error) {
	this := real(backup)
	names, err := list(filepath.Dir(this))
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, filepath.Base(this)) { // it has been given another name
		names = append(names, filepath.Base(this))
	}
	for _, name := range names {
		l, err := erasedOf(filepath.Join(filepath.Dir(this), name), keys)
		locked := len(keys) == 0 || errors.As(err, new(*age.NoIdentityMatchError))
		switch {
		case err == nil:
			lists = append(lists, l)
		case errors.Is(err, fs.ErrNotExist), locked && name < filepath.Base(this):
		case locked:
			return nil, fmt.Errorf("%s, in which there may be who was forgotten since, cannot be opened with these keys; add its key to the file of --identity: %w", l.from, err)
		default:
			return nil, err
		}
	}
	return lists, nil
}

// joinErased joins lists into that of the state folder.
func joinErased(s settings.Settings, lists []erasedList) error {
	var all, key []byte
	known := map[string]bool{}
	for _, l := range lists {
		if key == nil {
			key = l.key
		}
		if !bytes.Equal(key, l.key) {
			return fmt.Errorf("the list in %s was made with another key than the others, and cannot be joined with them; move it away if it is of another house", l.from)
		}
		for line := range bytes.Lines(l.lines) {
			if line = append(bytes.TrimSpace(line), '\n'); len(line) > 1 && !known[string(line)] {
				known[string(line)] = true
				all = append(all, line...)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	to := s.Path("erased")
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	return errors.Join(atomicfile.Write(filepath.Join(to, "key"), key), atomicfile.Write(filepath.Join(to, "list"), all))
}

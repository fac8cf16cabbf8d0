package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"presszero/internal/atomicfile"
)

// Entry is what is known of a thing that is kept. It names nobody.
type Entry struct {
	ID     string    `json:"id"`
	Call   string    `json:"call,omitempty"`
	At     time.Time `json:"at"`                // when the talk or the message began
	Length float64   `json:"length_s"`          // of the sound
	Holes  float64   `json:"holes_s,omitempty"` // of which nothing was captured
	Format string    `json:"format"`            // flac, wav
	Key    string    `json:"key"`               // fingerprint of the server's key that opens it
	Sound  Part      `json:"sound"`
	Peaks  *Part     `json:"peaks,omitempty"`

	Recovery string `json:"recovery,omitempty"` // fingerprint of the recovery key that opens it; "": not known, of before
}

// Part is one body and its header.
type Part struct {
	Header []byte `json:"header"` // age's; without it the body cannot be opened
	Size   int64  `json:"size"`   // of the body
	Sealed string `json:"sealed"` // its SHA-256
	Bytes  int64  `json:"bytes"`  // of what is in it
	Sum    string `json:"sha256"` // of that
}

// index is the folder of entries of one kind, of holds and of removals to come.
type index struct{ dir, kind string }

var validID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,180}$`)

// place is where the files of an id are: 3f/ID. Ids that are made one after the other
// begin alike, so the folder is one of 256 by their SHA-256.
func place(id string) (string, error) {
	if !validID.MatchString(id) {
		return "", fmt.Errorf("%q is not the name of a recording: %w", id, fs.ErrNotExist)
	}
	return hexByte(sha256.Sum256([]byte(id))[0]) + "/" + id, nil
}

func hexByte(b byte) string { return hex.EncodeToString([]byte{b}) }

func (x index) root() (*os.Root, error) {
	if err := os.MkdirAll(x.dir, 0o700); err != nil {
		return nil, fmt.Errorf("the index of the archive cannot be made: %w", err)
	}
	return os.OpenRoot(x.dir)
}

// entry reads what is known of an id. fs.ErrNotExist.
func (x index) entry(id string) (e Entry, err error) {
	at, err := place(id)
	if err != nil {
		return e, err
	}
	root, err := x.root()
	if err != nil {
		return e, err
	}
	defer root.Close()
	text, err := root.ReadFile(path.Join(x.kind, at+".json"))
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	return e, err
}

func (x index) put(e Entry) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	at, err := place(e.ID)
	if err != nil {
		return err
	}
	return x.write(path.Join(x.kind, at+".json"), text)
}

func (x index) write(name string, text []byte) error {
	root, err := x.root()
	if err != nil {
		return err
	}
	defer root.Close()
	return atomicfile.Replace(root, name, bytes.NewReader(text), 0o700, 0o600, nil)
}

// lock keeps Rekey, which is alone, apart from all who keep and remove things, in other
// processes too, until the file is closed.
func (x index) lock(ctx context.Context, alone bool) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(x.dir), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Clean(x.dir)+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	how := unix.LOCK_SH
	if alone {
		how = unix.LOCK_EX
	}
	if err := errors.Join(ctx.Err(), unix.Flock(int(f.Fd()), how)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (x index) remove(name string) error {
	root, err := x.root()
	if err != nil {
		return err
	}
	defer root.Close()
	return atomicfile.Remove(root, name)
}

// entries reads the entries of some of the 256 folders; nil: of all. An entry that
// cannot be read is told and does not end the walk.
func (x index) entries(ctx context.Context, of func(folder byte) bool) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for n := range 256 {
			if of != nil && !of(byte(n)) {
				continue
			}
			list, err := os.ReadDir(filepath.Join(x.dir, x.kind, hexByte(byte(n))))
			if err != nil && !errors.Is(err, fs.ErrNotExist) && !yield(Entry{}, err) {
				return
			}
			for _, f := range list {
				id, ok := strings.CutSuffix(f.Name(), ".json")
				if !ok || strings.HasPrefix(id, ".") {
					continue
				}
				if err := ctx.Err(); err != nil {
					yield(Entry{}, err)
					return
				}
				e, err := x.entry(id)
				if errors.Is(err, fs.ErrNotExist) {
					continue // removed meanwhile
				}
				if !yield(e, err) {
					return
				}
			}
		}
	}
}

// What is to be done, or not to be done, is noted by a file of its own: a hold, so that
// it holds without a database too, and all are found at once.
func (x index) hold(id string) string    { return path.Join("held", x.kind, id) }
func (x index) removal(id string) string { return path.Join("removed", x.kind, id) }
func (x index) untold(id string) string  { return path.Join("untold", x.kind, id) }

// notes returns the texts of the files of a folder, by name.
func (x index) notes(folder string) (map[string]string, error) {
	root, err := x.root()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	list, err := fs.ReadDir(root.FS(), path.Join(folder, x.kind))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	notes := map[string]string{}
	for _, f := range list {
		if strings.HasPrefix(f.Name(), ".") {
			continue
		}
		text, failed := root.ReadFile(path.Join(folder, x.kind, f.Name()))
		if !errors.Is(failed, fs.ErrNotExist) {
			err = errors.Join(err, failed)
			notes[f.Name()] = strings.TrimSpace(string(text))
		}
	}
	return notes, err
}

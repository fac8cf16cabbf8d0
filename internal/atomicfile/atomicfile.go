// Package atomicfile replaces small files whole or not at all.
package atomicfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Write is WriteMode for a file that only its owner can read.
func Write(path string, text []byte) error { return WriteMode(path, text, 0o600) }

// WriteMode gives the file at path a new content: a reader, and a start after a
// crash, finds either the old content or the new one. On a full disk the old one
// stays. A file that has this content already is not touched, and keeps its mode.
// Several writers of one file are allowed; the last rename wins. A crash may leave
// a file beside it, named after it with .new- and digits.
func WriteMode(path string, text []byte, mode fs.FileMode) error {
	return write(path, text, mode, (*os.File).Sync)
}

// WriteVolatile is WriteMode for a file that is made anew at each start: it does not
// wait for the disk, so a disk that stands still does not hold up the caller, and
// after a power cut the file may be empty.
func WriteVolatile(path string, text []byte, mode fs.FileMode) error {
	return write(path, text, mode, func(*os.File) error { return nil })
}

func write(path string, text []byte, mode fs.FileMode, sync func(*os.File) error) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return nil
	}
	fresh, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	_, err = fresh.Write(text)
	if err = errors.Join(err, fresh.Chmod(mode), sync(fresh), fresh.Close()); err == nil {
		err = os.Rename(fresh.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(fresh.Name()))
	}
	return nil
}

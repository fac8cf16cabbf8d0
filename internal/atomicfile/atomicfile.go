// Package atomicfile replaces small files whole or not at all.
package atomicfile

import (
	"bytes"
	"errors"
	"os"
)

// Write gives the file at path a new content: a reader, and a start after a crash,
// finds either the old content or the new one. On a full disk the old one stays.
// A file that has this content already is not touched. Only its owner can read
// the file.
func Write(path string, text []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return nil
	}
	fresh, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = fresh.Write(text)
	if err = errors.Join(err, fresh.Sync(), fresh.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".new"))
	}
	return os.Rename(path+".new", path)
}

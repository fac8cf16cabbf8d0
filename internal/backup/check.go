package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
)

// Check reads every byte of the backup in dir and compares it with its sums. An error
// says why it must not be restored.
func Check(ctx context.Context, dir string) (Manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return m, err
	}
	s, err := readSums(filepath.Join(dir, sumsFile))
	if err != nil {
		return m, fmt.Errorf("%s is not whole: %w", dir, err)
	}
	if len(s) != m.Files {
		return m, fmt.Errorf("%s is not whole: %s has %d files, and %s says %d", dir, sumsFile, len(s), manifestFile, m.Files)
	}
	var wrong []error
	for name, want := range s {
		switch got, err := sumOf(ctx, filepath.Join(dir, filepath.FromSlash(name))); {
		case ctx.Err() != nil:
			return m, ctx.Err()
		case errors.Is(err, fs.ErrNotExist):
			wrong = append(wrong, fmt.Errorf("%s is missing", name))
		case err != nil:
			wrong = append(wrong, err)
		case got != want:
			wrong = append(wrong, fmt.Errorf("%s is not what was backed up", name))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return m, fmt.Errorf("%s is not whole; use another backup: %w", dir, err)
	}
	if err := m.joined(); err != nil {
		return m, fmt.Errorf("%s cannot be used: %w", dir, err)
	}
	return m, nil
}

// Opened is what a key has opened of a backup.
type Opened struct {
	Files int   // that are encrypted
	Bytes int64 // that are in them
}

// Open reads to its end all that is encrypted in the backup in dir, which Check has found
// whole, with the keys of somebody who would restore it, and writes nothing. An error says
// what opens it, if these keys do not.
func Open(ctx context.Context, dir string, keys []age.Identity) (o Opened, err error) {
	m, err := readManifest(dir)
	if err != nil {
		return o, err
	}
	read := &counter{ctx: ctx}
	for _, name := range m.sealed() {
		err := readSealed(filepath.Join(dir, name), keys, read)
		if ctx.Err() != nil {
			return o, ctx.Err()
		}
		if err != nil {
			return o, fmt.Errorf("%s: %w", dir, m.closedTo(name, err))
		}
		o.Files++
	}
	o.Bytes = read.bytes
	return o, nil
}

// readSealed reads all of an encrypted file, and of a tar each file.
func readSealed(file string, keys []age.Identity, to io.Writer) error {
	copied := func(from io.Reader) error {
		if _, err := io.Copy(to, from); err != nil {
			return fmt.Errorf("%s is damaged: %w", filepath.Base(file), err)
		}
		return nil
	}
	if filepath.Base(file) != dumpFile {
		return unpack(file, keys, func(_ *tar.Header, text io.Reader) error { return copied(text) })
	}
	opened, err := unsealed(file, keys)
	if err != nil {
		return err
	}
	defer opened.Close()
	return copied(opened)
}

func sumOf(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(hash, &counter{ctx: ctx}), f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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

package backup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// stamp is the name of a backup: when it was begun, in UTC. Later ones sort later.
const stamp = "20060102T150405Z"

// unfinished begins the name of a backup that is being made, and going that of one that
// is being removed.
const (
	unfinished = "new-"
	going      = "old-"
)

// list names the backups in a folder, the oldest first.
func list(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if isStamp(e.Name()) && e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func isStamp(name string) bool {
	_, err := time.Parse(stamp, name)
	return err == nil
}

// Find returns the backups that a path means: the one, or those in the folder, the newest
// first. The sentence of the error says so where there is none.
func Find(path string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(path, manifestFile)); err == nil {
		return []string{path}, nil
	}
	names, err := list(path)
	if err != nil {
		return nil, fmt.Errorf("the backups cannot be read: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s is no backup, and has none", path)
	}
	slices.Reverse(names)
	for i, name := range names {
		names[i] = filepath.Join(path, name)
	}
	return names, nil
}

// hold keeps others from making backups in a folder until it is released.
func hold(dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder for backups cannot be made: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the folder for backups cannot be used: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another backup into %s is under way; wait until it is done", dir), lock.Close())
	}
	return func() { lock.Close() }, nil
}

// sweep removes what interrupted backups have left.
func sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if name, ours := strings.CutPrefix(strings.TrimPrefix(e.Name(), going), unfinished); isStamp(name) && (ours || name != e.Name()) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// prune removes the oldest backups but the last keep, and returns their names.
func prune(dir string, keep int) (removed []string, err error) {
	names, err := list(dir)
	if err != nil || keep < 1 {
		return nil, err
	}
	for _, name := range names[:max(0, len(names)-keep)] {
		away := filepath.Join(dir, going+name) // one that is half removed is none
		if err := os.Rename(filepath.Join(dir, name), away); err != nil {
			return removed, err
		}
		if err := os.RemoveAll(away); err != nil {
			return removed, err
		}
		removed = append(removed, name)
	}
	return removed, nil
}

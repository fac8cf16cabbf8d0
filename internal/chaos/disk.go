package chaos

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// diskSize is the size of the journal's disk in the mode that fills it. It
// takes memory only for what is written.
const diskSize = "192m"

// cannotMount says why a disk of our own cannot be had.
func cannotMount() string {
	if os.Geteuid() != 0 {
		return "needs the rights of root, for a small disk of its own"
	}
	dir, err := os.MkdirTemp("", "pz")
	if err != nil {
		return err.Error()
	}
	defer os.Remove(dir)
	if err := syscall.Mount("presszero", dir, "tmpfs", 0, "size=1m"); err != nil {
		return "needs the right to mount a small disk, which this machine does not give: " + err.Error()
	}
	_ = syscall.Unmount(dir, syscall.MNT_DETACH)
	return ""
}

// ownDisk gives the journal in the state folder a small disk of its own.
func ownDisk(dir string) (takeAway func(), err error) {
	disk := filepath.Join(dir, "disk")
	if err := os.MkdirAll(disk, 0o700); err != nil {
		return nil, err
	}
	if err := syscall.Mount("presszero", disk, "tmpfs", 0, "size="+diskSize); err != nil {
		return nil, fmt.Errorf("the journal's own disk cannot be mounted: %w", err)
	}
	takeAway = func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) }
	journal := filepath.Join(disk, "journal")
	if err := errors.Join(os.Mkdir(journal, 0o700), os.Symlink(journal, filepath.Join(dir, "journal"))); err != nil {
		takeAway()
		return nil, err
	}
	return takeAway, nil
}

// fillDisk fills a disk to the last byte.
func fillDisk(disk string) (empty func(), err error) {
	ballast := filepath.Join(disk, "ballast")
	empty = sync.OnceFunc(func() { _ = os.Remove(ballast) })
	f, err := os.Create(ballast)
	if err != nil {
		return empty, err
	}
	defer f.Close()
	for block := make([]byte, 1<<20); len(block) > 0; {
		if _, err = f.Write(block); err == nil {
			continue
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return empty, err
		}
		block = block[:len(block)/2]
	}
	return empty, nil
}

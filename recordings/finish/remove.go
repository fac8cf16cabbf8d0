package finish

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"presszero/recordings/archive"
	"presszero/recordings/capture"
)

// Lock waits until nobody else keeps or removes a talk that was captured in dir, and holds
// the others until the file is closed. Of two that kept a talk at once, the one's entry could
// be of the other's file; and one that is removed could be kept a moment later.
func Lock(dir string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Clean(dir)+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Remove removes a talk from the archive, and from where it was captured: one that has not
// been taken yet, or that goes on, would come back. dir is the folder of captured talks,
// recorded the one where Asterisk records. archive.ErrHeld.
func Remove(ctx context.Context, a *archive.Archive, dir, recorded, id string) error {
	lock, err := Lock(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := a.Remove(ctx, id); err != nil {
		return err
	}
	takes, err := capture.FindAll(dir, recorded)
	if err != nil {
		return fmt.Errorf("what was captured of %s cannot be looked for: %w", id, err)
	}
	for _, t := range takes {
		if t.Recording == id {
			return t.Remove()
		}
	}
	return nil
}

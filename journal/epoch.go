package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Two controllers must never decide about the same calls. Three things keep
// them apart: the lock, which one process has at a time; Asterisk, which gives
// its news to the newest; and the epoch, a number in the journal's folder that
// grows with every Open. Before each write the journal looks whether the epoch
// is still its own. If not, another has taken over, perhaps while this process
// was stopped or stuck, and the write is refused.

const epochFile = "epoch"

// fence tells whether this process may still write the journal. Journal.mu guards
// mayWrite; the rest may be used from any goroutine.
type fence struct {
	epoch  int64         // ours
	file   *os.File      // holds the newest
	fenced chan struct{} // closed when mayWrite has found that the newest is not ours
}

// raise makes the epoch one higher, which fences those that have the journal open,
// and returns the fence of the new one.
func raise(dir string) (fence, error) {
	fail := func(err error) (fence, error) {
		return fence{}, fmt.Errorf("journal: the epoch cannot be raised: %w", err)
	}
	f, err := openOrMake(filepath.Join(dir, epochFile))
	if err != nil {
		return fail(err)
	}
	// Two processes that raise it at the same moment must not come to the same number.
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return fail(errors.Join(err, f.Close()))
	}
	n, err := readEpoch(f)
	if err == errEpoch {
		n, err = time.Now().UnixMicro(), nil // higher than any that was counted
	}
	if err == nil {
		n++
		_, err = f.WriteAt(fmt.Appendf(nil, "%020d\n", n), 0)
	}
	if err = errors.Join(err, syscall.Flock(int(f.Fd()), syscall.LOCK_UN)); err != nil {
		return fail(errors.Join(err, f.Close()))
	}
	return fence{epoch: n, file: f, fenced: make(chan struct{})}, nil
}

// errEpoch tells that the file holds no epoch.
var errEpoch = errors.New("it is damaged")

// readEpoch returns 0 for a file that has just been made.
func readEpoch(f *os.File) (int64, error) {
	b := make([]byte, 20)
	n, err := f.ReadAt(b, 0)
	if n == 0 && err == io.EOF {
		return 0, nil
	}
	if err != nil && err != io.EOF {
		return 0, err
	}
	epoch, err := strconv.ParseInt(string(bytes.TrimLeft(b[:n], "0")), 10, 64)
	if err != nil || n < len(b) {
		return 0, errEpoch
	}
	return epoch, nil
}

// Fence raises the epoch of the journal in dir: the process that has it open cannot
// write any more, and notices at its next write.
func Fence(dir string) error {
	f, err := raise(dir)
	if err != nil {
		return err
	}
	return f.file.Close()
}

// isFenced reports whether fenced is closed.
func (f *fence) isFenced() bool {
	select {
	case <-f.fenced:
		return true
	default:
		return false
	}
}

var errFenced = errors.New("journal: another controller has taken over; this one writes no more")

// mayWrite returns errFenced if the epoch is not ours any more. An epoch that cannot
// be read does not stop the journal: a call must go on whatever the disk does, and
// the lock still holds.
func (f *fence) mayWrite() error {
	if f.isFenced() {
		return errFenced
	}
	if now, err := readEpoch(f.file); err == nil && now != f.epoch {
		close(f.fenced)
		return errFenced
	}
	return nil
}

// acquire takes the lock, waiting at most so long for the process that has it.
// Half of that time it may end its work in order; then it is fenced.
func acquire(lock *os.File, dir string, wait time.Duration) error {
	began, fenced := time.Now(), false
	for {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		waited := time.Since(began)
		if err == nil {
			return nil
		}
		if waited >= wait {
			return fmt.Errorf("journal: %s is in use by another process; stop it first: %w", dir, err)
		}
		if !fenced && waited >= wait/2 {
			fenced = true
			if err := Fence(dir); err != nil {
				return err
			}
		}
		time.Sleep(time.Millisecond) // flock cannot wait with a limit
	}
}

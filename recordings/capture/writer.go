package capture

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// The ring is written every writeEvery: that much is lost with the process. syncEvery is
// how much a power cut may take. Each log begins its syncs at a time of its own, so that
// a hundred do not come together.
const (
	writeEvery = 250 * time.Millisecond
	syncEvery  = 5 * time.Second
)

// A disk that takes nothing is tried again after writeEvery, and then less and less often:
// within retryWithin of its recovery, which is less than the ring has room for.
const retryWithin = 2 * time.Second

// endWithin is how long a log that has ended waits for a disk that is full.
const endWithin = time.Minute

// file is what a log writes to.
type file interface {
	WriteAt(b []byte, at int64) (int, error)
	Sync() error // of the contents; nobody needs the file's times
	Close() error
	Remove() error
}

// writer is the part of a log that waits for the disk.
type writer struct {
	open    func() (file, error)
	file    file   // nil: not made yet
	size    int64  // of what is whole in the file
	batch   []byte // taken from the ring, and not written yet
	synced  time.Time
	written []byte // since the last sync: what the disk may still lose
	pause   time.Duration
	next    time.Time // not to be tried before, after a failure
}

// write carries the ring to the disk until the log has ended.
func (l *Log) write(open func() (file, error)) {
	defer close(l.done)
	w := &writer{open: open, synced: time.Now().Add(-rand.N(syncEvery))}
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	l.carry(w) // so that it is soon known whether it can be
	over, deadline := l.over, time.Time{}
	for {
		select {
		case now := <-tick.C:
			if now.Before(w.next) && (over != nil || now.Before(deadline)) {
				continue
			}
		case <-over:
			over, deadline = nil, time.Now().Add(endWithin)
		}
		empty := l.carry(w)
		if over == nil && (empty || time.Now().After(deadline)) {
			w.close()
			return
		}
	}
}

// carry writes what is there, and reports whether nothing is left.
func (l *Log) carry(w *writer) bool {
	err := w.flush() // what could not be written before
	if err == nil {
		l.mu.Lock()
		l.ring, w.batch = w.batch[:0], l.ring
		l.putGap()
		l.mu.Unlock()
		err = w.flush()
	}
	w.wait(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble = err
	l.begun = l.begun || w.size > 0
	return err == nil && len(l.ring) == 0
}

// wait sees to it that a disk that has failed is left in peace for a while.
func (w *writer) wait(err error) {
	if err == nil {
		w.pause, w.next = 0, time.Time{}
		return
	}
	w.pause = min(max(2*w.pause, writeEvery), retryWithin)
	w.next = time.Now().Add(w.pause)
}

// flush writes the batch, all of it or, as far as anybody will read, nothing: the next
// attempt writes over what a full disk has taken of it.
func (w *writer) flush() (err error) {
	if len(w.batch) == 0 {
		return w.syncNow(false)
	}
	if w.file == nil {
		if w.file, err = w.open(); err != nil {
			return err
		}
	}
	if _, err := w.file.WriteAt(w.batch, w.size); err != nil {
		return err
	}
	w.size += int64(len(w.batch))
	w.written = append(w.written, w.batch...)
	w.batch = w.batch[:0]
	return w.syncNow(false)
}

// syncNow syncs if it is time to, or if it must be. What could not be synced is written
// again: after a failure the kernel holds it for written, whether the disk has it or not.
func (w *writer) syncNow(must bool) error {
	if w.file == nil || len(w.written) == 0 || !must && time.Since(w.synced) < syncEvery {
		return nil
	}
	w.synced = time.Now()
	if err := w.file.Sync(); err != nil {
		w.size -= int64(len(w.written))
		w.batch, w.written = append(w.written, w.batch...), nil
		w.synced = time.Time{} // at the next attempt
		return err
	}
	w.written = w.written[:0]
	return nil
}

// close closes the file; one in which nothing is whole is removed. There is nobody left to
// be told of an error.
func (w *writer) close() {
	if w.file == nil {
		return
	}
	if w.size == 0 {
		_ = w.file.Remove()
	}
	_ = w.syncNow(true)
	_ = w.file.Close()
}

type part struct{ *os.File }

func (p part) Sync() error   { return unix.Fdatasync(int(p.Fd())) }
func (p part) Remove() error { return os.Remove(p.Name()) }

// Close also unlocks: a process that we are about to start has the file open for a moment,
// and with it the lock.
func (p part) Close() error {
	return errors.Join(unix.Flock(int(p.Fd()), unix.LOCK_UN), p.File.Close())
}

// openPart makes the next part of a recording. It is locked while this process lives, so
// that a part without an end is known from one that is being written.
func openPart(dir, recording string) (file, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("capture: no folder for recordings: %w", err)
	}
	for n := 1; ; n++ {
		f, err := os.OpenFile(filepath.Join(dir, partName(recording, n)), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("capture: recording %s cannot be kept: %w", recording, err)
		}
		if err := errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_EX), syncDir(dir)); err != nil {
			return nil, errors.Join(fmt.Errorf("capture: recording %s cannot be kept: %w", recording, err), f.Close(), os.Remove(f.Name()))
		}
		return part{f}, nil
	}
}

func partName(recording string, n int) string { return fmt.Sprintf("%s.%d.pkt", recording, n) }

// syncDir lets a new name outlive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

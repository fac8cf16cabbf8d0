package journal

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrClosed tells that the journal was closed before the entries were on disk.
var ErrClosed = errors.New("journal: closed")

// Sync waits until all that has been appended so far is on disk. It is called
// before a person is promised something.
func (j *Journal) Sync(ctx context.Context) error {
	j.mu.Lock()
	mark := j.accepted
	for j.flushed < mark {
		changed := j.changed
		j.mu.Unlock()
		select {
		case <-changed:
		case <-j.done:
			return ErrClosed
		case <-ctx.Done():
			return fmt.Errorf("journal: the disk has not taken the facts yet: %w", ctx.Err())
		}
		j.mu.Lock()
	}
	j.mu.Unlock()
	return nil
}

// Changed returns a channel that is closed when more is on disk than now.
// Whoever reads asks for it before reading, so that nothing slips between.
func (j *Journal) Changed() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.changed
}

// keepFlushing puts on disk what is appended: at once after a pause, and in
// groups when much comes.
func (j *Journal) keepFlushing() {
	defer close(j.done)
	const retry = 500 * time.Millisecond
	wait := j.wake
	for {
		select {
		case <-wait:
		case <-j.quit:
			j.flush()
			return
		}
		next := j.opt.GroupEvery
		if j.flush() {
			wait = j.wake
		} else {
			next, wait = retry, always
		}
		select {
		case <-time.After(next):
		case <-j.quit:
		}
	}
}

// always is ready: a flush that failed is tried again unasked.
var always = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// flush writes what waits in memory, syncs what is written and reports
// whether all went well. Appending goes on meanwhile.
func (j *Journal) flush() bool {
	j.mu.Lock()
	if len(j.backlog.bytes) > 0 {
		waiting := j.backlog
		err := j.mayWrite()
		if err == nil {
			err = j.write(waiting)
		}
		if err != nil {
			j.alarm("journal: the disk still refuses; facts wait in memory", err)
			j.mu.Unlock()
			return false
		}
		j.backlog = pile{}
	}
	full, cur, newName := j.retired, j.cur, j.newName
	going := j.unsynced
	end := Offset{j.n, j.size}
	j.retired, j.newName = nil, false
	j.mu.Unlock()

	err := syncAll(full, cur)
	if err == nil && newName {
		err = syncDir(j.dir)
	}
	for _, f := range full {
		f.Close()
	}

	j.mu.Lock()
	defer j.mu.Unlock()
	if err != nil {
		j.distrust(err)
		return false
	}
	if j.failing && len(j.backlog.bytes) == 0 {
		j.failing = false
		j.opt.Log.Info("journal: the disk takes facts again", "lost", j.lost.Load())
	}
	j.unsynced = pile{append([]byte(nil), j.unsynced.bytes[len(going.bytes):]...), j.unsynced.entries - going.entries}
	j.flushed += going.entries
	j.synced.Add(going.entries)
	j.behind.Add(-int64(len(going.bytes)))
	j.durable = end
	j.tell()
	return true
}

func syncAll(full []file, cur file) error {
	for _, f := range full {
		if err := f.Sync(); err != nil {
			return err
		}
	}
	if cur == nil {
		return nil
	}
	return cur.Sync()
}

// distrust gives up the current segment after a failed fsync: the kernel may
// have dropped the pages and would call the next fsync a success. All that is
// not known to be on disk is written again, into a new segment.
func (j *Journal) distrust(err error) {
	if j.cur != nil {
		j.cur.Close()
		j.cur = nil
	}
	for _, f := range j.retired {
		f.Close()
	}
	j.retired = nil
	again := j.unsynced
	again.add(j.backlog)
	j.unsynced, j.backlog = pile{}, again
	j.alarm("journal: fsync failed; the facts are written again to a new segment", err)
}

// tell wakes those who wait for durable to move.
func (j *Journal) tell() {
	close(j.changed)
	j.changed = make(chan struct{})
}

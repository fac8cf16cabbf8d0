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
	for j.flushed < min(mark, j.accepted) {
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
// A reader asks for it before reading, so that it misses nothing.
func (j *Journal) Changed() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.changed
}

// retry is how long the disk is left alone after it has refused.
const retry = 500 * time.Millisecond

// keepFlushing puts on disk what is appended: at once after a pause, and in
// groups when much comes. What the disk refused is tried again unasked.
func (j *Journal) keepFlushing() {
	defer close(j.done)
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		select {
		case <-j.wake:
		case <-again.C:
		case <-j.quit:
			j.flush()
			return
		}
		pause := j.opt.GroupEvery
		j.restock()
		if !j.flush() {
			pause = retry
		}
		if j.hasUnfinishedWork() {
			again.Reset(retry)
		}
		select {
		case <-time.After(pause):
		case <-j.quit:
		}
	}
}

// hasUnfinishedWork reports whether there is something to do though nothing is appended.
func (j *Journal) hasUnfinishedWork() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.waiting.backlog.bytes) > 0 || !j.reserve.stocked
}

// flush writes what waits in memory, syncs what is written and reports
// whether the disk took it. Appending goes on meanwhile.
func (j *Journal) flush() bool {
	j.mu.Lock()
	if !j.writeBacklog() {
		j.mu.Unlock()
		return false
	}
	full, cur, newName := j.out.retired, j.out.cur, j.out.newName
	syncing := j.unsynced
	end := j.out.endOffset()
	j.out.retired, j.out.newName = nil, false
	j.mu.Unlock()

	err := syncAll(full, cur)
	if err == nil && newName {
		err = syncDir(j.files.dir)
	}
	for _, f := range full {
		f.Close()
	}

	j.mu.Lock()
	defer j.mu.Unlock()
	if err != nil {
		j.rewriteUnsynced(err)
		return false
	}
	if j.failing && len(j.waiting.backlog.bytes) == 0 && j.out.room == 0 {
		j.failing = false
		j.opt.Log.Info("journal: the disk takes facts again", "dropped", j.counts.shed.Load(), "lost", j.counts.lost.Load())
	}
	j.unsynced = pile{append([]byte(nil), j.unsynced.bytes[len(syncing.bytes):]...), j.unsynced.entries - syncing.entries}
	j.flushed += syncing.entries
	j.counts.synced.Add(syncing.entries)
	j.counts.behind.Add(-int64(len(syncing.bytes)))
	j.durable = end
	j.wakeWaiters()
	return true
}

// writeBacklog writes what waits in memory, unless the reserve is in use, and
// reports whether there is something to sync; j.mu is held.
func (j *Journal) writeBacklog() bool {
	if len(j.waiting.backlog.bytes) == 0 || j.out.room > 0 {
		return true
	}
	waiting := j.waiting.backlog
	if err := j.fence.mayWrite(); err != nil {
		j.alarm("journal: facts wait in memory", err)
		return false
	}
	j.waiting.backlog = pile{}
	if err := j.write(waiting); err != nil {
		j.refused(waiting, err)
		return j.out.room > 0
	}
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

// rewriteUnsynced gives up the current segment after a failed fsync. The kernel may
// have dropped its pages, and the next fsync would succeed without them. So all
// records that are not known to be on disk wait again, for a new segment.
func (j *Journal) rewriteUnsynced(err error) {
	j.out.abandon()
	again := j.unsynced
	again.appendPile(j.waiting.backlog)
	j.unsynced, j.waiting.backlog = pile{}, pile{}
	if j.out.room > 0 {
		j.out.room = 0
		j.accepted += j.waiting.reclaim()
	}
	if noRoom(err) { // some file systems say so only now
		j.refused(again, err)
		return
	}
	again.appendPile(j.waiting.backlog)
	j.waiting.backlog = again
	j.alarm("journal: fsync failed; the facts are written again to a new segment", err)
}

// wakeWaiters wakes those who wait for durable to move.
func (j *Journal) wakeWaiters() {
	close(j.changed)
	j.changed = make(chan struct{})
}

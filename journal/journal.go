package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"presszero/call"
)

// Options are the journal's limits. Zero values mean the defaults.
type Options struct {
	SegmentSize int64         // bytes after which a new segment begins; 64 MiB
	SegmentAge  time.Duration // age after which a new segment begins; 1 h
	Keep        time.Duration // how long shipped segments are kept that tell of nothing open; 24 h
	Recent      time.Duration // for how long after their end Unfinished still tells of calls; 15 min
	Cap         int64         // bytes above which an alarm is logged and shipped segments go earlier; 10 GiB
	Backlog     int64         // bytes kept in memory while the disk refuses; 64 MiB
	Reserve     int64         // bytes of disk set aside for the essential facts of a full disk; 64 MiB
	GroupEvery  time.Duration // least time between two fsyncs; 5 ms
	Wait        time.Duration // how long Open waits for another process that has the journal; it is fenced after half of it; 0
	Past        *Past         // what was read ahead of opening; nil: nothing
	Log         *slog.Logger

	create  func(path string) (file, error)
	reserve func(path string, size int64) error
}

// Journal is the open journal. Append, Sync, Read and the rest may be used
// from any goroutine.
type Journal struct {
	files     *folder
	id        string
	opt       Options
	lock      *os.File // held: one process has the journal
	fence     fence
	retention retention
	counts    counters

	mu       sync.Mutex    // guards all down to alarmed
	out      segmentWriter // where records go
	waiting  waiting       // records that are not written
	unsynced pile          // written, not known to be on disk
	reserve  reserve
	accepted int64         // entries taken by Append that are owed to the disk; those set aside are not
	flushed  int64         // of these, entries on disk
	durable  Offset        // the end of what is on disk
	changed  chan struct{} // closed and replaced whenever durable moves
	closed   bool
	failing  bool      // the disk refuses
	alarmed  time.Time // when the last alarm about failing was logged

	wake chan struct{} // something was appended
	quit chan struct{} // Close was called
	done chan struct{} // the last flush is over
}

// counters count entries since Open. Each may be read at any time.
type counters struct {
	appended, synced, lost, shed atomic.Int64
	behind                       atomic.Int64 // bytes taken, not on disk
}

// Open opens the journal in dir, making it if need be. It cuts off a torn
// tail and fails when another process has the journal open, longer than
// Options.Wait.
func Open(dir string, opt Options) (*Journal, error) {
	opt = opt.withDefaults()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: the folder cannot be made: %w", err)
	}
	lock, err := openOrMake(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("journal: the lock cannot be made: %w", err)
	}
	if err := acquire(lock, dir, opt.Wait); err != nil {
		lock.Close()
		return nil, err
	}
	files := &folder{dir: dir, log: opt.Log}
	j := &Journal{files: files, opt: opt, lock: lock, retention: newRetention(files, opt),
		out:     segmentWriter{files: files, create: opt.create, maxSize: opt.SegmentSize, maxAge: opt.SegmentAge},
		reserve: reserve{path: filepath.Join(dir, "reserve"), size: opt.Reserve, make: opt.reserve},
		changed: make(chan struct{}), wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	if j.fence, err = raise(dir); err == nil {
		err = j.resume()
	}
	if err != nil {
		lock.Close()
		return nil, err
	}
	go j.keepFlushing()
	return j, nil
}

func (o Options) withDefaults() Options {
	or := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	or(&o.SegmentSize, 64<<20)
	or((*int64)(&o.SegmentAge), int64(time.Hour))
	or((*int64)(&o.Keep), int64(24*time.Hour))
	or((*int64)(&o.Recent), int64(15*time.Minute))
	or(&o.Cap, 10<<30)
	or(&o.Backlog, 64<<20)
	or(&o.Reserve, 64<<20)
	or((*int64)(&o.GroupEvery), int64(5*time.Millisecond))
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.reserve == nil {
		o.reserve = makeReserve
	}
	if o.create == nil {
		o.create = func(path string) (file, error) {
			return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		}
	}
	return o
}

// resume goes on behind the last good record.
func (j *Journal) resume() error {
	id, err := j.files.readID()
	if err != nil {
		return err
	}
	j.id = id
	segs, err := j.files.segments()
	if err != nil {
		return err
	}
	defer j.restock()
	j.reserve.stocked = j.reserve.exists()
	if len(segs) == 0 {
		return nil
	}
	last := segs[len(segs)-1]
	end, cut, room, err := repairTail(j.files.segmentPath(last.n), j.reserve.stocked)
	if err != nil { // it is left as it is, and another begins
		j.opt.Log.Error("journal: a segment cannot be mended; what it tells of open calls may be lost", "segment", j.files.segmentPath(last.n), "err", err)
		j.files.damaged.Add(1)
		j.out.n, j.durable = last.n, Offset{last.n, last.size}
		return nil
	}
	if cut > 0 {
		j.opt.Log.Warn("journal: cut off a record that a crash left unfinished", "segment", j.files.segmentPath(last.n), "at", end, "bytes", cut)
	}
	if room > 0 {
		j.opt.Log.Error("journal: the disk was full when the last run ended; facts that it held in memory are lost", "segment", j.files.segmentPath(last.n))
	}
	f, err := os.OpenFile(j.files.segmentPath(last.n), os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("journal: segment %d cannot be opened: %w", last.n, err)
	}
	j.out.cur, j.out.n, j.out.size, j.out.begun, j.out.room = f, last.n, end, last.last, room
	j.durable = j.out.endOffset()
	return syncDir(j.files.dir)
}

// ID is the journal's own name, the same after every restart.
func (j *Journal) ID() string { return j.id }

// Append writes the entries to the file, without waiting for the disk. When
// it returns they outlive the process, unless the disk refuses: then they are
// kept in memory and tried again, and an alarm is logged; of a full disk
// essential facts take the reserve. It never fails, because a call must go on
// whatever the disk does; but see Fenced.
func (j *Journal) Append(entries []call.Entry) {
	var p pile
	for _, e := range entries {
		b, err := appendRecord(p.bytes, e)
		p.bytes = b
		if err != nil {
			j.counts.lost.Add(1)
			j.opt.Log.Error("journal: a fact is lost", "err", err)
			continue
		}
		p.entries++
	}
	if p.entries == 0 {
		return
	}
	j.mu.Lock()
	j.acceptPile(p)
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default: // will wake anyway
	}
}

// acceptPile writes p, or puts it behind what is waiting to be written.
func (j *Journal) acceptPile(p pile) {
	if err := j.fence.mayWrite(); err != nil {
		j.counts.lost.Add(p.entries)
		j.alarm(err.Error(), nil)
		return
	}
	if len(j.waiting.backlog.bytes) > 0 && int64(len(j.waiting.backlog.bytes)+len(p.bytes)) > j.opt.Backlog || j.closed {
		j.counts.lost.Add(p.entries)
		j.alarm("journal: the disk refuses and the memory for waiting facts is full; facts are lost", nil)
		return
	}
	j.counts.appended.Add(p.entries)
	j.accepted += p.entries
	j.counts.behind.Add(int64(len(p.bytes)))
	if j.out.room > 0 {
		j.ration(p)
		return
	}
	if len(j.waiting.backlog.bytes) > 0 {
		j.waiting.backlog.appendPile(p)
		return
	}
	if err := j.write(p); err != nil {
		j.refused(p, err)
	}
}

// write writes p at the end of the current segment.
func (j *Journal) write(p pile) error {
	if err := j.out.write(p.bytes); err != nil {
		return err
	}
	j.unsynced.appendPile(p)
	return nil
}

// refused keeps what the disk did not take: in the reserve what is essential,
// if the disk is full, and the rest in memory.
func (j *Journal) refused(p pile, err error) {
	if noRoom(err) && j.useReserve() == nil {
		j.alarm("journal: the disk is full; make room. Essential facts go to the reserve, others wait in memory", err)
		j.ration(p)
		j.wakeWaiters() // what is held is no longer waited for
		return
	}
	j.waiting.backlog.appendPile(p)
	j.alarm("journal: the disk refuses; facts wait in memory", err)
}

// alarm logs that the disk refuses: when it begins, and once a minute.
func (j *Journal) alarm(what string, err error) {
	if !j.failing || time.Since(j.alarmed) > time.Minute {
		j.alarmed = time.Now()
		j.opt.Log.Error(what, "err", err, "waiting", j.waiting.entries(), "dropped", j.counts.shed.Load(), "lost", j.counts.lost.Load(), "folder", j.files.dir)
	}
	j.failing = true
}

// Close puts all on disk and closes the journal. What is appended later is
// counted as lost.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil
	}
	j.closed = true
	j.mu.Unlock()
	close(j.quit)
	<-j.done
	j.mu.Lock()
	defer j.mu.Unlock()
	var err error
	if j.out.cur != nil {
		err = j.out.cur.Close()
	}
	if n := j.accepted - j.flushed + j.waiting.aside.entries; n > 0 {
		err = errors.Join(err, fmt.Errorf("journal: closed with %d facts that the disk refused", n))
	}
	return errors.Join(err, j.fence.file.Close(), j.lock.Close())
}

// Appended returns how many entries were appended since Open.
func (j *Journal) Appended() int64 { return j.counts.appended.Load() }

// Synced returns how many of them are on disk.
func (j *Journal) Synced() int64 { return j.counts.synced.Load() }

// Lag returns how many bytes were appended and are not yet on disk.
func (j *Journal) Lag() int64 { return j.counts.behind.Load() }

// Shed returns how many entries that are not essential were dropped, because
// the disk was full for longer than the memory for waiting facts lasts.
func (j *Journal) Shed() int64 { return j.counts.shed.Load() }

// Lost returns how many entries could not be kept. It should always be 0.
func (j *Journal) Lost() int64 { return j.counts.lost.Load() }

// Damaged returns how many records were met that cannot be read.
func (j *Journal) Damaged() int64 { return j.files.damaged.Load() }

// Epoch returns the journal's own epoch, which no other Open has had.
func (j *Journal) Epoch() int64 { return j.fence.epoch }

// Fenced is closed when a write was refused because another process has taken
// the journal over. Nothing may be done any more on the strength of what was
// refused.
func (j *Journal) Fenced() <-chan struct{} { return j.fence.fenced }

// IsFenced reports whether Fenced is closed.
func (j *Journal) IsFenced() bool { return j.fence.isFenced() }

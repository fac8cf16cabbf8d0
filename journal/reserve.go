package journal

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"presszero/call"
)

// The reserve is a file of zeros whose blocks are the journal's own. When the
// disk is full it becomes the next segment, and essential facts are written over
// the zeros; the others wait in memory, and are dropped and counted when that is
// full. The last quarter is for facts that begin or end a call, a visit, a callback or
// a message (call.Bookend). Deleting a file to make room,
// as is often done, would leave the room to the program that filled the disk.
//
// When there is room again a new reserve is made, and all that waited in memory
// is written, behind facts that came later: a reader puts a call's facts
// in order by their number.

// reserve is that file, and whether it is there.
type reserve struct {
	path string // its name until it is a segment
	size int64
	make func(path string, size int64) error

	stocked bool // it is there; Journal.mu guards it

	tried  time.Time // when it was last tried to be made; of Journal.restock alone
	warned time.Time // when it was last said that it cannot; likewise
}

// exists reports whether the reserve of an earlier run is there.
func (r *reserve) exists() bool {
	info, err := os.Stat(r.path)
	return err == nil && info.Size() == r.size
}

// moveTo gives the reserve the name of a segment, and opens it. It is the reserve
// no more, also when it cannot be opened.
func (r *reserve) moveTo(path string) (*os.File, error) {
	if !r.stocked {
		return nil, errors.New("there is no reserve")
	}
	if err := os.Rename(r.path, path); err != nil {
		return nil, err
	}
	r.stocked = false
	return os.OpenFile(path, os.O_RDWR, 0)
}

// noRoom reports whether the disk, or our share of it, is full.
func noRoom(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// restock makes the reserve where there is none, and tries again later where
// it cannot be made. While the old one is in use it first finds out whether
// there is room for what it holds and for what waits; only then its rest is
// given back, of which the new one is made.
func (j *Journal) restock() {
	j.mu.Lock()
	missing, inUse := !j.reserve.stocked && j.fence.mayWrite() == nil, j.out.room > 0
	need := j.out.size + j.waiting.bytes() + min(j.reserve.size/8, 1<<20)
	j.mu.Unlock()
	if !missing || time.Since(j.reserve.tried) < retry {
		return
	}
	j.reserve.tried = time.Now()
	if inUse {
		probe := j.reserve.path + ".probe"
		if j.reserve.make(probe, need) != nil {
			return // there is no room yet
		}
		j.mu.Lock()
		j.out.shorten()
		j.out.retire()
		j.out.room = 0
		j.accepted += j.waiting.reclaim()
		j.mu.Unlock()
		_ = os.Remove(probe)
	}
	err := j.reserve.make(j.reserve.path, j.reserve.size)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.reserve.stocked = err == nil
	if err != nil && time.Since(j.reserve.warned) > time.Minute {
		j.reserve.warned = time.Now()
		j.opt.Log.Error("journal: no disk space can be set aside for the day when the disk is full", "bytes", j.reserve.size, "folder", j.files.dir, "err", err)
	}
}

// makeReserve makes the file whole or not at all.
func makeReserve(path string, size int64) error {
	f, err := os.OpenFile(path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = syscall.Fallocate(int(f.Fd()), 0, 0, size)
	if errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOSYS) {
		err = zeros(f, 0, size)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".new"))
	}
	return os.Rename(path+".new", path)
}

// zeros writes zeros over a stretch of a file.
func zeros(f *os.File, from, to int64) error {
	some := make([]byte, 1<<20)
	for from < to {
		n, err := f.WriteAt(some[:min(to-from, int64(len(some)))], from)
		if err != nil {
			return err
		}
		from += int64(n)
	}
	return nil
}

// useReserve makes the reserve the current segment.
func (j *Journal) useReserve() error {
	f, err := j.reserve.moveTo(j.files.segmentPath(j.out.n + 1))
	if err != nil {
		return err
	}
	j.out.shorten()
	j.out.retire()
	j.out.begin(f, j.reserve.size)
	return nil
}

// ration writes what is essential to the reserve and holds the rest.
func (j *Journal) ration(p pile) {
	keep := call.Essential
	if j.out.size > j.out.room/4*3 {
		keep = call.Bookend
	}
	must, rest := p.partition(keep)
	if must.entries > 0 {
		err := error(syscall.ENOSPC)
		if j.out.size+int64(len(must.bytes)) <= j.out.room {
			err = j.out.extend(must.bytes)
		}
		if err == nil {
			j.unsynced.appendPile(must)
		} else {
			j.waiting.backlog.appendPile(must)
			j.alarm("journal: the disk is full and so is the reserve; essential facts wait in memory", err)
		}
	}
	j.accepted -= rest.entries
	if int64(len(j.waiting.aside.bytes)+len(rest.bytes)) <= j.opt.Backlog {
		j.waiting.aside.appendPile(rest)
		return
	}
	j.counts.shed.Add(rest.entries)
	j.counts.behind.Add(-int64(len(rest.bytes)))
	j.alarm("journal: the disk is full and so is the memory for waiting facts; facts that are not essential are dropped", nil)
}

// Trouble says, in a sentence for an operator, what is wrong with the disk; ""
// when nothing is. Calls go on meanwhile.
func (j *Journal) Trouble() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	waiting := j.waiting.entries()
	switch {
	case j.out.room > 0:
		return fmt.Sprintf("the journal's disk is full, make room in %s: what calls need is kept in the reserve (%d of %d bytes used), %d other facts wait in memory, %d were dropped",
			j.files.dir, j.out.size, j.out.room, waiting, j.counts.shed.Load())
	case j.failing:
		return fmt.Sprintf("the journal's disk refuses facts, look at %s: %d wait in memory, %d are lost", j.files.dir, waiting, j.counts.lost.Load())
	case !j.reserve.stocked:
		return fmt.Sprintf("the journal has no disk space set aside for the day when the disk is full, make room in %s", j.files.dir)
	}
	return ""
}

// Full reports whether the disk is full and the reserve in use.
func (j *Journal) Full() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.out.room > 0
}

// Free returns how many bytes the disk has left for the journal, the reserve
// not counted.
func (j *Journal) Free() int64 {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(j.files.dir, &fs); err != nil {
		return 0
	}
	return int64(fs.Bavail) * fs.Bsize
}

// Size returns how many bytes the segments take.
func (j *Journal) Size() int64 {
	segs, _ := j.files.segments()
	return sizeOf(segs)
}

// sizeOf is how many bytes segments take.
func sizeOf(segs []segment) (total int64) {
	for _, s := range segs {
		total += s.size
	}
	return total
}

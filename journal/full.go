package journal

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"presszero/call"
)

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

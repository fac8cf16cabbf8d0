package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"presszero/call"
)

// The reserve is a file of zeros whose blocks are the journal's own. When the
// disk is full it becomes the next segment, and essential facts are written over
// the zeros; the others wait in memory, and are dropped and counted when that is
// full. The last quarter is for facts that open and close books. Deleting a file to make room,
// as is often done, would leave the room to the program that filled the disk.
//
// When there is room again a new reserve is made, and all that waited in memory
// is written, behind facts that came later: a reader puts a call's facts
// in order by their number.

// reservePath names the reserve until it is a segment.
func (j *Journal) reservePath() string { return filepath.Join(j.dir, "reserve") }

// noRoom reports whether the disk, or our share of it, is full.
func noRoom(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// findReserve reports whether the reserve of an earlier run is there.
func (j *Journal) findReserve() bool {
	info, err := os.Stat(j.reservePath())
	return err == nil && info.Size() == j.opt.Reserve
}

// restock makes the reserve where there is none, and tries again later where
// it cannot be made. While the old one is in use it first finds out whether
// there is room for what it holds and for what waits; only then its rest is
// given back, of which the new one is made.
func (j *Journal) restock() {
	j.mu.Lock()
	missing, inUse := !j.stocked && j.mayWrite() == nil, j.room > 0
	need := j.size + int64(len(j.backlog.bytes)+len(j.aside.bytes)) + min(j.opt.Reserve/8, 1<<20)
	j.mu.Unlock()
	if !missing || time.Since(j.tried) < retry {
		return
	}
	j.tried = time.Now()
	if inUse {
		probe := j.reservePath() + ".probe"
		if j.opt.reserve(probe, need) != nil {
			return // there is no room yet
		}
		j.mu.Lock()
		j.shorten()
		j.retire()
		j.room = 0
		j.claim()
		j.mu.Unlock()
		_ = os.Remove(probe)
	}
	err := j.opt.reserve(j.reservePath(), j.opt.Reserve)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stocked = err == nil
	if err != nil && time.Since(j.warned) > time.Minute {
		j.warned = time.Now()
		j.opt.Log.Error("journal: no disk space can be set aside for the day when the disk is full", "bytes", j.opt.Reserve, "folder", j.dir, "err", err)
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
	if !j.stocked {
		return errors.New("there is no reserve")
	}
	path := j.segmentPath(j.n + 1)
	if err := os.Rename(j.reservePath(), path); err != nil {
		return err
	}
	j.stocked = false
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	j.shorten()
	j.retire()
	j.n++
	j.cur, j.size, j.room, j.begun, j.newName = f, 0, j.opt.Reserve, time.Now(), true
	return nil
}

// shorten gives back what is behind the end of the current segment: the rest
// of a reserve, or what a failed write has left.
func (j *Journal) shorten() {
	if j.cur == nil {
		return
	}
	if err := j.cur.Truncate(j.size); err != nil {
		j.opt.Log.Warn("journal: a segment keeps more of the disk than it needs", "segment", j.segmentPath(j.n), "err", err)
	}
}

// ration writes what is essential to the reserve and holds the rest.
func (j *Journal) ration(p pile) {
	keep := call.Essential
	if j.size > j.room/4*3 {
		keep = call.Bookend
	}
	must, rest := p.partition(keep)
	if must.entries > 0 {
		err := error(syscall.ENOSPC)
		if j.size+int64(len(must.bytes)) <= j.room {
			_, err = j.cur.WriteAt(must.bytes, j.size)
		}
		if err == nil {
			j.size += int64(len(must.bytes))
			j.unsynced.appendPile(must)
		} else {
			j.backlog.appendPile(must)
			j.alarm("journal: the disk is full and so is the reserve; essential facts wait in memory", err)
		}
	}
	j.accepted -= rest.entries
	if int64(len(j.aside.bytes)+len(rest.bytes)) <= j.opt.Backlog {
		j.aside.appendPile(rest)
		return
	}
	j.shed.Add(rest.entries)
	j.behind.Add(-int64(len(rest.bytes)))
	j.alarm("journal: the disk is full and so is the memory for waiting facts; facts that are not essential are dropped", nil)
}

// claim lets what was held be written with all else.
func (j *Journal) claim() {
	j.accepted += j.aside.entries
	j.backlog.appendPile(j.aside)
	j.aside = pile{}
}

// partition parts a pile into the records of kinds to keep and the others.
func (p pile) partition(keep func(kind string) bool) (must, rest pile) {
	for b := p.bytes; len(b) > 0; {
		n := headerSize + int(binary.LittleEndian.Uint32(b))
		one := pile{b[:n], 1}
		if _, kind := label(one.bytes[headerSize:]); keep(kind) {
			must.appendPile(one)
		} else {
			rest.appendPile(one)
		}
		b = b[n:]
	}
	return must, rest
}

// Trouble says, in a sentence for an operator, what is wrong with the disk; ""
// when nothing is. Calls go on meanwhile.
func (j *Journal) Trouble() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	waiting := j.backlog.entries + j.aside.entries
	switch {
	case j.room > 0:
		return fmt.Sprintf("the journal's disk is full, make room in %s: what calls need is kept in the reserve (%d of %d bytes used), %d other facts wait in memory, %d were dropped",
			j.dir, j.size, j.room, waiting, j.shed.Load())
	case j.failing:
		return fmt.Sprintf("the journal's disk refuses facts, look at %s: %d wait in memory, %d are lost", j.dir, waiting, j.lost.Load())
	case !j.stocked:
		return fmt.Sprintf("the journal has no disk space set aside for the day when the disk is full, make room in %s", j.dir)
	}
	return ""
}

// Full reports whether the disk is full and the reserve in use.
func (j *Journal) Full() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.room > 0
}

// Free returns how many bytes the disk has left for the journal, the reserve
// not counted.
func (j *Journal) Free() int64 {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(j.dir, &fs); err != nil {
		return 0
	}
	return int64(fs.Bavail) * fs.Bsize
}

// Size returns how many bytes the segments take.
func (j *Journal) Size() int64 {
	segs, _ := j.segments()
	return sizeOf(segs)
}

// sizeOf is how many bytes segments take.
func sizeOf(segs []segment) (total int64) {
	for _, s := range segs {
		total += s.size
	}
	return total
}

package journal

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// The reserve is a file of zeros whose blocks are the journal's own. When the
// disk is full it becomes the next segment, and essential facts are written over
// the zeros; the others wait in memory, and are dropped and counted when that is
// full. The last quarter is for facts that begin or end a call, a visit, a callback or
// a message (call.Bookend). Deleting a file to make room, as is often done, would
// leave the room to the program that filled the disk.
//
// When there is room again a new reserve is made, and all that waited in memory
// is written, behind facts that came later: a reader puts a call's facts
// in order by their number.

// reserve is that file, and whether it is there. full.go says when it is used.
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

package journal

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"presszero/call"
	"presszero/internal/atomicfile"
)

const suffix = ".journal"

// folder is the journal's folder as it is on disk: the segments and the id, also
// while another process writes them. Its methods hold no lock and may be used
// from any goroutine.
type folder struct {
	dir     string
	log     *slog.Logger
	damaged atomic.Int64 // records, and segments, that were met and cannot be read
}

// segment describes one file of the journal.
type segment struct {
	n    int64
	size int64
	last time.Time // of its last write
}

// segmentPath names the file of segment n.
func (d *folder) segmentPath(n int64) string {
	return filepath.Join(d.dir, fmt.Sprintf("%010d%s", n, suffix))
}

// segments lists the files, oldest first.
func (d *folder) segments() ([]segment, error) {
	files, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, fmt.Errorf("journal: the folder cannot be listed: %w", err)
	}
	var list []segment
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), suffix)
		n, err := strconv.ParseInt(name, 10, 64)
		if !ok || err != nil || n <= 0 {
			continue
		}
		info, err := f.Info()
		if errors.Is(err, os.ErrNotExist) {
			continue // pruned meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("journal: segment %d: %w", n, err)
		}
		if !info.Mode().IsRegular() {
			d.log.Error("journal: this is no segment; it is put aside", "segment", d.segmentPath(n), "err", setAside(d.segmentPath(n)))
			continue
		}
		list = append(list, segment{n, info.Size(), info.ModTime()})
	}
	sort.Slice(list, func(a, b int) bool { return list[a].n < list[b].n })
	return list, nil
}

// readID reads the journal's name, which tells a database of facts from which
// journal an offset is. It is made once, at random.
func (d *folder) readID() (string, error) {
	path := filepath.Join(d.dir, "id")
	b, err := os.ReadFile(path)
	if _, noHex := hex.DecodeString(string(b)); err == nil && noHex == nil && len(b) == 32 {
		return string(b), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		// With a new name all is shipped again, and nothing is there twice.
		d.log.Error("journal: its id is damaged; it gets another one", "file", path, "err", err)
		if err := setAside(path); err != nil {
			return "", fmt.Errorf("journal: its id cannot be read: %w", err)
		}
	}
	b = make([]byte, 16)
	rand.Read(b)
	id := hex.EncodeToString(b)
	if err := atomicfile.Write(path, []byte(id)); err != nil {
		return "", fmt.Errorf("journal: its id cannot be written: %w", err)
	}
	return id, nil
}

// eachRecord calls f with every good payload of the segment from pos on and returns
// where it stopped: behind the last record read, or at limit.
func (d *folder) eachRecord(n, pos, limit int64, f func(payload []byte) (more bool)) (int64, error) {
	file, err := os.Open(d.segmentPath(n))
	if err != nil {
		return pos, fmt.Errorf("journal: segment %d cannot be opened: %w", n, err)
	}
	defer file.Close()
	r := newReader(file, pos, limit)
	for {
		payload, err := r.nextRecord()
		if err == io.EOF {
			d.reportDamage(n, r.damaged)
			return limit, nil
		}
		if err != nil {
			return r.good, fmt.Errorf("journal: segment %d cannot be read at byte %d: %w", n, r.pos, err)
		}
		if !f(payload) {
			d.reportDamage(n, r.damaged)
			return r.good, nil
		}
	}
}

// reportDamage says that records of a segment cannot be read.
func (d *folder) reportDamage(n int64, records int) {
	if records > 0 {
		d.damaged.Add(int64(records))
		d.log.Error("journal: records are damaged and were skipped; check the disk", "segment", d.segmentPath(n), "records", records)
	}
}

// repairTail finds the end of the good records of the last segment and cuts off
// what a crash left behind it. The cut bytes are kept beside it, if the disk
// has room for them. A long tail of zeros is the rest of the reserve, where
// that is not at its place: it is left, and room is the segment's size.
func repairTail(path string, stocked bool) (end, cut, room int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, 0, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, 0, 0, err
	}
	r := newReader(f, 0, info.Size())
	for err == nil {
		_, err = r.nextRecord()
	}
	if err != io.EOF {
		return 0, 0, 0, err
	}
	used, err := endOfData(f, r.good, info.Size())
	if err != nil {
		return 0, 0, 0, err
	}
	if cut = used - r.good; cut > 0 {
		if err := keepCut(fmt.Sprintf("%s.%d.cut", path, r.good), io.NewSectionReader(f, r.good, cut)); err != nil && !noRoom(err) {
			return 0, 0, 0, err
		}
	}
	const longTail = 4096
	if !stocked && info.Size()-used >= longTail {
		return r.good, cut, info.Size(), errors.Join(zeros(f, r.good, used), f.Sync())
	}
	if info.Size() > r.good {
		if err := f.Truncate(r.good); err != nil {
			return 0, 0, 0, err
		}
	}
	return r.good, cut, 0, f.Sync()
}

// endOfData returns where the zeros at the end of a stretch begin.
func endOfData(f io.ReaderAt, from, to int64) (int64, error) {
	block := make([]byte, 64<<10)
	for to > from {
		n := min(to-from, int64(len(block)))
		if _, err := f.ReadAt(block[:n], to-n); err != nil {
			return 0, err
		}
		if used := len(bytes.TrimRight(block[:n], "\x00")); used > 0 {
			return to - n + int64(used), nil
		}
		to -= n
	}
	return from, nil
}

func keepCut(path string, tail io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, tail)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// openOrMake opens a file of the journal's folder, and makes it if there is none. A
// folder of that name, or a file that may not be opened, gets another name: the
// program must start nevertheless.
func openOrMake(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if !errors.Is(err, syscall.EISDIR) && !errors.Is(err, os.ErrPermission) || setAside(path) != nil {
		return f, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

// setAside gives a damaged file or folder another name, for an operator to look at.
func setAside(path string) error {
	return os.Rename(path, fmt.Sprintf("%s.damaged-%d", path, time.Now().UnixNano()))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// decode reads a payload; one that cannot be read is counted and said.
func (d *folder) decode(payload []byte) (call.Entry, bool) {
	e, err := decode(payload)
	if err != nil {
		d.damaged.Add(1)
		d.log.Error("journal: a record was skipped", "err", err)
	}
	return e, err == nil
}

// noRoom reports whether the disk, or our share of it, is full.
func noRoom(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

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

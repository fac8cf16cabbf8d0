package capture

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Take is all that the folder has of one recording: one part, or several, when it was
// stopped and begun again, or when the process that wrote it died.
type Take struct {
	// Head is that of the first part. Of a take without a whole record only the name of
	// the recording is known, from that of the file.
	Head
	Parts int
	Bytes int64 // of all parts
	Ended bool  // the last part has its end
	Live  bool  // a process has it open; one that is neither live nor ended is what a killed process has left

	paths []string
	sides [2]string // of a take that Asterisk has written, see sides.go; "": it has nothing of that side
}

var partFile = regexp.MustCompile(`^(.+)\.([1-9][0-9]{0,8})\.pkt$`)

// Find lists the takes in a folder, the oldest first. A folder that is missing is an
// empty one.
func Find(dir string) ([]Take, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("capture: the folder of the recordings cannot be read: %w", err)
	}
	numbers := map[string][]int{}
	for _, e := range entries {
		if name := partFile.FindStringSubmatch(e.Name()); name != nil && validID.MatchString(name[1]) {
			n, _ := strconv.Atoi(name[2])
			numbers[name[1]] = append(numbers[name[1]], n)
		}
	}
	var takes []Take
	for recording, parts := range numbers {
		slices.Sort(parts)
		t := Take{}
		for _, n := range parts {
			if err := t.addPart(filepath.Join(dir, partName(recording, n))); err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, fmt.Errorf("capture: a part of recording %s cannot be read: %w", recording, err)
			}
		}
		t.Recording = recording
		if t.Parts > 0 { // else it has been removed meanwhile
			takes = append(takes, t)
		}
	}
	slices.SortFunc(takes, byAge)
	return takes, nil
}

// addPart looks at both ends of a part.
func (t *Take) addPart(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	// The lock is asked for before the size and the end record: the writer unlocks a part after it
	// has written the end record, so a part without a lock is read whole.
	t.Live = t.Live || errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if t.Wall.IsZero() {
		t.Head = readHead(f)
	}
	t.Parts++
	t.Bytes += info.Size()
	t.Ended = hasEnd(f, info.Size())
	t.paths = append(t.paths, path)
	return nil
}

// readHead returns the head of a part, an empty one if it has none.
func readHead(f io.Reader) (h Head) {
	b := make([]byte, headerSize)
	if _, err := io.ReadFull(f, b); err != nil {
		return Head{}
	}
	b = append(b, make([]byte, max(sizeOf(b)-headerSize, 0))...)
	if _, err := io.ReadFull(f, b[headerSize:]); err != nil {
		return Head{}
	}
	if rec, good := readRecord(b); !good || rec.kind != kindHead || json.Unmarshal(rec.payload, &h) != nil {
		return Head{}
	}
	return h
}

// hasEnd reports whether the last record is that of the end.
func hasEnd(f io.ReaderAt, size int64) bool {
	b := make([]byte, headerSize)
	if size < headerSize {
		return false
	}
	if _, err := f.ReadAt(b, size-headerSize); err != nil {
		return false
	}
	rec, good := readRecord(b)
	return good && rec.kind == kindEnd && sizeOf(b) == headerSize
}

// Changed returns when something was last written to it.
func (t Take) Changed() (last time.Time, err error) {
	for _, path := range t.paths {
		info, failed := os.Stat(path)
		if failed != nil {
			err = errors.Join(err, failed)
		} else if info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last, err
}

// Remove removes all parts, the last first: what is left if it is broken off has no gap
// before it. It may be repeated.
func (t Take) Remove() error {
	for _, path := range slices.Backward(t.paths) {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("capture: recording %s cannot be removed: %w", t.Recording, err)
		}
	}
	if len(t.paths) == 0 {
		return nil
	}
	return syncDir(filepath.Dir(t.paths[0]))
}

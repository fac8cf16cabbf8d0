package journal

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
)

// IsPart reports whether a file of a journal's folder belongs into a copy of it: the id
// and the segments. The lock, the epoch and the reserve are of the running journal. A
// segment may be copied while it is written: Open cuts off what is not whole.
func IsPart(name string) bool { return name == "id" || filepath.Ext(name) == suffix }

// Stored tells of a folder that no process writes, as a copy: the journal's id, and the
// end of its last whole record. An offset that a database has must not lie behind that:
// what is appended there would not be shipped.
func Stored(dir string) (id string, end Offset, err error) {
	b, err := os.ReadFile(filepath.Join(dir, "id"))
	if err != nil {
		return "", end, fmt.Errorf("journal: its id cannot be read: %w", err)
	}
	d := &folder{dir: dir, log: slog.New(slog.DiscardHandler)}
	segs, err := d.segments()
	if err != nil || len(segs) == 0 {
		return string(b), end, err
	}
	last := segs[len(segs)-1]
	f, err := os.Open(d.segmentPath(last.n))
	if err != nil {
		return "", end, fmt.Errorf("journal: segment %d cannot be opened: %w", last.n, err)
	}
	defer f.Close()
	r := newReader(f, 0, last.size)
	for err == nil {
		_, err = r.nextRecord()
	}
	if !errors.Is(err, io.EOF) {
		return "", end, fmt.Errorf("journal: segment %d cannot be read: %w", last.n, err)
	}
	return string(b), Offset{last.n, r.good}, nil
}

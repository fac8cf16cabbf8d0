package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
)

// Overwrite changes records where they stand, so that a person can be forgotten while the
// journal holds what is needed to start again. change gets each payload and returns what
// is to stand there: valid JSON of the same call, kind and place, at most as long; the rest
// is filled with blanks, so every record keeps its place, and offsets stay true. It may run
// beside the process that writes. It returns how many records it has changed.
func Overwrite(dir string, change func(payload []byte) []byte) (changed int, err error) {
	d := &folder{dir: dir, log: slog.New(slog.DiscardHandler)}
	segs, err := d.segments()
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, s := range segs {
		n, failed := overwriteSegment(d.segmentPath(s.n), s.size, change)
		changed += n
		if failed != nil && !errors.Is(failed, os.ErrNotExist) { // pruned meanwhile
			err = errors.Join(err, fmt.Errorf("journal: segment %d: %w", s.n, failed))
		}
	}
	return changed, err
}

func overwriteSegment(path string, size int64, change func([]byte) []byte) (changed int, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for r := newReader(f, 0, size); ; {
		payload, err := r.nextRecord()
		if err == io.EOF {
			break
		}
		if err != nil {
			return changed, err
		}
		is := change(bytes.Clone(payload))
		if bytes.Equal(is, payload) {
			continue
		}
		if len(is) > len(payload) {
			return changed, fmt.Errorf("a record of %d bytes cannot be replaced by one of %d", len(payload), len(is))
		}
		record := make([]byte, headerSize, headerSize+len(payload))
		record = append(append(record, is...), bytes.Repeat([]byte(" "), len(payload)-len(is))...)
		binary.LittleEndian.PutUint32(record[:4], uint32(len(payload)))
		binary.LittleEndian.PutUint32(record[4:], checksum(record[:4], record[headerSize:]))
		if _, err := f.WriteAt(record, r.pos-int64(len(record))); err != nil {
			return changed, err
		}
		changed++
	}
	if changed > 0 {
		err = f.Sync()
	}
	return changed, err
}

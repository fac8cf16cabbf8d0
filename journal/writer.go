package journal

import "time"

// file is what the journal needs of a segment that it writes.
type file interface {
	WriteAt([]byte, int64) (int, error)
	Sync() error
	Truncate(size int64) error
	Close() error
}

// segmentWriter writes records at the end of the newest segment, and begins
// another when that is full or old. Journal.mu guards it. What it has written is
// on disk once Journal.flush has synced it.
type segmentWriter struct {
	files   *folder
	create  func(path string) (file, error)
	maxSize int64         // bytes after which another segment begins
	maxAge  time.Duration // and the age

	cur     file      // nil when a segment has yet to be made
	n       int64     // number of the newest segment; 0: there is none
	size    int64     // bytes of cur that hold records
	begun   time.Time // when cur was made
	retired []file    // full segments, to be synced and closed
	newName bool      // a segment was made; the folder has yet to be synced
	room    int64     // size of the reserve while cur is it; else 0
}

// endOffset is behind the last record.
func (w *segmentWriter) endOffset() Offset { return Offset{w.n, w.size} }

// write writes at the end of the current segment. What a failed write may have
// left behind the end is written over by the next, which starts with the same
// bytes.
func (w *segmentWriter) write(records []byte) error {
	if w.cur != nil && (w.size >= w.maxSize || time.Since(w.begun) >= w.maxAge) {
		w.retire()
	}
	if w.cur == nil {
		f, err := w.create(w.files.segmentPath(w.n + 1))
		if err != nil {
			return err
		}
		w.begin(f, 0)
	}
	return w.extend(records)
}

// extend writes at the end of the current segment, which there must be.
func (w *segmentWriter) extend(records []byte) error {
	if _, err := w.cur.WriteAt(records, w.size); err != nil {
		return err
	}
	w.size += int64(len(records))
	return nil
}

// begin makes f the current segment; room is its size if it was the reserve, else 0.
func (w *segmentWriter) begin(f file, room int64) {
	w.n++
	w.cur, w.size, w.room, w.begun, w.newName = f, 0, room, time.Now(), true
}

// retire ends the current segment; the next write begins a new one.
func (w *segmentWriter) retire() {
	if w.cur != nil {
		w.retired = append(w.retired, w.cur)
		w.cur = nil
	}
}

// abandon closes all that is not known to be on disk; the next write begins a new
// segment.
func (w *segmentWriter) abandon() {
	if w.cur != nil {
		w.cur.Close()
		w.cur = nil
	}
	for _, f := range w.retired {
		f.Close()
	}
	w.retired = nil
}

// shorten gives back what is behind the end of the current segment: the rest
// of a reserve, or what a failed write has left.
func (w *segmentWriter) shorten() {
	if w.cur == nil {
		return
	}
	if err := w.cur.Truncate(w.size); err != nil {
		w.files.log.Warn("journal: a segment keeps more of the disk than it needs", "segment", w.files.segmentPath(w.n), "err", err)
	}
}

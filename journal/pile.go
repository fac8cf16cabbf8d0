package journal

import "encoding/binary"

// pile is some records in a row.
type pile struct {
	bytes   []byte
	entries int64
}

func (p *pile) appendPile(q pile) {
	p.bytes = append(p.bytes, q.bytes...)
	p.entries += q.entries
}

// partition parts a pile into the records of kinds to keep and the others.
func (p pile) partition(keep func(kind string) bool) (must, rest pile) {
	for b := p.bytes; len(b) > 0; {
		n := headerSize + int(binary.LittleEndian.Uint32(b))
		one := pile{b[:n], 1}
		if _, kind := callAndKind(one.bytes[headerSize:]); keep(kind) {
			must.appendPile(one)
		} else {
			rest.appendPile(one)
		}
		b = b[n:]
	}
	return must, rest
}

// waiting holds the records that are not written yet. Journal.mu guards it.
type waiting struct {
	backlog pile // the disk refused them; written as soon as it takes them
	aside   pile // the disk is full and they are not essential; written when there is room
}

// entries is how many records wait.
func (w *waiting) entries() int64 { return w.backlog.entries + w.aside.entries }

// bytes is how many bytes they take.
func (w *waiting) bytes() int64 { return int64(len(w.backlog.bytes) + len(w.aside.bytes)) }

// reclaim puts what was set aside behind the backlog, and returns how many records
// that was.
func (w *waiting) reclaim() int64 {
	n := w.aside.entries
	w.backlog.appendPile(w.aside)
	w.aside = pile{}
	return n
}

package capture

import (
	"errors"
	"io"
)

// pages reads the packets of the parts. They are asked for nearly in the order of the
// files, so that a stretch is kept of each.
type pages struct {
	parts []io.ReaderAt
	kept  []page
}

type page struct {
	from int64
	data []byte
}

const pageSize = 256 << 10

func newPages(parts []io.ReaderAt) *pages {
	return &pages{parts: parts, kept: make([]page, len(parts))}
}

// read returns the payload of a packet. It is valid until the next call.
func (p *pages) read(of *packet) ([]byte, error) {
	kept, end := &p.kept[of.part], of.from+int64(of.size)
	if of.from < kept.from || end > kept.from+int64(len(kept.data)) {
		if cap(kept.data) == 0 {
			kept.data = make([]byte, 0, pageSize)
		}
		n, err := p.parts[of.part].ReadAt(kept.data[:pageSize], of.from)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if kept.from, kept.data = of.from, kept.data[:n]; n < int(of.size) {
			return nil, io.ErrUnexpectedEOF
		}
	}
	return kept.data[of.from-kept.from : end-kept.from], nil
}

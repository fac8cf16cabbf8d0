// Package pcmwav shows a recording as a WAV file of 16-bit PCM, whatever it is kept as, for
// browsers that play nothing else rightly. The file is nowhere: what is read of it is decoded,
// and little more, so that a player may jump about in an hour. A copy that is given away says
// whose it is: see Tagged.
package pcmwav

import (
	"encoding/binary"
	"fmt"
	"io"
)

const headerLength = 44

// File is such a file. It may be read by one goroutine at a time.
type File struct {
	of     Kept
	sound  source
	header []byte
	width  int64 // bytes of a sample of all channels
	length int64 // of the whole file
	pos    int64

	first int64  // where piece is in the file
	piece []byte // what was decoded last
}

// Kept is a recording as it is kept.
type Kept interface {
	io.ReaderAt
	io.Closer
}

// form is what is to be known of a sound to play it.
type form struct {
	rate, channels int
	samples        int64 // of each channel
}

// source decodes a sound.
type source interface {
	form() form
	// piece returns some samples, among them the one asked for: which is the first of them,
	// and all of them as 16-bit PCM, little-endian, channel by channel.
	piece(sample int64) (first int64, pcm []byte, err error)
}

// Open shows what is kept in size bytes as flac (of one block size, as flac and other encoders
// write it) or wav (mu-law, or 16-bit PCM). Closing the file closes what is kept; when Open
// fails, that is left to the caller.
func Open(kept Kept, size int64, format string) (*File, error) {
	var s source
	var err error
	switch format {
	case "flac":
		s, err = openFLAC(kept, size)
	case "wav":
		s, err = openWAV(kept, size)
	default:
		err = fmt.Errorf("%q is neither flac nor wav", format)
	}
	if err != nil {
		return nil, fmt.Errorf("pcmwav: %w", err)
	}
	is := s.form()
	f := &File{of: kept, sound: s, width: int64(2 * is.channels)}
	data := is.samples * f.width
	f.length = headerLength + data
	h := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(headerLength-8+data))
	h = binary.LittleEndian.AppendUint32(append(h, "WAVEfmt "...), 16)
	for _, v := range []uint16{1, uint16(is.channels)} {
		h = binary.LittleEndian.AppendUint16(h, v)
	}
	for _, v := range []uint32{uint32(is.rate), uint32(int64(is.rate) * f.width)} {
		h = binary.LittleEndian.AppendUint32(h, v)
	}
	for _, v := range []uint16{uint16(f.width), 16} {
		h = binary.LittleEndian.AppendUint16(h, v)
	}
	f.header = binary.LittleEndian.AppendUint32(append(h, "data"...), uint32(data))
	return f, nil
}

// Read implements io.Reader.
func (f *File) Read(p []byte) (n int, err error) {
	switch {
	case f.pos >= f.length:
		return 0, io.EOF
	case f.pos < headerLength:
		n = copy(p, f.header[f.pos:])
		f.pos += int64(n)
		return n, nil
	case f.pos < f.first || f.pos >= f.first+int64(len(f.piece)):
		first, pcm, err := f.sound.piece((f.pos - headerLength) / f.width)
		if err != nil {
			return 0, fmt.Errorf("pcmwav: %w", err)
		}
		f.first, f.piece = headerLength+first*f.width, pcm
	}
	n = copy(p, f.piece[f.pos-f.first:])
	f.pos += int64(n)
	return n, nil
}

// Seek implements io.Seeker.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.pos
	case io.SeekEnd:
		offset += f.length
	}
	if offset < 0 {
		return 0, fmt.Errorf("pcmwav: %d is before the beginning", offset)
	}
	f.pos = offset
	return offset, nil
}

// Close closes what is kept.
func (f *File) Close() error { return f.of.Close() }

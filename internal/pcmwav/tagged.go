package pcmwav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Tag is something that a file says of itself.
type Tag struct{ Name, Value string } // Name as of Vorbis comments: COMMENT, in ASCII

// Tagged returns a file of a recording with tags, as it is otherwise: FLAC with the comments of
// RFC 9639 section 8.6, WAV with a LIST of INFO at its end. It is read from kept.
func Tagged(kept io.ReaderAt, size int64, format string, tags []Tag) (*io.SectionReader, error) {
	var parts []part
	switch format {
	case "flac":
		head, frames, err := taggedFLAC(kept, tags)
		if err != nil {
			return nil, err
		}
		parts = []part{{bytes.NewReader(head), int64(len(head))}, {io.NewSectionReader(kept, frames, size-frames), size - frames}}
	case "wav":
		head, tail := make([]byte, 12), infoOf(tags)
		if _, err := kept.ReadAt(head, 0); err != nil || string(head[:4]) != "RIFF" {
			return nil, errors.Join(err, errors.New("this is no WAV"))
		}
		if size%2 != 0 {
			tail = append([]byte{0}, tail...) // a chunk begins at an even place
		}
		binary.LittleEndian.PutUint32(head[4:], uint32(size+int64(len(tail))-8))
		parts = []part{{bytes.NewReader(head), 12}, {io.NewSectionReader(kept, 12, size-12), size - 12}, {bytes.NewReader(tail), int64(len(tail))}}
	default:
		return nil, fmt.Errorf("%s has no tags", format)
	}
	all := int64(0)
	for _, p := range parts {
		all += p.size
	}
	return io.NewSectionReader(joined(parts), 0, all), nil
}

const (
	vorbisComment = 4 // types of blocks of metadata
	padding       = 1
	lastBlock     = 0x80
)

// taggedFLAC is all before the first frame, with these comments, and where that frame begins.
func taggedFLAC(kept io.ReaderAt, tags []Tag) (head []byte, frames int64, err error) {
	if frames, err = afterMetadata(kept); err != nil {
		return nil, 0, err
	}
	was := make([]byte, frames)
	if _, err := kept.ReadAt(was, 0); err != nil {
		return nil, 0, err
	}
	head = append(head, was[:4]...)
	for at := int64(4); at < frames; {
		size := 4 + int64(binary.BigEndian.Uint32(was[at:])&0xffffff)
		if kind := was[at] &^ lastBlock; kind != vorbisComment && kind != padding {
			head = append(append(head, kind), was[at+1:at+size]...)
		}
		at += size
	}
	const vendor = "presszero"
	block := binary.LittleEndian.AppendUint32(nil, uint32(len(vendor)))
	block = binary.LittleEndian.AppendUint32(append(block, vendor...), uint32(len(tags)))
	for _, t := range tags {
		text := t.Name + "=" + t.Value
		block = append(binary.LittleEndian.AppendUint32(block, uint32(len(text))), text...)
	}
	return append(binary.BigEndian.AppendUint32(head, uint32(lastBlock|vorbisComment)<<24|uint32(len(block))), block...), frames, nil
}

// infoOf is a LIST chunk with all tags as one comment.
func infoOf(tags []Tag) []byte {
	var text []byte
	for _, t := range tags {
		text = append(text, t.Name+"="+t.Value+"\n"...)
	}
	text = append(text, 0)
	if len(text)%2 != 0 {
		text = append(text, 0)
	}
	info := append(binary.LittleEndian.AppendUint32([]byte("INFOICMT"), uint32(len(text))), text...)
	return append(binary.LittleEndian.AppendUint32([]byte("LIST"), uint32(len(info))), info...)
}

type part struct {
	io.ReaderAt
	size int64
}

// joined are parts one after the other.
type joined []part

func (j joined) ReadAt(p []byte, at int64) (n int, err error) {
	for _, one := range j {
		if at >= one.size {
			at -= one.size
			continue
		}
		m, err := one.ReadAt(p[n:n+int(min(int64(len(p)-n), one.size-at))], at)
		n, at = n+m, 0
		if err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		if n == len(p) {
			return n, nil
		}
	}
	return n, io.EOF
}

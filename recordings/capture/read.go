package capture

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"
	"time"
)

// scan gives take each whole record of a part, with its place in the file. What is damaged
// is passed over, up to the next whole record, of which take is then told; a torn end is
// the end.
func scan(r io.ReaderAt, size int64, take func(r record, at int64, damaged bool)) error {
	in := bufio.NewReaderSize(io.NewSectionReader(r, 0, size), headerSize+mostHead)
	damaged := false
	for at := int64(0); ; {
		head, err := in.Peek(headerSize)
		if err != nil {
			return ended(err)
		}
		n := sizeOf(head)
		whole, err := in.Peek(n)
		if err != nil && ended(err) != nil {
			return err
		}
		rec, good := record{}, false
		if n > 0 && err == nil {
			rec, good = readRecord(whole)
		}
		if good {
			take(rec, at, damaged)
			damaged = false
		} else {
			n, damaged = 1, true
		}
		if _, err := in.Discard(n); err != nil {
			return ended(err)
		}
		at += int64(n)
	}
}

func ended(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// packet is a packet of a part, without its payload.
type packet struct {
	Header
	at    int64 // nanoseconds since the zero of the take
	part  int   // where the payload is
	from  int64
	size  int32
	quiet bool
}

// span is a stretch of time, in nanoseconds since the zero of the take.
type span struct {
	from, to int64
	why      string
}

// story is what the parts of a take hold, in the order in which it was written.
type story struct {
	zero    time.Time // by the wall clock; that of the first head
	sides   [2][]packet
	holes   []span
	pauses  []span
	bootID  string
	boot    int64 // of the zero
	last    int64 // of the last record
	ended   bool  // the last part has its end
	started bool  // a part with a head has been read
}

// sane bounds the times of a part, from its head on: others are damage.
const (
	saneBefore = int64(time.Hour)
	saneAfter  = int64(48 * time.Hour)
)

// add reads the next part. One without a head holds nothing: the head is written first.
func (s *story) add(index int, r io.ReaderAt, size int64) error {
	var head *Head
	var offset int64 // from the part's clock to the take's
	var pausedAt int64
	paused := false
	take := func(rec record, at int64, damaged bool) {
		if rec.kind == kindHead {
			if head == nil {
				head, offset = s.begin(rec)
			}
			return
		}
		if head == nil || rec.at < head.Boot-saneBefore || rec.at > head.Boot+saneAfter {
			return
		}
		now := rec.at - offset
		if damaged {
			s.holes = append(s.holes, span{s.last, now, "damaged"})
		}
		s.last = max(s.last, now)
		switch rec.kind {
		case kindPacket:
			s.sides[rec.side] = append(s.sides[rec.side], packet{rec.Header, now, index, at + headerSize, int32(len(rec.payload)), isQuiet(rec.payload)})
		case kindPause:
			pausedAt, paused = now, true
		case kindResume, kindEnd:
			if paused {
				s.pauses = append(s.pauses, span{pausedAt, now, ""})
			}
			paused, s.ended = false, rec.kind == kindEnd
		case kindGap:
			if to := gapEnd(rec); to >= rec.at && to <= head.Boot+saneAfter {
				s.holes = append(s.holes, span{now, to - offset, "dropped"})
			}
		}
	}
	err := scan(r, size, take)
	if paused {
		s.pauses = append(s.pauses, span{pausedAt, s.last, ""})
	}
	return err
}

// begin takes the head of a part, and returns it with the offset of its clock; nil if it
// cannot be read. The time since the part before was no recording's (it was stopped) or is
// a hole (the writer died).
func (s *story) begin(rec record) (*Head, int64) {
	var head Head
	if json.Unmarshal(rec.payload, &head) != nil || head.Boot < 0 || head.Boot > int64(100*365*24*time.Hour) {
		return nil, 0
	}
	if !s.started {
		s.started = true
		s.zero, s.boot, s.bootID = head.Wall, head.Boot, head.BootID
		return &head, s.boot
	}
	offset := s.boot
	if head.BootID != s.bootID || head.BootID == "" {
		offset = head.Boot - int64(head.Wall.Sub(s.zero))
	}
	now := head.Boot - offset
	if s.ended {
		s.pauses = append(s.pauses, span{s.last, now, ""})
	} else {
		s.holes = append(s.holes, span{s.last, now, "killed"})
	}
	s.last, s.ended = max(s.last, now), false
	return &head, offset
}

// gapEnd is when the last packet of a gap came.
func gapEnd(rec record) int64 {
	if len(rec.payload) != 8 {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(rec.payload))
}

// isQuiet reports whether nobody would miss a moment of it: no sample of the mu-law is
// louder than 1/80 of full scale, which is -38 dB.
func isQuiet(voice []byte) bool {
	for _, b := range voice {
		if b&0x7f < 0x5f {
			return false
		}
	}
	return true
}

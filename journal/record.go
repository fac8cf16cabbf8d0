package journal

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"time"

	"presszero/call"
)

const (
	headerSize = 8
	// maxRecord bounds a payload. A length beyond it is damage, so a broken
	// header cannot make a reader allocate without limit.
	maxRecord = 16 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum covers the length too: a record that lies about its size is damaged.
func checksum(length, payload []byte) uint32 {
	return crc32.Update(crc32.Checksum(length, castagnoli), castagnoli, payload)
}

// appendRecord adds the entry to b as one record.
func appendRecord(b []byte, e call.Entry) ([]byte, error) {
	payload, err := json.Marshal(e)
	if err != nil {
		return b, fmt.Errorf("journal: the fact %s of %s cannot be written as JSON: %w", e.Fact.Kind(), e.Call, err)
	}
	if len(payload) > maxRecord {
		return b, fmt.Errorf("journal: the fact %s of %s has %d bytes; at most %d can be kept", e.Fact.Kind(), e.Call, len(payload), maxRecord)
	}
	var head [headerSize]byte
	binary.LittleEndian.PutUint32(head[:4], uint32(len(payload)))
	binary.LittleEndian.PutUint32(head[4:], checksum(head[:4], payload))
	return append(append(b, head[:]...), payload...), nil
}

// reader reads the records of one segment.
type reader struct {
	br      *bufio.Reader
	pos     int64 // just behind the record returned last (or skipped)
	good    int64 // just behind the last good record
	limit   int64
	damaged int // records that were skipped, or 1 for a lost rest
	payload []byte
}

// newReader reads f from pos up to limit.
func newReader(f io.ReaderAt, pos, limit int64) *reader {
	buffer := max(headerSize, min(int(limit-pos), 256<<10))
	return &reader{br: bufio.NewReaderSize(io.NewSectionReader(f, pos, limit-pos), buffer), pos: pos, good: pos, limit: limit}
}

// nextRecord returns the payload of the next good record, valid until the next
// call, or io.EOF. A record with a wrong checksum is skipped and counted; a
// record that ends beyond the segment is a torn tail, which is its end.
func (r *reader) nextRecord() ([]byte, error) {
	for {
		head, err := r.br.Peek(headerSize)
		if err != nil {
			return nil, asEOF(err)
		}
		n := int64(binary.LittleEndian.Uint32(head))
		want := binary.LittleEndian.Uint32(head[4:])
		if n == 0 || n > maxRecord {
			r.damaged++
			return nil, io.EOF // where the next record begins cannot be known
		}
		if r.pos+headerSize+n > r.limit {
			return nil, io.EOF
		}
		sum := crc32.Checksum(head[:4], castagnoli)
		if _, err := r.br.Discard(headerSize); err != nil {
			return nil, asEOF(err)
		}
		if int64(cap(r.payload)) < n {
			r.payload = make([]byte, n)
		}
		r.payload = r.payload[:n]
		if _, err := io.ReadFull(r.br, r.payload); err != nil {
			return nil, asEOF(err)
		}
		r.pos += headerSize + n
		if crc32.Update(sum, castagnoli, r.payload) != want {
			r.damaged++
			continue
		}
		r.good = r.pos
		return r.payload, nil
	}
}

// asEOF makes one end of the two that io knows.
func asEOF(err error) error {
	if err == io.ErrUnexpectedEOF {
		return io.EOF
	}
	return err
}

// decode reads a payload. A known fact whose data this version cannot read is
// kept as call.Unknown: it is still shipped, and no decision rests on it.
func decode(payload []byte) (call.Entry, error) {
	var e call.Entry
	err := json.Unmarshal(payload, &e)
	if err == nil {
		return e, nil
	}
	var raw struct {
		Call call.ID         `json:"call"`
		Day  call.Day        `json:"day"`
		Seq  int             `json:"seq"`
		At   time.Time       `json:"at"`
		Kind string          `json:"kind"`
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(payload, &raw) != nil || raw.Kind == "" {
		return call.Entry{}, fmt.Errorf("journal: a record is no entry: %w", err)
	}
	return call.Entry{Call: raw.Call, Day: raw.Day, Seq: raw.Seq, At: raw.At,
		Fact: call.Unknown{Name: raw.Kind, Data: raw.Data}}, nil
}

// decidedAt reads when a payload's fact was decided; the zero time if it does
// not say.
func decidedAt(payload []byte) time.Time {
	_, rest, _ := bytes.Cut(payload, []byte(`,"at":"`))
	text, _, _ := bytes.Cut(rest, []byte(`"`))
	at, _ := time.Parse(time.RFC3339Nano, string(text))
	return at
}

// callAndKind reads the call and the kind of a payload. Entries as we write them
// begin with the call and have the kind within the first bytes, so that a
// day's journal is looked through without decoding it.
func callAndKind(payload []byte) (call.ID, string) {
	if rest, ok := bytes.CutPrefix(payload, []byte(`{"call":"`)); ok {
		if id, rest, ok := bytes.Cut(rest, []byte(`","day":"`)); ok && bytes.IndexByte(id, '\\') < 0 {
			if _, rest, ok = bytes.Cut(rest, []byte(`,"kind":"`)); ok {
				if kind, _, ok := bytes.Cut(rest, []byte(`","data":`)); ok {
					return call.ID(id), string(kind)
				}
			}
		}
	}
	var l struct {
		Call call.ID `json:"call"`
		Kind string  `json:"kind"`
	}
	_ = json.Unmarshal(payload, &l) // no entry: belongs to no call
	return l.Call, l.Kind
}

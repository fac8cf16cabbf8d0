package capture

import (
	"encoding/binary"
	"hash/crc32"
)

// A part is a file of records without anything between them:
//
//	crc32c u32 │ len u16 │ kind u8 │ side u8 │ ts u32 │ ssrc u32 │ seq u16 │ at u64 │ payload
//
// little-endian; the checksum covers all that follows it. A packet of 20 ms is 186 bytes,
// so a leg makes 67 MB an hour.
const (
	headerSize = 26
	mostVoice  = 2048 // bytes of a packet's payload; larger ones are not kept
	mostHead   = 1<<16 - 1
)

type kind uint8

const (
	kindHead   kind = 1 + iota // payload: the Head as JSON
	kindPacket                 // payload: mu-law
	kindPause
	kindResume
	kindGap // ts packets were not kept; from at to the time that is the payload
	kindEnd
)

// Side says whose voice it is.
type Side uint8

// Left is everything that comes from Asterisk: the caller, and whoever else is in the
// talk. Right is the page's microphone.
const (
	Left Side = iota
	Right
)

// Header is what matters of a packet's RTP header (RFC 3550 section 5.1).
type Header struct {
	Seq       uint16
	Timestamp uint32 // in samples of 8 kHz
	SSRC      uint32
}

type record struct {
	kind kind
	side Side
	Header
	at      int64 // nanoseconds on the boot clock
	payload []byte
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendRecord(b []byte, r record) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(r.payload)))
	b = append(b, byte(r.kind), byte(r.side))
	b = binary.LittleEndian.AppendUint32(b, r.Timestamp)
	b = binary.LittleEndian.AppendUint32(b, r.SSRC)
	b = binary.LittleEndian.AppendUint16(b, r.Seq)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.at))
	b = append(b, r.payload...)
	binary.LittleEndian.PutUint32(b[start:], crc32.Checksum(b[start+4:], castagnoli))
	return b
}

// sizeOf is the size of the record whose first headerSize bytes are in b; 0 if no record
// looks like that. It keeps a reader that searches in damage from checking much.
func sizeOf(b []byte) int {
	length, most := int(binary.LittleEndian.Uint16(b[4:])), mostVoice
	k := kind(b[6])
	if k == kindHead {
		most = mostHead
	}
	if k < kindHead || k > kindEnd || b[7] > byte(Right) || length > most {
		return 0
	}
	return headerSize + length
}

// readRecord reads the record that is b; false if it is damaged. The payload is b's.
func readRecord(b []byte) (record, bool) {
	if crc32.Checksum(b[4:], castagnoli) != binary.LittleEndian.Uint32(b) {
		return record{}, false
	}
	return record{
		kind: kind(b[6]), side: Side(b[7]),
		Header: Header{
			Timestamp: binary.LittleEndian.Uint32(b[8:]),
			SSRC:      binary.LittleEndian.Uint32(b[12:]),
			Seq:       binary.LittleEndian.Uint16(b[16:]),
		},
		at:      int64(binary.LittleEndian.Uint64(b[18:])),
		payload: b[headerSize:],
	}, true
}

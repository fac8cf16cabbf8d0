package media

import (
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// An RTP stream as one receiver hears it, and the splice that makes one stream
// of several sources.

const (
	headerLen = 12   // fixed part of the RTP header, RFC 3550 section 5.1
	clockRate = 8000 // G.711's timestamp units in a second
	frame     = 160  // units in the usual packet of 20 ms
)

// Payload types of G.711, RFC 3551 table 4.
const (
	payloadPCM  = 0 // PCMU
	payloadALaw = 8 // PCMA
)

// packet is a parsed view of one RTP packet; payload points into the buffer it
// was read into.
type packet struct {
	payloadType uint8
	marker      bool
	seq         uint16
	timestamp   uint32
	ssrc        uint32
	start, end  int // the payload is buf[start:end]
}

// parse reads the RTP header of buf without allocating. It reports false for
// anything that is not a whole RTP packet with a payload.
func parse(buf []byte) (p packet, ok bool) {
	if len(buf) < headerLen || buf[0]>>6 != 2 {
		return p, false
	}
	p.marker = buf[1]&0x80 != 0
	p.payloadType = buf[1] & 0x7f
	p.seq = binary.BigEndian.Uint16(buf[2:])
	p.timestamp = binary.BigEndian.Uint32(buf[4:])
	p.ssrc = binary.BigEndian.Uint32(buf[8:])
	p.start, p.end = headerLen+4*int(buf[0]&0x0f), len(buf)
	if buf[0]&0x10 != 0 { // header extension, section 5.3.1
		if p.start+4 > len(buf) {
			return p, false
		}
		p.start += 4 + 4*int(binary.BigEndian.Uint16(buf[p.start+2:]))
	}
	if buf[0]&0x20 != 0 { // padding; its last octet is its length
		p.end -= int(buf[len(buf)-1])
	}
	return p, p.start < p.end
}

// isRTCP tells RTCP from RTP on one port (RFC 5761 section 4).
func isRTCP(buf []byte) bool { return len(buf) > 1 && buf[1] >= 192 && buf[1] < 224 }

// putHeader writes a plain header (no CSRC, no extension) in the headerLen
// bytes of h.
func putHeader(h []byte, payload uint8, marker bool, seq uint16, timestamp, ssrc uint32) {
	h[0], h[1] = 2<<6, payload
	if marker {
		h[1] |= 0x80
	}
	binary.BigEndian.PutUint16(h[2:], seq)
	binary.BigEndian.PutUint32(h[4:], timestamp)
	binary.BigEndian.PutUint32(h[8:], ssrc)
}

// splice joins one source after another (callers of one agent, connections of
// one page) into a stream that a jitter buffer takes for a single one. Within
// a source, sequence numbers and timestamps keep their distances, so losses
// and pauses stay visible to the receiver. The zero value starts at random, as
// RFC 3550 section 5.1 asks.
type splice struct {
	started    bool
	source     source
	seqOffset  uint16
	timeOffset uint32

	lastSeq  uint16 // newest that was given out
	lastTime uint32
	lastAt   time.Time // when that was
}

// source is what must stay the same for numbers to be continued as they are.
type source struct {
	turn *turn
	ssrc uint32
}

// rewrite gives the outgoing sequence number and timestamp of a packet, and
// whether it is the first of its source: the receiver is then told by the
// marker that it may adapt.
func (s *splice) rewrite(from source, seq uint16, timestamp uint32, now time.Time) (uint16, uint32, bool) {
	first := !s.started || s.source != from
	switch {
	case !s.started:
		s.started = true
		s.seqOffset, s.timeOffset = uint16(rand.Uint32()), rand.Uint32()
	case first:
		// The pause between the sources appears as elapsed time, never less
		// than one packet: a timestamp that repeats would be thrown away.
		elapsed := max(now.Sub(s.lastAt)*clockRate/time.Second, frame)
		s.seqOffset = s.lastSeq + 1 - seq
		s.timeOffset = s.lastTime + uint32(elapsed) - timestamp
	}
	s.source = from
	seq += s.seqOffset
	timestamp += s.timeOffset
	if first || int16(seq-s.lastSeq) > 0 {
		s.lastSeq, s.lastTime, s.lastAt = seq, timestamp, now
	}
	return seq, timestamp, first
}

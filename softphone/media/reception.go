package media

import (
	"sync"
	"time"
)

// reception counts what arrives from one side of a leg. A packet is counted in
// a few nanoseconds under an uncontended lock, by the goroutine that reads it.
type reception struct {
	mu      sync.Mutex
	packets uint64
	bytes   uint64
	sent    uint64
	first   time.Time
	last    time.Time
	pulse   pulse

	// RFC 3550 appendix A.1 and A.8, of the current SSRC.
	ssrc    uint32
	base    uint64 // extended sequence number of its first packet
	highest uint64 // highest extended sequence number
	got     uint64 // of it; 0: the next packet is its first
	lost    uint64 // of the SSRCs before it
	transit int64
	jitter  float64 // timestamp units
}

// countReceived counts an arrived packet.
func (r *reception) countReceived(p packet, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.packets == 0 {
		r.first = now
	}
	transit := now.Sub(r.first).Nanoseconds()*clockRate/int64(time.Second) - int64(p.timestamp)
	if r.got == 0 || p.ssrc != r.ssrc {
		r.lost += r.missing()
		r.ssrc = p.ssrc
		r.base, r.highest, r.got = uint64(p.seq)+1<<16, uint64(p.seq)+1<<16, 0
		r.transit = transit
	}
	extended := r.highest + uint64(int64(int16(p.seq-uint16(r.highest))))
	r.highest = max(r.highest, extended)
	r.base = min(r.base, extended)
	r.got++
	// A jump of a second or more is a new talk spurt, not jitter.
	if d := transit - r.transit; d > -clockRate && d < clockRate {
		r.jitter += (float64(max(d, -d)) - r.jitter) / 16
	}
	r.transit = transit
	r.packets++
	r.bytes += uint64(p.end - p.start)
	r.pulse.beat(r.last, now)
	r.last = now
}

// skip has the packets that went elsewhere until now not count as lost.
func (r *reception) skip() {
	r.mu.Lock()
	r.lost += r.missing()
	r.got = 0
	r.mu.Unlock()
}

// countForwarded counts a packet that was forwarded.
func (r *reception) countForwarded() {
	r.mu.Lock()
	r.sent++
	r.mu.Unlock()
}

// missing is how many packets of the current SSRC have not come.
func (r *reception) missing() uint64 {
	if r.got == 0 {
		return 0
	}
	expected := r.highest - r.base + 1
	return expected - min(r.got, expected) // duplicates can make got the larger
}

// lastHeard is when the newest packet came; zero if none did.
func (r *reception) lastHeard() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// snapshot is the state of the count.
func (r *reception) snapshot() Flow {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Flow{
		Packets: r.packets,
		Bytes:   r.bytes,
		Sent:    r.sent,
		Lost:    r.lost + r.missing(),
		Jitter:  time.Duration(r.jitter * float64(time.Second) / clockRate),
		First:   r.first,
		Last:    r.last,
	}
}

// heard is the count in the terms of RTCP, of the current SSRC.
type heard struct {
	ssrc          uint32
	expected, got uint64
	highest       uint64 // extended sequence number, starting in cycle 1
	jitter        float64
}

func (r *reception) report() heard {
	r.mu.Lock()
	defer r.mu.Unlock()
	return heard{r.ssrc, r.highest - r.base + 1, r.got, r.highest, r.jitter}
}

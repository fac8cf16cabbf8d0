package customer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/pion/rtp"

	"presszero/internal/audio"
	"presszero/internal/customer/internal/digit"
)

// ErrEnded says that the call ended before the awaited sound or digit came.
var ErrEnded = errors.New("customer: the call has ended")

const (
	// remembered is how many packets an ear keeps unless told otherwise: five
	// minutes, some 4 MB.
	remembered = 5 * 60 * 50
	// steady is how many frames in a row make a tone: a syllable may look like
	// one for 20 ms.
	steady = 3
)

// heard is one packet that arrived.
type heard struct {
	at    time.Time
	ulaw  []byte // its sound; none in a telephone event
	digit rune   // set in the first packet of a digit
}

func (h heard) samples() []int16 { return audio.AppendFromUlaw(nil, h.ulaw) }
func (h heard) silent() bool     { return len(h.ulaw) == 0 || audio.Silent(h.samples()) }

// An ear remembers each packet with the time of its arrival. A test asks by a
// search in this memory, so it may ask after the sound has come and still gets
// the time of its arrival.
type ear struct {
	keep int

	mu        sync.Mutex
	memory    []heard
	forgotten int           // packets dropped from the front of memory
	changed   chan struct{} // closed at the next packet; nil while nobody waits
	ended     time.Time
	lastEvent uint32 // RTP timestamp of the last digit: its packets share it
	anyEvent  bool
}

func newEar(keep int) *ear {
	if keep <= 0 {
		keep = remembered
	}
	return &ear{keep: keep}
}

// listen takes packets from the socket until it is closed.
func (e *ear) listen(socket *wire) {
	buffer := make([]byte, 1500)
	for {
		n, _, err := socket.ReadFromUDPAddrPort(buffer)
		at := time.Now()
		if errors.Is(err, net.ErrClosed) {
			e.stopListening(at)
			return
		}
		if err != nil {
			continue
		}
		raw, err := socket.decrypt(buffer[:n])
		var packet rtp.Packet
		if err == nil && packet.Unmarshal(raw) == nil && packet.Version == 2 {
			e.takePacket(at, &packet)
		}
	}
}

func (e *ear) takePacket(at time.Time, packet *rtp.Packet) {
	e.mu.Lock()
	defer e.mu.Unlock()
	h := heard{at: at}
	switch {
	case packet.PayloadType == payloadUlaw:
		h.ulaw = append(h.ulaw, packet.Payload...)
	case packet.PayloadType == payloadAlaw:
		h.ulaw = append(h.ulaw, packet.Payload...)
		audio.AlawToUlaw(h.ulaw)
	case packet.PayloadType >= 96: // dynamic: we offered nothing but events there
		h.digit = e.newDigit(packet)
	default:
		return // comfort noise and what we never asked for
	}
	e.memory = append(e.memory, h)
	if len(e.memory) >= 2*e.keep { // seldom, so that it costs little
		e.forgotten += len(e.memory) - e.keep
		e.memory = append([]heard(nil), e.memory[len(e.memory)-e.keep:]...)
	}
	e.wakeWaiters()
}

// newDigit says which digit begins with this packet, 0 when none does.
func (e *ear) newDigit(packet *rtp.Packet) rune {
	key, ok := digit.Key(packet.Payload)
	if !ok || e.anyEvent && packet.Timestamp == e.lastEvent {
		return 0
	}
	e.anyEvent, e.lastEvent = true, packet.Timestamp
	return key
}

func (e *ear) stopListening(at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = at
	e.wakeWaiters()
}

func (e *ear) wakeWaiters() {
	if e.changed != nil {
		close(e.changed)
		e.changed = nil
	}
}

// since returns what arrived from the i-th packet of the call on, the number
// of the next one, and what will be closed when it is there.
func (e *ear) since(i int) (news []heard, next int, changed <-chan struct{}, ended bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.changed == nil {
		e.changed = make(chan struct{})
	}
	from := max(i-e.forgotten, 0)
	return e.memory[from:len(e.memory):len(e.memory)], e.forgotten + len(e.memory), e.changed, !e.ended.IsZero()
}

// everything returns all packets that are remembered.
func (e *ear) everything() []heard {
	news, _, _, _ := e.since(0)
	return news
}

// lastSecond tells in words what a search for these tones had to do with.
func (e *ear) lastSecond(hz []float64) string {
	packets, sounds := 0, make([]int, len(hz))
	for _, h := range e.everything() {
		if time.Since(h.at) > time.Second {
			continue
		}
		packets++
		for i, f := range hz {
			if !h.silent() && audio.Level(h.samples(), f) > 0.1 {
				sounds[i]++
			}
		}
	}
	return fmt.Sprintf("of the last second there are %d packets, with these tones: %v", packets, sounds)
}

// A search looks for a number of packets in a row, after a moment, that all pass
// the same check.
type search struct {
	after time.Time
	row   int
	like  func(heard) bool

	found int
	first heard
}

// complete searches the new packets and reports whether the row is complete.
func (s *search) complete(news []heard) bool {
	for _, h := range news {
		if !h.at.After(s.after) {
			continue
		}
		if !s.like(h) {
			s.found = 0
			continue
		}
		if s.found == 0 {
			s.first = h
		}
		if s.found++; s.found == s.row {
			return true
		}
	}
	return false
}

// waitFor waits until the search succeeds and returns the first packet of the row.
func (e *ear) waitFor(ctx context.Context, s search) (heard, error) {
	for i := 0; ; {
		news, next, changed, ended := e.since(i)
		if s.complete(news) {
			return s.first, nil
		}
		if ended {
			return heard{}, ErrEnded
		}
		i = next
		select {
		case <-changed:
		case <-ctx.Done():
			return heard{}, ctx.Err()
		}
	}
}

func tones(after time.Time, hz []float64) search {
	return search{after: after, row: steady, like: func(h heard) bool {
		for _, present := range audio.Present(h.samples(), hz...) {
			if !present {
				return false
			}
		}
		return len(hz) > 0
	}}
}

// longest is the longest time between two packets that count. With from zero
// it begins at the first of them, otherwise at from; with to zero it ends now,
// or when the call ended.
func (e *ear) longest(from, to time.Time, counts func(heard) bool) time.Duration {
	memory := e.everything()
	e.mu.Lock()
	end := e.ended
	e.mu.Unlock()
	if end.IsZero() {
		end = time.Now()
	}
	if !to.IsZero() && to.Before(end) {
		end = to
	}
	last, longest := from, time.Duration(0)
	for _, h := range memory {
		if h.at.Before(from) || h.at.After(end) || !counts(h) {
			continue
		}
		if !last.IsZero() {
			longest = max(longest, h.at.Sub(last))
		}
		last = h.at
	}
	if !last.IsZero() {
		longest = max(longest, end.Sub(last))
	}
	return longest
}

// Package digit knows a pressed telephone key as it travels in RTP.
//
// It is a telephone event (RFC 4733): while the key is down, a packet every
// 20 ms that says how long it has been down; then the last packet three times,
// marked as the end, because each of them may get lost. All of them carry the
// time at which the key went down, so a receiver knows them for one.
//
//	packet    0    1    2    3    4    5    6
//	          └────── Down ─────┘ └──── End ───┘   then Pause packets of sound
//	samples  160  320  480  640  800  800  800
package digit

import (
	"encoding/binary"
	"fmt"
	"strings"

	"presszero/internal/audio"
)

const (
	// Keys are the digits in the order of their event numbers.
	Keys = "0123456789*#ABCD"

	Down    = 4 // packets while the key is down...
	End     = 3 // ...and at its end: 100 ms in all, more than any receiver needs
	Packets = Down + End
	Pause   = 3 // packets between two keys: receivers want at least 40 ms

	volume  = 10 // -10 dBm0
	endMark = 0x80
)

// Event is a key's event number.
func Event(key rune) (uint8, error) {
	i := strings.IndexRune(Keys, key)
	if i < 0 {
		return 0, fmt.Errorf("no telephone has the key %q: use one of %s", key, Keys)
	}
	return uint8(i), nil
}

// Payload is the n-th of a key's Packets.
func Payload(event uint8, n int) []byte {
	flags, samples := byte(volume), (n+1)*audio.FrameSamples
	if n >= Down {
		flags |= endMark
		samples = (Down + 1) * audio.FrameSamples
	}
	return binary.BigEndian.AppendUint16([]byte{event, flags}, uint16(samples))
}

// Key reads the key in an event's payload; false for what is no key: a hook
// flash, fax tones, rubbish.
func Key(payload []byte) (rune, bool) {
	if len(payload) < 4 || int(payload[0]) >= len(Keys) {
		return 0, false
	}
	return rune(Keys[payload[0]]), true
}

package customer

import (
	"encoding/binary"
	"fmt"
	"strings"

	"presszero/audio"
)

// A digit is a telephone event (RFC 4733): while the key is down, a packet
// every 20 ms that says how long it has been down; then the last packet three
// times, marked as the end, because each of them may get lost. All of them
// carry the time at which the key went down, so a receiver knows them for one.

const (
	digits = "0123456789*#ABCD" // in the order of their event numbers

	framesDown   = 4 // packets while the key is down...
	framesEnd    = 3 // ...and at its end: 100 ms in all, beyond what any receiver needs
	framesAfter  = 3 // between two keys: receivers want at least 40 ms
	eventVolume  = 10
	eventEndMark = 0x80
)

func eventOf(digit rune) (uint8, error) {
	i := strings.IndexRune(digits, digit)
	if i < 0 {
		return 0, fmt.Errorf("customer: no telephone has the key %q: use one of %s", digit, digits)
	}
	return uint8(i), nil
}

// eventPayload is the n-th of framesDown+framesEnd packets.
func eventPayload(event uint8, n int) []byte {
	volume, samples := byte(eventVolume), (n+1)*audio.FrameSamples
	if n >= framesDown {
		volume |= eventEndMark
		samples = (framesDown + 1) * audio.FrameSamples
	}
	return binary.BigEndian.AppendUint16([]byte{event, volume}, uint16(samples))
}

// digitOf reads the digit in an event's payload.
func digitOf(payload []byte) (rune, bool) {
	if len(payload) < 4 || int(payload[0]) >= len(digits) {
		return 0, false // hook flash, fax tones, rubbish
	}
	return rune(digits[payload[0]]), true
}

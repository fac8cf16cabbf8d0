package media

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// MaxOffer is the longest SDP offer that is looked at, in bytes. A browser's
// offer of one audio line has about 2,000.
const MaxOffer = 64 << 10

// checkOffer refuses what a softphone page never sends, before the WebRTC
// library works on it, and returns the offer without its candidates: they are
// not needed, because an ICE-lite server answers checks and starts none
// (RFC 8445 section 2.5), and an address that a page names is no reason for us
// to send anything there.
func checkOffer(offer string) (string, error) {
	if len(offer) > MaxOffer {
		return "", refuse("it has %d bytes, at most %d are accepted", len(offer), MaxOffer)
	}
	var session sdp.SessionDescription
	if err := session.UnmarshalString(offer); err != nil {
		return "", refuse("it is not SDP (%v)", err)
	}
	if n := len(session.MediaDescriptions); n != 1 {
		return "", refuse("it has %d media lines, a softphone offers exactly one, audio", n)
	}
	audio := session.MediaDescriptions[0]
	if kind := audio.MediaName.Media; kind != "audio" {
		return "", refuse("its media line is %.20q, it must be audio", kind)
	}
	if !offersPCMU(audio) {
		return "", refuse("it has no PCMU (G.711 mu-law), the only codec spoken here")
	}
	for _, name := range []string{"sendonly", "recvonly", "inactive"} {
		if _, found := audio.Attribute(name); found {
			return "", refuse("it is %s, a conversation needs sendrecv", name)
		}
	}
	for _, name := range []string{"ice-ufrag", "ice-pwd", "fingerprint"} {
		_, inMedia := audio.Attribute(name)
		if _, inSession := session.Attribute(name); !inMedia && !inSession {
			return "", refuse("it lacks a=%s, so it is not a WebRTC offer", name)
		}
	}
	return withoutCandidates(offer), nil
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrOffer, fmt.Sprintf(format, args...))
}

// offersPCMU reports whether payload type 0 is among the formats; it is PCMU
// for everybody, with or without an rtpmap line (RFC 3551 section 6).
func offersPCMU(audio *sdp.MediaDescription) bool {
	for _, format := range audio.MediaName.Formats {
		if format == strconv.Itoa(payloadPCM) {
			return true
		}
	}
	return false
}

func withoutCandidates(offer string) string {
	var kept strings.Builder
	kept.Grow(len(offer))
	for line := range strings.Lines(offer) {
		if strings.HasPrefix(line, "a=candidate:") || strings.HasPrefix(line, "a=remote-candidates:") {
			continue
		}
		kept.WriteString(line)
	}
	return kept.String()
}

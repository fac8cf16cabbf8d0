package media

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// MaxOffer is the longest SDP offer that is looked at, in bytes. A browser's
// offer of one audio line has about 2,000.
const MaxOffer = 64 << 10

// offer is all that an answer needs to know of a page's offer. The WebRTC
// library is given this, written out afresh, and never the page's own text: a
// panic there would end everybody's conversation, and a page has no need to
// say anything else. Its candidates are left out as well: an ICE-lite server
// answers checks and starts none (RFC 8445 section 2.5), and an address that a
// page names is no reason for us to send anything there.
type offer struct {
	mid         string // names the media line, RFC 5888
	ufrag, pwd  string // RFC 8839 section 5.4
	fingerprint string // of the page's DTLS certificate, RFC 8122
	bundle      bool   // RFC 9143; the answer may say it only if the offer does
	ssrc        uint32 // of the microphone; 0 if not told
}

// The forms that the values may have, by the grammars of their RFCs.
var (
	validMid         = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)
	validUfrag       = regexp.MustCompile(`^[A-Za-z0-9+/]{4,256}$`)
	validPwd         = regexp.MustCompile(`^[A-Za-z0-9+/]{22,256}$`)
	validFingerprint = regexp.MustCompile(`^sha-(256|384|512) ([0-9A-Fa-f]{2}:){31,63}[0-9A-Fa-f]{2}$`)
)

// readOffer takes the needed values from an SDP text. It refuses an offer that no
// softphone page sends, with a sentence that says what is wrong.
func readOffer(text string) (offer, error) {
	if len(text) > MaxOffer {
		return offer{}, refuse("it has %d bytes, at most %d are accepted", len(text), MaxOffer)
	}
	var session sdp.SessionDescription
	if err := session.UnmarshalString(text); err != nil {
		return offer{}, refuse("it is not SDP (%.200v)", err)
	}
	audio, err := audioOf(session)
	if err != nil {
		return offer{}, err
	}
	o := offer{ssrc: microphone(audio)}
	group, _ := session.Attribute("group")
	for _, a := range slices.Concat(session.Attributes, audio.Attributes) {
		switch a.Key {
		case "mid":
			o.mid = a.Value
		case "ice-ufrag":
			o.ufrag = a.Value
		case "ice-pwd":
			o.pwd = a.Value
		case "fingerprint":
			o.fingerprint = a.Value
		case "sendonly", "recvonly", "inactive":
			return offer{}, refuse("it is %s, a conversation needs sendrecv", a.Key)
		case "setup":
			if a.Value != "actpass" { // RFC 8842 section 5.2
				return offer{}, refuse("its a=setup is %.20q, an offer's must be actpass", a.Value)
			}
		}
	}
	o.bundle = strings.HasPrefix(group, "BUNDLE") && slices.Contains(strings.Fields(group), o.mid)
	return o, o.check()
}

// audioOf is the one media line, audio with PCMU.
func audioOf(session sdp.SessionDescription) (*sdp.MediaDescription, error) {
	if n := len(session.MediaDescriptions); n != 1 {
		return nil, refuse("it has %d media lines, a softphone offers exactly one, audio", n)
	}
	audio := session.MediaDescriptions[0]
	if kind := audio.MediaName.Media; kind != "audio" {
		return nil, refuse("its media line is %.20q, it must be audio", kind)
	}
	// Payload type 0 is PCMU for everybody, RFC 3551 section 6.
	if !slices.Contains(audio.MediaName.Formats, "0") {
		return nil, refuse("it has no PCMU (G.711 mu-law, payload type 0), the only codec spoken here")
	}
	return audio, nil
}

// check looks at the values that go into the library.
func (o offer) check() error {
	for _, must := range []struct {
		name, value string
		valid       *regexp.Regexp
	}{
		{"a=mid", o.mid, validMid},
		{"a=ice-ufrag", o.ufrag, validUfrag},
		{"a=ice-pwd", o.pwd, validPwd},
		{"a=fingerprint", o.fingerprint, validFingerprint},
	} {
		if !must.valid.MatchString(must.value) {
			return refuse("its %s is missing or malformed, so it is not a browser's WebRTC offer", must.name)
		}
	}
	return nil
}

// microphone is the SSRC that the offer declares, RFC 5576.
func microphone(audio *sdp.MediaDescription) uint32 {
	value, _ := audio.Attribute("ssrc")
	number, _, _ := strings.Cut(value, " ")
	ssrc, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(ssrc)
}

// describe is the SDP that is given to the WebRTC library.
func (o offer) describe() string {
	var b strings.Builder
	b.WriteString("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n")
	if o.bundle {
		fmt.Fprintf(&b, "a=group:BUNDLE %s\r\n", o.mid)
	}
	b.WriteString("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:0 PCMU/8000\r\n" +
		"a=rtcp-mux\r\na=sendrecv\r\na=setup:actpass\r\n")
	fmt.Fprintf(&b, "a=mid:%s\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:%s\r\na=msid:page microphone\r\n",
		o.mid, o.ufrag, o.pwd, o.fingerprint)
	if o.ssrc != 0 {
		fmt.Fprintf(&b, "a=ssrc:%d cname:page\r\n", o.ssrc)
	}
	return b.String()
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrOffer, fmt.Sprintf(format, args...))
}

package media

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pion/ice/v4"
	"github.com/pion/sdp/v3"
)

// MaxOffer is the longest SDP offer that is looked at, in bytes. A browser's
// offer of two audio lines has about 4,000.
const MaxOffer = 64 << 10

// offer is all that an answer needs to know of a page's offer. Nothing else of it is
// looked at, its candidates neither: an ICE-lite server answers checks and starts none
// (RFC 8445 section 2.5), and an address that a page names is no reason for us to send
// anything there.
type offer struct {
	lines       []offered
	ufrag, pwd  string // RFC 8839 section 5.4
	fingerprint string // of the page's DTLS certificate, RFC 8122
	bundle      bool   // RFC 9143; the answer may say it only if the offer does
	bursts      bool   // the page can send bursts of voice while none is due
}

// offered is a media line of an offer. The first is the conversation's: it sends the
// microphone, or only receives, on the page of a listener. The second, which pages of
// protocol version 1 do not have, only receives.
type offered struct {
	mid      string // names the media line, RFC 5888
	recvonly bool
}

// MaxLines is how many audio lines a page's offer may have.
const MaxLines = 2

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
	if n := len(session.MediaDescriptions); n < 1 || n > MaxLines {
		return offer{}, refuse("it has %d media lines, a softphone offers one or two, audio", n)
	}
	var o offer
	for _, audio := range session.MediaDescriptions {
		if err := o.readLine(session, audio); err != nil {
			return offer{}, err
		}
	}
	group, _ := session.Attribute("group")
	mids := strings.Fields(group)
	o.bundle = strings.HasPrefix(group, "BUNDLE")
	for _, line := range o.lines {
		o.bundle = o.bundle && slices.Contains(mids, line.mid)
	}
	return o, errors.Join(o.checkLines(), o.check())
}

// checkLines: one line is a conversation's; a second has the same transport, and only
// receives.
func (o *offer) checkLines() error {
	if len(o.lines) == 1 && o.lines[0].recvonly {
		return refuse("it is recvonly, a conversation needs sendrecv")
	}
	if len(o.lines) == 2 && (!o.bundle || !o.lines[1].recvonly) {
		return refuse("its second line is not recvonly, or not bundled with the first")
	}
	return nil
}

// readLine reads a media line, which must be audio with PCMU. What stands for the
// whole session stands for each line.
func (o *offer) readLine(session sdp.SessionDescription, audio *sdp.MediaDescription) error {
	if kind := audio.MediaName.Media; kind != "audio" {
		return refuse("its media line is %.20q, it must be audio", kind)
	}
	// Payload type 0 is PCMU for everybody, RFC 3551 section 6.
	if !slices.Contains(audio.MediaName.Formats, "0") {
		return refuse("it has no PCMU (G.711 mu-law, payload type 0), the only codec spoken here")
	}
	var line offered
	for _, a := range slices.Concat(session.Attributes, audio.Attributes) {
		switch a.Key {
		case "mid":
			line.mid = a.Value
		case "recvonly":
			line.recvonly = true
		case Bursts:
			o.bursts = true
		case "sendonly", "inactive":
			return refuse("it is %s, a conversation needs sendrecv", a.Key)
		case "setup":
			if a.Value != "actpass" { // RFC 8842 section 5.2
				return refuse("its a=setup is %.20q, an offer's must be actpass", a.Value)
			}
		}
		if len(o.lines) == 0 {
			o.readTransport(a)
		}
	}
	if slices.ContainsFunc(o.lines, func(other offered) bool { return other.mid == line.mid }) {
		return refuse("two lines have the same a=mid")
	}
	o.lines = append(o.lines, line)
	return nil
}

// readTransport reads what the first line says of the one transport (RFC 9143).
func (o *offer) readTransport(a sdp.Attribute) {
	switch a.Key {
	case "ice-ufrag":
		o.ufrag = a.Value
	case "ice-pwd":
		o.pwd = a.Value
	case "fingerprint":
		o.fingerprint = a.Value
	}
}

// check looks at the values that go into the library.
func (o offer) check() error {
	type value struct {
		name, value string
		valid       *regexp.Regexp
	}
	values := []value{
		{"a=ice-ufrag", o.ufrag, validUfrag},
		{"a=ice-pwd", o.pwd, validPwd},
		{"a=fingerprint", o.fingerprint, validFingerprint},
	}
	for _, line := range o.lines {
		values = append(values, value{"a=mid", line.mid, validMid})
	}
	for _, must := range values {
		if !must.valid.MatchString(must.value) {
			return refuse("its %s is missing or malformed, so it is not a browser's WebRTC offer", must.name)
		}
	}
	return nil
}

// answer is the answering side of JSEP (RFC 8829 section 5.3): the same lines, with our
// candidates and the identities of what is heard on each.
func (o offer) answer(ufrag, pwd, identity string, ssrcs []uint32, candidates []ice.Candidate) string {
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- %d 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n", ssrcs[0])
	if o.bundle {
		b.WriteString("a=group:BUNDLE")
		for _, line := range o.lines {
			b.WriteString(" " + line.mid)
		}
		b.WriteString("\r\n")
	}
	for n, line := range o.lines {
		direction, name := "sendrecv", []string{"caller", "side"}[n]
		if line.recvonly {
			direction = "sendonly"
		}
		fmt.Fprintf(&b, "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:0 PCMU/8000\r\n"+
			"a=rtcp-mux\r\na=%s\r\na=setup:active\r\na=mid:%s\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:%s\r\n",
			direction, line.mid, ufrag, pwd, identity)
		// A stream each: a browser takes any track of a stream.
		fmt.Fprintf(&b, "a=msid:%s %s\r\na=ssrc:%d cname:presszero\r\na=ssrc:%d msid:%s %s\r\n",
			name, name, ssrcs[n], ssrcs[n], name, name)
		if n == 0 {
			for _, c := range candidates {
				fmt.Fprintf(&b, "a=candidate:%s\r\n", c.Marshal())
			}
			b.WriteString("a=end-of-candidates\r\n")
		}
	}
	if o.bursts {
		b.WriteString("a=" + Bursts + "\r\n")
	}
	return b.String()
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrOffer, fmt.Sprintf(format, args...))
}

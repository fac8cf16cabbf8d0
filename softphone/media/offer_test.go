package media

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pion/ice/v4"
)

// chromiumOffer is the offer of Chromium with its usual codecs and extensions,
// cut to those that differ in kind.
const chromiumOffer = "v=0\r\no=- 3538 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n" +
	"a=extmap-allow-mixed\r\na=msid-semantic: WMS 5e\r\n" +
	"m=audio 45678 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\nc=IN IP4 192.0.2.1\r\na=rtcp:9 IN IP4 0.0.0.0\r\n" +
	"a=candidate:1 1 udp 2113937151 0c4b.local 45678 typ host generation 0 network-cost 999\r\n" +
	"a=ice-ufrag:vK2e\r\na=ice-pwd:cUYTQRf23zKm8eqcVgmqOzo7\r\na=ice-options:trickle\r\n" +
	"a=fingerprint:sha-256 0B:8A:F1:3A:08:F9:5B:3A:C5:93:97:17:66:5C:5C:3C:E8:4A:C5:93:97:17:66:5C:5C:3C:E8:4A:01:02:03:04\r\n" +
	"a=setup:actpass\r\na=mid:0\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=sendrecv\r\n" +
	"a=msid:5e f0\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=rtpmap:0 PCMU/8000\r\n" +
	"a=ssrc:2881283712 cname:qmeA\r\na=ssrc:2881283712 msid:5e f0\r\n"

const wantAnswer = `v=0
o=- 7 2 IN IP4 0.0.0.0
s=-
t=0 0
a=ice-lite
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 0
c=IN IP4 0.0.0.0
a=rtpmap:0 PCMU/8000
a=rtcp-mux
a=sendrecv
a=setup:active
a=mid:0
a=ice-ufrag:ours
a=ice-pwd:secret
a=fingerprint:sha-256 AB:CD
a=msid:caller caller
a=ssrc:7 cname:presszero
a=ssrc:7 msid:caller caller
a=candidate:1 1 udp 2130706431 192.0.2.7 4000 typ host
a=end-of-candidates
`

// Of all that a browser says, we take what counts, and answer that.
func TestAnswer(t *testing.T) {
	o, err := readOffer(chromiumOffer)
	if err != nil {
		t.Fatal(err)
	}
	want := offer{
		lines: []offered{{mid: "0"}}, ufrag: "vK2e", pwd: "cUYTQRf23zKm8eqcVgmqOzo7", bundle: true,
		fingerprint: "sha-256 0B:8A:F1:3A:08:F9:5B:3A:C5:93:97:17:66:5C:5C:3C:E8:4A:C5:93:97:17:66:5C:5C:3C:E8:4A:01:02:03:04",
	}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("read %+v, want %+v", o, want)
	}
	ours, err := ice.UnmarshalCandidate("1 1 udp 2130706431 192.0.2.7 4000 typ host")
	if err != nil {
		t.Fatal(err)
	}
	answer := o.answer("ours", "secret", "sha-256 AB:CD", []uint32{7}, []ice.Candidate{ours})
	if answer != strings.ReplaceAll(wantAnswer, "\n", "\r\n") {
		t.Errorf("the answer is\n%s", answer)
	}
	o, err = readOffer(chromiumOffer + "a=" + Bursts + "\r\n")
	if err != nil || !o.bursts || o.answer("", "", "", []uint32{7}, nil) == want.answer("", "", "", []uint32{7}, nil) {
		t.Errorf("an offer of bursts is read as %+v, %v", o, err)
	}
}

// secondLine makes chromiumOffer one of two lines, as pages of protocol version 2 send it.
var secondLine = strings.Replace(chromiumOffer, "BUNDLE 0", "BUNDLE 0 1", 1) +
	"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:vK2e\r\na=ice-pwd:cUYTQRf23zKm8eqcVgmqOzo7\r\n" +
	"a=setup:actpass\r\na=mid:1\r\na=recvonly\r\na=rtcp-mux\r\na=rtpmap:0 PCMU/8000\r\n"

func TestOfferOfTwoLines(t *testing.T) {
	o, err := readOffer(secondLine)
	if err != nil {
		t.Fatal(err)
	}
	if want := []offered{{mid: "0"}, {mid: "1", recvonly: true}}; !slices.Equal(o.lines, want) {
		t.Errorf("lines %+v, want %+v", o.lines, want)
	}
	answer := o.answer("ours", "secret", "sha-256 AB:CD", []uint32{7, 8}, nil)
	lines := strings.SplitAfter(answer, "m=audio")
	if len(lines) != 3 || !strings.Contains(answer, "a=group:BUNDLE 0 1\r\n") ||
		!strings.Contains(lines[1], "a=sendrecv") || !strings.Contains(lines[1], "a=ssrc:7 msid:caller caller") ||
		!strings.Contains(lines[2], "a=sendonly") || !strings.Contains(lines[2], "a=ssrc:8 msid:side side") {
		t.Errorf("the answer is\n%s", answer)
	}
	for what, text := range map[string]string{
		"not bundled":     strings.Replace(secondLine, "BUNDLE 0 1", "BUNDLE 0", 1),
		"one mid":         strings.Replace(secondLine, "a=mid:1", "a=mid:0", 1),
		"it speaks":       strings.Replace(secondLine, "a=recvonly", "a=sendrecv", 1),
		"a third line":    secondLine + secondLine[strings.LastIndex(secondLine, "m="):],
		"another medium":  strings.Replace(secondLine, "m=audio 9 ", "m=video 9 ", 1),
		"another codec":   strings.Replace(secondLine, "m=audio 9 UDP/TLS/RTP/SAVPF 0", "m=audio 9 UDP/TLS/RTP/SAVPF 8", 1),
		"malformed a=mid": strings.Replace(secondLine, "a=mid:1", "a=mid:1 1", 1),
	} {
		if _, err := readOffer(text); !errors.Is(err, ErrOffer) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Whatever is accepted is answered by media lines of known attributes.
func FuzzReadOffer(f *testing.F) {
	f.Add(chromiumOffer)
	f.Add(secondLine)
	f.Add(strings.Replace(chromiumOffer, "a=mid:0", "a=mid:0\ra=candidate:1", 1))
	f.Fuzz(func(t *testing.T, text string) {
		o, err := readOffer(text)
		if err != nil {
			return
		}
		for line := range strings.Lines(o.answer("ours", "secret", "sha-256 AB:CD", []uint32{7, 8}, nil)) {
			name, _, _ := strings.Cut(strings.TrimSpace(line), ":")
			switch name {
			case "a=group", "a=rtpmap", "a=rtcp-mux", "a=sendrecv", "a=sendonly", "a=setup", "a=mid", "a=ice-lite",
				"a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=msid", "a=ssrc", "a=end-of-candidates", "a=" + Bursts:
			default:
				if strings.HasPrefix(line, "a=") || strings.Count(line, "\r") != 1 {
					t.Errorf("line %q", line)
				}
			}
		}
	})
}

// The certificate is the one that the offer names, or nothing is said to it.
func TestVerify(t *testing.T) {
	certificate, err := newCertificate()
	if err != nil {
		t.Fatal(err)
	}
	other, err := newCertificate()
	if err != nil {
		t.Fatal(err)
	}
	chain := certificate.Certificate
	shown := func(hash string) string {
		t.Helper()
		identity, err := identity(chain[0], hash)
		if err != nil {
			t.Fatal(err)
		}
		return identity
	}
	for _, name := range []string{"sha-256", "sha-384", "sha-512"} {
		right := shown(name)
		_, value, _ := strings.Cut(right, " ")
		for _, same := range []string{right, name + " " + strings.ToLower(value)} {
			if err := verify(same, chain); err != nil {
				t.Errorf("%s: %v", same, err)
			}
		}
		for _, wrong := range []string{"", name, name + " ", "md5 " + value, shown("md5"), shown("sha-1"), right + ":00", right[:len(right)-3]} {
			if verify(wrong, chain) == nil {
				t.Errorf("%q passed", wrong)
			}
		}
		if verify(right, other.Certificate) == nil || verify(right, nil) == nil {
			t.Errorf("%s: another certificate, or none, passed", name)
		}
	}
}

package media

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
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

// Of all that a browser says, the library sees what counts and nothing else.
func TestOfferIsWrittenAfresh(t *testing.T) {
	o, err := readOffer(chromiumOffer)
	if err != nil {
		t.Fatal(err)
	}
	want := offer{
		lines: []offered{{mid: "0", ssrc: 2881283712}}, ufrag: "vK2e", pwd: "cUYTQRf23zKm8eqcVgmqOzo7", bundle: true,
		fingerprint: "sha-256 0B:8A:F1:3A:08:F9:5B:3A:C5:93:97:17:66:5C:5C:3C:E8:4A:C5:93:97:17:66:5C:5C:3C:E8:4A:01:02:03:04",
	}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("read %+v, want %+v", o, want)
	}
	again, err := readOffer(o.describe())
	if err != nil || !reflect.DeepEqual(again, o) {
		t.Errorf("read again: %+v, %v", again, err)
	}
	for _, gone := range []string{"candidate", "extmap", "opus", "rtcp-fb", "ice-options", "192.0.2.1"} {
		if strings.Contains(o.describe(), gone) {
			t.Errorf("%q is still in\n%s", gone, o.describe())
		}
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
	if want := []offered{{mid: "0", ssrc: 2881283712}, {mid: "1", recvonly: true}}; !slices.Equal(o.lines, want) {
		t.Errorf("lines %+v, want %+v", o.lines, want)
	}
	again, err := readOffer(o.describe())
	if err != nil || !reflect.DeepEqual(again, o) {
		t.Errorf("read again: %+v, %v", again, err)
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

// Whatever is accepted comes out as media lines of known attributes.
func FuzzReadOffer(f *testing.F) {
	f.Add(chromiumOffer)
	f.Add(secondLine)
	f.Add(strings.Replace(chromiumOffer, "a=mid:0", "a=mid:0\ra=candidate:1", 1))
	f.Fuzz(func(t *testing.T, text string) {
		o, err := readOffer(text)
		if err != nil {
			return
		}
		for line := range strings.Lines(o.describe()) {
			name, _, _ := strings.Cut(strings.TrimSpace(line), ":")
			switch name {
			case "a=group", "a=rtpmap", "a=rtcp-mux", "a=sendrecv", "a=recvonly", "a=setup", "a=mid",
				"a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=msid", "a=ssrc":
			default:
				if strings.HasPrefix(line, "a=") || strings.Count(line, "\r") != 1 {
					t.Errorf("line %q", line)
				}
			}
		}
		if again, err := readOffer(o.describe()); err != nil || !reflect.DeepEqual(again, o) {
			t.Errorf("%+v was written as %+v (%v)", o, again, err)
		}
	})
}

package customer

import (
	"net/netip"
	"strings"
	"testing"
)

func TestDescriptionsAreUnderstood(t *testing.T) {
	for _, here := range []string{"127.0.0.1:4000", "[::1]:4002"} {
		for _, law := range []uint8{payloadUlaw, payloadAlaw} {
			for _, event := range []uint8{0, 101, 96} {
				for _, key := range []crypto{{}, newCrypto("7")} {
					want := session{netip.MustParseAddrPort(here), law, event, key}
					got, err := understand(describe(want.media, law, event, key))
					if err != nil || got != want {
						t.Errorf("%+v came back as %+v, %v", want, got, err)
					}
				}
			}
		}
	}
}

func TestOtherDescriptions(t *testing.T) {
	const head = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=Asterisk\r\n"
	for _, c := range []struct {
		what, sdp, want, says string
	}{
		{"address of the medium counts", "c=IN IP4 10.0.0.1\nt=0 0\nm=audio 4000 RTP/AVP 8 0\nc=IN IP4 10.0.0.2", "10.0.0.2:4000", ""},
		{"what follows audio is not ours", "c=IN IP4 10.0.0.1\nt=0 0\nm=audio 4000 RTP/AVP 0\nm=video 5000 RTP/AVP 99\nc=IN IP4 10.0.0.9", "10.0.0.1:4000", ""},
		{"no audio", "c=IN IP4 10.0.0.1\nt=0 0\nm=video 5000 RTP/AVP 99", "", "no audio line"},
		{"no address", "t=0 0\nm=audio 4000 RTP/AVP 0", "", "no address"},
		{"a name for an address", "c=IN IP4 pbx.example.org\nt=0 0\nm=audio 4000 RTP/AVP 0", "", "not an IP address"},
		{"refused audio", "c=IN IP4 10.0.0.1\nt=0 0\nm=audio 0 RTP/AVP 0", "", "takes no sound"},
		{"encryption without a key", "c=IN IP4 10.0.0.1\nt=0 0\nm=audio 4000 RTP/SAVP 0", "", "no key"},
		{"encryption of another kind", "c=IN IP4 10.0.0.1\nt=0 0\nm=audio 4000 UDP/TLS/RTP/SAVPF 0", "", "only RTP/AVP"},
		{"encryption if we like", "c=IN IP4 10.0.0.1\nt=0 0\nm=audio 4000 RTP/AVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x", "10.0.0.1:4000", ""},
		{"other codecs", "c=IN IP4 10.0.0.1\nt=0 0\nm=audio 4000 RTP/AVP 18 9", "", "neither PCMU nor PCMA"},
		{"nothing", "", "", "no audio line"},
	} {
		got, err := understand([]byte(head + c.sdp))
		switch {
		case c.says == "" && (err != nil || got.media.String() != c.want):
			t.Errorf("%s: %+v, %v", c.what, got, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: error %v, want one that says %q", c.what, err, c.says)
		}
	}
}

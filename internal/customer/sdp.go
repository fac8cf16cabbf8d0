package customer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// The few lines of SDP (RFC 8866) that two G.711 telephones exchange.

const (
	payloadUlaw  = 0   // PCMU's static number (RFC 3551)
	payloadEvent = 101 // what everybody calls telephone-event
)

// A session is the other side's description of its media.
type session struct {
	media netip.AddrPort // where it listens
	event uint8          // its number for telephone events; 0: it takes none
	// crypto is the key that it encrypts with, when its media are encrypted
	// (RTP/SAVP).
	crypto crypto
}

// describe writes our side: where we listen and what we speak. A zero event
// leaves digits out; a key encrypts.
func describe(here netip.AddrPort, event uint8, key crypto) []byte {
	family := "IP4"
	if here.Addr().Is6() {
		family = "IP6"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "v=0\r\no=- %d 1 IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n",
		here.Port(), family, here.Addr(), family, here.Addr())
	profile := "RTP/AVP"
	if key.present() {
		profile = "RTP/SAVP"
	}
	if event == 0 {
		fmt.Fprintf(&b, "m=audio %d %s 0\r\na=rtpmap:0 PCMU/8000\r\n", here.Port(), profile)
	} else {
		fmt.Fprintf(&b, "m=audio %d %s 0 %d\r\na=rtpmap:0 PCMU/8000\r\n", here.Port(), profile, event)
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-16\r\n", event, event)
	}
	if key.present() {
		b.WriteString(key.sdpLine())
	}
	b.WriteString("a=ptime:20\r\na=sendrecv\r\n")
	return b.Bytes()
}

// understand reads the other side's description.
func understand(body []byte) (session, error) {
	var (
		s     session
		crypt crypto // the first key of our suite
		addr  netip.Addr
		audio []string // the fields of m=audio
	)
	lines := bufio.NewScanner(bytes.NewReader(body))
	for lines.Scan() {
		key, value, _ := strings.Cut(strings.TrimSpace(lines.Text()), "=")
		fields := strings.Fields(value)
		switch {
		case key == "m" && audio != nil:
			// The lines that follow belong to video and the like.
			return finish(s, crypt, addr, audio)
		case key == "m" && len(fields) > 3 && fields[0] == "audio":
			audio = fields
		case key == "c" && len(fields) == 3:
			parsed, err := netip.ParseAddr(fields[2])
			if err != nil {
				return s, fmt.Errorf("customer: the media address %q in the SDP is not an IP address", fields[2])
			}
			addr = parsed
		case key == "a" && audio != nil && !crypt.present() && strings.HasPrefix(value, "crypto:"):
			crypt, _ = readCrypto(strings.TrimPrefix(value, "crypto:"))
		case key == "a" && len(fields) == 2 && strings.EqualFold(fields[1], "telephone-event/8000"):
			number, err := strconv.ParseUint(strings.TrimPrefix(fields[0], "rtpmap:"), 10, 7)
			if err == nil {
				s.event = uint8(number)
			}
		}
	}
	return finish(s, crypt, addr, audio)
}

func finish(s session, key crypto, addr netip.Addr, audio []string) (session, error) {
	if audio == nil || !addr.IsValid() {
		return s, errors.New("customer: the SDP has no audio line or no address")
	}
	port, err := strconv.ParseUint(audio[1], 10, 16)
	if err != nil || port == 0 {
		return s, fmt.Errorf("customer: the SDP's audio port is %q: the other side takes no sound", audio[1])
	}
	switch audio[2] {
	case "RTP/AVP": // keys in it are an offer that we do not take
	case "RTP/SAVP":
		if !key.present() {
			return s, errors.New("customer: the SDP wants encryption but has no key for " + suite)
		}
		s.crypto = key
	default:
		return s, fmt.Errorf("customer: the SDP wants %s; only RTP/AVP and RTP/SAVP are known", audio[2])
	}
	for _, format := range audio[3:] {
		if format == strconv.Itoa(payloadUlaw) {
			s.media = netip.AddrPortFrom(addr, uint16(port))
			return s, nil
		}
	}
	return s, fmt.Errorf("customer: the SDP offers %v but not PCMU: allow ulaw on the other side", audio[3:])
}

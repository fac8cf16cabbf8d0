package customer

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// The SDP (RFC 8866) that two G.711 telephones exchange.

const (
	payloadUlaw  = 0   // PCMU's static number (RFC 3551)
	payloadAlaw  = 8   // PCMA's
	payloadEvent = 101 // the usual number of telephone-event
)

// A session is the other side's description of its media.
type session struct {
	media netip.AddrPort // where it listens
	law   uint8          // payloadUlaw or payloadAlaw: the one that it names first
	event uint8          // its number for telephone events; 0: it takes none
	// crypto is the key that it encrypts with, when its media are encrypted
	// (RTP/SAVP).
	crypto crypto
}

// describe writes our side: where we listen and which law we speak. A zero event
// leaves digits out; a key encrypts.
func describe(here netip.AddrPort, law, event uint8, key crypto) []byte {
	family, profile := "IP4", "AVP"
	if here.Addr().Is6() {
		family = "IP6"
	}
	if key.present() {
		profile = "SAVP"
	}
	audio := &sdp.MediaDescription{MediaName: sdp.MediaName{Media: "audio",
		Port: sdp.RangedPort{Value: int(here.Port())}, Protos: []string{"RTP", profile}}}
	audio.WithCodec(law, map[uint8]string{payloadUlaw: "PCMU", payloadAlaw: "PCMA"}[law], 8000, 0, "")
	if event != 0 {
		audio.WithCodec(event, "telephone-event", 8000, 0, "0-16")
	}
	if key.present() {
		audio.WithValueAttribute("crypto", key.attribute())
	}
	audio.WithValueAttribute("ptime", "20").WithPropertyAttribute("sendrecv")
	body, _ := (&sdp.SessionDescription{ // never fails
		Origin: sdp.Origin{Username: "-", SessionID: uint64(here.Port()), SessionVersion: 1,
			NetworkType: "IN", AddressType: family, UnicastAddress: here.Addr().String()},
		SessionName: "-",
		ConnectionInformation: &sdp.ConnectionInformation{NetworkType: "IN", AddressType: family,
			Address: &sdp.Address{Address: here.Addr().String()}},
		TimeDescriptions:  []sdp.TimeDescription{{}},
		MediaDescriptions: []*sdp.MediaDescription{audio},
	}).Marshal()
	return body
}

// understand reads the other side's description.
func understand(body []byte) (session, error) {
	var (
		d sdp.SessionDescription
		s session
	)
	whole := strings.TrimRight(string(body), "\r\n") + "\r\n" // some leave out the last line's end
	if err := d.UnmarshalString(whole); err != nil {
		return s, fmt.Errorf("customer: the SDP cannot be read: %w", err)
	}
	first := slices.IndexFunc(d.MediaDescriptions, func(m *sdp.MediaDescription) bool { return m.MediaName.Media == "audio" })
	if first < 0 {
		return s, errors.New("customer: the SDP has no audio line")
	}
	audio := d.MediaDescriptions[first]
	addr, err := addressOf(d, audio)
	if err != nil {
		return s, err
	}
	port := audio.MediaName.Port.Value
	if port == 0 {
		return s, errors.New("customer: the SDP's audio port is 0: the other side takes no sound")
	}
	if s.crypto, err = mediaKey(audio); err != nil {
		return s, err
	}
	formats := audio.MediaName.Formats
	law := slices.IndexFunc(formats, func(f string) bool { return f == strconv.Itoa(payloadUlaw) || f == strconv.Itoa(payloadAlaw) })
	if law < 0 {
		return s, fmt.Errorf("customer: the SDP offers %v but neither PCMU nor PCMA: allow ulaw or alaw on the other side", formats)
	}
	if formats[law] == strconv.Itoa(payloadAlaw) {
		s.law = payloadAlaw
	}
	s.event = eventOf(audio)
	s.media = netip.AddrPortFrom(addr, uint16(port))
	return s, nil
}

// addressOf is where audio is taken: its own address, or else that of all media.
func addressOf(d sdp.SessionDescription, audio *sdp.MediaDescription) (netip.Addr, error) {
	connection := audio.ConnectionInformation
	if connection == nil {
		connection = d.ConnectionInformation
	}
	if connection == nil || connection.Address == nil {
		return netip.Addr{}, errors.New("customer: the SDP has no address")
	}
	addr, err := netip.ParseAddr(connection.Address.Address)
	if err != nil {
		return addr, fmt.Errorf("customer: the media address %q in the SDP is not an IP address", connection.Address.Address)
	}
	return addr, nil
}

// eventOf is the other side's number for telephone events; 0: it takes none.
func eventOf(audio *sdp.MediaDescription) (event uint8) {
	for _, a := range audio.Attributes {
		number, codec, _ := strings.Cut(a.Value, " ")
		if a.Key != "rtpmap" || !strings.EqualFold(strings.TrimSpace(codec), "telephone-event/8000") {
			continue
		}
		if n, err := strconv.ParseUint(number, 10, 7); err == nil {
			event = uint8(n)
		}
	}
	return event
}

// mediaKey is the key by which audio is encrypted: the first of our suite; the zero
// crypto when it is not encrypted.
func mediaKey(audio *sdp.MediaDescription) (crypto, error) {
	switch profile := strings.Join(audio.MediaName.Protos, "/"); profile {
	case "RTP/AVP": // keys in it are an offer that we do not take
		return crypto{}, nil
	case "RTP/SAVP":
	default:
		return crypto{}, fmt.Errorf("customer: the SDP wants %s; only RTP/AVP and RTP/SAVP are known", profile)
	}
	for _, a := range audio.Attributes {
		if key, ours := readCrypto(a.Value); a.Key == "crypto" && ours {
			return key, nil
		}
	}
	return crypto{}, errors.New("customer: the SDP wants encryption but has no key for " + suite)
}

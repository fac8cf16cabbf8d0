package media

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// The SDP of a call from Asterisk (RFC 3264): one audio line, G.711.

// farEnd is where Asterisk takes a leg's voice, and sends it from.
type farEnd struct {
	addr    netip.AddrPort
	payload uint8 // payloadPCM or payloadALaw
}

// readCall reads Asterisk's offer. Of the two laws the first offered is taken: it
// is that of the caller, and with both sides alike Asterisk need not look into the
// packets.
func readCall(body []byte) (farEnd, error) {
	var offer sdp.SessionDescription
	if err := offer.Unmarshal(body); err != nil {
		return farEnd{}, fmt.Errorf("its SDP cannot be read: %w", err)
	}
	if len(offer.MediaDescriptions) != 1 || offer.MediaDescriptions[0].MediaName.Media != "audio" {
		return farEnd{}, errors.New("its SDP is not one audio line")
	}
	audio := offer.MediaDescriptions[0]
	if protocol := strings.Join(audio.MediaName.Protos, "/"); protocol != "RTP/AVP" {
		return farEnd{}, fmt.Errorf("its SDP wants %s, not RTP/AVP", protocol)
	}
	connection := audio.ConnectionInformation
	if connection == nil {
		connection = offer.ConnectionInformation
	}
	if connection == nil || connection.Address == nil {
		return farEnd{}, errors.New("its SDP has no address")
	}
	ip, err := netip.ParseAddr(connection.Address.Address)
	port := audio.MediaName.Port.Value
	if err != nil || port < 1 || port > 65535 {
		return farEnd{}, fmt.Errorf("its SDP wants voice at %s port %d", connection.Address.Address, port)
	}
	far := farEnd{addr: netip.AddrPortFrom(ip.Unmap(), uint16(port))}
	for _, format := range audio.MediaName.Formats {
		switch format {
		case strconv.Itoa(payloadPCM):
			return far, nil
		case strconv.Itoa(payloadALaw):
			far.payload = payloadALaw
			return far, nil
		}
	}
	return farEnd{}, fmt.Errorf("its SDP offers %s, and neither PCMU nor PCMA", strings.Join(audio.MediaName.Formats, " "))
}

// describeSeat is our answer: the seat's RTP address, and the one law.
//
// It has no telephone-event. So Asterisk passes the caller's keys to the controller
// and not on to us, and forwards the voice all the same. RTCP comes to the same port
// (RFC 5761): the next one may be another seat's.
func describeSeat(here netip.AddrPort, payload uint8) []byte {
	family := "IP4"
	if here.Addr().Is6() {
		family = "IP6"
	}
	address := &sdp.Address{Address: here.Addr().String()}
	audio := &sdp.MediaDescription{MediaName: sdp.MediaName{Media: "audio",
		Port: sdp.RangedPort{Value: int(here.Port())}, Protos: []string{"RTP", "AVP"}}}
	audio.WithCodec(payload, map[uint8]string{payloadPCM: "PCMU", payloadALaw: "PCMA"}[payload], clockRate, 0, "")
	audio.WithValueAttribute("ptime", "20").WithPropertyAttribute("rtcp-mux").WithPropertyAttribute("sendrecv")
	body, _ := (&sdp.SessionDescription{ // never fails
		Origin: sdp.Origin{Username: "-", SessionID: uint64(here.Port()), SessionVersion: 1,
			NetworkType: "IN", AddressType: family, UnicastAddress: here.Addr().String()},
		SessionName:           "-",
		ConnectionInformation: &sdp.ConnectionInformation{NetworkType: "IN", AddressType: family, Address: address},
		TimeDescriptions:      []sdp.TimeDescription{{}},
		MediaDescriptions:     []*sdp.MediaDescription{audio},
	}).Marshal()
	return body
}

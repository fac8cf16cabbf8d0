package media

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"
)

// Config is what the engine needs to know.
type Config struct {
	// MediaAddr is the "ip:port" for all pages' voice, UDP and TCP. Port 0
	// takes a free one; 0.0.0.0 takes every address that the machine has at
	// the start.
	MediaAddr string
	// PublicIP, if set, is told to pages as well: the address by which the
	// world reaches MediaAddr through a 1:1 NAT.
	PublicIP string
	// RTPHost is the IP address of the sockets for Asterisk; 127.0.0.1 if
	// empty. RTP is neither encrypted nor authenticated there, so anything
	// but loopback needs a private network.
	RTPHost string
	// OnEvent, if set, is given the events, one at a time, in order. It may call
	// the engine. While it blocks, later events wait in memory; voice does not.
	OnEvent func(Event)
	// Logger is slog.Default() if nil.
	Logger *slog.Logger
}

// A page sends voice, 50 packets a second, also in silence; while none is due, it
// may send bursts of it (see pulse). A page without voice for quietAfter sleeps or
// has lost its network; that is announced at once, for a caller may be listening
// to nothing. A page that was never heard
// is not announced as connected, and is given up after connectWithin. A page
// whose connection fails is given up disconnectedAfter and failedAfter later, and
// offers anew by itself when it is back.
const (
	quietAfter        = time.Second
	disconnectedAfter = 4 * time.Second
	failedAfter       = 6 * time.Second
	keepaliveEvery    = 2 * time.Second
	connectWithin     = 15 * time.Second
)

// When hundreds of pages come back at once, a handshake costs 2 to 4 ms of
// CPU; at this pace they take less than half a core from those who talk.
const (
	offersPerSecond = 100
	offersAtOnce    = 100
)

// newCertificate makes the DTLS identity of this process start. It lives in
// memory only; pages learn its fingerprint from the answer.
func newCertificate() (webrtc.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return webrtc.Certificate{}, fmt.Errorf("media: cannot make a DTLS key: %w", err)
	}
	certificate, err := webrtc.GenerateCertificate(key)
	if err != nil {
		return webrtc.Certificate{}, fmt.Errorf("media: cannot make a DTLS certificate: %w", err)
	}
	return *certificate, nil
}

// newAPI sets the WebRTC library to PCMU and nothing else: no video, no data
// channel, no header extension, no interceptor; RTCP is our own (reports).
func (l *Local) newAPI(publicIP string) (*webrtc.API, error) {
	codecs := &webrtc.MediaEngine{}
	err := codecs.RegisterCodec(webrtc.RTPCodecParameters{
		RTPCodecCapability: pcmu,
		PayloadType:        payloadPCM,
	}, webrtc.RTPCodecTypeAudio)
	if err != nil {
		return nil, fmt.Errorf("media: cannot register PCMU: %w", err)
	}
	settings := webrtc.SettingEngine{LoggerFactory: pionLogs{l.log}}
	settings.SetLite(true)
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.DisableActiveTCP(true) // never dial out
	settings.SetICETimeouts(disconnectedAfter, failedAfter, keepaliveEvery)
	// A lost handshake packet delays the connection by this much. The library's
	// default of a second is long for an agent who has just signed in.
	settings.SetDTLSRetransmissionInterval(200 * time.Millisecond)
	if err := l.ports.publish(&settings, publicIP); err != nil {
		return nil, err
	}
	return webrtc.NewAPI(
		webrtc.WithMediaEngine(codecs),
		webrtc.WithSettingEngine(settings),
		// Left out, the library takes its default ones, for video mostly,
		// which cost two allocations a packet.
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}),
	), nil
}

var pcmu = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: clockRate}

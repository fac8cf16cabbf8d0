// Package headless is a softphone without a browser: what a robot agent uses
// for its mouth and ear.
//
//	Mouth ── a tone, 50 packets a second ──▶ Phone ══ WebRTC ══ presszero
//	Ear   ◀─ which tones sound, since when ── Phone ◀══════════╝
//
// A Phone does on the wire what the agent's page does (an offer with PCMU lines, all
// candidates in it; bursts of voice while it rests), and unlike a page it can say
// afterwards, by measurement, whom it heard and from when on. Mouth and Ear also
// serve plain RTP peers.
package headless

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// Options say how a Phone sounds and what it listens for.
type Options struct {
	Tone   float64   // Hz of the tone it speaks with; 0 speaks silence
	Listen []float64 // Hz of the tones whose beginning it notes, see Ear.FirstTone
	// OnPacket, if set, sees each arriving packet, on the goroutine that
	// reads: it must be quick. The payload is only valid during the call.
	OnPacket func(Packet)
	// LocalIP restricts the phone to one of this machine's addresses; hundreds
	// of robots on 127.0.0.1 need no socket on every interface.
	LocalIP string
	// TCP makes the phone reach the server by TCP only, as from a network that
	// lets no UDP out.
	TCP bool
	// Side are Hz of tones to listen for on a second, receiving line, as pages of
	// protocol version 2 have it; nil: it has none. Phone.Side is its ear.
	Side []float64
	// Listener has no microphone's line: it only hears.
	Listener bool
	// Dumb makes the phone send no voice at all, as one whose packets are lost.
	Dumb bool
	// Bursts makes the phone offer that it can rest, see Phone.Rest.
	Bursts bool
	Logger *slog.Logger // slog.Default() if nil
}

// Packet is an RTP packet that arrived.
type Packet struct {
	At        time.Time
	Seq       uint16
	Timestamp uint32
	SSRC      uint32
	Marker    bool
	Payload   []byte // mu-law
}

// Phone is one agent's voice connection. It speaks from Dial until Close.
type Phone struct {
	*Ear
	*Mouth
	Side *Ear // of the second line, see Options.Side

	connection *webrtc.PeerConnection
	track      *webrtc.TrackLocalStaticRTP
	options    Options
	log        *slog.Logger
	bursts     bool // the server lets it rest

	tasks sync.WaitGroup

	once sync.Once
	over chan struct{}
}

// Dial connects a phone: exchange is given the offer and returns the server's
// answer, by whatever way the two are signalled. Dial returns when voice can
// flow; it fails when exchange does, when the connection fails, and when ctx
// ends first.
func Dial(ctx context.Context, exchange func(offer string) (answer string, err error), options Options) (*Phone, error) {
	p := &Phone{
		Ear:     NewEar(options.Listen...),
		Mouth:   NewMouth(options.Tone),
		Side:    NewEar(options.Side...),
		options: options,
		log:     cmp.Or(options.Logger, slog.Default()),
		over:    make(chan struct{}),
	}
	if err := p.prepare(); err != nil {
		return nil, fmt.Errorf("headless phone: %w", err)
	}
	connected := make(chan struct{})
	p.follow(connected)
	err := p.offerSDP(ctx, exchange)
	if err == nil {
		select {
		case <-connected:
		case <-p.over:
			err = errors.New("the voice connection failed")
		case <-ctx.Done():
			err = fmt.Errorf("the voice connection did not come to stand: %w", ctx.Err())
		}
	}
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("headless phone: %w", err)
	}
	if !options.Dumb && !options.Listener {
		p.spawn(func() { p.Speak(p.over, p.sendPacket) })
	}
	return p, nil
}

func (p *Phone) prepare() error {
	codecs := &webrtc.MediaEngine{}
	pcmu := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000}
	err := codecs.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: pcmu}, webrtc.RTPCodecTypeAudio)
	if err != nil {
		return err
	}
	api := webrtc.NewAPI(
		webrtc.WithMediaEngine(codecs),
		webrtc.WithSettingEngine(p.settings()),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}), // instead of the default ones
	)
	if p.connection, err = api.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return err
	}
	if p.track, err = webrtc.NewTrackLocalStaticRTP(pcmu, "microphone", "robot"); err != nil {
		return err
	}
	receiving := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
	if p.options.Listener {
		_, err = p.connection.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, receiving)
	} else {
		_, err = p.connection.AddTransceiverFromTrack(p.track,
			webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendrecv})
	}
	if err == nil && p.options.Side != nil {
		_, err = p.connection.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, receiving)
	}
	return err
}

func (p *Phone) settings() webrtc.SettingEngine {
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetICETimeouts(4*time.Second, 6*time.Second, 2*time.Second)
	s.SetDTLSRetransmissionInterval(200 * time.Millisecond)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	if p.options.TCP {
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6})
	}
	if only := net.ParseIP(p.options.LocalIP); only != nil {
		s.SetIPFilter(func(ip net.IP) bool { return ip.Equal(only) })
	}
	return s
}

// follow closes connected once, and over when the connection is beyond repair.
func (p *Phone) follow(connected chan struct{}) {
	var once sync.Once
	p.connection.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		switch state {
		case webrtc.PeerConnectionStateConnected:
			once.Do(func() { close(connected) })
		case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
			p.closeOnce()
		}
	})
	p.connection.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
		if lines := p.connection.GetTransceivers(); len(lines) > 1 && lines[1].Receiver() == receiver {
			p.listen(track, p.Side.Hear)
			return
		}
		p.listen(track, func(heard Packet) {
			if p.options.OnPacket != nil {
				p.options.OnPacket(heard) // before: a test that waits for the ear looks at its packets next
			}
			p.Hear(heard)
		})
	})
}

// offerSDP is the offering side of JSEP, without trickle.
func (p *Phone) offerSDP(ctx context.Context, exchange func(string) (string, error)) error {
	offer, err := p.connection.CreateOffer(nil)
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(p.connection)
	if err := p.connection.SetLocalDescription(offer); err != nil {
		return err
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return ctx.Err()
	}
	text := p.connection.LocalDescription().SDP
	if p.options.Bursts {
		text += burstsLine // of the last media line
	}
	answer, err := exchange(text)
	if err != nil {
		return fmt.Errorf("the offer was refused: %w", err)
	}
	p.bursts = strings.Contains(answer, burstsLine)
	return p.connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
}

// burstsLine is media.Bursts in an offer and in its answer.
const burstsLine = "a=presszero-bursts\r\n"

// Rest makes the phone prove with short bursts of voice that it is there, while none
// is due, as an agent's page does; or speak without a pause again. It does nothing
// if the server does not understand that.
func (p *Phone) Rest(on bool) {
	if p.bursts {
		p.Mouth.Rest(on)
	}
}

func (p *Phone) sendPacket(packet *rtp.Packet) {
	if err := p.track.WriteRTP(packet); err != nil {
		p.log.Debug("headless phone: packet not sent", "err", err)
	}
}

func (p *Phone) listen(track *webrtc.TrackRemote, hear func(Packet)) {
	buf := make([]byte, 2048)
	var in rtp.Packet
	for {
		n, _, err := track.Read(buf)
		if err != nil {
			return
		}
		if in.Unmarshal(buf[:n]) != nil {
			continue
		}
		hear(Packet{
			At: time.Now(), Seq: in.SequenceNumber, Timestamp: in.Timestamp,
			SSRC: in.SSRC, Marker: in.Marker, Payload: in.Payload,
		})
	}
}

func (p *Phone) spawn(f func()) { p.tasks.Go(f) }

func (p *Phone) closeOnce() { p.once.Do(func() { close(p.over) }) }

// Done is closed when the connection has ended, by Close or by failure.
func (p *Phone) Done() <-chan struct{} { return p.over }

// Close hangs up the voice connection and waits until its goroutines have ended.
func (p *Phone) Close() {
	p.closeOnce()
	_ = p.connection.GracefulClose()
	p.tasks.Wait()
}

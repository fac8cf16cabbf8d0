package media

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
)

// page is one WebRTC connection with an agent's browser. A seat has many, one
// after another: every refresh makes a new one.
type page struct {
	connection *webrtc.PeerConnection
	tracks     [MaxLines]*ear      // what is heard, by line; the second may be nil
	speaks     bool                // it has a microphone's line
	up         atomic.Bool         // voice can be sent
	greeted    atomic.Bool         // a packet of voice has gone to the page
	proved     atomic.Bool         // announced as Connected
	heard      atomic.Bool         // a microphone track has come
	bursts     bool                // it may rest while no voice is due
	senders    []*webrtc.RTPSender // of the lines
	reports    reports

	told     Kind // the last event about it; guarded by the seat's mu
	deadline *time.Timer
}

// ear is a track that knows whether it is bound to a connection. An unbound
// track takes packets and sends none.
type ear struct {
	*webrtc.TrackLocalStaticRTP
	bound atomic.Bool
}

// Bind implements webrtc.TrackLocal.
func (e *ear) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	codec, err := e.TrackLocalStaticRTP.Bind(c)
	e.bound.Store(err == nil)
	return codec, err
}

// newPage answers an offer, which readOffer has passed.
func (l *Local) newPage(ctx context.Context, offer offer) (_ *page, answer string, err error) {
	connection, err := l.api.NewPeerConnection(webrtc.Configuration{
		Certificates: []webrtc.Certificate{l.certificate},
	})
	if err != nil {
		return nil, "", fmt.Errorf("media: cannot make a voice connection: %w", err)
	}
	p := &page{connection: connection, speaks: !offer.lines[0].recvonly, bursts: offer.bursts}
	if answer, err = p.negotiate(ctx, offer); err != nil {
		p.close()
		return nil, "", err
	}
	if p.bursts {
		answer += "a=" + Bursts + "\r\n" // of the one media line, which is the last
	}
	return p, answer, nil
}

// negotiate is the answering side of JSEP (RFC 8829 section 5.3), without
// trickle: the candidates, being our own port, are known at once.
func (p *page) negotiate(ctx context.Context, offer offer) (string, error) {
	for n, line := range offer.lines {
		if err := p.addLine(n, line); err != nil {
			return "", fmt.Errorf("media: cannot make the page's line %d: %w", n, err)
		}
	}
	p.reports.ssrc = uint32(p.senders[0].GetParameters().Encodings[0].SSRC)
	err := p.connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer.describe()})
	if err != nil {
		return "", refuse("%v", err)
	}
	answer, err := p.connection.CreateAnswer(nil)
	if err != nil {
		return "", refuse("it cannot be answered: %v", err)
	}
	gathered := webrtc.GatheringCompletePromise(p.connection)
	if err = p.connection.SetLocalDescription(answer); err != nil {
		return "", refuse("it cannot be answered: %v", err)
	}
	select {
	case <-gathered:
		return p.connection.LocalDescription().SDP, nil
	case <-ctx.Done():
		return "", fmt.Errorf("media: gave up answering the page: %w", ctx.Err())
	}
}

// addLine answers a line of the offer.
func (p *page) addLine(n int, offered offered) error {
	name := []string{"caller", "side"}[n]
	track, err := webrtc.NewTrackLocalStaticRTP(pcmu, name, name) // a stream each: a browser takes any track of a stream
	if err != nil {
		return err
	}
	direction := webrtc.RTPTransceiverDirectionSendrecv
	if offered.recvonly {
		direction = webrtc.RTPTransceiverDirectionSendonly
	}
	p.tracks[n] = &ear{TrackLocalStaticRTP: track}
	transceiver, err := p.connection.AddTransceiverFromTrack(p.tracks[n], webrtc.RTPTransceiverInit{Direction: direction})
	if err != nil {
		return err
	}
	p.senders = append(p.senders, transceiver.Sender())
	return nil
}

// begin lets the page speak for its seat. It expects the seat's mu. Nothing is
// missed before: without the answer the page cannot connect.
func (p *page) begin(s *seat) {
	for _, sender := range p.senders {
		s.engine.spawn("page's reports", func() { p.reports.readReports(sender.Read) })
	}
	p.connection.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
		defer s.engine.survive("page's voice")
		if p.heard.CompareAndSwap(false, true) { // one microphone a page
			go func() { // ends with the connection
				defer s.engine.survive("page's reports")
				p.reports.readReports(receiver.Read)
			}()
			p.listen(s, track)
		}
	})
	p.connection.OnConnectionStateChange(func(webrtc.PeerConnectionState) {
		defer s.engine.survive("page's state")
		p.checkState(s)
	})
	p.deadline = time.AfterFunc(connectWithin, func() {
		defer s.engine.survive("page's deadline")
		s.mu.Lock()
		never := p.told == ""
		s.mu.Unlock()
		if never {
			s.engine.log.Info("media: a page did not connect in time", "seat", s.name)
			s.detachPage(p)
		}
	})
}

// checkState acts on the connection's state. It asks for the state instead of being
// told it, because the library's callbacks may overtake one another.
func (p *page) checkState(s *seat) {
	s.mu.Lock()
	if s.page.Load() != p {
		s.mu.Unlock()
		return
	}
	state := p.connection.ConnectionState()
	switch state {
	case webrtc.PeerConnectionStateConnected:
		p.up.Store(true)
		s.greet(p)
		s.prove(p)
	case webrtc.PeerConnectionStateDisconnected:
		s.announce(p, Disconnected)
	}
	s.mu.Unlock()
	if state == webrtc.PeerConnectionStateFailed || state == webrtc.PeerConnectionStateClosed {
		s.detachPage(p)
	}
}

// listen forwards the microphone until the connection ends.
func (p *page) listen(s *seat, track *webrtc.TrackRemote) {
	buf := make([]byte, 2048)
	for {
		n, _, err := track.Read(buf)
		if err != nil {
			return
		}
		if s.page.Load() == p { // a replaced page is not forwarded
			s.hearPage(p, buf[:n])
		}
	}
}

// close ends the connection and waits until its goroutines have ended.
func (p *page) close() {
	if p.deadline != nil {
		p.deadline.Stop()
	}
	_ = p.connection.GracefulClose()
}

package wholetest

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/emiago/sipgo/sip"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"presszero/internal/deskclient"
	"presszero/internal/headless"
)

// wssAgent is an agent's page as Asterisk knows it: SIP over a secure websocket
// (RFC 7118), and for each call a peer connection that is made when the call is
// accepted, with ICE and DTLS of its own. It answers what it is asked within a call,
// and starts nothing.
type wssAgent struct {
	testing.TB
	name   string
	conn   *websocket.Conn
	onRing func(*wssRing) // in a goroutine of its own
	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	registered chan struct{} // closed once

	mu    sync.Mutex
	rings map[string]*wssRing // by Call-ID
}

// wssFrom is where the pages call from. Asterisk takes who calls from 127.0.0.1 for a
// caller.
const wssFrom = "127.0.0.2"

// openWSS opens an agent's page at the server (host:port of its HTTPS) and registers
// it. The page is closed when the test ends.
func openWSS(t testing.TB, server, name string, onRing func(*wssRing)) *wssAgent {
	t.Helper()
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // a certificate of the test's own, on loopback
		DialContext:     (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(wssFrom)}}).DialContext,
	}
	conn, _, err := websocket.Dial(soon(t), "wss://"+server+"/ws",
		&websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}, Subprotocols: []string{"sip"}})
	must(t, err)
	conn.SetReadLimit(1 << 20)
	a := &wssAgent{TB: t, name: name, conn: conn, onRing: onRing, registered: make(chan struct{}), rings: map[string]*wssRing{}}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	a.tasks.Go(a.read)
	t.Cleanup(a.close)
	a.send(fmt.Sprintf("REGISTER sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/WSS %[2]s.invalid;branch=z9hG4bK%[3]s\r\nMax-Forwards: 70\r\n"+
		"From: <sip:%[2]s@%[1]s>;tag=%[3]s\r\nTo: <sip:%[2]s@%[1]s>\r\nCall-ID: %[3]s\r\nCSeq: 1 REGISTER\r\n"+
		"Contact: <%[4]s>;expires=3600\r\nContent-Length: 0\r\n\r\n", server, name, rand.Text(), a.contact()))
	select {
	case <-a.registered:
	case <-soon(t).Done():
		t.Fatalf("%s is not registered", name)
	}
	return a
}

func (a *wssAgent) contact() string {
	return "sip:" + a.name + "@" + a.name + ".invalid;transport=ws"
}

func (a *wssAgent) close() {
	a.cancel()
	_ = a.conn.CloseNow()
	a.mu.Lock()
	for _, r := range a.rings {
		r.end()
	}
	a.mu.Unlock()
	a.tasks.Wait()
}

func (a *wssAgent) send(message string) {
	ctx, cancel := context.WithTimeout(a.ctx, 5*time.Second)
	defer cancel()
	if err := a.conn.Write(ctx, websocket.MessageText, []byte(message)); err != nil && a.ctx.Err() == nil {
		a.Errorf("%s cannot send: %v", a.name, err)
	}
}

// read takes messages until the page is closed.
func (a *wssAgent) read() {
	parser := sip.NewParser()
	for {
		_, data, err := a.conn.Read(a.ctx)
		if err != nil {
			if a.ctx.Err() == nil {
				a.Errorf("%s has lost its line: %v", a.name, err)
			}
			return
		}
		if len(strings.TrimSpace(string(data))) == 0 {
			continue // keep-alive (RFC 5626, section 3.5.1)
		}
		message, err := parser.ParseSIP(data)
		if err != nil {
			a.Errorf("%s cannot read %q: %v", a.name, data, err)
			continue
		}
		switch m := message.(type) {
		case *sip.Response:
			if m.StatusCode != sip.StatusOK {
				a.Errorf("%s cannot register: %d %s", a.name, m.StatusCode, m.Reason)
				continue
			}
			close(a.registered)
		case *sip.Request:
			a.take(m)
		}
	}
}

func (a *wssAgent) take(req *sip.Request) {
	id := req.CallID().Value()
	a.mu.Lock()
	ring := a.rings[id]
	a.mu.Unlock()
	switch {
	case req.Method == sip.INVITE && ring == nil:
		a.rung(id, req)
	case req.Method == sip.INVITE:
		a.respond(req, sip.StatusNotAcceptableHere, "Not Acceptable Here", nil)
	case req.Method == sip.ACK:
	case req.Method == sip.CANCEL && ring != nil:
		a.respond(req, sip.StatusOK, "OK", nil)
		a.respond(ring.invite, sip.StatusRequestTerminated, "Request Terminated", nil)
		ring.end()
	case req.Method == sip.BYE && ring != nil:
		a.respond(req, sip.StatusOK, "OK", nil)
		ring.end()
	default:
		a.respond(req, sip.StatusOK, "OK", nil)
	}
}

func (a *wssAgent) rung(id string, req *sip.Request) {
	req.To().Params.Add("tag", rand.Text()) // of all our responses
	r := &wssRing{Ear: headless.NewEar(440), Mouth: headless.NewMouth(deskclient.RobotTone), agent: a, invite: req, over: make(chan struct{})}
	a.mu.Lock()
	a.rings[id] = r
	a.mu.Unlock()
	a.respond(req, sip.StatusRinging, "Ringing", nil)
	a.tasks.Go(func() { a.onRing(r) })
}

// respond answers a request; with a body, which is SDP.
func (a *wssAgent) respond(req *sip.Request, status int, reason string, body []byte) {
	res := sip.NewResponseFromRequest(req, status, reason, body)
	if req.Method == sip.INVITE {
		res.AppendHeader(sip.NewHeader("Contact", "<"+a.contact()+">"))
	}
	if body != nil {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	a.send(res.String())
}

// wssRing is a call at such a page: it rings, and once accepted both can talk.
type wssRing struct {
	*headless.Ear
	*headless.Mouth
	agent  *wssAgent
	invite *sip.Request

	once sync.Once
	over chan struct{} // closed when the call has ended
}

// accept takes the call: the peer connection is made now, as a page does when its
// agent presses the button.
func (r *wssRing) accept() error {
	connection, err := r.connect()
	if err != nil {
		return err
	}
	r.agent.tasks.Go(func() {
		<-r.over
		_ = connection.GracefulClose()
	})
	gathered := webrtc.GatheringCompletePromise(connection)
	err = connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: string(r.invite.Body())})
	if err != nil {
		return err
	}
	answer, err := connection.CreateAnswer(nil)
	if err = errors.Join(err, connection.SetLocalDescription(answer)); err != nil {
		return err
	}
	select {
	case <-gathered:
	case <-r.over:
		return errors.New("the caller has gone")
	}
	r.agent.respond(r.invite, sip.StatusOK, "OK", []byte(connection.LocalDescription().SDP))
	return nil
}

// connect makes the peer connection, with the same settings as headless.Phone, which
// plays our agents.
func (r *wssRing) connect() (*webrtc.PeerConnection, error) {
	pcmu := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000}
	codecs := &webrtc.MediaEngine{}
	err := codecs.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: pcmu}, webrtc.RTPCodecTypeAudio)
	if err != nil {
		return nil, err
	}
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetDTLSRetransmissionInterval(200 * time.Millisecond)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	s.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	connection, err := webrtc.NewAPI(webrtc.WithMediaEngine(codecs), webrtc.WithSettingEngine(s),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{})).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	track, err := webrtc.NewTrackLocalStaticRTP(pcmu, "microphone", r.agent.name)
	if err == nil {
		_, err = connection.AddTrack(track)
	}
	if err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	connection.OnTrack(func(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { r.listen(remote) })
	var speaking sync.Once
	connection.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			speaking.Do(func() {
				r.agent.tasks.Go(func() { r.Speak(r.over, func(p *rtp.Packet) { _ = track.WriteRTP(p) }) })
			})
		}
	})
	return connection, nil
}

func (r *wssRing) listen(track *webrtc.TrackRemote) {
	buf := make([]byte, 2048)
	var in rtp.Packet
	for {
		n, _, err := track.Read(buf)
		if err != nil {
			return
		}
		if in.Unmarshal(buf[:n]) == nil {
			r.Hear(headless.Packet{At: time.Now(), Seq: in.SequenceNumber, Timestamp: in.Timestamp, SSRC: in.SSRC, Marker: in.Marker, Payload: in.Payload})
		}
	}
}

// end is the end of the call.
func (r *wssRing) end() {
	r.once.Do(func() { close(r.over) })
}

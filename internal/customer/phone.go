package customer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// sipgoDrain is how long sipgo needs, once closed, to finish the requests that it
// has read.
const sipgoDrain = 100 * time.Millisecond

// A Phone is one SIP socket on which any number of calls are made and taken.
type Phone struct {
	// TakesNoKeys: the calls that come in are answered without telephone-event. It is
	// set before the first call.
	TakesNoKeys bool

	socket *net.UDPConn
	here   netip.AddrPort
	ua     *sipgo.UserAgent
	dialog sipgo.DialogUA

	mu         sync.Mutex
	closed     bool // no call may begin
	noRequests bool // sipgo is being closed
	calls      map[string]*Call
	late       map[string]*sipgo.DialogClientSession // given up before an answer
	onCall     func(*Ring)

	pending    sync.WaitGroup // calls neither up nor given up, and goodbyes
	background sync.WaitGroup
	forgetCtx  func() bool
	once       sync.Once
}

// NewPhone listens for SIP on addr, an IP address with a port (0: any free
// one), until ctx ends or Close. The address is also where its calls' sound
// arrives, so it must be one that the other side reaches, not 0.0.0.0.
func NewPhone(ctx context.Context, addr string) (*Phone, error) {
	local, err := netip.ParseAddrPort(addr)
	if err != nil || local.Addr().IsUnspecified() {
		return nil, fmt.Errorf("customer: a phone needs an IP address of its own and a port, such as 127.0.0.1:0, not %q", addr)
	}
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(local))
	if err != nil {
		return nil, fmt.Errorf("customer: opening a phone: %w", err)
	}
	p := &Phone{
		socket: socket,
		here:   socket.LocalAddr().(*net.UDPAddr).AddrPort(),
		calls:  map[string]*Call{},
		late:   map[string]*sipgo.DialogClientSession{},
	}
	if err := p.listen(); err != nil {
		_ = socket.Close()
		return nil, fmt.Errorf("customer: opening a phone: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgetCtx = context.AfterFunc(ctx, p.Close)
	return p, nil
}

// listen sets sipgo up on the socket. What sipgo would log reaches us as
// errors, or is ordinary life on a network.
func (p *Phone) listen() error {
	nowhere := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(
		sipgo.WithUserAgent("customer"),
		sipgo.WithUserAgentHostname(uriHost(p.here.Addr().String())),
		sipgo.WithUserAgentTransactionLayerOptions(
			sip.WithTransactionLayerLogger(nowhere),
			sip.WithTransactionLayerUnhandledResponseHandler(p.lateAnswer)),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(nowhere)),
	)
	if err != nil {
		return err
	}
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(nowhere))
	if err != nil {
		return err
	}
	client, err := sipgo.NewClient(ua, sipgo.WithClientLogger(nowhere),
		sipgo.WithClientAddr(p.here.String()), sipgo.WithClientConnectionAddr(p.here.String()))
	if err != nil {
		return err
	}
	p.ua = ua
	p.dialog = sipgo.DialogUA{Client: client, ContactHDR: sip.ContactHeader{
		Address: sip.Uri{Scheme: "sip", User: "customer", Host: uriHost(p.here.Addr().String()), Port: int(p.here.Port())},
	}}
	server.OnInvite(p.invited)
	server.OnAck(p.confirmed)
	server.OnBye(p.hungUp)
	server.OnOptions(func(req *sip.Request, tx sip.ServerTransaction) {
		res := sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil)
		res.AppendHeader(sip.NewHeader("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS"))
		res.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
		_ = tx.Respond(res)
	})
	served := &servedSocket{UDPConn: p.socket, served: make(chan struct{})}
	p.background.Go(func() { _ = server.ServeUDP(served) })
	<-served.served
	return nil
}

// A servedSocket tells when it is being read. Only then does sipgo know it, and
// a call made earlier would open a second socket on the same port, in vain.
type servedSocket struct {
	*net.UDPConn
	served chan struct{}
	once   sync.Once
}

func (s *servedSocket) ReadFrom(b []byte) (int, net.Addr, error) {
	s.once.Do(func() { close(s.served) })
	return s.UDPConn.ReadFrom(b)
}

// Addr is where the phone listens for SIP.
func (p *Phone) Addr() netip.AddrPort { return p.here }

// Close hangs up every call and closes the phone. It waits until
// their goroutines have ended and their sockets are closed.
func (p *Phone) Close() {
	p.once.Do(func() {
		p.mu.Lock()
		p.closed = true
		p.forgetCtx()
		var calls []*Call
		for _, c := range p.calls {
			calls = append(calls, c)
		}
		p.mu.Unlock()
		var all sync.WaitGroup
		for _, c := range calls {
			all.Go(c.close)
		}
		all.Wait()
		p.mu.Lock()
		p.noRequests = true
		p.mu.Unlock()
		p.pending.Wait()
		_ = p.socket.Close()
		_ = p.ua.Close()
		// sipgo opens a socket for a request that it read just before, and only
		// closing it once more takes that away.
		time.AfterFunc(sipgoDrain, func() { _ = p.ua.Close() })
	})
	p.background.Wait()
}

// close hangs up, or gives up what is not yet a conversation.
func (c *Call) close() {
	select {
	case <-c.up:
		_ = c.Hangup()
	default:
		c.finish(Ending{By: Us})
	}
}

var errClosed = errors.New("customer: the phone is closed")

// remember makes a call known. It is pending until the caller of remember says
// otherwise; a phone that closes waits for that, so that it leaves nobody
// ringing.
func (p *Phone) remember(c *Call) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errClosed
	}
	p.calls[c.key] = c
	p.pending.Add(1)
	return nil
}

func (p *Phone) forget(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.calls, key)
}

// sendBye hangs a dialog up and waits for the confirmation, unless over is closed:
// then the other side was faster.
func (p *Phone) sendBye(d dialog, target sip.Uri, over <-chan struct{}) error {
	p.mu.Lock()
	if p.noRequests { // sipgo would open a socket that nobody closes
		p.mu.Unlock()
		return errClosed
	}
	p.pending.Add(1)
	p.mu.Unlock()
	defer p.pending.Done()

	ctx, cancel := context.WithTimeout(context.Background(), byeTimeout)
	defer cancel()
	go func() {
		select {
		case <-over:
			cancel()
		case <-ctx.Done():
		}
	}()
	req := sip.NewRequest(sip.BYE, target)
	req.Laddr = p.local() // this socket and no other
	return d.WriteBye(ctx, req)
}

func (p *Phone) local() sip.Addr {
	return sip.Addr{IP: p.here.Addr().AsSlice(), Port: int(p.here.Port())}
}

func contactOf(h *sip.ContactHeader) sip.Uri {
	if h == nil {
		return sip.Uri{}
	}
	return *h.Address.Clone()
}

// callOf finds the call that a request within a dialog belongs to.
func (p *Phone) callOf(req *sip.Request) *Call {
	if req.CallID() == nil || req.To() == nil {
		return nil
	}
	ours, _ := req.To().Params.Get("tag")
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[keyOf(req.CallID().Value(), ours)]
}

// keyOf names a call by its Call-ID and our own tag, which holds for calls made
// and calls taken.
func keyOf(callID, ourTag string) string { return callID + " " + ourTag }

// hungUp takes the other side's BYE.
func (p *Phone) hungUp(req *sip.Request, tx sip.ServerTransaction) {
	c := p.callOf(req)
	if c == nil {
		respond(req, tx, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist")
		return
	}
	// A BYE may overtake the 200 OK that it ends.
	select {
	case <-c.up:
	case <-c.done:
	}
	how := Ending{By: Them, Status: sip.StatusOK}
	if reason := req.GetHeader("Reason"); reason != nil {
		how.Reason = reason.Value()
	}
	select {
	case <-c.up:
		_ = c.dialog.ReadBye(req, tx) // answers it
	default:
		respond(req, tx, sip.StatusOK, "OK")
	}
	c.finish(how)
}

func respond(req *sip.Request, tx sip.ServerTransaction, code int, reason string) {
	_ = tx.Respond(sip.NewResponseFromRequest(req, code, reason, nil))
}

package media

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// signalling is the SIP user agent by which Asterisk calls the seats (RFC 3261),
// one call a leg:
//
//	Asterisk ── INVITE sip:TOKEN.LEG@address, its RTP address ──> signalling
//	         <─ 200, the seat's RTP address ────────────────────
//
// A call to a channel driver that exchanges SDP, unlike an ExternalMedia channel,
// lets Asterisk forward the packets of a bridge of two without decoding them.
//
// It answers at once or refuses, changes nothing later, and never sends a request
// of its own: channels are made and ended by the controller. The token is a secret
// of the seat, which only the controller is told.
type signalling struct {
	engine  *Local
	addr    netip.AddrPort
	socket  *net.UDPConn
	agent   *sipgo.UserAgent
	dialogs *sipgo.DialogServerCache
}

// newSignalling listens for SIP at a free port of host.
func newSignalling(engine *Local, host netip.Addr) (*signalling, error) {
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, 0)))
	if err != nil {
		return nil, fmt.Errorf("media: no SIP socket on %s for Asterisk: %w", host, err)
	}
	_ = socket.SetReadBuffer(socketBuffer) // the kernel may grant less
	s := &signalling{engine: engine, socket: socket, addr: socket.LocalAddr().(*net.UDPAddr).AddrPort()}
	server, err := s.newServer()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("media: cannot answer Asterisk's calls: %w", err), socket.Close())
	}
	// Asterisk is told the address only after Connect, so sipgo knows the socket by then.
	engine.spawn("signalling", func() { _ = server.ServeUDP(socket) })
	return s, nil
}

// newServer sets sipgo up. What it would log is ordinary life, or reaches us as an
// error.
func (s *signalling) newServer() (*sipgo.Server, error) {
	quiet := slog.New(slog.DiscardHandler)
	host := s.addr.Addr().String()
	agent, err := sipgo.NewUA(
		sipgo.WithUserAgent("Press Zero media"),
		sipgo.WithUserAgentHostname(host),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet)),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)),
	)
	if err != nil {
		return nil, err
	}
	s.agent = agent
	server, err := sipgo.NewServer(agent, sipgo.WithServerLogger(quiet))
	if err != nil {
		return nil, err
	}
	client, err := sipgo.NewClient(agent, sipgo.WithClientLogger(quiet), sipgo.WithClientAddr(s.addr.String()))
	if err != nil {
		return nil, err
	}
	s.dialogs = sipgo.NewDialogServerCache(client, sip.ContactHeader{
		Address: sip.Uri{Scheme: "sip", Host: uriHost(s.addr.Addr()), Port: int(s.addr.Port())},
	})
	for method, handle := range map[sip.RequestMethod]sipgo.RequestHandler{
		sip.INVITE: s.invited, sip.ACK: s.confirmed, sip.BYE: s.ended,
	} {
		server.OnRequest(method, func(req *sip.Request, tx sip.ServerTransaction) {
			defer s.engine.survive("signalling")
			handle(req, tx)
		})
	}
	return server, nil
}

// uriHost is an address as it stands in a URI.
func uriHost(ip netip.Addr) string {
	if ip.Is6() {
		return "[" + ip.String() + "]"
	}
	return ip.String()
}

// close stops listening.
func (s *signalling) close() error {
	return errors.Join(s.socket.Close(), s.agent.Close())
}

// closeLate closes what close could not: for a request that was on its way into
// sipgo meanwhile, sipgo opens a socket of its own to answer it.
func (s *signalling) closeLate() error { return s.agent.Close() }

// uri is the address at which Asterisk calls a seat. To the user part, a dot and the
// leg are added. The parameter rtp is the seat's RTP address, for an Asterisk that
// has no endpoint for agents.
func (s *signalling) uri(seat *seat) string {
	return fmt.Sprintf("sip:%s@%s;rtp=%s", seat.token, s.addr, seat.rtpAddr)
}

// newToken makes a secret of 128 bits or more, in characters that a URI may hold.
func newToken() string { return rand.Text() }

// invited answers a call to a seat.
func (s *signalling) invited(req *sip.Request, tx sip.ServerTransaction) {
	if _, inside := req.To().Params.Get("tag"); inside { // nothing of a call is ever changed
		refuseCall(req, tx, sip.StatusNotAcceptableHere, "Not Acceptable Here")
		return
	}
	token, id, named := strings.Cut(req.Recipient.User, ".")
	seat := s.engine.seatOf(token)
	if !named || id == "" || seat == nil {
		refuseCall(req, tx, sip.StatusNotFound, "Not Found")
		return
	}
	far, err := readCall(req.Body())
	if err == nil && far.addr.Addr().String() != sourceHost(req) {
		err = fmt.Errorf("it comes from %s and wants voice sent to %s", sourceHost(req), far.addr)
	}
	if err != nil {
		s.engine.log.Warn("media: a call from Asterisk cannot be answered", "seat", seat.name, "leg", id, "err", err)
		refuseCall(req, tx, sip.StatusNotAcceptableHere, "Not Acceptable Here")
		return
	}
	dialog, err := s.dialogs.ReadInvite(req, tx)
	if err != nil {
		return // it is over already
	}
	defer dialog.Close()
	leg, err := seat.called(id, far)
	if err != nil {
		_ = dialog.Respond(sip.StatusGone, "Gone", nil)
		return
	}
	defer seat.endTalk(leg)
	if dialog.RespondSDP(describeSeat(seat.rtpAddr, far.payload)) != nil {
		return // no ACK came
	}
	select {
	case <-dialog.Context().Done(): // Asterisk has ended it
	case <-leg.over:
	}
}

// sourceHost is the IP address from which a request came.
func sourceHost(req *sip.Request) string {
	host, _, _ := net.SplitHostPort(req.Source())
	return host
}

func refuseCall(req *sip.Request, tx sip.ServerTransaction, status int, reason string) {
	_ = tx.Respond(sip.NewResponseFromRequest(req, status, reason, nil))
}

// confirmed takes the ACK of a call.
func (s *signalling) confirmed(req *sip.Request, tx sip.ServerTransaction) {
	_ = s.dialogs.ReadAck(req, tx)
}

// ended takes the BYE of a call. One that we know nothing of, as after Hush, is over, and
// that is confirmed, not refused with 481 as RFC 3261 has it (15.1.2): Asterisk 22.10
// keeps for ever what it has of a call whose BYE was answered with 481, more than 100 kB.
func (s *signalling) ended(req *sip.Request, tx sip.ServerTransaction) {
	if s.dialogs.ReadBye(req, tx) != nil {
		_ = tx.Respond(sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil))
	}
}

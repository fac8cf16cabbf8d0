package carrier

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// ours is a small telephone system: it registers, calls and takes calls.
type ours struct {
	t         *testing.T
	transport string
	server    string
	ua        *sipgo.UserAgent
	client    *sipgo.Client
	contact   sip.ContactHeader
	invites   chan *sip.Request
}

func newOurs(t *testing.T, c *Carrier, transport string) *ours {
	t.Helper()
	authorities := x509.NewCertPool()
	text, err := os.ReadFile(c.Authorities())
	if err != nil || !authorities.AppendCertsFromPEM(text) {
		t.Fatalf("authorities: %v", err)
	}
	quiet := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(sipgo.WithUserAgent("ours"),
		sipgo.WithUserAgenTLSConfig(&tls.Config{RootCAs: authorities, ServerName: "127.0.0.1"}),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet)),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)))
	if err != nil {
		t.Fatal(err)
	}
	client, err := sipgo.NewClient(ua, sipgo.WithClientHostname("127.0.0.1"), sipgo.WithClientLogger(quiet))
	if err != nil {
		t.Fatal(err)
	}
	o := &ours{t: t, transport: transport, server: c.Addr(transport), ua: ua, client: client, invites: make(chan *sip.Request, 10)}
	params := sip.NewParams()
	params.Add("transport", transport)
	params.Add("line", "ntsbokw")
	o.contact = sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "account7", Host: "127.0.0.1", Port: freePort(t), UriParams: params}}
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		t.Fatal(err)
	}
	server.OnInvite(func(req *sip.Request, tx sip.ServerTransaction) {
		o.invites <- req
		_ = tx.Respond(sip.NewResponseFromRequest(req, 486, "Busy Here", nil))
	})
	server.OnAck(func(*sip.Request, sip.ServerTransaction) {})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if transport == "udp" {
			_ = server.ListenAndServe(ctx, "udp", fmt.Sprintf("127.0.0.1:%d", o.contact.Address.Port))
		}
	}()
	t.Cleanup(func() {
		cancel()
		_ = ua.Close()
		<-done
		// sipgo opens a socket for a request that was on its way, which only a
		// second closing takes away.
		time.Sleep(100 * time.Millisecond)
		_ = ua.Close()
	})
	return o
}

func freePort(t *testing.T) int {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).Port
}

// request builds a request to the carrier from our account.
func (o *ours) request(method sip.RequestMethod, user string) *sip.Request {
	host, text, _ := net.SplitHostPort(o.server)
	port, _ := strconv.Atoi(text)
	req := sip.NewRequest(method, sip.Uri{Scheme: "sip", User: user, Host: host, Port: port})
	req.SetTransport(strings.ToUpper(o.transport))
	contact := o.contact
	req.AppendHeader(&contact)
	account := sip.Uri{Scheme: "sip", User: "account7", Host: "carrier.test"}
	from := sip.FromHeader{Address: account}
	from.Params.Add("tag", sip.GenerateTagN(8))
	req.AppendHeader(&from)
	if method == sip.REGISTER {
		req.AppendHeader(&sip.ToHeader{Address: account})
	}
	return req
}

// sendRequest sends a request and answers a challenge; status 0: no answer in that time.
func (o *ours) sendRequest(req *sip.Request, user, password string, patience time.Duration) (res *sip.Response, challenged int) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	res, err := o.client.Do(ctx, req)
	if err != nil {
		if ctx.Err() == nil {
			o.t.Fatal(err)
		}
		return nil, 0
	}
	if res.StatusCode != 401 && res.StatusCode != 407 {
		return res, 0
	}
	challenged = res.StatusCode
	res, err = o.client.DoDigestAuth(ctx, req, res, sipgo.DigestAuth{Username: user, Password: password})
	if err != nil {
		o.t.Fatal(err)
	}
	return res, challenged
}

func (o *ours) register(t *testing.T) {
	t.Helper()
	res, challenged := o.sendRequest(o.request(sip.REGISTER, ""), "auth-7", password, 5*time.Second)
	if res == nil || res.StatusCode != 200 || challenged != 401 {
		t.Fatalf("REGISTER: %v, challenged with %d", res, challenged)
	}
}

func headerOf(res *sip.Response, line string) string {
	name, _, _ := strings.Cut(line, ":")
	if h := res.GetHeader(name); name != "" && h != nil {
		return h.Value()
	}
	return ""
}

// invite sends an INVITE with G.711 and says what the last answer is; it ends
// what was answered.
func (o *ours) invite(t *testing.T, number string, patience time.Duration, headers ...string) *sip.Response {
	t.Helper()
	return o.inviteSDP(t, number, patience, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n", headers...)
}

func (o *ours) inviteSDP(t *testing.T, number string, patience time.Duration, sdp string, headers ...string) *sip.Response {
	t.Helper()
	req := o.request(sip.INVITE, number)
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.AppendHeader(sip.NewHeader(name, value))
	}
	req.SetBody([]byte(sdp))
	// Without a sign of the other side a call is given up only by force.
	ctx, cancel := context.WithTimeoutCause(context.Background(), patience, sipgo.WaitAnswerForceCancelErr)
	defer cancel()
	ua := sipgo.DialogUA{Client: o.client, ContactHDR: o.contact}
	d, err := ua.WriteInvite(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.WaitAnswer(ctx, sipgo.AnswerOptions{Username: "auth-7", Password: password})
	var refused *sipgo.ErrDialogResponse
	switch {
	case errors.As(err, &refused):
		return refused.Res
	case err != nil:
		return nil
	}
	if err := d.Ack(deadlineSoon(t)); err != nil {
		t.Error(err)
	}
	if err := d.Bye(deadlineSoon(t)); err != nil {
		t.Errorf("BYE: %v", err)
	}
	return d.InviteResponse
}

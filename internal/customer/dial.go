package customer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"presszero/internal/audio"
)

// Options of one call: the number and server, the caller's identity, the sound.
type Options struct {
	To     string // the number to dial
	Server string // where: host:port
	From   string // the number to call from; empty: anonymous
	Name   string // the name to show with it; may be empty

	// Domain is the host in From; empty: the phone's own address.
	Domain string
	// Headers are further header lines of the INVITE, as "Privacy: id".
	Headers []string
	// ALaw offers PCMA and nothing else, as most of the world's networks outside
	// North America and Japan do; else it is PCMU.
	ALaw bool
	// Encrypt offers SRTP and nothing else, with keys in SDP (RFC 4568).
	Encrypt bool

	// The sound that the customer speaks with; see Sound.
	Tone  float64
	Voice []int16
	Loop  bool
	Pause time.Duration

	// LocalIP is the address to call from when Dial makes its own Phone; empty:
	// the one that reaches Server.
	LocalIP string
	// Remember is how much of what was heard can be asked about, at least
	// (0: five minutes). A second takes about 12 kB.
	Remember time.Duration
}

// Refused is the error of a call that the other side did not take: SIP status
// 300 to 699, such as 486 Busy Here.
type Refused struct {
	Status int
	Reason string
}

func (r *Refused) Error() string {
	return fmt.Sprintf("customer: the call was refused: %d %s", r.Status, r.Reason)
}

// patience is how long a call that was given up waits for a first sign of the
// other side, without which it must not be cancelled (RFC 3261, 9.1).
const patience = time.Second

// Dial makes one call from a Phone of its own, which closes with the call; see
// Phone.Dial.
func Dial(ctx context.Context, o Options) (*Call, error) {
	ip := o.LocalIP
	if ip == "" {
		var err error
		if ip, err = addressTowards(o.Server); err != nil {
			return nil, err
		}
	}
	p, err := NewPhone(context.Background(), net.JoinHostPort(ip, "0"))
	if err != nil {
		return nil, err
	}
	c, err := p.Dial(ctx, o)
	if err != nil {
		p.Close()
		return nil, err
	}
	go func() {
		<-c.Done()
		p.Close()
	}()
	return c, nil
}

func addressTowards(server string) (string, error) {
	probe, err := net.Dial("udp", server) // sends nothing
	if err != nil {
		return "", fmt.Errorf("customer: no way to %q: give it as host:port: %w", server, err)
	}
	defer func() { _ = probe.Close() }()
	return probe.LocalAddr().(*net.UDPAddr).IP.String(), nil
}

// Dial calls and returns once the call is answered. When it is refused the
// error is a *Refused. When ctx ends before the answer, the call is cancelled;
// later, ctx has no influence on it.
func (p *Phone) Dial(ctx context.Context, o Options) (*Call, error) {
	invite, key, err := p.invitation(o)
	if err != nil {
		return nil, err
	}
	l, err := openLine(p.here.Addr(), Sound{Voice: o.Voice, Loop: o.Loop, Pause: o.Pause, Tone: o.Tone},
		int(o.Remember/audio.FrameTime))
	if err != nil {
		return nil, err
	}
	c := newCall(p, key, l)
	if err := p.remember(c); err != nil {
		l.close()
		return nil, err
	}
	defer p.pending.Done()
	law := uint8(payloadUlaw)
	if o.ALaw {
		law = payloadAlaw
	}
	var ours crypto
	if o.Encrypt {
		ours = newCrypto("1")
		if err := l.socket.encrypt(ours, crypto{}); err != nil {
			c.finish(Ending{By: Failed})
			return nil, err
		}
	}
	invite.SetBody(describe(l.here, law, payloadEvent, ours))
	if err := c.sendInvite(ctx, invite); err != nil {
		c.finish(Ending{By: Failed})
		return nil, err
	}
	return c, nil
}

// invitation builds the INVITE but for its body.
func (p *Phone) invitation(o Options) (*sip.Request, string, error) {
	for what, value := range map[string]string{"dialled": o.To, "calling": o.From} {
		if strings.ContainsFunc(value, func(r rune) bool { return !strings.ContainsRune(userRunes, r) }) {
			return nil, "", fmt.Errorf("customer: the %s number %q has characters that no number has", what, value)
		}
	}
	host, portText, err := net.SplitHostPort(o.Server)
	port, portErr := strconv.Atoi(portText)
	if err != nil || portErr != nil || o.To == "" {
		return nil, "", fmt.Errorf("customer: cannot dial %q at %q: give a number and host:port", o.To, o.Server)
	}
	us := uriHost(p.here.Addr().String())
	from := sip.FromHeader{DisplayName: plain(o.Name), Address: sip.Uri{Scheme: "sip", User: o.From, Host: us}}
	if o.Domain != "" {
		from.Address.Host = o.Domain
	}
	if o.From == "" {
		from.Address = sip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}
	}
	tag := sip.GenerateTagN(16)
	from.Params.Add("tag", tag)
	callID := sip.CallIDHeader(sip.GenerateTagN(24) + "@" + us)

	invite := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: o.To, Host: uriHost(host), Port: port})
	invite.AppendHeader(&from)
	invite.AppendHeader(&callID)
	invite.AppendHeader(sip.NewHeader("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS"))
	invite.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	for _, line := range o.Headers {
		name, value, found := strings.Cut(line, ":")
		if !found || strings.ContainsAny(line, "\r\n") {
			return nil, "", fmt.Errorf("customer: the header %q is not of the form NAME: VALUE", line)
		}
		invite.AppendHeader(sip.NewHeader(strings.TrimSpace(name), strings.TrimSpace(value)))
	}
	return invite, keyOf(callID.Value(), tag), nil
}

// uriHost is a host as SIP writes it: an IPv6 address in brackets (RFC 3261,
// section 25.1).
func uriHost(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

const userRunes = "0123456789+*._-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// plain leaves out of a name the characters that would end a quoted string.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == '\\' || r == 0x7F {
			return -1
		}
		return r
	}, name)
}

// sendInvite sends the INVITE and brings the call up.
func (c *Call) sendInvite(ctx context.Context, invite *sip.Request) error {
	c.Dialled = time.Now()
	d, err := c.phone.dialog.WriteInvite(ctx, invite)
	if err != nil {
		return fmt.Errorf("customer: dialling: %w", err)
	}
	err = c.waitAnswer(ctx, d)
	if err != nil {
		c.phone.giveUp(c.key, d)
		return err
	}
	c.Answered = time.Now()
	s, err := understand(d.InviteResponse.Body())
	if err == nil && s.crypto.present() != c.line.socket.outgoingKey().present() {
		err = errors.New("customer: encryption was offered and not taken, or taken and not offered")
	}
	if err == nil && s.crypto.present() {
		err = c.line.socket.encrypt(crypto{}, s.crypto)
	}
	if err == nil {
		err = ctx.Err()
	}
	if c.EndedBy().By != Nobody {
		err = errClosed
	}
	if err == nil {
		err = d.Ack(ctx)
	}
	if err != nil {
		c.phone.giveUp(c.key, d)
		return fmt.Errorf("customer: answered, but hung up at once: %w", err)
	}
	c.dialog, c.target = d, contactOf(d.InviteResponse.Contact())
	c.line.connect(s)
	close(c.up)
	return nil
}

// waitAnswer waits for the answer; when ctx ends first, it cancels the call.
func (c *Call) waitAnswer(ctx context.Context, d *sipgo.DialogClientSession) error {
	waiting, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	sign := make(chan struct{}) // closed by the first response
	seen := false
	go c.cancelWhen(ctx, sign, waiting, stop)
	err := d.WaitAnswer(waiting, sipgo.AnswerOptions{OnResponse: func(*sip.Response) error {
		if !seen {
			seen = true
			close(sign)
		}
		return nil
	}})
	return c.whyUnanswered(ctx, err)
}

// cancelWhen stops waiting for an answer when ctx ends or the phone is closed:
// with a CANCEL once the other side has responded (sign), else by force.
func (c *Call) cancelWhen(ctx context.Context, sign <-chan struct{}, waiting context.Context, stop context.CancelCauseFunc) {
	select {
	case <-ctx.Done():
	case <-c.done: // the phone was closed
	case <-waiting.Done():
		return
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-sign:
		stop(context.Canceled)
	case <-timer.C:
		stop(sipgo.WaitAnswerForceCancelErr)
	case <-waiting.Done():
	}
}

// whyUnanswered is the error of a call that sipgo ended with err; nil: answered.
func (c *Call) whyUnanswered(ctx context.Context, err error) error {
	var refused *sipgo.ErrDialogResponse
	switch {
	case err == nil:
		return nil
	case c.EndedBy().By != Nobody:
		return errClosed
	case ctx.Err() != nil:
		return fmt.Errorf("customer: given up before an answer: %w", ctx.Err())
	case errors.As(err, &refused):
		return &Refused{Status: refused.Res.StatusCode, Reason: refused.Res.Reason}
	default:
		return fmt.Errorf("customer: no answer: %w", err)
	}
}

// giveUp ends a dialog that will not become a conversation. An answer that
// crossed our CANCEL is confirmed and ended at once; one that is still on its
// way is awaited for as long as SIP allows, or the other side would talk to
// nobody.
func (p *Phone) giveUp(key string, d *sipgo.DialogClientSession) {
	if res := d.InviteResponse; res != nil && res.IsSuccess() {
		p.dismiss(d)
		return
	}
	if res := d.InviteResponse; res != nil && !res.IsProvisional() {
		return // refused, or 487: all is said
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late[key] = d
	time.AfterFunc(64*sip.T1, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.late, key)
	})
}

// dismiss confirms an answer that nobody waits for any more and hangs up.
func (p *Phone) dismiss(d *sipgo.DialogClientSession) {
	if d.Ack(context.Background()) == nil {
		_ = p.sendBye(d, contactOf(d.InviteResponse.Contact()), nil)
	}
}

// lateAnswer takes responses that belong to no transaction.
func (p *Phone) lateAnswer(res *sip.Response) {
	if !res.IsSuccess() || res.CSeq() == nil || res.CSeq().MethodName != sip.INVITE ||
		res.From() == nil || res.CallID() == nil {
		return
	}
	ours, _ := res.From().Params.Get("tag")
	key := keyOf(res.CallID().Value(), ours)
	p.mu.Lock()
	d := p.late[key]
	delete(p.late, key)
	p.mu.Unlock()
	if d != nil {
		d.InviteResponse = res
		p.dismiss(d)
	}
}

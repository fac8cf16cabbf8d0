package customer

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// A Ring is a call that comes in and waits for an answer.
type Ring struct {
	// From and To are the numbers of the caller and the called.
	From, To string

	phone  *Phone
	dialog *sipgo.DialogServerSession
	offer  session
	early  *line  // what the caller hears before the answer; nil: nothing
	key    crypto // our part of the encryption of that

	mu      sync.Mutex
	decided bool

	answered bool // the call has the line
}

// OnCall has every incoming call handled by f, each in its own goroutine.
// Without it, and when f returns without a decision, calls are refused with
// 480 Temporarily Unavailable.
func (p *Phone) OnCall(f func(*Ring)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onCall = f
}

// invited takes an INVITE: a new call, or a change to one that is going on.
func (p *Phone) invited(req *sip.Request, tx sip.ServerTransaction) {
	if _, inside := req.To().Params.Get("tag"); inside {
		p.reinvited(req, tx)
		return
	}
	p.mu.Lock()
	handle := p.onCall
	p.mu.Unlock()
	if handle == nil {
		respond(req, tx, sip.StatusTemporarilyUnavailable, "Temporarily Unavailable")
		return
	}
	r, err := p.acceptInvite(req, tx)
	if err != nil {
		respond(req, tx, sip.StatusNotAcceptableHere, "Not Acceptable Here")
		return
	}
	handle(r)
	_ = r.Refuse(sip.StatusTemporarilyUnavailable, "Temporarily Unavailable")
	if r.early != nil && !r.answered {
		r.early.close()
	}
}

func (p *Phone) acceptInvite(req *sip.Request, tx sip.ServerTransaction) (*Ring, error) {
	offer, err := understand(req.Body())
	if err != nil {
		return nil, err
	}
	d, err := p.dialog.ReadInvite(req, tx)
	if err != nil {
		return nil, err
	}
	if p.TakesNoKeys {
		offer.event = 0
	}
	r := &Ring{To: req.Recipient.User, phone: p, dialog: d, offer: offer}
	if req.From() != nil {
		r.From = req.From().Address.User
	}
	return r, nil
}

// Ringing tells the caller that it rings (180).
func (r *Ring) Ringing() error {
	return r.dialog.Respond(sip.StatusRinging, "Ringing", nil)
}

// URI is the Request-URI as it was received, with its parameters.
func (r *Ring) URI() string { return r.dialog.InviteRequest.Recipient.String() }

// Header returns the values of all headers of that name, top first.
func (r *Ring) Header(name string) []string {
	var values []string
	for _, h := range r.dialog.InviteRequest.GetHeaders(name) {
		values = append(values, h.Value())
	}
	return values
}

// SDP is the caller's description of its media.
func (r *Ring) SDP() string { return string(r.dialog.InviteRequest.Body()) }

// Encrypted reports whether the caller offers SRTP and nothing else (RTP/SAVP).
func (r *Ring) Encrypted() bool { return r.offer.crypto.present() }

// Progress sends the caller sound before the answer (183), as networks do with
// announcements. Answer goes on with what it is given to say.
func (r *Ring) Progress(what Sound) error {
	if err := r.openMedia(what); err != nil {
		return err
	}
	return r.dialog.Respond(sip.StatusSessionInProgress, "Session Progress", describe(r.early.here, r.offer.law, r.offer.event, r.key),
		sip.NewHeader("Content-Type", "application/sdp"))
}

// openMedia begins to speak to the caller, or goes on with something else.
func (r *Ring) openMedia(what Sound) error {
	if r.early != nil {
		r.early.startSound(what)
		return nil
	}
	l, err := openLine(r.phone.here.Addr(), what, 0)
	if err != nil {
		return err
	}
	if r.offer.crypto.present() {
		r.key = newCrypto(r.offer.crypto.tag)
		if err := l.socket.encrypt(r.key, r.offer.crypto); err != nil {
			l.close()
			return err
		}
	}
	l.connect(r.offer)
	r.early = l
	return nil
}

// GivenUp is closed when the caller gives up, and when the call has ended.
func (r *Ring) GivenUp() <-chan struct{} { return r.dialog.Context().Done() }

// Why a Ring cannot be answered or refused.
var (
	ErrDecided = errors.New("customer: this call was answered or refused before")
	ErrGivenUp = errors.New("customer: the caller has given up")
)

func (r *Ring) decide() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.decided {
		return ErrDecided
	}
	r.decided = true
	select {
	case <-r.GivenUp():
		return ErrGivenUp
	default:
		return nil
	}
}

// Refuse does not take the call: status 300 to 699, such as 486 Busy Here.
func (r *Ring) Refuse(status int, reason string) error {
	if err := r.decide(); err != nil {
		return err
	}
	return r.dialog.Respond(status, reason, nil)
}

// Redirect refuses with 302 Moved Temporarily and another address to call.
func (r *Ring) Redirect(to string) error {
	if err := r.decide(); err != nil {
		return err
	}
	return r.dialog.Respond(sip.StatusMovedTemporarily, "Moved Temporarily", nil, sip.NewHeader("Contact", "<"+to+">"))
}

// Answer takes the call, says what, and returns once the caller confirmed it.
func (r *Ring) Answer(what Sound) (*Call, error) {
	if err := r.decide(); err != nil {
		return nil, err
	}
	if err := r.openMedia(what); err != nil {
		_ = r.dialog.Respond(sip.StatusInternalServerError, "Server Internal Error", nil)
		return nil, err
	}
	l := r.early
	ours, _ := r.dialog.InviteRequest.To().Params.Get("tag")
	c := newCall(r.phone, keyOf(r.dialog.InviteRequest.CallID().Value(), ours), l)
	c.dialog, c.incoming = r.dialog, r.dialog
	c.target = contactOf(r.dialog.InviteRequest.Contact())
	if err := r.phone.remember(c); err != nil {
		return nil, err
	}
	r.answered = true
	defer r.phone.pending.Done()
	if err := r.dialog.RespondSDP(describe(l.here, r.offer.law, r.offer.event, r.key)); err != nil {
		c.finish(Ending{By: Failed})
		return nil, fmt.Errorf("customer: answering: %w", err)
	}
	c.Answered = time.Now()
	close(c.up)
	return c, nil
}

// confirmed takes an ACK, which only matters to calls that came in.
func (p *Phone) confirmed(req *sip.Request, tx sip.ServerTransaction) {
	if c := p.callOf(req); c != nil && c.incoming != nil {
		_ = c.incoming.ReadAck(req, tx)
	}
}

// reinvited takes a change of the other side's media; ours stays as it is.
func (p *Phone) reinvited(req *sip.Request, tx sip.ServerTransaction) {
	c := p.callOf(req)
	if c == nil {
		respond(req, tx, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist")
		return
	}
	event := uint8(payloadEvent)
	s := session{law: c.line.law()}
	if len(req.Body()) > 0 {
		var err error
		s, err = understand(req.Body())
		if err != nil {
			respond(req, tx, sip.StatusNotAcceptableHere, "Not Acceptable Here")
			return
		}
		if s.crypto.present() != c.line.socket.outgoingKey().present() ||
			s.crypto.present() && c.line.socket.encrypt(crypto{}, s.crypto) != nil {
			respond(req, tx, sip.StatusNotAcceptableHere, "Not Acceptable Here")
			return
		}
		c.line.sendTo(s)
		event = s.event
	}
	key := c.line.socket.outgoingKey()
	if s.crypto.present() {
		key.tag = s.crypto.tag
	}
	res := sip.NewSDPResponseFromRequest(req, describe(c.line.here, s.law, event, key))
	contact := p.dialog.ContactHDR
	res.AppendHeader(&contact)
	_ = tx.Respond(res)
}

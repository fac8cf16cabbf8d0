package softphone

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"presszero/call"
	"presszero/softphone/media"
)

// A page makes its audio anew when the network changes; more than a few times
// a minute it is broken or hostile, and each costs a key exchange.
const (
	connectWithin   = 5 * time.Second
	offersPerMinute = 5
	offersAtOnce    = 5
)

// voice is the way of an agent's audio, kept for as long as the program runs,
// so that signing in again does not lift the limit on offers.
type voice struct {
	mu     sync.Mutex // serialises Connect and Close of the seat
	offers *rate.Limiter

	addrMu sync.Mutex
	addr   string // where Asterisk reaches this agent's media
}

func (h *Hub) voice(id call.AgentID) *voice {
	h.mu.Lock()
	defer h.mu.Unlock()
	v := h.voices[id]
	if v == nil {
		v = &voice{offers: rate.NewLimiter(rate.Limit(offersPerMinute)/60, offersAtOnce)}
		h.voices[id] = v
	}
	return v
}

func (v *voice) setAddr(a string) {
	v.addrMu.Lock()
	v.addr = a
	v.addrMu.Unlock()
}

func (v *voice) getAddr() string {
	v.addrMu.Lock()
	defer v.addrMu.Unlock()
	return v.addr
}

// connect answers the page's WebRTC offer.
func (h *Hub) connect(ctx context.Context, p *page, offer string) {
	v := h.voice(p.agent.ID)
	if !v.offers.Allow() {
		p.queue(Down{Type: "error", Text: "The audio was connected too often; wait a minute and try again."})
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if !h.current(p) {
		return // another page has the desk; its audio must not be replaced
	}
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	answer, err := h.Engine.Connect(ctx, string(p.agent.ID), offer)
	for errors.Is(err, media.ErrLost) && pause(ctx, mediaBack) {
		answer, err = h.Engine.Connect(ctx, string(p.agent.ID), offer)
	}
	if err != nil {
		h.Logger.Warn("an agent's audio could not be connected", "agent", p.agent.ID, "err", err)
		p.queue(Down{Type: "error", Text: sentenceFor(err)})
		return
	}
	v.setAddr(cmp.Or(answer.Address, answer.RTPAddr))
	p.queue(Down{Type: "media", SDP: answer.SDP})
}

// mediaBack is how often the hub tries whether a media process that ended is
// back. A caller may be waiting together with the page.
const mediaBack = 50 * time.Millisecond

// pause waits, and reports whether ctx is not over.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func sentenceFor(err error) string {
	if errors.Is(err, media.ErrOffer) {
		return "This browser's audio offer cannot be used; please use a current Chrome, Edge, Firefox or Safari."
	}
	return "The audio cannot be connected at the moment; it is tried again by itself."
}

// Heard takes the engine's events. The program that makes the engine passes them
// on, in order. Heard never waits.
func (h *Hub) Heard(e media.Event) {
	id := call.AgentID(e.Seat)
	switch e.Kind {
	case media.Connected:
		addr := h.voice(id).getAddr()
		h.postFor(id, call.MediaUp{Agent: id, Address: addr})
	case media.Disconnected:
		h.postFor(id, call.MediaDown{Agent: id})
	case media.Audio:
		h.mu.Lock()
		defer h.mu.Unlock()
		if d := h.desks[id]; d != nil && d.page != nil {
			d.page.queue(Down{Type: "audio", FromAgent: &e.FromAgent, FromCaller: &e.FromCaller})
		}
	case media.Lost:
		h.Logger.Error("the media process does not answer; callers go back to the music")
		for _, id := range h.Present() {
			h.postFor(id, call.MediaDown{Agent: id})
		}
	case media.Back:
		h.orders.append(compareSeats{})
	}
}

// postFor posts an event of an agent who is signed in.
func (h *Hub) postFor(id call.AgentID, ev call.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.desks[id] != nil {
		h.Post(ev)
	}
}

// compareSeats is an order of the hub itself: find the agents whose voice the
// media process has lost while it did not answer. Their pages are told to offer
// anew.
type compareSeats struct{}

// VoiceDue reports whether a page whose desk is in this state owes voice without a
// pause; in others it may rest. See media.Bursts.
func VoiceDue(s call.AgentState) bool {
	return s == call.Ringing || s == call.Connecting || s == call.Talking
}

// expectVoice is an order of the hub itself: the agent's page is told at this moment
// that voice is due, or not any more.
type expectVoice struct {
	agent call.AgentID
	due   bool
}

// carryOut carries out the orders for the engine, one after another, so that the
// loop does not wait for them.
func (h *Hub) carryOut(order any) {
	switch o := order.(type) {
	case call.TalkTo:
		if err := h.Engine.TalkTo(string(o.Agent), o.Leg, o.Remote); err != nil {
			h.Logger.Error("an agent's audio cannot reach the caller", "agent", o.Agent, "leg", o.Leg, "err", err)
			h.postFor(o.Agent, call.MediaDown{Agent: o.Agent})
		}
	case call.Hush:
		h.Engine.Hush(string(o.Agent), o.Leg)
	case expectVoice:
		h.Engine.Expect(string(o.agent), o.due)
	case compareSeats:
		h.compare()
	}
}

func (h *Hub) compare() {
	seats, err := h.Engine.Seats()
	if err != nil {
		h.Logger.Error("the media process does not tell its seats", "err", err)
		return
	}
	has := map[call.AgentID]media.Seat{}
	for _, s := range seats {
		has[call.AgentID(s.Name)] = s
	}
	for _, id := range h.Present() {
		seat, there := has[id]
		if seat.Connected {
			address := addressOf(seat)
			h.voice(id).setAddr(address)
			h.postFor(id, call.MediaUp{Agent: id, Address: address})
			continue
		}
		h.postFor(id, call.MediaDown{Agent: id})
		if !there {
			h.renew(id)
		}
	}
}

// addressOf is where Asterisk reaches a seat. A media process of an earlier version
// has an RTP address only.
func addressOf(seat media.Seat) string { return cmp.Or(seat.Address, seat.RTPAddr) }

// renew tells her page that its voice connection leads nowhere any more. The
// browser itself finds that out only after some seconds.
func (h *Hub) renew(id call.AgentID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d := h.desks[id]; d != nil && d.page != nil {
		d.page.queue(Down{Type: "renew"})
	}
}

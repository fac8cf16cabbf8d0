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

// A page makes its audio anew when it is loaded and when the network changes. An agent
// may do both again and again, with a caller waiting, so the limit only stops what no
// person does: each offer costs a key exchange, 2 to 4 ms of processor time, and one
// who is refused may try again within 3 s.
const (
	connectWithin   = 5 * time.Second
	offersPerMinute = 20
	offersAtOnce    = 20
)

// voice is the way of an agent's audio, kept for as long as the program runs,
// so that signing in again does not lift the limit on offers.
type voice struct {
	mu     sync.Mutex // serialises Connect and Close of the seat
	offers *rate.Limiter

	addrMu sync.Mutex
	addr   string // where Asterisk reaches this agent's media
	page   string // id of the page whose voice it is; "": not known, after a restart
	stood  string // the address of a seat that was there before us; "": there was none
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

func (v *voice) keep(addr, page string) {
	v.addrMu.Lock()
	v.addr, v.page = addr, page
	v.addrMu.Unlock()
}

// found is told a seat that was there before its agent's page came. If nothing was
// known of her, it outlived a controller before us, and so did the talk in it.
func (v *voice) found(addr string) {
	v.addrMu.Lock()
	defer v.addrMu.Unlock()
	if v.addr == "" {
		v.stood = addr
	}
}

func (v *voice) lastPage() string {
	v.addrMu.Lock()
	defer v.addrMu.Unlock()
	return v.page
}

// reached is where, and whether the seat there was before us.
func (v *voice) reached() (addr string, stood bool) {
	v.addrMu.Lock()
	defer v.addrMu.Unlock()
	return v.addr, v.addr != "" && v.addr == v.stood
}

// connect answers the page's WebRTC offer.
func (h *Hub) connect(ctx context.Context, p *page, offer string) {
	v := h.voice(p.agent.ID)
	if !v.offers.Allow() {
		p.queue(Down{Type: "error", Text: "The audio was connected too often; try again in a few seconds."})
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
	v.keep(cmp.Or(answer.Address, answer.RTPAddr), p.id)
	p.queue(Down{Type: "media", SDP: answer.SDP})
	p.takeOver()
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
	if h.earHeard(e) {
		return
	}
	switch e.Kind {
	case media.Connected:
		h.voiceUp(id)
	case media.Disconnected:
		h.voiceDown(id)
	case media.Audio:
		h.mu.Lock()
		defer h.mu.Unlock()
		if d := h.desks[id]; d != nil && d.page != nil {
			d.page.queue(Down{Type: "audio", FromAgent: &e.FromAgent, FromCaller: &e.FromCaller})
		}
	case media.Recording:
		h.recordingHeard(e)
	case media.Lost:
		h.Logger.Error("the media process does not answer; callers go back to the music")
		for _, id := range h.Present() {
			h.voiceDown(id)
		}
	case media.Back:
		h.orders.append(compareSeats{})
	}
}

// voiceUp tells the loop of an agent who is signed in that her audio path is proved.
func (h *Hub) voiceUp(id call.AgentID) {
	addr, stood := h.voice(id).reached()
	h.mu.Lock()
	defer h.mu.Unlock()
	if d := h.desks[id]; d != nil {
		d.heard = true
		h.Post(call.MediaUp{Agent: id, Address: addr, Stands: stood})
	}
}

// voiceDown tells the loop that it is lost, or that the agent is, if her page's line
// had broken before: a caller is not left in silence for the rest of the grace.
func (h *Hub) voiceDown(id call.AgentID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks[id]
	if d == nil {
		return
	}
	d.heard = false
	if d.silent() && !h.closing {
		h.lose(id)
		return
	}
	h.Post(call.MediaDown{Agent: id})
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
			h.voiceDown(o.Agent)
		}
	case call.Hush:
		h.Engine.Hush(string(o.Agent), o.Leg)
		h.forgetRecording(o.Leg)
	case call.RecordTalk, call.PauseRecording, call.ResumeRecording, call.StopRecording:
		h.record(o.(call.Command))
	case call.Listen:
		h.letListen(o)
	case call.StopListening:
		h.Engine.StopListening(string(o.Listener))
	case call.SignOut:
		h.signOut(o)
	case expectVoice:
		h.Engine.Expect(string(o.agent), o.due)
	case closeSeat:
		h.Engine.Close(o.name)
	case compareSeats:
		h.compare()
	case strays:
		h.stopStrays(o)
	}
}

// closeSeat is an order of the hub itself: to nobody's seat.
type closeSeat struct{ name string }

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
			v := h.voice(id)
			v.keep(addressOf(seat), v.lastPage())
			h.voiceUp(id)
			continue
		}
		h.voiceDown(id)
		if !there {
			h.renew(id)
		}
	}
	h.renewEars(has)
	h.compareRecordings(seats)
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

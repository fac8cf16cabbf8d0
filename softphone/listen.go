package softphone

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"presszero/call"
	"presszero/softphone/media"
)

// Listener is a supervisor who opens a page to listen to talks.
type Listener struct {
	Name   call.AgentID
	Queues []string // whose talks the supervisor may hear; nil: all
	// Still reports whether the sign-in and these rights still hold; see Agent.
	Still func(context.Context) bool
}

// ear is a listener's page: a line of its own beside the desks, and a seat of its own in
// the media, so that an agent who listens keeps her desk. Both end with the line; a page
// whose line broke opens another one and asks anew.
type ear struct {
	*page
	who     Listener
	id      call.ListenerID
	offers  *rate.Limiter
	changed chan struct{} // holds one token when the user was changed

	mu      sync.Mutex
	address string // where Asterisk reaches its audio; "": it was not offered yet
	denied  bool   // the supervisor may not listen any more; the page is told so
}

// earPrefix begins the names of listeners' seats. No user's name has a colon.
const earPrefix = "ear:"

func isEar(seat string) bool { return strings.HasPrefix(seat, earPrefix) }

// ServeListener is a listener's page, from its hello to its end.
func (h *Hub) ServeListener(w http.ResponseWriter, r *http.Request, who Listener) {
	if !h.mayOpen(w, r) {
		return
	}
	defer h.pages.Done()
	if p := openPage(w, r, Agent{ID: who.Name, Still: who.Still}); p != nil {
		h.serveEar(r.Context(), &ear{page: p, who: who, id: call.ListenerID(earPrefix + string(h.NewID())),
			changed: make(chan struct{}, 1), offers: rate.NewLimiter(rate.Limit(offersPerMinute)/60, offersAtOnce)})
	}
}

func (h *Hub) serveEar(ctx context.Context, e *ear) {
	ctx, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer cancel()
	e.cut = cancel
	beside.Go(func() { defer cancel(); e.write(ctx) })
	hello, err := e.readMessage(ctx, helloWithin)
	if err != nil {
		return
	}
	if hello.Type != "hello" {
		_ = e.refuse("the first message must be hello")
		return
	}
	if !h.addEar(e) {
		e.queueGoodbye(ByeRestart, restartText)
		return
	}
	defer h.removeEar(e)
	beside.Go(func() { h.watchEar(ctx, e) })
	limit := newMessageLimit()
	for {
		m, err := e.readMessage(ctx, h.Silence)
		if err != nil {
			return
		}
		if !limit.Allow() {
			_ = e.refuse("too many messages")
			return
		}
		h.take(ctx, e, m)
	}
}

// take takes what a listener's page says.
func (h *Hub) take(ctx context.Context, e *ear, m Up) {
	switch m.Type {
	case "ping":
		e.queue(Down{Type: "pong", T: m.T})
	case "media":
		h.connectEar(ctx, e, m.SDP)
	case "listen":
		if e.reached() == "" && m.Mode != "" {
			e.queue(Down{Type: "error", Text: "The audio is not connected yet; try again in a moment."})
			return
		}
		h.ask(e, m)
	}
}

// ask passes on what a listener's page asks for. A page that is told good-bye has seconds
// to take its leave, in which it hears nobody.
func (h *Hub) ask(e *ear, m Up) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.denied {
		h.Post(call.ListenAsked{Listener: e.id, By: e.who.Name, Queues: e.who.Queues, Agent: m.Agent, Call: m.Call, Mode: m.Mode, Join: h.NewID()})
	}
}

// deny ends what the page listens to, for good.
func (h *Hub) deny(e *ear) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.denied = true
	h.Post(call.ListenerLeft{Listener: e.id, Why: "denied"})
}

// watchEar asks now and then, and when the user was changed, whether the supervisor may
// still listen.
func (h *Hub) watchEar(ctx context.Context, e *ear) {
	tick := time.NewTicker(h.Recheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-e.changed:
		}
		if e.who.Still != nil && !e.who.Still(ctx) && ctx.Err() == nil {
			h.deny(e)
			e.queueGoodbye(ByeDenied, "Your sign-in has ended, or your rights have changed; please open this again.")
			return
		}
	}
}

// recheckEars has watchEar ask at once. h.mu is held.
func (h *Hub) recheckEars(name call.AgentID) {
	for _, e := range h.ears {
		if e.who.Name == name {
			select {
			case e.changed <- struct{}{}:
			default:
			}
		}
	}
}

const restartText = "The server restarts; you are reconnected in a moment."

func (h *Hub) addEar(e *ear) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return false
	}
	h.ears[e.id] = e
	e.queue(Down{Type: "welcome", Agent: e.who.Name, Now: stamp(time.Now()), Version: h.Engine.Lines()})
	return true
}

// removeEar ends a listener's page and its seat.
func (h *Hub) removeEar(e *ear) {
	h.mu.Lock()
	delete(h.ears, e.id)
	why := "page_gone"
	if h.closing {
		why = "restart"
	}
	h.mu.Unlock()
	h.Post(call.ListenerLeft{Listener: e.id, Why: why})
	h.Engine.Close(string(e.id))
}

// dismissEars says good-bye to every listener's page. h.mu is held.
func (h *Hub) dismissEars() {
	for _, e := range h.ears {
		e.queueGoodbye(ByeRestart, restartText)
	}
}

// connectEar answers the page's WebRTC offer.
func (h *Hub) connectEar(ctx context.Context, e *ear, offer string) {
	if !e.offers.Allow() {
		e.queue(Down{Type: "error", Text: "The audio was connected too often; try again in a few seconds."})
		return
	}
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	answer, err := h.Engine.Connect(ctx, string(e.id), offer)
	for errors.Is(err, media.ErrLost) && pause(ctx, mediaBack) {
		answer, err = h.Engine.Connect(ctx, string(e.id), offer)
	}
	if err != nil {
		h.Logger.Warn("a listener's audio could not be connected", "supervisor", e.who.Name, "err", err)
		e.queue(Down{Type: "error", Text: sentenceFor(err)})
		return
	}
	e.mu.Lock()
	e.address = answer.Address
	e.mu.Unlock()
	e.queue(Down{Type: "media", SDP: answer.SDP})
}

func (e *ear) reached() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.address
}

// earHeard takes the engine's news of a listener's seat, and reports whether it was such.
func (h *Hub) earHeard(ev media.Event) bool {
	if !isEar(ev.Seat) {
		return false
	}
	h.mu.Lock()
	e := h.ears[call.ListenerID(ev.Seat)]
	h.mu.Unlock()
	if e != nil && ev.Kind == media.Connected {
		h.Post(call.ListenerUp{Listener: e.id, Address: e.reached()})
	}
	return true
}

// letListen lets a listener hear a talk. If that cannot be, it is over.
func (h *Hub) letListen(o call.Listen) {
	err := h.Engine.Listen(string(o.Listener), string(o.Agent), o.Leg)
	if err == nil && o.Whisper { // a new listening begins without
		err = h.Engine.Whisper(string(o.Listener), true)
	}
	if err != nil {
		h.Logger.Warn("a talk cannot be listened to", "listener", o.Listener, "agent", o.Agent, "leg", o.Leg, "err", err)
		h.Post(call.ListenerLeft{Listener: o.Listener, Why: "failed"})
	}
}

// showListener tells a listener's page all that it shows.
func (h *Hub) showListener(id call.ListenerID, shown call.Listening) {
	shown.Since, shown.Turned = stamp(shown.Since), stamp(shown.Turned)
	h.mu.Lock()
	defer h.mu.Unlock()
	if e := h.ears[id]; e != nil {
		e.queue(Down{Type: "listening", Listening: &shown})
	}
}

// renewEars tells the pages that their voice connection leads nowhere any more, of whom the
// media process has lost the seat.
func (h *Hub) renewEars(has map[call.AgentID]media.Seat) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, e := range h.ears {
		if _, there := has[call.AgentID(id)]; !there && e.reached() != "" {
			e.queue(Down{Type: "renew"})
		}
	}
}

package softphone

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"presszero/call"
	"presszero/softphone/media"
)

// Config is what a Hub needs. The durations have the protocol's values when
// they are zero; tests shorten them.
type Config struct {
	Engine media.Engine
	// Post takes an event to the loop. It is called with a lock held, so it
	// must neither wait nor call the hub back (call.Runner.Post does neither).
	Post func(call.Event)
	// NewID returns a fresh id, for the facts of an agent's shift or of a call
	// that she makes.
	NewID  func() call.ID
	Logger *slog.Logger // nil: slog.Default

	Grace   time.Duration // a broken line may come back for so long (3 s)
	Silence time.Duration // a page that says nothing for so long is lost (15 s)
	Recheck time.Duration // how often Agent.Still is asked (60 s)
	Return  time.Duration // after a restart, agents may come back for so long (20 s)
	Quality time.Duration // pages tell so often how a talk is heard (5 s); what comes faster is passed over
	// Keep is how long the seat of an agent whose page is gone is kept (35 s): longer
	// than the line keeps the talk for her, whose leg ends with the seat.
	Keep time.Duration

	// AtOnce is how many pages may be signing in at the same moment (40). When
	// hundreds come back together, each is admitted quickly, one after another,
	// instead of all of them slowly. A page that has waited for Turn (3 s) is
	// refused with 503 and Retry-After.
	AtOnce int
	Turn   time.Duration
}

func (c *Config) complete() {
	for d, std := range map[*time.Duration]time.Duration{
		&c.Grace: 3 * time.Second, &c.Silence: 15 * time.Second,
		&c.Recheck: time.Minute, &c.Return: 20 * time.Second, &c.Keep: 35 * time.Second, &c.Turn: 3 * time.Second,
		&c.Quality: 5 * time.Second,
	} {
		if *d == 0 {
			*d = std
		}
	}
	if c.AtOnce <= 0 {
		c.AtOnce = 40
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
}

// Agent is a signed-in user who opens a page.
type Agent struct {
	ID   call.AgentID
	Name string
	Work
	// Still reports whether the sign-in still holds: not signed out, role and
	// password unchanged. nil: always. It may wait for a database.
	Still func(context.Context) bool
}

// Work is what an agent serves and can do; see call.SignedIn.
type Work struct {
	Queues []string // the queues she serves; empty: all
	Skills map[string]int
	Head   map[string]time.Duration
}

// Hub holds the desks of all agents. Its methods may be called from any
// goroutine.
type Hub struct {
	Config

	mu       sync.Mutex
	desks    map[call.AgentID]*desk
	kept     map[call.AgentID]*keptSeat
	voices   map[call.AgentID]*voice
	hearings map[call.AgentID][]*hearing // of talks that are measured
	ears     map[call.ListenerID]*ear
	closing  bool
	pages    sync.WaitGroup        // of ServeWS
	entering chan struct{}         // one element for each page that is signing in
	away     *time.Timer           // set by Resume
	work     map[call.AgentID]Work // as Assign has told it last

	recordings map[string]recording                 // by leg
	recorded   map[call.AgentID]*call.DeskRecording // as ShowRecording has told it last

	orders *orders
}

// desk is an agent who is signed in.
type desk struct {
	page  *page // nil: the line is broken, the page may come back
	last  *page // page, or the one whose line is broken
	shown *call.Desk
	grace *time.Timer
	voice bool // whether the engine expects voice; true until it was told
	heard bool // the page's voice is up

	turned time.Time // when what the agent hears changed in a talk
}

func (d *desk) talks() bool { return d.shown != nil && d.shown.State == call.Talking }

// silent reports whether line and voice of a page in a talk are both gone.
func (d *desk) silent() bool { return d.page == nil && !d.heard && d.talks() }

// New returns a hub; Close ends it.
func New(c Config) *Hub {
	c.complete()
	h := &Hub{Config: c, desks: map[call.AgentID]*desk{}, kept: map[call.AgentID]*keptSeat{}, voices: map[call.AgentID]*voice{},
		hearings: map[call.AgentID][]*hearing{}, ears: map[call.ListenerID]*ear{}, work: map[call.AgentID]Work{}, entering: make(chan struct{}, c.AtOnce),
		recordings: map[string]recording{}, recorded: map[call.AgentID]*call.DeskRecording{}}
	h.orders = newOrders(h.carryOut)
	return h
}

// ServeWS is an agent's page, from its hello to its end.
func (h *Hub) ServeWS(w http.ResponseWriter, r *http.Request, agent Agent) {
	if !h.mayOpen(w, r) {
		return
	}
	defer h.pages.Done()
	turnOver, ok := h.waitForTurn(r.Context())
	if !ok {
		w.Header().Set("Retry-After", "2")
		http.Error(w, "Many agents come back at this moment; try again in two seconds.", http.StatusServiceUnavailable)
		return
	}
	defer turnOver()
	if p := openPage(w, r, agent); p != nil {
		h.serve(r.Context(), p, turnOver)
	}
}

// mayOpen reports whether a page may open a line now, and counts it among the pages; else
// it answers.
func (h *Hub) mayOpen(w http.ResponseWriter, r *http.Request) bool {
	if !ownOrigin(r) {
		http.Error(w, "The desk can only be opened from Press Zero's own page.", http.StatusForbidden)
		return false
	}
	if !h.begin() {
		http.Error(w, "The server is restarting; try again in a moment.", http.StatusServiceUnavailable)
		return false
	}
	return true
}

// waitForTurn waits until a page may sign in. turnOver lets the next page in; calling
// it again does nothing.
func (h *Hub) waitForTurn(ctx context.Context) (turnOver func(), ok bool) {
	late := time.NewTimer(h.Turn)
	defer late.Stop()
	select {
	case h.entering <- struct{}{}:
		return sync.OnceFunc(func() { <-h.entering }), true
	case <-late.C:
	case <-ctx.Done():
	}
	return nil, false
}

func (h *Hub) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return false
	}
	h.pages.Add(1)
	return true
}

// serve runs the page's reader here and its writer and watch beside it; it
// returns when all three have ended.
func (h *Hub) serve(ctx context.Context, p *page, turnOver func()) {
	ctx, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer cancel()
	p.cut = cancel
	beside.Go(func() { defer cancel(); p.write(ctx) })

	hello, err := p.readMessage(ctx, helloWithin)
	if err != nil {
		return
	}
	if hello.Type != "hello" || hello.Page == "" || len(hello.Page) > 100 {
		_ = p.refuse("the first message must be hello with a page")
		return
	}
	p.id = hello.Page
	entered := h.enter(p, hello.Version >= 2 && !hello.Take)
	turnOver()
	if !entered {
		p.queueGoodbye(ByeOpen, "You have Press Zero open in another window; it goes on there.")
		for err == nil {
			_, err = p.readMessage(ctx, helloWithin) // until the line is closed
		}
		return
	}
	var end error
	defer func() { h.pageLost(p, end) }()
	beside.Go(func() {
		p.watch(ctx, h.Recheck, func() bool { return h.signInOver(p) })
	})
	end = h.listen(ctx, p)
}

// listen takes what the page says until its line ends, and returns why it did.
func (h *Hub) listen(ctx context.Context, p *page) error {
	limit := newMessageLimit()
	for {
		m, err := p.readMessage(ctx, h.Silence)
		if err != nil {
			return err
		}
		if !limit.Allow() {
			h.Logger.Warn("a page sends too much; its line is closed", "agent", p.agent.ID)
			return p.refuse("too many messages")
		}
		switch m.Type {
		case "ping":
			p.queue(Down{Type: "pong", T: m.T})
		case "media":
			h.connect(ctx, p, m.SDP)
		case "echo":
			h.echo(p, m.On)
		case "quality":
			h.hear(p, m)
		case "signout":
			h.leave(p, ByeSignedOut, "You are signed out.")
		default:
			if h.askRecording(p, m) {
				continue
			}
			ev, wrong := m.event(p.agent.ID, h.NewID)
			if ev != nil {
				h.postFrom(p, ev)
			} else if wrong != "" {
				p.queue(Down{Type: "error", Text: wrong})
			}
		}
	}
}

// postFrom takes a page's event to the loop, if the page is still the agent's.
func (h *Hub) postFrom(p *page, ev call.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d := h.desks[p.agent.ID]; d != nil && d.page == p {
		h.Post(ev)
	}
}

// Do carries out Show, TalkTo, Hush, SignOut and the orders about listeners and
// recordings. It never waits; other commands are not the softphone's and are ignored.
func (h *Hub) Do(c call.Command) {
	switch c := c.(type) {
	case call.Show:
		h.showDesk(c.Agent, forPage(c.Desk))
	case call.ShowListener:
		h.showListener(c.Listener, c.Listening)
	case call.ShowRecording:
		h.showRecording(c.Agent, c.Recording)
	case call.TalkTo, call.Hush, call.SignOut, call.Listen, call.StopListening,
		call.RecordTalk, call.PauseRecording, call.ResumeRecording, call.StopRecording:
		h.orders.append(c)
	}
}

func (h *Hub) showDesk(agent call.AgentID, shown *call.Desk) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks[agent]
	if d == nil {
		return // the agent has left: there is no page to show it to
	}
	h.addRecording(agent, shown)
	was, talked := d.hears(), d.shown != nil && d.shown.Talk != nil
	d.shown = shown
	if talked && d.hears() != was {
		d.turned = time.Now()
	}
	h.hearingsOver(agent, shown.Talk)
	if due := VoiceDue(shown.State); due != d.voice {
		d.voice = due
		h.orders.append(expectVoice{agent, due})
	}
	if d.page != nil {
		d.page.queue(Down{Type: "desk", Desk: shown})
	}
}

// Assign tells what an agent serves and can do from now on. Her page need not
// be there; when it is, the loop hears of it at once.
func (h *Hub) Assign(agent call.AgentID, w Work) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.work[agent] = w
	h.recheckEars(agent)
	if h.desks[agent] != nil && !h.closing {
		h.Post(call.Assigned{Agent: agent, Queues: w.Queues, Skills: w.Skills, Head: w.Head})
	}
}

// Present lists the agents whose desk is held, ordered by name; those whose
// line is broken but may come back are among them.
func (h *Hub) Present() []call.AgentID {
	h.mu.Lock()
	defer h.mu.Unlock()
	var ids []call.AgentID
	for id := range h.desks {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Close says "bye restart" to every page and waits until all are gone. The loop is
// told how talks were heard up to here, and nothing else. Voices are left alone: talks
// go on over a restart, and the pages come back by themselves. When ctx ends first,
// what is left is cut off and ctx's error returned.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	if h.away != nil {
		h.away.Stop()
	}
	for id := range h.hearings {
		h.hearingsOver(id, nil)
	}
	for _, k := range h.kept {
		k.over.Stop()
	}
	for _, d := range h.desks {
		stopTimer(d.grace)
		if d.page != nil {
			d.page.queueGoodbye(ByeRestart, restartText)
		}
	}
	h.dismissEars()
	h.mu.Unlock()

	gone := make(chan struct{})
	go func() { h.pages.Wait(); close(gone) }()
	var err error
	select {
	case <-gone:
	case <-ctx.Done():
		err = errors.Join(errors.New("some agents' pages did not close in time"), ctx.Err())
		h.cutOff()
		<-gone
	}
	h.orders.close()
	return err
}

// cutOff breaks every line without a word.
func (h *Hub) cutOff() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, d := range h.desks {
		if d.page != nil {
			d.page.cut()
		}
	}
	for _, e := range h.ears {
		e.page.cut()
	}
}

func stopTimer(t *time.Timer) {
	if t != nil {
		t.Stop()
	}
}

package web

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"presszero/call"
	"presszero/internal/figures"
)

// How often the board is told. A person does not read faster than four times
// a second, and a page that hears nothing for 5 s should know why.
const (
	boardAtMost  = 250 * time.Millisecond
	boardAtLeast = 5 * time.Second
	boardWithin  = 2 * time.Second // to ask the floor
	recheckLive  = 30 * time.Second
)

// liveHandlers show the floor as it is now.
type liveHandlers struct {
	floor    Floor
	board    *board
	sessions *sessions
}

// floorNow is the floor, once.
func (h *liveHandlers) floorNow(w http.ResponseWriter, r *http.Request) error {
	l, err := h.floor.Now(r.Context())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, l.whole().of(userOf(r)))
	return nil
}

// events is the floor as it changes: server-sent events, each of which
// holds all of it, so a page that missed some has lost nothing.
func (h *liveHandlers) events(w http.ResponseWriter, r *http.Request) error {
	return h.stream(w, r, audience{user: userOf(r)}, func() bool { return h.stillLeads(r) })
}

// stream sends a page the events of its audience, as long as it may have them.
func (h *liveHandlers) stream(w http.ResponseWriter, r *http.Request, to audience, still func() bool) error {
	news, leave, ok := h.board.addPage(to)
	if !ok {
		return refuse(http.StatusServiceUnavailable, "The server is restarting; please try again in a moment.")
	}
	defer leave()
	out := http.NewResponseController(w)
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // a proxy in between must not collect them
	if err := pushEvent(w, out, []byte("retry: 1000\n\n")); err != nil {
		return nil // the reader has gone
	}
	recheck := time.NewTicker(recheckLive)
	defer recheck.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-recheck.C:
			if !still() {
				return nil // signed out; the page asks again and is told so
			}
		case event, open := <-news:
			if !open || !still() {
				return nil
			}
			if err := pushEvent(w, out, event); err != nil {
				return nil
			}
		}
	}
}

// stillLeads reports whether the sign-in of a stream holds and may have what it
// tells. A database that is away is no reason to end it.
func (h *liveHandlers) stillLeads(r *http.Request) bool {
	u, err := h.sessions.asker(r)
	return err != nil || accessOf(u.Role)&leaders != 0 && slices.Equal(u.Scope(), userOf(r).Scope())
}

func pushEvent(w http.ResponseWriter, out *http.ResponseController, event []byte) error {
	_ = out.SetWriteDeadline(time.Now().Add(10 * time.Second)) // not every writer has one
	if _, err := w.Write(event); err != nil {
		return err
	}
	return out.Flush()
}

// whole replaces missing lists by empty ones, so that pages need not ask.
func (l Live) whole() Live {
	l.Now = l.Now.UTC()
	l.Warnings = append([]Warning{}, l.Warnings...)
	l.Queues = append([]call.QueueNow{}, l.Queues...)
	for i := range l.Queues {
		l.Queues[i].Waiting = append([]call.CallerNow{}, l.Queues[i].Waiting...)
		l.Queues[i].Talking = append([]call.CallerNow{}, l.Queues[i].Talking...)
	}
	l.Figures = append([]figures.Queue{}, l.Figures...)
	l.Agents = append([]call.AgentNow{}, l.Agents...)
	for i := range l.Agents {
		l.Agents[i].Queues = append([]string{}, l.Agents[i].Queues...)
	}
	return l
}

// of is what the user may see of the floor, which is whole: her queues, and the
// agents who serve one of them, without their calls for others.
func (l Live) of(u User) Live {
	if len(u.Scope()) == 0 {
		return l
	}
	others := func(queue string) bool { return !u.May(queue) }
	l.InMenus, l.GaveUpInMenus = nil, nil
	l.Figures = slices.DeleteFunc(l.Figures, func(q figures.Queue) bool { return others(q.Name) })
	l.Queues = slices.DeleteFunc(l.Queues, func(q call.QueueNow) bool { return others(q.Name) })
	hers := map[call.ID]bool{}
	for _, q := range l.Queues {
		for _, c := range slices.Concat(q.Waiting, q.Talking) {
			hers[c.Call] = true
		}
	}
	l.Agents = slices.DeleteFunc(l.Agents, func(a call.AgentNow) bool { return len(a.Queues) > 0 && !slices.ContainsFunc(a.Queues, u.May) })
	asking := map[call.AgentID]bool{} // during a talk that she may see
	for _, a := range l.Agents {
		asking[a.Agent] = a.Asks != "" && hers[a.Call]
	}
	for i := range l.Agents {
		a := &l.Agents[i]
		a.Queues = slices.DeleteFunc(a.Queues, others)
		if !hers[a.Call] {
			a.Call, a.Asks, a.Listeners = "", "", nil
		}
		if !asking[a.AskedBy] {
			a.AskedBy = ""
		}
	}
	return l
}

// board asks the floor, when it has changed, once for all pages that watch.
type board struct {
	floor Floor
	log   *slog.Logger

	mu     sync.Mutex
	pages  map[chan []byte]audience
	closed bool

	changed chan struct{} // holds one token when there may be news
	quit    chan struct{}
	done    chan struct{}
}

func newBoard(f Floor, log *slog.Logger) *board {
	b := &board{floor: f, log: log, pages: map[chan []byte]audience{},
		changed: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	stop := f.Watch(b.floorChanged)
	go func() {
		defer close(b.done)
		defer stop()
		b.watchFloor()
	}()
	return b
}

func (b *board) floorChanged() {
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// audience is who sees a page, and what it shows.
type audience struct {
	user   User
	wall   bool   // figures alone
	screen string // the name of the screen
}

// key is the same for all who are told the same.
func (a audience) key() string {
	return strings.Join(slices.Concat(a.user.Scope(), []string{strconv.FormatBool(a.wall), a.screen}), "\n")
}

// event is the floor as its audience sees it. l is whole, and is taken apart.
func (a audience) event(l Live) ([]byte, error) {
	name, shown := "live", any(l.of(a.user))
	if a.wall {
		name, shown = "wall", l.of(a.user).wall(a.screen)
	}
	data, err := json.Marshal(shown)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, data), nil
}

// addPage adds a page, which is told at once. Its channel is closed at the end.
func (b *board) addPage(to audience) (news <-chan []byte, leave func(), ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, nil, false
	}
	c := make(chan []byte, 1)
	b.pages[c] = to
	b.floorChanged()
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.pages, c)
	}, true
}

func (b *board) watchFloor() {
	tick := time.NewTicker(boardAtLeast)
	defer tick.Stop()
	for {
		select {
		case <-b.quit:
			return
		case <-tick.C:
		case <-b.changed:
		}
		b.tellPages()
		tick.Reset(boardAtLeast)
		select { // changes of this time are told together
		case <-b.quit:
			return
		case <-time.After(boardAtMost):
		}
	}
}

func (b *board) tellPages() {
	b.mu.Lock()
	watched := len(b.pages) > 0
	b.mu.Unlock()
	if !watched {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), boardWithin)
	defer cancel()
	l, err := b.floor.Now(ctx)
	if err != nil {
		b.log.Warn("the floor cannot be read; live pages of supervisors get no news", "err", err)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	events := map[string][]byte{} // made once for all who see the same
	for c, to := range b.pages {
		seen := to.key()
		event := events[seen]
		if event == nil {
			if event, err = to.event(l.whole()); err != nil {
				b.log.Error("the floor cannot be written; live pages of supervisors get no news", "err", err)
				return
			}
			events[seen] = event
		}
		select {
		case <-c: // an older one that has not been read
		default:
		}
		c <- event
	}
}

// close ends all pages' events.
func (b *board) close() {
	b.mu.Lock()
	if !b.closed {
		b.closed = true
		close(b.quit)
		for c := range b.pages {
			close(c)
			delete(b.pages, c)
		}
	}
	b.mu.Unlock()
	<-b.done
}

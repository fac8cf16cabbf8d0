package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// openDesks are the sign-ins with which the agents' desks are open. One agent may have
// several for a moment: a page that asks whether to take the desk over, and one that
// has it.
type openDesks struct {
	mu     sync.Mutex
	of     map[string][]*openDesk
	choose map[string]int // changes of a password under way, by user
}

// openDesk has the token of its session, which is renewed when its agent
// changes her password there.
type openDesk struct{ token atomic.Pointer[string] }

func (d *openDesks) opened(name, token string) *openDesk {
	o := &openDesk{}
	o.token.Store(&token)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of == nil {
		d.of = map[string][]*openDesk{}
	}
	d.of[name] = append(d.of[name], o)
	return o
}

func (d *openDesks) closed(name string, o *openDesk) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of[name] = slices.DeleteFunc(d.of[name], func(other *openDesk) bool { return other == o })
	if len(d.of[name]) == 0 {
		delete(d.of, name)
	}
}

// tokenChanged tells the desks of a session that it goes on under another token.
func (d *openDesks) tokenChanged(name, old, token string) {
	for _, o := range d.ofUser(name) {
		if *o.token.Load() == old {
			o.token.Store(&token)
		}
	}
}

func (d *openDesks) ofUser(name string) []*openDesk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.of[name])
}

// choosing says that name changes her password, until done is called: her desk
// is not judged by a session that is about to be renewed.
func (d *openDesks) choosing(name string) (done func()) {
	add := func(n int) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.choose == nil {
			d.choose = map[string]int{}
		}
		if d.choose[name] += n; d.choose[name] == 0 {
			delete(d.choose, name)
		}
	}
	add(1)
	return sync.OnceFunc(func() { add(-1) })
}

func (d *openDesks) isChoosing(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.choose[name] > 0
}

// deskHandlers open the agents' desks, and close those whose sign-in has ended.
type deskHandlers struct {
	desk     Desk
	sessions *sessions
	clients  *clients
	open     openDesks
}

// serve hands the agent's websocket to the softphone.
func (h *deskHandlers) serve(w http.ResponseWriter, r *http.Request) error {
	u := userOf(r)
	o, err := h.openFor(r, u)
	if err != nil {
		return err
	}
	defer h.open.closed(u.Name, o)
	still := func(ctx context.Context) bool { return h.stillSignedIn(ctx, u, o) }
	h.desk.Serve(w, r, Agent{Name: u.Name, Queues: u.Queues, Skills: u.Skills, Weights: u.Weights, Still: still})
	return nil
}

// serveListener hands the websocket of a supervisor who wants to listen to the softphone.
func (h *deskHandlers) serveListener(w http.ResponseWriter, r *http.Request) error {
	u := userOf(r)
	o, err := h.openFor(r, u)
	if err != nil {
		return err
	}
	defer h.open.closed(u.Name, o)
	l := Listener{Name: u.Name, Still: func(ctx context.Context) bool { return h.stillMayListen(ctx, u, o) }}
	if scope := u.Scope(); len(scope) > 0 {
		l.Queues = scope
	}
	h.desk.ServeListener(w, r, l)
	return nil
}

// openFor notes the sign-in with which a page opens its line.
func (h *deskHandlers) openFor(r *http.Request, u User) (*openDesk, error) {
	c, err := r.Cookie(h.sessions.cookies.Cookie.Name)
	if err != nil {
		return nil, errSignIn
	}
	if h.clients.publicURL != nil && strings.EqualFold(r.Header.Get("Origin"), h.clients.origin()) {
		r.Host = h.clients.publicURL.Host // as the browser said it; the proxy may have put its own
	}
	return h.open.opened(u.Name, c.Value), nil
}

// stillMayListen reports whether the sign-in holds and the queues are those of before.
func (h *deskHandlers) stillMayListen(ctx context.Context, u User, o *openDesk) bool {
	if h.open.isChoosing(u.Name) {
		return true
	}
	now, err := h.sessions.withToken(ctx, *o.token.Load())
	return err != nil || now.Name == u.Name && now.Role == u.Role && slices.Equal(now.Scope(), u.Scope())
}

// stillSignedIn reports whether the sign-in of an open desk holds. A database that is
// away is no reason to cut a talk off.
func (h *deskHandlers) stillSignedIn(ctx context.Context, u User, o *openDesk) bool {
	if h.open.isChoosing(u.Name) {
		return true
	}
	now, err := h.sessions.withToken(ctx, *o.token.Load())
	return err != nil || now.Name == u.Name && now.Role == u.Role
}

// changed closes the desk of a user who has been changed, if it was
// opened with a sign-in that no longer holds.
func (h *deskHandlers) changed(name string) {
	if h.open.isChoosing(name) {
		return
	}
	for _, o := range h.open.ofUser(name) {
		if now, err := h.sessions.withToken(context.Background(), *o.token.Load()); err == nil && now.Name != name {
			h.desk.Dismiss(name)
			return
		}
	}
}

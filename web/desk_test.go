package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"presszero/web"
)

// desks plays the softphone for one agent's page: it says what the test says
// and hands on what the page says.
type desks struct {
	t         *testing.T
	said      chan map[string]any
	opened    chan web.Agent
	mu        sync.Mutex
	conn      *websocket.Conn
	lines     map[any]*websocket.Conn // by page
	here      chan struct{}           // closed when the first page has come
	shown     map[string]any          // the last desk, shown to a page that comes back; nil: the agent signs in
	dismissed []string
	ctx       context.Context
	cancel    context.CancelFunc
	open      sync.WaitGroup
}

func newDesks(t *testing.T) *desks {
	d := &desks{t: t, said: make(chan map[string]any, 100), here: make(chan struct{}), opened: make(chan web.Agent, 10), lines: map[any]*websocket.Conn{}}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d
}

func (d *desks) ServeListener(w http.ResponseWriter, r *http.Request, l web.Listener) {
	w.WriteHeader(http.StatusUpgradeRequired)
}

func (d *desks) Dismiss(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dismissed = append(d.dismissed, name)
}

func (d *desks) Serve(w http.ResponseWriter, r *http.Request, a web.Agent) {
	d.open.Add(1)
	defer d.open.Done()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"presszero.desk.v1"}})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	d.mu.Lock()
	if d.conn == nil {
		close(d.here)
	}
	d.conn = conn
	d.mu.Unlock()
	d.opened <- a
	for {
		_, data, err := conn.Read(d.ctx)
		if err != nil {
			return
		}
		var m map[string]any
		if err := json.Unmarshal(data, &m); err != nil {
			d.t.Errorf("the page said %s", data)
			return
		}
		switch m["type"] {
		case "hello":
			d.mu.Lock()
			d.lines[m["page"]] = conn
			d.mu.Unlock()
			d.say(map[string]any{"type": "welcome", "agent": a.Name, "name": a.Name, "queues": []string{}, "now": time.Now(), "version": 1})
			d.mu.Lock()
			shown := d.shown
			d.mu.Unlock()
			if shown == nil {
				shown = desk("away", "idle", map[string]any{"reason": "signed_in"})
			}
			d.say(map[string]any{"type": "desk", "desk": shown})
			d.said <- m // what the test says from now on comes after that
		case "ping":
			d.say(map[string]any{"type": "pong", "t": m["t"]})
		default:
			d.said <- m
		}
	}
}

// desk is call.Desk as JSON, with the audio path proved.
func desk(presence, state string, more map[string]any) map[string]any {
	m := map[string]any{"presence": presence, "state": state, "since": time.Now(), "media": true, "queues": []string{}}
	for k, v := range more {
		m[k] = v
	}
	return m
}

// say says it to the page that has come last.
func (d *desks) say(m map[string]any) { d.sayTo(d.latest(), m) }

// latest is the line of the page that has come last; the first is waited for.
func (d *desks) latest() *websocket.Conn {
	d.t.Helper()
	select {
	case <-d.here:
	case <-time.After(10 * time.Second):
		d.t.Fatal("no page has come")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.conn
}

// sayToPage says it to a page, on the line that the page opened last.
func (d *desks) sayToPage(page any, m map[string]any) {
	d.mu.Lock()
	line := d.lines[page]
	d.mu.Unlock()
	d.sayTo(line, m)
}

func (d *desks) sayTo(page *websocket.Conn, m map[string]any) {
	data, err := json.Marshal(m)
	if err != nil {
		d.t.Error(err)
		return
	}
	if err := page.Write(d.ctx, websocket.MessageText, data); err != nil {
		d.t.Logf("the page is gone: %v", err)
	}
}

func (d *desks) show(presence, state string, more map[string]any) {
	m := desk(presence, state, more)
	d.mu.Lock()
	d.shown = m
	d.mu.Unlock()
	d.say(map[string]any{"type": "desk", "desk": m})
}

// forget signs the agent out, as a restart does and a page that is away for too long.
func (d *desks) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shown = nil
}

// hear waits until the page says something of the kind.
func (d *desks) hear(kind string) map[string]any {
	d.t.Helper()
	return d.hearWithin(10*time.Second, kind)
}

// hearWithin waits so long at most for a message of this kind from the page.
func (d *desks) hearWithin(limit time.Duration, kind string) map[string]any {
	d.t.Helper()
	deadline := time.After(limit)
	for {
		select {
		case m := <-d.said:
			if m["type"] == kind {
				return m
			}
		case <-deadline:
			d.t.Fatalf("the page did not say %s", kind)
		}
	}
}

// drop breaks the page's line without a word.
func (d *desks) drop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.conn.CloseNow()
}

func (d *desks) close() {
	d.cancel()
	d.open.Wait()
}

package asterisktest

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"presszero/internal/mailbox"
)

// sendEvent sends an event about a channel, if the application hears of it.
func (f *Fake) sendEvent(kind string, more map[string]any) {
	if f.allowed != nil && !slices.Contains(f.allowed, kind) {
		return
	}
	e := map[string]any{"type": kind, "application": app, "asterisk_id": "fake",
		"timestamp": time.Now().Format(timestamps)}
	maps.Copy(e, more)
	f.fault(e)
}

// unsubscribe has the application hear nothing more of channels of that id, a moment after
// the end of one.
func (f *Fake) unsubscribe(id string) {
	if f.Unsubscribes == 0 {
		return
	}
	f.leaving = append(f.leaving, id)
	time.AfterFunc(f.Unsubscribes, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.leaving = slices.DeleteFunc(f.leaving, func(of string) bool { return of == id })
		if ch := f.channels[id]; ch != nil {
			ch.heard = false
		}
	})
}

// outlet is the application's websocket. Events go out in order, from a
// goroutine of its own, as they do in Asterisk.
type outlet struct {
	conn *websocket.Conn
	mail *mailbox.Mailbox[[]byte]
	over chan struct{}
	once sync.Once
}

func (o *outlet) enqueue(data []byte) { o.mail.Put(data) }
func (o *outlet) disconnect()         { o.once.Do(func() { close(o.over) }) }

func (o *outlet) writeEvents(ctx context.Context) {
	defer o.conn.CloseNow()
	for {
		for _, data := range o.mail.TakeAll() {
			if o.conn.Write(ctx, websocket.MessageText, data) != nil {
				return
			}
		}
		select {
		case <-o.mail.Ready():
		case <-o.over:
			return
		case <-ctx.Done():
			return
		}
	}
}

// events is the websocket. A second one for the same application replaces the
// first, which is told.
func (f *Fake) events(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("app") != app {
		refuse(w, 400, "unknown application")
		return
	}
	o, err := f.openOutlet(w, r)
	if err != nil {
		return
	}
	ctx := o.conn.CloseRead(context.Background()) // answers pings
	o.writeEvents(ctx)
	f.mu.Lock()
	if f.out == o {
		f.out = nil
	}
	f.mu.Unlock()
}

// openOutlet accepts a socket. The lock is held meanwhile: as in Asterisk, the
// application is there before the client learns that its socket is open.
func (f *Fake) openOutlet(w http.ResponseWriter, r *http.Request) (*outlet, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return nil, err
	}
	o := &outlet{conn: conn, mail: mailbox.New[[]byte](), over: make(chan struct{})}
	if f.closed {
		o.disconnect()
	}
	f.sendEvent("ApplicationReplaced", nil) // to the one before, if any
	f.out = o
	return o, nil
}

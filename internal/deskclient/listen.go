package deskclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"presszero/call"
	"presszero/internal/headless"
	"presszero/softphone"
)

// Listener is a supervisor's page that listens to talks. Its methods may be called from any
// goroutine.
type Listener struct {
	options Options
	conn    *websocket.Conn
	ctx     context.Context
	cancel  context.CancelFunc
	tasks   sync.WaitGroup
	answers chan softphone.Down

	mu      sync.Mutex
	phone   *headless.Phone
	shown   call.Listening
	changed chan struct{} // closed and replaced with each of shown
}

// DialListener signs the supervisor in, opens the page's line and says hello.
func DialListener(ctx context.Context, o Options) (*Listener, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	h := &http.Client{Transport: o.Transport, Jar: jar}
	if err := signIn(ctx, h, o); err != nil {
		return nil, err
	}
	conn, resp, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(o.URL, "http")+"/listen", &websocket.DialOptions{
		HTTPClient: h, HTTPHeader: http.Header{"Origin": {o.URL}}, Subprotocols: []string{softphone.Subprotocol},
	})
	if err != nil {
		if resp != nil && resp.StatusCode == http.StatusForbidden {
			err = ErrRefused
		}
		return nil, fmt.Errorf("%s cannot listen: %w", o.Name, err)
	}
	l := &Listener{options: o, conn: conn, answers: make(chan softphone.Down, 1), changed: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	l.tasks.Go(l.read)
	l.tasks.Go(l.ping)
	return l, l.say(softphone.Up{Type: "hello", Page: "listener", Version: 2})
}

func (l *Listener) say(m softphone.Up) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(l.ctx, 5*time.Second)
	defer cancel()
	return l.conn.Write(ctx, websocket.MessageText, data)
}

func (l *Listener) read() {
	defer l.cancel()
	for {
		_, data, err := l.conn.Read(l.ctx)
		if err != nil {
			return
		}
		var m softphone.Down
		if json.Unmarshal(data, &m) != nil {
			return
		}
		switch {
		case m.Type == "listening" && m.Listening != nil:
			l.mu.Lock()
			l.shown = *m.Listening
			close(l.changed)
			l.changed = make(chan struct{})
			l.mu.Unlock()
		case m.Type == "media" || m.Type == "error":
			select {
			case l.answers <- m:
			default:
			}
		}
	}
}

func (l *Listener) ping() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-tick.C:
			if l.say(softphone.Up{Type: "ping", T: json.RawMessage("0")}) != nil {
				return
			}
		}
	}
}

// ConnectAudio makes the voice connection, or makes it anew: with the microphone or
// without.
func (l *Listener) ConnectAudio(ctx context.Context, microphone bool) error {
	options := l.options.Phone
	options.Listener = !microphone
	phone, err := headless.Dial(ctx, func(offer string) (string, error) {
		if err := l.say(softphone.Up{Type: "media", SDP: offer}); err != nil {
			return "", err
		}
		select {
		case m := <-l.answers:
			if m.Type == "error" {
				return "", errors.New(m.Text)
			}
			return m.SDP, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}, options)
	if err != nil {
		return err
	}
	l.mu.Lock()
	old := l.phone
	l.phone = phone
	l.mu.Unlock()
	if old != nil {
		old.Close()
	}
	return nil
}

// Phone is the page's voice; nil before ConnectAudio.
func (l *Listener) Phone() *headless.Phone {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.phone
}

// Listen asks to listen to a talk in this mode; "" ends it.
func (l *Listener) Listen(agent call.AgentID, c call.ID, mode call.ListenMode) error {
	return l.say(softphone.Up{Type: "listen", Agent: agent, Call: c, Mode: mode})
}

// Wait waits until the page shows something for which ok is true.
func (l *Listener) Wait(ctx context.Context, ok func(call.Listening) bool) (call.Listening, error) {
	for {
		l.mu.Lock()
		shown, changed := l.shown, l.changed
		l.mu.Unlock()
		if ok(shown) {
			return shown, nil
		}
		select {
		case <-changed:
		case <-l.ctx.Done():
			return shown, errors.New("the listener's line ended")
		case <-ctx.Done():
			return shown, fmt.Errorf("waited in vain; the listener is shown %+v: %w", shown, ctx.Err())
		}
	}
}

// Close ends the page.
func (l *Listener) Close() {
	l.cancel()
	_ = l.conn.CloseNow()
	l.tasks.Wait()
	if p := l.Phone(); p != nil {
		p.Close()
	}
}

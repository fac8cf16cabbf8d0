package asterisk

import (
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"presszero/internal/mailbox"
)

// dialLimit is how long opening the socket may take. The heartbeat finds out whether an
// open one is dead.
const dialLimit = 5 * time.Second

// eventSocket is one connection over which Asterisk sends its events. The reader only
// moves bytes into memory, and never waits for Run, which takes them: Asterisk closes a
// socket that does not take its events within a second, and slows down SIP before.
type eventSocket struct {
	conn *websocket.Conn
	stop context.CancelFunc
	done sync.WaitGroup
	mail *mailbox.Mailbox[frame]
}

// frame is one event as Asterisk wrote it, or why there will be no more.
type frame struct {
	data []byte
	err  error
}

// connector makes the connections of a switch.
type connector struct {
	ctx context.Context // over when the switch is stopped
	cfg Config

	mu     sync.Mutex
	opened *eventSocket // made by openEarly, for Run's first connection; mu guards it

	connects atomic.Int64 // connections handed out
}

// openEarly makes a connection before Run asks for one; see Switch.Take.
func (c *connector) openEarly() error {
	n, err := openSocket(c.ctx, c.cfg)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened = n
	return nil
}

// nextSocket returns the connection that openEarly has made, or a new one.
func (c *connector) nextSocket(ctx context.Context) (n *eventSocket, err error) {
	c.mu.Lock()
	n, c.opened = c.opened, nil
	c.mu.Unlock()
	if n == nil {
		n, err = openSocket(ctx, c.cfg)
	}
	if err != nil {
		return nil, err
	}
	c.connects.Add(1)
	return n, nil
}

// openSocket opens the event socket. From then on Asterisk hands callers to us.
func openSocket(ctx context.Context, cfg Config) (*eventSocket, error) {
	soon, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	at := strings.Replace(strings.TrimSuffix(cfg.URL, "/"), "http", "ws", 1) + "/events?" +
		url.Values{"app": {cfg.App}}.Encode()
	pass := base64.StdEncoding.EncodeToString([]byte(cfg.User + ":" + cfg.Password))
	conn, reply, err := websocket.Dial(soon, at, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{}).DialContext, DisableKeepAlives: true}},
		HTTPHeader: http.Header{"Authorization": {"Basic " + pass}},
	})
	if reply != nil && reply.StatusCode == http.StatusUnauthorized {
		return nil, fmt.Errorf("asterisk refuses the ARI user %q or its password", cfg.User)
	}
	if err != nil {
		return nil, fmt.Errorf("open Asterisk's event socket: %w", err)
	}
	conn.SetReadLimit(-1) // one event lists all members of a bridge
	n := &eventSocket{conn: conn, mail: mailbox.New[frame]()}
	ctx, n.stop = context.WithCancel(ctx)
	n.done.Go(func() { n.readEvents(ctx) })
	return n, nil
}

func (n *eventSocket) readEvents(ctx context.Context) {
	for {
		_, data, err := n.conn.Read(ctx)
		if err != nil {
			n.mail.Put(frame{err: fmt.Errorf("asterisk's event socket is gone: %w", err)})
			return
		}
		n.mail.Put(frame{data: data})
	}
}

// takeEvents waits for events, and returns those that have come since the last call.
// With an error there will be no more.
func (n *eventSocket) takeEvents(ctx context.Context) (events [][]byte, err error) {
	for {
		for _, f := range n.mail.TakeAll() {
			if f.err != nil {
				return events, f.err
			}
			events = append(events, f.data)
		}
		if len(events) > 0 {
			return events, nil
		}
		select {
		case <-n.mail.Ready():
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (n *eventSocket) close() {
	n.stop()
	n.conn.CloseNow()
	n.done.Wait()
}

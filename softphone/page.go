package softphone

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"
)

// Limits of one page. A person says a few things a minute; these only stop a
// page gone wild.
const (
	helloWithin     = 5 * time.Second
	answerWithin    = time.Second
	writeWithin     = 5 * time.Second
	messagesASecond = 50
	messagesAtOnce  = 100
)

// page is one websocket of one agent, or of a supervisor who listens.
type page struct {
	id    string // chosen by the page once per load; the same id is the same page come back
	agent Agent
	conn  *websocket.Conn
	out   *outbox
	cut   func() // breaks the line without a word, also while a good-bye waits for its answer

	instead *page // had the agent's desk before, and is sent away by takeOver; nil: none
}

// openPage makes a page of a request; nil: that has been answered, or the line closed.
func openPage(w http.ResponseWriter, r *http.Request, agent Agent) *page {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{Subprotocol}, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return nil // Accept has answered
	}
	conn.SetReadLimit(MaxMessage)
	p := &page{agent: agent, conn: conn, out: newOutbox()}
	if conn.Subprotocol() != Subprotocol {
		_ = p.refuse("the subprotocol must be " + Subprotocol)
		return nil
	}
	return p
}

// queue queues a message for the page. It never waits.
func (p *page) queue(m Down) { p.out.append(m) }

// queueGoodbye queues the good-bye, after which the line is closed.
func (p *page) queueGoodbye(why, text string) { p.queue(Down{Type: "bye", Why: why, Text: text}) }

// readMessage reads the next message. A page that says nothing for so long is lost.
func (p *page) readMessage(ctx context.Context, within time.Duration) (Up, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	kind, data, err := p.conn.Read(ctx)
	if err != nil {
		return Up{}, err
	}
	var m Up
	if kind != websocket.MessageText {
		return Up{}, p.refuse("messages are text")
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return Up{}, p.refuse("a message was not a JSON object")
	}
	return m, nil
}

// refuse closes the line because the page does not keep to the protocol.
func (p *page) refuse(why string) error {
	_ = p.conn.Close(websocket.StatusPolicyViolation, why)
	return errors.New(why)
}

// write tells the page what is in its outbox until ctx is over, the line is
// broken, or good-bye has been said. It closes the line.
func (p *page) write(ctx context.Context) {
	defer func() { _ = p.conn.CloseNow() }()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.out.ring:
		}
		for {
			m, ok, full := p.out.takeNext()
			if full {
				return
			}
			if !ok {
				break
			}
			if err := p.writeOne(ctx, m); err != nil {
				return
			}
			if m.Type == "bye" {
				_ = p.conn.Close(websocket.StatusNormalClosure, m.Why)
				return
			}
		}
	}
}

func (p *page) writeOne(ctx context.Context, m Down) error {
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("message %s to a page: %w", m.Type, err)
	}
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	return p.conn.Write(ctx, websocket.MessageText, data)
}

// watch asks now and then whether the agent may still be here. dismiss returns false
// if it is not the moment.
func (p *page) watch(ctx context.Context, every time.Duration, dismiss func() bool) {
	if p.agent.Still == nil {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if !p.agent.Still(ctx) && ctx.Err() == nil && dismiss() {
				return
			}
		}
	}
}

// answers reports whether the page is there: its browser answers a ping (RFC 6455
// section 5.5.2) by itself. A page that was shut while the network was away is not,
// and its line stands for a while.
func (p *page) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	return p.conn.Ping(ctx) == nil
}

func newMessageLimit() *rate.Limiter { return rate.NewLimiter(messagesASecond, messagesAtOnce) }

// ownOrigin reports whether the request comes from a page of this server. A
// browser always sends the origin of a websocket; a client without one is no page.
func ownOrigin(r *http.Request) bool {
	u, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

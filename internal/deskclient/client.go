package deskclient

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"presszero/call"
	"presszero/internal/headless"
	"presszero/softphone"
)

// pingEvery is the protocol's; the server takes 15 s of silence for a loss.
const pingEvery = 5 * time.Second

// ErrRefused: the server does not accept the name and password.
var ErrRefused = errors.New("the sign-in is refused")

// ErrOpen: the agent's desk is open in another page, and this one was told to ask.
var ErrOpen = errors.New("the desk is open in another page")

// Client is one signed-in page. Its methods may be called from any goroutine.
type Client struct {
	options Options
	page    string
	http    *http.Client
	conn    *websocket.Conn
	log     *slog.Logger
	ctx     context.Context
	cancel  context.CancelFunc
	tasks   sync.WaitGroup
	answers chan softphone.Down // to media offers: media or error
	version int                 // of the protocol, as the server has greeted with

	mu      sync.Mutex
	phone   *headless.Phone
	desk    call.Desk
	seen    bool          // a desk has come
	changed chan struct{} // closed and replaced with each desk
	bye     *softphone.Down
	robot   robot
}

// Dial signs the agent in, opens the page's line and says hello. It returns
// when the server has said welcome.
func Dial(ctx context.Context, o Options) (*Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	h := &http.Client{Transport: o.Transport, Jar: jar}
	if err := signIn(ctx, h, o); err != nil {
		return nil, err
	}
	if o.Page == "" {
		o.Page = uuid.NewString()
	}
	return openDesk(ctx, o, h, nil)
}

// Again opens a new line for the same page after the old one was lost, as a
// browser does: the sign-in and the voice connection are kept. The old client
// must not be used any more.
func (c *Client) Again(ctx context.Context) (*Client, error) {
	c.Drop()
	c.mu.Lock()
	phone := c.phone
	c.phone = nil
	c.mu.Unlock()
	fresh, err := openDesk(ctx, c.options, c.http, phone)
	if err != nil && phone != nil {
		c.mu.Lock()
		c.phone = phone // still the old client's to close
		c.mu.Unlock()
	}
	return fresh, err
}

// Reload opens a new page with the same sign-in, as a browser does that loads the page
// anew: line and voice end first. The old client must not be used any more.
func (c *Client) Reload(ctx context.Context) (*Client, error) {
	c.Close()
	o := c.options
	o.Page = uuid.NewString()
	return openDesk(ctx, o, c.http, nil)
}

// Beside opens another page with the same sign-in, as a second tab does.
func (c *Client) Beside(ctx context.Context, ask bool) (*Client, error) {
	o := c.options
	o.Page, o.Ask = uuid.NewString(), ask
	return openDesk(ctx, o, c.http, nil)
}

func signIn(ctx context.Context, h *http.Client, o Options) error {
	body, err := json.Marshal(map[string]string{"name": o.Name, "password": o.Password})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.URL+"/api/v1/session", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := h.Do(req)
	if err != nil {
		return fmt.Errorf("%s cannot sign in: %w", o.Name, err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
	switch {
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return fmt.Errorf("%s: %w: %s", o.Name, ErrRefused, bytes.TrimSpace(text))
	case resp.StatusCode >= 300:
		return fmt.Errorf("%s cannot sign in: %s %s", o.Name, resp.Status, bytes.TrimSpace(text))
	}
	return nil
}

func openDesk(ctx context.Context, o Options, h *http.Client, phone *headless.Phone) (*Client, error) {
	conn, resp, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(o.URL, "http")+"/desk", &websocket.DialOptions{
		HTTPClient:   h,
		HTTPHeader:   http.Header{"Origin": {o.URL}},
		Subprotocols: []string{softphone.Subprotocol},
	})
	if err != nil {
		if resp != nil && (resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden) {
			return nil, fmt.Errorf("%s cannot open the desk: %w: %s", o.Name, ErrRefused, resp.Status)
		}
		if resp != nil {
			return nil, fmt.Errorf("%s cannot open the desk: %s", o.Name, resp.Status)
		}
		return nil, fmt.Errorf("%s cannot open the desk: %w", o.Name, err)
	}
	conn.SetReadLimit(1 << 20)
	c := &Client{options: o, page: o.Page, http: h, conn: conn, phone: phone,
		log: cmp.Or(o.Logger, slog.Default()), answers: make(chan softphone.Down, 1), changed: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := c.greet(ctx); err != nil {
		c.Drop()
		return nil, fmt.Errorf("%s cannot open the desk: %w", o.Name, err)
	}
	c.tasks.Go(c.readUntilClosed)
	c.tasks.Go(c.pingServer)
	return c, nil
}

func (c *Client) greet(ctx context.Context) error {
	if err := c.sendMessage(ctx, softphone.Up{Type: "hello", Page: c.page, Version: 2, Take: !c.options.Ask}); err != nil {
		return err
	}
	m, err := c.readMessage(ctx)
	switch {
	case err != nil:
	case m.Type == "bye" && m.Why == softphone.ByeOpen:
		err = ErrOpen
	case m.Type != "welcome":
		err = fmt.Errorf("the server said %s %q instead of welcome", m.Type, m.Text)
	}
	c.version = m.Version
	return err
}

func (c *Client) sendMessage(ctx context.Context, m softphone.Up) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return c.conn.Write(ctx, websocket.MessageText, data)
}

func (c *Client) readMessage(ctx context.Context) (m softphone.Down, err error) {
	_, data, err := c.conn.Read(ctx)
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	return m, err
}

// readUntilClosed takes what the server says until the line ends.
func (c *Client) readUntilClosed() {
	defer func() {
		c.moment(Moment{What: LineLost})
		c.cancel()
		_ = c.conn.CloseNow()
	}()
	for {
		m, err := c.readMessage(c.ctx)
		if err != nil {
			return
		}
		switch m.Type {
		case "desk":
			if m.Desk != nil {
				c.takeDesk(*m.Desk)
			}
		case "media", "error":
			select {
			case c.answers <- m:
			default: // no offer waits for it
			}
		case "renew":
			if phone := c.Phone(); phone != nil {
				c.tasks.Go(phone.Close)
			}
		case "bye":
			c.mu.Lock()
			c.bye = &m
			c.mu.Unlock()
		}
	}
}

func (c *Client) pingServer() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
			if c.sendMessage(c.ctx, softphone.Up{Type: "ping", T: json.RawMessage("0")}) != nil {
				return
			}
		}
	}
}

// takeDesk keeps a desk that has arrived and tells those who wait for one.
func (c *Client) takeDesk(d call.Desk) {
	c.mu.Lock()
	was := c.desk
	c.desk, c.seen = d, true
	close(c.changed)
	c.changed = make(chan struct{})
	c.mu.Unlock()
	c.restIfMay()
	if c.options.OnDesk != nil {
		c.options.OnDesk(d)
	}
	c.notice(was, d)
}

// Desk returns what the page shows now.
func (c *Client) Desk() call.Desk {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.desk
}

// WaitDesk waits until the page shows a desk for which ok is true.
func (c *Client) WaitDesk(ctx context.Context, ok func(call.Desk) bool) (call.Desk, error) {
	for {
		c.mu.Lock()
		d, seen, changed := c.desk, c.seen, c.changed
		c.mu.Unlock()
		if seen && ok(d) {
			return d, nil
		}
		select {
		case <-changed:
		case <-c.ctx.Done():
			return d, fmt.Errorf("%s: the line ended; the desk was last %+v", c.options.Name, d)
		case <-ctx.Done():
			return d, fmt.Errorf("%s: waited in vain; the desk is %+v: %w", c.options.Name, d, ctx.Err())
		}
	}
}

// ConnectAudio makes the voice connection, or makes it anew. It returns when
// voice can flow.
func (c *Client) ConnectAudio(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)() // without a line nobody waits for the voice
	exchange := func(offer string) (string, error) {
		if err := c.sendMessage(ctx, softphone.Up{Type: "media", SDP: offer}); err != nil {
			return "", err
		}
		select {
		case m := <-c.answers:
			if m.Type == "error" {
				return "", errors.New(m.Text)
			}
			return m.SDP, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	options := c.options.Phone
	if c.version > 1 && options.Side == nil {
		options.Side = []float64{} // a second line, as pages have it
	}
	options.Bursts = true
	phone, err := headless.Dial(ctx, exchange, options)
	if err != nil {
		return fmt.Errorf("%s: %w", c.options.Name, err)
	}
	c.mu.Lock()
	old := c.phone
	c.phone = phone
	c.mu.Unlock()
	c.restIfMay()
	if old != nil {
		old.Close()
	}
	return nil
}

// restIfMay lets the phone rest while no voice is due, as a page does.
func (c *Client) restIfMay() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phone != nil {
		c.phone.Rest(c.desk.Media && !softphone.VoiceDue(c.desk.State))
	}
}

// Phone returns the voice connection, or nil before ConnectAudio.
func (c *Client) Phone() *headless.Phone {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.phone
}

// SignOut leaves by choice and closes everything. It returns when the server
// has said bye.
func (c *Client) SignOut(ctx context.Context) error {
	err := c.sendMessage(ctx, softphone.Up{Type: "signout"})
	if err == nil {
		select {
		case <-c.ctx.Done():
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	c.Close()
	return err
}

// Bye returns why the server closed the line, or "" when it did not say.
func (c *Client) Bye() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bye == nil {
		return ""
	}
	return c.bye.Why
}

// Done is closed when the line has ended.
func (c *Client) Done() <-chan struct{} { return c.ctx.Done() }

// Drop breaks the line without a word, as a network does. The voice stays.
func (c *Client) Drop() {
	c.cancel()
	_ = c.conn.CloseNow()
	c.stopRobot()
	c.tasks.Wait()
}

// Close breaks the line and the voice, as a browser that is shut.
func (c *Client) Close() {
	_ = c.conn.Close(websocket.StatusGoingAway, "")
	c.Drop()
	c.mu.Lock()
	phone := c.phone
	c.phone = nil
	c.mu.Unlock()
	if phone != nil {
		phone.Close()
	}
}

func (c *Client) moment(m Moment) {
	if c.options.OnMoment == nil {
		return
	}
	if m.At.IsZero() {
		m.At = time.Now()
	}
	m.Agent = call.AgentID(c.options.Name)
	c.options.OnMoment(m)
}

// Options returns what the client was made with.
func (c *Client) Options() Options { return c.options }

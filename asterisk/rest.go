package asterisk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/CyCoreSystems/ari/v5/client/native"
)

// requestLimit is how long one request may take. Asterisk on the same host
// answers in one or two milliseconds; one that takes seconds is stuck.
const requestLimit = 3 * time.Second

// client is ARI's REST side: the library's for all it does well, and a few
// requests of our own for what it cannot say (several prompts in one playback)
// or throws away (the reply to externalMedia).
type client struct {
	ari.Client
	own http.Client
	url string // own scheme, see scheme
}

// scheme stands for http in the addresses given to the library, schemeTLS for
// https. The library (v5.3.1) owns a zero http.Client: no deadline, a new
// connection for most requests, and Asterisk's reasons thrown away. A zero
// client uses http.DefaultTransport, and that knows a way to hand over one
// scheme without touching any other user of it: RegisterProtocol. So exactly
// our requests, and nobody else's, go through transport.
const (
	scheme    = "ari"
	schemeTLS = "aris"
)

var register = sync.OnceFunc(func() {
	shared, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		panic("asterisk: http.DefaultTransport was replaced by something other than *http.Transport; the ARI library cannot be given deadlines then")
	}
	t := newTransport()
	shared.RegisterProtocol(scheme, t)
	shared.RegisterProtocol(schemeTLS, t)
})

func newClient(cfg Config) *client {
	register()
	address := strings.TrimSuffix(cfg.URL, "/")
	address = strings.Replace(address, "https://", schemeTLS+"://", 1)
	address = strings.Replace(address, "http://", scheme+"://", 1)
	return &client{
		// New does no I/O. Connect is never called: its websocket crashes the
		// process on an event type it does not know.
		Client: native.New(&native.Options{
			Application: cfg.App, URL: address, Username: cfg.User, Password: cfg.Password,
		}),
		own: http.Client{Transport: withUser{cfg.User, cfg.Password, http.DefaultTransport}},
		url: address,
	}
}

// apart gives our own requests (ask) connections that no other client uses.
func (c *client) apart() *client {
	u := c.own.Transport.(withUser)
	u.next = newTransport()
	c.own.Transport = u
	return c
}

// withUser signs our own requests as the library signs its own.
type withUser struct {
	name, password string
	next           http.RoundTripper
}

func (u withUser) RoundTrip(r *http.Request) (*http.Response, error) {
	r.SetBasicAuth(u.name, u.password)
	return u.next.RoundTrip(r)
}

// request sends one request of our own. in, if not nil, is sent as JSON; out, if
// not nil, is filled from the reply.
func (c *client) request(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	reply, err := c.own.Do(r)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(reply.Body).Decode(out); err != nil {
		return fmt.Errorf("asterisk's reply to %s %s is not what was expected: %w", method, path, err)
	}
	return nil
}

// transport gives every request a deadline, keeps connections open, and turns
// refusals into Error, which even the library's wrapping lets through.
type transport struct{ http *http.Transport }

// connecting limits the connections of all clients together, since Asterisk has one
// backlog for all.
var connecting = newDialLimiter()

func newTransport() *transport {
	return &transport{&http.Transport{
		DialContext:           connecting.dialContext,
		MaxConnsPerHost:       64, // of Asterisk's sessionlimit
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       10 * time.Second, // Asterisk's default is 15: we must close first
		ResponseHeaderTimeout: requestLimit,
		DisableCompression:    true,
	}}
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), requestLimit)
	defer cancel()
	reply, err := t.sendOnce(ctx, r)
	if err != nil && connectionCut(err) && r.Context().Value(onlyOnce{}) == nil {
		// Asterisk closed the connection under us, or had none left. All our
		// ids are chosen beforehand, so asking once more does no harm.
		reply, err = t.sendOnce(ctx, r)
	}
	return reply, err
}

// sendOnce sends r once and reads the whole reply, so that the connection can be
// used again and the deadline covers the body.
func (t *transport) sendOnce(ctx context.Context, r *http.Request) (*http.Response, error) {
	once := r.Clone(ctx)
	once.URL.Scheme = map[string]string{scheme: "http", schemeTLS: "https"}[r.URL.Scheme]
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		once.Body = body
	}
	reply, err := t.http.RoundTrip(once)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(reply.Body)
	reply.Body.Close()
	if err != nil {
		return nil, err
	}
	if reply.StatusCode >= 300 {
		return nil, &Error{Method: r.Method, Path: r.URL.Path, Status: reply.StatusCode, Message: reason(reply, body)}
	}
	reply.Body = io.NopCloser(bytes.NewReader(body))
	return reply, nil
}

// reason is the message in Asterisk's refusal. It speaks JSON when ARI refuses
// and HTML when its web server does.
func reason(reply *http.Response, body []byte) string {
	var said struct{ Message, Error string }
	if json.Unmarshal(body, &said) == nil && said.Message+said.Error != "" {
		return said.Message + said.Error
	}
	return http.StatusText(reply.StatusCode)
}

// The requests of our own.

// setGlobal sets a variable of Asterisk's own.
func (c *client) setGlobal(ctx context.Context, name, value string) error {
	q := url.Values{"variable": {name}, "value": {value}}
	return c.request(ctx, "POST", "/asterisk/variable?"+q.Encode(), nil, nil)
}

// export sets a variable of a channel at once. (A channel's own request to set
// one waits, in Asterisk, until the prompt or the message under way is over.)
// That there is no such channel is no error.
func (c *client) export(ctx context.Context, channel, name, value string) error {
	return c.setGlobal(ctx, "EXPORT("+channel+","+name+")", value)
}

// startPlayback speaks all media in one playback, so that there is no gap between them.
// Asterisk would speak twice what is asked for twice, even under one id.
func (c *client) startPlayback(ctx context.Context, channel, id string, media []string) error {
	path := "/channels/" + url.PathEscape(channel) + "/play/" + url.PathEscape(id)
	body := map[string]any{"media": media}
	err := c.request(context.WithValue(ctx, onlyOnce{}, true), "POST", path, body, nil)
	if err != nil && connectionCut(err) {
		if there, asked := c.there(ctx, "playbacks", id); asked == nil && !there {
			return c.request(ctx, "POST", path, body, nil)
		}
		return nil
	}
	return err
}

// onlyOnce marks a request that must not be repeated.
type onlyOnce struct{}

// externalMedia makes a channel that carries RTP to and from address and
// returns where Asterisk expects it. (The library throws the reply away.)
func (c *client) externalMedia(ctx context.Context, o ari.ExternalMediaOptions) (remote string, err error) {
	var made channelState
	err = c.request(ctx, "POST", "/channels/externalMedia", o, &made)
	var no *Error
	if errors.As(err, &no) { // it says 500 to a request of ours that was sent twice
		if remote, err := c.localMedia(ctx, o.ChannelID); err == nil {
			return remote, nil
		}
	}
	if err != nil {
		return "", err
	}
	host, port := made.Vars["UNICASTRTP_LOCAL_ADDRESS"], made.Vars["UNICASTRTP_LOCAL_PORT"]
	if host == "" || port == "" {
		return c.localMedia(ctx, o.ChannelID)
	}
	return net.JoinHostPort(host, port), nil
}

// localMedia asks an ExternalMedia channel where it expects RTP.
func (c *client) localMedia(ctx context.Context, channel string) (string, error) {
	var host, port struct{ Value string }
	at := "/channels/" + url.PathEscape(channel) + "/variable?variable=UNICASTRTP_LOCAL_"
	if err := c.request(ctx, "GET", at+"ADDRESS", nil, &host); err != nil {
		return "", err
	}
	if err := c.request(ctx, "GET", at+"PORT", nil, &port); err != nil {
		return "", err
	}
	return net.JoinHostPort(host.Value, port.Value), nil
}

// addToBridge puts a channel into a bridge.
func (c *client) addToBridge(ctx context.Context, bridge, channel string) error {
	q := url.Values{"channel": {channel}}
	return c.request(ctx, "POST", "/bridges/"+url.PathEscape(bridge)+"/addChannel?"+q.Encode(), nil, nil)
}

// inBridge asks whether a channel is in a bridge.
func (c *client) inBridge(ctx context.Context, bridge, channel string) (bool, error) {
	var b ari.BridgeData
	err := c.request(ctx, "GET", "/bridges/"+url.PathEscape(bridge), nil, &b)
	return slices.Contains(b.ChannelIDs, channel), err
}

// stream asks for the SSRC (RFC 3550) of the RTP stream that comes from a channel's far end;
// 0: none has come.
func (c *client) stream(ctx context.Context, channel string) (uint32, error) {
	var rtp struct {
		SSRC uint32 `json:"remote_ssrc"`
	}
	err := c.request(ctx, "GET", "/channels/"+url.PathEscape(channel)+"/rtp_statistics", nil, &rtp)
	return rtp.SSRC, err
}

// channel asks for a channel's state.
func (c *client) channel(ctx context.Context, id string) (ch channelState, err error) {
	err = c.request(ctx, "GET", "/channels/"+url.PathEscape(id), nil, &ch)
	return ch, err
}

// there asks whether a channel, bridge, playback or recording exists.
func (c *client) there(ctx context.Context, kind, id string) (bool, error) {
	err := c.request(ctx, "GET", "/"+kind+"/"+url.PathEscape(id), nil, nil)
	if refused(err, http.StatusNotFound) {
		return false, nil
	}
	return err == nil, err
}

// playing asks whether a playback is still queued or heard.
func (c *client) playing(ctx context.Context, id string) (bool, error) {
	var p ari.PlaybackData
	err := c.request(ctx, "GET", "/playbacks/"+url.PathEscape(id), nil, &p)
	if refused(err, http.StatusNotFound) {
		return false, nil
	}
	return p.State != "done" && p.State != "failed", err
}

// leave takes a channel out of a bridge and returns when it is out: on one that
// is still leaving, as after a bridge was deleted, a prompt ends unheard as if
// it had been spoken (about 1 of 150 under load, Asterisk 22.10). Not to be in
// it is no error.
func (c *client) leave(ctx context.Context, bridge, channel string) error {
	q := url.Values{"channel": {channel}}
	err := c.request(ctx, "POST", "/bridges/"+url.PathEscape(bridge)+"/removeChannel?"+q.Encode(), nil, nil)
	if refused(err, http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity) {
		return nil
	}
	return err
}

// remove takes a leg and its bridge out of Asterisk.
func (c *client) remove(_ context.Context, leg string) error {
	noBridge := c.Bridge().Delete(bridgeKey(bridgeOf(leg)))
	if refused(noBridge, http.StatusNotFound) {
		noBridge = nil
	}
	return errors.Join(noBridge, c.hangUpLeg(leg))
}

// hangUpLeg ends a leg; one that is gone is no error.
func (c *client) hangUpLeg(leg string) error {
	err := c.Channel().Hangup(channelKey(leg), "normal")
	if refused(err, http.StatusNotFound) {
		return nil
	}
	return err
}

func channelKey(id string) *ari.Key  { return ari.NewKey(ari.ChannelKey, id) }
func bridgeKey(id string) *ari.Key   { return ari.NewKey(ari.BridgeKey, id) }
func playbackKey(id string) *ari.Key { return ari.NewKey(ari.PlaybackKey, id) }

// askAgain is after how long it is tried again, until it is heard or another order
// replaces it.
const askAgain = 200 * time.Millisecond

// mostWait is the longest time between two attempts of an order that ends
// something. The first one is repeated after askAgain, and each wait is twice
// the one before.
const mostWait = 5 * time.Second

// untilAnswered repeats a request until Asterisk has answered it, with yes or no.
func untilAnswered(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if no := (*Error)(nil); err == nil || errors.As(err, &no) && no.Status < http.StatusInternalServerError {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(askAgain):
		}
	}
}

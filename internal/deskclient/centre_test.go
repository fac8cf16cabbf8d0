package deskclient_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"presszero/call"
	"presszero/callqueue"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
	"presszero/internal/headless"
	"presszero/internal/mediatest"
	"presszero/softphone"
	"presszero/softphone/media"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// centre is a call centre but for Asterisk and the database: the real line,
// hub and media, a sign-in that knows one password, and tones for callers.
type centre struct {
	t      *testing.T
	url    string
	runner *call.Runner
	hub    *softphone.Hub
	engine *media.Local
	phone  *customer.Phone // Asterisk's
	empty  atomic.Bool     // the engine tells of no seats, as one that was started anew

	mu      sync.Mutex
	facts   []call.Entry
	callers map[call.ID]*customer.Call // Asterisk's ends of the agents' legs, by call; of the consulted party, by leg
}

func newCentre(t *testing.T) *centre {
	t.Helper()
	c := &centre{t: t, callers: map[call.ID]*customer.Call{}}
	line := callqueue.New(callqueue.Settings{Name: "support", Ring: 5 * time.Second, WrapUp: 10 * time.Second})
	c.runner = call.NewRunner(call.NewLoop(straightToSupport{}, line, call.NewRegister()), c)
	var err error
	if c.phone, err = customer.NewPhone(context.Background(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.phone.Close)
	open := make(chan struct{})
	quiet := slog.New(slog.DiscardHandler)
	c.engine, err = media.New(media.Config{MediaAddr: "127.0.0.1:0", Logger: quiet,
		OnEvent: func(e media.Event) { <-open; c.hub.Heard(e) }})
	if err != nil {
		t.Fatal(err)
	}
	shifts := 0
	c.hub = softphone.New(softphone.Config{Engine: seats{c.engine, &c.empty}, Post: c.runner.Post, Logger: quiet, Grace: time.Second,
		NewID: func() call.ID { shifts++; return call.ID(fmt.Sprintf("shift%d", shifts)) }})
	close(open)

	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.runner.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
	c.serve()
	return c
}

// serve opens the door to the hub, and closes it and what is behind it in the end.
func (c *centre) serve() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/session", func(w http.ResponseWriter, r *http.Request) {
		var who struct{ Name, Password string }
		if err := json.NewDecoder(r.Body).Decode(&who); err != nil || who.Password != "secret" {
			http.Error(w, `{"error":"no"}`, http.StatusUnauthorized)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "presszero", Value: who.Name, Path: "/"})
	})
	mux.HandleFunc("GET /desk", func(w http.ResponseWriter, r *http.Request) {
		who, err := r.Cookie("presszero")
		if err != nil {
			http.Error(w, "sign in", http.StatusUnauthorized)
			return
		}
		c.hub.ServeWS(w, r, softphone.Agent{ID: call.AgentID(who.Value), Name: who.Value})
	})
	server := httptest.NewServer(mux)
	c.url = server.URL
	c.t.Cleanup(func() {
		bye, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = c.hub.Close(bye)
		_ = c.engine.Shutdown()
		server.Close()
		http.DefaultClient.CloseIdleConnections()
	})
}

// seats is an engine that may have forgotten them.
type seats struct {
	*media.Local
	empty *atomic.Bool
}

func (s seats) Seats() ([]media.Seat, error) {
	if s.empty.Load() {
		return nil, nil
	}
	return s.Local.Seats()
}

// straightToSupport is a menu that everybody has left already.
type straightToSupport struct{}

func (straightToSupport) Step(*call.Step, call.Event) {}
func (straightToSupport) Heard(s *call.Step, e call.Entry) {
	if _, ok := e.Fact.(call.CallStarted); ok {
		s.State(e.Call, call.MenuLeft{Node: "main", Queue: "support", Reason: "zero"})
	}
}
func (straightToSupport) Replay(call.Entry)                             {}
func (straightToSupport) Forget(*call.Step, call.ID)                    {}
func (straightToSupport) Free(*call.Step, call.AgentID, bool) []call.ID { return nil }

// Keep implements call.Outside.
func (c *centre) Keep(entries []call.Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.facts = append(c.facts, entries...)
}

// kinds counts the facts so far.
func (c *centre) kinds() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	kinds := map[string]int{}
	for _, e := range c.facts {
		kinds[e.Fact.Kind()]++
	}
	return kinds
}

// talking is an agent who talks with a caller, and the caller.
func (c *centre) talking(ctx context.Context) (*deskclient.Client, *customer.Call) {
	c.t.Helper()
	ann := c.atWork(ctx)
	c.arrive("c1")
	if err := ann.Accept(c.waitUntil(ctx, ann, "rung", state(call.Ringing)).Offer.Offer); err != nil {
		c.t.Fatal(err)
	}
	c.waitUntil(ctx, ann, "talking", state(call.Talking))
	caller := c.caller("c1")
	hearEachOther(ctx, c.t, ann, caller)
	return ann, caller
}

// Do implements call.Outside; a caller is a tone.
func (c *centre) Do(cmd call.Command) {
	switch cmd := cmd.(type) {
	case call.Show, call.TalkTo, call.Hush:
		c.hub.Do(cmd)
	case call.Connect:
		go c.connect(cmd)
	case call.Dial:
		go c.dialMedia(cmd)
	case call.Hold:
		c.runner.Post(call.OnHold{Call: cmd.Call})
	case call.HangUp:
		c.runner.Post(call.HungUp{Call: cmd.Call, Side: call.SideUs})
	}
}

// connect calls the agent's media, as Asterisk does.
func (c *centre) connect(cmd call.Connect) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	tone := float64(mediatest.Caller)
	c.mu.Lock()
	if c.callers[call.ID(call.AskDial(cmd.Call))] != nil {
		tone = mediatest.Caller2 // of the consulted party
	}
	c.mu.Unlock()
	p, err := mediatest.CallFrom(ctx, c.phone, media.Answer{Address: cmd.Address}, cmd.Leg, customer.Options{Tone: tone})
	if err != nil {
		c.runner.Post(call.Failed{Call: cmd.Call, Command: "connect", Leg: cmd.Leg, Why: err.Error()})
		return
	}
	c.mu.Lock()
	c.callers[cmd.Call] = p
	c.mu.Unlock()
	c.runner.Post(call.LegMade{Call: cmd.Call, Leg: cmd.Leg})
	c.runner.Post(call.Bridged{Call: cmd.Call, Leg: cmd.Leg})
}

// dialMedia calls the media of an agent who is asked, as Asterisk does.
func (c *centre) dialMedia(cmd call.Dial) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	p, err := mediatest.CallFrom(ctx, c.phone, media.Answer{Address: cmd.Media}, cmd.Dial, customer.Options{Tone: mediatest.Caller2})
	if err != nil {
		c.runner.Post(call.DialFailed{Call: cmd.Call, Dial: cmd.Dial, Why: "failed"})
		return
	}
	c.mu.Lock()
	c.callers[call.ID(cmd.Dial)] = p
	c.mu.Unlock()
	c.runner.Post(call.DialAnswered{Call: cmd.Call, Dial: cmd.Dial})
}

// caller is the tone that the agent talks with, once she does.
func (c *centre) caller(id call.ID) (p *customer.Call) {
	c.t.Helper()
	mediatest.Until(c.t, "the caller's leg", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		p = c.callers[id]
		return p != nil
	})
	return p
}

func (c *centre) arrive(id call.ID) {
	c.runner.Post(call.Arrived{Call: id, To: "100", From: "+34910000001"})
}

func (c *centre) options(more ...func(*deskclient.Options)) deskclient.Options {
	o := deskclient.Options{URL: c.url, Name: "ann", Password: "secret",
		Transport: &http.Transport{DisableKeepAlives: true},
		Logger:    slog.New(slog.DiscardHandler),
		Phone: headless.Options{Tone: mediatest.Agent, Listen: []float64{mediatest.Caller, mediatest.Caller2}, LocalIP: "127.0.0.1",
			Logger: slog.New(slog.DiscardHandler)}}
	for _, f := range more {
		f(&o)
	}
	return o
}

func limit(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// atWork is an agent who is available and whose audio is proved.
func (c *centre) atWork(ctx context.Context, more ...func(*deskclient.Options)) *deskclient.Client {
	c.t.Helper()
	ann, err := deskclient.Dial(ctx, c.options(more...))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(ann.Close)
	if err := errors.Join(ann.ConnectAudio(ctx), ann.Available()); err != nil {
		c.t.Fatal(err)
	}
	c.waitUntil(ctx, ann, "available", func(d call.Desk) bool { return d.Media && d.Presence == call.Available })
	return ann
}

func (c *centre) waitUntil(ctx context.Context, ann *deskclient.Client, what string, ok func(call.Desk) bool) call.Desk {
	c.t.Helper()
	d, err := ann.WaitDesk(ctx, ok)
	if err != nil {
		c.t.Fatalf("waiting until ann is %s: %v", what, err)
	}
	return d
}

func state(s call.AgentState) func(call.Desk) bool {
	return func(d call.Desk) bool { return d.State == s }
}

// hearEachOther waits until each hears the other.
func hearEachOther(ctx context.Context, t *testing.T, ann *deskclient.Client, caller *customer.Call) {
	t.Helper()
	hearFrom(ctx, t, ann, caller, mediatest.Caller)
}

// hearFrom is hearEachOther for another tone.
func hearFrom(ctx context.Context, t *testing.T, ann *deskclient.Client, far *customer.Call, tone float64) {
	t.Helper()
	ann.Phone().Forget()
	if _, err := ann.Phone().WaitTone(ctx, tone); err != nil {
		t.Fatalf("the agent does not hear the far end: %v", err)
	}
	if _, err := far.WaitToneAfter(ctx, time.Now(), mediatest.Agent); err != nil {
		t.Fatalf("the far end does not hear the agent: %v", err)
	}
}

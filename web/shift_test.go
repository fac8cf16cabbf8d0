package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"presszero/call"
	"presszero/callqueue"
	"presszero/internal/deskclient"
	"presszero/softphone"
	"presszero/softphone/media"
	"presszero/web"
)

// shift is a whole shift of agents in front of the real pages, hub and line. Of
// the controller everything can die but the books, and the media process does
// not: every agent's voice stays up.
type shift struct {
	t     *testing.T
	names []string
	now   atomic.Pointer[controller]
	lives int

	mu     sync.Mutex
	past   []call.Entry
	offers map[string]call.AgentID // open, by offer
	made   map[string]bool         // all offers ever
}

// controller is one life of it.
type controller struct {
	runner *call.Runner
	hub    *softphone.Hub
	stop   func()
}

// wanting stands for the menus: everybody wants support.
type wanting struct{}

func (wanting) Step(*call.Step, call.Event) {}
func (wanting) Heard(s *call.Step, e call.Entry) {
	if _, ok := e.Fact.(call.CallStarted); ok {
		s.State(e.Call, call.MenuLeft{Queue: "support"})
	}
}
func (wanting) Replay(call.Entry)                             {}
func (wanting) Forget(*call.Step, call.ID)                    {}
func (wanting) Free(*call.Step, call.AgentID, bool) []call.ID { return nil }

// begin starts the controller with what the books say.
func (s *shift) begin() {
	s.lives++
	c := &controller{}
	loop := call.NewLoop(wanting{}, callqueue.New(callqueue.Settings{Name: "support"}), call.NewRegister())
	loop.Replay(s.past)
	c.runner = call.NewRunner(loop, s)
	shifts, life := 0, s.lives
	c.hub = softphone.New(softphone.Config{Engine: s, Post: c.runner.Post, Logger: slog.New(slog.DiscardHandler),
		NewID: func() call.ID { shifts++; return call.ID(fmt.Sprintf("s%d.%d", life, shifts)) }})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	s.now.Store(c)
	running.Go(func() { c.runner.Run(ctx) })
	c.stop = sync.OnceFunc(func() {
		bye, done := context.WithTimeout(ctx, 5*time.Second)
		defer done()
		_ = c.hub.Close(bye)
		cancel()
		running.Wait()
	})
}

// Keep implements call.Outside, and judges: no offer twice, nobody offered two.
func (s *shift) Keep(entries []call.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.past = append(s.past, entries...)
	for _, e := range entries {
		switch f := e.Fact.(type) {
		case call.OfferStarted:
			for offer, agent := range s.offers {
				if agent == f.Agent || offer[:len(e.Call)] == string(e.Call) && offer[len(e.Call)] == '.' {
					s.t.Errorf("%s is offered to %s while %s is open at %s", f.Offer, f.Agent, offer, agent)
				}
			}
			if s.made[f.Offer] {
				s.t.Errorf("%s is made twice", f.Offer)
			}
			s.made[f.Offer], s.offers[f.Offer] = true, f.Agent
		case call.OfferEnded:
			delete(s.offers, f.Offer)
		}
	}
}

func (s *shift) Do(c call.Command) {
	if now := s.now.Load(); now != nil {
		now.hub.Do(c)
	}
}

// Serve and Dismiss implement web.Desk.
func (s *shift) Serve(w http.ResponseWriter, r *http.Request, a web.Agent) {
	s.now.Load().hub.ServeWS(w, r, softphone.Agent{ID: call.AgentID(a.Name), Name: a.Name, Still: a.Still})
}
func (s *shift) ServeListener(w http.ResponseWriter, r *http.Request, l web.Listener) {
	w.WriteHeader(http.StatusUpgradeRequired)
}

func (s *shift) Dismiss(string) {}

// The media process: every agent's voice is up.
func (s *shift) Connect(context.Context, string, string) (media.Answer, error) {
	return media.Answer{}, media.ErrNoSeat
}
func (s *shift) TalkTo(string, string, string) error          { return nil }
func (s *shift) Hush(string, string)                          {}
func (s *shift) Lines() int                                   { return media.MaxLines }
func (s *shift) Listen(_, _, _ string) error                  { return nil }
func (s *shift) Whisper(seat string, on bool) error           { return nil }
func (s *shift) Record(_, _, _ string, _ time.Duration) error { return nil }
func (s *shift) ResumeRecording(_, _ string) error            { return nil }
func (s *shift) StopRecording(_, _ string) error              { return nil }
func (s *shift) PauseRecording(_, _ string, _ time.Duration) error {
	return nil
}
func (s *shift) StopListening(string)              {}
func (s *shift) Expect(string, bool)               {}
func (s *shift) Echo(string, bool) error           { return nil }
func (s *shift) Close(string)                      {}
func (s *shift) Stats(string) (media.Stats, error) { return media.Stats{}, media.ErrNoSeat }
func (s *shift) Seats() (seats []media.Seat, err error) {
	for _, n := range s.names {
		seats = append(seats, media.Seat{Name: n, Connected: true, RTPAddr: "127.0.0.1:4000"})
	}
	return seats, nil
}

// TestShiftComesBack: five hundred agents' pages lose their controller at once,
// twenty callers in line, and come back as pages do, with full jitter. All are
// back, every caller is offered once at a time, and no old offer comes again.
func TestShiftComesBack(t *testing.T) {
	const agents, callers = 500, 20
	s := &shift{t: t, offers: map[string]call.AgentID{}, made: map[string]bool{}}
	d := newTestServer(t, func(c *web.Config) { c.Desk = s })
	cheap, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	for i := range agents {
		name := fmt.Sprintf("agent-%03d", i)
		s.names = append(s.names, name)
		d.users.users[name] = web.User{Name: name, Role: web.RoleAgent, Hash: cheap}
	}
	s.begin()
	t.Cleanup(func() { s.now.Load().stop() })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()

	pages := make([]*deskclient.Client, agents)
	t.Cleanup(func() {
		for _, p := range pages {
			if p != nil {
				p.Close()
			}
		}
	})
	begun := time.Now()
	atOnce(pages, func(i int) {
		dial := func() (*deskclient.Client, error) {
			return deskclient.Dial(ctx, deskclient.Options{URL: d.server.URL, Name: s.names[i], Password: password,
				Page: s.names[i], Logger: slog.New(slog.DiscardHandler), Transport: d.server.Client().Transport})
		}
		p, err := dial()
		for err != nil && ctx.Err() == nil && strings.HasSuffix(err.Error(), "503 Service Unavailable") { // so many at once: asked to try again
			time.Sleep(rand.N(time.Second)) // jitter, as a page does; the server cannot tell when to try again
			p, err = dial()
		}
		if err == nil {
			err = p.Available()
		}
		if err != nil {
			t.Error(err)
			return
		}
		pages[i] = p
	})
	if t.Failed() {
		return
	}
	t.Logf("%d agents signed in within %s", agents, time.Since(begun).Round(time.Millisecond))
	for i := range callers {
		s.now.Load().runner.Post(call.Arrived{Call: call.ID(fmt.Sprintf("c%02d", i)), To: "100", From: fmt.Sprint("+3460000", i)})
	}
	s.offered(ctx, callers)

	s.now.Load().stop()
	s.mu.Lock()
	clear(s.offers) // they have not outlived it
	s.mu.Unlock()
	s.begin()
	for i := range callers {
		s.now.Load().runner.Post(call.Resumed{Call: call.ID(fmt.Sprintf("c%02d", i))})
	}
	begun = time.Now()
	var refused atomic.Int64
	atOnce(pages, func(i int) {
		<-pages[i].Done()
		for fails := 1; ; fails++ {
			limit := min(300*time.Millisecond<<(fails-1), 5*time.Second) // as line.ts
			select {
			case <-time.After(rand.N(limit)):
			case <-ctx.Done():
				t.Errorf("%s did not come back", s.names[i])
				return
			}
			p, err := pages[i].Again(ctx)
			if err != nil {
				refused.Add(1)
				continue
			}
			pages[i] = p
			if err := p.Available(); err != nil {
				t.Error(err)
			}
			return
		}
	})
	if got := len(s.now.Load().hub.Present()); got != agents {
		t.Errorf("%d of %d agents are back", got, agents)
	}
	t.Logf("all back within %s; %d attempts came to nothing", time.Since(begun).Round(time.Millisecond), refused.Load())
	s.offered(ctx, callers)
}

// offered waits until so many offers are open, and each is shown to its agent.
func (s *shift) offered(ctx context.Context, want int) {
	s.t.Helper()
	for {
		s.mu.Lock()
		open := len(s.offers)
		s.mu.Unlock()
		if open == want {
			return
		}
		if err := s.now.Load().runner.Ask(ctx, func(time.Time) {}); err != nil {
			s.t.Fatalf("%d offers are open, want %d", open, want)
		}
	}
}

func atOnce(pages []*deskclient.Client, do func(i int)) {
	var all sync.WaitGroup
	for i := range pages {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

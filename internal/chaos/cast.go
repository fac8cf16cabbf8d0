package chaos

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"presszero/call"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
)

// testCaller is a caller of a mode. Afterwards the packets of the call say what
// was heard.
type testCaller struct {
	mu  sync.Mutex
	bye time.Time // mu guards it; see farewell

	call     *customer.Call
	number   string
	quiet    bool      // silence does not count: a caller who leaves a message hears nothing
	ends     bool      // the program may hang up on this caller
	first    time.Time // an agent was heard first
	last     time.Time // and last
	broke    bool      // the talk was meant to break off
	unbooked bool      // need not be in the books: the call never reached the controller
}

// farewell notes that one of the two hangs up now. Silence from then on, until the
// call is down, does not count.
func (h *testCaller) farewell(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bye.IsZero() {
		h.bye = at
	}
}

// saidGoodbye is when farewell was first called; zero: never.
func (h *testCaller) saidGoodbye() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bye
}

// hangUp ends the call, if it has not ended.
func (h *testCaller) hangUp() error {
	select {
	case <-h.call.Done():
	default:
		h.farewell(time.Now())
	}
	return h.call.Hangup()
}

// cast is all callers of a mode, crowd or not.
type cast struct {
	mu     sync.Mutex
	called []*testCaller
}

// remember keeps a call in mind until the end of the mode.
func (c *cast) remember(k *customer.Call, number string) *testCaller {
	h := &testCaller{call: k, number: number}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.called = append(c.called, h)
	return h
}

// farewell notes that an agent hangs up on the caller with this number.
func (c *cast) farewell(number string, at time.Time) {
	if h := c.caller(number); h != nil {
		h.farewell(at)
	}
}

// caller finds the caller with this number; nil: there is none.
func (c *cast) caller(number string) *testCaller {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.called {
		if h.number == number {
			return h
		}
	}
	return nil
}

// everyone returns all callers of the mode.
func (c *cast) everyone() []*testCaller {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.called)
}

// rung is how long a caller lets it ring before giving up.
const rung = 30 * time.Second

// dialIn dials and returns a caller whom the program has answered.
func (s *scene) dialIn(ctx context.Context, number string) (*testCaller, error) {
	ctx, cancel := context.WithTimeout(ctx, rung)
	defer cancel()
	c, err := customer.Dial(ctx, customer.Options{To: "100", Server: s.SIP, From: number, Tone: callerTone})
	if err != nil {
		return nil, err
	}
	return s.remember(c, number), nil
}

// dialMenu returns a new caller, who is in the menu.
func (s *scene) dialMenu() *testCaller {
	h, err := s.dialIn(s, s.Ground.numbers())
	s.require(err)
	return h
}

// dialIntoLine returns a new caller, who waits for an agent.
func (s *scene) dialIntoLine() *testCaller {
	h := s.dialMenu()
	_, err := h.call.Press(s, '0')
	s.require(err)
	s.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id)
		WHERE c.caller_number = $1`, h.number)
	return h
}

// signInAgent returns a new agent who is available.
func (s *scene) signInAgent() *deskclient.Client {
	o, err := s.Employ(s, s.newAgentName())
	s.require(err)
	o.Phone.Tone, o.Phone.Listen = agentTone, []float64{callerTone}
	c := s.signInPage(o)
	s.require(c.Available())
	return c
}

// signInPage opens a page with its audio.
func (s *scene) signInPage(o deskclient.Options) *deskclient.Client {
	c, err := deskclient.Dial(s.withinMoments(), o)
	s.require(err)
	s.finally(c.Close)
	s.require(c.ConnectAudio(s.withinMoments()))
	return c
}

// newAgentName is a name that no agent had before.
func (s *scene) newAgentName() string {
	n := s.hired.Add(1)
	names := []string{"ana", "bea", "cleo", "dora", "eva", "fay", "gina", "hana", "ines", "june"}
	return fmt.Sprintf("%s-%d", names[n%int64(len(names))], n)
}

func (s *scene) waitDesk(a *deskclient.Client, ok func(call.Desk) bool) call.Desk {
	d, err := a.WaitDesk(s.withinMoments(), ok)
	s.require(err)
	return d
}

func (s *scene) waitRinging(a *deskclient.Client) call.Desk {
	return s.waitDesk(a, func(d call.Desk) bool { return d.State == call.Ringing })
}

// acceptNext lets the agent take the next offer and talk.
func (s *scene) acceptNext(a *deskclient.Client) call.Desk {
	s.require(a.Accept(s.waitRinging(a).Offer.Offer))
	return s.waitDesk(a, func(d call.Desk) bool { return d.State == call.Talking })
}

// serveNext lets the agent take the next caller, talk a word and hang up.
func (s *scene) serveNext(a *deskclient.Client) (number string) {
	d := s.acceptNext(a)
	s.farewell(d.Talk.Caller.Number, time.Now())
	s.require(a.HangUp(d.Talk.Call))
	s.endWrapUp(a)
	return d.Talk.Caller.Number
}

func (s *scene) endWrapUp(a *deskclient.Client) {
	s.waitDesk(a, func(d call.Desk) bool { return d.State == call.WrapUp })
	s.require(a.Wrapped())
}

// hearEachOther waits until caller and agent hear each other.
func (s *scene) hearEachOther(h *testCaller, a *deskclient.Client) {
	at, err := h.call.WaitToneAfter(s.withinMoments(), time.Now(), agentTone)
	s.require(err)
	if h.first.IsZero() {
		h.first = at
	}
	h.last = time.Now()
	a.Phone().Forget()
	_, err = a.Phone().WaitTone(s.withinMoments(), callerTone)
	s.require(err)
}

// signOut lets the agent leave by choice.
func (s *scene) signOut(a *deskclient.Client) { s.require(a.SignOut(s.withinMoments())) }

package chaos

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"presszero/call"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
)

// Who plays in a scene: callers, whom nobody forgets until it is over, and
// agents at their desks.

// heard is a caller of whom is found out afterwards what was heard.
type heard struct {
	mu  sync.Mutex
	bye time.Time // mu guards it; see farewell

	call     *customer.Call
	number   string
	quiet    bool      // it does not count what this caller hears: who speaks alone hears nothing
	ends     bool      // it is right that we hang up
	first    time.Time // an agent was heard first
	last     time.Time // and last
	broke    bool      // the talk was meant to break off
	unbooked bool      // may be in no row: never reached the controller
}

// farewell: one of the two hangs up now. What is not heard from then on, until
// the line is down, is nobody's loss.
func (h *heard) farewell(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bye.IsZero() {
		h.bye = at
	}
}

// saidGoodbye is when that was; zero: never.
func (h *heard) saidGoodbye() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bye
}

// hangUp ends the call, if it has not ended.
func (h *heard) hangUp() error {
	select {
	case <-h.call.Done():
	default:
		h.farewell(time.Now())
	}
	return h.call.Hangup()
}

// cares keeps a call in mind until the end of the mode.
func (s *scene) cares(c *customer.Call, number string) *heard {
	h := &heard{call: c, number: number}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cast = append(s.cast, h)
	return h
}

// rung is how long a caller lets it ring before giving up.
const rung = 30 * time.Second

// dial is a caller whom the program has answered.
func (s *scene) dial(ctx context.Context, number string) (*heard, error) {
	ctx, cancel := context.WithTimeout(ctx, rung)
	defer cancel()
	c, err := customer.Dial(ctx, customer.Options{To: "100", Server: s.SIP, From: number, Tone: callerTone})
	if err != nil {
		return nil, err
	}
	return s.cares(c, number), nil
}

// caller is a caller who hears the menu.
func (s *scene) caller() *heard {
	h, err := s.dial(s, s.Ground.numbers())
	s.must(err)
	return h
}

// inLine is a caller who waits for a person.
func (s *scene) inLine() *heard {
	h := s.caller()
	_, err := h.call.Press(s, '0')
	s.must(err)
	s.counts(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id)
		WHERE c.caller_number = $1`, h.number)
	return h
}

// agent is an agent at her desk, available.
func (s *scene) agent() *deskclient.Client {
	o, err := s.Employ(s, s.name())
	s.must(err)
	o.Phone.Tone, o.Phone.Listen = agentTone, []float64{callerTone}
	c, err := deskclient.Dial(s.soon(), o)
	s.must(err)
	s.finally(c.Close)
	s.must(errors.Join(c.ConnectAudio(s.soon()), c.Available()))
	return c
}

// name is an agent's who was not there before, and so has no past.
func (s *scene) name() string {
	n := s.hired.Add(1)
	names := []string{"ana", "bea", "cleo", "dora", "eva", "fay", "gina", "hana", "ines", "june"}
	return fmt.Sprintf("%s-%d", names[n%int64(len(names))], n)
}

func (s *scene) desk(a *deskclient.Client, ok func(call.Desk) bool) call.Desk {
	d, err := a.WaitDesk(s.soon(), ok)
	s.must(err)
	return d
}

func (s *scene) rings(a *deskclient.Client) call.Desk {
	return s.desk(a, func(d call.Desk) bool { return d.State == call.Ringing })
}

// answers: the agent takes the next offer and talks.
func (s *scene) answers(a *deskclient.Client) call.Desk {
	s.must(a.Accept(s.rings(a).Offer.Offer))
	return s.desk(a, func(d call.Desk) bool { return d.State == call.Talking })
}

// serves: the agent takes the next caller, talks a word, and hangs up.
func (s *scene) serves(a *deskclient.Client) (number string) {
	d := s.answers(a)
	s.farewell(d.Talk.Caller.Number, time.Now())
	s.must(a.HangUp(d.Talk.Call))
	s.wrapped(a)
	return d.Talk.Caller.Number
}

func (s *scene) wrapped(a *deskclient.Client) {
	s.desk(a, func(d call.Desk) bool { return d.State == call.WrapUp })
	s.must(a.Wrapped())
}

// farewell: an agent has hung up on this caller.
func (s *scene) farewell(number string, at time.Time) {
	if h := s.whose(number); h != nil {
		h.farewell(at)
	}
}

func (s *scene) whose(number string) *heard {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.cast {
		if h.number == number {
			return h
		}
	}
	return nil
}

// hear: caller and agent hear each other.
func (s *scene) hear(h *heard, a *deskclient.Client) {
	at, err := h.call.WaitToneAfter(s.soon(), time.Now(), agentTone)
	s.must(err)
	if h.first.IsZero() {
		h.first = at
	}
	h.last = time.Now()
	a.Phone().Forget()
	_, err = a.Phone().WaitTone(s.soon(), callerTone)
	s.must(err)
}

// goodbye: the agent goes home by choice.
func (s *scene) goodbye(a *deskclient.Client) { s.must(a.SignOut(s.soon())) }

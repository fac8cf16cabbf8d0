package chaos

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"presszero/call"
)

// Callers hang up at any moment, press any keys, and all come at once.
var callerModes = []Mode{
	{Name: "caller-gone-ringing", Deed: "the caller hangs up while it rings at the agent's desk", Bounds: alone, play: goneRinging},
	{Name: "caller-gone-at-accept", Deed: "the caller hangs up at the moment at which the agent accepts, 40 ms before to 160 ms after", Rounds: 10, Bounds: alone, play: goneAtAccept},
	{Name: "keys-storm", Deed: "callers press keys without end in the menu and in line", Crowd: 5, Bounds: usual, play: keysStorm},
	{Name: "herd", Deed: "200 callers come within a moment", Crowd: 200, Bounds: usual, play: herdComes},
	{Name: "trunk-refuses", Deed: "the telephone network refuses the callback that was promised; it is not forgotten", Bounds: alone, play: trunkRefuses},
	{Name: "service-stalls", Deed: "the company's own service takes the question about an order and never answers", Bounds: alone, play: serviceStalls},
	{Name: "messages-unwritable", Deed: "the folder of messages is gone: who wanted to leave one is given a person", Bounds: alone, play: messagesGone},
}

func goneRinging(s *scene) {
	a := s.signInAgent()
	h := s.dialIntoLine()
	s.waitRinging(a)
	began := time.Now()
	s.require(h.hangUp())
	s.waitDesk(a, func(d call.Desk) bool { return d.State == call.Idle && d.Notice != nil })
	s.noteFigure("the agent was told after %d ms", time.Since(began).Milliseconds())
	s.waitOutcome(h, "abandoned_ringing")
	s.signOut(a)
}

// goneAtAccept sweeps the moment of the hang-up over that of the answer.
// Whichever comes first, the agent is free afterwards.
func goneAtAccept(s *scene) {
	a := s.signInAgent()
	ends := map[string]int{}
	for i := range s.options.Rounds {
		h := s.dialIntoLine()
		offer := s.waitRinging(a).Offer.Offer
		shift := time.Duration(200*i/max(1, s.options.Rounds-1)-40) * time.Millisecond
		var both sync.WaitGroup
		both.Go(func() {
			s.sleep(max(0, -shift))
			_ = a.Accept(offer)
		})
		both.Go(func() {
			s.sleep(max(0, shift))
			_ = h.hangUp()
		})
		both.Wait()
		var outcome string
		s.waitFor(20*time.Second, "the call is in the books", func() bool {
			return s.db.QueryRowContext(s, `SELECT outcome FROM report.call WHERE caller_number = $1 AND outcome IS NOT NULL`, h.number).Scan(&outcome) == nil
		})
		if !slices.Contains([]string{"abandoned_queue", "abandoned_ringing", "abandoned_at_answer", "answered"}, outcome) {
			s.failed("hung up %s after the accept, and booked as %s", shift, outcome)
		}
		ends[outcome]++
		s.waitDesk(a, func(d call.Desk) bool { return d.State == call.Idle || d.State == call.WrapUp })
		_ = a.Wrapped()
		s.waitDesk(a, func(d call.Desk) bool { return d.State == call.Idle || d.State == call.Ringing })
		s.require(a.Available())
	}
	s.noteFigure("outcomes: %v", ends)
	s.signOut(a)
}

// keysStorm: other callers are served as usual.
func keysStorm(s *scene) {
	calm := startStorm(s)
	a := s.signInAgent()
	for range 2 {
		h := s.dialMenu()
		began, err := h.call.Press(s, '0')
		s.require(err)
		var d call.Desk
		for d = s.acceptNext(a); d.Talk.Caller.Number != h.number; d = s.acceptNext(a) {
			s.require(a.HangUp(d.Talk.Call)) // a caller of the storm: the keys led to an agent
			s.endWrapUp(a)
		}
		s.hearEachOther(h, a)
		s.noteFigure("one who does not storm was with a person after %s", Millis(h.first.Sub(began)))
		s.require(h.hangUp())
		s.waitOutcome(h, "answered")
		s.endWrapUp(a)
	}
	calm()
	s.signOut(a)
}

// startStorm lets callers press keys without end, until calm is called.
func startStorm(s *scene) (calm func()) {
	var storm sync.WaitGroup
	stop := make(chan struct{})
	calm = sync.OnceFunc(func() {
		close(stop)
		storm.Wait()
	})
	s.finally(calm)
	for range s.options.Callers {
		h := s.dialMenu()
		h.ends = true // a caller who asks for a callback in this way is called back
		h.quiet = true
		storm.Go(func() { pressOn(s, h, stop) })
	}
	return calm
}

// pressOn presses one key after the other until stop is closed or the call ends.
func pressOn(s *scene, h *testCaller, stop <-chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-h.call.Done():
			return
		default:
		}
		if _, err := h.call.Press(s, rune("3456789*#3"[i%10])); err != nil {
			return
		}
	}
}

// herdComes: all callers are answered, and every one is in the books.
func herdComes(s *scene) {
	a := s.signInAgent()
	h := s.dialIntoLine()
	s.acceptNext(a)
	s.hearEachOther(h, a)
	var all sync.WaitGroup
	var mu sync.Mutex
	var late time.Duration
	refused := 0
	for range s.options.Callers {
		number, wait := s.Ground.numbers(), s.between(0, 2*time.Second)
		all.Go(func() {
			s.sleep(wait)
			c, err := s.dialIn(s, number)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				refused++
				return
			}
			late = max(late, c.call.Answered.Sub(c.call.Dialled))
			all.Go(func() {
				s.sleep(3 * time.Second)
				_, _ = c.call.Press(s, '0')
			})
		})
	}
	all.Wait()
	s.addLost(refused)
	s.setStates(map[string]int{talking: 1, waiting: s.options.Callers - refused})
	s.noteFigure("the last was answered %d ms after dialling", late.Milliseconds())
	s.pause(4 * time.Second)
	s.hearEachOther(h, a) // they talk as before
	s.require(h.hangUp())
	s.signOut(a)
}

// trunkRefuses: the agent is free again at once, and the promise stands.
func trunkRefuses(s *scene) {
	s.trunk.setRefusing(true)
	s.finally(func() { s.trunk.setRefusing(false) })
	h := s.dialIntoLine()
	s.pause(time.Second) // a key that comes sooner was meant for the menu
	_, err := h.call.Press(s, '1')
	s.require(err)
	s.waitCount(10*time.Second, 1, `SELECT count(*) FROM call_event e JOIN report.call c USING (call_id)
		WHERE type = 'callback.offered' AND caller_number = $1`, h.number)
	s.pause(1500 * time.Millisecond) // the question has to be heard
	h.ends = true
	_, err = h.call.Press(s, '1')
	s.require(err)
	s.waitOutcome(h, "callback_accepted")
	before := s.trunk.callCount()
	a := s.signInAgent()
	s.require(a.Accept(s.waitRinging(a).Offer.Offer))
	s.waitFor(20*time.Second, "the callback was tried", func() bool { return s.trunk.callCount() > before })
	s.waitDesk(a, func(d call.Desk) bool { return d.State == call.Idle || d.State == call.WrapUp })
	_ = a.Wrapped()
	s.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.callback WHERE number = $1 AND ended_at IS NULL AND attempts = 0`, h.number)
	s.waitCount(10*time.Second, 1, `SELECT count(*) FROM callback_attempt a JOIN report.callback c USING (callback_id)
		WHERE c.number = $1 AND a.how = 'trunk' AND NOT a.counts`, h.number)
	next := s.dialIntoLine()
	s.require(a.Available())
	s.acceptNext(a)
	s.hearEachOther(next, a)
	s.require(next.hangUp())
	s.waitOutcome(next, "answered")
	s.signOut(a)
}

// serviceStalls: after two seconds the flow goes on without an answer.
func serviceStalls(s *scene) {
	s.service.wire.Freeze()
	s.finally(s.service.wire.Thaw)
	a := s.signInAgent()
	h := s.dialMenu()
	_, err := h.call.WaitTone(s.withinMoments(), menuTone)
	s.require(err)
	began, err := h.call.Press(s, '2')
	s.require(err)
	s.acceptNext(a)
	s.hearEachOther(h, a)
	s.noteFigure("with a person after %s", Millis(h.first.Sub(began)))
	s.require(h.hangUp())
	s.waitOutcome(h, "answered")
	s.waitDesk(a, func(d call.Desk) bool { return d.State == call.WrapUp })
	s.signOut(a)
}

// messagesGone: Asterisk cannot record, so no caller is asked for a message.
func messagesGone(s *scene) {
	spool := filepath.Join(s.Dir, "asterisk", "spool", "recording")
	aside := spool + ".aside"
	s.require(os.Rename(spool, aside))
	s.require(os.WriteFile(spool, nil, 0o600)) // nor can it be made anew
	s.finally(func() {
		_ = os.Remove(spool)
		_ = os.Rename(aside, spool)
	})
	a := s.signInAgent()
	h := s.dialMenu()
	_, err := h.call.WaitTone(s.withinMoments(), menuTone)
	s.require(err)
	_, err = h.call.Press(s, '1')
	s.require(err)
	s.acceptNext(a)
	s.hearEachOther(h, a)
	s.require(h.hangUp())
	s.waitOutcome(h, "answered")
	s.waitDesk(a, func(d call.Desk) bool { return d.State == call.WrapUp })
	s.signOut(a)
}

package chaos

import (
	"time"

	"presszero/call"
	"presszero/internal/nemesis"
)

// Asterisk holds the calls, so its death ends them; everything else between it
// and the controller may fail without a caller noticing.
var asteriskModes = []Mode{
	{Name: "ari-cut", Deed: "the connections between controller and Asterisk break, again and again", Crowd: 12, Rounds: 5, Bounds: usual,
		play: func(s *scene) {
			s.crowd(s.options.Callers).strike(s.options.Rounds, func() {
				at := time.Now()
				s.Wire.Break()
				s.waitReady(at)
			})
		}},
	{Name: "ari-away", Deed: "no way between controller and Asterisk for 8 s; new callers go to the fallback", Crowd: 12, Bounds: usual,
		play: func(s *scene) {
			s.crowd(s.options.Callers).strike(s.options.Rounds, func() {
				at := time.Now()
				s.Wire.Cut()
				s.pause(8 * time.Second)
				s.Wire.Mend()
				s.waitReady(at)
			})
		}},
	{Name: "ari-half-open", Deed: "the connections to Asterisk stand, but nothing passes any more, and nobody is told", Crowd: 12, Bounds: usual, play: halfOpen},
	{Name: "ari-slow", Deed: "everything between controller and Asterisk comes 250 ms late for 10 s", Crowd: 10, Bounds: usual,
		play: func(s *scene) {
			s.crowd(s.options.Callers).strike(1, func() {
				s.Wire.Delay(250 * time.Millisecond)
				s.finally(func() { s.Wire.Delay(0) })
				s.pause(10 * time.Second)
				s.Wire.Delay(0)
			})
		}},
	{Name: "events-spoiled", Deed: "Asterisk's events come twice, late, behind others, and the connection loses some, for 10 s", Crowd: 12, Bounds: usual, play: eventsSpoiled},
	{Name: "asterisk-killed", Deed: "kill -9 of Asterisk: its calls are lost and booked as such; a redial is served",
		Bounds: Bounds{Lost: true}, play: func(s *scene) { asteriskLost(s, func() { s.killPart(pbx) }) }},
	{Name: "asterisk-hung", Deed: "SIGSTOP of Asterisk, until it is found out, ended and started again; as if it were killed",
		Bounds: Bounds{Lost: true}, play: func(s *scene) { asteriskLost(s, func() { s.hangPart(pbx, func() {}) }) }},
	{Name: "asterisk-wedged", Deed: "SIGSTOP of Asterisk for 4 s: it neither dies nor answers", Crowd: 8,
		Bounds: Bounds{Silence: noticed + 4*time.Second, Order: true},
		play: func(s *scene) {
			s.crowd(s.options.Callers).strike(s.options.Rounds, func() {
				at := time.Now()
				resume := s.stopPart(pbx)
				s.pause(4 * time.Second)
				resume()
				s.waitReady(at)
			})
		}},
}

func halfOpen(s *scene) {
	s.crowd(s.options.Callers).strike(s.options.Rounds, func() {
		at := time.Now()
		s.Wire.Freeze()
		s.waitFor(20*time.Second, "the controller has noticed", func() bool { return !s.readyNow(s) })
		s.noteFigure("noticed after %s", Millis(time.Since(at)))
		s.Wire.Thaw()
		s.waitReady(at)
	})
}

func eventsSpoiled(s *scene) {
	before := s.Wire.Done()
	s.crowd(s.options.Callers).strike(1, func() {
		calm := func() { s.Wire.Spoil(nemesis.Faults{}, 0) }
		s.finally(calm)
		s.Wire.Spoil(nemesis.Faults{Lose: 0.03, Twice: 0.2, Move: 0.2, Late: 0.2, Most: 100 * time.Millisecond}, s.chance.Uint64())
		s.pause(10 * time.Second)
		calm()
	})
	done := s.Wire.Done()
	s.noteFigure("of %d events %d lost, %d twice, %d late, %d behind others", done.Passed-before.Passed,
		done.Lost-before.Lost, done.Twice-before.Twice, done.Late-before.Late, done.Moved-before.Moved)
}

// asteriskLost: the calls of Asterisk are lost and booked as our failure; agents
// are freed, and the next call is served.
func asteriskLost(s *scene, deed func()) {
	a := s.signInAgent()
	talks := s.dialIntoLine()
	s.acceptNext(a)
	s.hearEachOther(talks, a)
	line := []*testCaller{s.dialIntoLine(), s.dialIntoLine()}
	s.setStates(map[string]int{talking: 1, waiting: 2})
	for _, h := range append(line, talks) {
		h.quiet = true // the line is dead
	}
	at := time.Now()
	deed()
	s.waitReady(at)
	for _, h := range line {
		s.waitOutcome(h, "system_failure")
	}
	s.waitCount(20*time.Second, 1, `SELECT count(*) FROM report.call WHERE caller_number = $1 AND side = 'system'`, talks.number)
	s.waitDesk(a, func(d call.Desk) bool { return d.State == call.WrapUp || d.State == call.Idle })
	_ = a.Wrapped()
	again := s.dialIntoLine()
	s.acceptNext(a)
	s.hearEachOther(again, a)
	s.noteFigure("a redial was with a person %s after it", Millis(again.first.Sub(at)))
	s.require(again.hangUp())
	s.waitOutcome(again, "answered")
	s.waitDesk(a, func(d call.Desk) bool { return d.State == call.WrapUp })
	s.signOut(a)
}

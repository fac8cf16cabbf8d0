package chaos

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/lib/pq"

	"presszero/call"
)

// The controller (`presszero serve`) decides what happens to a caller. It may
// die at any moment; music, order and talks go on.
var controllerModes = []Mode{
	{Name: "controller-killed", Deed: "kill -9 of the controller with callers in every state", Crowd: 15, Rounds: 5, Bounds: usual,
		play: func(s *scene) {
			s.crowd(s.options.Callers).blows(s.options.Rounds, func() {
				at := time.Now()
				s.kill(controller)
				s.ready(at)
			})
		}},
	{Name: "controller-killed-in-line", Deed: "kill -9 of the controller with a line of callers, who are served afterwards in their order", Crowd: 20, Rounds: 3, Bounds: alone, play: killedInLine},
	{Name: "controller-killed-in-talk", Deed: "kill -9 of the controller while two talk", Bounds: alone, play: killedInTalk},
	{Name: "controller-hung", Deed: "SIGSTOP of the controller: Asterisk takes new callers to the fallback by itself, until another controller is started", Crowd: 4, Bounds: usual, play: controllerHung},
	{Name: "controller-restarted", Deed: "SIGTERM: the controller ends in order and is started again", Crowd: 10, Rounds: 2, Bounds: usual,
		play: func(s *scene) {
			s.crowd(s.options.Callers).blows(s.options.Rounds, func() {
				at := time.Now()
				old, err := s.pid(controller)
				s.must(err)
				s.must(signal(syscall.SIGTERM, old))
				s.replaced(controller, old)
				s.ready(at)
			})
		}},
	{Name: "controller-twice", Deed: "a second controller is started by mistake", Crowd: 8, Bounds: usual, play: controllerTwice},
	{Name: "keys-in-the-gap", Deed: "a caller presses 0 while the controller is dead, and again as people do", Bounds: alone, play: keysInTheGap},
	{Name: "flow-broken", Deed: "a flow that must not be served is put in place and read", Bounds: alone, play: flowBroken},
	{Name: "journal-full", Deed: "the disk of the journal is full while callers come", Crowd: 8, Bounds: usual, Unfit: cannotMount, ownDisk: true, play: journalFull},
	{Name: "controller-upgraded", Deed: "`presszero upgrade`, twice: a new controller takes over while calls go on", Crowd: 15, Rounds: 2, Bounds: usual, play: upgraded},
}

// killedInLine: none is lost, the order is kept, and the music hardly skips.
func killedInLine(s *scene) {
	var line []*heard
	for range s.options.Callers {
		line = append(line, s.inLine())
	}
	s.mu.Lock()
	s.row.There = map[string]int{waiting: len(line)}
	s.mu.Unlock()
	for range s.options.Rounds {
		at := time.Now()
		s.kill(controller)
		s.ready(at)
		for i, h := range line {
			if gap := h.call.LongestGap(at, time.Time{}); gap > time.Second {
				s.fail("caller %d had no music for %s", i, gap)
			}
		}
	}
	if left, err := s.inAsterisk(s); err != nil || len(left) != len(line) {
		s.fail("%d of %d callers are left: %v %v", len(left), len(line), left, err)
	}
	a := s.agent()
	for i := range min(5, len(line)) {
		if got := s.serves(a); got != line[i].number {
			s.fail("%s was served, and %s stood in front", got, line[i].number)
		}
	}
	s.goodbye(a)
	var numbers []string
	for _, h := range line {
		numbers = append(numbers, h.number)
	}
	s.counts(10*time.Second, len(line), `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id)
		WHERE c.caller_number = ANY($1)`, pq.Array(numbers)) // nobody entered the line anew
}

// killedInTalk: the voice does not pass through the controller.
func killedInTalk(s *scene) {
	a := s.agent()
	h := s.inLine()
	s.answers(a)
	s.hear(h, a)
	at := time.Now()
	s.kill(controller)
	s.ready(at)
	s.wait(20*time.Second, "the agent's page is back", func() bool {
		again, err := a.Again(s.soon())
		if err == nil {
			a = again
			s.finally(again.Close)
		}
		return err == nil
	})
	s.desk(a, func(d call.Desk) bool { return d.State == call.Talking })
	s.hear(h, a)
	s.gap(h.call.LongestGap(at, time.Time{}), h.number)
	s.must(h.hangUp())
	s.desk(a, func(d call.Desk) bool { return d.State == call.WrapUp })
	s.outcome(h, "answered")
	s.goodbye(a)
}

// controllerHung: Asterisk notices that the heartbeat has ceased and takes new
// callers to the fallback; the controller that hangs is ended, and the next
// gives them to a person without another menu.
func controllerHung(s *scene) {
	s.crowd(s.options.Callers).blows(1, func() {
		var late []*heard
		s.hung(controller, func() {
			s.wait(20*time.Second, "the heartbeat has ceased", s.beatCeased)
			for range 2 {
				h := s.caller()
				_, err := h.call.WaitSound(s.soon(), h.call.Answered)
				s.must(err)
				late = append(late, h)
			}
		})
		for _, h := range late {
			ctx, cancel := context.WithTimeout(s, 40*time.Second)
			_, err := h.call.WaitTone(ctx, agentTone)
			cancel()
			s.must(err)
			if n := s.count(`SELECT count(*) FROM call_event e JOIN report.call c USING (call_id)
				WHERE c.caller_number = $1 AND e.type = 'ivr.node_entered'`, h.number); n != 0 {
				s.fail("%s was in the fallback and had to listen to the menu afterwards", h.number)
			}
		}
	})
}

// beatCeased: more than 6 s of the whole seconds that Asterisk counts with, and
// a moment for its clock, which is coarser than ours.
func (s *scene) beatCeased() bool {
	var beat struct{ Value string }
	if s.ask(s, "/asterisk/variable?variable=PZ_BEAT", &beat) != nil {
		return false
	}
	last, err := strconv.ParseInt(beat.Value, 10, 64)
	return err == nil && time.Since(time.Unix(last, 0)) > 7500*time.Millisecond
}

// controllerTwice: the second refuses to start, or takes over; never do both act.
func controllerTwice(s *scene) {
	s.crowd(s.options.Callers).blows(1, func() {
		second, err := s.Program(controller)
		s.must(err)
		select {
		case <-second.Done():
			s.note("the second went by itself")
		case <-time.After(10 * time.Second):
			s.fail("the second controller was still there after 10 s")
		}
		second.Stop()
		s.ready(time.Now())
	})
}

// keysInTheGap: a key that nobody heard is pressed again, and works.
func keysInTheGap(s *scene) {
	a := s.agent()
	h := s.caller()
	_, err := h.call.WaitTone(s.soon(), menuTone)
	s.must(err)
	at := time.Now()
	old, err := s.pid(controller)
	s.must(err)
	s.must(signal(syscall.SIGKILL, old))
	_, err = h.call.Press(s, '0')
	s.must(err)
	s.replaced(controller, old)
	s.ready(at)
	soon, cancel := context.WithTimeout(s, 2*time.Second) // the menu may be about to be said again
	_, err = h.call.WaitToneAfter(soon, time.Now(), menuTone)
	cancel()
	if err == nil {
		_, err = h.call.Press(s, '0')
		s.must(err)
	}
	s.wait(20*time.Second, "the agent's page is back", func() bool {
		again, err := a.Again(s.soon())
		if err == nil {
			a = again
			s.finally(again.Close)
		}
		return err == nil
	})
	s.must(a.Available())
	s.answers(a)
	s.hear(h, a)
	s.note("with a person %s after the kill", Millis(h.first.Sub(at)))
	s.must(h.hangUp())
	s.outcome(h, "answered")
	s.desk(a, func(d call.Desk) bool { return d.State == call.WrapUp })
	s.goodbye(a)
}

// flowBroken: the old flow serves on.
func flowBroken(s *scene) {
	good, err := os.ReadFile(s.Flow)
	s.must(err)
	serve, err := s.pid(controller)
	s.must(err)
	again := func(text []byte) {
		s.must(os.WriteFile(s.Flow, text, 0o600))
		s.must(signal(syscall.SIGHUP, serve))
	}
	s.finally(func() { again(good) })
	refused, name := []byte("the old flow serves on"), filepath.Join(s.Dir, "log", "serve.log")
	log, _ := os.ReadFile(name)
	before := bytes.Count(log, refused)
	again([]byte("version: 1\nnodes: {\n"))
	s.wait(10*time.Second, "the refusal is in the log", func() bool {
		log, _ := os.ReadFile(name)
		return bytes.Count(log, refused) > before
	})
	a := s.agent()
	h := s.inLine()
	s.answers(a)
	s.hear(h, a)
	s.must(h.hangUp())
	s.outcome(h, "answered")
	s.desk(a, func(d call.Desk) bool { return d.State == call.WrapUp })
	s.goodbye(a)
}

// journalFull: facts wait in memory, and no promise is made that is not on
// disk; when there is room again, all are written.
func journalFull(s *scene) {
	c := s.crowd(s.options.Callers)
	c.blows(1, func() {
		empty, err := fill(filepath.Join(s.Dir, "disk"))
		s.finally(empty)
		s.must(err)
		s.pause(5 * time.Second)
		empty()
	})
}

// upgraded: another controller in the place of one that is well.
func upgraded(s *scene) {
	s.crowd(s.options.Callers).blows(s.options.Rounds, func() {
		at := time.Now()
		old, err := s.pid(controller)
		s.must(err)
		order, err := s.Program("upgrade")
		s.must(err)
		select {
		case <-order.Done():
		case <-time.After(30 * time.Second):
			order.Stop()
			s.fail("the order was not carried out within 30 s")
		}
		if now, err := s.pid(controller); err != nil || now == old {
			s.fail("the controller is the one of before: %v", err)
		}
		s.ready(at)
	})
}

package chaos

import (
	"bytes"
	"context"
	"net/http"
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
			s.crowd(s.options.Callers).strike(s.options.Rounds, func() {
				at := time.Now()
				s.killPart(controller)
				s.waitReady(at)
			})
		}},
	{Name: "controller-killed-in-line", Deed: "kill -9 of the controller with a line of callers, who are served afterwards in their order", Crowd: 20, Rounds: 3, Bounds: alone, play: killedInLine},
	{Name: "controller-killed-in-talk", Deed: "kill -9 of the controller while two talk", Bounds: alone, play: killedInTalk},
	{Name: "controller-hung", Deed: "SIGSTOP of the controller: Asterisk takes new callers to the fallback by itself, until another controller is started", Crowd: 4, Bounds: usual, play: controllerHung},
	{Name: "controller-restarted", Deed: "SIGTERM: the controller ends in order and is started again", Crowd: 10, Rounds: 2, Bounds: usual,
		play: func(s *scene) {
			s.crowd(s.options.Callers).strike(s.options.Rounds, func() {
				at := time.Now()
				old, err := s.processID(controller)
				s.require(err)
				s.require(signal(syscall.SIGTERM, old))
				s.waitReplaced(controller, old)
				s.waitReady(at)
			})
		}},
	{Name: "controller-twice", Deed: "a second controller is started by mistake", Crowd: 8, Bounds: usual, play: controllerTwice},
	{Name: "keys-in-the-gap", Deed: "a caller presses 0 while the controller is dead, and again as people do", Bounds: alone, play: keysInTheGap},
	{Name: "flow-broken", Deed: "a flow that must not be served is put in place and read", Bounds: alone, play: flowBroken},
	{Name: "journal-full", Deed: "the disk of the journal is full while callers come", Crowd: 8, Bounds: usual, Unfit: cannotMount, ownDisk: true, play: journalFull},
	{Name: "controller-upgraded", Deed: "`presszero upgrade`, twice: a new controller takes over while calls go on", Crowd: 15, Rounds: 2, Bounds: usual, play: upgraded},
}

// killedInLine: no caller is lost, the order is kept, and music stops for a second at most.
func killedInLine(s *scene) {
	var line []*testCaller
	for range s.options.Callers {
		line = append(line, s.dialIntoLine())
	}
	s.setStates(map[string]int{waiting: len(line)})
	for range s.options.Rounds {
		at := time.Now()
		s.killPart(controller)
		s.waitReady(at)
		for i, h := range line {
			if gap := h.call.LongestGap(at, time.Time{}); gap > time.Second {
				s.failed("caller %d had no music for %s", i, gap)
			}
		}
	}
	if left, err := s.channelsAndBridges(s); err != nil || len(left) != len(line) {
		s.failed("%d of %d callers are left: %v %v", len(left), len(line), left, err)
	}
	a := s.signInAgent()
	for i := range min(5, len(line)) {
		if got := s.serveNext(a); got != line[i].number {
			s.failed("%s was served, and %s stood in front", got, line[i].number)
		}
	}
	s.signOut(a)
	var numbers []string
	for _, h := range line {
		numbers = append(numbers, h.number)
	}
	s.waitCount(10*time.Second, len(line), `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id)
		WHERE c.caller_number = ANY($1)`, pq.Array(numbers)) // nobody entered the line anew
}

// killedInTalk: the voice does not pass through the controller.
func killedInTalk(s *scene) {
	a := s.signInAgent()
	h := s.dialIntoLine()
	s.acceptNext(a)
	s.hearEachOther(h, a)
	at := time.Now()
	s.killPart(controller)
	s.waitReady(at)
	s.waitFor(20*time.Second, "the agent's page is back", func() bool {
		again, err := a.Again(s.withinMoments())
		if err == nil {
			a = again
			s.finally(again.Close)
		}
		return err == nil
	})
	s.waitDesk(a, func(d call.Desk) bool { return d.State == call.Talking })
	s.hearEachOther(h, a)
	s.noteGap(h.call.LongestGap(at, time.Time{}), h.number)
	s.require(h.hangUp())
	s.waitDesk(a, func(d call.Desk) bool { return d.State == call.WrapUp })
	s.waitOutcome(h, "answered")
	s.signOut(a)
}

// controllerHung: Asterisk notices that the heartbeat has ceased and takes new
// callers to the fallback; the controller that hangs is ended, and the next
// gives them to a person without another menu.
func controllerHung(s *scene) {
	s.crowd(s.options.Callers).strike(1, func() {
		var late []*testCaller
		s.hangPart(controller, func() {
			s.waitFor(20*time.Second, "the heartbeat has ceased", s.heartbeatCeased)
			for range 2 {
				h := s.dialMenu()
				_, err := h.call.WaitSound(s.withinMoments(), h.call.Answered)
				s.require(err)
				late = append(late, h)
			}
		})
		for _, h := range late {
			ctx, cancel := context.WithTimeout(s, 40*time.Second)
			_, err := h.call.WaitTone(ctx, agentTone)
			cancel()
			s.require(err)
			if n := s.queryCount(`SELECT count(*) FROM call_event e JOIN report.call c USING (call_id)
				WHERE c.caller_number = $1 AND e.type = 'ivr.node_entered'`, h.number); n != 0 {
				s.failed("%s was in the fallback and had to listen to the menu afterwards", h.number)
			}
		}
	})
}

// heartbeatCeased: more than 6 s of the whole seconds that Asterisk counts with, and
// a moment for its clock, which is coarser than ours.
func (s *scene) heartbeatCeased() bool {
	var beat struct{ Value string }
	if s.AskARI(s, http.MethodGet, "/asterisk/variable?variable=PZ_BEAT", &beat) != nil {
		return false
	}
	last, err := strconv.ParseInt(beat.Value, 10, 64)
	return err == nil && time.Since(time.Unix(last, 0)) > 7500*time.Millisecond
}

// controllerTwice: the second refuses to start, or takes over; the two never act
// at the same time.
func controllerTwice(s *scene) {
	s.crowd(s.options.Callers).strike(1, func() {
		second, err := s.Program(controller)
		s.require(err)
		select {
		case <-second.Done():
			s.noteFigure("the second went by itself")
		case <-time.After(10 * time.Second):
			s.failed("the second controller was still there after 10 s")
		}
		second.Stop()
		s.waitReady(time.Now())
	})
}

// keysInTheGap: a key that the dead controller missed is pressed again, and works.
func keysInTheGap(s *scene) {
	a := s.signInAgent()
	h := s.dialMenu()
	_, err := h.call.WaitTone(s.withinMoments(), menuTone)
	s.require(err)
	at := time.Now()
	old, err := s.processID(controller)
	s.require(err)
	s.require(signal(syscall.SIGKILL, old))
	_, err = h.call.Press(s, '0')
	s.require(err)
	s.waitReplaced(controller, old)
	s.waitReady(at)
	soon, cancel := context.WithTimeout(s, 2*time.Second) // the menu may be about to be said again
	_, err = h.call.WaitToneAfter(soon, time.Now(), menuTone)
	cancel()
	if err == nil {
		_, err = h.call.Press(s, '0')
		s.require(err)
	}
	s.waitFor(20*time.Second, "the agent's page is back", func() bool {
		again, err := a.Again(s.withinMoments())
		if err == nil {
			a = again
			s.finally(again.Close)
		}
		return err == nil
	})
	s.require(a.Available())
	s.acceptNext(a)
	s.hearEachOther(h, a)
	s.noteFigure("with a person %s after the kill", Millis(h.first.Sub(at)))
	s.require(h.hangUp())
	s.waitOutcome(h, "answered")
	s.waitDesk(a, func(d call.Desk) bool { return d.State == call.WrapUp })
	s.signOut(a)
}

// flowBroken: the old flow serves on.
func flowBroken(s *scene) {
	good, err := os.ReadFile(s.Flow)
	s.require(err)
	serve, err := s.processID(controller)
	s.require(err)
	again := func(text []byte) {
		s.require(os.WriteFile(s.Flow, text, 0o600))
		s.require(signal(syscall.SIGHUP, serve))
	}
	s.finally(func() { again(good) })
	refused, name := []byte("the old flow serves on"), filepath.Join(s.Dir, "log", "serve.log")
	log, _ := os.ReadFile(name)
	before := bytes.Count(log, refused)
	again([]byte("version: 1\nnodes: {\n"))
	s.waitFor(10*time.Second, "the refusal is in the log", func() bool {
		log, _ := os.ReadFile(name)
		return bytes.Count(log, refused) > before
	})
	a := s.signInAgent()
	h := s.dialIntoLine()
	s.acceptNext(a)
	s.hearEachOther(h, a)
	s.require(h.hangUp())
	s.waitOutcome(h, "answered")
	s.waitDesk(a, func(d call.Desk) bool { return d.State == call.WrapUp })
	s.signOut(a)
}

// journalFull: facts wait in memory, and no promise is made that is not on
// disk; when there is room again, all are written.
func journalFull(s *scene) {
	c := s.crowd(s.options.Callers)
	c.strike(1, func() {
		empty, err := fillDisk(filepath.Join(s.Dir, "disk"))
		s.finally(empty)
		s.require(err)
		s.pause(5 * time.Second)
		empty()
	})
}

// upgraded: a new controller takes the place of one that works.
func upgraded(s *scene) {
	s.crowd(s.options.Callers).strike(s.options.Rounds, func() {
		at := time.Now()
		old, err := s.processID(controller)
		s.require(err)
		order, err := s.Program("upgrade")
		s.require(err)
		select {
		case <-order.Done():
		case <-time.After(30 * time.Second):
			order.Stop()
			s.failed("the order was not carried out within 30 s")
		}
		if now, err := s.processID(controller); err != nil || now == old {
			s.failed("the controller is the one of before: %v", err)
		}
		s.waitReady(at)
	})
}

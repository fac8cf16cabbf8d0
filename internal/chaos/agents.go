package chaos

import (
	"strconv"
	"syscall"
	"time"

	"presszero/call"
	"presszero/internal/deskclient"
)

// Agents close the page, lose their network, or are not there. The caller
// hears music again and stands in front.
//
// An agent whose voice ceases may come back within moments, and then nobody has
// noticed anything; the caller hears music when that does not happen.
var agentModes = []Mode{
	{Name: "agent-closes-tab", Deed: "the agent closes the page in the middle of a talk; 30 s later the caller is served next", Bounds: Bounds{Silence: noticed, Order: true}, play: tabClosed},
	{Name: "agent-reloads", Deed: "the agent's page is loaded anew in a talk, and on hold; the caller has the same agent back", Bounds: Bounds{Silence: noticed, Order: true}, play: pageReloaded},
	{Name: "agent-does-not-answer", Deed: "the agent declines; the caller keeps the place, and she is away until she says otherwise", Bounds: alone, play: notAnswered},
	{Name: "agent-asleep", Deed: "the agents' machine sleeps: their pages stand still with the lines up, for 20 s", Crowd: 6, Bounds: Bounds{Silence: noticed, Order: true},
		play: func(s *scene) {
			c := s.callers(s.options.Callers)
			robots := s.robots(2)
			c.waitStates(waiting, talking)
			s.require(signal(syscall.SIGSTOP, robots.PID()))
			s.pause(20 * time.Second)
			s.require(signal(syscall.SIGCONT, robots.PID()))
			c.waitStates(talking)
		}},
	{Name: "agents-vanish", Deed: "all agents are gone at once (kill -9), and come back 3 s later", Crowd: 12, Rounds: 2, Bounds: Bounds{Silence: noticed, Order: true},
		play: func(s *scene) {
			c := s.callers(s.options.Callers)
			robots := s.robots(3)
			for range s.options.Rounds {
				c.waitStates(waiting, talking)
				s.require(signal(syscall.SIGKILL, robots.PID()))
				<-robots.Done()
				s.pause(3 * time.Second)
				robots = s.robots(3)
			}
			c.waitStates(talking)
		}},
	{Name: "agents-return", Deed: "the controller dies with 40 agents signed in, who all come back at once", Crowd: 10, Rounds: 2, Bounds: usual,
		play: func(s *scene) {
			c := s.callers(s.options.Callers)
			s.robots(40)
			s.waitFor(60*time.Second, "all 40 are there", func() bool { return s.signedIn() >= 40 })
			for range s.options.Rounds {
				c.waitStates(inMenu, talking)
				at := time.Now()
				s.killPart(controller)
				s.waitReady(at)
				s.waitFor(30*time.Second, "all 40 are back", func() bool { return s.signedIn() >= 40 })
				s.noteFigure("all were back after %s", Millis(time.Since(at)))
			}
		}},
}

// robots starts agents in a process of their own, which can be killed as a
// whole, as a room that loses its network.
func (s *scene) robots(n int) Process {
	p, err := s.Program("robots", "--agents", strconv.Itoa(n), "--talk", "5s", "--accept", "400ms", "--wrap", "500ms",
		"--hold", "30%", "--hand", "5%", "--back", "5%", "--ask", "30%")
	s.require(err)
	s.finally(func() {
		_ = signal(syscall.SIGCONT, p.PID())
		p.Stop()
	})
	return p
}

func tabClosed(s *scene) {
	a := s.signInAgent()
	h := s.dialIntoLine()
	s.acceptNext(a)
	s.hearEachOther(h, a)
	second := s.dialIntoLine()
	closed := time.Now()
	a.Close()
	s.waitCount(40*time.Second, 2, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id)
		WHERE c.caller_number = $1`, h.number)
	if _, err := h.call.WaitSound(s.withinMoments(), closed.Add(100*time.Millisecond)); err != nil {
		s.failed("the caller heard no music: %v", err)
	}
	a = s.signInAgent()
	if d := s.acceptNext(a); d.Talk.Caller.Number != h.number {
		s.failed("%s was served, who does not stand in front", d.Talk.Caller.Number)
	}
	s.hearEachOther(h, a)
	h.broke = true
	s.require(h.hangUp())
	s.require(second.hangUp())
	s.waitOutcome(h, "answered")
	s.waitOutcome(second, "abandoned_queue")
	s.signOut(a)
}

// pageReloaded: a new page of the same agent comes 1 s after the old one has gone.
func pageReloaded(s *scene) {
	a := s.signInAgent()
	h := s.dialIntoLine()
	d := s.acceptNext(a)
	for range 3 {
		s.hearEachOther(h, a)
		a = s.reload(a, d)
	}
	s.require(a.Hold(d.Talk.Call, true))
	s.waitDesk(a, func(d call.Desk) bool { return d.Talk != nil && d.Talk.Hold != nil })
	a = s.reload(a, d)
	if d := a.Desk(); d.Talk == nil || d.Talk.Hold == nil {
		s.failed("the caller was on hold, and is not after the reload")
	}
	s.require(a.Hold(d.Talk.Call, false))
	s.hearEachOther(h, a)
	if n := s.queryCount(`SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE c.caller_number = $1`, h.number); n != 1 {
		s.failed("the caller has been in line %d times", n)
	}
	h.broke = true // hears music for a moment
	s.require(h.hangUp())
	s.waitOutcome(h, "answered")
	s.signOut(a)
}

// reload closes the agent's page and opens another, in which the talk goes on.
func (s *scene) reload(a *deskclient.Client, was call.Desk) *deskclient.Client {
	a.Close()
	s.pause(time.Second)
	fresh := s.signInPage(a.Options())
	d := s.waitDesk(fresh, func(d call.Desk) bool { return d.State == call.Talking && d.Media })
	if d.Talk.Call != was.Talk.Call {
		s.failed("the page came back to another talk: %+v", d.Talk)
	}
	return fresh
}

func notAnswered(s *scene) {
	a := s.signInAgent()
	h := s.dialIntoLine()
	s.require(a.Decline(s.waitRinging(a).Offer.Offer))
	s.waitDesk(a, func(d call.Desk) bool { return d.Presence == call.Away && d.State == call.Idle })
	s.require(a.Available())
	s.acceptNext(a)
	s.hearEachOther(h, a)
	s.require(h.hangUp())
	s.waitOutcome(h, "answered")
	s.signOut(a)
}

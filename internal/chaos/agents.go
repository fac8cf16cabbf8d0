package chaos

import (
	"strconv"
	"syscall"
	"time"

	"presszero/call"
)

// Agents close the page, lose their network, or are not there. The caller
// hears music again and stands in front.
//
// An agent whose voice ceases may come back within moments, and then nobody has
// noticed anything; the caller hears music when that does not happen.
var agentModes = []Mode{
	{Name: "agent-closes-tab", Deed: "the agent closes the page in the middle of a talk; the caller is served next", Bounds: Bounds{Silence: noticed, Order: true}, play: tabClosed},
	{Name: "agent-does-not-answer", Deed: "the agent declines; the caller keeps the place, and she is away until she says otherwise", Bounds: alone, play: notAnswered},
	{Name: "agent-asleep", Deed: "the agents' machine sleeps: their pages stand still with the lines up, for 20 s", Crowd: 6, Bounds: Bounds{Silence: noticed, Order: true},
		play: func(s *scene) {
			c := s.callers(s.options.Callers)
			robots := s.robots(2)
			c.everywhere(waiting, talking)
			s.must(signal(syscall.SIGSTOP, robots.PID()))
			s.pause(20 * time.Second)
			s.must(signal(syscall.SIGCONT, robots.PID()))
			c.everywhere(talking)
		}},
	{Name: "agents-vanish", Deed: "all agents are gone at once (kill -9), and come back 3 s later", Crowd: 12, Rounds: 2, Bounds: Bounds{Silence: noticed, Order: true},
		play: func(s *scene) {
			c := s.callers(s.options.Callers)
			robots := s.robots(3)
			for range s.options.Rounds {
				c.everywhere(waiting, talking)
				s.must(signal(syscall.SIGKILL, robots.PID()))
				<-robots.Done()
				s.pause(3 * time.Second)
				robots = s.robots(3)
			}
			c.everywhere(talking)
		}},
	{Name: "agents-return", Deed: "the controller dies with 40 agents signed in, who all come back at once", Crowd: 10, Rounds: 2, Bounds: usual,
		play: func(s *scene) {
			c := s.callers(s.options.Callers)
			s.robots(40)
			s.wait(60*time.Second, "all 40 are there", func() bool { return s.signedIn() >= 40 })
			for range s.options.Rounds {
				c.everywhere(inMenu, talking)
				at := time.Now()
				s.kill(controller)
				s.ready(at)
				s.wait(30*time.Second, "all 40 are back", func() bool { return s.signedIn() >= 40 })
				s.note("all were back after %s", Millis(time.Since(at)))
			}
		}},
}

// robots starts agents in a process of their own, which can be killed as a
// whole, as a room that loses its network.
func (s *scene) robots(n int) Process {
	p, err := s.Program("robots", "--agents", strconv.Itoa(n), "--talk", "5s", "--accept", "400ms", "--wrap", "500ms")
	s.must(err)
	s.finally(func() {
		_ = signal(syscall.SIGCONT, p.PID())
		p.Stop()
	})
	return p
}

// signedIn counts the agents who are at work.
func (s *scene) signedIn() int {
	n := 0
	err := s.db.QueryRowContext(s, `SELECT count(DISTINCT agent) FROM report.agent WHERE until_at IS NULL AND presence = 'available'`).Scan(&n)
	if err != nil {
		return 0
	}
	return n
}

func tabClosed(s *scene) {
	a := s.agent()
	h := s.inLine()
	s.answers(a)
	s.hear(h, a)
	second := s.inLine()
	closed := time.Now()
	a.Close()
	s.counts(10*time.Second, 2, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id)
		WHERE c.caller_number = $1`, h.number)
	if _, err := h.call.WaitSound(s.soon(), closed.Add(100*time.Millisecond)); err != nil {
		s.fail("the caller heard no music: %v", err)
	}
	a = s.agent()
	if d := s.answers(a); d.Talk.Caller.Number != h.number {
		s.fail("%s was served, who does not stand in front", d.Talk.Caller.Number)
	}
	s.hear(h, a)
	h.broke = true
	s.must(h.hangUp())
	s.must(second.hangUp())
	s.outcome(h, "answered")
	s.outcome(second, "abandoned_queue")
	s.goodbye(a)
}

func notAnswered(s *scene) {
	a := s.agent()
	h := s.inLine()
	s.must(a.Decline(s.rings(a).Offer.Offer))
	s.desk(a, func(d call.Desk) bool { return d.Presence == call.Away && d.State == call.Idle })
	s.must(a.Available())
	s.answers(a)
	s.hear(h, a)
	s.must(h.hangUp())
	s.outcome(h, "answered")
	s.goodbye(a)
}

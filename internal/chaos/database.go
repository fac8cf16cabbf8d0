package chaos

import (
	"syscall"
	"time"

	"presszero/call"
)

// The journal is authoritative, and Postgres is a copy for queries. Callers notice
// nothing of Postgres.
var databaseModes = []Mode{
	{Name: "postgres-killed", Deed: "kill -9 of Postgres with callers in every state", Crowd: 10, Rounds: 2, Bounds: usual,
		play: func(s *scene) {
			s.crowd(s.options.Callers).strike(s.options.Rounds, func() { s.killPart(database) })
		}},
	{Name: "postgres-served-without", Deed: "Postgres stands still and is then killed; callers are served meanwhile, one after the other", Rounds: 3, Bounds: alone, play: servedWithout},
	{Name: "postgres-away", Deed: "Postgres stands still for 20 s with callers in every state", Crowd: 12, Bounds: usual,
		play: func(s *scene) {
			s.crowd(s.options.Callers).strike(s.options.Rounds, func() {
				resume := s.stopPart(database)
				s.pause(20 * time.Second)
				resume()
			})
		}},
	{Name: "postgres-slow", Deed: "Postgres works a tenth of the time, for 15 s", Crowd: 10, Bounds: usual,
		play: func(s *scene) {
			s.crowd(s.options.Callers).strike(1, func() {
				for end := time.Now().Add(15 * time.Second); time.Now().Before(end); {
					resume := s.stopPart(database)
					s.pause(450 * time.Millisecond)
					resume()
					s.pause(50 * time.Millisecond)
				}
			})
		}},
	{Name: "postgres-hung-agent-cut", Deed: "Postgres stands still, and the connection of an agent in a talk is cut; she is back in her talk", Rounds: 3, Bounds: alone, play: hungAndCut},
	{Name: "postgres-locked", Deed: "another session holds a lock on the table of facts for 10 s", Crowd: 10, Bounds: usual, play: postgresLocked},
}

// servedWithout: callers are served one after the other, from the first ring
// to the wrap-up, with nothing to read from and nothing to write to. The rows
// come later, none twice.
func servedWithout(s *scene) {
	a := s.signInAgent()
	resume := s.stopPart(database)
	var served []*testCaller
	for range s.options.Rounds {
		h := s.dialMenu()
		served = append(served, h)
		_, err := h.call.Press(s, '0')
		s.require(err)
		s.acceptNext(a)
		s.hearEachOther(h, a)
		s.require(h.hangUp())
		s.endWrapUp(a)
	}
	pid, err := s.processID(database)
	s.require(err)
	resume()
	s.require(signal(syscall.SIGKILL, pid))
	s.waitReplaced(database, pid)
	for _, h := range served {
		s.waitCount(40*time.Second, 1, `SELECT count(*) FROM report.call WHERE caller_number = $1 AND outcome = 'answered'`, h.number)
	}
	s.signOut(a)
}

// hungAndCut: an agent's page reconnects in the middle of a talk, while nobody
// can be looked up in Postgres. She is back in her talk.
func hungAndCut(s *scene) {
	a := s.signInAgent()
	h := s.dialIntoLine()
	s.acceptNext(a)
	s.hearEachOther(h, a)
	resume := s.stopPart(database)
	for range s.options.Rounds {
		s.pause(s.between(7*time.Second, 8*time.Second)) // the cached users are stale by then
		at := time.Now()
		again, err := a.Again(s.withinMoments())
		s.require(err)
		s.finally(again.Close)
		a = again
		d := s.waitDesk(a, func(d call.Desk) bool { return d.State != "" })
		s.noteFigure("the page was back after %s", Millis(time.Since(at)))
		if d.State != call.Talking || d.Talk == nil || d.Talk.Caller.Number != h.number {
			s.giveUp("the agent came back to %s, not to her talk", d.State)
		}
		s.hearEachOther(h, a)
	}
	resume()
	s.require(h.hangUp())
	s.waitOutcome(h, "answered")
	s.waitCount(20*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE c.caller_number = $1`, h.number)
	s.signOut(a)
}

func postgresLocked(s *scene) {
	s.crowd(s.options.Callers).strike(1, func() {
		tx, err := s.db.BeginTx(s, nil)
		s.require(err)
		defer tx.Rollback()
		_, err = tx.ExecContext(s, `LOCK TABLE call_event IN ACCESS EXCLUSIVE MODE`)
		s.require(err)
		s.pause(10 * time.Second)
	})
}

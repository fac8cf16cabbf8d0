package chaos

import (
	"syscall"
	"time"

	"presszero/call"
)

// Postgres is the copy that is asked; the journal is what is kept. Nobody on
// the telephone notices anything of Postgres.
var databaseModes = []Mode{
	{Name: "postgres-killed", Deed: "kill -9 of Postgres with callers in every state", Crowd: 10, Rounds: 2, Bounds: usual,
		play: func(s *scene) {
			s.crowd(s.options.Callers).blows(s.options.Rounds, func() { s.kill(database) })
		}},
	{Name: "postgres-served-without", Deed: "Postgres stands still and is then killed; callers are served meanwhile, one after the other", Rounds: 3, Bounds: alone, play: servedWithout},
	{Name: "postgres-away", Deed: "Postgres stands still for 20 s with callers in every state", Crowd: 12, Bounds: usual,
		play: func(s *scene) {
			s.crowd(s.options.Callers).blows(s.options.Rounds, func() {
				resume := s.stopped(database)
				s.pause(20 * time.Second)
				resume()
			})
		}},
	{Name: "postgres-slow", Deed: "Postgres works a tenth of the time, for 15 s", Crowd: 10, Bounds: usual,
		play: func(s *scene) {
			s.crowd(s.options.Callers).blows(1, func() {
				for end := time.Now().Add(15 * time.Second); time.Now().Before(end); {
					resume := s.stopped(database)
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
	a := s.agent()
	resume := s.stopped(database)
	var served []*heard
	for range s.options.Rounds {
		h := s.caller()
		served = append(served, h)
		_, err := h.call.Press(s, '0')
		s.must(err)
		s.answers(a)
		s.hear(h, a)
		s.must(h.hangUp())
		s.wrapped(a)
	}
	pid, err := s.pid(database)
	s.must(err)
	resume()
	s.must(signal(syscall.SIGKILL, pid))
	s.replaced(database, pid)
	for _, h := range served {
		s.counts(40*time.Second, 1, `SELECT count(*) FROM report.call WHERE caller_number = $1 AND outcome = 'answered'`, h.number)
	}
	s.goodbye(a)
}

// hungAndCut: an agent's page reconnects in the middle of a talk, while nobody
// can be looked up in Postgres. The talk is hers still.
func hungAndCut(s *scene) {
	a := s.agent()
	h := s.inLine()
	s.answers(a)
	s.hear(h, a)
	resume := s.stopped(database)
	for range s.options.Rounds {
		s.pause(s.between(7*time.Second, 8*time.Second)) // what was read of the users before is old
		at := time.Now()
		again, err := a.Again(s.soon())
		s.must(err)
		s.finally(again.Close)
		a = again
		d := s.desk(a, func(d call.Desk) bool { return d.State != "" })
		s.note("the page was back after %s", Millis(time.Since(at)))
		if d.State != call.Talking || d.Talk == nil || d.Talk.Caller.Number != h.number {
			s.giveUp("the agent came back to %s, not to her talk", d.State)
		}
		s.hear(h, a)
	}
	resume()
	s.must(h.hangUp())
	s.outcome(h, "answered")
	s.counts(20*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE c.caller_number = $1`, h.number)
	s.goodbye(a)
}

func postgresLocked(s *scene) {
	s.crowd(s.options.Callers).blows(1, func() {
		tx, err := s.db.BeginTx(s, nil)
		s.must(err)
		defer tx.Rollback()
		_, err = tx.ExecContext(s, `LOCK TABLE call_event IN ACCESS EXCLUSIVE MODE`)
		s.must(err)
		s.pause(10 * time.Second)
	})
}

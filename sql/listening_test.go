package sql_test

import (
	"testing"
	"time"

	"presszero/call"
)

// listen has a supervisor listen to the talk for some seconds, then whisper, and then stop;
// true: the supervisor does not.
func (s *story) listen(a call.AgentID, listens, whispers float64, stops bool) (open bool) {
	id := call.ListeningID(s.id, len(s.list))
	s.say(call.ListenStarted{Listening: id, Visit: s.visit(), Agent: a, By: "sue", Listener: "ear:1", Mode: call.ListenOnly}).after(listens).
		say(call.ListenTurned{Listening: id, Visit: s.visit(), Agent: a, By: "sue", Mode: call.ListenWhisper}).after(whispers)
	if stops {
		s.say(call.ListenEnded{Listening: id, Visit: s.visit(), Agent: a, By: "sue", Why: "stopped", Listened: listens, Whispered: whispers})
	}
	return !stops
}

// TestListening: each time that a supervisor listened is a row, with the talk that it was,
// whatever the pieces in which the facts come. One whose end was lost ends with the call.
func TestListening(t *testing.T) {
	t.Parallel()
	s := arrive(1, noon, "1").enter("support").after(5).offer("ann", 1, "accepted").join("ann").after(10)
	began := s.now
	s.listen("ann", 20, 30, true)
	s.after(4).listen("ann", 5, 6, false)
	s.after(9).end(call.SystemFailure, call.SideSystem)
	inPieces(t, s.list, func(t *testing.T, f fixture) {
		var rows []struct {
			By, Queue, Mode, Why        string
			Started                     time.Time
			Listened, Whispered, Joined float64
			Total                       float64
		}
		err := f.raw.SelectContext(soon(t), &rows, `SELECT by, queue, mode, why, started_at AS started, listen_s AS listened, whisper_s AS whispered,
			join_s AS joined, total_s AS total FROM report.listening ORDER BY started_at`)
		if err != nil || len(rows) != 2 {
			t.Fatalf("%+v, %v", rows, err)
		}
		if r := rows[0]; r.By != "sue" || r.Queue != "support" || r.Mode != "whisper" || r.Why != "stopped" || !r.Started.Equal(began) ||
			r.Listened != 20 || r.Whispered != 30 || r.Total != 50 {
			t.Errorf("the first is %+v", r)
		}
		if r := rows[1]; r.Why != "over" || r.Total != 20 {
			t.Errorf("the one that ended with the call is %+v", r)
		}
		if x := examined(t, f); len(x.Flaws) != 0 {
			t.Errorf("flaws: %+v", x.Flaws)
		}
	})
}

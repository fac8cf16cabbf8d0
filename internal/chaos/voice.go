package chaos

import (
	"time"

	"presszero/call"
)

// The voice process (`presszero media`) carries the agents' half of a talk.
// When it dies the caller goes back to music until the page has made a new
// connection.
var voiceModes = []Mode{
	{Name: "media-killed", Deed: "kill -9 of the voice process with callers in every state", Crowd: 12, Rounds: 2,
		Bounds: Bounds{Silence: noticed, Order: true},
		play: func(s *scene) {
			s.crowd(s.options.Callers).blows(s.options.Rounds, func() { s.kill(voice) })
		}},
	{Name: "media-killed-in-talk", Deed: "kill -9 of the voice process while two talk: the same two talk again, unasked",
		Bounds: Bounds{Silence: noticed, Gap: noticed, Order: true}, play: mediaKilledInTalk},
	{Name: "media-hung", Deed: "SIGSTOP of the voice process, until it is found out, ended and started again", Crowd: 8,
		Bounds: Bounds{Silence: noticed, Order: true},
		play: func(s *scene) {
			s.crowd(s.options.Callers).blows(s.options.Rounds, func() { s.hung(voice, func() {}) })
		}},
}

func mediaKilledInTalk(s *scene) {
	a := s.agent()
	h := s.inLine()
	s.answers(a)
	s.hear(h, a)
	s.kill(voice)
	s.desk(a, func(d call.Desk) bool { return !d.Media })
	s.must(a.ConnectAudio(s.soon()))
	s.counts(20*time.Second, 2, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id)
		WHERE c.caller_number = $1 AND v.outcome = 'answered'`, h.number)
	s.hear(h, a)
	s.must(h.hangUp())
	s.outcome(h, "answered")
	s.desk(a, func(d call.Desk) bool { return d.State == call.WrapUp })
	s.goodbye(a)
}

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
			s.crowd(s.options.Callers).strike(s.options.Rounds, func() { s.killPart(voice) })
		}},
	{Name: "media-killed-in-talk", Deed: "kill -9 of the voice process while two talk: the same two talk again, unasked",
		Bounds: Bounds{Silence: noticed, Gap: noticed, Order: true}, play: mediaKilledInTalk},
	{Name: "media-hung", Deed: "SIGSTOP of the voice process, until it is found out, ended and started again", Crowd: 8,
		Bounds: Bounds{Silence: noticed, Order: true},
		play: func(s *scene) {
			s.crowd(s.options.Callers).strike(s.options.Rounds, func() { s.hangPart(voice, func() {}) })
		}},
}

func mediaKilledInTalk(s *scene) {
	a := s.signInAgent()
	h := s.dialIntoLine()
	s.acceptNext(a)
	s.hearEachOther(h, a)
	s.killPart(voice)
	s.waitDesk(a, func(d call.Desk) bool { return !d.Media })
	s.require(a.ConnectAudio(s.withinMoments()))
	s.waitCount(20*time.Second, 2, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id)
		WHERE c.caller_number = $1 AND v.outcome = 'answered'`, h.number)
	s.hearEachOther(h, a)
	s.require(h.hangUp())
	s.waitOutcome(h, "answered")
	s.waitDesk(a, func(d call.Desk) bool { return d.State == call.WrapUp })
	s.signOut(a)
}

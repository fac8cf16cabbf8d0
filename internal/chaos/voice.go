package chaos

import (
	"net/http"
	"strings"
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
	{Name: "legs-lost", Deed: "Asterisk loses the channels to the agents, in the middle of their talks", Crowd: 12, Rounds: 3,
		Bounds: Bounds{Silence: noticed, Order: true},
		play: func(s *scene) {
			s.crowd(s.options.Callers).strike(s.options.Rounds, func() { s.noteFigure("%d channels lost", s.hangUpLegs()) })
		}},
}

// hangUpLegs ends all channels to agents, past the controller, and tells how many.
func (s *scene) hangUpLegs() (lost int) {
	var list []struct{ ID string }
	s.require(s.AskARI(s, http.MethodGet, "/channels", &list))
	for _, channel := range list {
		if strings.HasSuffix(channel.ID, ".leg") && s.AskARI(s, http.MethodDelete, "/channels/"+channel.ID, nil) == nil {
			lost++
		}
	}
	return lost
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

package callqueue

import (
	"cmp"
	"fmt"
	"time"

	"presszero/call"
)

// A person is told that the talk will be recorded, before the agent is there: whom we call,
// once a person has answered, in each call anew, since a callback inherits nothing of what
// its caller has allowed; and a caller whom the menus have not told, because the queue for
// which they told nothing has passed the caller on to one that records.
//
//	person answers, agent accepts ──> notice ──its key, or the end and 3 s──> joined
//
// So is a number that an agent asks during a talk that is, or may be, recorded: all three may
// talk, or the caller be left with it. What a number is told to which a caller is handed over
// without being asked is ordered of the switch with the call: see call.OutsideNotice.

// notice is what the person is being told of recording, or was told just now.
type notice struct {
	rule  call.RecordingRule
	play  string // "": it is over, and its key still counts
	began time.Time
	heard call.NoticePlayed
}

// hearsNotice reports whether the notice is being said.
func (c *caller) hearsNotice() bool { return c.notice != nil && c.notice.play != "" }

// recordedTalk is what the recording of the visit's talk depends on.
func (v *visit) recordedTalk() call.RecordedTalk {
	switch t := v.ticket; {
	case t == nil:
		return call.RecordedTalk{Direction: call.CallIn, Queue: v.queue, Dialled: v.who.Dialed, Other: v.who.Number}
	case t.out:
		return call.RecordedTalk{Direction: call.CallOut, Other: t.number}
	}
	return call.RecordedTalk{Direction: call.CallBack, Queue: v.queue, Dialled: v.who.Dialed, Other: v.ticket.number}
}

// tellFirst has a person hear the notice, if one is due, and reports whether the person
// does, so that the agent is joined after it. Nobody is told who answers an emergency call.
func (an *announcer) tellFirst(s *call.Step, v *visit) bool {
	c := v.caller
	if c.notice != nil {
		return true
	}
	rule, due := an.noticeFor(v)
	if !due {
		return false
	}
	language := c.language
	if v.asking() != nil {
		language = an.machine.recording.LanguageOf(v.ticket.number)
	}
	prompt := an.machine.recording.NoticeIn(language, rule.Notice)
	n := &notice{rule: rule, play: fmt.Sprintf("%s.told%d", v.id, c.notices()), began: s.Now,
		heard: call.NoticePlayed{Notice: rule.Notice, Language: cmp.Or(language, an.machine.recording.Language)}}
	if an.machine.SoundKey != nil {
		n.heard.Sound = an.machine.SoundKey(prompt)
	}
	an.stopSpeech(s, v)
	c.notice = n
	s.Order(call.Play{Call: c.id, Play: n.play, Prompts: []string{prompt}})
	s.After(speechLimit, call.Timer{Kind: noticeTimer, Of: string(c.id), Gen: 2 * c.notices()})
	return true
}

// noticeFor is the rule by whose notice the person is to be told now.
func (an *announcer) noticeFor(v *visit) (rule call.RecordingRule, due bool) {
	plan, c := an.machine.recording, v.caller
	if v.asking() == nil {
		rule = plan.Rule(v.recordedTalk())
		return rule, c.consent.Asks(rule) && !an.isEmergency(c.ticket)
	}
	about := an.talks.talkAbout(v)
	if about == nil || v.ticket.number == "" || c.consent.Told {
		return rule, false
	}
	return plan.TellsOutside(about.caller.id, about.recordedTalk(), about.caller.consent, v.ticket.number, true)
}

// notices numbers the notices of a caller: there is at most one in a call, and in each dial of
// a callback. Its second timer is one more than twice that.
func (c *caller) notices() int {
	if c.ticket == nil {
		return 0
	}
	return c.ticket.dials
}

func (an *announcer) isEmergency(t *ticket) bool {
	if t == nil || !t.out || an.machine.Outbound == nil {
		return false
	}
	_, emergency := an.machine.Outbound.Emergency(t.number)
	return emergency
}

// noticeKey takes a key of a person who is being told. Others than the notice's do nothing.
func (an *announcer) noticeKey(s *call.Step, c *caller, key string) {
	n := c.notice
	if key != n.rule.Key || n.rule.Consent == call.ConsentStay || n.rule.Consent == call.ConsentOptIn && s.Now.Sub(n.began) < call.LeastHeard {
		return
	}
	an.cutNotice(s, c, true)
	if n.rule.Consent == call.ConsentOptIn {
		an.apply(s.State(c.id, call.ConsentGiven{How: "key"}))
	} else {
		an.apply(s.State(c.id, call.ConsentRefused{How: "key"}))
	}
	an.goOnJoining(s, c)
}

// noticeSaid: the notice was heard to its end, or could not be.
func (an *announcer) noticeSaid(s *call.Step, c *caller, toEnd bool) {
	n := c.notice
	an.stateNotice(s, c, toEnd)
	switch {
	case !toEnd:
		an.goOnJoining(s, c)
	case n.rule.Consent == call.ConsentStay:
		an.noticeTimer(s, c)
	default:
		an.musicAgain(s, c)
		s.After(call.NoticeAnswer, call.Timer{Kind: noticeTimer, Of: string(c.id), Gen: 2*c.notices() + 1})
	}
}

// noticeTimer: its key was not pressed in time, or nobody has told that it is over.
func (an *announcer) noticeTimer(s *call.Step, c *caller) {
	n := c.notice
	if n.play != "" {
		s.Order(call.StopPlay{Call: c.id, Play: n.play})
		an.noticeSaid(s, c, false)
		return
	}
	if n.rule.Consent != call.ConsentOptIn {
		an.apply(s.State(c.id, call.ConsentGiven{How: "stayed"}))
	}
	an.goOnJoining(s, c)
}

// cutNotice ends the notice before its end; stop: the person is still there, and is to
// hear no more of it.
func (an *announcer) cutNotice(s *call.Step, c *caller, stop bool) {
	if c.hearsNotice() {
		if stop {
			s.Order(call.StopPlay{Call: c.id, Play: c.notice.play})
		}
		an.stateNotice(s, c, false)
	}
}

// dropNotice ends the notice, and with it the time for its key.
func (an *announcer) dropNotice(s *call.Step, c *caller, stop bool) {
	an.cutNotice(s, c, stop)
	c.notice = nil
}

func (an *announcer) stateNotice(s *call.Step, c *caller, toEnd bool) {
	n := c.notice
	n.play = ""
	n.heard.Heard, n.heard.ToEnd = seconds(s.When(c.id).Sub(n.began)), toEnd
	an.apply(s.State(c.id, n.heard))
}

// goOnJoining joins the person with the agent who waits for that, or has the person wait
// for an agent.
func (an *announcer) goOnJoining(s *call.Step, c *caller) {
	c.notice = nil
	v := c.visit
	if v == nil {
		return
	}
	if a := an.floor.agents[v.agent]; v.state == Connecting && a != nil {
		an.talks.joinAgent(s, v, a)
		an.floor.updateLists(a)
	}
	an.musicAgain(s, c)
}

// musicAgain has a person who has been told hear music, while there is no agent.
func (an *announcer) musicAgain(s *call.Step, c *caller) {
	if v := c.visit; v != nil && (v.state == Waiting || v.state == Offered) {
		s.Order(call.Music{Call: c.id, Class: an.queues.lineNamed(v.queue).Music})
	}
}

package ivr

import (
	"cmp"
	"time"

	"presszero/call"
)

// A caller who is about to wait for a person in a queue that records is told so first, in
// the caller's own language, at most once in a call. What the caller answers changes
// nothing but what is recorded: the same queue, the same place.

const (
	// noticeAnswer is how long the notice's key counts after its end.
	noticeAnswer = 3 * time.Second
	// leastHeard is how long a notice has played before its key can mean that the caller
	// agrees: who pressed sooner has not heard what it is about.
	leastHeard = time.Second
)

// notice is what a caller is told before the line.
type notice struct {
	line  Line // where the caller waits then
	rule  call.RecordingRule
	began time.Time
	heard call.NoticePlayed // in which language, and which sound
}

// tell has the caller hear the notice of the queue, if one is due, and reports whether the
// caller does. The caller leaves for the line after it.
func (t *turn) tell(l Line) bool {
	plan := t.plan
	plan.Country = t.machine.Country
	rule := plan.Rule(call.RecordedTalk{Direction: call.CallIn, Queue: l.Queue, Dialled: t.to, Other: t.from})
	if !t.consent.Asks(rule) {
		return false
	}
	t.typed, t.ahead, t.task, t.explaining = "", "", "", false
	sound, length := t.sound(t.language, rule.Notice)
	t.notice = &notice{l, rule, t.Now, call.NoticePlayed{Notice: rule.Notice, Language: cmp.Or(t.language, t.flow.Language)}}
	if t.machine.SoundKey != nil {
		t.notice.heard.Sound = t.machine.SoundKey(t.flow.Version, sound)
	}
	t.switchTo(noticing)
	t.play = t.newID("p")
	t.Order(call.Play{Call: t.call, Play: t.play, Prompts: []string{sound}, Flow: t.flow.Version})
	t.remind(saidTimer, patience+length)
	return true
}

// noticeKey takes a key while the notice is heard, or just after. Others do not cut it.
func (t *turn) noticeKey(digit string) {
	n := t.notice
	if digit != n.rule.Key || n.rule.Consent == call.ConsentStay || n.rule.Consent == call.ConsentOptIn && t.Now.Sub(n.began) < leastHeard {
		return
	}
	if t.play != "" {
		t.stopPlaying()
		t.noticePlayed(false)
	}
	if n.rule.Consent == call.ConsentOptIn {
		t.apply(call.ConsentGiven{How: "key"})
	} else {
		t.apply(call.ConsentRefused{How: "key"})
	}
	t.noticeOver()
}

// noticeSaid: it was heard to its end, or nobody knows whether it was.
func (t *turn) noticeSaid(toEnd bool) {
	t.noticePlayed(toEnd)
	switch {
	case !toEnd:
		t.noticeOver()
	case t.notice.rule.Consent == call.ConsentStay:
		t.stayed()
	default:
		t.switchTo(noticing)
		t.remind(listenTimer, noticeAnswer)
	}
}

// stayed: the caller has heard the notice, and has pressed no key.
func (t *turn) stayed() {
	if t.notice.rule.Consent != call.ConsentOptIn {
		t.apply(call.ConsentGiven{How: "stayed"})
	}
	t.noticeOver()
}

// noticePlayed states what the caller has heard of it.
func (t *turn) noticePlayed(toEnd bool) {
	f := t.notice.heard
	f.Heard, f.ToEnd = t.When(t.call).Sub(t.notice.began).Round(time.Millisecond).Seconds(), toEnd
	t.apply(f)
}

// noticeOver leads the caller on to the line.
func (t *turn) noticeOver() {
	l := t.notice.line
	t.notice = nil
	t.leave(l)
}

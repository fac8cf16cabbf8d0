package ivr

import (
	"cmp"
	"time"

	"presszero/call"
)

// A caller who is about to wait for a person in a queue that records is told so first, in
// the caller's own language, at most once in a call. What the caller answers changes
// nothing but what is recorded: the same queue, the same place.

// notice is what a caller is told before the line, or before a number outside.
type notice struct {
	queue string      // where the caller waits then; "": a number outside is called
	then  func(*turn) // leads the caller there
	rule  call.RecordingRule
	began time.Time
	heard call.NoticePlayed // in which language, and which sound
}

// recording is what the caller's flow says of recording, with the countries of numbers.
func (t *turn) recording() call.RecordingPlan {
	plan := t.plan
	plan.Country, plan.Speaks = t.machine.Country, t.flow.Speaks(t.machine.Language)
	return plan
}

// recordedTalk is what the recording of a talk of the caller depends on.
func (t *turn) recordedTalk(queue string) call.RecordedTalk {
	return call.RecordedTalk{Direction: call.CallIn, Queue: queue, Dialled: t.to, Other: t.from}
}

// tell has the caller hear the notice of the queue, if one is due, and reports whether the
// caller does. The caller leaves for the line after it.
func (t *turn) tell(l Line) bool {
	return t.tellBy(t.recording().Rule(t.recordedTalk(l.Queue)), l.Queue, func(t *turn) { t.leave(l) })
}

// tellBy has the caller hear the notice of a rule, if it is due, and go on then.
func (t *turn) tellBy(rule call.RecordingRule, queue string, then func(*turn)) bool {
	if !t.consent.Asks(rule) {
		return false
	}
	t.typed, t.ahead, t.task, t.explaining = "", "", "", false
	sound, length := t.sound(t.language, rule.Notice)
	t.notice = &notice{queue, then, rule, t.Now, call.NoticePlayed{Notice: rule.Notice, Language: cmp.Or(t.language, t.flow.Language)}}
	if t.machine.SoundKey != nil {
		t.notice.heard.Sound = t.machine.SoundKey(t.flow.Version, sound)
	}
	t.switchTo(noticing)
	t.play = t.newID("p")
	t.Order(call.Play{Call: t.call, Play: t.play, Prompts: []string{sound}, Flow: t.flow.Version})
	t.remind(saidTimer, patience+length)
	return true
}

// noticeKey takes a key while the notice is heard, or just after. Others do not cut it; 0
// leads to a person then, where the notice does not do so anyway.
func (t *turn) noticeKey(digit string) {
	n := t.notice
	if digit == "0" && n.queue == "" { // instead of the number outside
		t.apply(call.ZeroPressed{Node: t.node.Name, DuringPrompt: t.play != ""})
		n.queue, n.then = t.flow.Person, func(t *turn) { t.toPerson("zero") }
		return
	}
	if digit != n.rule.Key || n.rule.Consent == call.ConsentStay || n.rule.Consent == call.ConsentOptIn && t.Now.Sub(n.began) < call.LeastHeard {
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
		t.remind(listenTimer, call.NoticeAnswer)
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

// noticeOver leads the caller on.
func (t *turn) noticeOver() {
	then := t.notice.then
	t.notice = nil
	then(t)
}

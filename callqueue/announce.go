package callqueue

import (
	"time"

	"presszero/call"
	"presszero/callqueue/estimate"
)

// speakNow tells a waiting caller what there is to tell now, and looks again later.
func (an *announcer) speakNow(s *call.Step, v *visit) {
	if !v.isLive() || v.state == Talking {
		return
	}
	l := an.queues.lineNamed(v.queue)
	next := speechStep
	if first := l.Announce.First - s.Now.Sub(v.waitsSince()); first > 0 && first < next {
		next = first
	}
	if offer := l.Callback.After - s.Now.Sub(v.waitsSince()); offer > 0 && offer < 2*next {
		next = offer // so that the offer is not late
	}
	s.After(next, v.timer(speakTimer))
	an.speak(s, v)
}

// speak tells a waiting caller what there is to tell now.
func (an *announcer) speak(s *call.Step, v *visit) {
	l := an.queues.lineNamed(v.queue)
	if v.state != Waiting || !v.isLive() || v.play != "" || v.dialog != nil || v.caller.notice != nil {
		return
	}
	var words []string
	grown := v.grown
	e, ok := an.queues.estimateWait(v, s.Now)
	if ok && !l.Announce.Off && s.Now.Sub(v.waitsSince()) >= l.Announce.First {
		words = an.announceWait(s, v, e)
	}
	why := an.mayOffer(v, e, ok, s.Now)
	if v.grown && !grown && an.canCallBack(v) {
		why = "grown"
	}
	switch {
	case why == "" && len(words) > 0:
		an.playPrompts(s, v, words...)
	case why == "":
	case len(words) > 0 && v.caller.ticket != nil: // 1 will be a promise: the offer is said by itself
		an.playPrompts(s, v, words...)
		v.next = why
	default:
		an.suggestCallback(s, v, why, words...)
	}
}

// suggestCallback says that a caller may be called back, behind what else there is to say.
func (an *announcer) suggestCallback(s *call.Step, v *visit, why string, before ...string) {
	an.apply(s.State(v.caller.id, call.CallbackOffered{Visit: v.id, Why: why}))
	an.playPrompts(s, v, append(before, "callback-offer")...)
	v.asks, v.unsaid = v.play, false
}

// announceWait says how long it will take, if that is worth saying. A number that
// has grown is never slipped in: that it takes longer is said first, once;
// after that only better news is told.
func (an *announcer) announceWait(s *call.Step, v *visit, e expected) []string {
	p50, p90 := e.quantile(estimate.Z50), e.quantile(estimate.Z90)
	if p90 < worthSaying {
		return nil
	}
	p := estimate.Snap(p50, p90)
	high := 60 * float64(p.High)
	words := []string{p.Name}
	grown := false
	if !v.told.IsZero() {
		shorter := high > 0 && (v.toldHigh == 0 || high < v.toldHigh)
		grown = v.toldHigh > 0 && (high == 0 || high > v.toldHigh)
		switch {
		case shorter:
		case s.Now.Sub(v.told) < an.queues.lineNamed(v.queue).Announce.Every || grown && v.grown:
			return nil
		case grown:
			words = []string{"wait-longer", p.Name}
		}
	}
	an.apply(s.State(v.caller.id, call.WaitAnnounced{Visit: v.id, Queue: v.queue, Low: 60 * float64(p.Low), High: high,
		P50: milli(p50), P90: milli(p90), Ahead: e.ahead, Model: "qlm", Phrase: p.Name, Grown: grown}))
	return words
}

// playEnded: the words are over. There is music again, unless an answer is awaited.
func (an *announcer) playEnded(s *call.Step, ev call.PlayEnded) {
	c := an.callers[ev.Call]
	if c == nil || ev.Play == "" {
		return
	}
	if c.notice != nil && c.notice.play == ev.Play {
		an.noticeSaid(s, c, !ev.Failed)
		return
	}
	if c.farewell == ev.Play {
		an.farewellOver(s, c)
		return
	}
	v := c.visit
	if v == nil || v.play != ev.Play {
		return
	}
	v.play = ""
	if v.dialog != nil && !ev.Failed {
		an.awaitKey(s, v)
		return
	}
	if ev.Play == v.asks {
		v.unsaid = ev.Failed
	}
	why := v.next
	v.dialog, v.next = nil, ""
	if why != "" && an.offerCallback(s, v, why) {
		return
	}
	if v.state == Talking {
		if v.pauses.paused() {
			an.talks.orderHold(s, v)
		}
		if v.pauses.held {
			an.talks.watchHold(s, v)
		}
		return
	}
	if an.sayNext(s, v) {
		return
	}
	if v.state != Dialing {
		s.Order(call.Music{Call: c.id, Class: an.queues.lineNamed(v.queue).Music})
	}
}

// mayOffer returns why a callback is to be offered now, "" if it is not.
func (an *announcer) mayOffer(v *visit, e expected, ok bool, now time.Time) string {
	l := an.queues.lineNamed(v.queue)
	c := l.Callback
	if !an.canCallBack(v) || !v.asked.IsZero() && now.Sub(v.asked) < c.Every || an.dialer.switchedOff(now) {
		return ""
	}
	p50 := 0.0
	if ok {
		p50 = e.quantile(estimate.Z50)
	}
	switch {
	case l.peak != nil && v.asked.IsZero():
		return "peak"
	case ok && p50 > c.Long.Seconds():
		return "long"
	case now.Sub(v.waitsSince()) < c.After:
		return ""
	case !ok:
		return "no_estimate"
	case p50 > worthCalling.Seconds():
		return "waited"
	}
	return ""
}

// worthCalling is how much longer the wait must be for a callback to be offered.
const worthCalling = 60 * time.Second

// canCallBack reports whether this caller could be called back at all.
func (an *announcer) canCallBack(v *visit) bool {
	return an.machine.Outbound != nil && v.isLive() && !v.outgoing() && !an.queues.lineNamed(v.queue).Callback.Off && v.state == Waiting
}

// mayBeCalled reports whether the caller, who talks with an agent, could be called
// back instead.
func (an *announcer) mayBeCalled(v *visit) bool {
	return an.machine.Outbound != nil && v.ticket == nil && !an.queues.lineNamed(v.queue).Callback.Off
}

// offerCallback asks a caller at once.
func (an *announcer) offerCallback(s *call.Step, v *visit, why string) bool {
	if !an.canCallBack(v) || an.dialer.switchedOff(s.Now) {
		return false
	}
	an.suggestCallback(s, v, why)
	return true
}

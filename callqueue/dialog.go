package callqueue

import (
	"time"

	"presszero/call"
	"presszero/callqueue/estimate"
)

// Waits of the dialog.
const (
	answerLimit = 8 * time.Second // for a key after a question
	digitLimit  = 4 * time.Second // between the digits of a number
	mostDigits  = 20
	mostRefused = 3 // numbers; then the caller goes on waiting

	// A key pressed sooner than this after a question began was not pressed
	// because of it. It promises nothing.
	leastHeard = time.Second
	// A key pressed sooner than this after the caller came into the line was
	// meant for the menu before it: a second press, or typed ahead.
	typedAhead = 500 * time.Millisecond
)

// digitPressed takes a key from a waiting caller, or from one who is called.
func (an *announcer) digitPressed(s *call.Step, ev call.DigitPressed) {
	c := an.callers[ev.Call]
	switch {
	case c == nil:
	case c.notice != nil:
		an.noticeKey(s, c, ev.Digit)
	case c.visit != nil && c.visit.state == Talking:
		an.talks.holdKey(s, c.visit, ev.Digit)
	case c.ticket != nil && c.ticket.up && c.visit != nil && c.visit.state == Waiting:
		if ev.Digit == "1" && c.heardOffer(s.Now) {
			an.callbacks.postpone(s, c.visit)
		}
	case c.ticket != nil:
		an.callbacks.confirms(s, c, ev.Digit)
	case c.visit == nil:
		if c.promised != "" && (ev.Digit == "0" || ev.Digit == "*") {
			an.stayAfterAll(s, c)
		}
	case c.visit.dialog != nil:
		an.answerKey(s, c.visit, ev.Digit)
	case ev.Digit == "1" && (!c.visit.asked.IsZero() || s.Now.Sub(c.visit.entered) >= typedAhead):
		an.askForCallback(s, c.visit)
	}
}

// askForCallback begins the dialog: the caller wants to be called.
func (an *announcer) askForCallback(s *call.Step, v *visit) {
	if !an.canCallBack(v) || an.dialer.switchedOff(s.Now) {
		return
	}
	an.stopSpeech(s, v)
	if v.asked.IsZero() {
		an.apply(s.State(v.caller.id, call.CallbackOffered{Visit: v.id, Why: "asked"}))
	}
	v.dialog = &dialog{}
	an.readBack(s, v, v.who.Number, "claimed")
}

// heardQuestion reports whether the caller can have heard what the dialog asks: it has
// been said to its end, or for long enough to be interrupted on purpose.
func (v *visit) heardQuestion(now time.Time) bool {
	return v.play == "" || now.Sub(v.dialog.asked) >= leastHeard
}

// answerKey takes a key within the dialog. A key that promises a callback counts
// only when its question has been heard.
func (an *announcer) answerKey(s *call.Step, v *visit, key string) {
	d := v.dialog
	if d.step == "enter" {
		an.typeDigit(s, v, key)
		return
	}
	if key == "0" || key == "*" {
		an.endDialog(s, v)
		return
	}
	switch {
	case d.step == "confirm" && key == "1", d.step == "opening" && key == "1":
		if v.heardQuestion(s.Now) {
			an.bookCallback(s, v)
		}
	case d.step == "confirm" && key == "2":
		d.step, d.digits = "enter", ""
		an.askQuestion(s, v, "callback-enter")
	case d.step == "confirm" && key == "3":
		if words := laterWords(an.queues.lineNamed(v.queue).Callback.Later); len(words) > 0 {
			d.step = "later"
			an.askQuestion(s, v, words...)
		}
	case d.step == "later":
		later := an.queues.lineNamed(v.queue).Callback.Later
		if n := int(key[0]) - '1'; n >= 0 && n < len(later) && v.heardQuestion(s.Now) {
			d.due = s.Now.Add(later[n])
			an.bookCallback(s, v)
		}
	}
}

// askQuestion says something to which a key is the answer.
func (an *announcer) askQuestion(s *call.Step, v *visit, prompts ...string) {
	d := v.dialog
	an.playPrompts(s, v, prompts...)
	v.dialog = d
	d.asked = s.Now
	d.gen++
}

// awaitKey begins when the question has been heard.
func (an *announcer) awaitKey(s *call.Step, v *visit) {
	v.dialog.gen++
	s.After(answerLimit, call.Timer{Kind: dialogTimer, Of: string(v.caller.id), Gen: v.dialog.gen})
}

// dialogTimer: no key came. A number that was being typed is complete.
func (an *announcer) dialogTimer(s *call.Step, c *caller, t call.Timer) {
	if c.visit == nil || c.visit.dialog == nil || c.visit.dialog.gen != t.Gen {
		return
	}
	if d := c.visit.dialog; d.step == "enter" && d.digits != "" {
		an.readBack(s, c.visit, d.digits, "typed")
		return
	}
	an.endDialog(s, c.visit)
}

// typeDigit takes one key of a number.
func (an *announcer) typeDigit(s *call.Step, v *visit, key string) {
	d := v.dialog
	switch {
	case key == "*":
		an.endDialog(s, v)
	case key == "#" || len(d.digits) == mostDigits:
		an.readBack(s, v, d.digits, "typed")
	default:
		if v.play != "" {
			s.Order(call.StopPlay{Call: v.caller.id, Play: v.play})
			v.play = ""
		}
		d.digits += key
		d.gen++
		s.After(digitLimit, call.Timer{Kind: dialogTimer, Of: string(v.caller.id), Gen: d.gen})
	}
}

// readBack speaks the number digit by digit, to be confirmed with 1. One that
// may not be called is refused before anything is promised.
func (an *announcer) readBack(s *call.Step, v *visit, number, source string) {
	d := v.dialog
	e164, err := an.machine.Outbound.Check(number)
	if err != nil {
		an.apply(s.State(v.caller.id, call.CallbackRefused{Visit: v.id, Why: err.Error()}))
		if d.failed++; d.failed == mostRefused {
			an.endDialog(s, v)
			return
		}
		d.step, d.digits = "enter", ""
		first := "callback-refused"
		if call.Withheld(number) {
			first = "callback-enter"
		}
		an.askQuestion(s, v, first)
		return
	}
	d.step, d.number, d.source = "confirm", e164, source
	prompts := []string{"callback-number"}
	for _, r := range e164 {
		if r >= '0' && r <= '9' {
			prompts = append(prompts, digit(r))
		}
	}
	confirm := "callback-confirm"
	if len(an.queues.lineNamed(v.queue).Callback.Later) == 0 {
		confirm = "callback-confirm-now"
	}
	an.askQuestion(s, v, append(prompts, confirm)...)
}

// endDialog ends the dialog; nothing has changed.
func (an *announcer) endDialog(s *call.Step, v *visit) {
	an.playPrompts(s, v, "callback-stay")
}

// promiseWindow says when the caller will probably be called, as it would have been
// served: the range that would be announced now.
func (an *announcer) promiseWindow(v *visit, due, now time.Time) promise {
	from := now
	if due.After(now) {
		from = due
	}
	e, ok := an.queues.estimateWait(v, now)
	if !ok {
		return promise{begin: from, end: an.callbacks.expiry(an.queues.lineNamed(v.queue), from)}
	}
	p := estimate.Snap(e.quantile(estimate.Z50), e.quantile(estimate.Z90))
	w := promise{phrase: p.Name, begin: from.Add(time.Duration(p.Low) * time.Minute)}
	w.end = from.Add(time.Duration(max(p.High, 2*p.Low)) * time.Minute)
	return w
}

// bookCallback keeps the place and promises to call. The facts are on disk before the
// promise is spoken.
func (an *announcer) bookCallback(s *call.Step, v *visit) {
	d, c, l := v.dialog, v.caller, an.queues.lineNamed(v.queue)
	if d.step == "opening" { // heard that it is later, and agreed
		d.due, _ = an.dialer.mayCall(l, d.number, d.due)
	}
	w := an.promiseWindow(v, d.due, s.Now)
	if d.step != "opening" && an.askForLater(s, v, w) {
		return
	}
	an.stopSpeech(s, v)
	if v.state == Offered {
		a := an.floor.agents[v.agent]
		an.talks.endOffer(s, v, "cancelled", "callback")
		a.leaveNotice("caller_left", s.Now)
		an.floor.changeState(s, a, call.Idle)
	}
	words := []string{"callback-promise"}
	f := call.CallbackAccepted{Visit: v.id, Source: d.source,
		Low: seconds(w.begin.Sub(s.Now)), High: seconds(w.end.Sub(s.Now))}
	if open := an.callbacks.mergeWith(c, d.number, v.queue); open != nil {
		f.Callback, f.Merged = open.id, true
		words = []string{"callback-merged"}
	} else {
		f.Callback = call.CallbackID(c.id, c.books+1)
	}
	if w.phrase != "" && d.due.IsZero() {
		words = append(words, w.phrase)
	}
	an.queues.leaveQueue(s, v, call.ToCallback)
	an.apply(s.State(c.id, f))
	if !f.Merged {
		an.callbacks.openTicket(s, v, f.Callback, d, w)
	}
	an.sayFarewell(s, c, append(words, "goodbye")...)
}

// askForLater asks whether a later time is right, if the queue is closed or the
// number may not be called by the end of the window; it reports whether it did.
func (an *announcer) askForLater(s *call.Step, v *visit, w promise) bool {
	d, l := v.dialog, an.queues.lineNamed(v.queue)
	if l.hasHours() {
		if next, late := l.tooLate(d.due, w, s.Now); late {
			d.step, d.due = "opening", next
			an.askQuestion(s, v, "callback-next-opening")
			return true
		}
	}
	at, why := an.notBefore(l, d, w, s.Now)
	if why == "" {
		return false
	}
	d.step, d.due = "opening", at
	an.askQuestion(s, v, map[string]string{"quiet_hours": "callback-quiet", "limit": "callback-limit", "closed": "callback-next-opening"}[why])
	return true
}

// notBefore returns when the caller may be called if that is later than the
// window that would be promised, and why: the window begins when we may call.
func (an *announcer) notBefore(l *line, d *dialog, w promise, now time.Time) (at time.Time, why string) {
	from := now
	if d.due.After(now) {
		from = d.due
	}
	at, why = an.dialer.mayCall(l, d.number, from)
	if why != "" || w.phrase == "" {
		return at, why
	}
	if later, why := an.dialer.mayCall(l, d.number, w.end); why == "quiet_hours" {
		return later, why // or it might be night by then
	}
	return at, ""
}

// heardOffer reports whether the customer called back has been asked, since the answer,
// whether to be called again, and can have heard it.
func (c *caller) heardOffer(now time.Time) bool {
	v := c.visit
	return v.asked.After(c.ticket.since) && now.Sub(v.asked) >= leastHeard && !v.unsaid
}

// farewellAgain: a restart came between the promise and its words.
func (an *announcer) farewellAgain(s *call.Step, c *caller) {
	if c.promised != "" && c.ticket == nil {
		an.sayFarewell(s, c, "callback-promise", "goodbye")
	}
}

// stayAfterAll: the caller wants to wait on the phone instead.
func (an *announcer) stayAfterAll(s *call.Step, c *caller) {
	cb := an.callers[c.promised]
	if cb == nil || cb.ticket.up {
		return
	}
	s.Order(call.StopPlay{Call: c.id, Play: c.farewell})
	c.farewell = ""
	t := cb.ticket
	an.callbacks.closeTicket(s, cb, "superseded", string(c.id))
	an.queues.enterQueue(s, c, lineEntry{queue: t.queue, origin: "callback", key: t.key, first: t.entered, skill: t.skill, level: t.level})
}

// notPromised: the disk did not take the facts, so nothing was said. The
// caller waits on, at the same place.
func (an *announcer) notPromised(s *call.Step, c *caller) {
	if c.promised != "" && c.farewell != "" {
		an.stayAfterAll(s, c)
	}
}

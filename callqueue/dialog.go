package callqueue

import (
	"fmt"
	"slices"
	"time"

	"presszero/call"
	"presszero/callqueue/estimate"
)

// dialog is the short talk in which a caller asks to be called back:
//
//	music ──1──> number read back ──1──> promise ──> goodbye
//	                 │  │   └─2─> type another number ──> read back
//	                 │  └─3─> choose a time ──> promise
//	                 └─0, *, silence──> music, the place unchanged
//
// The caller stays in line all the while, and is connected at once when an
// agent accepts.
type dialog struct {
	step   string // confirm, enter, later, opening
	number string // E.164, once known
	source string // claimed, typed
	digits string // typed so far
	failed int    // numbers refused
	due    time.Time
	gen    int
	asked  time.Time // when the last question began to be said
}

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

// mayOffer returns why a callback is to be offered now, "" if it is not.
func (an *announcer) mayOffer(v *visit, e expected, ok bool, now time.Time) string {
	c := an.queues.line(v.queue).Callback
	if !an.canCallBack(v) || !v.asked.IsZero() && now.Sub(v.asked) < c.Every || an.dialer.switchedOff(now) {
		return ""
	}
	p50 := 0.0
	if ok {
		p50 = e.at(estimate.Z50)
	}
	switch {
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
	return an.machine.Outbound != nil && v.live() && !v.outgoing() && !an.queues.line(v.queue).Callback.Off && v.state == Waiting
}

// offerCallback asks a caller at once.
func (an *announcer) offerCallback(s *call.Step, v *visit, why string) bool {
	if !an.canCallBack(v) || an.dialer.switchedOff(s.Now) {
		return false
	}
	an.suggest(s, v, why)
	return true
}

// pressed takes a key from a waiting caller, or from one who is called.
func (an *announcer) pressed(s *call.Step, ev call.DigitPressed) {
	c := an.callers[ev.Call]
	switch {
	case c == nil:
	case c.ticket != nil && c.ticket.up && c.visit != nil && c.visit.state == Waiting:
		if ev.Digit == "1" && c.offered(s.Now) {
			an.callbacks.postpone(s, c.visit)
		}
	case c.ticket != nil:
		an.callbacks.confirms(s, c, ev.Digit)
	case c.visit == nil:
		if c.promised != "" && (ev.Digit == "0" || ev.Digit == "*") {
			an.stayAfterAll(s, c)
		}
	case c.visit.dialog != nil:
		an.answer(s, c.visit, ev.Digit)
	case ev.Digit == "1" && (!c.visit.asked.IsZero() || s.Now.Sub(c.visit.entered) >= typedAhead):
		an.askForCallback(s, c.visit)
	}
}

// askForCallback begins the dialog: the caller wants to be called.
func (an *announcer) askForCallback(s *call.Step, v *visit) {
	if !an.canCallBack(v) || an.dialer.switchedOff(s.Now) {
		return
	}
	an.cut(s, v)
	if v.asked.IsZero() {
		an.apply(s.State(v.caller.id, call.CallbackOffered{Visit: v.id, Why: "asked"}))
	}
	v.dialog = &dialog{}
	an.readBack(s, v, v.who.Number, "claimed")
}

// heard reports whether the caller can have heard what the dialog asks: it has
// been said to its end, or for long enough to be interrupted on purpose.
func (v *visit) heard(now time.Time) bool {
	return v.play == "" || now.Sub(v.dialog.asked) >= leastHeard
}

// answer takes a key within the dialog. A key that promises a callback counts
// only when its question has been heard.
func (an *announcer) answer(s *call.Step, v *visit, key string) {
	d := v.dialog
	if d.step == "enter" {
		an.typed(s, v, key)
		return
	}
	if key == "0" || key == "*" {
		an.stay(s, v)
		return
	}
	switch {
	case d.step == "confirm" && key == "1", d.step == "opening" && key == "1":
		if v.heard(s.Now) {
			an.book(s, v)
		}
	case d.step == "confirm" && key == "2":
		d.step, d.digits = "enter", ""
		an.ask(s, v, "callback-enter")
	case d.step == "confirm" && key == "3":
		if words := laterWords(an.queues.line(v.queue).Callback.Later); len(words) > 0 {
			d.step = "later"
			an.ask(s, v, words...)
		}
	case d.step == "later":
		later := an.queues.line(v.queue).Callback.Later
		if n := int(key[0]) - '1'; n >= 0 && n < len(later) && v.heard(s.Now) {
			d.due = s.Now.Add(later[n])
			an.book(s, v)
		}
	}
}

// ask says something to which a key is the answer.
func (an *announcer) ask(s *call.Step, v *visit, prompts ...string) {
	d := v.dialog
	an.say(s, v, prompts...)
	v.dialog = d
	d.asked = s.Now
	d.gen++
}

// listen begins when the question has been heard.
func (an *announcer) listen(s *call.Step, v *visit) {
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
	an.stay(s, c.visit)
}

// typed takes one key of a number.
func (an *announcer) typed(s *call.Step, v *visit, key string) {
	d := v.dialog
	switch {
	case key == "*":
		an.stay(s, v)
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
			an.stay(s, v)
			return
		}
		d.step, d.digits = "enter", ""
		first := "callback-refused"
		if call.Withheld(number) {
			first = "callback-enter"
		}
		an.ask(s, v, first)
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
	if len(an.queues.line(v.queue).Callback.Later) == 0 {
		confirm = "callback-confirm-now"
	}
	an.ask(s, v, append(prompts, confirm)...)
}

// laterWords ask which of the later times is meant. Times other than the usual
// ones each have a sentence of their own; see LaterPrompt.
func laterWords(later []time.Duration) []string {
	if slices.Equal(later, usual.Callback.Later) {
		return []string{"callback-later"}
	}
	var words []string
	for i, d := range later {
		words = append(words, LaterPrompt(d, i+1))
	}
	return words
}

// LaterPrompt is the name of the prompt that says "in 90 minutes, press 2":
// "callback-in-90-2".
func LaterPrompt(later time.Duration, key int) string {
	return fmt.Sprintf("callback-in-%d-%d", int(later.Minutes()), key)
}

// stay ends the dialog; nothing has changed.
func (an *announcer) stay(s *call.Step, v *visit) {
	an.say(s, v, "callback-stay")
}

// window is what is promised: a phrase, and the two instants it stands for.
type window struct {
	phrase     string // "" when there is no ground for one
	begin, end time.Time
}

// window says when the caller will probably be called, as it would have been
// served: the range that would be announced now.
func (an *announcer) window(v *visit, due, now time.Time) window {
	from := now
	if due.After(now) {
		from = due
	}
	e, ok := an.queues.expect(v, now)
	if !ok {
		return window{begin: from, end: an.callbacks.expiry(an.queues.line(v.queue), from)}
	}
	p := estimate.Snap(e.at(estimate.Z50), e.at(estimate.Z90))
	w := window{phrase: p.Name, begin: from.Add(time.Duration(p.Low) * time.Minute)}
	w.end = from.Add(time.Duration(max(p.High, 2*p.Low)) * time.Minute)
	return w
}

// lastCall is how long before closing the last callback is promised.
const lastCall = 15 * time.Minute

// book keeps the place and promises to call. The facts are on disk before the
// promise is spoken.
func (an *announcer) book(s *call.Step, v *visit) {
	d, c, l := v.dialog, v.caller, an.queues.line(v.queue)
	if d.step == "opening" { // heard that it is later, and agreed
		d.due, _ = an.dialer.mayCall(l, d.number, d.due)
	}
	w := an.window(v, d.due, s.Now)
	if d.step != "opening" && an.askForLater(s, v, w) {
		return
	}
	an.cut(s, v)
	if v.state == Offered {
		a := an.floor.agents[v.agent]
		an.talks.endOffer(s, v, "cancelled", "callback")
		a.tell("caller_left", s.Now)
		an.floor.become(s, a, call.Idle)
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
	an.queues.leave(s, v, call.ToCallback)
	an.apply(s.State(c.id, f))
	if !f.Merged {
		an.callbacks.open(s, v, f.Callback, d, w)
	}
	an.farewell(s, c, append(words, "goodbye")...)
}

// askForLater asks whether a later time is right, if the queue is closed or the
// number may not be called by the end of the window; it reports whether it did.
func (an *announcer) askForLater(s *call.Step, v *visit, w window) bool {
	d, l := v.dialog, an.queues.line(v.queue)
	if l.Hours != nil {
		if next, late := l.tooLate(d.due, w, s.Now); late {
			d.step, d.due = "opening", next
			an.ask(s, v, "callback-next-opening")
			return true
		}
	}
	at, why := an.notBefore(l, d, w, s.Now)
	if why == "" {
		return false
	}
	d.step, d.due = "opening", at
	an.ask(s, v, map[string]string{"quiet_hours": "callback-quiet", "limit": "callback-limit", "closed": "callback-next-opening"}[why])
	return true
}

// notBefore returns when the caller may be called if that is later than the
// window that would be promised, and why: the window begins when we may call.
func (an *announcer) notBefore(l *line, d *dialog, w window, now time.Time) (at time.Time, why string) {
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

// offered reports whether who was called back has been asked, since the answer,
// whether to be called again, and can have heard it.
func (c *caller) offered(now time.Time) bool {
	v := c.visit
	return v.asked.After(c.ticket.since) && now.Sub(v.asked) >= leastHeard && !v.unsaid
}

// tooLate returns when the queue opens next if what would be promised lies
// outside its hours, or so late that it might.
func (l *line) tooLate(due time.Time, w window, now time.Time) (next time.Time, late bool) {
	if due.IsZero() {
		due = now
	}
	opens, closes := l.Hours(due)
	if due.Before(opens) {
		return opens, true
	}
	if w.phrase == "" || !w.end.After(closes.Add(-lastCall)) {
		return due, false
	}
	next, _ = l.Hours(closes)
	return next, true
}

// farewell speaks the promise and ends the call when it has been heard.
func (an *announcer) farewell(s *call.Step, c *caller, words ...string) {
	c.farewell = fmt.Sprintf("%s.bye%d", c.id, s.Now.Sub(c.arrived).Milliseconds())
	s.Order(call.Promise{Call: c.id})
	s.Order(call.Play{Call: c.id, Play: c.farewell, Prompts: c.words(words)})
	s.After(speechLimit, call.Timer{Kind: farewellTimer, Of: string(c.id)})
}

// farewellOver: the caller has heard it. A person who still has something to
// say has pressed 0 by now.
func (an *announcer) farewellOver(s *call.Step, c *caller) {
	if c.farewell != "" && (c.visit == nil || c.visit.state == Parked) {
		c.farewell = ""
		s.Order(call.HangUp{Call: c.id})
	}
}

// farewellAgain: a restart came between the promise and its words.
func (an *announcer) farewellAgain(s *call.Step, c *caller) {
	if c.promised != "" && c.ticket == nil {
		an.farewell(s, c, "callback-promise", "goodbye")
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
	an.queues.enter(s, c, entry{queue: t.queue, origin: "callback", key: t.key, first: t.entered, skill: t.skill, level: t.level})
}

// notPromised: the disk did not take the facts, so nothing was said. The
// caller waits on, at the same place.
func (an *announcer) notPromised(s *call.Step, c *caller) {
	if c.promised != "" && c.farewell != "" {
		an.stayAfterAll(s, c)
	}
}

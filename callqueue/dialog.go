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
func (m *Machine) mayOffer(v *visit, e expected, ok bool, now time.Time) string {
	c := m.line(v.queue).Callback
	if !m.canCallBack(v) || !v.asked.IsZero() && now.Sub(v.asked) < c.Every || m.switchedOff(now) {
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
func (m *Machine) canCallBack(v *visit) bool {
	return m.Outbound != nil && v.live() && !v.outgoing() && !m.line(v.queue).Callback.Off && v.state == Waiting
}

// offerCallback asks a caller at once.
func (m *Machine) offerCallback(s *call.Step, v *visit, why string) bool {
	if !m.canCallBack(v) || m.switchedOff(s.Now) {
		return false
	}
	m.suggest(s, v, why)
	return true
}

// pressed takes a key from a waiting caller, or from one who is called.
func (m *Machine) pressed(s *call.Step, ev call.DigitPressed) {
	c := m.callers[ev.Call]
	switch {
	case c == nil:
	case c.ticket != nil && c.ticket.up && c.visit != nil && c.visit.state == Waiting:
		if ev.Digit == "1" && c.offered(s.Now) {
			m.postpone(s, c.visit)
		}
	case c.ticket != nil:
		m.confirms(s, c, ev.Digit)
	case c.visit == nil:
		if c.promised != "" && (ev.Digit == "0" || ev.Digit == "*") {
			m.stayAfterAll(s, c)
		}
	case c.visit.dialog != nil:
		m.answer(s, c.visit, ev.Digit)
	case ev.Digit == "1" && (!c.visit.asked.IsZero() || s.Now.Sub(c.visit.entered) >= typedAhead):
		m.askForCallback(s, c.visit)
	}
}

// askForCallback begins the dialog: the caller wants to be called.
func (m *Machine) askForCallback(s *call.Step, v *visit) {
	if !m.canCallBack(v) || m.switchedOff(s.Now) {
		return
	}
	m.cut(s, v)
	if v.asked.IsZero() {
		m.apply(s.State(v.caller.id, call.CallbackOffered{Visit: v.id, Why: "asked"}))
	}
	v.dialog = &dialog{}
	m.readBack(s, v, v.who.Number, "claimed")
}

// heard reports whether the caller can have heard what the dialog asks: it has
// been said to its end, or for long enough to be interrupted on purpose.
func (v *visit) heard(now time.Time) bool {
	return v.play == "" || now.Sub(v.dialog.asked) >= leastHeard
}

// answer takes a key within the dialog. A key that promises a callback counts
// only when its question has been heard.
func (m *Machine) answer(s *call.Step, v *visit, key string) {
	d := v.dialog
	if d.step == "enter" {
		m.typed(s, v, key)
		return
	}
	if key == "0" || key == "*" {
		m.stay(s, v)
		return
	}
	switch {
	case d.step == "confirm" && key == "1", d.step == "opening" && key == "1":
		if v.heard(s.Now) {
			m.book(s, v)
		}
	case d.step == "confirm" && key == "2":
		d.step, d.digits = "enter", ""
		m.ask(s, v, "callback-enter")
	case d.step == "confirm" && key == "3":
		if words := laterWords(m.line(v.queue).Callback.Later); len(words) > 0 {
			d.step = "later"
			m.ask(s, v, words...)
		}
	case d.step == "later":
		later := m.line(v.queue).Callback.Later
		if n := int(key[0]) - '1'; n >= 0 && n < len(later) && v.heard(s.Now) {
			d.due = s.Now.Add(later[n])
			m.book(s, v)
		}
	}
}

// ask says something to which a key is the answer.
func (m *Machine) ask(s *call.Step, v *visit, prompts ...string) {
	d := v.dialog
	m.say(s, v, prompts...)
	v.dialog = d
	d.asked = s.Now
	d.gen++
}

// listen begins when the question has been heard.
func (m *Machine) listen(s *call.Step, v *visit) {
	v.dialog.gen++
	s.After(answerLimit, call.Timer{Kind: "dialog", Of: string(v.caller.id), Gen: v.dialog.gen})
}

// dialogTimer: no key came. A number that was being typed is complete.
func (m *Machine) dialogTimer(s *call.Step, c *caller, t call.Timer) {
	if c.visit == nil || c.visit.dialog == nil || c.visit.dialog.gen != t.Gen {
		return
	}
	if d := c.visit.dialog; d.step == "enter" && d.digits != "" {
		m.readBack(s, c.visit, d.digits, "typed")
		return
	}
	m.stay(s, c.visit)
}

// typed takes one key of a number.
func (m *Machine) typed(s *call.Step, v *visit, key string) {
	d := v.dialog
	switch {
	case key == "*":
		m.stay(s, v)
	case key == "#" || len(d.digits) == mostDigits:
		m.readBack(s, v, d.digits, "typed")
	default:
		if v.play != "" {
			s.Order(call.StopPlay{Call: v.caller.id, Play: v.play})
			v.play = ""
		}
		d.digits += key
		d.gen++
		s.After(digitLimit, call.Timer{Kind: "dialog", Of: string(v.caller.id), Gen: d.gen})
	}
}

// readBack speaks the number digit by digit, to be confirmed with 1. One that
// may not be called is refused before anything is promised.
func (m *Machine) readBack(s *call.Step, v *visit, number, source string) {
	d := v.dialog
	e164, err := m.Outbound.Check(number)
	if err != nil {
		m.apply(s.State(v.caller.id, call.CallbackRefused{Visit: v.id, Why: err.Error()}))
		if d.failed++; d.failed == mostRefused {
			m.stay(s, v)
			return
		}
		d.step, d.digits = "enter", ""
		first := "callback-refused"
		if call.Withheld(number) {
			first = "callback-enter"
		}
		m.ask(s, v, first)
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
	if len(m.line(v.queue).Callback.Later) == 0 {
		confirm = "callback-confirm-now"
	}
	m.ask(s, v, append(prompts, confirm)...)
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
func (m *Machine) stay(s *call.Step, v *visit) {
	m.say(s, v, "callback-stay")
}

// window is what is promised: a phrase, and the two instants it stands for.
type window struct {
	phrase     string // "" when there is no ground for one
	begin, end time.Time
}

// window says when the caller will probably be called, as it would have been
// served: the range that would be announced now.
func (m *Machine) window(v *visit, due, now time.Time) window {
	from := now
	if due.After(now) {
		from = due
	}
	e, ok := m.expect(v, now)
	if !ok {
		return window{begin: from, end: m.expiry(m.line(v.queue), from)}
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
func (m *Machine) book(s *call.Step, v *visit) {
	d, c, l := v.dialog, v.caller, m.line(v.queue)
	if d.step == "opening" { // heard that it is later, and agreed
		d.due, _ = m.mayCall(l, d.number, d.due)
	}
	w := m.window(v, d.due, s.Now)
	if l.Hours != nil && d.step != "opening" {
		if next, late := l.tooLate(d.due, w, s.Now); late {
			d.step, d.due = "opening", next
			m.ask(s, v, "callback-next-opening")
			return
		}
	}
	if d.step != "opening" {
		if at, why := m.notBefore(l, d, w, s.Now); why != "" {
			d.step, d.due = "opening", at
			m.ask(s, v, map[string]string{"quiet_hours": "callback-quiet", "limit": "callback-limit", "closed": "callback-next-opening"}[why])
			return
		}
	}
	m.cut(s, v)
	if v.state == Offered {
		a := m.agents[v.agent]
		m.endOffer(s, v, "cancelled", "callback")
		a.tell("caller_left", s.Now)
		m.become(s, a, call.Idle)
	}
	f := call.CallbackAccepted{Visit: v.id, Source: d.source,
		Low: seconds(w.begin.Sub(s.Now)), High: seconds(w.end.Sub(s.Now))}
	words := []string{"callback-promise"}
	open := m.ticketOf(c, c.who.Name, d.number, v.queue)
	if _, ok := m.vacant(d.number, v.queue); open == nil && !ok {
		open = m.tickets[ticketKey{d.number, v.queue, 0}]
	}
	if open != nil {
		f.Callback, f.Merged = open.id, true
		words = []string{"callback-merged"}
	} else {
		f.Callback = call.CallbackID(c.id, c.books+1)
	}
	if w.phrase != "" && d.due.IsZero() {
		words = append(words, w.phrase)
	}
	m.leave(s, v, call.ToCallback)
	m.apply(s.State(c.id, f))
	if !f.Merged {
		m.open(s, v, f.Callback, d, w)
	}
	m.farewell(s, c, append(words, "goodbye")...)
}

// notBefore returns when the caller may be called if that is later than the
// window that would be promised, and why: the window begins when we may call.
func (m *Machine) notBefore(l *line, d *dialog, w window, now time.Time) (at time.Time, why string) {
	from := now
	if d.due.After(now) {
		from = d.due
	}
	at, why = m.mayCall(l, d.number, from)
	if why != "" || w.phrase == "" {
		return at, why
	}
	if later, why := m.mayCall(l, d.number, w.end); why == "quiet_hours" {
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

// postpone: who was called back and waits for an agent would rather be called
// again. It is no attempt that has failed.
func (m *Machine) postpone(s *call.Step, v *visit) {
	c := v.caller
	m.cut(s, v)
	m.tried(s, v, "postponed", "")
	m.farewell(s, c, "callback-promise", "goodbye")
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
func (m *Machine) farewell(s *call.Step, c *caller, words ...string) {
	c.farewell = fmt.Sprintf("%s.bye%d", c.id, s.Now.Sub(c.arrived).Milliseconds())
	s.Order(call.Promise{Call: c.id})
	s.Order(call.Play{Call: c.id, Play: c.farewell, Prompts: c.words(words)})
	s.After(speechLimit, call.Timer{Kind: "farewell", Of: string(c.id)})
}

// farewellOver: the caller has heard it. A person who still has something to
// say has pressed 0 by now.
func (m *Machine) farewellOver(s *call.Step, c *caller) {
	if c.farewell != "" && (c.visit == nil || c.visit.state == Parked) {
		c.farewell = ""
		s.Order(call.HangUp{Call: c.id})
	}
}

// farewellAgain: a restart came between the promise and its words.
func (m *Machine) farewellAgain(s *call.Step, c *caller) {
	if c.promised != "" && c.ticket == nil {
		m.farewell(s, c, "callback-promise", "goodbye")
	}
}

// stayAfterAll: the caller wants to wait on the phone instead.
func (m *Machine) stayAfterAll(s *call.Step, c *caller) {
	cb := m.callers[c.promised]
	if cb == nil || cb.ticket.up {
		return
	}
	s.Order(call.StopPlay{Call: c.id, Play: c.farewell})
	c.farewell = ""
	t := cb.ticket
	m.closeTicket(s, cb, "superseded", string(c.id))
	m.enter(s, c, entry{queue: t.queue, origin: "callback", key: t.key, first: t.entered, skill: t.skill, level: t.level})
}

// notPromised: the disk did not take the facts, so nothing was said. The
// caller waits on, at the same place.
func (m *Machine) notPromised(s *call.Step, c *caller) {
	if c.promised != "" && c.farewell != "" {
		m.stayAfterAll(s, c)
	}
}

package callqueue

import (
	"fmt"
	"time"

	"presszero/call"
	"presszero/callqueue/estimate"
)

// When a waiting caller is told something.
const (
	speechStep  = 15 * time.Second // how often it is looked whether there is something to say
	speechLimit = 60 * time.Second // a playback that never ends is over by then
	worthSaying = 30.0             // seconds of p90; below, the wait is over before the words
)

// announcer is what a waiting caller is told and asked: how long it will take,
// whether to be called back instead, the dialog about that, and the last words
// of a call. It has no fields: what is being said is in the speech of each
// visit, and in farewell of a caller who is not in line any more.
//
// A restart keeps none of this. Who waits hears music again, and farewell words
// that were promised are said anew (farewellAgain).
type announcer struct{ *shared }

// speech is what a visit is being told, and has been told.
type speech struct {
	sayings  int       // so far
	play     string    // what is being said; "" music
	told     time.Time // when a wait was last announced
	toldHigh float64   // seconds; its upper bound, 0 none
	grown    bool      // was told once that it takes longer
	asked    time.Time // when a callback was last offered
	asks     string    // the playback that last offered one
	unsaid   bool      // that could not be played
	next     string    // why a callback is offered when what is being said has ended; "" it is not
	dialog   *dialog   // about a callback, while it goes on
}

// speak tells a waiting caller what there is to tell now, and looks again later.
func (an *announcer) speak(s *call.Step, v *visit) {
	if !v.live() || v.state == Talking {
		return
	}
	l := an.queues.line(v.queue)
	next := speechStep
	if first := l.Announce.First - s.Now.Sub(v.waitsSince()); first > 0 && first < next {
		next = first
	}
	if offer := l.Callback.After - s.Now.Sub(v.waitsSince()); offer > 0 && offer < 2*next {
		next = offer // so that the offer is not late
	}
	s.After(next, v.timer(speakTimer))
	if v.state != Waiting || v.play != "" || v.dialog != nil {
		return
	}
	var words []string
	grown := v.grown
	e, ok := an.queues.expect(v, s.Now)
	if ok && !l.Announce.Off && s.Now.Sub(v.waitsSince()) >= l.Announce.First {
		words = an.announce(s, v, e)
	}
	why := an.mayOffer(v, e, ok, s.Now)
	if v.grown && !grown && an.canCallBack(v) {
		why = "grown"
	}
	switch {
	case why == "" && len(words) > 0:
		an.say(s, v, words...)
	case why == "":
	case len(words) > 0 && v.caller.ticket != nil: // 1 will be a promise: the offer is said by itself
		an.say(s, v, words...)
		v.next = why
	default:
		an.suggest(s, v, why, words...)
	}
}

// suggest says that a caller may be called back, behind what else there is to say.
func (an *announcer) suggest(s *call.Step, v *visit, why string, before ...string) {
	an.apply(s.State(v.caller.id, call.CallbackOffered{Visit: v.id, Why: why}))
	an.say(s, v, append(before, "callback-offer")...)
	v.asks, v.unsaid = v.play, false
}

// announce says how long it will take, if that is worth saying. A number that
// has grown is never slipped in: that it takes longer is said first, once;
// after that only better news is told.
func (an *announcer) announce(s *call.Step, v *visit, e expected) []string {
	p50, p90 := e.at(estimate.Z50), e.at(estimate.Z90)
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
		case s.Now.Sub(v.told) < an.queues.line(v.queue).Announce.Every || grown && v.grown:
			return nil
		case grown:
			words = []string{"wait-longer", p.Name}
		}
	}
	an.apply(s.State(v.caller.id, call.WaitAnnounced{Visit: v.id, Queue: v.queue, Low: 60 * float64(p.Low), High: high,
		P50: milli(p50), P90: milli(p90), Ahead: e.ahead, Model: "qlm", Phrase: p.Name, Grown: grown}))
	return words
}

// Prompts returns the names of all prompts that the line may speak, so that
// their texts and sounds can be prepared. The digits are spoken one by one.
func Prompts() []string {
	names := []string{"wait-longer", "callback-offer", "callback-number", "callback-confirm", "callback-confirm-now", "callback-enter",
		"callback-refused", "callback-later", "callback-next-opening", "callback-quiet", "callback-limit", "callback-promise", "callback-merged",
		"callback-stay", "callback-press-1", "callback-moment", "callback-machine", "goodbye"}
	for d := range 10 {
		names = append(names, digit(rune('0'+d)))
	}
	for _, p := range estimate.Phrases() {
		names = append(names, p.Name)
	}
	return names
}

func digit(d rune) string { return fmt.Sprintf("digit-%c", d) }

// say speaks to a caller instead of music. The name of a playback holds the
// instant, so that one from before a restart is not taken for it.
func (an *announcer) say(s *call.Step, v *visit, prompts ...string) {
	an.cut(s, v)
	v.play = fmt.Sprintf("%s.say%d", v.id, s.Now.Sub(v.entered).Milliseconds())
	s.Order(call.Play{Call: v.caller.id, Play: v.play, Prompts: v.words(prompts)})
	v.sayings++
	s.After(speechLimit, call.Timer{Kind: speechTimer, Of: string(v.caller.id), Gen: v.sayings})
}

// words are prompts in the caller's language.
func (c *caller) words(prompts []string) []string {
	words := make([]string, len(prompts))
	for i, p := range prompts {
		words[i] = call.Prompt(c.language, p)
	}
	return words
}

// cut silences what is being said, at once.
func (an *announcer) cut(s *call.Step, v *visit) {
	if v.play != "" {
		s.Order(call.StopPlay{Call: v.caller.id, Play: v.play})
		v.play = ""
	}
	v.dialog, v.next = nil, ""
}

// said: the words are over. There is music again, unless an answer is awaited.
func (an *announcer) said(s *call.Step, ev call.PlayEnded) {
	c := an.callers[ev.Call]
	if c == nil || ev.Play == "" {
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
		an.listen(s, v)
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
	if v.state != Dialing {
		s.Order(call.Music{Call: c.id, Class: an.queues.line(v.queue).Music})
	}
}

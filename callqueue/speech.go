package callqueue

import (
	"fmt"
	"slices"
	"time"

	"presszero/call"
	"presszero/callqueue/estimate"
)

// When a waiting caller is told something.
const (
	atPeak      = 2 * time.Second  // after entering at a peak, when a callback is offered
	speechStep  = 15 * time.Second // how often it is looked whether there is something to say
	speechLimit = 60 * time.Second // a playback that never ends is over by then
	worthSaying = 30.0             // seconds of p90; below, the wait is over before the words
)

// Prompts returns the names of all prompts that the line may speak, so that
// their texts and sounds can be prepared. The digits are spoken one by one.
func Prompts() []string {
	names := []string{"wait-longer", "wait-next", "callback-offer", "callback-number", "callback-confirm", "callback-confirm-now", "callback-enter",
		"callback-refused", "callback-later", "callback-next-opening", "callback-quiet", "callback-limit", "callback-promise", "callback-merged",
		"callback-stay", "callback-press-1", "callback-moment", "callback-machine", "goodbye",
		"talk-lost", "hold-choice", "hold-line", "promise-broken"}
	for d := range 10 {
		names = append(names, digit(rune('0'+d)))
	}
	for _, p := range estimate.Phrases() {
		names = append(names, p.Name)
	}
	return names
}

func digit(d rune) string { return fmt.Sprintf("digit-%c", d) }

// playPrompts speaks to a caller instead of music. The name of a playback holds the
// instant, so that one from before a restart is not taken for it.
func (an *announcer) playPrompts(s *call.Step, v *visit, prompts ...string) {
	an.stopSpeech(s, v)
	v.play = fmt.Sprintf("%s.say%d", v.id, s.Now.Sub(v.entered).Milliseconds())
	s.Order(call.Play{Call: v.caller.id, Play: v.play, Prompts: v.promptsOf(prompts)})
	v.sayings++
	s.After(speechLimit, call.Timer{Kind: speechTimer, Of: string(v.caller.id), Gen: v.sayings})
}

// stopSpeech silences what is being said, at once.
func (an *announcer) stopSpeech(s *call.Step, v *visit) {
	if v.play != "" {
		s.Order(call.StopPlay{Call: v.caller.id, Play: v.play})
		v.play = ""
	}
	an.dropNotice(s, v.caller, true)
	v.dialog, v.next = nil, ""
}

// sayFarewell speaks the promise and ends the call when it has been heard.
func (an *announcer) sayFarewell(s *call.Step, c *caller, words ...string) {
	c.farewell = fmt.Sprintf("%s.bye%d", c.id, s.Now.Sub(c.arrived).Milliseconds())
	s.Order(call.Promise{Call: c.id})
	s.Order(call.Play{Call: c.id, Play: c.farewell, Prompts: c.promptsOf(words)})
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

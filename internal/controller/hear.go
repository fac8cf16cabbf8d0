package controller

import (
	"cmp"
	"strings"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/ivr"
	"presszero/web"
)

// wording is what the facts of a call mean in sounds. It is asked and changes nothing.
type wording struct {
	flow      func(version string) *ivr.Flow                      // never nil
	sound     func(version, prompt string) (web.HeardSound, bool) // key, length and text of what a Play names; false: it is not known
	emergency func(directive call.ID) (call.Directive, bool)
}

// lengthUnknown is how long words are taken to last whose sound is not known any more.
const lengthUnknown = 3 * time.Second

// hear turns the facts of a call, in order, into what the caller heard, from the answer
// to the end, or for a call that goes on to its last fact. The sounds do not overlap and
// leave no gap: a sound lasts until it is over, or until a key, a stop, the next sound or
// the end of the call cuts it, and what fills the time between the words is a sound too.
// What the facts do not tell, ivr.Hearing and callqueue.Hearing say. Nor are these in any:
// the moment of silence that the switch leaves before the first word; what is said again
// after a restart of the controller; and which piece of music it was, and from where on:
// here the music goes on after the words, from the beginning of the class.
func hear(facts []call.Entry, w wording) []web.HeardSound {
	h := &heard{wording: w}
	h.fills(callqueue.HeardSilence, "", 0)
	for _, e := range facts {
		over := e.At
		if f, is := e.Fact.(call.NoticePlayed); is { // is stated when it is over
			e.At = e.At.Add(-time.Duration(f.Heard * float64(time.Second)))
		}
		h.take(e)
		if !h.answered.IsZero() {
			h.passTo(over.Sub(h.answered))
		}
	}
	if h.answered.IsZero() {
		return nil
	}
	return h.sounds
}

// heard is the state of hear.
type heard struct {
	wording
	answered time.Time // zero: not yet
	now      time.Duration
	sounds   []web.HeardSound

	version string
	menus   *ivr.Hearing
	line    *callqueue.Hearing
	to      string

	said    []*piece // that is said, in order
	beneath *piece   // that is heard while nothing is
	music   time.Duration
	last    *piece // that sounds has at its end
}

// piece is a sound that has begun, or will.
type piece struct {
	web.HeardSound
	left time.Duration
}

func (h *heard) take(e call.Entry) {
	if !h.answered.IsZero() {
		h.passTo(e.At.Sub(h.answered))
	}
	switch f := e.Fact.(type) {
	case call.CallStarted:
		h.to = f.To
	case call.CallAnswered:
		h.answered = e.At
	case call.NodeEntered:
		if h.menus == nil || f.Flow != h.version {
			h.begin(f.Flow)
		}
	case call.EmergencyHeard:
		h.warn(f.Directive, e.Seq)
	}
	if h.menus == nil {
		h.begin("")
	}
	says, cut := h.menus.Take(e.Fact)
	if cut {
		h.said = nil
	}
	h.say(e.Seq, says...)
	words := h.line.Take(e.Fact)
	if words.Cut {
		h.said = nil
	}
	for _, name := range words.Says {
		h.say(e.Seq, h.inLanguage(name))
	}
	if words.Beneath != "" {
		h.fills(words.Beneath, words.Class, e.Seq)
	}
}

// begin goes on with a version of the flow.
func (h *heard) begin(version string) {
	flow := h.flow(version)
	h.version = version
	if h.menus == nil {
		h.menus = ivr.NewHearing(flow, h.to)
		h.line = callqueue.NewHearing(func(queue string) string { return musicOf(h.flow(h.version), queue) })
		return
	}
	h.menus.Switch(flow)
}

// musicOf is the class of music of a queue.
func musicOf(flow *ivr.Flow, queue string) string {
	for _, q := range flow.Queues {
		if q.Name == queue {
			return q.WithUsual().Music
		}
	}
	return call.UsualQueue().Music
}

// inLanguage names a prompt of the line in the caller's language.
func (h *heard) inLanguage(name string) string {
	language := h.menus.Language()
	if language == h.flow(h.version).Language {
		language = ""
	}
	return call.Prompt(language, name)
}

// warn has the emergency text said.
func (h *heard) warn(id call.ID, seq int) {
	d, ok := h.emergency(id)
	switch {
	case !ok:
		h.say(seq, call.Spoken("", ""))
	case d.Sound != "":
		h.say(seq, call.Recording(d.Sound))
	default:
		flow := h.flow("") // the walk has not begun
		h.say(seq, call.Spoken(cmp.Or(flow.Numbers[h.to].Language, flow.Language), d.Text))
	}
}

// say has prompts said, behind what is said already.
func (h *heard) say(seq int, prompts ...string) {
	for _, prompt := range prompts {
		s, ok := h.sound(h.version, prompt)
		s.Kind, s.Seq = "prompt", seq
		if language, text, spoken := call.SpokenText(prompt); spoken {
			s.Kind, s.Language, s.Text = "spoken", language, text
		} else if _, recorded := call.RecordingKey(prompt); recorded {
			s.Kind, s.Name = "spoken", ivr.Emergency
		} else if language, name, other := strings.Cut(prompt, "/"); other {
			s.Language, s.Name = language, name
		} else {
			s.Language, s.Name = h.flow(h.version).Language, prompt
		}
		left := time.Duration(s.LengthS * float64(time.Second))
		if !ok || left <= 0 {
			left = lengthUnknown
		}
		h.said = append(h.said, &piece{s, left})
	}
}

// fills changes what is heard beneath the words.
func (h *heard) fills(kind, class string, seq int) {
	if h.beneath != nil && h.beneath.Kind == kind && h.beneath.Name == class {
		return
	}
	h.beneath = &piece{HeardSound: web.HeardSound{Kind: kind, Name: class, Seq: seq}}
	h.music = 0
}

// passTo lets the time pass until then. A clock that was put back stands still.
func (h *heard) passTo(then time.Duration) {
	for h.now < then {
		if len(h.said) == 0 {
			h.lasts(h.beneath, then-h.now)
			return
		}
		s := h.said[0]
		d := min(s.left, then-h.now)
		h.lasts(s, d)
		if s.left -= d; s.left == 0 {
			h.said = h.said[1:]
		}
	}
}

// lasts has a sound heard for so long, as one with what was heard of it just before.
func (h *heard) lasts(s *piece, d time.Duration) {
	if h.last == s {
		h.sounds[len(h.sounds)-1].LengthS += d.Seconds()
	} else {
		sound := s.HeardSound
		sound.AtS, sound.LengthS = h.now.Seconds(), d.Seconds()
		if s == h.beneath && s.Kind == callqueue.HeardMusic {
			sound.FromS = h.music.Seconds()
		}
		h.sounds = append(h.sounds, sound)
		h.last = s
	}
	if s.Kind == callqueue.HeardMusic {
		h.music += d
	}
	h.now += d
}

package ivr

import (
	"time"

	"presszero/call"
)

// patience is how much longer than its sound a playback may take before it is
// held to be over. Asterisk does not always tell (a playback cancelled before
// its start says nothing), and a menu that waits for news would wait for ever.
const patience = 3 * time.Second

// playPrompts speaks prompts, in the caller's language, one after another.
func (t *turn) playPrompts(names ...string) {
	limit := patience
	var sounds []string
	for _, name := range names {
		for _, language := range t.promptLanguages() {
			sound, length := t.sound(language, name)
			sounds = append(sounds, sound)
			limit += length
		}
	}
	t.switchTo(speaking)
	t.play = t.newID("p")
	t.Order(call.Play{Call: t.call, Play: t.play, Prompts: sounds, Flow: t.flow.Version})
	t.remind(saidTimer, limit)
}

// promptLanguages are the languages in which this node speaks: the caller's, or all
// that can be chosen while the caller chooses.
func (c *session) promptLanguages() []string {
	if c.node.Kind != Language {
		return []string{c.language}
	}
	var list []string
	for _, language := range c.flow.Languages {
		for _, offered := range c.node.Keys {
			if offered == language {
				list = append(list, language)
				break
			}
		}
	}
	return list
}

// sound returns what to play for a prompt, and how long it takes.
func (c *session) sound(language, name string) (string, time.Duration) {
	text, _ := c.flow.promptText(language, name)
	if !hasValues(text) {
		sound := c.flow.sound(language, name)
		return sound, c.length(sound)
	}
	if language == "" {
		language = c.flow.Language
	}
	filled, _ := fillValues(text, func(value, form string) (string, bool) {
		v, ok := c.value(value)
		return spoken(language, form, v), ok
	})
	return call.Spoken(language, filled), 2 * estimate(filled)
}

// stopPlaying stops what is being said, and makes every timer old.
func (t *turn) stopPlaying() {
	if t.play != "" {
		t.Order(call.StopPlay{Call: t.call, Play: t.play})
		t.play = ""
	}
	t.gen++
}

// promptOver goes on after a prompt; failed: nothing could be heard of it.
func (t *turn) promptOver(failed bool) {
	t.play = ""
	if t.notice != nil {
		t.noticeSaid(!failed)
		return
	}
	if t.warning {
		t.warning = false
		t.begin()
		return
	}
	if t.explaining {
		t.explaining = false
		t.arrive()
		return
	}
	switch t.node.Kind {
	case Menu, Language, Input, Mailbox:
		switch {
		case failed && !t.kept: // a caller who cannot hear the choices cannot choose
			t.toPerson("prompt_failed")
		case t.kept:
			t.goodbye()
		case t.node.Kind == Mailbox:
			t.record()
		default:
			t.listen()
		}
	case Lookup:
		if t.answer != nil {
			t.conclude(*t.answer)
		}
	case Transfer:
		t.dialOut()
	case End:
		t.goodbye()
	default:
		t.textOver(failed)
	}
}

// textOver goes on after a text that was heard to its end. It counts as
// self-service when the caller had asked for it and no person follows.
func (t *turn) textOver(failed bool) {
	next := t.flow.Nodes[t.node.Then]
	if t.zero {
		t.toPerson("zero")
		return
	}
	if t.chosen && t.step.Visit == "" && !failed && next != nil && next.Line == nil && next.Kind != Transfer {
		t.apply(call.SelfServed{Node: t.node.Name})
	}
	t.enter(t.node.Then)
}

// goodbye ends the call of a caller who has been served. A caller who came to the
// end by keys, past the text, counts as served too.
func (t *turn) goodbye() {
	if t.node != nil && t.node.Kind == End && t.chosen && !t.served {
		t.apply(call.SelfServed{Node: t.node.Name})
	}
	t.switchTo(leaving)
	t.Order(call.HangUp{Call: t.call})
}

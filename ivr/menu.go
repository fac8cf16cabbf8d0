package ivr

import "presszero/call"

// listen waits for the first key.
func (t *turn) listen() {
	t.switchTo(listening)
	t.remind(listenTimer, t.node.FirstDigit)
}

// takeKey takes a key in a menu or a choice of language.
func (t *turn) takeKey(digit string) {
	n := t.node
	if to := n.Keys[digit]; to != "" {
		t.stopPlaying()
		t.stateKeyPressed(digit)
		if n.Kind == Language {
			t.apply(call.LanguageChosen{Node: n.Name, Language: to, By: "key"})
			to = n.Then
		}
		t.enter(to)
		return
	}
	if t.steerMenu(digit) {
		return
	}
	t.stopPlaying()
	t.ahead = ""
	t.apply(call.NoMatch{Node: n.Name, Digit: digit, Try: t.tries + 1})
	t.askAgain("no_match", t.wrong(digit))
}

// steerMenu does what the profile says about * and # where a menu does not
// use them, and reports whether it did.
func (t *turn) steerMenu(digit string) bool {
	switch t.profile().actionOf(digit) {
	case back:
		to := t.previousMenu()
		if to == "" {
			to = t.node.Name
		}
		t.stateKeyPressed(digit)
		t.stopPlaying()
		t.enter(to)
	case repeat:
		t.stateKeyPressed(digit)
		t.stopPlaying()
		t.playPrompts(t.node.Prompt)
	case skip:
		if t.play == "" {
			return false // there is nothing to skip
		}
		t.stateKeyPressed(digit)
		t.stopPlaying()
		t.listen()
	default:
		return false
	}
	return true
}

// wrong names the prompt that tells what was not understood.
func (c *session) wrong(digit string) string {
	if name := wrong(digit); c.hasPrompt(name) {
		return name
	}
	return NotUnderstood
}

func (c *session) hasPrompt(prompt string) bool {
	_, ok := c.flow.promptText(c.language, prompt)
	return ok
}

// silent counts a failure of the caller: no key was pressed in time.
func (t *turn) silent() {
	t.apply(call.NoInput{Node: t.node.Name, Try: t.tries + 1})
	t.askAgain("no_input")
}

// giveUp leads a caller who has failed too often to a person, or to the node that
// the flow names.
func (t *turn) giveUp(reason string) {
	if to := t.node.Otherwise; to != "" {
		t.enter(to)
		return
	}
	t.toPerson(reason)
}

// askAgain asks once more, shorter; the third failure of any kind is the last.
func (t *turn) askAgain(reason string, first ...string) {
	if t.tries >= failures {
		t.giveUp(reason)
		return
	}
	n := t.node
	prompts := append(first, n.Prompt)
	if n.Again != "" {
		prompts[len(prompts)-1] = n.Again
	}
	if n.Kind == Mailbox {
		prompts = append(prompts, Beep)
	}
	t.playPrompts(prompts...)
}

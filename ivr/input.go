package ivr

import "presszero/call"

// typing takes one more digit of an input.
func (t *turn) typing(digit string) {
	d := t.node.Digits
	t.stopPlaying()
	t.doing = listening
	switch {
	case digit == "#" && t.typed != "":
		t.acceptInput()
		return
	case t.typed == "" && (digit == "*" || digit == "#") && t.profile().actionOf(digit) == back:
		if to := t.previousMenu(); to != "" {
			t.stateKeyPressed(digit)
			t.enter(to)
			return
		}
		t.playPrompts(t.node.Prompt)
		return
	case digit == "*" && !d.possible(t.typed+"*"):
		t.typed = "" // begins anew
		t.playPrompts(t.node.Prompt)
		return
	case digit == "#":
		t.listen() // nothing to end: the prompt is skipped
		return
	case len(t.typed) < maxTyped:
		t.typed += digit
	}
	if len(t.typed) >= d.Max {
		t.acceptInput()
		return
	}
	t.remind(betweenTimer, t.node.Between)
}

// acceptInput accepts what was typed, or says that it cannot be right. What it was is
// told to nobody but the service that is asked about it.
func (t *turn) acceptInput() {
	d := t.node.Digits
	typed := t.typed
	t.typed = ""
	if typed == "0" { // a wish for a person, however it ends
		t.choosePerson()
		return
	}
	if !d.valid(typed) {
		t.ahead = ""
		t.apply(call.NoMatch{Node: t.node.Name, Try: t.tries + 1, Count: len(typed)})
		prompt := d.Invalid
		if prompt == "" {
			prompt = NotUnderstood
		}
		t.askAgain("no_match", prompt)
		return
	}
	t.apply(call.InputTaken{Node: t.node.Name, Count: len(typed)})
	t.values[d.As] = typed
	t.enter(t.node.Then)
}

package ivr

import (
	"slices"

	"presszero/call"
)

// Hearing tells what the menus said to a caller, from the facts of the call and the
// flow that the call was on. It is what Machine orders, read backwards: a new way to
// speak in turn has a case here.
//
// The facts do not tell all. A node that is reached is taken to be spoken then; a digit
// within an input step, and a # that skips the words of a mailbox, are in no fact, so the
// words go on here until the next one; a greeting is the long one, also at a peak; and a
// value within a text is kept nowhere, so there is an ellipsis in its place.
type Hearing struct {
	flow     *Flow
	profile  Profile
	language string
	node     *Node
	why      string // prompt that explains why the queue has sent the caller back
}

// NewHearing begins with a call to this number.
func NewHearing(flow *Flow, to string) *Hearing {
	h := &Hearing{flow: flow, profile: flow.Keys}
	if p := flow.Numbers[to].Keys; p != "" {
		h.profile = p
	}
	return h
}

// Switch goes on with another version of the flow.
func (h *Hearing) Switch(flow *Flow) { h.flow = flow }

// Language is what the caller hears; "" is the flow's own.
func (h *Hearing) Language() string { return h.language }

// Take takes the next fact of the call, and returns what begins to be said because of it,
// as a Play names it. cut: what was said before is over.
func (h *Hearing) Take(f call.Fact) (says []string, cut bool) {
	switch f := f.(type) {
	case call.LanguageChosen:
		h.language = f.Language
	case call.SentBack:
		h.why = whySentBack[f.Reason]
		return nil, true
	case call.NodeEntered:
		h.node = h.flow.Nodes[f.Node]
		return h.enter(), true
	case call.NoticePlayed:
		return []string{h.flow.sound(f.Language, f.Notice)}, true
	case call.GreetingStale:
		if h.node != nil && h.node.Fresh != nil {
			return h.words(h.node.Fresh.Fallback), true
		}
	case call.NoInput:
		var first []string
		if h.node != nil && h.node.Kind == Mailbox {
			first = []string{NothingHeard}
		}
		return h.again(f.Try, first...), true
	case call.NoMatch:
		return h.again(f.Try, h.misunderstood(f.Digit)), true
	case call.KeyPressed:
		if h.node != nil && h.node.Keys[f.Digit] == "" && h.profile.actionOf(f.Digit) == repeat {
			return h.words(h.node.Prompt), true
		}
		return nil, true
	case call.ZeroPressed:
		return nil, h.node == nil || !h.node.Notice
	case call.MessageLeft:
		if h.node != nil && h.node.Then == "" {
			return h.words(MessageKept), true
		}
		return nil, true
	case call.MenuLeft, call.InputTaken, call.TransferStarted:
		return nil, true
	}
	return nil, false
}

// enter is what is said at a node on entering.
func (h *Hearing) enter() []string {
	why, n := h.why, h.node
	h.why = ""
	switch {
	case n == nil:
		return nil
	case n.Kind == Mailbox:
		return h.words(n.Prompt, Beep)
	case n.speaks() || n.Kind == Transfer && n.Prompt != "":
		return h.words(n.Prompt)
	case why != "":
		return h.words(why)
	}
	return nil
}

// again is what is said after a failure of the caller, of which the third is the last.
func (h *Hearing) again(try int, first ...string) []string {
	n := h.node
	if n == nil || try >= failures {
		return nil
	}
	if n.Again != "" {
		first = append(first, n.Again)
	} else {
		first = append(first, n.Prompt)
	}
	if n.Kind == Mailbox {
		first = append(first, Beep)
	}
	return h.words(first...)
}

// misunderstood names what is said of a key, or of what was typed.
func (h *Hearing) misunderstood(digit string) string {
	if h.node != nil && h.node.Kind == Input {
		if h.node.Digits.Invalid != "" {
			return h.node.Digits.Invalid
		}
		return NotUnderstood
	}
	if _, ok := h.flow.promptText(h.language, wrong(digit)); ok {
		return wrong(digit)
	}
	return NotUnderstood
}

// words are prompts as a Play names them, in the language of the caller, or in all that
// can be chosen while the caller chooses.
func (h *Hearing) words(names ...string) (says []string) {
	c := session{edition: edition{flow: h.flow}, node: h.node, language: h.language}
	for _, name := range slices.DeleteFunc(names, func(name string) bool { return name == "" }) {
		for _, language := range c.promptLanguages() {
			text, _ := h.flow.promptText(language, name)
			if !hasValues(text) {
				says = append(says, h.flow.sound(language, name))
				continue
			}
			if language == "" {
				language = h.flow.Language
			}
			filled, _ := fillValues(text, func(string, string) (string, bool) { return "…", true })
			says = append(says, call.Spoken(language, filled))
		}
	}
	return says
}

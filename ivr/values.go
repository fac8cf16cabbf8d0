package ivr

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A text may hold values: "{order}", "{due:date}". They are what an input step
// took or a look-up kept, and the caller's number as "{caller:digits}".

var valuePattern = regexp.MustCompile(`\{([a-z0-9][a-z0-9_-]*)(?::([a-z]+))?\}`)

// hasValues reports whether a text can only be spoken when values are known.
func hasValues(text string) bool { return valuePattern.MatchString(text) }

// namesOf returns the names of values in a text or template.
func namesOf(text string) []string {
	var names []string
	for _, m := range valuePattern.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// known are values that every call has.
func known(name string) bool { return name == "caller" || name == "called" }

// fillValues puts values into a text, each said as its form asks; false when one is
// not known.
func fillValues(text string, say func(name, form string) (string, bool)) (string, bool) {
	complete := true
	filled := valuePattern.ReplaceAllStringFunc(text, func(found string) string {
		name, form, _ := strings.Cut(strings.Trim(found, "{}"), ":")
		spoken, ok := say(name, form)
		complete = complete && ok
		return spoken
	})
	return filled, complete
}

// values refuses texts and look-ups that need a value which a caller may not
// have given on the way there, and texts that would say a secret aloud.
func (b *builder) values() {
	for _, name := range sortedKeys(b.flow.Nodes) {
		n := b.flow.Nodes[name]
		if n.Ask != nil {
			for _, value := range namesOf(n.Ask.Address + n.Ask.Body) {
				b.given(value, n, string(Lookup))
			}
		}
		for _, prompt := range n.prompts() {
			for _, language := range b.flow.Languages {
				b.promptValues(n, prompt, language)
			}
		}
	}
	for _, name := range sortedKeys(b.flow.Prompts) {
		for _, text := range b.flow.Prompts[name] {
			if builtinPrompts[en][name] != "" && hasValues(text) {
				b.refuse("value", fmt.Sprintf("%q is said by the program itself, which knows no values; word it without", name), "prompts", name)
			}
		}
	}
}

// prompts are all that a node may say.
func (n *Node) prompts() []string {
	list := []string{n.Prompt, n.Again}
	if n.Digits != nil {
		list = append(list, n.Digits.Invalid)
	}
	if n.Fresh != nil {
		list = append(list, n.Fresh.Fallback)
	}
	return slices.DeleteFunc(list, func(name string) bool { return name == "" })
}

// promptValues checks the values of one text.
func (b *builder) promptValues(n *Node, prompt, language string) {
	text, _ := b.flow.promptText(language, prompt)
	for _, m := range valuePattern.FindAllStringSubmatch(text, -1) {
		value, form := m[1], m[2]
		if forms[form] == nil {
			b.refuse("value", fmt.Sprintf("%q has the form %q, which nobody can say; use one of digits, number, date, time and minutes, or none", m[0], form), "prompts", prompt)
		}
		if b.given(value, n, string(n.Kind)); b.secret(value) {
			b.refuse("sensitive", fmt.Sprintf("%q would say {%s} aloud, which is marked sensitive; take it out of the text", prompt, value), "nodes", n.Name, string(n.Kind))
		}
	}
}

func (b *builder) secret(value string) bool {
	for _, n := range b.flow.Nodes {
		if n.Digits != nil && n.Digits.As == value && n.Digits.Sensitive {
			return true
		}
	}
	return false
}

// given notes a value that is not had on every way to the node.
func (b *builder) given(value string, at *Node, key string) {
	if known(value) {
		return
	}
	knows := func(n *Node) bool {
		return n.Digits != nil && n.Digits.As == value || n.Ask != nil && n.Ask.Keep[value] != ""
	}
	gives := func(n *Node, w way) bool { // who was silent three times has typed nothing
		return knows(n) && (n.Ask != nil || w.by == byKey)
	}
	if !slices.ContainsFunc(slices.Collect(maps.Values(b.flow.Nodes)), knows) || b.flow.reached(gives)[at.Name] {
		b.refuse("value", fmt.Sprintf("{%s} is not known on every way to here; lead all ways through an input with `as: %s`, not its `otherwise`, or through a lookup that keeps it", value, value), "nodes", at.Name, key)
	}
}

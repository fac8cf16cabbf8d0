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
func (c *checker) values() {
	for _, name := range sortedKeys(c.flow.Nodes) {
		n := c.flow.Nodes[name]
		if n.Ask != nil {
			for _, value := range namesOf(n.Ask.Address + n.Ask.Body) {
				c.given(value, n, string(Lookup))
			}
		}
		for _, prompt := range n.prompts() {
			for _, language := range c.flow.Languages {
				c.promptValues(n, prompt, language)
			}
		}
	}
	for _, name := range sortedKeys(c.flow.Prompts) {
		for _, text := range c.flow.Prompts[name] {
			if builtinPrompts[en][name] != "" && hasValues(text) {
				c.refuse("value", fmt.Sprintf("%q is said by the program itself, which knows no values; word it without", name), "prompts", name)
			}
		}
	}
}

// prompts are all that a node may say.
func (n *Node) prompts() []string {
	list := []string{n.Prompt, n.Again, n.Short}
	if n.Digits != nil {
		list = append(list, n.Digits.Invalid)
	}
	if n.Fresh != nil {
		list = append(list, n.Fresh.Fallback)
	}
	return slices.DeleteFunc(list, func(name string) bool { return name == "" })
}

// promptValues checks the values of one text.
func (c *checker) promptValues(n *Node, prompt, language string) {
	text, _ := c.flow.promptText(language, prompt)
	for _, m := range valuePattern.FindAllStringSubmatch(text, -1) {
		value, form := m[1], m[2]
		if forms[form] == nil {
			c.refuse("value", fmt.Sprintf("%q has the form %q, which nobody can say; use one of digits, number, date, time and minutes, or none", m[0], form), "prompts", prompt)
		}
		if c.given(value, n, string(n.Kind)); c.secret(value) {
			c.refuse("sensitive", fmt.Sprintf("%q would say {%s} aloud, which is marked sensitive; take it out of the text", prompt, value), "nodes", n.Name, string(n.Kind))
		}
	}
}

func (c *checker) secret(value string) bool {
	for _, n := range c.flow.Nodes {
		if n.Digits != nil && n.Digits.As == value && n.Digits.Sensitive {
			return true
		}
	}
	return false
}

// given notes a value that some way to the node does not give.
func (c *checker) given(value string, at *Node, key string) {
	if known(value) {
		return
	}
	knows := func(n *Node) bool {
		return n.Digits != nil && n.Digits.As == value || n.Ask != nil && n.Ask.Keep[value] != ""
	}
	gives := func(n *Node, w way) bool { // a caller who was silent three times has typed nothing
		return knows(n) && (n.Ask != nil || w.by == byKey)
	}
	if !slices.ContainsFunc(slices.Collect(maps.Values(c.flow.Nodes)), knows) || c.flow.reached(gives)[at.Name] {
		c.refuse("value", fmt.Sprintf("{%s} is not known on every way to here; lead all ways through an input with `as: %s`, not its `otherwise`, or through a lookup that keeps it", value, value), "nodes", at.Name, key)
	}
}

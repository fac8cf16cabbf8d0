package ivr

import (
	"fmt"
	"strings"
)

// Nodes that ask the caller (menus, choices of language, inputs), and greetings.

func (b *builder) greetingNode(n *Node, w fileNode) {
	b.leadsTo(n.Then, true, "nodes", n.Name, "then")
	f, err := fresh(w.ValidFor, w.From, b.zone)
	if err != nil {
		b.refuse("greeting", err.Error(), "nodes", n.Name, "valid_for")
	}
	f.Fallback = w.Fallback
	b.prompt(w.Fallback, "nodes", n.Name, "fallback")
	n.Fresh = &f
}

func (b *builder) menuNode(n *Node, w fileNode) {
	n.Keys = w.Keys
	if len(w.Keys) == 0 {
		b.refuse("keys", "the menu has no keys; offer at least one, or use say", "nodes", n.Name, "menu")
	}
	for _, key := range sortedKeys(w.Keys) {
		if b.menuKey(key, "123456789*#", "nodes", n.Name, "keys", key) {
			b.leadsTo(w.Keys[key], true, "nodes", n.Name, "keys", key)
		}
	}
}

// menuKey notes what cannot be pressed, and what is not the flow's to give.
func (b *builder) menuKey(key, valid string, path ...string) bool {
	switch {
	case key == "0":
		b.refuse("zero", "0 is kept for a person everywhere and cannot be given to something else; remove it", path...)
	case len(key) != 1 || !strings.Contains(valid, key):
		b.refuse("keys", fmt.Sprintf("%q is not a key; use one of 1-9, * and #, in quotes", key), path...)
	case b.flow.Keys.actionOf(key) != none:
		b.warnAt("profile-key", fmt.Sprintf("%s has a meaning of its own in the key profile %s, which callers lose in this menu; better use a digit", key, b.flow.Keys), path...)
		return true
	default:
		return true
	}
	return false
}

func (b *builder) languageNode(n *Node, w fileNode) {
	n.Keys = w.Keys
	b.leadsTo(n.Then, true, "nodes", n.Name, "then")
	if len(w.Keys) < 2 {
		b.refuse("keys", "a choice of language needs at least two keys; add them, or remove the node", "nodes", n.Name, "language")
	}
	for _, key := range sortedKeys(w.Keys) {
		if b.menuKey(key, "123456789", "nodes", n.Name, "keys", key) {
			b.language(w.Keys[key], "nodes", n.Name, "keys", key)
		}
	}
}

func (b *builder) inputNode(n *Node, w fileNode) {
	b.leadsTo(n.Then, true, "nodes", n.Name, "then")
	d := &Digits{As: w.As, Min: w.Min, Max: w.Max, Match: w.Match, Invalid: w.Invalid, Sensitive: w.Sensitive}
	n.Digits = d
	if d.As == "" {
		d.As = n.Name
	}
	d.Min = max(d.Min, 1)
	if d.Max == 0 {
		d.Max = maxTyped
	}
	if d.Max < d.Min || d.Max > maxTyped {
		b.refuse("length", fmt.Sprintf("an input has from 1 to %d digits, and min is not above max; correct them", maxTyped), "nodes", n.Name, "max")
	}
	if d.Max == 1 {
		b.refuse("length", "an input of one digit is a menu; write it as a menu, so that 0 stays a person at once", "nodes", n.Name, "max")
		return
	}
	if d.Invalid != "" || b.source.isWritten("nodes", n.Name, "invalid") {
		b.prompt(d.Invalid, "nodes", n.Name, "invalid")
	}
	if len(w.OneOf) > 0 {
		if d.Match != "" {
			b.refuse("input", "one_of and match both say what is valid; keep one of them", "nodes", n.Name, "one_of")
		}
		d.Match = b.oneOf(n.Name, w.OneOf)
	}
	if err := d.compile(); err != nil {
		b.refuse("input", fmt.Sprintf("match is not a regular expression (%v); correct it, for example [0-9]{8}", err), "nodes", n.Name, "match")
		return
	}
	if !d.legal.anyOfLength(d.Min, d.Max) {
		b.refuse("input", fmt.Sprintf("nothing of %d to %d digits matches %q, so no caller could get on; correct min, max or match", d.Min, d.Max, d.Match), "nodes", n.Name, "match")
	}
	if d.Min == 1 && d.valid("0") {
		b.refuse("zero", "a lone 0 would be a valid input here, but it means a person; ask for at least two digits, or exclude it with match", "nodes", n.Name, "input")
	}
}

func (b *builder) oneOf(name string, values []string) string {
	for _, v := range values {
		if v == "" || strings.Trim(v, "0123456789*#") != "" {
			b.refuse("input", fmt.Sprintf("%q in one_of cannot be typed on a telephone; use digits", v), "nodes", name, "one_of")
			return ""
		}
	}
	return strings.ReplaceAll(strings.Join(values, "|"), "*", `\*`)
}

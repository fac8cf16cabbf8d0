package ivr

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// walk goes every way through the flow, as callers will, and notes where one
// would be trapped, cut off or worn out.
func (b *builder) walk() {
	reached := b.flow.reached(nil)
	for _, name := range keys(b.flow.Nodes) {
		if !reached[name] {
			b.warn("unreached", fmt.Sprintf("no call ever gets to %q; lead a key or a number to it, or remove it", name), "nodes", name)
		}
	}
	b.loops()
	if b.found.refuses() {
		return // who goes round for ever gets nowhere else
	}
	b.goodbyes()
	b.depth()
	b.patience()
	b.values()
	b.wording()
}

// loops refuses ways that lead back to themselves without anything that the
// caller does: who is silent would go round for ever.
func (b *builder) loops() {
	const open, over = 1, 2
	state := map[string]int{}
	var visit func(name string, trail []string) bool
	visit = func(name string, trail []string) bool {
		n := b.flow.Nodes[name]
		if n == nil || state[name] == over {
			return true
		}
		if state[name] == open {
			round := append(trail[slices.Index(trail, name):], name)
			b.loop(round)
			return false
		}
		state[name] = open
		defer func() { state[name] = over }()
		for _, w := range b.flow.ways(n) {
			if w.by == byItself || w.by == byFailure {
				if !visit(w.to, append(trail, name)) {
					return true // told once
				}
			}
		}
		return true
	}
	for _, name := range keys(b.flow.Nodes) {
		visit(name, nil)
	}
}

// loop tells of a round at its first node in the file's order of names.
func (b *builder) loop(round []string) {
	first := slices.Min(round[:len(round)-1])
	next := round[slices.Index(round, first)+1]
	path := []string{"nodes", first}
	for _, w := range b.flow.ways(b.flow.Nodes[first]) {
		if w.to == next && (w.by == byItself || w.by == byFailure) {
			path = append(path, wayKeys(w)...)
			break
		}
	}
	b.refuse("loop", fmt.Sprintf("a caller who presses nothing goes round here again and again without end (%s); lead one of the ways to a menu, a queue or a mailbox", strings.Join(round, " > ")), path...)
}

// wayKeys is where the way is written below its node.
func wayKeys(w way) []string {
	switch w.word {
	case "default", "failed", "timeout", "open", "closed", "holiday", "then", "otherwise":
		return []string{w.word}
	case "digits", "message":
		return []string{"then"}
	}
	if w.by == byKey {
		return []string{"keys", w.word}
	}
	return []string{"when", w.word}
}

// served is what a caller has got on the way to a node.
type served struct {
	node    string
	chosen  bool // has asked for something by a key
	helped  bool // has heard it, or left a message
	waiting bool // was sent away by a queue
}

// goodbyes refuses every way on which an end is reached by a caller who was
// not helped: to say goodbye then is to hang up on somebody who waits.
func (b *builder) goodbyes() {
	seen := map[served]bool{}
	var todo []served
	for _, name := range b.flow.starts() {
		todo = append(todo, served{node: name})
	}
	for _, name := range b.flow.refusals() {
		todo = append(todo, served{node: name, waiting: true})
	}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		n := b.flow.Nodes[at.node]
		if n.Kind == End && !at.helped {
			b.cutOff(n, at.waiting)
		}
		for _, w := range b.flow.ways(n) {
			todo = append(todo, at.after(n, w))
		}
	}
}

// after is what holds for the caller who goes a way.
func (at served) after(n *Node, w way) served {
	next := at
	next.node = w.to
	switch {
	case w.by == byFailure:
		next = served{node: w.to}
	case w.by == byRefusal:
		next = served{node: w.to, waiting: true}
	case n.Kind == Mailbox:
		next.helped, next.waiting = true, false
	case n.Kind == Menu || n.Kind == Input:
		next.chosen = true
	case n.Kind == Say && at.chosen && !at.waiting:
		next.helped = true
	}
	return next
}

func (b *builder) cutOff(n *Node, waiting bool) {
	what := "a caller can get here without having been served, and would be hung up on; lead the way to a person, a callback or a mailbox instead"
	if waiting {
		what = "a caller whom a queue could not take can get here, and would be hung up on while waiting for a person; lead the way to a mailbox or a callback instead"
	}
	b.refuse("hang-up", what, "nodes", n.Name, string(End))
}

// Levels of menus, by how they are judged (metrics reference 6.1).
const (
	levelsFine    = 1
	levelsAllowed = 3
)

// depth counts the menus that a caller must pass, at least, to be in each.
func (b *builder) depth() {
	allowed := max(levelsAllowed, b.flow.levels.Levels)
	for name, level := range b.flow.menuLevels() {
		switch {
		case level > allowed:
			b.refuse("depth", fmt.Sprintf("this menu is the %s one on its way, but callers are lost below the third; join menus, or document the exception with allow_depth", ordinal(level)), "nodes", name, string(Menu))
		case level > levelsFine:
			b.warn("depth", fmt.Sprintf("this menu is the %s one on its way; each more costs callers, so join it with the one above if you can", ordinal(level)), "nodes", name, string(Menu))
		}
	}
}

func ordinal(n int) string {
	words := []string{"", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"}
	if n < len(words) {
		return words[n]
	}
	return fmt.Sprintf("%dth", n)
}

// menuLevels returns for each menu how many menus there are on the shortest
// way to it, itself included.
func (f *Flow) menuLevels() map[string]int {
	levels := map[string]int{}
	seen := map[string]bool{}
	layer := append(f.starts(), f.refusals()...)
	for level := 1; len(layer) > 0; level++ {
		var below []string
		for len(layer) > 0 {
			name := layer[0]
			layer = layer[1:]
			if seen[name] {
				continue
			}
			seen[name] = true
			n := f.Nodes[name]
			for _, w := range f.ways(n) {
				if n.Kind == Menu {
					below = append(below, w.to)
				} else {
					layer = append(layer, w.to)
				}
			}
			if n.Kind == Menu {
				levels[name] = level
			}
		}
		layer = below
	}
	return levels
}

// Limits of what is said (metrics reference 6.1).
const (
	greetingLimit = 8 * time.Second
	menuLimit     = 25 * time.Second
	noticeLimit   = 6 * time.Second
)

// patience measures what callers have to listen to, in every language.
func (b *builder) patience() {
	for _, name := range keys(b.flow.Nodes) {
		n := b.flow.Nodes[name]
		for _, language := range b.flow.Languages {
			said := b.said(language, n.Prompt)
			if (n.Kind == Menu || n.Kind == Input) && said > menuLimit {
				b.refuse("long", fmt.Sprintf("saying this takes %s in %q, but callers forget what they heard %s ago; offer less, or word it shorter", rounded(said), language, menuLimit), "nodes", name, string(n.Kind))
			}
			if n.Notice && said > noticeLimit {
				b.refuse("notice", fmt.Sprintf("this text cannot be interrupted and takes %s in %q, which hides 0 for too long; at most %s, so word it shorter", rounded(said), language, noticeLimit), "nodes", name, "interruptible")
			}
		}
	}
	for _, number := range keys(b.flow.Numbers) {
		b.greetings(b.flow.Numbers[number].Node)
	}
}

// greetings adds up what is said before the caller can choose.
func (b *builder) greetings(start string) {
	for _, language := range b.flow.Languages {
		var heard time.Duration
		seen := map[string]bool{}
		var visit func(name string)
		visit = func(name string) {
			n := b.flow.Nodes[name]
			if seen[name] || n.Kind != Say && n.Kind != Greeting && n.Kind != Hours {
				return
			}
			seen[name] = true
			defer delete(seen, name)
			said := b.said(language, n.Prompt)
			heard += said
			defer func() { heard -= said }()
			if heard > greetingLimit {
				b.refuse("greeting-long", fmt.Sprintf("until here a caller has listened for %s in %q without a choice, but a greeting has %s; word it shorter", rounded(heard), language, greetingLimit), "nodes", name, string(n.Kind))
				return
			}
			for _, w := range b.flow.ways(n) {
				if n.Kind != Hours || w.word == "open" {
					visit(w.to)
				}
			}
		}
		visit(start)
	}
}

// said is how long a prompt takes: by its real sound where it is known, else
// by its text.
func (b *builder) said(language, prompt string) time.Duration {
	if prompt == "" {
		return 0
	}
	if b.length != nil {
		if d, ok := b.length(b.flow.sound(language, prompt)); ok {
			return d
		}
	}
	text, _ := b.flow.text(language, prompt)
	return estimate(text)
}

func rounded(d time.Duration) time.Duration { return d.Round(time.Second / 2) }

// estimate is how long a text takes to say, at the pace of espeak-ng at 155
// words a minute: 14 letters, 5 Korean syllables, 6 kana or 4 Chinese signs a
// second, and a breath after each sentence.
func estimate(text string) time.Duration {
	if strings.HasPrefix(text, "core:") {
		return 2 * time.Second
	}
	var d time.Duration
	for _, r := range text {
		switch {
		case strings.ContainsRune(".!?。！？", r):
			d += 400 * time.Millisecond
		case r >= 0xAC00 && r <= 0xD7A3:
			d += 200 * time.Millisecond
		case r >= 0x3040 && r <= 0x30FF:
			d += 160 * time.Millisecond
		case r >= 0x4E00 && r <= 0x9FFF:
			d += 250 * time.Millisecond
		default:
			d += time.Second / 14
		}
	}
	return d
}

// values refuses texts and look-ups that need a value which a caller may not
// have given on the way there, and texts that would say a secret aloud.
func (b *builder) values() {
	for _, name := range keys(b.flow.Nodes) {
		n := b.flow.Nodes[name]
		if n.Ask != nil {
			for _, value := range namesOf(n.Ask.Address + n.Ask.Body) {
				b.given(value, n, string(Lookup))
			}
		}
		for _, language := range b.flow.Languages {
			text, _ := b.flow.text(language, n.Prompt)
			for _, m := range valuePattern.FindAllStringSubmatch(text, -1) {
				if forms[m[2]] == nil {
					b.refuse("value", fmt.Sprintf("%q has the form %q, which nobody can say; use one of digits, number, date, time and minutes, or none", m[0], m[2]), "prompts", n.Prompt)
				}
			}
			for _, value := range namesOf(text) {
				if b.given(value, n, string(n.Kind)); b.secret(value) {
					b.refuse("sensitive", fmt.Sprintf("%q would say {%s} aloud, which is marked sensitive; take it out of the text", n.Prompt, value), "nodes", name, string(n.Kind))
				}
			}
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
	givers := map[string]bool{}
	for name, n := range b.flow.Nodes {
		if n.Digits != nil && n.Digits.As == value {
			givers[name] = true
		}
		if n.Ask != nil && n.Ask.Keep[value] != "" {
			givers[name] = true
		}
	}
	if len(givers) == 0 || b.flow.reached(givers)[at.Name] {
		b.refuse("value", fmt.Sprintf("{%s} is not known on every way to here; lead all ways through an input with `as: %s` or a lookup that keeps it", value, value), "nodes", at.Name, key)
	}
}

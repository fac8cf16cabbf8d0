package ivr

import (
	"fmt"
	"slices"
	"strings"
)

// checkWays goes every way through the flow, as callers will, and notes where one
// would be trapped, cut off or worn out.
func (c *checker) checkWays() {
	reached := c.flow.reached(nil)
	for _, name := range sortedKeys(c.flow.Nodes) {
		if !reached[name] {
			c.warnAt("unreached", fmt.Sprintf("no call ever gets to %q; lead a key or a number to it, or remove it", name), "nodes", name)
		}
	}
	c.loops()
	if c.found.Refuses() {
		return // on a way without end, the checks below would not end either
	}
	c.goodbyes()
	c.afterFailures()
	c.depth()
	c.patience()
	c.values()
	c.wording()
}

// loops refuses ways that lead back to themselves without anything that the
// caller does: a silent caller would go round for ever.
func (c *checker) loops() {
	const open, over = 1, 2
	state := map[string]int{}
	var visit func(name string, trail []string) bool
	visit = func(name string, trail []string) bool {
		n := c.flow.Nodes[name]
		if n == nil || state[name] == over {
			return true
		}
		if state[name] == open {
			round := append(trail[slices.Index(trail, name):], name)
			c.refuseLoop(round)
			return false
		}
		state[name] = open
		defer func() { state[name] = over }()
		for _, w := range c.flow.waysOut(n) {
			if w.by == byItself || w.by == byFailure {
				if !visit(w.to, append(trail, name)) {
					return true // told once
				}
			}
		}
		return true
	}
	for _, name := range sortedKeys(c.flow.Nodes) {
		visit(name, nil)
	}
}

// refuseLoop tells of a round at its first node in the file's order of names.
func (c *checker) refuseLoop(round []string) {
	first := slices.Min(round[:len(round)-1])
	next := round[slices.Index(round, first)+1]
	path := []string{"nodes", first}
	for _, w := range c.flow.waysOut(c.flow.Nodes[first]) {
		if w.to == next && (w.by == byItself || w.by == byFailure) {
			path = append(path, wayKeys(w)...)
			break
		}
	}
	c.refuse("loop", fmt.Sprintf("a caller who presses nothing goes round here again and again without end (%s); lead one of the ways to a menu, a queue or a mailbox", strings.Join(round, " > ")), path...)
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

// afterFailures refuses ways on which a caller who was not understood three
// times is only asked again, somewhere else.
func (c *checker) afterFailures() {
	for _, name := range sortedKeys(c.flow.Nodes) {
		n := c.flow.Nodes[name]
		if n.Otherwise == "" {
			continue
		}
		if asks := c.flow.asksAgain(n.Otherwise, map[string]bool{}); asks != "" {
			c.refuse("failures", fmt.Sprintf("a caller who was not understood three times is asked again here, in %q; lead to a person, a callback or a mailbox, or remove the line, which means a person", asks), "nodes", name, "otherwise")
		}
	}
}

// asksAgain follows a caller who does nothing, and returns the first node that
// asks for a key; "" when there is none. Loops have been refused before.
func (f *Flow) asksAgain(name string, seen map[string]bool) string {
	if seen[name] {
		return ""
	}
	seen[name] = true
	n := f.Nodes[name]
	if n.Kind == Menu || n.Kind == Input {
		return name
	}
	for _, w := range f.waysOut(n) {
		if w.by == byItself {
			if asks := f.asksAgain(w.to, seen); asks != "" {
				return asks
			}
		}
	}
	return ""
}

// arrival is a caller who comes to a node, with what happened on the way there.
type arrival struct {
	node    string
	chosen  bool // has asked for something by a key
	helped  bool // has heard all that was asked for, or left a message
	waiting bool // was sent away by a queue
}

// goodbyes refuses every way on which an end is reached by a caller who was
// not helped: to say goodbye then is to hang up on a caller who waits.
func (c *checker) goodbyes() {
	seen := map[arrival]bool{}
	var unvisited []arrival
	for _, name := range c.flow.starts() {
		unvisited = append(unvisited, arrival{node: name})
	}
	for _, name := range c.flow.refusals() {
		unvisited = append(unvisited, arrival{node: name, waiting: true})
	}
	for len(unvisited) > 0 {
		at := unvisited[0]
		unvisited = unvisited[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		n := c.flow.Nodes[at.node]
		if n.Kind == End && !at.helped {
			c.cutOff(n, at.waiting)
		}
		for _, w := range c.flow.waysOut(n) {
			unvisited = append(unvisited, at.after(n, w))
		}
	}
}

// after is what holds for the caller who goes a way.
func (at arrival) after(n *Node, w way) arrival {
	next := at
	next.node = w.to
	switch {
	case w.by == byFailure:
		next = arrival{node: w.to}
	case w.by == byRefusal:
		next = arrival{node: w.to, waiting: true}
	case n.Kind == Mailbox:
		next.helped, next.waiting = true, false
	case n.Kind == Menu || n.Kind == Input:
		next.chosen = true
	case n.Kind == Say && at.chosen && !at.waiting:
		next.helped = true
	}
	return next
}

func (c *checker) cutOff(n *Node, waiting bool) {
	what := "a caller can get here without having been served, and would be hung up on; lead the way to a person, a callback or a mailbox instead"
	if waiting {
		what = "a caller whom a queue could not take can get here, and would be hung up on while waiting for a person; lead the way to a mailbox or a callback instead"
	}
	c.refuse("hang-up", what, "nodes", n.Name, string(End))
}

// Levels of menus, by how they are judged (metrics reference 6.1).
const (
	levelsFine    = 1
	levelsAllowed = 3
)

// depth counts the menus that a caller must pass, at least, to be in each.
func (c *checker) depth() {
	allowed := max(levelsAllowed, c.flow.AllowDepth.Levels)
	for name, level := range c.flow.menuLevels() {
		switch {
		case level > allowed:
			c.refuse("depth", fmt.Sprintf("this menu is the %s one on its way, but callers are lost below the third; join menus, or document the exception with allow_depth", ordinal(level)), "nodes", name, string(Menu))
		case level > levelsFine:
			c.warnAt("depth", fmt.Sprintf("this menu is the %s one on its way; each more costs callers, so join it with the one above if you can", ordinal(level)), "nodes", name, string(Menu))
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
			for _, w := range f.waysOut(n) {
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

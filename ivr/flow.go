package ivr

import (
	"maps"
	"time"
)

// Flow is a checked flow file: which number leads where, and what is said.
// It is not changed once read; a call stays on the flow it began with.
type Flow struct {
	Version  string // content hash of the file, stated with every node entered
	Language string
	Person   string // the queue behind 0 and behind everything unclear
	Queues   []Queue
	Numbers  map[string]string // dialled number -> node
	Nodes    map[string]*Node
	Prompts  map[string]string // name -> text to be spoken where no recording exists
}

// Queue is what the flow file says about one queue. Zero values mean the
// line's defaults.
type Queue struct {
	Name   string
	Ring   time.Duration
	WrapUp time.Duration
	Target time.Duration
	Music  string
}

// Node is one station of a flow. Exactly one of Say, Menu and Queue is set.
type Node struct {
	Name string

	Say  string // a prompt that is said…
	Then string // …and the node that follows

	Menu string            // a prompt that offers…
	Keys map[string]string // …these keys: digit -> node

	Queue string // wait here for a person
}

// Patience of a menu, in the words of the trade: first-digit timeout and the
// number of failures after which a person takes over (metrics reference 6.1).
const (
	firstDigit = 5 * time.Second
	failures   = 3
)

// Prompts that are needed whatever a flow says; a flow may word them anew.
const (
	NotUnderstood = "not-understood" // after a key that the menu does not know
	Apology       = "fallback"       // said by Asterisk alone while the controller is away
)

// own are the words of these prompts. "core:NAME" is one of Asterisk's
// recorded sounds.
var own = map[string]string{
	NotUnderstood: "core:please-try-again",
	Apology: "We are sorry. Something on our side is not working at the moment. " +
		"Please stay on the line, you will be helped.",
}

// Texts returns the words of every prompt that a call can need, by name.
func (f *Flow) Texts() map[string]string {
	texts := maps.Clone(own)
	maps.Copy(texts, f.Prompts)
	return texts
}

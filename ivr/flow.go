package ivr

import "time"

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

// Prompts that the engine itself says; a flow may word them.
const (
	NotUnderstood = "not-understood"
)

// Spoken are the engine's own prompts, in words.
var Spoken = map[string]string{
	NotUnderstood: "Sorry, that key has no meaning here.",
}

// PromptNames returns every prompt that a call on this flow can need.
func (f *Flow) PromptNames() []string {
	names := []string{NotUnderstood}
	for _, n := range f.Nodes {
		if n.Say != "" {
			names = append(names, n.Say)
		}
		if n.Menu != "" {
			names = append(names, n.Menu)
		}
	}
	return sorted(names)
}

// Text returns the words of a prompt.
func (f *Flow) Text(prompt string) string {
	if t, ok := f.Prompts[prompt]; ok {
		return t
	}
	return Spoken[prompt]
}

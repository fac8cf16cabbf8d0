package ivr

import (
	"regexp"
	"time"
)

// Kind is what a node does.
type Kind string

// The kinds of node, by the key that begins them in the flow file.
const (
	Say       Kind = "say"
	Greeting  Kind = "greeting"
	Menu      Kind = "menu"
	Language  Kind = "language"
	Input     Kind = "input"
	Lookup    Kind = "lookup"
	Hours     Kind = "hours"
	Wait      Kind = "queue"
	Complaint Kind = "complaint"
	Callback  Kind = "callback"
	Mailbox   Kind = "mailbox"
	Transfer  Kind = "transfer"
	End       Kind = "end"
)

// Node is one station of a flow.
type Node struct {
	Name string
	Kind Kind

	Prompt string // what is said on entering; "" when nothing is
	Again  string // shorter, after silence; "" is Prompt
	Short  string // in place of Prompt, at a peak of a queue to which the node leads; "" is Prompt
	Then   string // the node that follows

	Keys       map[string]string // menu: key -> node; language: key -> language
	Otherwise  string            // after the third failure; "" is the person
	FirstDigit time.Duration     // patience for the first key, from the end of the prompt
	Between    time.Duration     // patience for the next digit of an input
	Notice     bool              // a legal text that keys do not stop

	Fresh   *Fresh
	Digits  *Digits
	Ask     *Ask
	Open    *Opening
	Line    *Line
	Message *Message
	Number  string // transfer: E.164
	Failed  string // transfer: when nobody answers there; "" is the person
}

// speaks reports whether callers who come to the node hear something of it.
func (n *Node) speaks() bool {
	switch n.Kind {
	case Say, Greeting, Menu, Language, Input, Mailbox, End:
		return true
	}
	return false
}

// Fresh tells for how long a greeting of the day is true.
type Fresh struct {
	From     time.Time // inclusive
	Until    time.Time // exclusive
	Fallback string    // the neutral prompt of all other days
}

// Digits is what an input step accepts.
type Digits struct {
	As        string // the name under which look-ups and prompts know it
	Min, Max  int    // length
	Match     string // a regular expression for the whole; "" is any
	Invalid   string // prompt; "" is the flow's own
	Sensitive bool   // a PIN, a card: seen by nobody but the service asked

	match *regexp.Regexp
	legal *prefixes // what can still become a match
}

// Ask is a question to a service.
type Ask struct {
	Method  string
	Address string // template
	Body    string // template
	Field   string // of the answer: decides the branch
	Keep    map[string]string
	Within  time.Duration
	When    map[string]string // value of Field -> node
	Default string
	Timeout string
	Failed  string
}

// Opening is a weekly table with its branches.
type Opening struct {
	Table   *Table
	Open    string
	Closed  string
	Holiday string // "" is Closed
}

// Line is how a caller enters a queue.
type Line struct {
	Queue    string
	Priority string // vip, complaint, retry: a word to which the line gives credit
	Skill    string
	Level    int // of the skill, at least
	Reason   string
	Callback bool
}

// Message is what becomes of a caller's words.
type Message struct {
	Owner   string        // the queue whose people answer
	Due     time.Duration // how soon
	Longest time.Duration
}

// Patience, in the words of the trade: first-digit timeout, inter-digit
// timeout, and the number of failures after which a person takes over
// (metrics reference 6.1).
const (
	firstDigit  = 5 * time.Second
	between     = 3 * time.Second
	failures    = 3
	lookUpLimit = 2 * time.Second
	dialLimit   = 45 * time.Second
)

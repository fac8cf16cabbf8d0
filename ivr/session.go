package ivr

import (
	"slices"
	"strings"
	"time"

	"presszero/call"
)

// doing is what goes on with a caller just now.
type doing string

const (
	nothing   doing = ""
	speaking  doing = "speaking"  // a prompt plays
	listening doing = "listening" // for a key
	lookingUp doing = "looking up"
	recording doing = "recording"
	dialling  doing = "dialling"
	talking   doing = "talking"  // with the other side of a transfer
	noticing  doing = "noticing" // hears that talks are recorded
	inLine    doing = "in line"  // the line has the caller
	leaving   doing = "leaving"  // goodbye was said
)

// session is one caller in the menus. The first part is the same after a restart,
// and changes only in Replay. The second part is lost with the process, but for a
// transfer that was answered, and for callers whom the line has.
type session struct {
	call call.ID
	edition

	node      *Node
	to, from  string // numbers dialled, and claimed
	again     bool   // came back from the fallback
	language  string // chosen; "" is the flow's
	known     bool   // the number was recognised; vip and lastAgent may be set
	vip       bool
	lastAgent call.AgentID
	path      string            // node and keys so far, as an agent reads it
	trail     []string          // menus on the way here, for going back
	chosen    bool              // has asked for something by a key: what is said now was asked for
	served    bool              // has heard all that was asked for, or left a message
	zero      bool              // has asked for a person
	consent   call.Consent      // to be recorded
	queue     string            // in which the caller was last; "": in none
	kept      bool              // has left a message at this node
	tries     int               // failures at this node
	asked     map[string]string // value -> node that gives it
	taken     map[string]int    // how often an input was taken, by node

	doing    doing
	play     string // what is being said; "" when nothing is
	ids      int    // playbacks, look-ups… so far, to number the next
	gen      int    // counts what the caller does and hears, so that old timers are known
	typed    string // in this input step
	ahead    string // typed before the node that takes it
	presses  []time.Time
	values   map[string]string // typed and looked up; kept nowhere else
	task     string            // the look-up, recording or transfer that goes on
	since    time.Time         // when it began
	answer   *call.LookedUp    // has come while a prompt plays
	discreet bool              // Discreet is on
	// explaining: a prompt says why the line has sent the caller back; the node is
	// served after it.
	explaining bool
	notice     *notice            // is heard, before the line; nil: none
	outside    call.OutsideNotice // that the number outside that rings is told
	step       call.BridgeStep    // the talk during which the caller is here, and to which every way leads back; no Visit: none
	warned     bool               // has heard the emergency text, or hears it…
	warning    bool               // …now; the walk has not begun
}

// Limits of typing: what is kept ahead, and how fast a person can press keys.
// What comes faster is not a person.
const (
	maxTyped  = 32
	maxPerSec = 20
)

// admits reports whether one more key counts: at most maxPerSec do in a second.
func (c *session) admits(now time.Time) bool {
	if len(c.presses) >= maxPerSec {
		if now.Sub(c.presses[0]) < time.Second {
			return false
		}
		c.presses = c.presses[1:]
	}
	c.presses = append(c.presses, now)
	return true
}

// pushAhead keeps a key for the node that asks next.
func (c *session) pushAhead(digit string) {
	if len(c.ahead) < maxTyped {
		c.ahead += digit
	}
}

// switchTo changes what goes on with the caller, and makes every timer old.
func (c *session) switchTo(d doing) {
	c.doing = d
	c.gen++
}

// profile is what * and # do for this caller.
func (c *session) profile() Profile {
	if p := c.numbers[c.to].Keys; p != "" {
		return p
	}
	return c.flow.Keys
}

// previousMenu is the menu that "back" leads to; "" when there is none.
func (c *session) previousMenu() string {
	trail := c.trail
	if c.node.Kind == Menu && len(trail) > 0 {
		trail = trail[:len(trail)-1]
	}
	if len(trail) == 0 {
		return ""
	}
	return trail[len(trail)-1]
}

// Replay takes a fact into the sessions: it is the one place where a walk's
// lasting state changes.
func (m *Machine) Replay(e call.Entry) {
	if f, ok := e.Fact.(call.CallStarted); ok {
		if f.Refused != "" {
			return
		}
		m.sessions[e.Call] = &session{call: e.Call, edition: m.now, to: m.number(f.To), from: f.From, again: f.Again,
			asked: map[string]string{}, taken: map[string]int{}, values: map[string]string{}}
		return
	}
	m.applyDirective(e)
	if c := m.sessions[e.Call]; c != nil {
		if _, over := e.Fact.(call.CallEnded); over {
			delete(m.sessions, e.Call)
			return
		}
		m.replay(c, e)
	}
}

// replay takes a fact that says where the caller is, or what the flow does next.
func (m *Machine) replay(c *session, e call.Entry) {
	switch f := e.Fact.(type) {
	case call.NodeEntered:
		if ed, ok := m.editions[f.Flow]; ok {
			c.edition = ed // the version it began with, also after a restart
		}
		if n := c.flow.Nodes[f.Node]; n != nil {
			c.enterNode(n)
		}
	case call.TransferStarted:
		c.task = f.Transfer
	case call.TransferJoined:
		c.doing, c.since = talking, e.At
	case call.TransferOver:
		c.task = ""
		if c.doing != inLine { // else an agent has handed the caller over, and nobody has answered
			c.doing = nothing
		}
	case call.MenuLeft:
		c.doing = inLine
	case call.QueueEntered:
		c.queue = f.Queue
	case call.BridgeStep:
		c.step, c.trail = f, nil
		c.doing, c.zero, c.chosen, c.served, c.kept = nothing, false, false, false, false
	case call.BridgeStepOver, call.BridgeLeft:
		if c.step.Visit != "" {
			c.step, c.doing = call.BridgeStep{}, inLine
		}
	case call.SentBack:
		c.doing, c.zero, c.chosen, c.served = nothing, false, false, false
	case call.QueueRefused:
		c.doing, c.zero = nothing, false
	default:
		c.replayAnswer(f)
	}
}

// replayAnswer takes a fact that says what the caller has told us, or has got.
func (c *session) replayAnswer(f call.Fact) {
	c.consent.Take(f)
	switch f := f.(type) {
	case call.KeyPressed:
		if n := c.flow.Nodes[f.Node]; n == nil || n.Keys[f.Digit] != "" { // not back, repeat or skip
			c.chosen = c.chosen || n == nil || n.Kind == Menu
			c.path = appendStep(c.path, f.Node, f.Digit)
		}
	case call.ZeroPressed:
		c.zero = true
		c.path = appendStep(c.path, f.Node, "0")
	case call.NoInput:
		c.tries = f.Try
	case call.NoMatch:
		c.tries = f.Try
	case call.InputTaken:
		c.chosen = true
		c.taken[f.Node]++
	case call.LanguageChosen:
		c.language = f.Language
	case call.CallerKnown:
		c.known, c.vip, c.lastAgent = true, f.VIP, f.LastAgent
	case call.SelfServed:
		c.served = true
	case call.MessageLeft:
		c.kept, c.served = true, true
	}
}

// enterNode puts the caller at a node.
func (c *session) enterNode(n *Node) {
	c.node, c.tries, c.kept = n, 0, false
	if n.Kind == Menu {
		if i := slices.Index(c.trail, n.Name); i >= 0 {
			c.trail = c.trail[:i]
		}
		c.trail = append(c.trail, n.Name)
	}
	if n.Digits != nil {
		c.asked[n.Digits.As] = n.Name
	}
	if n.Ask != nil {
		for value := range n.Ask.Keep {
			c.asked[value] = n.Name
		}
	}
}

// maxPath is how much of a walk an agent is shown: the end of it.
const maxPath = 120

// appendStep writes one more key of the path: "main 2", then "main 2 > billing 1".
func appendStep(path, node, digit string) string {
	if path == "" {
		return node + " " + digit
	}
	path += " > " + node + " " + digit
	for len(path) > maxPath {
		_, rest, more := strings.Cut(path, " > ")
		if !more {
			break
		}
		path = rest
	}
	return path
}

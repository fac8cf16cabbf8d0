package ivr

import "presszero/call"

// enter brings the caller to a node.
func (t *turn) enter(name string) {
	n := t.flow.Nodes[name]
	if n == nil { // Parse refuses such a flow; this is for its mistakes
		t.toPerson("lost")
		return
	}
	t.moveTo(n)
	t.arrive()
}

// moveTo states where the caller is now.
func (t *turn) moveTo(n *Node) {
	t.endDiscreet()
	t.typed, t.answer, t.explaining = "", nil, false
	t.apply(call.NodeEntered{Node: n.Name, Flow: t.flow.Version})
}

// endDiscreet lets the keys pressed be logged again after a secret was typed.
func (t *turn) endDiscreet() {
	if t.discreet {
		t.discreet = false
		t.Order(call.Discreet{Call: t.call, On: false})
	}
}

// arrive does what the node is there for.
func (t *turn) arrive() {
	n := t.node
	switch first := t.nodeToServe(); {
	case first == nil:
		t.toPerson("lost")
		return
	case first != n:
		t.enter(first.Name)
		return
	}
	t.serve(n)
}

// serve does what the node does. All that it needs is known.
func (t *turn) serve(n *Node) {
	if t.step.Visit != "" && n.leadsBack() {
		t.endStep("done")
		return
	}
	switch n.Kind {
	case Wait, Complaint, Callback:
		t.leave(*n.Line)
	case Hours:
		t.hours()
	case Lookup:
		t.lookUp()
	case Greeting:
		t.greet()
	case Language:
		if t.language != "" && !t.chosen { // has told us in an earlier call, or by the number
			t.enter(n.Then)
			return
		}
		t.askCaller()
	case Menu, Input:
		t.askCaller()
	case Mailbox:
		if t.kept {
			t.afterMessage()
			return
		}
		t.playPrompts(n.Prompt, Beep)
	case Transfer:
		if n.Prompt == "" {
			t.dialOut()
			return
		}
		t.playPrompts(n.Prompt)
	default:
		t.playPrompts(t.promptNow())
	}
}

// askCaller says what is asked for, unless the caller has answered already.
func (t *turn) askCaller() {
	if d := t.node.Digits; d != nil && d.Sensitive {
		if t.taken[t.node.Name] >= failures { // a secret is not to be found by trying
			t.giveUp("no_match")
			return
		}
		if !t.discreet {
			t.discreet = true
			t.Order(call.Discreet{Call: t.call, On: true})
		}
	}
	if !t.useAhead() {
		t.playPrompts(t.promptNow())
	}
}

// nodeToServe returns the node where the caller goes on: this one when all that it
// needs is known; else, as after a restart, the one that gives what is lacking;
// nil when each of those lacks what another gives.
func (c *session) nodeToServe() *Node {
	n := c.node
	for range c.flow.Nodes {
		missing := c.missingValue(n)
		if missing == "" {
			return n
		}
		if n = c.flow.Nodes[c.asked[missing]]; n == nil {
			return nil
		}
	}
	return nil
}

// missingValue returns a value that a node needs and that is not known; "" when all
// are known.
func (c *session) missingValue(n *Node) string {
	text, _ := c.flow.promptText(c.language, n.Prompt)
	if n.Ask != nil {
		text += n.Ask.Address + n.Ask.Body
	}
	for _, name := range namesOf(text) {
		if _, ok := c.value(name); !ok {
			return name
		}
	}
	return ""
}

// value returns what is known under a name.
func (c *session) value(name string) (string, bool) {
	switch name {
	case "caller":
		if call.Withheld(c.from) { // in the facts of an earlier version
			return "", true
		}
		return c.from, true
	case "called":
		return c.to, true
	}
	v, ok := c.values[name]
	return v, ok
}

// greet says today's greeting, or a neutral one when today's is of yesterday.
func (t *turn) greet() {
	f := t.node.Fresh
	if t.Now.Before(f.From) || !t.Now.Before(f.Until) {
		t.State(t.call, call.GreetingStale{Node: t.node.Name, Prompt: t.node.Prompt})
		t.playPrompts(f.Fallback)
		return
	}
	t.playPrompts(t.promptNow())
}

// hours leads the caller on by the opening hours.
func (t *turn) hours() {
	answer := t.node.Open.Table.At(t.Now)
	t.State(t.call, call.HoursAsked{Node: t.node.Name, Answer: answer})
	t.enter(t.node.Open.nodeFor(answer))
}

// nodeFor is where an answer leads.
func (o *Opening) nodeFor(answer string) string {
	switch {
	case answer == answerOpen:
		return o.Open
	case answer == answerHoliday && o.Holiday != "":
		return o.Holiday
	}
	return o.Closed
}

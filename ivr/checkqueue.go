package ivr

import (
	"fmt"
	"slices"
	"strings"
)

// Checks of all queues together, and of the nodes that lead to them.

// passingRound refuses queues that pass callers on to one another in a circle.
func (c *checker) passingRound() {
	told := map[string]bool{}
	for _, q := range c.flow.Queues {
		var visit func(at string, trail []string) []string
		visit = func(at string, trail []string) []string {
			over := c.flow.queue(at).overflowQueues()
			for _, key := range sortedKeys(over) {
				if over[key] == q.Name {
					return append(trail, at, q.Name)
				}
				if over[key] != at && !slices.Contains(trail, over[key]) {
					if round := visit(over[key], append(trail, at)); round != nil {
						return round
					}
				}
			}
			return nil
		}
		round := visit(q.Name, nil)
		if len(round) > 2 && !told[slices.Min(round)] {
			told[slices.Min(round)] = true
			c.refuse("overflow", fmt.Sprintf("callers would be passed round between queues (%s); end the way in a queue that keeps them", strings.Join(round, " > ")), "queues", q.Name)
		}
	}
}

// sentBack checks the ways of callers whom a queue sends back: none may lead
// straight into the queue again, since that would be no answer.
func (c *checker) sentBack() {
	for _, q := range c.flow.Queues {
		for _, e := range q.exits() {
			if e.Node == "" || e.key == exitTooLong { // a caller who has waited may wait again, at the same place
				continue
			}
			if via := c.flow.straight(e.Node, q.Name, map[string]bool{}); via != "" {
				c.refuse("round", fmt.Sprintf("a caller whom the queue cannot take comes straight back to it, by %q; lead to another queue, a callback, a mailbox or a menu", via), "queues", q.Name, e.key)
			}
		}
	}
}

// straight follows a caller who does nothing, and returns the node at which the
// queue is asked for again; "" when there is none.
func (f *Flow) straight(name, queue string, seen map[string]bool) string {
	n := f.Nodes[name]
	if n == nil || seen[name] {
		return ""
	}
	seen[name] = true
	if (n.Kind == Wait || n.Kind == Complaint) && n.Line.Queue == queue {
		return name
	}
	for _, w := range f.waysOut(n) {
		if w.by == byItself {
			if via := f.straight(w.to, queue, seen); via != "" {
				return via
			}
		}
	}
	return ""
}

// unknownPriorities tells of priorities that give nothing.
func (c *checker) unknownPriorities() {
	for _, name := range sortedKeys(c.flow.Nodes) {
		n := c.flow.Nodes[name]
		if n.Line == nil || n.Line.Priority == "" {
			continue
		}
		if _, gives := c.flow.queue(n.Line.Queue).WithUsual().Credits[n.Line.Priority]; !gives {
			c.warnAt("credit", fmt.Sprintf("the queue %s gives no credit for %q, so it changes nothing; add it under the queue's credits, or remove it", n.Line.Queue, n.Line.Priority), "nodes", name, "priority")
		}
	}
}

// callbackOff refuses nodes that promise what their queue does not do.
func (c *checker) callbackOff() {
	for _, name := range sortedKeys(c.flow.Nodes) {
		if n := c.flow.Nodes[name]; n.Kind == Callback && c.flow.queue(n.Line.Queue).Callback.Off {
			c.refuse("callback", fmt.Sprintf("callers are to be called back here, but callback is off in the queue %s; change one of them", n.Line.Queue), "nodes", name, "callback")
		}
	}
}

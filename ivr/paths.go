package ivr

// A way leads from a node to another, for one cause. The checks follow every way;
// nothing else leads a caller from node to node.

// cause is why a caller goes a way.
type cause string

const (
	byKey     cause = "key"     // pressed, or typed what was asked for
	byItself  cause = "itself"  // the text is over, the hours decide, the service answers
	byFailure cause = "failure" // silent or misunderstood three times
	byRefusal cause = "refusal" // the queue cannot serve: full, closed, nobody signed in, too slow
)

// way leads from one node to another.
type way struct {
	by   cause
	word string // the key, the branch: as a finding tells it
	to   string
}

// waysOut returns every way out of a node, in a stable order.
func (f *Flow) waysOut(n *Node) []way {
	var out []way
	add := func(by cause, word, to string) {
		if to != "" {
			out = append(out, way{by, word, to})
		}
	}
	switch n.Kind {
	case Menu:
		for _, key := range sortedKeys(n.Keys) {
			add(byKey, key, n.Keys[key])
		}
	case Input:
		add(byKey, "digits", n.Then)
	case Language:
		add(byItself, "then", n.Then) // a caller who has chosen before is not asked
	case Lookup:
		for _, value := range sortedKeys(n.Ask.When) {
			add(byItself, value, n.Ask.When[value])
		}
		add(byItself, "default", n.Ask.Default)
		add(byItself, "failed", n.Ask.Failed)
		add(byItself, "timeout", n.Ask.Timeout)
	case Hours:
		add(byItself, "open", n.Open.Open)
		add(byItself, "closed", n.Open.Closed)
		add(byItself, "holiday", n.Open.Holiday)
	case Wait, Complaint, Callback:
		out = append(out, f.sends(n.Line.Queue)...)
	case Mailbox:
		add(byKey, "message", n.Then)
	case Transfer:
		add(byItself, "failed", n.Failed)
	default:
		add(byItself, "then", n.Then)
	}
	add(byFailure, "otherwise", n.Otherwise)
	return out
}

// starts returns the nodes where calls begin.
func (f *Flow) starts() []string {
	var starts []string
	for _, number := range sortedKeys(f.Numbers) {
		starts = append(starts, f.Numbers[number].Node)
	}
	return starts
}

// refusals returns the nodes to which the person's queue sends callers whom it
// cannot take. They count as starts, since 0 leads to that queue from everywhere.
func (f *Flow) refusals() []string {
	var nodes []string
	for _, w := range f.sends(f.Person) {
		nodes = append(nodes, w.to)
	}
	return nodes
}

// reached returns every node that a caller can get to without going a way that
// is barred; nil bars none.
func (f *Flow) reached(barred func(*Node, way) bool) map[string]bool {
	seen := map[string]bool{}
	pending := append(f.starts(), f.refusals()...)
	for _, q := range f.Queues {
		pending = append(pending, q.Step)
	}
	for len(pending) > 0 {
		name := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		n := f.Nodes[name]
		if n == nil || seen[name] {
			continue
		}
		seen[name] = true
		for _, w := range f.waysOut(n) {
			if barred == nil || !barred(n, w) {
				pending = append(pending, w.to)
			}
		}
	}
	return seen
}

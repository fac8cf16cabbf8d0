package callqueue

import "hash/fnv"

// node is a visit's place in the tree of its queue, and what lies below it.
type node struct {
	left, right *visit
	weight      uint32 // random but always the same: keeps the tree shallow
	open        int    // visits below, itself included
	waiting     int    // of these, in state Waiting
	live        int    // of these, on the phone
}

// tree holds the open visits of a queue in the order of service (a treap: a
// search tree by key and a heap by weight) and knows in O(log n) how many
// stand before one.
type tree struct{ root *visit }

func sum(v *visit) node {
	if v == nil {
		return node{}
	}
	return v.node
}

// recount adds up what lies below v.
func (v *visit) recount() {
	l, r := sum(v.node.left), sum(v.node.right)
	v.node.open = l.open + r.open
	if v.stands() {
		v.node.open++
	}
	v.node.waiting = l.waiting + r.waiting
	v.node.live = l.live + r.live
	if v.state == Waiting {
		v.node.waiting++
		if v.live() {
			v.node.live++
		}
	}
}

func (t *tree) insert(v *visit) {
	h := fnv.New32a()
	h.Write([]byte(v.id))
	v.node = node{weight: scramble(h.Sum32())}
	t.root = insert(t.root, v)
}

// scramble spreads weights whose texts differ little.
func scramble(x uint32) uint32 {
	x ^= x >> 16
	x *= 0x7feb352d
	x ^= x >> 15
	x *= 0x846ca68b
	return x ^ x>>16
}

func insert(at, v *visit) *visit {
	switch {
	case at == nil:
		v.recount()
		return v
	case v.node.weight > at.node.weight:
		v.node.left, v.node.right = split(at, v)
		v.recount()
		return v
	case v.before(at):
		at.node.left = insert(at.node.left, v)
	default:
		at.node.right = insert(at.node.right, v)
	}
	at.recount()
	return at
}

// split parts what lies before v from what lies behind.
func split(at, v *visit) (before, behind *visit) {
	if at == nil {
		return nil, nil
	}
	if at.before(v) {
		at.node.right, behind = split(at.node.right, v)
		before = at
	} else {
		before, at.node.left = split(at.node.left, v)
		behind = at
	}
	at.recount()
	return before, behind
}

func join(a, b *visit) *visit {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.node.weight > b.node.weight:
		a.node.right = join(a.node.right, b)
		a.recount()
		return a
	default:
		b.node.left = join(a, b.node.left)
		b.recount()
		return b
	}
}

func (t *tree) remove(v *visit) { t.root = remove(t.root, v) }

func remove(at, v *visit) *visit {
	switch {
	case at == nil:
		return nil
	case at == v:
		return join(at.node.left, at.node.right)
	case v.before(at):
		at.node.left = remove(at.node.left, v)
	default:
		at.node.right = remove(at.node.right, v)
	}
	at.recount()
	return at
}

// changed counts anew after v's state has changed.
func (t *tree) changed(v *visit) { change(t.root, v) }

func change(at, v *visit) {
	switch {
	case at == nil:
		return
	case at == v:
	case v.before(at):
		change(at.node.left, v)
	default:
		change(at.node.right, v)
	}
	at.recount()
}

// ahead returns how many stand before v, which itself may not be in the tree.
func (t *tree) ahead(v *visit) (open, waiting, live int) {
	for at := t.root; at != nil; {
		if !at.before(v) {
			at = at.node.left
			continue
		}
		l := sum(at.node.left)
		open += l.open
		if at.stands() {
			open++
		}
		waiting += l.waiting
		live += l.live
		if at.state == Waiting {
			waiting++
			if at.live() {
				live++
			}
		}
		at = at.node.right
	}
	return open, waiting, live
}

// each calls f with the visits in the order of service until f says stop.
func (t *tree) each(f func(*visit) (more bool)) { each(t.root, f) }

func each(at *visit, f func(*visit) bool) bool {
	return at == nil || each(at.node.left, f) && f(at) && each(at.node.right, f)
}

// firstAway returns the first who waits and is not on the phone; nil if none.
func (t *tree) firstAway() *visit {
	away := func(v *visit) bool { n := sum(v); return n.waiting > n.live }
	for at := t.root; at != nil && away(at); {
		switch {
		case away(at.node.left):
			at = at.node.left
		case at.state == Waiting && !at.live():
			return at
		default:
			at = at.node.right
		}
	}
	return nil
}

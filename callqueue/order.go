package callqueue

import (
	"container/heap"
	"hash/fnv"
)

// recount adds up what lies below v.
func (v *visit) recount() {
	l, r := countsBelow(v.node.left), countsBelow(v.node.right)
	v.node.open = l.open + r.open
	if v.stands() {
		v.node.open++
	}
	v.node.waiting = l.waiting + r.waiting
	v.node.live = l.live + r.live
	if v.state == Waiting {
		v.node.waiting++
		if v.isLive() {
			v.node.live++
		}
	}
}

func (t *tree) insert(v *visit) {
	h := fnv.New32a()
	h.Write([]byte(v.id))
	v.node = node{weight: scramble(h.Sum32())}
	t.root = insertBelow(t.root, v)
}

// scramble mixes the bits of a hash, so that similar texts get very different weights.
func scramble(x uint32) uint32 {
	x ^= x >> 16
	x *= 0x7feb352d
	x ^= x >> 15
	x *= 0x846ca68b
	return x ^ x>>16
}

func insertBelow(at, v *visit) *visit {
	switch {
	case at == nil:
		v.recount()
		return v
	case v.node.weight > at.node.weight:
		v.node.left, v.node.right = splitTree(at, v)
		v.recount()
		return v
	case v.before(at):
		at.node.left = insertBelow(at.node.left, v)
	default:
		at.node.right = insertBelow(at.node.right, v)
	}
	at.recount()
	return at
}

// splitTree parts what lies before v from what lies behind.
func splitTree(at, v *visit) (before, behind *visit) {
	if at == nil {
		return nil, nil
	}
	if at.before(v) {
		at.node.right, behind = splitTree(at.node.right, v)
		before = at
	} else {
		before, at.node.left = splitTree(at.node.left, v)
		behind = at
	}
	at.recount()
	return before, behind
}

func joinTrees(a, b *visit) *visit {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.node.weight > b.node.weight:
		a.node.right = joinTrees(a.node.right, b)
		a.recount()
		return a
	default:
		b.node.left = joinTrees(a, b.node.left)
		b.recount()
		return b
	}
}

func (t *tree) remove(v *visit) { t.root = removeBelow(t.root, v) }

func removeBelow(at, v *visit) *visit {
	switch {
	case at == nil:
		return nil
	case at == v:
		return joinTrees(at.node.left, at.node.right)
	case v.before(at):
		at.node.left = removeBelow(at.node.left, v)
	default:
		at.node.right = removeBelow(at.node.right, v)
	}
	at.recount()
	return at
}

// recountPath counts anew after v's state has changed.
func (t *tree) recountPath(v *visit) { recountBelow(t.root, v) }

func recountBelow(at, v *visit) {
	switch {
	case at == nil:
		return
	case at == v:
	case v.before(at):
		recountBelow(at.node.left, v)
	default:
		recountBelow(at.node.right, v)
	}
	at.recount()
}

// countAhead returns how many stand before v, which itself may not be in the tree.
func (t *tree) countAhead(v *visit) (open, waiting, live int) {
	for at := t.root; at != nil; {
		if !at.before(v) {
			at = at.node.left
			continue
		}
		l := countsBelow(at.node.left)
		open += l.open
		if at.stands() {
			open++
		}
		waiting += l.waiting
		live += l.live
		if at.state == Waiting {
			waiting++
			if at.isLive() {
				live++
			}
		}
		at = at.node.right
	}
	return open, waiting, live
}

// eachOpen calls f with the visits in the order of service until f says stop.
func (t *tree) eachOpen(f func(*visit) (more bool)) { eachBelow(t.root, f) }

func eachBelow(at *visit, f func(*visit) bool) bool {
	return at == nil || eachBelow(at.node.left, f) && f(at) && eachBelow(at.node.right, f)
}

// firstAway returns the first who waits and is not on the phone; nil if none.
func (t *tree) firstAway() *visit {
	away := func(v *visit) bool { n := countsBelow(v); return n.waiting > n.live }
	for at := t.root; at != nil && away(at); {
		switch {
		case away(at.node.left):
			at = at.node.left
		case at.state == Waiting && !at.isLive():
			return at
		default:
			at = at.node.right
		}
	}
	return nil
}

func countsBelow(v *visit) node {
	if v == nil {
		return node{}
	}
	return v.node
}

func (h visitHeap) Len() int { return len(h) }

func (h visitHeap) Less(i, j int) bool { return h[i].before(h[j]) }

func (h visitHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

func (h *visitHeap) Push(x any) {
	v := x.(*visit)
	v.place = len(*h)
	*h = append(*h, v)
}

func (h *visitHeap) Pop() any {
	old := *h
	v := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	v.place = -1
	return v
}

func (g *group) pushVisit(v *visit) { heap.Push(&g.waiting, v) }

// eachInOrder calls f with the visits in the order of service until f says stop. Its
// cost grows with the visits that f sees, not with the length of the line.
func (h visitHeap) eachInOrder(f func(*visit) (more bool)) {
	if len(h) == 0 {
		return
	}
	next := &indexHeap{of: h, at: []int{0}}
	for len(next.at) > 0 {
		i := heap.Pop(next).(int)
		if !f(h[i]) {
			return
		}
		for child := 2*i + 1; child <= 2*i+2 && child < len(h); child++ {
			heap.Push(next, child)
		}
	}
}

// indexHeap holds places in a visitHeap.
type indexHeap struct {
	of visitHeap
	at []int
}

func (h indexHeap) Len() int { return len(h.at) }

func (h indexHeap) Less(i, j int) bool { return h.of[h.at[i]].before(h.of[h.at[j]]) }

func (h indexHeap) Swap(i, j int) { h.at[i], h.at[j] = h.at[j], h.at[i] }

func (h *indexHeap) Push(x any) { h.at = append(h.at, x.(int)) }

func (h *indexHeap) Pop() any {
	n := len(h.at) - 1
	i := h.at[n]
	h.at = h.at[:n]
	return i
}

func (h slotHeap) Len() int { return len(h) }

func (h slotHeap) Less(i, j int) bool {
	if h[i].key != h[j].key {
		return h[i].key < h[j].key
	}
	return h[i].group.number < h[j].group.number
}

func (h slotHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

func (h *slotHeap) Push(x any) {
	s := x.(*slot)
	s.place = len(*h)
	*h = append(*h, s)
}

func (h *slotHeap) Pop() any {
	old := *h
	s := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	s.place = -1
	return s
}

package callqueue

import "container/heap"

// visitHeap holds the visits of a group, the next to be served on top.
type visitHeap []*visit

func (h visitHeap) Len() int           { return len(h) }
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

func (g *group) push(v *visit) { heap.Push(&g.waiting, v) }

// each calls f with the visits in the order of service until f says stop. It
// costs what is looked at, not what waits.
func (h visitHeap) each(f func(*visit) (more bool)) {
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

func (h indexHeap) Len() int           { return len(h.at) }
func (h indexHeap) Less(i, j int) bool { return h.of[h.at[i]].before(h.of[h.at[j]]) }
func (h indexHeap) Swap(i, j int)      { h.at[i], h.at[j] = h.at[j], h.at[i] }
func (h *indexHeap) Push(x any)        { h.at = append(h.at, x.(int)) }
func (h *indexHeap) Pop() any {
	n := len(h.at) - 1
	i := h.at[n]
	h.at = h.at[:n]
	return i
}

// slot says that a group may have somebody for the agents of a profile. key,
// in nanoseconds, is never above the true one, so the group with the smallest
// is looked at in time, and is put right when it is.
type slot struct {
	group *group
	key   int64
	place int
}

type slotHeap []*slot

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

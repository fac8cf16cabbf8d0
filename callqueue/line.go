package callqueue

import (
	"container/heap"
	"time"

	"presszero/call"
)

// State is where a visit stands.
type State string

// The states of a visit.
const (
	Waiting    State = "waiting"    // in line, hearing music
	Offered    State = "offered"    // an agent's page rings for it; still hearing music
	Connecting State = "connecting" // the agent has accepted; audio is being joined
	Talking    State = "talking"    // bridged; the outcome is answered
)

// caller is what the line knows of one call.
type caller struct {
	id      call.ID
	who     call.DeskWho
	visits  int    // entered so far, to number the next
	offers  int    // made so far
	visit   *visit // the open one, nil while not in line
	arrived time.Time
}

// visit is one entry of a caller into one queue. It changes only in apply.
type visit struct {
	*caller
	id       string
	queue    string
	key      time.Time // order key: the smallest is served first
	entered  time.Time
	returned bool // had talked in this call before
	state    State
	rang     time.Duration // all ended offers

	offer   string // the open or accepted offer
	offered time.Time
	agent   call.AgentID // whom it is offered to or talks with
	leg     string
	joined  time.Time

	place int // in the heap; -1 when not in line
}

// before orders the line: by key, then by visit, so that equal keys keep one order.
func (v *visit) before(w *visit) bool {
	if !v.key.Equal(w.key) {
		return v.key.Before(w.key)
	}
	return v.id < w.id
}

// line is one queue: its settings and the visits that wait in it, the next to
// be served on top.
type line struct {
	Settings
	waiting visitHeap
	open    map[string]*visit // all visits not yet talking: waiting, offered, connecting
}

func (l *line) first() *visit {
	if len(l.waiting) == 0 {
		return nil
	}
	return l.waiting[0]
}

func (l *line) push(v *visit)   { heap.Push(&l.waiting, v) }
func (l *line) remove(v *visit) { heap.Remove(&l.waiting, v.place) }

// ahead counts the visits that will be served before key.
func (l *line) ahead(key time.Time) int {
	n := 0
	for _, v := range l.open {
		if !key.Before(v.key) {
			n++
		}
	}
	return n
}

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

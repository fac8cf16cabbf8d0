package chaos

import (
	"fmt"
	"sync"
	"time"
)

// result collects what is found out about one mode. Many goroutines may use it
// at once.
type result struct {
	mu  sync.Mutex
	row *Row
}

// failed notes a reason why the mode is red, and goes on.
func (r *result) failed(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.row.Why = append(r.row.Why, fmt.Sprintf(format, args...))
}

// noteFigure tells a figure that has no column.
func (r *result) noteFigure(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.row.Notes = append(r.row.Notes, fmt.Sprintf(format, args...))
}

func (r *result) bookError(format string, args ...any) {
	r.row.Books = append(r.row.Books, fmt.Sprintf(format, args...))
}

// noteGap notes a hole in a talk.
func (r *result) noteGap(d time.Duration, whose string) {
	if d > unbroken {
		r.noteFigure("a hole of %s in the talk of %s", Millis(d), whose)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.row.Gap == nil {
		r.row.Gap = new(Millis)
	}
	*r.row.Gap = max(*r.row.Gap, Millis(d))
}

// noteReady notes that calls could come again so long after they could not.
func (r *result) noteReady(after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.row.Back = max(r.row.Back, Millis(after))
}

// setStates notes how many callers and agents were in which state.
func (r *result) setStates(states map[string]int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.row.There = states
}

// leastStates notes the same of one round: of several the fewest count.
func (r *result) leastStates(states map[string]int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.row.There == nil {
		r.row.There = states
		return
	}
	for state, n := range r.row.There {
		r.row.There[state] = min(n, states[state])
	}
}

// addLost counts callers who were cut off or not taken.
func (r *result) addLost(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.row.Lost += n
}

// addDoubled counts facts, calls, offers or talks that are there twice.
func (r *result) addDoubled(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.row.Doubled += n
}

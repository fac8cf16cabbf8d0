package controller

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"presszero/internal/plural"
	"presszero/web"
)

// unnamed knows the numbers that callers dialled and no flow names. Such callers
// come to a person; that the number was forgotten is the operator's to know. The
// zero value is ready.
type unnamed struct {
	mu    sync.Mutex
	calls map[string]dialled // by number
	total atomic.Int64
}

type dialled struct {
	times int
	last  time.Time
}

const (
	unnamedFor   = 24 * time.Hour // after the last call
	unnamedMost  = 100            // numbers that are kept; a stranger can dial any
	unnamedShown = 3
)

// heard counts a call.
func (u *unnamed) heard(number string, at time.Time) {
	u.total.Add(1)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.calls == nil {
		u.calls = map[string]dialled{}
	}
	if _, kept := u.calls[number]; !kept && len(u.calls) == unnamedMost {
		delete(u.calls, u.latest()[unnamedMost-1])
	}
	u.calls[number] = dialled{u.calls[number].times + 1, at}
}

// latest are the numbers, the one that was dialled last first.
func (u *unnamed) latest() []string {
	var list []string
	for number := range u.calls {
		list = append(list, number)
	}
	slices.SortFunc(list, func(a, b string) int {
		if c := u.calls[b].last.Compare(u.calls[a].last); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	return list
}

// warnings says which numbers were dialled of late that the flow does not name
// now either.
func (u *unnamed) warnings(now time.Time, named func(number string) bool) []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var shown []string
	more := 0
	for _, number := range u.latest() {
		c := u.calls[number]
		switch {
		case now.Sub(c.last) > unnamedFor || named(number):
			delete(u.calls, number)
		case len(shown) == unnamedShown:
			more++
		default:
			shown = append(shown, fmt.Sprintf("%q (%s, the last %s ago)", number, plural.Count(c.times, "call"), now.Sub(c.last).Round(time.Second)))
		}
	}
	if len(shown) == 0 {
		return nil
	}
	text := "callers dialled " + strings.Join(shown, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %s", plural.Count(more, "other number"))
	}
	return []string{text + ", which the flow does not name, and came to a person; name it under numbers:"}
}

// page lists the numbers that were dialled of late and that the flow does not name
// now either.
func (u *unnamed) page(now time.Time, named func(number string) bool) []web.Unnamed {
	u.mu.Lock()
	defer u.mu.Unlock()
	list := []web.Unnamed{}
	for _, number := range u.latest() {
		if c := u.calls[number]; now.Sub(c.last) <= unnamedFor && !named(number) {
			list = append(list, web.Unnamed{Number: number, Calls: c.times, Last: c.last})
		}
	}
	return list
}

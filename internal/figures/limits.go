package figures

import (
	"cmp"
	"slices"
	"time"

	"presszero/call"
)

// Limit is one of the limits of a queue, by its name in the flow file.
type Limit string

// The limits. Values and bounds are seconds but for Waiting, which is a count, and
// ServiceLevel, which is a share from 0 to 1.
const (
	LongestWait    Limit = "longest_wait"
	Waiting        Limit = "waiting"
	ServiceLevel   Limit = "service_level"
	MessageOverdue Limit = "message_overdue"
	Nobody         Limit = "nobody"
	CallbackLate   Limit = "callback_late"
)

// Crossing is a limit that was crossed, until it is over.
type Crossing struct {
	Queue   string    `json:"queue" db:"queue"`
	Limit   Limit     `json:"limit" db:"kind"`
	Bound   float64   `json:"bound" db:"bound"`
	Value   float64   `json:"value" db:"value"` // now; of one that is over, when it was crossed
	Worst   float64   `json:"worst" db:"worst"`
	Crossed time.Time `json:"crossed" db:"crossed_at"`
	// Over is nil while it lasts.
	Over *time.Time `json:"over" db:"over_at"`
}

// What keeps a limit from being crossed and over again and again: a crossing is over
// once the figure has been within its bound for calm, a service level by a margin; and a
// service level is judged by so many callers at least, since the first of a day makes it
// 0 or 1.
const (
	calm          = time.Minute
	serviceMargin = 0.02
	fewest        = 10
)

// Watch is what is remembered between two looks at the limits. The zero Watch
// remembers nothing.
type Watch struct{ states map[key]state }

type key struct {
	queue string
	limit Limit
}

// state is a limit that is crossed, or whose figure is beyond its bound.
type state struct {
	Crossing           // Crossed is zero: not yet
	beyond   time.Time // since when
	within   time.Time // since when it has been within its bound again; zero: it is not
}

// Resume is a Watch that remembers what was crossed before a restart.
func Resume(crossed []Crossing) *Watch {
	w := &Watch{states: map[key]state{}}
	for _, c := range crossed {
		w.states[key{c.Queue, c.Limit}] = state{Crossing: c, beyond: c.Crossed}
	}
	return w
}

// Look judges the queues by their limits. It returns the limits that are crossed now, by
// queue and limit, and what has changed since the Look before: a Crossing that is new,
// and with Over one that has ended. A limit that is not set any more, or whose queue is
// gone, is over. A figure that is not known now changes nothing.
func (w *Watch) Look(queues []Queue, limits map[string]call.LimitSettings, now time.Time) (crossed, changed []Crossing) {
	next := map[key]state{}
	for _, q := range queues {
		for _, m := range measure(q, limits[q.Name], now) {
			k := key{q.Name, m.limit}
			before, had := w.states[k]
			s, keep := before.judge(m, now)
			s.Queue, s.Limit, s.Bound = q.Name, m.limit, m.bound
			if keep {
				next[k] = s
			}
			switch isCrossed, was := keep && !s.Crossed.IsZero(), had && !before.Crossed.IsZero(); {
			case isCrossed && !was:
				changed = append(changed, s.Crossing)
			case was && !isCrossed:
				changed = append(changed, s.over(now))
			}
		}
	}
	for k, s := range w.states {
		if _, set := limits[k.queue].Bound(string(k.limit)); !s.Crossed.IsZero() && (!set || !slices.ContainsFunc(queues, func(q Queue) bool { return q.Name == k.queue })) {
			changed = append(changed, s.over(now))
		}
	}
	w.states = next
	for _, s := range next {
		if !s.Crossed.IsZero() {
			crossed = append(crossed, s.Crossing)
		}
	}
	slices.SortFunc(crossed, inOrder)
	slices.SortFunc(changed, inOrder)
	return crossed, changed
}

func inOrder(a, b Crossing) int {
	return cmp.Or(cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.Limit, b.Limit))
}

func (s state) over(now time.Time) Crossing {
	c := s.Crossing
	c.Over = &now
	return c
}

// measured is a figure beside its bound.
type measured struct {
	limit  Limit
	bound  float64
	value  float64
	known  bool
	beyond bool          // the bound
	within bool          // it by its margin, if there is one
	after  time.Duration // of being beyond is it crossed
}

// judge takes a figure into the state, which is kept while it is crossed or beyond.
func (s state) judge(m measured, now time.Time) (next state, keep bool) {
	if !m.known {
		return s, !s.beyond.IsZero()
	}
	s.Value = m.value
	switch {
	case m.beyond:
		if s.beyond.IsZero() {
			s.beyond = now
		}
		s.within = time.Time{}
	case s.Crossed.IsZero():
		return s, false
	case !m.within:
		s.within = time.Time{}
	case s.within.IsZero():
		s.within = now
	}
	lasted := now.Sub(s.beyond)
	if m.limit == Nobody { // its figure is how long it has lasted
		s.Value = 0
		if m.beyond {
			s.Value = lasted.Seconds()
		}
	}
	if s.Crossed.IsZero() && m.beyond && lasted >= m.after {
		s.Crossed, s.Worst = now, s.Value
	}
	if worse(m.limit, s.Value, s.Worst) {
		s.Worst = s.Value
	}
	return s, s.within.IsZero() || now.Sub(s.within) < calm
}

func worse(l Limit, value, than float64) bool {
	if l == ServiceLevel {
		return value < than
	}
	return value > than
}

// measure is each limit of the queue that is set, beside its figure.
func measure(q Queue, set call.LimitSettings, now time.Time) []measured {
	age := func(since *time.Time) float64 {
		if since == nil {
			return 0
		}
		return now.Sub(*since).Seconds()
	}
	var list []measured
	most := func(l Limit, value float64, known bool) {
		if bound, is := set.Bound(string(l)); is {
			list = append(list, measured{limit: l, bound: bound, value: value, known: known, beyond: value > bound, within: value <= bound})
		}
	}
	most(LongestWait, age(q.Oldest), true)
	most(Waiting, float64(q.Waiting), true)
	most(MessageOverdue, age(q.OverdueSince), q.Today != nil)
	most(CallbackLate, age(q.Late), true)
	if bound, is := set.Bound(string(ServiceLevel)); is {
		m := measured{limit: ServiceLevel, bound: bound, value: 1, known: q.Today != nil, within: true}
		if t := q.Today; t != nil && t.ServiceLevel != nil && t.Decided >= fewest {
			m.value = *t.ServiceLevel
			m.beyond, m.within = m.value < bound, m.value >= min(bound+serviceMargin, 1)
		}
		list = append(list, m)
	}
	if bound, is := set.Bound(string(Nobody)); is {
		empty := q.Open && q.Agents.AtWork() == 0
		list = append(list, measured{limit: Nobody, bound: bound, known: true, beyond: empty, within: !empty, after: set.Nobody})
	}
	return list
}

package outbound

import (
	"sort"
	"time"

	"presszero/call"
)

// day and hour are the stretches in which calls are counted, ending now.
const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// calls are the instants at which calls were made, the oldest first.
type calls []time.Time

// forgetOld forgets what is older than a day.
func (c *calls) forgetOld(now time.Time) {
	for len(*c) > 0 && now.Sub((*c)[0]) >= day {
		*c = (*c)[1:]
	}
}

// within counts what is not older than d.
func (c calls) within(now time.Time, d time.Duration) int {
	return len(c) - sort.Search(len(c), func(i int) bool { return now.Sub(c[i]) < d })
}

// freeFrom returns when there are fewer than most within d: from now on, or later.
// With most 0 or less that is never, and far away.
func (c calls) freeFrom(now time.Time, d time.Duration, most int) time.Time {
	n := c.within(now, d)
	switch {
	case n < most:
		return now
	case most <= 0:
		return now.Add(day)
	}
	return c[len(c)-most].Add(d)
}

// Permit counts a call that is about to be made to a number that Check has
// returned, or says why it must not be made now. by is the agent, "" when
// there is none yet.
func (p *Policy) Permit(now time.Time, e164 string, by call.AgentID) error {
	return p.permit(now, e164, by, false)
}

// PermitNamed is Permit for a number that the operator has written down,
// as in a flow: the bound for calls to one number, which is for people, does
// not hold.
func (p *Policy) PermitNamed(now time.Time, e164 string) error {
	return p.permit(now, e164, "", true)
}

func (p *Policy) permit(now time.Time, e164 string, by call.AgentID, named bool) error {
	e164, _, _, refused := p.judge(e164)
	if refused != nil {
		return refused
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if refused := p.refused(now, e164, string(by), named); refused != nil {
		return refused
	}
	made := Call{At: now, By: string(by)}
	if !named {
		made.Number = e164
	}
	p.count(made)
	if p.permitted++; p.permitted%256 == 0 {
		p.forget(now)
	}
	if p.keep != nil {
		p.keep(made)
	}
	return nil
}

func (p *Policy) refused(now time.Time, e164, by string, named bool) *Refusal {
	c := p.cfg
	switch {
	case p.stopped:
		return refuse("stopped", "outgoing calls are switched off")
	case !named && callsOf(p.number, e164).within(now, day) >= c.PerNumber:
		return refuse("number_cap", "%s has been called %d times within 24 hours", e164, c.PerNumber)
	case by != "" && callsOf(p.agent, by).within(now, hour) >= c.PerAgent:
		return refuse("agent_cap", "%s has made %d calls within an hour", by, c.PerAgent)
	case p.made.within(now, hour) >= c.PerHour:
		return refuse("hour_cap", "%d calls have been made within an hour", c.PerHour)
	case p.made.within(now, day) >= c.PerDay:
		return refuse("day_cap", "%d calls have been made within 24 hours", c.PerDay)
	}
	return nil
}

// Free returns when the caps let a call to the number be made, if no other call
// is made meanwhile: now, or later. ok is false while calls are switched off, for
// no known time.
func (p *Policy) Free(now time.Time, e164 string) (at time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return now, false
	}
	at = now
	for _, t := range []time.Time{callsOf(p.number, e164).freeFrom(now, day, p.cfg.PerNumber),
		p.made.freeFrom(now, hour, p.cfg.PerHour), p.made.freeFrom(now, day, p.cfg.PerDay)} {
		if t.After(at) {
			at = t
		}
	}
	return at, true
}

// AgentFree returns when the agent's cap lets the agent make a call: now, or
// later.
func (p *Policy) AgentFree(now time.Time, by call.AgentID) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return callsOf(p.agent, string(by)).freeFrom(now, hour, p.cfg.PerAgent)
}

// Uncount takes the latest call to the number out of the number's cap: the
// person called could not notice it. In the caps on all calls it stays.
func (p *Policy) Uncount(e164 string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count(Call{Number: e164, Uncounted: true})
	if p.keep != nil {
		p.keep(Call{Number: e164, Uncounted: true})
	}
}

// Call is one call that was counted, or taken out of its number's cap, as it
// is kept over a restart.
type Call struct {
	At        time.Time `json:"at,omitzero"`
	Number    string    `json:"number,omitempty"` // "": no cap of a number
	By        string    `json:"by,omitempty"`     // the agent
	Uncounted bool      `json:"uncounted,omitempty"`
}

// Restore takes the calls of before, the oldest first, and has keep told every
// later one. It must come before the first Permit.
func (p *Policy) Restore(before []Call, keep func(Call)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range before {
		p.count(c)
	}
	p.keep = keep
}

func (p *Policy) count(c Call) {
	if c.Uncounted {
		if made := callsOf(p.number, c.Number); len(made) > 0 {
			*p.number[c.Number] = made[:len(made)-1]
		}
		return
	}
	p.made.forgetOld(c.At)
	p.made = append(p.made, c.At)
	for who, in := range map[string]map[string]*calls{c.Number: p.number, c.By: p.agent} {
		if who == "" {
			continue
		}
		if in[who] == nil {
			in[who] = &calls{}
		}
		in[who].forgetOld(c.At)
		*in[who] = append(*in[who], c.At)
	}
}

func callsOf(in map[string]*calls, who string) calls {
	if c := in[who]; c != nil {
		return *c
	}
	return nil
}

// forget drops numbers that were not called, and agents who have not called, for a
// day.
func (p *Policy) forget(now time.Time) {
	for _, in := range []map[string]*calls{p.number, p.agent} {
		for who, c := range in {
			if c.within(now, day) == 0 {
				delete(in, who)
			}
		}
	}
}

package outbound

import (
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

// within drops what is older than a day and counts what is not older than d.
func (c *calls) within(now time.Time, d time.Duration) int {
	for len(*c) > 0 && now.Sub((*c)[0]) >= day {
		*c = (*c)[1:]
	}
	n := 0
	for i := len(*c) - 1; i >= 0 && now.Sub((*c)[i]) < d; i-- {
		n++
	}
	return n
}

// payment is money that was spent, or is expected to be.
type payment struct {
	at     time.Time
	amount float64
}

// Permit counts a call that is about to be made to a number that Check has
// returned, or says why it must not be made now. by is the agent, "" when
// there is none yet.
func (p *Policy) Permit(now time.Time, e164 string, by call.AgentID) error {
	e164, country, kind, refused := p.judge(e164)
	if refused != nil {
		return refused
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	price := p.price(country, kind)
	if refused := p.refused(now, e164, string(by), price); refused != nil {
		return refused
	}
	p.made = append(p.made, now)
	count(p.number, e164, now)
	if by != "" {
		count(p.agent, string(by), now)
	}
	p.spent = append(p.spent, payment{now, price})
	if p.permitted++; p.permitted%256 == 0 {
		p.forget(now)
	}
	return nil
}

func (p *Policy) refused(now time.Time, e164, by string, price float64) *Refusal {
	c := p.cfg
	switch {
	case p.stopped:
		return refuse("stopped", "outbound calls are switched off")
	case c.Budget > 0 && p.total(now)+price > c.Budget:
		return refuse("budget", "%.2f of %.2f is spent within 24 hours", p.total(now), c.Budget)
	case of(p.number, e164, now, day) >= c.PerNumber:
		return refuse("number_cap", "%s has been called %d times within 24 hours", e164, c.PerNumber)
	case by != "" && of(p.agent, by, now, hour) >= c.PerAgent:
		return refuse("agent_cap", "%s has made %d calls within an hour", by, c.PerAgent)
	case p.made.within(now, hour) >= c.PerHour:
		return refuse("hour_cap", "%d calls have been made within an hour", c.PerHour)
	case p.made.within(now, day) >= c.PerDay:
		return refuse("day_cap", "%d calls have been made within 24 hours", c.PerDay)
	}
	return nil
}

// Spent tells what a call really cost beyond what was expected.
func (p *Policy) Spent(now time.Time, amount float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spent = append(p.spent, payment{now, amount})
}

func (p *Policy) price(country, kind string) float64 {
	for _, name := range []string{country + " " + kind, country, ""} {
		if x, ok := p.cfg.Prices[name]; ok {
			return x
		}
	}
	return 0
}

func (p *Policy) total(now time.Time) float64 {
	for len(p.spent) > 0 && now.Sub(p.spent[0].at) >= day {
		p.spent = p.spent[1:]
	}
	sum := 0.0
	for _, s := range p.spent {
		sum += s.amount
	}
	return sum
}

func count(in map[string]*calls, who string, now time.Time) {
	c := in[who]
	if c == nil {
		c = &calls{}
		in[who] = c
	}
	*c = append(*c, now)
}

func of(in map[string]*calls, who string, now time.Time, d time.Duration) int {
	if c := in[who]; c != nil {
		return c.within(now, d)
	}
	return 0
}

// forget drops whom nobody has called for a day.
func (p *Policy) forget(now time.Time) {
	for _, in := range []map[string]*calls{p.number, p.agent} {
		for who, c := range in {
			if c.within(now, day) == 0 {
				delete(in, who)
			}
		}
	}
}

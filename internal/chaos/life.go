package chaos

import (
	"context"
	"math/rand/v2"
	"time"
)

// plan is what a caller of the crowd is going to do, all of it from the seed.
type plan struct {
	menu    time.Duration // how long the menu is listened to
	leave   string        // the state in which the caller hangs up; "": stays until served
	patient time.Duration // after how long in that state
	way     rune          // the key: 0 a person, 1 the mailbox
	back    bool          // asks to be called back while waiting
}

func newPlan(chance *rand.Rand) plan {
	p := plan{menu: time.Second + time.Duration(chance.Int64N(int64(4*time.Second))), way: '0',
		patient: time.Duration(chance.Int64N(int64(5 * time.Second)))}
	switch n := chance.IntN(20); {
	case n < 2:
		p.leave = inMenu
	case n < 4:
		p.leave = waiting
	case n < 9:
		p.leave = talking
	case n < 12:
		p.way = '1'
		p.patient += 2 * time.Second
	case n < 15:
		p.back = true
	}
	return p
}

// askingPlan is a plan by which every second caller asks to be called back.
func askingPlan(chance *rand.Rand) plan {
	p := newPlan(chance)
	if chance.IntN(2) == 0 {
		p.leave, p.way, p.back = "", '0', true
	}
	return p
}

// judgeEvery is how often a caller judges what is heard. People are slower.
const judgeEvery = 50 * time.Millisecond

// life is one caller of the crowd, from dialling to the end.
type life struct {
	*testCaller
	c     *crowd
	ctx   context.Context
	plan  plan
	state string
	since time.Time // of state
	press time.Time // the last key
	keys  int       // pressed for a callback
	leaks int       // how often in a row an agent was heard who should not be
}

// liveOneCall is one whole call. When ctx ends, the caller hangs up in any state.
func (c *crowd) liveOneCall(ctx context.Context, chance *rand.Rand) {
	p := c.plans(chance)
	number := c.s.Ground.numbers()
	h, err := c.s.dialIn(ctx, number)
	if err != nil {
		if ctx.Err() == nil {
			c.mu.Lock()
			c.lost++
			c.mu.Unlock()
			c.s.noteFigure("a caller was not taken: %v", err)
		}
		return
	}
	l := &life{testCaller: h, c: c, ctx: ctx, plan: p}
	h.unbooked = true // until it is heard that the controller has the call
	tick := time.NewTicker(judgeEvery)
	defer tick.Stop()
	defer func() { l.enterState("") }()
	for {
		select {
		case <-ctx.Done():
			_ = h.hangUp()
			return
		case <-h.call.Done():
			l.lineEnded()
			return
		case <-tick.C:
		}
		l.judge()
		if l.followPlan() {
			_ = h.hangUp()
			return
		}
	}
}

func (l *life) enterState(state string) {
	if l.state == state {
		return
	}
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	if l.state != "" {
		l.c.states[l.state]--
	}
	if state != "" {
		l.c.states[state]++
	}
	l.state, l.since = state, time.Now()
}

// judge finds out the caller's state from the tones that are heard.
func (l *life) judge() {
	agents := l.agentsHeard()
	l.checkApart(agents)
	switch {
	case agents > 0:
		if l.first.IsZero() {
			l.first = time.Now()
		}
		l.last = time.Now()
		l.unbooked, l.ends = false, true
		l.keys = 0 // a caller with an agent needs no callback
		l.enterState([]string{1: talking, 2: united}[agents])
	case l.call.Hears(menuTone):
		l.unbooked = false
		if l.state != leaving {
			l.enterState(inMenu)
		}
	case l.state == inMenu && !l.press.IsZero() && l.plan.way == '0':
		l.enterState(waiting)
	case l.state == inMenu && l.plan.way == '1' && !l.press.IsZero():
		l.quiet, l.ends = true, true // speaks, and is thanked
		l.enterState(leaving)
	case l.state == "" && time.Since(l.call.Answered) > time.Second:
		l.enterState(waiting) // the fallback's apology, or straight to a person
	case l.talks() && time.Since(l.last) > time.Second:
		l.ends = false // it broke off: music again, and a person must come
		l.enterState(waiting)
	}
}

// talks reports whether the caller hears an agent, or did a moment ago.
func (l *life) talks() bool { return l.state == talking || l.state == united }

// agentsHeard is how many agents the caller hears, at most an agent and an expert.
func (l *life) agentsHeard() int {
	switch {
	case l.call.Hears(agentTone, expertTone):
		return 2
	case l.call.Hears(agentTone), l.call.Hears(expertTone):
		return 1
	}
	return 0
}

// overheard is for how long an agent is heard, in the rhythm of judgeEvery, before a caller
// on hold has overheard what is not meant for callers.
const overheard = 10

// checkApart: a caller on hold hears no agent, nor what the agent asks an expert.
func (l *life) checkApart(agents int) {
	if agents == 0 || !l.c.apart(l.number) {
		l.leaks = 0
		return
	}
	if l.leaks++; l.leaks == overheard {
		l.c.s.failed("%s was on hold and heard %d agents", l.number, agents)
	}
}

// followPlan does what the plan says, and tells whether the caller hangs up now.
func (l *life) followPlan() (leaves bool) {
	stayed := time.Since(l.since)
	if (l.plan.leave == l.state || l.plan.leave == talking && l.talks()) && stayed > l.plan.patient && !l.unbooked {
		return true
	}
	switch l.state {
	case inMenu: // a key that does nothing is pressed again, as people do
		if stayed > l.plan.menu && time.Since(l.press) > 2*time.Second {
			l.pressKey(l.plan.way)
		}
	case leaving:
		if stayed > l.plan.patient && time.Since(l.press) > 2*time.Second {
			l.pressKey('#')
		}
	case waiting:
		// A caller who has talked may be on hold, where the keys mean something else.
		if l.plan.back && l.first.IsZero() && stayed > 1500*time.Millisecond && !l.press.IsZero() && l.keys < 2 && time.Since(l.press) > 2500*time.Millisecond && l.hearsSomething() {
			l.keys++
			l.ends = l.keys == 2 // it is said that we call back, and we hang up
			l.pressKey('1')
		}
	}
	return false
}

// hearsSomething reports whether the caller hears any sound. A caller whose talk
// is over hears nothing as long as the hang-up cannot be ordered.
func (l *life) hearsSomething() bool {
	now := time.Now()
	return l.call.LongestSilence(now.Add(-time.Second), now) < 900*time.Millisecond
}

func (l *life) pressKey(k rune) {
	_, _ = l.call.Press(l.ctx, k)
	l.press = time.Now()
}

// lineEnded notes a callback that was promised before the program hung up.
func (l *life) lineEnded() {
	if l.state == waiting && l.keys == 2 {
		l.c.mu.Lock()
		l.c.asked = append(l.c.asked, l.number)
		l.c.mu.Unlock()
	}
}

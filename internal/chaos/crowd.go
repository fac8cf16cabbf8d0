package chaos

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/lib/pq"

	"presszero/call"
	"presszero/internal/deskclient"
	"presszero/internal/headless"
)

// The states of callers. Two more are counted of agents: one who is in
// after-call work, and one at whose desk it rings.
const (
	inMenu   = "menu"
	waiting  = "waiting"
	talking  = "talking"
	held     = "on hold"   // of these
	asking   = "consult"   // of those on hold: the agent talks with an expert
	united   = "all three" // talks with agent and expert
	leaving  = "message"   // speaks on the mailbox
	promised = "callback"  // has hung up and waits to be called
	ringing  = "ringing"
	wrapping = "wrap-up"
)

// everywhere are the states in which somebody must be when the deed is done, and in one
// of the consulted in turn: these are few at any moment.
var (
	everywhere = []string{inMenu, waiting, ringing, talking, held, wrapping, leaving, promised}
	consulted  = []string{asking, united}
)

// crowd is callers and agents who follow plans of their own. A caller whose call
// has ended is followed by another, until the crowd is sent home.
type crowd struct {
	s    *scene
	home context.CancelFunc // the callers
	all  sync.WaitGroup

	plans func(*rand.Rand) plan // what a caller does

	agentsHome context.CancelFunc // the agents go home
	agents     sync.WaitGroup
	shift      context.Context

	mu     sync.Mutex
	desk   map[string]*post // by agent; they come to work while callers are there
	states map[string]int   // of callers who are on the line
	asked  []string         // numbers to which a callback was promised, as far as they know
	lost   int              // callers who were not answered
	calm   time.Time        // since when nothing is broken; zero: it is being
}

// crowd lets n callers come, and agents for them, and returns when somebody
// is in every state.
func (s *scene) crowd(n int) *crowd { return s.crowdOf(n, max(5, n/4), newPlan) }

// askers is a crowd in which every second caller asks to be called back, once the line
// offers it. It has so few agents that callers wait for long enough.
func (s *scene) askers(n int) *crowd { return s.crowdOf(n, max(2, n/4), askingPlan) }

// crowdOf is a crowd whose callers plan their calls with plans.
func (s *scene) crowdOf(n, agents int, plans func(*rand.Rand) plan) *crowd {
	c := s.callersOf(n, plans)
	for range agents {
		c.agent()
	}
	for range max(2, n/6) {
		c.expert()
	}
	c.waitStates(everywhere...)
	return c
}

// callers lets n callers come, and go home in the end.
func (s *scene) callers(n int) *crowd { return s.callersOf(n, newPlan) }

func (s *scene) callersOf(n int, plans func(*rand.Rand) plan) *crowd {
	ctx, home := context.WithCancel(s.Context)
	c := &crowd{s: s, home: home, plans: plans, states: map[string]int{}, desk: map[string]*post{}, calm: time.Now()}
	c.shift, c.agentsHome = context.WithCancel(s.Context)
	s.finally(c.goHome)
	for range n {
		chance := rand.New(rand.NewPCG(s.chance.Uint64(), 0))
		c.all.Go(func() {
			for c.sleep(ctx, time.Duration(chance.Int64N(int64(time.Second)))) {
				c.liveOneCall(ctx, chance)
			}
		})
	}
	return c
}

func (c *crowd) sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// agent puts an agent to work, who does everything with callers.
func (c *crowd) agent() {
	c.employ("support", agentTone, deskclient.Robot{AcceptAfter: c.s.between(300*time.Millisecond, time.Second),
		TalkFor: c.s.between(3*time.Second, 8*time.Second), WrapFor: c.s.between(300*time.Millisecond, time.Second),
		Hold: 0.2, HoldFor: c.s.between(time.Second, 3*time.Second), Hand: 0.05, Back: 0.05,
		Ask: 0.65, AskFor: c.s.between(2*time.Second, 4*time.Second), Experts: "experts"})
}

// expert puts one to work whom agents ask, and to whom they hand callers over.
func (c *crowd) expert() {
	c.employ("experts", expertTone, deskclient.Robot{AcceptAfter: c.s.between(300*time.Millisecond, time.Second),
		TalkFor: c.s.between(8*time.Second, 14*time.Second), WrapFor: c.s.between(300*time.Millisecond, time.Second)})
}

// employ puts a robot to work that comes back whenever its connection breaks.
func (c *crowd) employ(queue string, tone float64, robot deskclient.Robot) {
	name := c.s.newAgentName()
	o, err := c.s.Employ(c.s, name, queue)
	c.s.require(err)
	p := &post{}
	c.mu.Lock()
	c.desk[name] = p
	c.mu.Unlock()
	o.Phone = headless.Options{Tone: tone, OnPacket: p.measurePacket}
	o.OnDesk = p.takeDesk
	o.OnMoment = func(m deskclient.Moment) {
		switch m.What {
		case deskclient.HangUpSent:
			c.s.farewell(p.caller(m.Call), m.At)
		case deskclient.LineLost:
			p.lineLost()
		}
	}
	o.Robot = &robot
	c.agents.Go(func() {
		if err := deskclient.Run(c.shift, o); err != nil && c.shift.Err() == nil {
			c.s.failed("an agent went home: %v", err)
		}
	})
}

// posts are the agents who have come to work.
func (c *crowd) posts() map[string]*post {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.desk)
}

// countStates counts callers and agents by state.
func (c *crowd) countStates() map[string]int {
	c.mu.Lock()
	states := maps.Clone(c.states)
	c.mu.Unlock()
	for _, p := range c.posts() {
		p.mu.Lock()
		switch p.state {
		case call.Ringing, call.Connecting:
			states[ringing]++
		case call.WrapUp:
			states[wrapping]++
		}
		if p.onHold {
			states[held]++
		}
		if p.with == call.WithOther {
			states[asking]++
		}
		p.mu.Unlock()
	}
	states[waiting] = max(0, states[waiting]-states[ringing])
	var open int
	if c.s.db.QueryRowContext(c.s, `SELECT count(*) FROM report.callback WHERE ended_at IS NULL`).Scan(&open) == nil {
		states[promised] = open
	}
	return states
}

// settled is how long ago a page must have shown that a caller is on hold, and
// something have been broken, for the caller to hear no agent. Machines are slow.
const settled = 2 * time.Second

// apart reports whether a caller is on hold for certain, also because the agent asks
// somebody.
func (c *crowd) apart(number string) bool {
	c.mu.Lock()
	calm := !c.calm.IsZero() && time.Since(c.calm) > settled
	c.mu.Unlock()
	if !calm {
		return false
	}
	for _, p := range c.posts() {
		p.mu.Lock()
		apart := p.number == number && !p.apart.IsZero() && time.Since(p.apart) > settled
		p.mu.Unlock()
		if apart {
			return true
		}
	}
	return false
}

// setCalm says that something is being broken, or that all is as it was.
func (c *crowd) setCalm(calm time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calm = calm
}

// checkPromises: every callback that a caller was promised is in the books,
// made or still to be made. Those still to be made are cancelled.
func (c *crowd) checkPromises() {
	if !c.s.waitedFor(20*time.Second, func() bool {
		var forgotten int
		err := c.s.db.QueryRowContext(c.s, `SELECT count(*) FROM unnest($1::text[]) n
			WHERE NOT EXISTS (SELECT 1 FROM report.callback b WHERE b.number = n AND coalesce(b.how, '') <> 'failed')`, pq.Array(c.asked)).Scan(&forgotten)
		return err == nil && forgotten == 0
	}) {
		c.s.failed("somebody was promised a callback that is nowhere written down: one of %v", c.asked)
	}
	c.s.noMoreCallbacks()
}

// waitStates waits until somebody is in each of these states, and notes how
// many; a small crowd may never be.
func (c *crowd) waitStates(wanted ...string) {
	var states map[string]int
	c.s.waitedFor(5*time.Second, func() bool {
		states = c.countStates()
		return !slices.ContainsFunc(wanted, func(state string) bool { return states[state] == 0 })
	})
	// Each caller of a small crowd may be between two calls at that moment.
	if !c.s.waitedFor(20*time.Second, func() bool {
		if states[inMenu]+states[waiting]+states[talking] > 0 {
			return true
		}
		states = c.countStates()
		return false
	}) {
		c.s.giveUp("nobody is there; look into the log")
	}
	c.s.leastStates(states)
}

// strike does the deed so many times, at seeded moments, and notes how often somebody
// was asked in a talk then.
func (c *crowd) strike(rounds int, deed func()) {
	met, first := map[string]int{}, c.s.chance.IntN(len(consulted))
	for i := range rounds {
		if i > 0 {
			c.s.pause(c.s.between(300*time.Millisecond, 1500*time.Millisecond))
			c.waitStates(everywhere...)
		}
		wanted := consulted[(first+i)%len(consulted)]
		c.s.waitedFor(max(12*time.Second, 40*time.Second/time.Duration(rounds)), func() bool { return c.countStates()[wanted] > 0 })
		c.s.pause(c.s.between(0, 400*time.Millisecond))
		states := c.countStates()
		for _, state := range consulted {
			met[state] += min(states[state], 1)
		}
		c.setCalm(time.Time{})
		deed()
		c.setCalm(time.Now())
	}
	c.s.noteFigure("there was a caller in a consult %d times, and one with agent and expert %d times", met[asking], met[united])
	c.s.pause(1500 * time.Millisecond) // for the effects
}

// goHome ends the callers' calls, then the agents' work, and adds up losses and gaps.
func (c *crowd) goHome() {
	c.home()
	c.all.Wait()
	c.checkPromises()
	c.agentsHome()
	c.agents.Wait()
	c.s.addLost(c.lost)
	c.lost = 0
	for name, p := range c.posts() {
		p.mu.Lock()
		longest, at, talked := p.longest, p.at, p.talked
		p.mu.Unlock()
		if talked {
			c.s.noteGap(longest, name+", until "+at.Format("15:04:05.000"))
		}
	}
}

package rehearsal

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"presszero/call"
	"presszero/callqueue"
)

// opening is the instant at which every rehearsal begins.
var opening = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// day is a rehearsal that goes on. Arrivals, patience and talks draw from
// dice of their own, so that a change of one leaves the others as they were.
type day struct {
	Config
	loop  *call.Loop
	now   time.Time
	ahead agenda // errands that are still to be done, the next one first
	order int
	score score

	arrivals, patience, talks, mixes *rand.Rand
	queues                           []string
	came, gone                       int
	talking                          map[call.ID]call.AgentID
	here                             []*person
	busy, staffed                    time.Duration // agent-seconds
	people                           map[call.AgentID]*person
	ends                             time.Time // the last caller has come; callers who wait then are watched until this
}

// person is an agent.
type person struct {
	id      call.AgentID
	shift   Shift
	present bool
	since   time.Time // present since
	talk    time.Time // talking since; zero: not
}

// Run rehearses. It needs no clock: took_s is left to the caller.
func Run(c Config) (Report, error) {
	if err := c.check(); err != nil {
		return Report{}, err
	}
	d := &day{Config: c, now: opening, talking: map[call.ID]call.AgentID{}, people: map[call.AgentID]*person{},
		arrivals: newDice(c.Seed, 1), patience: newDice(c.Seed, 2), talks: newDice(c.Seed, 3), mixes: newDice(c.Seed, 4)}
	d.score = score{day: d, visits: map[string]*told{}, ghosts: map[string][]*told{}}
	for _, q := range c.Queues {
		d.queues = append(d.queues, q.Name)
	}
	register := call.NewRegister()
	register.Door.Limits = c.Limits
	d.loop = call.NewLoop(menus{d}, callqueue.New(c.Queues...), register)
	var failed error
	d.loop.OnPanic = func(ev call.Event, reason any) { failed = fmt.Errorf("a decision about %#v failed: %v", ev, reason) }
	d.staff()
	d.scheduleNextCaller()
	for failed == nil && d.goesOn() && d.doNext() {
	}
	r := d.score.report()
	d.close(&r)
	return r, failed
}

func newDice(seed, of uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, of)) }

// close adds what only the whole day knows.
func (d *day) close(r *Report) {
	for _, p := range d.here {
		d.tally(p)
		if !p.talk.IsZero() {
			d.busy += d.now.Sub(p.talk)
		}
	}
	r.Occupancy = ratio(d.busy.Seconds(), d.staffed.Seconds())
	r.Hours = number(d.now.Sub(opening).Hours())
}

// doNext does what is due next, a timer of the loop or an entry of the agenda.
func (d *day) doNext() bool {
	due, timer := d.loop.Next()
	if len(d.ahead) > 0 && (!timer || d.ahead[0].at.Before(due)) {
		e := heap.Pop(&d.ahead).(errand)
		d.now = e.at
		e.do()
		return true
	}
	if !timer {
		return false
	}
	d.now = due
	fx, _ := d.loop.Fire(due)
	d.carry(fx)
	return true
}

func (d *day) postEvent(ev call.Event) { d.carry(d.loop.Step(d.now, ev)) }

// evening bounds how long a day goes on after the last caller has come, should
// no agent be left to serve the callers who wait and never give up.
const evening = 12 * time.Hour

func (d *day) goesOn() bool {
	return d.ends.IsZero() || d.gone < d.came && d.now.Before(d.ends)
}

// scheduleNextCaller arranges for the next caller, if there is one.
func (d *day) scheduleNextCaller() {
	gap := d.drawGap()
	if d.came >= d.Calls && d.mix == nil || gap > evening {
		d.ends = d.now.Add(evening)
		return
	}
	d.schedule(gap, d.arrive)
}

// drawGap draws the time until the next caller: a Poisson process, thinned where
// the rate changes over the day.
func (d *day) drawGap() time.Duration {
	top := max(8, d.peak) // no rate is above so many times the mean
	if d.Rate == nil {
		return drawExponential(d.arrivals, time.Duration(float64(time.Hour)/d.PerHour))
	}
	at := d.now
	for {
		at = at.Add(drawExponential(d.arrivals, time.Duration(float64(time.Hour)/(top*d.PerHour))))
		if d.arrivals.Float64()*top < d.Rate(at.Sub(opening)) {
			return at.Sub(d.now)
		}
		if at.Sub(d.now) > evening {
			return at.Sub(d.now) // no caller comes any more
		}
	}
}

func drawExponential(r *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(r.ExpFloat64() * float64(mean))
}

// arrive brings one caller and arranges for the next.
func (d *day) arrive() {
	d.came++
	if d.Progress != nil {
		d.Progress(d.came, d.Calls)
	}
	id := call.ID("c" + strconv.Itoa(d.came))
	if d.Patience > 0 {
		d.schedule(drawExponential(d.patience, d.Patience), func() {
			if _, talks := d.talking[id]; !talks {
				d.postEvent(call.HungUp{Call: id, Side: call.SideCaller})
			}
		})
	}
	d.postEvent(call.Arrived{Call: id, To: d.queue()})
	d.scheduleNextCaller()
}

// queue draws where a caller wants to go.
func (d *day) queue() string {
	if len(d.queues) == 1 {
		return d.queues[0]
	}
	total := 0.0
	for _, q := range d.queues {
		total += d.weight(q)
	}
	x := d.mixes.Float64() * total
	for _, q := range d.queues {
		if x -= d.weight(q); x < 0 {
			return q
		}
	}
	return d.queues[len(d.queues)-1]
}

func (d *day) weight(queue string) float64 {
	switch {
	case d.mix != nil:
		return d.mix(queue, d.now.Sub(opening))
	case d.Share == nil:
		return 1
	}
	return d.Share[queue]
}

// carry takes what a step has led to, as a perfect switch and willing agents
// would, and keeps the score.
func (d *day) carry(fx call.Effects) {
	d.score.events++
	idle := false
	for _, e := range fx.Facts {
		d.score.takeFact(e)
		switch f := e.Fact.(type) {
		case call.AgentChanged:
			idle = idle || f.State == call.Idle && f.Presence == call.Available
		case call.CallEnded:
			d.gone++
			delete(d.talking, e.Call)
		case call.SentBack: // to the menus, which are not rehearsed
			d.schedule(0, func() { d.postEvent(call.HungUp{Call: e.Call, Side: call.SideCaller}) })
		case call.OfferStarted:
			offer, agent := f.Offer, f.Agent
			d.schedule(d.Pickup, func() { d.postEvent(call.Accepted{Agent: agent, Offer: offer}) })
			idle = false
		case call.BridgeJoined:
			d.beginTalk(e.Call, f.Agent)
		case call.BridgeLeft:
			p := d.people[f.Agent]
			d.busy += d.now.Sub(p.talk)
			p.talk = time.Time{}
		}
	}
	if idle {
		d.score.settleAll(d.now)
	}
	d.doOrders(fx.Commands)
}

// doOrders does what the line ordered.
func (d *day) doOrders(commands []call.Command) {
	for _, c := range commands {
		switch c := c.(type) {
		case call.Connect:
			d.schedule(0, func() { d.postEvent(call.Bridged{Call: c.Call, Leg: c.Leg}) })
		case call.Play:
			d.schedule(5*time.Second, func() { d.postEvent(call.PlayEnded{Call: c.Call, Play: c.Play}) })
		case call.Refuse:
			d.schedule(0, func() { d.postEvent(call.HungUp{Call: c.Call, Side: call.SideUs, Cause: c.Cause}) })
		case call.HangUp:
			d.schedule(0, func() { d.postEvent(call.HungUp{Call: c.Call, Side: call.SideUs}) })
		}
	}
}

// beginTalk lets a talk begin, and end when it has been said.
func (d *day) beginTalk(id call.ID, with call.AgentID) {
	d.talking[id] = with
	d.people[with].talk = d.now
	d.schedule(drawExponential(d.talks, d.Handle), func() { d.postEvent(call.HungUp{Call: id, Side: call.SideCaller}) })
}

// menus stands for ivr: every caller goes straight to the queue dialled. Which
// callers are admitted at all, the register's admission control decides.
type menus struct{ d *day }

func (menus) Step(*call.Step, call.Event) {}
func (m menus) Heard(s *call.Step, e call.Entry) {
	if f, ok := e.Fact.(call.CallStarted); ok && f.Refused == "" {
		ask := m.d.Skills[f.To]
		s.State(e.Call, call.MenuLeft{Node: "main", Queue: f.To, Reason: "chosen", Skill: ask.Skill, Level: ask.Level})
	}
}
func (menus) Replay(call.Entry)                             {}
func (menus) Forget(*call.Step, call.ID)                    {}
func (menus) Free(*call.Step, call.AgentID, bool) []call.ID { return nil }

// errand is something that will be done at an instant.
type errand struct {
	at    time.Time
	order int
	do    func()
}

func (d *day) schedule(after time.Duration, do func()) {
	d.order++
	heap.Push(&d.ahead, errand{d.now.Add(after), d.order, do})
}

type agenda []errand

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	if !a[i].at.Equal(a[j].at) {
		return a[i].at.Before(a[j].at)
	}
	return a[i].order < a[j].order
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(errand)) }
func (a *agenda) Pop() any {
	old := *a
	e := old[len(old)-1]
	old[len(old)-1] = errand{}
	*a = old[:len(old)-1]
	return e
}

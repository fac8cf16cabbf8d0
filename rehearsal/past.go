package rehearsal

import (
	"container/heap"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"presszero/call"
)

// Past is a past that has not happened: days of calls that go through the menus and
// the line of the product, with customers and agents who behave by chance. A database
// filled with it shows a newcomer what the pages are like after months of work.
//
//	customers ─┐                      ┌─ Play, Connect, Dial ──> answered in simulated time
//	agents    ─┼─ Events ─> call.Loop ┼
//	           ┘                      └─ facts ──> Take
type Past struct {
	Machines []call.Machine // the menus and the line; the register comes after them
	Number   string         // that customers dial
	Menus    map[string]Menu
	Queues   []string                                 // to which agents hand customers over
	Length   func(prompt string) time.Duration        // of what is said
	Take     func(facts []call.Entry) error           // gets every fact, in order
	Progress func(day, of int, calls int)             // after each day; nil: nobody asks
	NewID    func(at time.Time, r *rand.Rand) call.ID // a fresh id of a call or a shift

	First  time.Time // midnight at which the first day begins, in the zone of the house
	Days   int
	PerDay int // calls of an average day of work, redials left out
	Agents int
	Seed   uint64
}

// Menu is what a customer may do at a node of the flow.
type Menu struct {
	Keys []string // the most wanted first; 0 is not among them
}

// past is a Past that is being played.
type past struct {
	Past
	loop  *call.Loop
	now   time.Time
	ahead agenda
	order int
	dice  *rand.Rand
	calls int
	err   error

	customers map[call.ID]*customer // whose calls are up
	callbacks map[call.ID]*customer // who are to be called back
	plays     map[string]call.ID    // what is being said, to whom
	workers   map[call.AgentID]*worker
	known     []contact
	owed      map[string]call.BrokenPromise // by number: whose last wait was longer than was told
}

// Play plays all days. It returns how many calls there were.
func (c Past) Play() (calls int, err error) {
	if c.Days < 1 || c.PerDay < 1 || c.Agents < 1 {
		return 0, errors.New("a past needs a day, a call and an agent at least")
	}
	p := &past{Past: c, now: c.First, dice: newDice(c.Seed, 7), customers: map[call.ID]*customer{}, callbacks: map[call.ID]*customer{},
		plays: map[string]call.ID{}, workers: map[call.AgentID]*worker{}, owed: map[string]call.BrokenPromise{}}
	p.loop = call.NewLoop(append(c.Machines, call.NewRegister())...)
	p.loop.OnPanic = func(ev call.Event, reason any) { p.err = fmt.Errorf("a decision about %#v failed: %v", ev, reason) }
	for day := range c.Days {
		p.playDay(c.First.AddDate(0, 0, day))
		if p.err != nil {
			return p.calls, p.err
		}
		if c.Progress != nil {
			c.Progress(day+1, c.Days, p.calls)
		}
	}
	return p.calls, nil
}

// playDay plays until the midnight that follows. Nobody is up then.
func (p *past) playDay(midnight time.Time) {
	next := midnight.AddDate(0, 0, 1)
	p.now = midnight
	p.planShifts(midnight)
	p.planCalls(midnight)
	p.passUntil(next.Add(-10 * time.Minute))
	for _, id := range sorted(p.callbacks) {
		p.post(call.CallbackCancelled{Callback: id, By: "demo"})
	}
	for _, id := range sorted(p.customers) {
		p.post(call.HungUp{Call: id, Side: call.SideCaller})
	}
	p.passUntil(next)
}

func (p *past) passUntil(end time.Time) {
	for p.err == nil {
		due, timer := p.loop.Next()
		switch {
		case len(p.ahead) > 0 && !p.ahead[0].at.After(end) && (!timer || p.ahead[0].at.Before(due)):
			e := heap.Pop(&p.ahead).(errand)
			p.now = e.at
			e.do()
		case timer && !due.After(end):
			p.now = due
			fx, _ := p.loop.Fire(due)
			p.carry(fx)
		default:
			p.now = end
			return
		}
	}
}

func (p *past) post(ev call.Event) { p.carry(p.loop.Step(p.now, ev)) }

func (p *past) after(d time.Duration, do func()) { p.at(p.now.Add(d), do) }

func (p *past) at(t time.Time, do func()) {
	p.order++
	heap.Push(&p.ahead, errand{t, p.order, do})
}

// send posts an event later.
func (p *past) send(after time.Duration, ev call.Event) { p.after(after, func() { p.post(ev) }) }

// carry takes what a step has led to: people first hear of the facts, then the switch
// does what was ordered.
func (p *past) carry(fx call.Effects) {
	if len(fx.Facts) > 0 && p.err == nil {
		p.err = p.Take(fx.Facts)
	}
	for _, e := range fx.Facts {
		p.customerHears(e)
		p.workerHears(e)
	}
	for _, c := range fx.Commands {
		p.obey(c)
	}
}

// obey is the switch: it does what is ordered, without a fault.
func (p *past) obey(c call.Command) {
	const moment = 50 * time.Millisecond
	switch c := c.(type) {
	case call.Answer:
		p.send(moment, call.Picked(c))
	case call.Play:
		p.plays[c.Play] = c.Call
		length := time.Duration(0)
		for _, prompt := range c.Prompts {
			length += p.Length(prompt)
		}
		p.after(length, func() { p.endPlay(c.Play) })
		p.customerIsAsked(c.Call)
	case call.StopPlay:
		p.after(moment, func() { p.endPlay(c.Play) })
	case call.Connect:
		p.send(moment, call.LegMade{Call: c.Call, Leg: c.Leg})
		p.send(2*moment, call.Bridged{Call: c.Call, Leg: c.Leg})
	case call.Hold:
		p.send(moment, call.OnHold{Call: c.Call})
	case call.Dial:
		p.phoneRings(c)
	case call.Refuse:
		p.send(moment, call.HungUp{Call: c.Call, Side: call.SideUs, Cause: c.Cause})
	case call.HangUp:
		p.send(moment, call.HungUp{Call: c.Call, Side: call.SideUs})
	case call.LookUp:
		p.send(10*moment, call.LookedUp{Call: c.Call, LookUp: c.LookUp, Failed: true, Why: "refused"})
	case call.Record:
		p.send(20*time.Second, call.Recorded{Call: c.Call, Record: c.Record, Failed: true})
	case call.TransferOut:
		p.send(10*time.Second, call.TransferEnded{Call: c.Call, Transfer: c.Transfer, Why: "no_answer"})
	}
}

func (p *past) endPlay(play string) {
	id, playing := p.plays[play]
	if !playing {
		return // stopped before
	}
	delete(p.plays, play)
	p.post(call.PlayEnded{Call: id, Play: play})
}

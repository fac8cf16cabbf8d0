package callqueue

import (
	"runtime/debug"
	"time"

	"presszero/call"
	"presszero/internal/calltest"
)

// day is a random day: callers, agents and a switch that do whatever people
// and switches do, in any order, and a judge who knows what must hold.
type day struct {
	t      judge
	menus  func() call.Machine
	loop   *call.Loop
	line   *Machine
	tells  call.RecordingPlan // of which people are told whom we call
	now    time.Time
	past   []call.Entry
	calls  int
	began  map[call.ID]bool
	did    int                     // facts and orders so far
	up     map[call.ID]bool        // channels that exist
	legs   map[string]call.ID      // legs that were ordered and not dropped
	offers map[call.AgentID]string // open offer, as the page shows it
	talks  map[call.AgentID]call.ID
	shifts int

	later    []call.Event // what the switch answers to the orders of a step
	starting bool         // after a restart, not all callers have been told of yet

	ringing      map[call.AgentID]string         // offers for which a number is dialled, as the page shows it
	own          map[call.ID]bool                // calls that agents make, true while open
	dials        map[string]call.ID              // calls of ours that ring
	answer       map[call.ID]bool                // customers we have called, who are there
	playing      map[call.ID]string              // what each caller hears instead of music
	music        map[call.ID]bool                // who hears music
	held         map[call.ID]bool                // who is muted, and hears music instead of an agent
	pressed      map[call.ID]string              // keys that were sent to the far end
	cannotHandOn bool                            // the next HandOn fails
	live         map[call.AgentID]string         // the leg to which an agent speaks and listens
	united       map[call.ID]call.ID             // whose far ends are in the talk of another call
	taps         map[call.ListenerID]call.Listen // what the media lets listeners hear
	joins        map[call.ID]bool                // channels of supervisors who join a talk; true: it is there
	outside      map[string]call.ID              // transfers that ring or are joined
	booked       map[call.ID]bool                // callbacks, true while open
	keys         map[call.ID]time.Time           // their places
	gave         map[call.ID]time.Time           // those that the line gave them, whatever a supervisor has ordered
	outcomes     map[string]call.Outcome         // by visit
	open         map[string]call.ID              // visits without an outcome
	ended        map[call.ID]bool

	moved map[call.ID]int // by overflow, since the menus
	stood map[call.ID]time.Time
	sent  map[sentOnce]bool

	madeUp map[string]bool // broken promises
}

func newDay(t judge) *day {
	d := &day{t: t, menus: realMenus, now: calltest.Start, began: map[call.ID]bool{}, up: map[call.ID]bool{}, legs: map[string]call.ID{},
		offers: map[call.AgentID]string{}, talks: map[call.AgentID]call.ID{},
		ringing: map[call.AgentID]string{}, own: map[call.ID]bool{}, dials: map[string]call.ID{}, answer: map[call.ID]bool{}, playing: map[call.ID]string{}, music: map[call.ID]bool{},
		held: map[call.ID]bool{}, live: map[call.AgentID]string{}, pressed: map[call.ID]string{}, united: map[call.ID]call.ID{}, outside: map[string]call.ID{},
		taps: map[call.ListenerID]call.Listen{}, joins: map[call.ID]bool{},
		booked: map[call.ID]bool{}, keys: map[call.ID]time.Time{}, gave: map[call.ID]time.Time{},
		outcomes: map[string]call.Outcome{}, open: map[string]call.ID{}, ended: map[call.ID]bool{},
		moved: map[call.ID]int{}, stood: map[call.ID]time.Time{}, sent: map[sentOnce]bool{}, madeUp: map[string]bool{}}
	d.begin()
	return d
}

func (d *day) begin() {
	d.line = testLine()
	d.line.Record(d.tells)
	d.loop = call.NewLoop(call.NewDirectives(), d.menus(), d.line, call.NewRegister())
	d.loop.OnPanic = func(ev call.Event, reason any) { d.t.Fatalf("%#v: %v\n%s", ev, reason, debug.Stack()) }
}

func (d *day) postEvent(ev call.Event) {
	if f, is := ev.(call.Failed); is && f.Command == call.NameOf(call.Hold{}) && d.held[f.Call] { // the switch has undone it
		delete(d.held, f.Call)
		delete(d.music, f.Call)
	}
	d.judge(d.loop.Step(d.now, ev))
}

// passTime lets time pass; timers fire on their way.
func (d *day) passTime(by time.Duration) {
	until := d.now.Add(by)
	for {
		at, ok := d.loop.Next()
		if !ok || at.After(until) {
			break
		}
		d.now = at
		fx, _ := d.loop.Fire(at)
		d.judge(fx)
	}
	d.now = until
}

// carry does to the outside what was ordered.
func (d *day) carry(c call.Command) {
	d.judgeLateOrder(c)
	switch c := c.(type) {
	case call.Play:
		d.playing[c.Call] = c.Play
		delete(d.music, c.Call)
	case call.StopPlay:
		if d.playing[c.Call] == c.Play {
			delete(d.playing, c.Call)
		}
	case call.Music:
		delete(d.playing, c.Call)
		d.music[c.Call] = true
	case call.Hold:
		if d.playing[c.Call] == "" {
			d.music[c.Call] = true
		}
		d.held[c.Call] = true
		if d.up[c.Call] || d.answer[c.Call] {
			d.later = append(d.later, call.OnHold{Call: c.Call})
		}
	case call.Unhold:
		delete(d.playing, c.Call)
		delete(d.music, c.Call)
		delete(d.held, c.Call)
	case call.TransferOut:
		if c.By != "" && !d.music[c.Call] {
			d.t.Fatalf("%s hears nothing while %s rings", c.Call, c.Number)
		}
		d.outside[c.Transfer] = c.Call
	case call.DropTransfer:
		delete(d.outside, c.Transfer)
	case call.Listen:
		d.taps[c.Listener] = c
	case call.StopListening:
		delete(d.taps, c.Listener)
	case call.Dial:
		if isJoin(c.Call) {
			d.joins[c.Call] = false
			break
		}
		if !d.booked[c.Call] && !d.own[c.Call] || d.answer[c.Call] {
			d.t.Fatalf("%s is dialled: open %v, already there %v", c.Call, d.booked[c.Call], d.answer[c.Call])
		}
		if from := d.line.callers[c.Call].ticket.from; from != "" && d.up[from] && d.line.callers[from].farewell != "" {
			d.t.Fatalf("%s rings while %s hears that it will", c.Call, from)
		}
		d.dials[c.Dial] = c.Call
	case call.Connect:
		if d.playing[c.Call] != "" {
			d.t.Fatalf("%s is joined with an agent while hearing %s", c.Call, d.playing[c.Call])
		}
		d.legs[c.Leg] = c.Call
		delete(d.music, c.Call)
	case call.SendKeys:
		d.pressed[c.Call] += c.Keys.Reveal()
	case call.TalkTo:
		d.live[c.Agent] = c.Leg
	case call.Hush:
		if d.live[c.Agent] == c.Leg {
			delete(d.live, c.Agent)
		}
	case call.SignOut:
		d.later = append(d.later, call.Left{Agent: c.Agent})
	case call.Unite:
		if there, join := d.joins[c.Call]; join {
			if !there {
				d.t.Fatalf("%+v is ordered, and the channel is not there", c)
			}
			break
		}
		if !d.answer[c.Call] || d.held[c.Call] || !d.up[c.With] && !d.answer[c.With] {
			d.t.Fatalf("%+v is ordered: there %v, on hold %v", c, d.answer[c.Call], d.held[c.Call])
		}
		d.united[c.Call] = c.With
	case call.Part:
		delete(d.united, c.Call)
	case call.HandOn:
		d.handOn(c)
	case call.DropLeg:
		delete(d.legs, c.Leg)
		delete(d.held, c.Call)
	case call.Fallback:
		delete(d.up, c.Call)
		delete(d.playing, c.Call)
		d.later = append(d.later, call.HungUp{Call: c.Call, Side: call.SideSystem})
	case call.HangUp:
		d.never(c.Call)
		delete(d.playing, c.Call)
		for dial, id := range d.dials {
			if id == c.Call {
				delete(d.dials, dial)
				d.later = append(d.later, call.DialFailed{Call: id, Dial: dial, Why: "cancelled"})
			}
		}
		if _, join := d.joins[c.Call]; join {
			delete(d.joins, c.Call)
			d.later = append(d.later, call.HungUp{Call: c.Call, Side: call.SideUs})
		}
		if d.answer[c.Call] {
			delete(d.answer, c.Call)
			d.later = append(d.later, call.HungUp{Call: c.Call, Side: call.SideUs})
		}
		if d.up[c.Call] {
			delete(d.up, c.Call)
			d.later = append(d.later, call.HungUp{Call: c.Call, Side: call.SideUs})
		}
	case call.Show:
		delete(d.offers, c.Agent)
		delete(d.talks, c.Agent)
		delete(d.ringing, c.Agent)
		if o := c.Desk.Offer; o != nil && o.Callback != nil && o.Callback.Dialing {
			d.ringing[c.Agent] = o.Offer
		}
		if c.Desk.Offer != nil && c.Desk.State == call.Ringing {
			d.offers[c.Agent] = c.Desk.Offer.Offer
		}
		if c.Desk.Talk != nil {
			d.talks[c.Agent] = c.Desk.Talk.Call
		}
	}
}

// handOn joins the caller with the consulted party.
func (d *day) handOn(c call.HandOn) {
	if !d.answer[c.Ask] || !d.up[c.Call] && !d.answer[c.Call] {
		d.t.Fatalf("%+v is ordered, and one of them is not there", c)
	}
	for leg, id := range d.legs {
		if id == c.Call || id == c.Ask {
			delete(d.legs, leg)
		}
	}
	for _, id := range []call.ID{c.Call, c.Ask} {
		delete(d.held, id)
		delete(d.music, id)
		delete(d.playing, id)
	}
	delete(d.answer, c.Ask)
	delete(d.united, c.Ask)
	if d.cannotHandOn {
		d.cannotHandOn = false
		d.later = append(d.later, call.Failed{Call: c.Call, Command: "hand_on", Why: "busy"})
		return
	}
	if c.Transfer != "" {
		d.outside[c.Transfer] = c.Call
		d.later = append(d.later, call.TransferAnswered{Call: c.Call, Transfer: c.Transfer})
	} else {
		d.legs[c.Leg] = c.Call
	}
}

// forgetOutside: the switch ends what there is outside of callers who are gone.
func (d *day) forgetOutside() {
	for transfer, c := range d.outside {
		if !d.up[c] && !d.answer[c] {
			delete(d.outside, transfer)
		}
	}
}

// evening: everybody hangs up, and the books must balance.
func (d *day) evening() {
	for _, c := range d.callers() {
		delete(d.up, c)
		d.postEvent(call.HungUp{Call: c, Side: call.SideCaller})
	}
	for _, c := range sorted(d.answer) {
		delete(d.answer, c)
		d.postEvent(call.HungUp{Call: c, Side: call.SideCaller})
	}
	d.forgetOutside()
	d.passTime(4 * 24 * time.Hour) // every callback has expired by then
	if len(d.booked) > 0 {
		d.t.Fatalf("callbacks that never end: %v", d.booked)
	}
	if len(d.own) > 0 {
		d.t.Fatalf("calls of agents that never end: %v", d.own)
	}
	if len(d.open) > 0 {
		d.t.Fatalf("visits without an outcome: %v", d.open)
	}
	for id := range d.began {
		if !d.ended[id] {
			d.t.Fatalf("%s has not ended", id)
		}
	}
	if at, ok := d.loop.Next(); ok {
		d.t.Fatalf("a timer is left, for %s", at)
	}
	if len(d.outside) > 0 {
		d.t.Fatalf("calls to the outside left behind: %v", d.outside)
	}
	if len(d.legs) > 0 {
		d.t.Fatalf("legs left behind: %v", d.legs)
	}
	if len(d.taps)+len(d.joins)+len(d.line.talks.listens) > 0 {
		d.t.Fatalf("listeners left behind: %v, %v, %v", d.taps, d.joins, d.line.talks.listens)
	}
	if n := len(d.line.callers) + len(d.line.talks.byOffer); n > 0 {
		d.t.Fatalf("%d callers and offers left in memory", n)
	}
	for id, a := range d.line.floor.agents {
		if a.visit != nil || a.state != call.Idle {
			d.t.Fatalf("%s is %s when all have gone home", id, a.state)
		}
	}
}

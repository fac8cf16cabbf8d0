package rehearsal

import (
	"fmt"
	"time"

	"presszero/call"
)

// worker is an agent on one day.
type worker struct {
	id      call.AgentID
	present bool // signed in
	away    bool // wants a break, or to go home
	reason  string
	leaves  bool // goes home once the talk is over
	busy    call.AgentState
	talk    int // talks so far
}

// planShifts arranges who works when: an early and a late shift, with a break and
// lunch in each; a few on Saturdays and Sundays.
func (p *past) planShifts(midnight time.Time) {
	share := map[time.Weekday]float64{time.Saturday: 0.5, time.Sunday: 0.3}[midnight.Weekday()]
	if share == 0 {
		share = 1
	}
	n := max(int(share*float64(p.Agents)+0.5), 1)
	for i := range n {
		w := &worker{id: call.AgentID(fmt.Sprintf("%s%s", workerNames[i%len(workerNames)], suffix(i/len(workerNames))))}
		begin := 8 * time.Hour
		if i%5 >= 3 {
			begin = 12 * time.Hour
		}
		if i%2 == 1 {
			begin += 30 * time.Minute
		}
		begin += time.Duration(p.dice.IntN(8)-4) * time.Minute
		if p.dice.IntN(18) == 0 {
			continue // is ill
		}
		p.at(midnight.Add(begin), func() { p.comeToWork(w) })
		p.plan(w, midnight.Add(begin+2*time.Hour+15*time.Minute*time.Duration(i%4)), 15*time.Minute, "break")
		p.plan(w, midnight.Add(begin+4*time.Hour+20*time.Minute*time.Duration(i%5)), 40*time.Minute, "lunch")
		p.plan(w, midnight.Add(begin+6*time.Hour+15*time.Minute*time.Duration(i%3)), 15*time.Minute, "break")
		p.at(midnight.Add(begin+8*time.Hour), func() { w.leaves = true; p.goHome(w) })
	}
}

var workerNames = []string{"anna", "ben", "carla", "dario", "emma", "felix", "gina", "hiro", "irina", "jonas", "karim", "lucia", "marta", "nils", "olga", "paolo"}

func suffix(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n + 1)
}

func (p *past) comeToWork(w *worker) {
	p.workers[w.id] = w
	w.present = true
	p.post(call.SignedIn{Agent: w.id, Name: string(w.id), Shift: p.NewID(p.now, p.dice)})
	p.post(call.MediaUp{Agent: w.id, Address: "demo"})
	p.post(call.Chose{Agent: w.id, Presence: call.Available})
}

// plan is a break of so long.
func (p *past) plan(w *worker, at time.Time, long time.Duration, reason string) {
	p.at(at, func() {
		if !w.present {
			return
		}
		w.away, w.reason = true, reason
		p.post(call.Chose{Agent: w.id, Presence: call.Away, Reason: reason})
		p.after(p.lognormal(long, 0.15), func() { p.isBack(w) })
	})
}

func (p *past) isBack(w *worker) {
	w.away = false
	if w.present && !w.leaves {
		p.post(call.Chose{Agent: w.id, Presence: call.Available})
	}
}

// goHome signs the agent out, after the talk and its after-call work.
func (p *past) goHome(w *worker) {
	if !w.present || !w.leaves {
		return
	}
	if w.busy != call.Idle && w.busy != "" {
		return // workerHears comes here again
	}
	w.present = false
	p.post(call.Left{Agent: w.id})
}

// workerHears: a fact that the agent notices.
func (p *past) workerHears(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.AgentChanged:
		w := p.workers[f.Agent]
		if w == nil {
			return
		}
		w.busy = f.State
		if f.State == call.Idle {
			p.after(time.Second, func() { p.goHome(w) })
		}
		if f.Presence == call.Away && !w.away && w.present { // set away, since a call was missed
			p.after(p.lognormal(2*time.Minute, 0.5), func() { p.isBack(w) })
		}
	case call.OfferStarted:
		if p.dice.IntN(40) == 0 {
			return // has not heard it ring
		}
		p.send(time.Second+p.lognormal(3*time.Second, 0.6), call.Accepted{Agent: f.Agent, Offer: f.Offer})
	case call.BridgeJoined:
		p.talk(e.Call, f.Agent)
	}
}

// talk lets a talk take its course: a hold in some, a hand-over in few.
func (p *past) talk(id call.ID, with call.AgentID) {
	w := p.workers[with]
	if w == nil {
		return
	}
	w.talk++
	this := w.talk
	during := func(after time.Duration, do func()) {
		p.after(after, func() {
			if w.talk == this && w.busy == call.Talking {
				do()
			}
		})
	}
	length := 20*time.Second + p.lognormal(meanTalk, 0.7)
	switch x := p.dice.Float64(); {
	case x < 0.12:
		from, long := length/3, min(10*time.Second+p.lognormal(40*time.Second, 0.8), length/3)
		during(from, func() { p.post(call.Held{Agent: with, Call: id, On: true}) })
		during(from+long, func() { p.post(call.Held{Agent: with, Call: id}) })
	case x < 0.17 && len(p.Queues) > 1:
		to := p.Queues[p.dice.IntN(len(p.Queues))]
		during(length/2, func() { p.post(call.HandedOver{Agent: with, Call: id, Queue: to, Note: "", Anyway: true}) })
	}
	during(length, func() {
		if p.dice.IntN(3) == 0 {
			p.post(call.AgentHungUp{Agent: with, Call: id})
			return
		}
		p.post(call.HungUp{Call: id, Side: call.SideCaller, Cause: 16})
	})
}

package rehearsal

import (
	"fmt"
	"math"
	"time"

	"presszero/call"
)

// contact is somebody who calls.
type contact struct{ number, name string }

// customer is a person in a call.
type customer struct {
	contact
	id       call.ID
	tries    int           // calls about the same matter, this one included
	patience time.Duration // in line
	callMe   bool          // takes a callback when one is offered
	node     string        // of the menus
	entered  int           // nodes entered so far
	waiting  bool          // in line, or ringing at an agent's
	offered  bool          // a callback, and has not answered yet
	talked   bool

	told time.Time // first, in this visit, how long it will take…
	high float64   // …seconds at most; 0: no bound
}

// Shares of customers, and how long they do things: the figures of an ordinary house,
// without a source; what matters is that every page has something to show.
const (
	shareKnown     = 0.55 // have called before
	shareCallMe    = 0.3
	shareZero      = 0.3  // press 0 in a menu
	shareMenuLeave = 0.04 // hang up in the menus
	shareSilent    = 0.03 // press nothing
	shareRedial    = 0.55 // of those who gave up, call again the same day
	meanTalk       = 4 * time.Minute
	meanPatience   = 5 * time.Minute
)

// planCalls arranges the calls of a day, by the half hour and the day of the week.
func (p *past) planCalls(midnight time.Time) {
	var weights [48]float64
	total := 0.0
	for i := range weights {
		weights[i] = rateAt(float64(i)/2 + 0.25)
		total += weights[i]
	}
	busy := weekday[midnight.Weekday()] * math.Exp(0.12*p.dice.NormFloat64())
	if p.dice.IntN(23) == 0 {
		busy *= 1.5 // a peak that nobody saw coming
	}
	for i, w := range weights {
		for range p.poisson(float64(p.PerDay) * busy * w / total) {
			at := midnight.Add(time.Duration((float64(i) + p.dice.Float64()) * float64(30*time.Minute)))
			p.at(at, func() { p.ring(p.somebody(), 1) })
		}
	}
}

// weekday is how busy the days are beside an average day of work.
var weekday = [7]float64{0.25, 1.25, 1.05, 1, 0.95, 0.9, 0.45}

// rateAt is how many call at an hour of the day, in proportion: two peaks, and few
// callers at night.
func rateAt(hour float64) float64 {
	hill := func(top, width float64) float64 { return math.Exp(-(hour - top) * (hour - top) / (2 * width * width)) }
	r := 0.004
	if hour > 7.5 && hour < 20.5 {
		r += 0.15
	}
	return r + hill(10.5, 1.3) + 0.75*hill(15.5, 1.6)
}

// poisson draws a count of this mean (Knuth; means are small).
func (p *past) poisson(mean float64) int {
	n, product, limit := 0, p.dice.Float64(), math.Exp(-mean)
	for product > limit {
		n++
		product *= p.dice.Float64()
	}
	return n
}

// lognormal draws a time of this mean; sigma 1 is wide.
func (p *past) lognormal(mean time.Duration, sigma float64) time.Duration {
	return time.Duration(float64(mean) * math.Exp(sigma*p.dice.NormFloat64()-sigma*sigma/2))
}

// somebody calls who has called before, or who has not.
func (p *past) somebody() contact {
	if len(p.known) > 50 && p.dice.Float64() < shareKnown {
		return p.known[p.dice.IntN(len(p.known))]
	}
	n := p.newPerson()
	if n.number != "" {
		p.known = append(p.known, n)
	}
	return n
}

// newPerson has a number that Ofcom keeps free for drama, so that nobody is ever called.
func (p *past) newPerson() contact {
	if p.dice.IntN(25) == 0 {
		return contact{} // the number is withheld
	}
	areas := [...]string{"20794", "1134960", "1144960", "1154960", "1164960", "1174960", "1184960", "1214960", "1314960", "1414960", "1514960", "1614960"}
	area := areas[p.dice.IntN(len(areas))]
	number := fmt.Sprintf("+44%s%03d", area, p.dice.IntN(1000))
	if area == areas[0] {
		number = fmt.Sprintf("+44%s60%03d", area, p.dice.IntN(1000))
	}
	return contact{number, firstNames[p.dice.IntN(len(firstNames))] + " " + lastNames[p.dice.IntN(len(lastNames))]}
}

var (
	firstNames = []string{"Ada", "Akira", "Amara", "Bruno", "Carmen", "Chen", "Dilip", "Elena", "Farah", "Grace", "Hugo", "Ines", "Jun", "Kemal", "Lena", "Mateo", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Sean", "Tomas", "Uma", "Viktor", "Wendy", "Yuna", "Zoe"}
	lastNames  = []string{"Abbott", "Barros", "Castro", "Dubois", "Evans", "Fischer", "Garcia", "Haddad", "Ito", "Jensen", "Kim", "Larsen", "Moreau", "Novak", "Okafor", "Park", "Quinn", "Rossi", "Sato", "Tanaka", "Usman", "Varga", "Weber", "Young", "Zhang"}
)

// ring is a call of a person, about a matter for the try-th time.
func (p *past) ring(who contact, try int) {
	for _, c := range p.customers {
		if who.number != "" && c.number == who.number {
			return // is on the phone already
		}
	}
	p.calls++
	c := &customer{contact: who, id: p.NewID(p.now, p.dice), tries: try,
		patience: 15*time.Second + p.lognormal(meanPatience, 0.9), callMe: p.dice.Float64() < shareCallMe}
	p.customers[c.id] = c
	p.post(call.Arrived{Call: c.id, Node: "demo", Channel: "demo/" + string(c.id), To: p.Number, From: who.number, Name: who.name, At: p.now})
	if broken, is := p.owed[who.number]; is {
		p.send(20*time.Millisecond, call.Recognised{Call: c.id, Name: who.name, Broken: broken})
	}
}

// customerHears: a fact that the customer notices.
func (p *past) customerHears(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.CallbackBooked:
		if c := p.customers[f.From]; c != nil {
			p.callbacks[e.Call] = c
		}
		return
	case call.CallbackEnded:
		delete(p.callbacks, e.Call)
		return
	}
	c := p.customers[e.Call]
	if c == nil {
		return
	}
	switch f := e.Fact.(type) {
	case call.NodeEntered:
		c.node = f.Node
		c.entered++
		p.atMenu(c, f.Node)
	case call.QueueEntered:
		c.waiting, c.told = true, time.Time{}
		p.loseTemper(c)
	case call.WaitAnnounced:
		if c.told.IsZero() {
			c.told, c.high = e.At, f.High
		}
	case call.PromiseBroken:
		delete(p.owed, c.number)
	case call.CallbackOffered:
		c.offered = c.callMe
	case call.CallbackAccepted:
		c.offered = false
	case call.BridgeJoined:
		c.waiting, c.talked = false, true
	case call.QueueLeft:
		c.waiting = false
		p.remember(c, f, e.At)
	case call.CallEnded:
		delete(p.customers, e.Call)
		p.afterwards(c, f.Outcome)
	}
}

// remember keeps what the books would know of the customer's last wait at the next call.
func (p *past) remember(c *customer, f call.QueueLeft, at time.Time) {
	waited := at.Sub(c.told).Seconds()
	if c.number == "" || c.told.IsZero() || c.high == 0 || waited <= c.high {
		delete(p.owed, c.number)
		return
	}
	p.owed[c.number] = call.BrokenPromise{Visit: f.Visit, Ended: at, High: c.high, Waited: waited}
}

// loseTemper lets a customer hang up who has waited too long.
func (p *past) loseTemper(c *customer) {
	p.after(c.patience, func() {
		if c.waiting && p.customers[c.id] == c {
			p.post(call.HungUp{Call: c.id, Side: call.SideCaller, Cause: 16})
		}
	})
}

// afterwards: customers who gave up call again, on the same day or not at all.
func (p *past) afterwards(c *customer, out call.Outcome) {
	if c.number == "" || c.tries >= 4 || p.dice.Float64() > shareRedial {
		return
	}
	switch out {
	case call.AbandonedQueue, call.AbandonedRinging:
		p.after(p.lognormal(25*time.Minute, 1.2), func() { p.ring(c.contact, c.tries+1) })
	}
}

// atMenu has the customer press a key at a menu, after a part of it has been heard.
func (p *past) atMenu(c *customer, node string) {
	menu, is := p.Menus[node]
	if !is {
		return
	}
	key, x := "", p.dice.Float64()
	switch {
	case c.entered > 4 && x < 0.8, x < shareMenuLeave: // has heard what was wanted, or has had enough
		p.after(p.lognormal(9*time.Second, 0.5), func() { p.leave(c, node) })
		return
	case x < shareMenuLeave+shareSilent:
		return
	case x < shareMenuLeave+shareSilent+shareZero || len(menu.Keys) == 0:
		key = "0"
	default:
		key = menu.Keys[p.firstOf(len(menu.Keys))]
	}
	if p.dice.IntN(60) == 0 {
		key = "7" // mistyped
	}
	p.after(time.Second+p.lognormal(6*time.Second, 0.5), func() {
		if p.customers[c.id] == c && c.node == node && !c.waiting {
			p.post(call.DigitPressed{Call: c.id, Digit: key})
		}
	})
}

// firstOf draws one of n, the first ones more often.
func (p *past) firstOf(n int) int {
	return min(int(p.dice.ExpFloat64()*float64(n)/2.5), n-1)
}

// leave: the customer hangs up in the menus, if still there.
func (p *past) leave(c *customer, node string) {
	if p.customers[c.id] == c && c.node == node && !c.waiting && !c.talked {
		p.post(call.HungUp{Call: c.id, Side: call.SideCaller, Cause: 16})
	}
}

// customerIsAsked: something is said. A customer who wants to be called back says yes
// to whatever is asked.
func (p *past) customerIsAsked(id call.ID) {
	c := p.customers[id]
	if c == nil || !c.offered && !c.callMe {
		return
	}
	p.after(4*time.Second, func() {
		if p.customers[id] == c && c.waiting && c.offered {
			p.post(call.DigitPressed{Call: id, Digit: "1"})
		}
	})
}

// phoneRings: a customer is called back.
func (p *past) phoneRings(d call.Dial) {
	p.send(time.Second, call.DialRinging{Call: d.Call, Dial: d.Dial})
	pickup := 4*time.Second + p.lognormal(7*time.Second, 0.6)
	switch x := p.dice.Float64(); {
	case x < 0.06:
		p.send(2*time.Second, call.DialFailed{Call: d.Call, Dial: d.Dial, Why: "busy"})
	case x < 0.2 || pickup >= d.Ring:
		p.send(d.Ring, call.DialFailed{Call: d.Call, Dial: d.Dial, Why: "no_answer"})
	default:
		by := ""
		if d.Listen {
			by = "person"
			if x > 0.93 {
				by = "machine"
			}
		}
		p.after(pickup, func() {
			if p.callbacks[d.Call] != nil {
				p.post(call.DialAnswered{Call: d.Call, Dial: d.Dial, By: by})
			}
		})
	}
}

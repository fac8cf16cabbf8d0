package chaos

import (
	"sync"
	"time"

	"presszero/call"
	"presszero/internal/headless"
)

// post is an agent's desk as its page shows it, and the packets that she hears.
type post struct {
	mu      sync.Mutex
	state   call.AgentState
	talk    call.ID
	onHold  bool          // the caller in this talk is
	apart   time.Time     // since when, as far as the page knows; zero: the caller is not, or the page has lost its line
	with    call.With     // of an agent who has asked an expert
	number  string        // of the caller in this talk; "": the agent is asked, and it is another's
	turned  time.Time     // when the agent turned to another
	packet  time.Time     // the last that arrived in this talk
	longest time.Duration // between two packets
	at      time.Time     // of the second
	talked  bool
}

func (p *post) takeDesk(d call.Desk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = d.State
	var talk call.ID
	was := p.with
	p.number, p.with = "", ""
	if d.Talk != nil {
		talk, p.talked = d.Talk.Call, true
		if d.Talk.Asked == nil {
			p.number = d.Talk.Caller.Number
		}
		if d.Talk.Other != nil {
			p.with = d.Talk.Other.With
		}
	}
	p.onHold = d.Talk != nil && d.Talk.Hold != nil
	switch {
	case !p.onHold:
		p.apart = time.Time{}
	case p.apart.IsZero():
		p.apart = time.Now()
	}
	if p.with != was { // to whom she turns is to be heard as soon as Asterisk can
		p.packet, p.turned = time.Time{}, time.Now()
	}
	if talk != p.talk || p.onHold || !d.Media { // nothing is to be heard of the caller for a while
		p.talk, p.packet = talk, time.Time{}
	}
}

// lineLost: what the page shows is not believed any more.
func (p *post) lineLost() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.apart = time.Time{}
}

// caller is the number of the agent's caller in this call; "": another call.
func (p *post) caller(of call.ID) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.talk != of {
		return ""
	}
	return p.number
}

// lastWords is how long packets of the one from whom an agent has turned may still arrive.
const lastWords = 200 * time.Millisecond

// measurePacket measures the time between two packets of one talk.
func (p *post) measurePacket(packet headless.Packet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.talk == "" || p.onHold || packet.At.Sub(p.turned) < lastWords {
		return
	}
	if !p.packet.IsZero() {
		if d := packet.At.Sub(p.packet); d > p.longest {
			p.longest, p.at = d, packet.At
		}
	}
	p.packet = packet.At
}

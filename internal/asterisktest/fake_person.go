package asterisktest

import (
	"net/http"
	"strings"
	"time"
)

// FakePerson is somebody whom a Fake can call.
type FakePerson struct {
	f     *Fake
	does  Manner
	voice Sound
	ch    *channel // f.mu guards it; nil before it rings
	done  chan struct{}
}

// Person has a number be answered, or not, from now on.
func (f *Fake) Person(number string, does Manner, voice Sound) *FakePerson {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := &FakePerson{f: f, does: does, voice: voice, done: make(chan struct{})}
	f.people[number] = p
	return p
}

// caller is the person as somebody on the telephone.
func (p *FakePerson) caller() *FakeCaller {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	if p.ch == nil {
		return nil
	}
	return &FakeCaller{p.ch}
}

// Rings reports whether the phone rings or has rung.
func (p *FakePerson) Rings() bool { return p.caller() != nil }

// Answers takes the call.
func (p *FakePerson) Answers() {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	p.ch.taken()
}

// Press, HangUp, NewStream, Hears, Keys and Done are a caller's.
func (p *FakePerson) Press(digit rune)        { p.caller().Press(digit) }
func (p *FakePerson) HangUp()                 { p.caller().HangUp() }
func (p *FakePerson) NewStream(first uint16)  { p.caller().NewStream(first) }
func (p *FakePerson) Hears(all ...Sound) bool { c := p.caller(); return c != nil && c.hearsAll(all) }
func (p *FakePerson) Keys() string            { return p.caller().Keys() }
func (p *FakePerson) Done() <-chan struct{}   { return p.done }

// taken: the channel's phone is answered.
func (ch *channel) taken() {
	if ch.f.channels[ch.id] != ch || ch.stasis {
		return
	}
	ch.pickUp()
	ch.enter()
}

// originate lets a number ring. As in Asterisk, the channel exists when the
// request is answered and is in the application once somebody takes the call.
func (f *Fake) originate(w http.ResponseWriter, _ *http.Request, b body) {
	number, trunk := strings.CutSuffix(strings.TrimPrefix(b.Endpoint, "PJSIP/"), "@trunk")
	switch {
	case f.channels[b.ChannelID] != nil:
		refuse(w, 409, "Channel with given unique ID already exists")
		return
	case strings.HasPrefix(b.Endpoint, agentPrefix):
		f.callAgent(w, b)
		return
	case !trunk:
		refuse(w, 500, "Allocation failed")
		return
	}
	ch := f.newChannel(b.ChannelID, "PJSIP")
	ch.state, ch.from, ch.heard, ch.args = "Down", b.CallerID, true, strings.Split(b.AppArgs, ",")
	for k, v := range b.Variables {
		ch.vars[k] = v
	}
	ch.callee = f.people[number]
	if ch.callee == nil {
		ch.callee = &FakePerson{f: f, does: Unknown, done: make(chan struct{})}
	}
	ch.callee.ch = ch
	go func(p *FakePerson) { <-ch.gone; close(p.done) }(ch.callee)
	reply(w, 200, ch.asJSON())
	time.AfterFunc(time.Millisecond, func() { f.rings(ch) })
	time.AfterFunc(time.Duration(b.Timeout)*time.Second, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.channels[ch.id] == ch && ch.state != "Up" {
			ch.destroy(19)
		}
	})
}

func (f *Fake) rings(ch *channel) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.channels[ch.id] != ch {
		return
	}
	switch ch.callee.does {
	case Silent:
	case Busy:
		ch.refuses(486, 17)
	case Declines:
		ch.refuses(603, 21)
	case Unknown:
		ch.refuses(404, 1)
	case Forbidden:
		ch.refuses(403, 21)
	case Congested:
		ch.refuses(503, 34)
	case Redirects: // as Asterisk does it now and then: the end comes without the SIP answer
		ch.f.sendEvent("Dial", map[string]any{"dialstatus": "CANCEL", "forward": "+34600000999", "peer": ch.asJSON()})
		ch.destroy(0)
	case RingsThenCongested:
		ch.state = "Ringing"
		ch.sendEvent("ChannelStateChange", nil)
		ch.refuses(503, 34)
	case Media:
		ch.f.sendEvent("Dial", map[string]any{"dialstatus": "PROGRESS", "peer": ch.asJSON()})
	default:
		ch.state = "Ringing"
		ch.sendEvent("ChannelStateChange", nil)
		if ch.callee.does != Rings {
			ch.taken()
		}
	}
}

// refuses is a request to hang up, and the end, both with the cause; the end
// has the SIP answer too.
func (ch *channel) refuses(sip, cause int) {
	ch.sendEvent("ChannelHangupRequest", map[string]any{"cause": cause})
	ch.techCause = sip
	ch.destroy(cause)
}

// greeted: a machine has said its words, and is silent.
func (ch *channel) greeted() {
	time.AfterFunc(200*time.Millisecond, func() {
		ch.f.mu.Lock()
		defer ch.f.mu.Unlock()
		if ch.f.channels[ch.id] == ch {
			ch.sendEvent("ChannelTalkingFinished", map[string]any{"duration": 200})
		}
	})
}

// status and cause are what AMD says of somebody of this manner.
func (m Manner) status() string {
	if m == Machine || m == Mute {
		return "MACHINE"
	}
	return "HUMAN"
}

func (m Manner) cause() string {
	return map[Manner]string{Machine: "LONGGREETING-1500-1500", Mute: "INITIALSILENCE-2000-2000"}[m]
}

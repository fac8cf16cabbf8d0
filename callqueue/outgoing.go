package callqueue

import (
	"cmp"
	"slices"
	"strings"

	"presszero/call"
)

// An agent calls a number herself. It is dialled and joined as a callback is
// that she has accepted, and is in no queue: no caller waits, nothing is promised,
// and when it ends in any way it is over.
//
//	Dialing ──answered──> Connecting ──> Talking ──> over
//	   └─busy, no answer, given up…──────────────────^

// dialOutgoing: she asks for it. The one policy for all calls that leave decides.
func (dl *dialer) dialOutgoing(s *call.Step, a *agent, ev call.Dialed) {
	if a.state != call.Idle || dl.callers[ev.Call] != nil {
		return // she asked twice, or has been offered a caller meanwhile
	}
	number, what, why := dl.mayDial(s, a, ev.Number)
	if what != "" {
		a.notice = &call.DeskNotice{What: what, At: s.Now, Text: why}
		dl.floor.updateLists(a)
		return
	}
	dl.apply(s.State(ev.Call, call.OutgoingDialed{Agent: a.id, Number: number, Dial: call.DialID(ev.Call, 1)}))
	v := dl.callers[ev.Call].visit
	a.visit, a.notice = v, nil
	dl.floor.changeState(s, a, call.Connecting)
	s.Order(call.Dial{Call: ev.Call, Dial: v.ticket.dial, Number: number, Agent: a.id, Ring: ownRing, Leg: v.leg, Address: a.address})
	s.After(ownRing+dialMargin, call.Timer{Kind: dialTimer, Of: string(ev.Call), Gen: v.ticket.dials})
}

// mayDial returns the number in E.164, or the notice that says why it is not
// dialled.
func (dl *dialer) mayDial(s *call.Step, a *agent, number string) (e164, what, why string) {
	if a.address == "" {
		return "", "dial_no_audio", ""
	}
	if dl.machine.Outbound == nil {
		return "", "dial_no_trunk", ""
	}
	if emergency, may := dl.machine.Outbound.Emergency(number); may {
		return emergency, "", ""
	}
	e164, err := dl.machine.Outbound.Check(number)
	if err == nil && dl.machine.Outbound.Awake(s.Now, e164, 0, 0).After(s.Now) {
		return "", "dial_night", ""
	}
	if err == nil {
		err = dl.machine.Outbound.Permit(s.Now, e164, a.id)
	}
	if err != nil {
		_, sentence, _ := strings.Cut(err.Error(), ": ")
		return "", "dial_refused", cmp.Or(sentence, err.Error())
	}
	return e164, "", ""
}

// endOutgoing ends her call in the books, and takes her own leg away. To hang up, and
// to free her, is left to the function that calls this one.
func (dl *dialer) endOutgoing(s *call.Step, v *visit, how string, by call.Side, why string) {
	if v.state != Dialing || v.hears {
		dl.talks.dropAgentLeg(s, v)
	}
	dl.bookOutgoing(s, v, how, by, why)
}

// bookOutgoing ends her call in the books.
func (dl *dialer) bookOutgoing(s *call.Step, v *visit, how string, by call.Side, why string) {
	dl.talks.endListenings(s, v, "over")
	dl.announcer.dropNotice(s, v.caller, false)
	f := call.OutgoingEnded{Agent: v.agent, How: how, Side: by, Why: why}
	if v.state == Talking {
		at := s.When(v.caller.id)
		p := v.pauses.at(at)
		f.Talked, f.Held, f.Holds, f.Longest = seconds(at.Sub(v.joined)), seconds(p.total), p.holds, seconds(p.longest)
		f.OnHold, f.Gone = p.held, seconds(p.away)
	}
	if asks := v.ticket.asks; asks != nil {
		f.For, f.To, f.All = asks.about, asks.to, seconds(asks.allAt(s.When(v.caller.id)))
	}
	dl.apply(s.State(v.caller.id, f))
}

// farEndGone: the person she called has hung up.
func (dl *dialer) farEndGone(s *call.Step, v *visit, ev call.HungUp) {
	if v.ticket.asks != nil {
		dl.talks.otherGone(s, v, ended{by: ev.Side, why: ev.Text, gone: true})
		return
	}
	a, how := dl.floor.agents[v.agent], map[State]string{Dialing: "no_answer", Connecting: "abandoned", Talking: "talked"}[v.state]
	dl.endOutgoing(s, v, how, ev.Side, ev.Text)
	if a != nil && a.visit == v {
		a.leaveNotice("caller_left", s.Now)
		dl.floor.changeState(s, a, call.Idle)
	}
}

// underWay returns her calls that are under way, in a fixed order.
func (dl *dialer) underWay() (all []*caller) {
	for _, c := range dl.callers {
		if c.ticket != nil && c.ticket.out {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, compareCallers)
	return all
}

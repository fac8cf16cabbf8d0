package callqueue

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

// listen has one of three supervisors listen to a talk, do it in another mode, stop, or
// lose the page.
func (d *talkDays) listen(agent call.AgentID, with call.ID) {
	who := call.ListenerID(d.oneOf("x", "y", "z"))
	d.hear++
	switch d.rnd.IntN(8) {
	case 0:
		d.postEvent(call.ListenerLeft{Listener: who, Why: "page_gone"})
	case 1:
		d.postEvent(call.ListenerUp{Listener: who, Address: "l"})
	case 2:
		d.postEvent(call.ListenAsked{Listener: who, By: "sue"})
	default:
		if l := d.line.talks.listens[who]; l != nil && d.rnd.IntN(2) == 0 {
			agent, with = l.agent, l.visit.caller.id
		}
		d.postEvent(call.ListenerUp{Listener: who, Address: "l"})
		d.postEvent(call.ListenAsked{Listener: who, By: "sue", Agent: agent, Call: with, Join: call.ID(fmt.Sprint("join", d.hear)),
			Mode: []call.ListenMode{call.ListenOnly, call.ListenWhisper, call.ListenJoin}[d.rnd.IntN(3)]})
	}
}

// isJoin reports whether a call is of the channel by which a supervisor joins a talk.
func isJoin(id call.ID) bool { return strings.HasPrefix(string(id), "j") }

// joinHappens lets that channel be as a transcript says, and reports whether the switch
// could tell it.
func (d *day) joinHappens(ev call.Event) bool {
	id := call.CallOf(ev)
	switch ev.(type) {
	case call.DialAnswered:
		if there, rings := d.joins[id]; !rings || there {
			return false
		}
		d.joins[id] = true
	case call.DialFailed, call.HungUp:
		delete(d.joins, id)
	}
	return true
}

// listeners: the media lets those hear a talk who listen to it, and whisper who do; a
// supervisor's channel is there for nobody else, and there are three in a talk at most.
func (d *day) listeners() {
	open := d.line.talks.listens
	if len(d.taps) != len(open) {
		d.t.Fatalf("the media lets hear %v, and the line %v", d.taps, open)
	}
	joined := map[call.ID]int{}
	for id, l := range open {
		if tap := d.taps[id]; l.visit.state != Talking || tap.Leg != l.visit.leg || tap.Agent != l.agent ||
			l.mode != call.ListenJoin && tap.Whisper != (l.mode == call.ListenWhisper) {
			d.t.Fatalf("%s listens to %s, %s, by %s; the media lets hear %+v", id, l.visit.id, l.visit.state, l.mode, tap)
		}
		if there, ok := d.joins[l.join]; l.join != "" && !ok || l.mode == call.ListenJoin && !there {
			d.t.Fatalf("%s is %s by %q, of which there is %v", id, l.mode, l.join, d.joins)
		}
		if l.join == "" {
			continue
		}
		if joined[l.visit.caller.id]++; joined[l.visit.caller.id] > 1 || d.line.talks.united(l.visit) {
			d.t.Fatalf("there are more than three in %s", l.visit.id)
		}
	}
	if len(joined) != len(d.joins) {
		d.t.Fatalf("channels %v, of which the line knows %v", d.joins, joined)
	}
}

// recountListening counts every second of listening again, and compares it with what the
// end of each says. Nobody listens to a talk that is over.
func recountListening(t *testing.T, past []call.Entry) {
	t.Helper()
	type heard struct {
		visit string
		mode  call.ListenMode
		since time.Time
		spent map[call.ListenMode]time.Duration
	}
	open, whys := map[string]*heard{}, map[string]int{}
	var total [3]time.Duration
	for _, e := range past {
		switch f := e.Fact.(type) {
		case call.ListenStarted:
			open[f.Listening] = &heard{f.Visit, f.Mode, e.At, map[call.ListenMode]time.Duration{}}
		case call.ListenTurned:
			x := open[f.Listening]
			x.spent[x.mode] += e.At.Sub(x.since)
			x.mode, x.since = f.Mode, e.At
		case call.ListenEnded:
			x := open[f.Listening]
			x.spent[x.mode] += e.At.Sub(x.since)
			for i, pair := range [][2]time.Duration{
				{durationOf(f.Listened), x.spent[call.ListenOnly]}, {durationOf(f.Whispered), x.spent[call.ListenWhisper]}, {durationOf(f.Joined), x.spent[call.ListenJoin]},
			} {
				if d := pair[0] - pair[1]; d.Abs() > 2*time.Millisecond {
					t.Fatalf("%+v is booked, and was %v", f, x.spent)
				}
				total[i] += pair[1]
			}
			whys[f.Why]++
			delete(open, f.Listening)
		case call.BridgeLeft:
			for id, x := range open {
				if x.visit == f.Visit {
					t.Fatalf("%s goes on when %s is over", id, f.Visit)
				}
			}
		}
	}
	t.Logf("listened %s, whispered %s, joined %s; ended %v", total[0], total[1], total[2], whys)
	if len(open) > 0 || total[0] == 0 || total[1] == 0 || total[2] == 0 || whys["over"] == 0 || whys["page_gone"] == 0 {
		t.Errorf("not everything has happened, or not ended: %v", open)
	}
}

// TestHiddenListening: an agent whom the house does not tell that she is listened to is
// told who whispers.
func TestHiddenListening(t *testing.T) {
	d := talkDay(t)
	d.line.HideListening = true
	told := func() string {
		return fmt.Sprint(d.line.floor.deskOf(d.line.floor.agents["ana"]).Talk.Listeners)
	}
	for _, mode := range []call.ListenMode{call.ListenOnly, call.ListenWhisper, call.ListenOnly} {
		d.postEvent(call.ListenAsked{Listener: "x", By: "sue", Agent: "ana", Call: "c1", Mode: mode})
		if hidden := mode == call.ListenOnly; (told() == "[]") != hidden {
			t.Errorf("%s: the agent is told %s", mode, told())
		}
		if now := d.line.Snapshot(d.now).Agents[0].Listeners; len(now) != 1 || now[0] != (call.ListenerNow{Name: "sue", Mode: mode}) {
			t.Errorf("the floor is told %v", now)
		}
	}
	d.evening()
}

// TestListenToOwnCall: a call that an agent makes is heard by those who have a queue of
// this agent's.
func TestListenToOwnCall(t *testing.T) {
	d := talkDay(t)
	d.postEvent(call.AgentHungUp{Agent: "ana", Call: "c1"})
	d.postEvent(call.Wrapped{Agent: "ana"})
	d.postEvent(call.Assigned{Agent: "ana", Queues: []string{"support"}})
	d.postEvent(call.Dialed{Agent: "ana", Call: "own1", Number: "+34600000009"})
	d.happens(call.DialAnswered{Call: "own1", Dial: "own1.d1"})
	d.postEvent(call.LegMade{Call: "own1", Leg: "own1.o1.leg"})
	d.postEvent(call.Bridged{Call: "own1", Leg: "own1.o1.leg"})
	for _, c := range []struct {
		queues []string
		may    bool
	}{{[]string{"billing"}, false}, {[]string{}, false}, {[]string{"billing", "support"}, true}, {nil, true}} {
		d.postEvent(call.ListenAsked{Listener: "x", By: "sue", Queues: c.queues, Agent: "ana", Call: "own1", Mode: call.ListenOnly})
		if hears := d.line.talks.listens["x"] != nil; hears != c.may {
			t.Errorf("a supervisor of %q hears it: %v", c.queues, hears)
		}
		d.postEvent(call.ListenerLeft{Listener: "x", Why: "page_gone"})
	}
	d.postEvent(call.ListenAsked{Listener: "x", By: "sue", Agent: "ana", Call: "own1", Mode: call.ListenOnly})
	d.postEvent(call.AgentHungUp{Agent: "ana", Call: "own1"})
	d.evening()
}

package asterisktest

import (
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
)

// isHeld waits until the caller hears that music, and the two do not hear each other.
func (b *bench) isHeld(who Caller, far hearer, music Sound) {
	b.t.Helper()
	b.until("the caller is on hold", func() bool { return who.Hears(music) && !who.Hears(Agent) && !far.hears() })
}

// isTalking waits until the two hear each other.
func (b *bench) isTalking(who Caller, far hearer) {
	b.t.Helper()
	b.until("caller and far end hear each other", func() bool { return who.Hears(Agent) && far.hears() })
}

// hearer is the far end of a talk: an agent, or a person.
type hearer interface{ hears() bool }

// number is a person as the far end of a transfer.
type number struct{ Person }

func (n number) hears() bool { return n.Hears(Voice) }

// technology is how Asterisk joins the two of the only bridge.
func (b *bench) technology() string {
	b.t.Helper()
	var all []struct{ Technology string }
	if err := b.rig.askARI("GET", "/bridges", &all); err != nil || len(all) != 1 {
		b.t.Fatalf("Asterisk has the bridges %v (%v), want one", all, err)
	}
	return all[0].Technology
}

// holdAndResume: on hold the caller hears music and nothing else, and nobody hears the
// caller; after it the two talk as before, and Asterisk forwards their packets as before.
func holdAndResume(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	a := b.connected(id, who, call.LegID(call.OfferID(id, 1)))
	b.until("Asterisk forwards the packets as they come", func() bool { return b.technology() == "native_rtp" })
	began := time.Now()
	for range 20 {
		b.sw.Do(call.Hold{Call: id})
		b.isHeld(who, a, Music)
		who.Press('1')
		if got := awaitEvent[call.DigitPressed](b, id).Digit; got != "1" {
			t.Errorf("pressed on hold was %q, want 1", got)
		}
		b.sw.Do(call.Unhold{Call: id})
		b.isTalking(who, a)
	}
	if rig.LongestSilence != nil {
		longest := rig.LongestSilence(who, began)
		t.Logf("the caller heard nothing for %v at most", longest)
		if longest >= time.Second {
			t.Errorf("the caller heard nothing for %v", longest)
		}
	}
	b.until("Asterisk forwards the packets as they come", func() bool { return b.technology() == "native_rtp" })
	if heard[call.Failed](b, id) || heard[call.LegEnded](b, id) {
		t.Errorf("told were: %v", b.allTold())
	}
	b.sw.Do(call.Hold{Call: id})
	b.isHeld(who, a, Music)
	b.endBy(false, id, who) // on hold
}

// holdTwice: an order of a hold that is given twice does no harm. The class of the last
// one is heard, and afterwards music begins that is ordered for a caller in line.
func holdTwice(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	leg := call.LegID(call.OfferID(id, 1))
	a := b.connected(id, who, leg)
	for class, music := range map[string]Sound{"": Music, OtherClass: OtherMusic} {
		for range 2 {
			b.sw.Do(call.Hold{Call: id, Class: class})
		}
		b.isHeld(who, a, music)
	}
	b.sw.Do(call.Hold{Call: id})
	b.isHeld(who, a, Music)
	for range 2 {
		b.sw.Do(call.Unhold{Call: id})
	}
	b.isTalking(who, a)
	b.sw.Do(call.DropLeg{Call: id, Leg: leg})
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	if heard[call.Failed](b, id) {
		t.Errorf("told were: %v", b.allTold())
	}
	b.endBy(true, id, who)
}

// holdOfNobody: only a caller who is joined can be put on hold. Nothing changes for
// others, also by the end of a hold that they are not on.
func holdOfNobody(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	refused := func() {
		t.Helper()
		b.sw.Do(call.Hold{Call: id, Class: OtherClass})
		if f := awaitEvent[call.Failed](b, id); f.Command != "hold" || f.Why == "" {
			t.Errorf("told was %+v", f)
		}
		b.sw.Do(call.Unhold{Call: id})
		b.hears(who, Music)
	}
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	refused()
	person := rig.Person(t, theirs, Rings, Agent)
	b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + ".t", Number: theirs})
	b.until("it rings", person.Rings)
	refused()
	person.Answers()
	awaitEvent[call.TransferAnswered](b, id)
	b.isTalking(who, number{person})
	b.endBy(true, id, who)

	person, id = rig.Person(t, theirs, Rings, Voice), NewID()
	b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 30 * time.Second})
	b.until("it rings", person.Rings)
	b.sw.Do(call.Hold{Call: id})
	if f := awaitEvent[call.Failed](b, id); f.Command != "hold" {
		t.Errorf("told was %+v", f)
	}
	b.sw.Do(call.HangUp{Call: id})
	awaitEvent[call.DialFailed](b, id)
	b.nothingLeft(id)
}

// wordOnHold: words are heard over the music, which goes on after them. The two do not
// hear each other meanwhile. The end of the hold silences the words.
func wordOnHold(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	a := b.connected(id, who, call.LegID(call.OfferID(id, 1)))
	word := func(play string, prompt string) call.Play {
		return call.Play{Call: id, Play: play + string(id), Prompts: []string{prompt}}
	}
	ended := func(play string) {
		t.Helper()
		if e := awaitEvent[call.PlayEnded](b, id); e.Failed || e.Play != play+string(id) {
			t.Errorf("told was %+v, want the end of %s", e, play)
		}
	}
	b.sw.Do(call.Hold{Call: id})
	b.isHeld(who, a, Music)
	b.sw.Do(word("a", Long))
	b.isHeld(who, a, Long)
	b.sw.Do(call.StopPlay{Call: id, Play: "a" + string(id)})
	ended("a")
	b.isHeld(who, a, Music)

	b.sw.Do(word("b", Hello))
	ended("b")
	b.sw.Do(call.Hold{Call: id})
	b.isHeld(who, a, Music)

	b.sw.Do(call.Unhold{Call: id})
	b.isTalking(who, a)
	b.sw.Do(word("c", Hello)) // first the word, then the music
	b.sw.Do(call.Hold{Call: id})
	b.hears(who, Hello)
	ended("c")
	b.isHeld(who, a, Music)

	b.sw.Do(word("d", Long))
	b.isHeld(who, a, Long)
	b.sw.Do(call.Unhold{Call: id})
	ended("d")
	b.isTalking(who, a)
	b.endBy(true, id, who)
}

// holdDropped: whatever ends the leg of a caller on hold, the next one hears the caller.
func holdDropped(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	n := 0
	leg := func() string { return call.LegID(call.OfferID(id, n)) }
	for what, drop := range map[string]func(){
		"dropped":  func() { b.sw.Do(call.DropLeg{Call: id, Leg: leg()}) },
		"replaced": func() {},
		"dead": func() {
			if err := rig.askARI("DELETE", "/channels/"+leg(), nil); err != nil {
				t.Fatal(err)
			}
			awaitEvent[call.LegEnded](b, id)
		},
	} {
		n++
		a := b.connected(id, who, leg())
		b.sw.Do(call.Hold{Call: id})
		b.isHeld(who, a, Music)
		drop()
		n++
		b.isTalking(who, b.connected(id, who, leg()))
		t.Log(what)
	}
	holdOfTransfer(b, id, who)
	if heard[call.Failed](b, id) {
		t.Errorf("told were: %v", b.allTold())
	}
	b.endBy(true, id, who)
}

// holdOfTransfer hands the caller on, puts the caller on hold, and drops the transfer;
// or the number hangs up.
func holdOfTransfer(b *bench, id call.ID, who Caller) {
	t := b.t
	t.Helper()
	for _, drop := range []bool{true, false} {
		person := b.rig.Person(t, theirs, Answers, Agent)
		transfer := string(id) + map[bool]string{true: ".t1", false: ".t2"}[drop]
		b.sw.Do(call.TransferOut{Call: id, Transfer: transfer, Number: theirs})
		awaitEvent[call.TransferAnswered](b, id)
		b.isTalking(who, number{person})
		b.sw.Do(call.Hold{Call: id})
		b.isHeld(who, number{person}, Music)
		b.sw.Do(call.Unhold{Call: id})
		b.isTalking(who, number{person})
		b.sw.Do(call.Hold{Call: id})
		b.isHeld(who, number{person}, Music)
		if drop {
			b.sw.Do(call.DropTransfer{Call: id, Transfer: transfer})
		} else {
			person.HangUp()
			awaitEvent[call.TransferEnded](b, id)
		}
		b.awaitOver(person)
	}
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.isTalking(who, b.connected(id, who, call.LegID(call.OfferID(id, 90))))
}

// holdThenMessage: a caller whose agent is gone is heard in the message.
func holdThenMessage(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	leg := call.LegID(call.OfferID(id, 1))
	a := b.connected(id, who, leg)
	b.sw.Do(call.Hold{Call: id})
	b.isHeld(who, a, Music)
	b.sw.Do(call.DropLeg{Call: id, Leg: leg})
	b.recordsVoice(id)
	b.endBy(true, id, who)
}

// recordsVoice records a message, in which the caller is heard.
func (b *bench) recordsVoice(id call.ID) {
	b.t.Helper()
	name := string(id) + ".r"
	b.sw.Do(call.Record{Call: id, Record: name, Max: 2 * time.Second})
	if r := awaitEvent[call.Recorded](b, id); r.Failed || r.Record != name {
		b.t.Errorf("told was %+v", r)
	}
	if s := b.rig.Message(name); s != Voice {
		b.t.Errorf("in the message there is %s", s)
	}
}

// holdThenFallback: a caller on hold who is given to the fallback, or taken there by the
// dead-man, is heard afterwards.
func holdThenFallback(t *testing.T, rig Rig) {
	for _, ordered := range []bool{true, false} {
		well := newHealth()
		ill := rig
		ill.Config.DeadMan, ill.Config.Healthy = 2*time.Second, well.isWell
		old := begin(t, ill)
		id, who := old.phoned()
		a := old.connected(id, who, call.LegID(call.OfferID(id, 1)))
		old.sw.Do(call.Hold{Call: id})
		old.isHeld(who, a, Music)
		if ordered {
			old.sw.Do(call.Fallback{Call: id})
		} else {
			well.fail()
		}
		if h := awaitEvent[call.HungUp](old, id); h.Side != call.SideSystem {
			t.Errorf("taken to the fallback; told was %+v", h)
		}
		old.hears(who, FallbackSound)
		b := begin(t, rig)
		old.isReplaced()
		again := awaitEvent[call.Arrived](b, "")
		if !again.Again {
			t.Errorf("back from the fallback as %+v", again)
		}
		b.isTalking(who, b.connected(again.Call, who, call.LegID(call.OfferID(again.Call, 1))))
		b.endBy(true, again.Call, who)
		b.stop()
	}
}

// restartedHolding: the hold outlives the controller. The next one does not know of it, and
// ends it by the order to, by a new leg, or when the agent is gone.
func restartedHolding(t *testing.T, rig Rig) {
	for what, next := range map[string]func(b *bench, id call.ID, who Caller, a agent){
		"held on": func(b *bench, id call.ID, who Caller, a agent) {
			b.sw.Do(call.Hold{Call: id})
			b.isHeld(who, a, Music)
			b.sw.Do(call.Unhold{Call: id})
			b.isTalking(who, a)
		},
		"ended": func(b *bench, id call.ID, who Caller, a agent) {
			b.sw.Do(call.Unhold{Call: id})
			b.isTalking(who, a)
		},
		"a word": func(b *bench, id call.ID, who Caller, a agent) {
			b.sw.Do(call.Play{Call: id, Play: "q" + string(id), Prompts: []string{Long}})
			b.isHeld(who, a, Long)
			b.sw.Do(call.Unhold{Call: id})
			b.isTalking(who, a)
		},
		"another leg": func(b *bench, id call.ID, who Caller, _ agent) {
			b.isTalking(who, b.connected(id, who, call.LegID(call.OfferID(id, 2))))
		},
		"no leg": func(b *bench, id call.ID, who Caller, _ agent) { b.recordsVoice(id) },
	} {
		for _, speaking := range []bool{true, false} {
			old := begin(t, rig)
			id, who := old.phoned()
			known := asterisk.Known{Call: id, Channel: old.channel(id), Leg: call.LegID(call.OfferID(id, 1))}
			a := old.connected(id, who, known.Leg)
			old.sw.Do(call.Hold{Call: id})
			old.isHeld(who, a, Music)
			if speaking {
				old.sw.Do(call.Play{Call: id, Play: "p" + string(id), Prompts: []string{Long}})
				old.isHeld(who, a, Long)
			}
			old.stop()
			if what == "no leg" {
				known.Leg = ""
			}
			b := begin(t, rig, known)
			b.resumed(id, known.Leg)
			if known.Leg != "" {
				b.isHeld(who, a, Music)
			}
			next(b, id, who, a)
			if heard[call.Failed](b, id) {
				t.Errorf("%s: told were: %v", what, b.allTold())
			}
			b.endBy(true, id, who)
			b.stop()
		}
	}
}

// unholdWhileCut: a hold whose end was ordered as the network was cut has ended when the
// network is back, wherever it was cut.
func unholdWhileCut(t *testing.T, rig Rig) {
	b := begin(t, rig)
	type talk struct {
		id  call.ID
		who Caller
		a   agent
	}
	var talks []talk
	var ends []call.Command
	for range 4 { // it is two requests
		id, who := b.phoned()
		a := b.connected(id, who, call.LegID(call.OfferID(id, 1)))
		b.sw.Do(call.Hold{Call: id})
		b.isHeld(who, a, Music)
		talks = append(talks, talk{id, who, a})
		ends = append(ends, call.Unhold{Call: id})
	}
	b.orderAndCut(ends...)
	b.until("the switch is ready again", b.sw.Ready)
	for _, k := range talks {
		b.isTalking(k.who, k.a)
		b.endBy(true, k.id, k.who)
	}
}

package asterisktest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
)

func networkCut(t *testing.T, rig Rig) {
	b := begin(t, rig)
	stays, who := b.phoned()
	goes, other := b.phoned()
	talks, third := b.phoned()
	leg := call.LegID(call.OfferID(talks, 1))
	b.sw.Do(call.Play{Call: stays, Play: "p" + string(stays), Prompts: []string{Hello}})
	b.hears(who, Hello)
	b.connected(talks, third, leg)

	b.wire.Cut()
	b.until("the switch notices", func() bool { return !b.sw.Ready() })
	other.HangUp()
	if err := rig.askARI("DELETE", "/channels/"+leg, nil); err != nil {
		t.Fatal(err)
	}
	b.hears(who, Silence) // the prompt ends, and nobody is told
	b.wire.Mend()

	if h := awaitEvent[call.HungUp](b, goes); !h.Estimated || h.Side != call.SideCaller {
		t.Errorf("gone in the gap; told was %+v", h)
	}
	awaitEvent[call.LegEnded](b, talks)
	awaitEvent[call.PlayEnded](b, stays)
	b.until("the switch is ready again", b.sw.Ready)
	who.Press('7')
	awaitEvent[call.DigitPressed](b, stays)
	b.sw.Do(call.Music{Call: stays})
	b.hears(who, Music)
	if heard[call.Resumed](b, stays) {
		t.Error("a gap was told as a restart")
	}
	who.HangUp()
	third.HangUp()
	awaitEvent[call.HungUp](b, stays)
	awaitEvent[call.HungUp](b, talks)
	b.nothingLeft(stays, talks, goes)
}

// orderedWhileCut: of the sounds that were ordered while the network was cut, the caller
// hears the last one when the network is back.
func orderedWhileCut(t *testing.T, rig Rig) {
	b := begin(t, rig)
	for _, last := range []Sound{Music, Long} {
		id, who := b.phoned()
		b.wire.Cut()
		b.sw.Do(call.Play{Call: id, Play: "p" + string(id), Prompts: []string{Hello}})
		b.sw.Do(call.Music{Call: id})
		b.sw.Do(call.Discreet{Call: id}) // is not to be heard
		if last == Long {
			b.sw.Do(call.Play{Call: id, Play: "q" + string(id), Prompts: []string{Long}})
		}
		b.until("the switch notices", func() bool { return !b.sw.Ready() })
		b.wire.Mend()
		b.hears(who, last)
		who.HangUp()
		awaitEvent[call.HungUp](b, id)
		b.nothingLeft(id)
		b.until("the switch is ready again", b.sw.Ready)
	}
}

// endedWhileCut: what was to be ended has ended when the network is back, wherever it
// was cut: before the request, between request and reply, or between two requests.
func endedWhileCut(t *testing.T, rig Rig) {
	b := begin(t, rig)
	type talk struct {
		id  call.ID
		who Caller
	}
	var talks []talk
	var drops, hangs []call.Command
	for range 6 { // a leg's end is three requests, and a call's as many
		id, who := b.phoned()
		leg := call.LegID(call.OfferID(id, 1))
		b.connected(id, who, leg)
		talks = append(talks, talk{id, who})
		drops = append(drops, call.DropLeg{Call: id, Leg: leg})
		hangs = append(hangs, call.HangUp{Call: id})
	}
	b.orderAndCut(drops...)
	for _, k := range talks {
		b.until("nothing of the leg is left", func() bool {
			return !strings.Contains(b.rig.everything(t), call.LegID(call.OfferID(k.id, 1)))
		})
		b.sw.Do(call.Music{Call: k.id})
		b.hears(k.who, Music)
	}
	b.until("the switch is ready again", b.sw.Ready)
	b.orderAndCut(hangs...)
	for _, k := range talks {
		if h := awaitEvent[call.HungUp](b, k.id); h.Side != call.SideUs {
			t.Errorf("told was %+v", h)
		}
		b.awaitOver(k.who)
		b.nothingLeft(k.id)
	}
}

// orderAndCut orders, one every 20 ms, the end of what each call has, and then cuts the
// network, twice, for longer than a request is repeated at once.
func (b *bench) orderAndCut(orders ...call.Command) {
	const delay = 20 * time.Millisecond // of a request; the reply takes as long
	b.wire.Delay(delay)
	for _, o := range orders {
		b.sw.Do(o)
		time.Sleep(delay) // so that the cut falls into another moment of each request
	}
	for range 2 {
		b.wire.Cut()
		b.until("the switch notices", func() bool { return !b.sw.Ready() })
		time.Sleep(300 * time.Millisecond) // longer than a request is repeated at once
		b.wire.Mend()
		time.Sleep(100 * time.Millisecond) // some requests pass before the next cut
	}
	b.wire.Delay(0)
}

// restartedSpeaking: a channel obeys no order while it plays a prompt, so a controller that
// has just started must end the prompt that the one before had begun.
func restartedSpeaking(t *testing.T, rig Rig) {
	old := begin(t, rig)
	id, who := old.phoned()
	for i := range 12 { // whichever prompt of the call it is
		play := fmt.Sprintf("%s.%d", id, i)
		old.sw.Do(call.Play{Call: id, Play: play, Prompts: []string{Long}})
		if i < 11 {
			old.sw.Do(call.StopPlay{Call: id, Play: play})
			awaitEvent[call.PlayEnded](old, id)
		}
	}
	old.hears(who, Long)
	known := asterisk.Known{Call: id, Channel: old.channel(id)}
	old.stop()
	b := begin(t, rig, known)
	awaitEvent[call.Resumed](b, id)
	b.sw.Do(call.Answer{Call: id})
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.connected(id, who, call.LegID(call.OfferID(id, 1)))
	if heard[call.Failed](b, id) {
		t.Errorf("told were: %v", b.allTold())
	}
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	b.nothingLeft(id)
}

// restartedRecording: nor does it while it records.
func restartedRecording(t *testing.T, rig Rig) {
	old := begin(t, rig)
	id, who := old.phoned()
	name := string(id) + ".r1"
	old.sw.Do(call.Record{Call: id, Record: name, Max: time.Minute})
	old.until("it is recorded", func() bool { return rig.askARI("GET", "/recordings/live/"+name, nil) == nil })
	known := asterisk.Known{Call: id, Channel: old.channel(id)}
	old.stop()
	b := begin(t, rig, known)
	awaitEvent[call.Resumed](b, id)
	b.sw.Do(call.Play{Call: id, Play: "p" + string(id), Prompts: []string{Long}})
	b.hears(who, Long)
	b.until("nothing is recorded any more", func() bool { return rig.askARI("GET", "/recordings/live/"+name, nil) != nil })
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
}

func restarted(t *testing.T, rig Rig) {
	old := begin(t, rig)
	talks, first := old.phoned()
	leg := call.LegID(call.OfferID(talks, 1))
	agent := old.connected(talks, first, leg)
	alone, second := old.phoned() // its agent is gone
	old.connected(alone, second, call.LegID(call.OfferID(alone, 1)))
	goes, third := old.phoned()
	lost, fourth := old.phoned() // the core does not know it
	known := []asterisk.Known{{Call: talks, Channel: old.channel(talks), Leg: leg},
		{Call: alone, Channel: old.channel(alone)}, {Call: goes, Channel: old.channel(goes)}}
	old.stop()
	third.HangUp()
	old.nothingLeft(goes)

	b := begin(t, rig, known...)
	b.resumed(talks, leg)
	b.resumed(alone, "")
	if h := awaitEvent[call.HungUp](b, goes); !h.Estimated || h.Side != call.SideCaller {
		t.Errorf("gone meanwhile; told was %+v", h)
	}
	found := awaitEvent[call.Arrived](b, "")
	if !found.Again || found.Call == lost || found.To != "100" {
		t.Errorf("a caller whom nobody knew arrived as %+v", found)
	}
	b.still("caller and agent hear each other", func() bool { return agent.hears() && first.Hears(Agent) })
	b.sw.Do(call.Music{Call: alone})
	b.hears(second, Music)
	b.sw.Do(call.DropLeg{Call: talks, Leg: leg})
	b.sw.Do(call.Play{Call: talks, Play: "p" + string(talks), Prompts: []string{Long}})
	b.hears(first, Long)
	for _, who := range []Caller{first, second, fourth} {
		who.HangUp()
	}
	b.endedByCallers(talks, alone, found.Call)
	b.nothingLeft(talks, alone, lost, found.Call)
}

// endedByCallers waits until each call has been ended by its caller.
func (b *bench) endedByCallers(ids ...call.ID) {
	b.t.Helper()
	for _, id := range ids {
		if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideCaller || h.Estimated {
			b.t.Errorf("hung up after the restart: told was %+v", h)
		}
	}
}

// resumed waits until the call has been resumed with that leg.
func (b *bench) resumed(id call.ID, leg string) {
	b.t.Helper()
	if r := awaitEvent[call.Resumed](b, id); r.Leg != leg || r.Node != b.rig.Config.Node {
		b.t.Errorf("resumed as %+v", r)
	}
}

// isReplaced waits until the switch has ended because another has its place.
func (b *bench) isReplaced() {
	b.t.Helper()
	select {
	case err := <-b.ran:
		if !errors.Is(err, asterisk.ErrReplaced) {
			b.t.Errorf("the old controller ended with %v", err)
		}
	case <-time.After(patience):
		b.t.Fatal("the old controller did not notice that it was replaced")
	}
}

func replaced(t *testing.T, rig Rig) {
	old := begin(t, rig)
	id, who := old.phoned()
	fresh := begin(t, rig, asterisk.Known{Call: id, Channel: old.channel(id)})
	old.isReplaced()
	awaitEvent[call.Resumed](fresh, id)
	old.sw.Do(call.HangUp{Call: id}) // must not be carried out
	fresh.sw.Do(call.Music{Call: id})
	fresh.hears(who, Music)
	who.Press('1')
	awaitEvent[call.DigitPressed](fresh, id)
	who.HangUp()
	awaitEvent[call.HungUp](fresh, id)
	if heard[call.HungUp](old, id) {
		t.Error("the old controller still told what happened")
	}
}

// takesOver: the next controller takes Asterisk's news first and the books
// afterwards. What happens between is not lost.
func takesOver(t *testing.T, rig Rig) {
	old := begin(t, rig)
	stays, first := old.phoned()
	goes, second := old.phoned()
	known := []asterisk.Known{{Call: stays, Channel: old.channel(stays)}, {Call: goes, Channel: old.channel(goes)}}
	fresh := bring(t, rig)
	if err := fresh.sw.Take(); err != nil {
		t.Fatal(err)
	}
	old.isReplaced()
	first.Press('1')
	second.HangUp()
	old.nothingLeft(goes)
	third := rig.Call(t, "100", "+34600000003") // while no controller takes callers
	fresh.startSwitch(known...)
	awaitEvent[call.Resumed](fresh, stays)
	if d := awaitEvent[call.DigitPressed](fresh, stays); d.Digit != "1" {
		t.Errorf("pressed between the two was %+v", d)
	}
	if h := awaitEvent[call.HungUp](fresh, goes); !h.Estimated || h.Side != call.SideCaller {
		t.Errorf("gone between the two; told was %+v", h)
	}
	arrived := awaitEvent[call.Arrived](fresh, "")
	if arrived.From != "+34600000003" {
		t.Errorf("who came between the two arrived as %+v", arrived)
	}
	first.HangUp()
	third.HangUp()
	awaitEvent[call.HungUp](fresh, stays)
	awaitEvent[call.HungUp](fresh, arrived.Call)
	fresh.nothingLeft(stays, arrived.Call)
}

// restartWhileRinging: calls that the journal has go on ringing, all others are hung up.
func restartWhileRinging(t *testing.T, rig Rig) {
	old := begin(t, rig)
	talks, who := old.phoned()
	rig.Person(t, theirs+"1", Answers, Agent)
	old.sw.Do(call.TransferOut{Call: talks, Transfer: string(talks) + ".t", Number: theirs + "1"})
	awaitEvent[call.TransferAnswered](old, talks)
	tries, second := old.phoned()
	waits := rig.Person(t, theirs+"2", Rings, Agent)
	old.sw.Do(call.TransferOut{Call: tries, Transfer: string(tries) + ".t", Number: theirs + "2"})
	known, unknown := NewID(), NewID()
	stays, goes := rig.Person(t, theirs+"3", Rings, Voice), rig.Person(t, theirs+"4", Rings, Voice)
	old.sw.Do(call.Dial{Call: known, Dial: call.DialID(known, 1), Number: theirs + "3", Ring: 30 * time.Second})
	old.sw.Do(call.Dial{Call: unknown, Dial: call.DialID(unknown, 1), Number: theirs + "4", Ring: 30 * time.Second})
	for _, p := range []Person{waits, stays, goes} {
		old.until("it rings", p.Rings)
	}
	old.stop()

	b := begin(t, rig, asterisk.Known{Call: talks, Channel: old.channel(talks), Transfer: string(talks) + ".t"},
		asterisk.Known{Call: tries, Channel: old.channel(tries), Transfer: string(tries) + ".t"},
		asterisk.Known{Call: known, Channel: call.DialID(known, 1)})
	awaitEvent[call.Resumed](b, talks)
	awaitEvent[call.Resumed](b, tries)
	if e := awaitEvent[call.TransferEnded](b, tries); e.Why != "over" {
		t.Errorf("told was %+v", e)
	}
	b.awaitOver(waits)
	b.awaitOver(goes)
	goesOnRinging(b, known, stays)
	b.still("the caller hears the agent", func() bool { return who.Hears(Agent) })
	if heard[call.TransferEnded](b, talks) {
		t.Error("the conversation did not outlive the controller")
	}
	b.sw.Do(call.HangUp{Call: known})
	who.HangUp()
	second.HangUp()
	for _, id := range []call.ID{talks, tries, known} {
		awaitEvent[call.HungUp](b, id)
	}
	b.nothingLeft(talks, tries, known, unknown)
}

// goesOnRinging lets a person answer whose phone an earlier controller let ring.
func goesOnRinging(b *bench, id call.ID, person Person) {
	b.t.Helper()
	person.Answers()
	awaitEvent[call.DialAnswered](b, id)
	b.sw.Do(call.Music{Call: id})
	b.hears(person, Music)
}

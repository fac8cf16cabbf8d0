package asterisktest

import (
	"context"
	"errors"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
)

// theirs is the number of a person outside.
const theirs = "+4930555"

func spoken(t *testing.T, rig Rig) {
	sound, made := rig.Config.Sound, make(chan struct{})
	if sound == nil {
		sound = func(_ context.Context, prompt string) (string, error) { return "sound:" + prompt, nil }
	}
	rig.Config.Sound = func(ctx context.Context, prompt string) (string, error) {
		_, text, machine := call.SpokenText(prompt)
		if _, limited := ctx.Deadline(); !limited {
			t.Error("a sound is asked for without a deadline")
		}
		switch {
		case machine && text == "":
			return "", errors.New("the machine is silent")
		case machine:
			<-made
			return sound(ctx, Long)
		}
		return sound(ctx, prompt)
	}
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.sw.Do(call.Play{Call: id, Play: "a" + string(id), Prompts: []string{call.Spoken("ko", ""), call.Prompt("", Hello), call.Spoken("ko", "주문은 5월 3일에 도착합니다.")}})
	b.hears(who, Music) // while the machine makes the sound
	close(made)
	b.hears(who, Long)
	b.sw.Do(call.StopPlay{Call: id, Play: "a" + string(id)})
	if e := awaitEvent[call.PlayEnded](b, id); e.Failed {
		t.Errorf("ended as %+v", e)
	}
	b.sw.Do(call.Play{Call: id, Play: "b" + string(id), Prompts: []string{call.Spoken("ko", "")}})
	if e := awaitEvent[call.PlayEnded](b, id); !e.Failed {
		t.Errorf("without any sound it ended as %+v", e)
	}
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
}

func promise(t *testing.T, rig Rig) {
	asked := make(chan struct{})
	answer := make(chan error)
	rig.Config.Promise = func(ctx context.Context) error {
		asked <- struct{}{}
		select {
		case err := <-answer:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b := begin(t, rig)
	id, who := b.phoned()
	words := func(play string) call.Play {
		return call.Play{Call: id, Play: play + string(id), Prompts: []string{Long}}
	}
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.sw.Do(call.Promise{Call: id})
	b.sw.Do(words("kept"))
	<-asked
	b.hears(who, Music) // the words wait
	answer <- nil
	b.hears(who, Long)
	b.sw.Do(call.StopPlay{Call: id, Play: "kept" + string(id)})
	awaitEvent[call.PlayEnded](b, id)

	for _, late := range []bool{false, true} {
		promiseBroken(b, id, who, func() {
			<-asked
			if !late {
				answer <- errors.New("the disk is full")
			}
		})
	}
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
}

// promiseBroken orders words after a promise that cannot be kept, as fail sees to. They
// are left out, and the next words are not.
func promiseBroken(b *bench, id call.ID, who Caller, fail func()) {
	b.t.Helper()
	words := func(play string) call.Play {
		return call.Play{Call: id, Play: play + string(id), Prompts: []string{Long}}
	}
	b.sw.Do(call.Music{Call: id})
	b.sw.Do(call.Promise{Call: id})
	b.sw.Do(words("broken"))
	fail()
	if f := awaitEvent[call.Failed](b, id); f.Command != "Promise" || f.Why == "" {
		b.t.Errorf("told was %+v", f)
	}
	if e := awaitEvent[call.PlayEnded](b, id); !e.Failed {
		b.t.Errorf("words that may not be said ended as %+v", e)
	}
	b.hears(who, Music)
	b.sw.Do(words("next")) // only one is left out
	b.hears(who, Long)
	b.sw.Do(call.StopPlay{Call: id, Play: "next" + string(id)})
	awaitEvent[call.PlayEnded](b, id)
}

func message(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	for range 2 {
		b.sw.Do(call.Record{Call: id, Record: string(id) + ".r1", Max: time.Minute})
	}
	b.hears(who, Silence)
	b.until("it is recorded", func() bool { return rig.askARI("GET", "/recordings/live/"+string(id)+".r1", nil) == nil })
	who.Press('#') // once: another one would end the next message
	if r := awaitEvent[call.Recorded](b, id); r.Record != string(id)+".r1" || r.Failed {
		t.Errorf("told was %+v", r)
	}
	b.sw.Do(call.StopRecord{Call: id, Record: string(id) + ".r1"}) // harmless
	b.sw.Do(call.Record{Call: id, Record: string(id) + ".r2", Max: 2 * time.Second})
	if r := awaitEvent[call.Recorded](b, id); r.Record != string(id)+".r2" || r.Failed || r.Seconds < 0.9 || r.Seconds > 2.1 {
		t.Errorf("the longest time of 2 s ended it; told was %+v", r)
	}
	b.sw.Do(call.Play{Call: id, Play: "p" + string(id), Prompts: []string{Long}})
	b.hears(who, Long)
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	if heard[call.Recorded](b, id) {
		t.Errorf("a message was told twice; told were: %v", b.allTold())
	}
}

func messageStopped(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	kept, lost := string(id)+".kept", string(id)+".lost"
	stored := func(name string) bool { return rig.askARI("GET", "/recordings/stored/"+name, nil) == nil }
	b.sw.Do(call.Record{Call: id, Record: kept, Max: time.Minute})
	b.until("it is recorded", func() bool { return rig.askARI("GET", "/recordings/live/"+kept, nil) == nil })
	b.sw.Do(call.StopRecord{Call: id, Record: kept})
	if r := awaitEvent[call.Recorded](b, id); r.Record != kept || r.Failed {
		t.Errorf("told was %+v", r)
	}
	if !stored(kept) {
		t.Error("a message was not kept")
	}
	b.sw.Do(call.Record{Call: id, Record: lost, Max: time.Minute})
	b.sw.Do(call.StopRecord{Call: id, Record: lost, Discard: true})
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	if stored(lost) || heard[call.Recorded](b, id) {
		t.Errorf("a message was not thrown away; told were: %v", b.allTold())
	}
	b.sw.Do(call.StopRecord{Call: id, Record: kept, Discard: true}) // after all
	b.until("it is thrown away", func() bool { return !stored(kept) })

	// An agent comes in the middle of a message.
	b.sw.Do(call.Record{Call: id, Record: kept, Max: time.Minute})
	b.connected(id, who, call.LegID(call.OfferID(id, 1)))
	awaitEvent[call.Recorded](b, id)
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	b.nothingLeft(id)
}

// messageCutOff: the message of a caller who hangs up is kept, and told first.
func messageCutOff(t *testing.T, rig Rig) {
	b := begin(t, rig)
	for _, us := range []bool{false, true} {
		id, who := b.phoned()
		name := string(id) + ".r"
		b.sw.Do(call.Record{Call: id, Record: name, Max: time.Minute})
		b.until("it is recorded", func() bool { return rig.askARI("GET", "/recordings/live/"+name, nil) == nil })
		if us {
			b.sw.Do(call.HangUp{Call: id})
		} else {
			who.HangUp()
		}
		h := awaitEvent[call.HungUp](b, id)
		if want := map[bool]call.Side{false: call.SideCaller, true: call.SideUs}[us]; h.Side != want {
			t.Errorf("told was %+v, want %s", h, want)
		}
		if !heard[call.Recorded](b, id) { // before HungUp, as checkEnds sees to
			t.Fatalf("the message of a caller who hung up was not told; told were: %v", b.allTold())
		}
		if r := awaitEvent[call.Recorded](b, id); r.Failed || r.Record != name {
			t.Errorf("told was %+v", r)
		}
		b.nothingLeft(id)
	}
}

// messageLong: whoever speaks for long is not taken by the dead-man.
func messageLong(t *testing.T, rig Rig) {
	rig.Config.DeadMan = 1500 * time.Millisecond
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Record{Call: id, Record: string(id) + ".r", Max: 4 * time.Second})
	if r := awaitEvent[call.Recorded](b, id); r.Failed || r.Seconds < 3 {
		t.Errorf("told was %+v", r)
	}
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.terms(2)
	who.HangUp()
	if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideCaller {
		t.Errorf("told was %+v", h)
	}
}

func handedOn(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	person := rig.Person(t, theirs, Rings, Agent)
	b.sw.Do(call.Music{Call: id})
	for range 2 {
		b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + ".t1", Number: theirs})
	}
	b.until("it rings", person.Rings)
	b.hears(who, Music)
	person.Answers()
	if a := awaitEvent[call.TransferAnswered](b, id); a.Transfer != string(id)+".t1" {
		t.Errorf("told was %+v", a)
	}
	b.hears(who, Agent)
	b.until("the number hears the caller", func() bool { return person.Hears(Voice) })
	person.HangUp()
	if e := awaitEvent[call.TransferEnded](b, id); e.Transfer != string(id)+".t1" || e.Why != "over" {
		t.Errorf("told was %+v", e)
	}
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	handedOnAgain(b, id, who)
}

// handedOnAgain hands the caller on, then to an agent, and then on again. None of these
// ends is told as one that came by itself.
func handedOnAgain(b *bench, id call.ID, who Caller) {
	t, rig := b.t, b.rig
	t.Helper()
	person := rig.Person(t, theirs, Answers, Agent)
	b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + ".t2", Number: theirs})
	awaitEvent[call.TransferAnswered](b, id)
	b.hears(who, Agent)
	b.sw.Do(call.DropTransfer{Call: id, Transfer: string(id) + ".t2"})
	b.awaitOver(person)
	b.connected(id, who, call.LegID(call.OfferID(id, 1)))
	person = rig.Person(t, theirs, Answers, Agent)
	b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + ".t3", Number: theirs})
	awaitEvent[call.TransferAnswered](b, id)
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	b.awaitOver(person)
	b.nothingLeft(id)
	if heard[call.TransferEnded](b, id) || heard[call.LegEnded](b, id) {
		t.Errorf("what we ended was told as ended by itself; told were: %v", b.allTold())
	}
}

func notAnswered(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Music{Call: id})
	for does, why := range map[Manner]string{Busy: "busy", Declines: "refused", Unknown: "invalid", Forbidden: "trunk", Congested: "trunk"} {
		rig.Person(t, theirs, does, Agent)
		b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + "." + string(does), Number: theirs})
		if e := awaitEvent[call.TransferEnded](b, id); e.Why != why || e.Transfer != string(id)+"."+string(does) {
			t.Errorf("%s: told was %+v", does, e)
		}
	}
	b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + ".odd", Number: "no number"})
	if e := awaitEvent[call.TransferEnded](b, id); e.Why != "failed" {
		t.Errorf("told was %+v", e)
	}
	b.hears(who, Music)
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	b.nothingLeft(id)
}

func hangUpWhileRinging(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	for _, by := range []string{"an order", "the caller"} {
		person := rig.Person(t, theirs, Rings, Agent)
		b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + "." + by[:2], Number: theirs})
		b.until("it rings", person.Rings)
		if by == "the caller" {
			who.HangUp()
			awaitEvent[call.HungUp](b, id)
		} else {
			b.sw.Do(call.DropTransfer{Call: id, Transfer: string(id) + "." + by[:2]})
		}
		b.awaitOver(person)
	}
	b.nothingLeft(id)
	if heard[call.TransferEnded](b, id) || heard[call.TransferAnswered](b, id) {
		t.Errorf("told were: %v", b.allTold())
	}
}

func callback(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	for n, ends := range []string{"them", "us"} { // the same call, called back twice
		calledBack(b, id, n+1, ends == "us")
	}
	if heard[call.Arrived](b, "") || heard[call.Picked](b, id) || heard[call.DialFailed](b, id) || heard[call.DialRinging](b, id) {
		t.Errorf("told were: %v", b.allTold())
	}
}

// calledBack calls the caller back for the nth time, through all that a call has, to
// its end by us or by the person.
func calledBack(b *bench, id call.ID, n int, weEnd bool) {
	t, rig := b.t, b.rig
	t.Helper()
	person := rig.Person(t, theirs, Rings, Voice)
	dial := call.Dial{Call: id, Dial: call.DialID(id, n), Number: theirs, Ring: 30 * time.Second}
	for range 2 {
		b.sw.Do(dial)
	}
	if r := awaitEvent[call.DialRinging](b, id); r.Dial != dial.Dial {
		t.Errorf("told was %+v", r)
	}
	b.sw.Do(call.Music{Call: id}) // too early, and harmless
	b.until("it rings", person.Rings)
	person.Answers()
	if a := awaitEvent[call.DialAnswered](b, id); a.Dial != dial.Dial || a.By != "" {
		t.Errorf("told was %+v", a)
	}
	b.sw.Do(call.Answer{Call: id})
	b.sw.Do(call.Play{Call: id, Play: dial.Dial + ".p", Prompts: []string{Hello}})
	awaitEvent[call.PlayEnded](b, id)
	b.sw.Do(call.Music{Call: id})
	b.hears(person, Music)
	person.Press('5')
	awaitEvent[call.DigitPressed](b, id)
	b.connected(id, person, call.LegID(call.OfferID(id, n)))
	side := call.SideCaller
	if weEnd {
		side = call.SideUs
		b.sw.Do(call.HangUp{Call: id})
	} else {
		person.HangUp()
	}
	if h := awaitEvent[call.HungUp](b, id); h.Side != side || h.Estimated {
		t.Errorf("ended by us: %v; told was %+v", weEnd, h)
	}
	b.awaitOver(person)
	b.nothingLeft(id)
}

func callbackFailed(t *testing.T, rig Rig) {
	carriers := &Carriers{}
	rig.Config.Carriers = carriers
	b := begin(t, rig)
	id, n := NewID(), 0
	for does, c := range map[Manner]struct {
		why  string
		rang bool
	}{Busy: {why: "busy"}, Declines: {why: "declined"}, Unknown: {why: "invalid"}, Rings: {"no_answer", true}, Silent: {why: "no_answer"},
		Media: {"no_answer", true}, Forbidden: {why: "trunk"}, Congested: {why: "trunk"}, RingsThenCongested: {"trunk", true}} {
		n++
		person := rig.Person(t, theirs, does, Voice)
		b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, n), Number: theirs, Ring: time.Second})
		if c.rang {
			awaitEvent[call.DialRinging](b, id)
		}
		if f := awaitEvent[call.DialFailed](b, id); f.Why != c.why || f.Dial != call.DialID(id, n) {
			t.Errorf("%s: told was %+v", does, f)
		}
		if told := carriers.Last(); told.Class != c.why || carriers.Up("trunk") != 0 {
			t.Errorf("%s: of the trunk was told %+v, and it has %d calls", does, told, carriers.Up("trunk"))
		}
		b.awaitOver(person)
		b.sw.Do(call.HangUp{Call: id}) // too late, and harmless
	}
	b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, n+1), Number: "1;drop", Ring: time.Second})
	if f := awaitEvent[call.DialFailed](b, id); f.Why != "invalid" {
		t.Errorf("told was %+v", f)
	}
	b.nothingLeft(id)
}

// nextTrunk: what one trunk does not carry goes over the next, unless the phone
// has rung: nobody is called twice.
func nextTrunk(t *testing.T, rig Rig) {
	refuses, answers := theirs+"7", theirs+"8"
	carriers := &Carriers{Otherwise: func(number string) []call.Way {
		missing := call.Way{Trunk: "missing", Number: number}
		return []call.Way{missing, {Trunk: "trunk", Number: refuses}, {Trunk: "trunk", Number: answers}}
	}}
	rig.Config.Carriers = carriers
	b := begin(t, rig)
	nextTrunkOfDials(b, carriers, refuses, answers)
	for _, does := range []Manner{Congested, Redirects, Unknown} {
		id, who := b.phoned()
		rig.Person(t, refuses, does, Agent)
		rig.Person(t, answers, Answers, Agent)
		b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + ".t", Number: theirs})
		awaitEvent[call.TransferAnswered](b, id)
		b.until("the caller hears the other", func() bool { return who.Hears(Agent) })
		who.HangUp()
		b.nothingLeft(id)
	}
	b.until("the trunk is free", func() bool { return carriers.Up("trunk") == 0 && carriers.Up("missing") == 0 })
}

// nextTrunkOfDials makes calls: the trunk that refuses is tried before the one that
// answers.
func nextTrunkOfDials(b *bench, carriers *Carriers, refuses, answers string) {
	t, rig := b.t, b.rig
	t.Helper()
	for n, does := range []Manner{Congested, Forbidden, Redirects, Unknown} {
		rig.Person(t, refuses, does, Voice)
		person := rig.Person(t, answers, Answers, Voice)
		id := NewID()
		b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, n+1), Number: theirs, Ring: 30 * time.Second})
		awaitEvent[call.DialAnswered](b, id)
		b.sw.Do(call.Music{Call: id})
		b.hears(person, Music)
		if up := carriers.Up("trunk"); up != 1 || carriers.Up("missing") != 0 || carriers.Last().Class != "answered" {
			t.Errorf("%s: the trunk has %d calls, and was told %+v", does, up, carriers.Last())
		}
		b.sw.Do(call.HangUp{Call: id})
		b.awaitOver(person)
		b.nothingLeft(id)
	}
	for does, why := range map[Manner]string{RingsThenCongested: "trunk", Busy: "busy"} {
		rig.Person(t, refuses, does, Voice)
		person := rig.Person(t, answers, Rings, Voice)
		id := NewID()
		b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 30 * time.Second})
		if f := awaitEvent[call.DialFailed](b, id); f.Why != why || person.Rings() {
			t.Errorf("%s: told was %+v; another phone rings: %v", does, f, person.Rings())
		}
		b.nothingLeft(id)
	}

	// Two that know no such number: there is none.
	rig.Person(t, refuses, Unknown, Voice)
	rig.Person(t, answers, Unknown, Voice)
	id := NewID()
	b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 30 * time.Second})
	if f := awaitEvent[call.DialFailed](b, id); f.Why != "invalid" {
		t.Errorf("two trunks without such a number: %+v", f)
	}
	b.nothingLeft(id)
}

// The agent who calls a number hears, on one leg, the ringing or what the network
// sends before the answer, and then the person. Before the answer the person does
// not hear the agent. However the call ends, nothing of it is left in Asterisk.
func earlyMedia(t *testing.T, rig Rig) {
	b := begin(t, rig)
	for _, does := range []Manner{Rings, Media, Answers} {
		for _, agentEnds := range []bool{true, false} {
			earlyMediaOf(b, does, agentEnds)
		}
	}
}

// earlyMediaOf calls a person who does that. agentEnds: the agent ends the call, and not
// the person.
func earlyMediaOf(b *bench, does Manner, agentEnds bool) {
	t := b.t
	t.Helper()
	person, id, a := b.rig.Person(t, theirs, does, Voice), NewID(), newAgent(t)
	leg := call.LegID(call.OfferID(id, 1))
	b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 30 * time.Second, Leg: leg, Address: a.address()})
	made := func() {
		m := awaitEvent[call.LegMade](b, id)
		a.talkTo(m.Remote)
		if m.Leg != leg {
			t.Errorf("told was %+v", m)
		}
	}
	if does != Answers { // a person who answers at once may do so before there is a leg
		made()
		b.until(string(does)+": the agent hears it", func() bool { return a.hearsRinging() == (does == Rings) && a.hears() == (does == Media) })
		if person.Hears(Agent) {
			t.Errorf("%s: she is heard before the answer", does)
		}
	}
	if agentEnds && does != Answers {
		b.sw.Do(call.HangUp{Call: id})
		awaitEvent[call.DialFailed](b, id)
		b.until(string(does)+": the agent hears nothing", func() bool { return !a.hears() && !a.hearsRinging() })
		b.nothingLeft(id)
		return
	}
	if does != Answers {
		person.Answers()
	}
	awaitEvent[call.DialAnswered](b, id)
	b.sw.Do(call.Connect{Call: id, Leg: leg, Address: a.address()})
	if does == Answers {
		made()
	}
	awaitEvent[call.Bridged](b, id)
	b.hears(person, Agent)
	b.until(string(does)+": the agent hears the person", func() bool { return a.hears() && !a.hearsRinging() })
	b.endBy(agentEnds, id, person)
}

// endBy lets a talk end, by us or by the person, and waits until nothing of it is left.
func (b *bench) endBy(us bool, id call.ID, person Person) {
	b.t.Helper()
	if us {
		b.sw.Do(call.HangUp{Call: id})
	} else {
		person.HangUp()
	}
	awaitEvent[call.HungUp](b, id)
	b.nothingLeft(id)
}

// The agent also hears the person while Asterisk finds out whether it is one.
func earlyMediaListening(t *testing.T, rig Rig) {
	b := begin(t, rig)
	for _, does := range []Manner{Greets, Machine} {
		person := rig.Person(t, theirs, does, Voice)
		id, a := NewID(), newAgent(t)
		leg := call.LegID(call.OfferID(id, 1))
		b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 30 * time.Second, Listen: true, Leg: leg, Address: a.address()})
		a.talkTo(awaitEvent[call.LegMade](b, id).Remote)
		by := awaitEvent[call.DialAnswered](b, id).By
		if does == Machine {
			b.sw.Do(call.DropLeg{Call: id, Leg: leg})
			b.sw.Do(call.Play{Call: id, Play: string(id) + ".p", Prompts: []string{Long}})
			b.hears(person, Long)
			b.until("the agent hears nothing", func() bool { return !a.hears() && !a.hearsRinging() })
		} else {
			b.sw.Do(call.Connect{Call: id, Leg: leg, Address: a.address()})
			awaitEvent[call.Bridged](b, id)
			b.hears(person, Agent)
		}
		if by != map[Manner]string{Greets: "person", Machine: "machine"}[does] {
			t.Errorf("%s: taken by %s", does, by)
		}
		b.sw.Do(call.HangUp{Call: id})
		awaitEvent[call.HungUp](b, id)
		b.nothingLeft(id)
	}
}

// silentTrunk: a trunk that does nothing with a call is agentEnds up in time for the
// next one.
func silentTrunk(t *testing.T, rig Rig) {
	silent, answers := theirs+"7", theirs+"8"
	carriers := &Carriers{Otherwise: func(string) []call.Way {
		return []call.Way{{Trunk: "trunk", Number: silent}, {Trunk: "trunk", Number: answers}}
	}}
	rig.Config.Carriers, rig.Config.SilentTrunk = carriers, 2*time.Second
	b := begin(t, rig)
	rig.Person(t, silent, Silent, Voice)
	person := rig.Person(t, answers, Answers, Voice)
	id := NewID()
	b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 25 * time.Second})
	awaitEvent[call.DialAnswered](b, id)
	if up := carriers.Up("trunk"); up != 1 {
		t.Errorf("the trunk has %d calls", up)
	}
	b.sw.Do(call.HangUp{Call: id})
	b.awaitOver(person)
	b.nothingLeft(id)
}

func callbackTakenBack(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id := NewID()
	for n, order := range []call.Command{call.HangUp{Call: id}, call.Fallback{Call: id}} {
		person := rig.Person(t, theirs, Rings, Voice)
		b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, n+1), Number: theirs, Ring: 30 * time.Second})
		b.until("it rings", person.Rings)
		b.sw.Do(order)
		if f := awaitEvent[call.DialFailed](b, id); f.Dial != call.DialID(id, n+1) {
			t.Errorf("told was %+v", f)
		}
		b.awaitOver(person)
	}
	b.nothingLeft(id)
}

func noTrunk(t *testing.T, rig Rig) {
	rig.Config.Carriers = nil
	b := begin(t, rig)
	id, _ := b.phoned()
	b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + ".t", Number: theirs})
	if e := awaitEvent[call.TransferEnded](b, id); e.Why != "failed" {
		t.Errorf("told was %+v", e)
	}
	other := NewID()
	b.sw.Do(call.Dial{Call: other, Dial: call.DialID(other, 1), Number: theirs, Ring: time.Second})
	if f := awaitEvent[call.DialFailed](b, other); f.Why != "failed" {
		t.Errorf("told was %+v", f)
	}
}

// restartWhileRinging: what the journal knows goes on, the rest stops ringing.
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
	if !who.Hears(Agent) || heard[call.TransferEnded](b, talks) {
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

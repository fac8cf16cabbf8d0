package asterisktest

import (
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
	"presszero/internal/nemesis"
)

// Sound is what a caller can hear.
type Sound string

// The sounds of every rig. Hello and Long are prompts of half a second at most
// and half a minute at least; Missing is a prompt that does not exist.
const (
	Silence       Sound = "silence"
	Music         Sound = "music"
	Agent         Sound = "agent"    // AgentTone, sent to the leg
	Voice         Sound = "voice"    // CallerTone: another caller's, or a person's whom we call
	FallbackSound Sound = "fallback" // the dialplan's safety net
	Hello               = "hello"
	Long                = "long"
	Missing             = "missing"
)

// Rig is an Asterisk to try a Switch on.
type Rig struct {
	// Config leads to it, with a Trunk. Its Sound must know Hello and Long.
	Config asterisk.Config
	// Call lets somebody phone. It does not wait for an answer. The caller
	// speaks with CallerTone.
	Call func(t *testing.T, to, from string) Caller
	// Person has a number that is called from now on behave like that, and
	// speak with the Voice or Agent tone.
	Person func(t *testing.T, number string, does Manner, voice Sound) Person
	// Faults happen to Asterisk's events on their way; chance comes from Seed.
	Faults nemesis.Faults
	Seed   uint64
}

// Manner is what a number does that is called.
type Manner string

// The manners of those who are called.
const (
	Answers            Manner = "answers"
	Rings              Manner = "rings" // until Answers
	Busy               Manner = "busy"
	Declines           Manner = "declines"
	Unknown            Manner = "unknown"               // there is no such number
	Forbidden          Manner = "forbidden"             // the carrier answers 403
	Congested          Manner = "congested"             // the carrier answers 503
	Redirects          Manner = "redirects"             // the carrier answers 302
	RingsThenCongested Manner = "rings, then congested" // 180, and then 503
	Media              Manner = "media"                 // early media without ringing, until Answers
	Silent             Manner = "silent"                // not a word, not even that it rings
	Greets             Manner = "greets"                // answers with a word, and waits
	Machine            Manner = "machine"               // answers, talks for 4 s, and is silent
	Mute               Manner = "mute"                  // answers, and says nothing
)

// Person is somebody who is called.
type Person interface {
	Caller
	Rings() bool // or has rung
	Answers()
}

// Caller is somebody who phones.
type Caller interface {
	Press(digit rune)
	HangUp() // or give up, before the answer
	Hears(Sound) bool
	Done() <-chan struct{} // the call is over for the caller
}

// parts are the parts of Exercise, in their order.
var parts = []struct {
	name string
	try  func(*testing.T, Rig)
}{
	{"a whole call", wholeCall},
	{"we hang up", weHangUp},
	{"prompts in a row", promptsInARow},
	{"a missing prompt", missingPrompt},
	{"an agent's leg that dies", legDies},
	{"an agent who cannot be reached", badAddress},
	{"a hang-up at each moment", hangUps},
	{"two calls at once", twoCalls},
	{"orders given twice", twice},
	{"orders for a call that is over", tooLate},
	{"given to the fallback", toFallback},
	{"the dead-man", deadMan},
	{"a controller that is not well", unwell},
	{"a network cut", networkCut},
	{"orders while the network is cut", orderedWhileCut},
	{"ends ordered as the network is cut", endedWhileCut},
	{"a controller restarted", restarted},
	{"a controller restarted while a prompt is spoken", restartedSpeaking},
	{"a controller restarted during a message", restartedRecording},
	{"a controller replaced", replaced},
	{"a controller that takes over", takesOver},
	{"words that are spoken by a machine", spoken},
	{"a promise", promise},
	{"a message", message},
	{"a message that is stopped", messageStopped},
	{"a hang-up during a message", messageCutOff},
	{"a message longer than the dead-man", messageLong},
	{"a prompt longer than the dead-man", promptLong},
	{"a crowd that hears long prompts", crowd},
	{"a caller who is handed on", handedOn},
	{"numbers that do not answer", notAnswered},
	{"a hang-up while it rings", hangUpWhileRinging},
	{"a callback", callback},
	{"callbacks that nobody takes", callbackFailed},
	{"the next trunk", nextTrunk},
	{"a silent trunk", silentTrunk},
	{"what an agent who dials hears", earlyMedia},
	{"what an agent hears while Asterisk listens", earlyMediaListening},
	{"a callback that is taken back", callbackTakenBack},
	{"no trunk", noTrunk},
	{"a restart while it rings", restartWhileRinging},
	{"who has taken the call", whoHasTaken},
	{"a message after the greeting", afterTheGreeting},
	{"a hang-up while Asterisk listens", hangUpWhileListening},
	{"callers who are refused", refused},
}

// Exercise holds a Switch on the rig to everything that is promised of it.
// The rig is made anew for each part; they do not run at the same time.
func Exercise(t *testing.T, rig func(*testing.T) Rig) {
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) { part.try(t, rig(t)) })
	}
}

func wholeCall(t *testing.T, rig Rig) {
	b := begin(t, rig)
	who := rig.Call(t, "100", "+34600000001")
	arrived := awaitEvent[call.Arrived](b, "")
	id := arrived.Call
	if arrived.To != "100" || arrived.From != "+34600000001" || arrived.Again || arrived.Channel == "" || arrived.Node != rig.Config.Node {
		t.Errorf("arrived as %+v", arrived)
	}
	b.sw.Do(call.Answer{Call: id})
	awaitEvent[call.Picked](b, id)

	b.sw.Do(call.Play{Call: id, Play: "p1" + string(id), Prompts: []string{Long}})
	b.hears(who, Long)
	who.Press('5')
	if got := awaitEvent[call.DigitPressed](b, id).Digit; got != "5" {
		t.Errorf("pressed %q, want 5", got)
	}
	b.sw.Do(call.StopPlay{Call: id, Play: "p1" + string(id)})
	if e := awaitEvent[call.PlayEnded](b, id); e.Failed || e.Play != "p1"+string(id) {
		t.Errorf("a stopped prompt ended as %+v", e)
	}
	b.hears(who, Silence)

	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	leg := call.LegID(call.OfferID(id, 1))
	agent := b.connected(id, who, leg)
	b.sw.Do(call.DropLeg{Call: id, Leg: leg})
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.until("the agent hears nobody", func() bool { return !agent.hears() })
	if heard[call.LegEnded](b, id) {
		t.Error("a leg that we dropped was told as ended by itself")
	}
	who.HangUp()
	if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideCaller || h.Estimated {
		t.Errorf("the caller hung up; told was %+v", h)
	}
	b.nothingLeft(id)
}

func weHangUp(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Play{Call: id, Play: "p" + string(id), Prompts: []string{Long}})
	b.hears(who, Long)
	b.sw.Do(call.HangUp{Call: id}) // in the middle of it
	if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideUs || h.Estimated {
		t.Errorf("we hung up; told was %+v", h)
	}
	b.awaitOver(who)
	b.nothingLeft(id)
	if heard[call.Failed](b, id) {
		t.Errorf("told were: %v", b.allTold())
	}
}

// awaitOver waits until the caller's telephone is down.
func (b *bench) awaitOver(who Caller) {
	b.t.Helper()
	select {
	case <-who.Done():
	case <-time.After(patience):
		b.t.Fatal("the caller's telephone never went down")
	}
}

// refused: who is not let in is turned away without having been answered.
func refused(t *testing.T, rig Rig) {
	b := begin(t, rig)
	for _, cause := range []int{17, 34} {
		id, who := b.rings()
		b.sw.Do(call.Refuse{Call: id, Cause: cause})
		if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideUs || h.Cause != cause || h.Estimated {
			t.Errorf("we refused with %d; told was %+v", cause, h)
		}
		b.awaitOver(who)
		b.nothingLeft(id)
		if heard[call.Picked](b, id) || heard[call.Failed](b, id) {
			t.Errorf("told were: %v", b.allTold())
		}
	}
}

func promptsInARow(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.sw.Do(call.Play{Call: id, Play: "a" + string(id), Prompts: []string{Hello, Hello}})
	if e := awaitEvent[call.PlayEnded](b, id); e.Failed {
		t.Errorf("prompts ended as %+v", e)
	}
	b.sw.Do(call.Play{Call: id, Play: "b" + string(id), Prompts: []string{Hello, Long}})
	b.hears(who, Long)
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
}

func missingPrompt(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Play{Call: id, Play: "m" + string(id), Prompts: []string{Missing}})
	if e := awaitEvent[call.PlayEnded](b, id); !e.Failed {
		t.Errorf("a prompt that does not exist ended as %+v", e)
	}
	b.sw.Do(call.StopPlay{Call: id, Play: "never"}) // harmless
	b.sw.Do(call.Play{Call: id, Play: "h" + string(id), Prompts: []string{Hello}})
	if e := awaitEvent[call.PlayEnded](b, id); e.Failed {
		t.Errorf("the next prompt ended as %+v", e)
	}
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
}

func legDies(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	leg := call.LegID(call.OfferID(id, 1))
	b.connected(id, who, leg)
	if err := rig.askARI("DELETE", "/channels/"+leg, nil); err != nil {
		t.Fatal(err)
	}
	if e := awaitEvent[call.LegEnded](b, id); e.Leg != leg {
		t.Errorf("told was %+v", e)
	}
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.connected(id, who, call.LegID(call.OfferID(id, 2)))
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	b.nothingLeft(id)
}

func badAddress(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	leg := call.LegID(call.OfferID(id, 1))
	b.sw.Do(call.Connect{Call: id, Leg: leg, Address: "no address"})
	if e := awaitEvent[call.Failed](b, id); e.Command != "connect" || e.Leg != leg || e.Why == "" {
		t.Errorf("told was %+v", e)
	}
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	b.nothingLeft(id)
}

// hangUps lets the caller go at every step, and at the very moment of each
// order as well.
func hangUps(t *testing.T, rig Rig) {
	b := begin(t, rig)
	a := newAgent(t)
	orders := func(id call.ID) []call.Command {
		leg := call.LegID(call.OfferID(id, 1))
		return []call.Command{
			call.Answer{Call: id},
			call.Play{Call: id, Play: "p" + string(id), Prompts: []string{Long}},
			call.StopPlay{Call: id, Play: "p" + string(id)},
			call.Music{Call: id},
			call.Connect{Call: id, Leg: leg, Address: a.address()},
			call.DropLeg{Call: id, Leg: leg},
			call.Music{Call: id},
		}
	}
	for step := range len(orders("")) + 1 {
		id, who := b.rings()
		for i, o := range orders(id) {
			if i == step {
				break
			}
			b.sw.Do(o)
			if _, answered := o.(call.Answer); answered {
				awaitEvent[call.Picked](b, id)
			}
			if _, connected := o.(call.Connect); connected && step > i+1 {
				awaitEvent[call.Bridged](b, id)
			}
		}
		who.HangUp()
		for _, o := range orders(id)[min(step, len(orders(id))-1):] {
			b.sw.Do(o)
		}
		if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideCaller {
			t.Errorf("hung up at step %d: told was %+v", step, h)
		}
		b.nothingLeft(id)
	}
}

func twoCalls(t *testing.T, rig Rig) {
	b := begin(t, rig)
	one, first := b.phoned()
	two, second := b.phoned()
	if one == two {
		t.Fatal("two calls have one id")
	}
	b.sw.Do(call.Music{Call: one})
	b.sw.Do(call.Play{Call: two, Play: "p" + string(two), Prompts: []string{Long}})
	b.hears(first, Music)
	b.hears(second, Long)
	second.Press('2')
	if got := awaitEvent[call.DigitPressed](b, two).Digit; got != "2" {
		t.Errorf("pressed %q, want 2", got)
	}
	first.HangUp()
	awaitEvent[call.HungUp](b, one)
	b.connected(two, second, call.LegID(call.OfferID(two, 1)))
	b.sw.Do(call.HangUp{Call: two})
	awaitEvent[call.HungUp](b, two)
	b.awaitOver(second)
	b.nothingLeft(one, two)
}

func twice(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	play := call.Play{Call: id, Play: "p" + string(id), Prompts: []string{Hello}}
	leg := call.LegID(call.OfferID(id, 1))
	for range 2 {
		b.sw.Do(call.Answer{Call: id})
		b.sw.Do(play)
	}
	awaitEvent[call.PlayEnded](b, id)
	for range 2 {
		b.sw.Do(call.Music{Call: id})
	}
	b.hears(who, Music)
	a := newAgent(t)
	for range 2 {
		b.sw.Do(call.Connect{Call: id, Leg: leg, Address: a.address()})
	}
	awaitEvent[call.Bridged](b, id)
	for range 2 {
		b.sw.Do(call.DropLeg{Call: id, Leg: leg})
		b.sw.Do(call.HangUp{Call: id})
	}
	awaitEvent[call.HungUp](b, id)
	if heard[call.Picked](b, id) || heard[call.PlayEnded](b, id) || heard[call.Bridged](b, id) || heard[call.Failed](b, id) {
		t.Errorf("an order given twice was answered twice; told were: %v", b.allTold())
	}
	b.nothingLeft(id)
}

func tooLate(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	b.sw.Do(call.Music{Call: id})
	b.sw.Do(call.HangUp{Call: id})
	never := NewID()
	b.sw.Do(call.Answer{Call: never})
	b.sw.Do(call.Music{Call: never})
	if h := awaitEvent[call.HungUp](b, never); !h.Estimated {
		t.Errorf("a call that nobody has ended as %+v", h)
	}
}

func toFallback(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.sw.Do(call.Fallback{Call: id})
	if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideSystem {
		t.Errorf("given to the fallback; told was %+v", h)
	}
	b.hears(who, FallbackSound)
	// The controller is well, so the fallback gives the caller back.
	again := awaitEvent[call.Arrived](b, "")
	if !again.Again || again.Call == id || again.To != "100" {
		t.Errorf("back from the fallback as %+v", again)
	}
	b.sw.Do(call.Music{Call: again.Call})
	b.hears(who, Music)
	b.sw.Do(call.HangUp{Call: again.Call})
	awaitEvent[call.HungUp](b, again.Call)
	b.awaitOver(who)
}

func deadMan(t *testing.T, rig Rig) {
	rig.Config.DeadMan = 1500 * time.Millisecond
	well := newHealth()
	rig.Config.Healthy = well.isWell
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Music{Call: id})
	b.terms(2)
	b.hears(who, Music)
	well.fail()
	if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideSystem {
		t.Errorf("taken by the dead-man; told was %+v", h)
	}
	b.hears(who, FallbackSound)
	who.HangUp()
}

func unwell(t *testing.T, rig Rig) {
	if err := rig.askARI("POST", "/asterisk/variable?variable=PZ_BEAT&value=1", nil); err != nil {
		t.Fatal(err)
	}
	rig.Config.Healthy = func() bool { return false }
	b := begin(t, rig)
	who := rig.Call(t, "100", "+34600000001")
	b.hears(who, FallbackSound)
	who.HangUp()
	if e := b.allTold(); len(e) != 0 {
		t.Errorf("told were %v", e)
	}
}

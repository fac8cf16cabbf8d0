package asterisktest

import (
	"testing"

	"presszero/call"
)

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

// refused: a call that admission control refuses ends without having been answered.
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
	for i, address := range []string{"no address", "sip:secret@127.0.0.1:9"} {
		leg := call.LegID(call.OfferID(id, i))
		b.sw.Do(call.Connect{Call: id, Leg: leg, Address: address})
		if e := awaitEvent[call.Failed](b, id); e.Command != "connect" || e.Leg != leg || e.Why == "" {
			t.Errorf("told was %+v", e)
		}
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
			call.Hold{Call: id},
			call.SendKeys{Call: id, Keys: call.NewSecret("1")},
			call.Unhold{Call: id},
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

// keyInTalk: the keys that a caller presses in a talk are told, though Asterisk forwards
// the packets of the talk; it does not forward the keys to the agent's media.
func keyInTalk(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	a := b.connected(id, who, call.LegID(call.OfferID(id, 1)))
	for _, digit := range "0#5" {
		who.Press(digit)
		if got := awaitEvent[call.DigitPressed](b, id).Digit; got != string(digit) {
			t.Errorf("pressed %q, want %q", got, digit)
		}
	}
	b.hears(who, Agent)
	b.until("the agent hears the caller", a.hears)
	b.endBy(true, id, who)
}

// earlierMedia: media of an earlier version are sent RTP, and take no calls.
func earlierMedia(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	b.connectedTo(newRTPAgent(t), id, who, call.LegID(call.OfferID(id, 1)))
	b.endBy(true, id, who)
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

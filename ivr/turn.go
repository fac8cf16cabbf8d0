package ivr

import (
	"fmt"
	"time"

	"presszero/call"
)

// turn is one caller in one step of the machine: what the menus state, order and
// are reminded of because of one event.
type turn struct {
	*call.Step
	*session
	machine *Machine
}

// happened decides about an event of the caller.
func (t *turn) happened(ev call.Event) {
	switch ev := ev.(type) {
	case call.DigitPressed:
		if t.admits(t.Now) {
			t.pressed(ev.Digit)
		}
	case call.PlayEnded:
		if t.play != "" && t.play == ev.Play {
			t.promptOver(ev.Failed)
		}
	case call.Recognised:
		t.recognised(ev)
	case call.Resumed:
		t.resume()
	case call.HungUp:
		t.hungUp()
	default:
		t.orderOutcome(ev)
	}
}

// apply states a fact of the caller, and takes it into the session.
func (t *turn) apply(f call.Fact) { t.machine.Replay(t.State(t.call, f)) }

// remind sets a timer, which is old as soon as the caller does or hears something
// else.
func (t *turn) remind(kind call.TimerKind, after time.Duration) {
	t.After(after, call.Timer{Kind: kind, Of: string(t.call), Gen: t.gen})
}

// newID numbers the next thing ordered for this caller.
func (t *turn) newID(kind string) string {
	t.ids++
	return fmt.Sprintf("%s.%s.%s%d", t.call, t.machine.epoch, kind, t.ids)
}

// orderOutcome takes the answers to what was ordered for a caller. An answer to
// anything but the last order is old and is passed over.
func (t *turn) orderOutcome(ev call.Event) {
	switch ev := ev.(type) {
	case call.LookedUp:
		if t.doing == lookingUp && t.task == ev.LookUp && t.answer == nil {
			t.answered(ev)
		}
	case call.Recorded:
		if t.doing == recording && t.task == ev.Record {
			t.recorded(ev.Seconds, ev.Failed)
		}
	case call.TransferAnswered:
		if t.doing == dialling && t.task == ev.Transfer {
			t.transferred(ev)
		}
	case call.TransferEnded:
		if (t.doing == dialling || t.doing == talking) && t.task == ev.Transfer {
			t.transferOver(ev.Why)
		}
	case call.Failed:
		t.failed(ev)
	}
}

// failed takes the news that an order could not be begun. The end of an order that
// was begun comes as an event of its own.
func (t *turn) failed(ev call.Failed) {
	switch {
	case t.doing == speaking && ev.Command == call.NameOf(call.Promise{}): // the message may be lost
		t.stopPlaying()
		t.toPerson("record_failed")
	case t.doing == lookingUp && ev.Command == call.NameOf(call.LookUp{}):
		t.answered(call.LookedUp{Call: t.call, LookUp: t.task, Failed: true, Why: "failed"})
	case t.doing == recording && ev.Command == call.NameOf(call.Record{}):
		t.recorded(0, true)
	case t.doing == dialling && ev.Command == call.NameOf(call.TransferOut{}):
		t.transferOver("failed")
	}
}

// begin leads the caller to the node of the number dialled.
func (t *turn) begin() {
	number, known := t.numbers[t.to]
	switch {
	case !t.again && t.warn(number.Language):
		return
	case t.again: // has been through the menus and the fallback; no more of that
		t.toPerson("again")
		return
	case !known:
		t.toPerson("unknown_number")
		return
	}
	if l := number.Language; l != "" && l != t.flow.Language && t.language == "" {
		t.apply(call.LanguageChosen{Language: l, By: "number"})
	}
	t.enter(number.Node)
}

// resume goes on with a caller after a restart of the controller. Keys pressed
// meanwhile are lost, so the caller is asked again, from the beginning of the
// node. What was typed is kept nowhere, so a node that needs it leads back to the
// node that asks for it.
func (t *turn) resume() {
	switch {
	case t.doing == inLine || t.doing == talking:
		return // waits in the line, or talks with the other side of a transfer
	case t.step.Visit != "":
		t.arrive() // the call is in a talk, and is answered
	case t.node == nil:
		t.Order(call.Answer{Call: t.call})
		t.begin()
	case t.zero:
		t.Order(call.Answer{Call: t.call})
		t.toPerson("zero")
	default:
		t.Order(call.Answer{Call: t.call})
		t.arrive()
	}
}

// hungUp closes what the caller left open. Register, which steps after us,
// ends the call.
func (t *turn) hungUp() {
	if t.notice != nil && t.play != "" {
		t.noticePlayed(false)
	}
	switch t.doing {
	case recording:
		if said := t.When(t.call).Sub(t.since); said >= leastMessage {
			t.keepMessage(min(said, t.node.Message.Longest).Seconds())
		}
	case dialling, talking:
		t.endTransfer("caller_left")
	}
}

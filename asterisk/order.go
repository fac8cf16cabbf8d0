package asterisk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"presszero/call"
)

// orders carries out the commands about a caller.
type orders struct {
	c *caller

	// audible counts the orders that change what the caller hears. Only the worker's
	// goroutine reads and writes it.
	audible int
}

// queueOrder queues a command for the worker.
func (o *orders) queueOrder(cmd call.Command) {
	o.c.worker.enqueue(func(ctx context.Context) {
		if isAudible(cmd) {
			o.audible++
		}
		o.carryOut(ctx, cmd)
	})
}

// carryOut does what was ordered and tells how that went.
func (o *orders) carryOut(ctx context.Context, cmd call.Command) { o.attempt(ctx, cmd, askAgain) }

// attempt carries an order out; wait is how long to wait before the next
// attempt, should it be one that is repeated.
func (o *orders) attempt(ctx context.Context, cmd call.Command, wait time.Duration) {
	if o.c.dialing.isOpen() {
		cmd = o.whileDialing(cmd)
	}
	if _, refuse := cmd.(call.Refuse); !refuse && !o.c.dialing.isOpen() {
		o.c.care.takeCharge(ctx)
	}
	leg, err := o.dispatch(ctx, cmd)
	switch {
	case err == nil:
		if _, held := cmd.(call.Hold); held {
			o.c.postEvent(call.OnHold{Call: o.c.id})
		}
	case ctx.Err() != nil:
	case errors.Is(err, errGone):
		o.c.endIfGone(vanished)
	case errors.Is(err, errTaken):
		o.c.endIfGone(taken)
	case errors.Is(err, errUnheard):
		o.repeatUnlessReplaced(cmd)
	case endsSomething(cmd):
		o.c.s.log.Warn("an order to Asterisk failed and is repeated", "call", o.c.id, "order", call.NameOf(cmd), "err", err)
		o.repeatUntilDone(cmd, wait)
	default:
		o.c.s.log.Warn("an order to Asterisk failed", "call", o.c.id, "order", call.NameOf(cmd), "err", err)
		o.c.postEvent(call.Failed{Call: o.c.id, Command: call.NameOf(cmd), Leg: leg, Why: err.Error()})
		switch cmd.(type) { // half of it may be done
		case call.Hold:
			if o.c.hold.muted {
				o.attempt(ctx, call.Unhold{Call: o.c.id}, askAgain)
			}
		case call.Unite:
			o.attempt(ctx, call.Part{Call: o.c.id}, askAgain)
		}
	}
}

func (o *orders) repeatUnlessReplaced(cmd call.Command) {
	last := o.audible
	time.AfterFunc(askAgain, func() {
		o.c.worker.enqueue(func(ctx context.Context) {
			if o.audible == last {
				o.carryOut(ctx, cmd)
			} else if p, is := cmd.(call.Play); is {
				o.c.playback.leftOut(p.Play)
			}
		})
	})
}

// endsSomething reports whether an order ends something. Such an order is repeated until
// it is known to be done, or what it ends is known to be gone: otherwise the
// caller would stay in silence for ever, because we go on renewing the dead-man.
func endsSomething(cmd call.Command) bool {
	switch cmd.(type) {
	case call.HangUp, call.Refuse, call.Fallback, call.StopPlay, call.StopRecord, call.Unhold, call.Part:
		return true
	}
	return false // a leg that could not be dropped is seen to by talk.clear
}

// repeatUntilDone repeats an order that ends something, unless that was ordered again
// meanwhile.
func (o *orders) repeatUntilDone(cmd call.Command, wait time.Duration) {
	time.AfterFunc(wait, func() {
		o.c.worker.enqueue(func(ctx context.Context) {
			if !o.isWanted(cmd) {
				o.attempt(ctx, cmd, min(2*wait, mostWait))
			}
		})
	})
}

// isWanted reports whether what an order ends was ordered after it.
func (o *orders) isWanted(end call.Command) bool {
	switch end.(type) {
	case call.Unhold:
		return o.c.hold.wanted
	case call.Part:
		return o.c.consult.wanted
	}
	return false
}

// isAudible reports whether an order changes what the caller hears.
func isAudible(cmd call.Command) bool {
	switch cmd.(type) {
	case call.Play, call.StopPlay, call.Music, call.Record, call.Connect, call.Unhold, call.HandOn, call.HangUp, call.Fallback:
		return true
	}
	return false
}

// dispatch carries an order out, and returns the leg that it is about, if any, and how
// it went. call.Discreet needs nothing: no digit of any caller is ever logged here.
func (o *orders) dispatch(ctx context.Context, cmd call.Command) (leg string, err error) {
	switch cmd := cmd.(type) {
	case call.Dial:
		if cmd.Dial != o.c.channel { // else ordered twice
			o.c.postEvent(call.DialFailed{Call: o.c.id, Dial: cmd.Dial, Why: "failed"})
		}
	case call.Promise:
		err = o.c.playback.promise(ctx)
	case call.LetFinish:
		err = o.c.playback.letFinish(ctx, cmd.Max)
	case call.Record:
		err = o.c.recorder.begin(ctx, cmd)
	case call.StopRecord:
		err = o.c.recorder.stopRecording(ctx, cmd)
	case call.TransferOut:
		err = o.c.talk.transferOut(ctx, cmd)
	case call.DropTransfer:
		err = o.c.talk.dropLeg(ctx, call.TransferLeg(cmd.Transfer))
	case call.RecordTalk:
		o.c.talk.record(ctx, cmd)
	case call.StopRecording:
		o.c.talk.stopRecording(ctx, cmd)
	case call.Refuse:
		err = o.c.refuse(cmd.Cause)
	case call.Answer:
		err = o.c.answer()
	case call.Play:
		err = o.c.playback.speak(ctx, cmd)
	case call.StopPlay:
		err = o.c.playback.stopNamed(cmd.Play)
	case call.Music:
		err = o.c.playback.playMusic(cmd.Class)
	case call.Connect:
		leg, err = cmd.Leg, o.c.talk.connect(ctx, cmd)
	case call.DropLeg:
		leg, err = cmd.Leg, o.c.talk.dropLeg(ctx, cmd.Leg)
	case call.Hold:
		err = o.c.hold.begin(cmd)
	case call.Unhold:
		err = o.c.hold.end()
	case call.Unite:
		err = o.c.consult.unite(ctx, cmd.With)
	case call.Part:
		err = o.c.consult.part(ctx)
	case call.HandOn:
		leg, err = cmd.Leg, o.c.consult.handOn(ctx, cmd)
	case call.SendKeys:
		err = o.c.sendKeys(ctx, cmd.Keys)
	case call.HangUp:
		err = o.c.hangUp()
	case call.Fallback:
		err = o.c.fallback()
	}
	return leg, err
}

// whileDialing is what is to be done instead of an order while nobody has taken
// our call. The fallback has nobody to look after yet.
func (o *orders) whileDialing(cmd call.Command) call.Command {
	switch cmd.(type) {
	case call.Dial, call.HangUp, call.Promise, call.DropLeg, call.Hold, call.Unite, call.Part, call.SendKeys:
		return cmd
	case call.Fallback:
		return call.HangUp{Call: o.c.id}
	}
	o.c.s.log.Warn("an order is passed over: nobody has taken our call yet", "call", o.c.id, "order", fmt.Sprintf("%T", cmd))
	return nil
}

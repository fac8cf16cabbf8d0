package asterisk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"presszero/call"
)

// order queues a command for the worker.
func (w *worker) order(cmd call.Command) {
	w.enqueue(func(ctx context.Context) {
		if isAudible(cmd) {
			w.audible++
		}
		w.carryOut(ctx, cmd)
	})
}

// carryOut does what was ordered and tells how that went.
func (w *worker) carryOut(ctx context.Context, cmd call.Command) { w.attempt(ctx, cmd, askAgain) }

// attempt carries an order out; wait is how long to wait before the next
// attempt, should it be one that is repeated.
func (w *worker) attempt(ctx context.Context, cmd call.Command, wait time.Duration) {
	if w.c.dialing.isOpen() {
		cmd = w.whileDialing(cmd)
	}
	if _, refuse := cmd.(call.Refuse); !refuse && !w.c.dialing.isOpen() {
		w.c.care.takeCharge(ctx)
	}
	leg, err := w.dispatch(ctx, cmd)
	switch {
	case err == nil || ctx.Err() != nil:
	case errors.Is(err, errGone):
		w.c.endIfGone(vanished)
	case errors.Is(err, errTaken):
		w.c.endIfGone(taken)
	case errors.Is(err, errUnheard):
		w.repeatUnlessReplaced(cmd)
	case endsSomething(cmd):
		w.c.s.log.Warn("an order to Asterisk failed and is repeated", "call", w.c.id, "order", call.NameOf(cmd), "err", err)
		w.repeatUntilDone(cmd, wait)
	default:
		w.c.s.log.Warn("an order to Asterisk failed", "call", w.c.id, "order", call.NameOf(cmd), "err", err)
		w.c.postEvent(call.Failed{Call: w.c.id, Command: call.NameOf(cmd), Leg: leg, Why: err.Error()})
	}
}

func (w *worker) repeatUnlessReplaced(cmd call.Command) {
	last := w.audible
	time.AfterFunc(askAgain, func() {
		w.enqueue(func(ctx context.Context) {
			if w.audible == last {
				w.carryOut(ctx, cmd)
			}
		})
	})
}

// endsSomething reports whether an order ends something. Such an order is repeated until
// it is known to be done, or what it ends is known to be gone: otherwise the
// caller would stay in silence for ever, because we go on renewing the dead-man.
func endsSomething(cmd call.Command) bool {
	switch cmd.(type) {
	case call.HangUp, call.Refuse, call.Fallback, call.StopPlay, call.StopRecord:
		return true
	}
	return false // a leg that could not be dropped is seen to by talk.clear
}

// repeatUntilDone repeats an order that ends something.
func (w *worker) repeatUntilDone(cmd call.Command, wait time.Duration) {
	time.AfterFunc(wait, func() {
		w.enqueue(func(ctx context.Context) { w.attempt(ctx, cmd, min(2*wait, mostWait)) })
	})
}

// isAudible reports whether an order changes what the caller hears.
func isAudible(cmd call.Command) bool {
	switch cmd.(type) {
	case call.Play, call.StopPlay, call.Music, call.Record, call.Connect, call.HangUp, call.Fallback:
		return true
	}
	return false
}

// dispatch carries an order out, and returns the leg that it is about, if any, and how
// it went. call.Discreet needs nothing: no digit of any caller is ever logged here.
func (w *worker) dispatch(ctx context.Context, cmd call.Command) (leg string, err error) {
	switch cmd := cmd.(type) {
	case call.Dial:
		if cmd.Dial != w.c.channel { // else ordered twice
			w.c.postEvent(call.DialFailed{Call: w.c.id, Dial: cmd.Dial, Why: "failed"})
		}
	case call.Promise:
		err = w.c.playback.promise(ctx)
	case call.LetFinish:
		err = w.c.playback.letFinish(ctx, cmd.Max)
	case call.Record:
		err = w.c.recorder.begin(ctx, cmd)
	case call.StopRecord:
		err = w.c.recorder.stopRecording(ctx, cmd)
	case call.TransferOut:
		err = w.c.talk.transferOut(ctx, cmd)
	case call.DropTransfer:
		err = w.c.talk.dropLeg(ctx, transferLeg(cmd.Transfer))
	case call.Refuse:
		err = w.c.refuse(cmd.Cause)
	case call.Answer:
		err = w.c.answer()
	case call.Play:
		err = w.c.playback.speak(ctx, cmd)
	case call.StopPlay:
		err = w.c.playback.stopNamed(cmd.Play)
	case call.Music:
		err = w.c.playback.playMusic(cmd.Class)
	case call.Connect:
		leg, err = cmd.Leg, w.c.talk.connect(ctx, cmd)
	case call.DropLeg:
		leg, err = cmd.Leg, w.c.talk.dropLeg(ctx, cmd.Leg)
	case call.HangUp:
		err = w.c.hangUp()
	case call.Fallback:
		err = w.c.fallback()
	}
	return leg, err
}

// whileDialing is what is to be done instead of an order while nobody has taken
// our call. The fallback has nobody to look after yet.
func (w *worker) whileDialing(cmd call.Command) call.Command {
	switch cmd.(type) {
	case call.Dial, call.HangUp, call.Promise, call.DropLeg:
		return cmd
	case call.Fallback:
		return call.HangUp{Call: w.c.id}
	}
	w.c.s.log.Warn("an order is passed over: nobody has taken our call yet", "call", w.c.id, "order", fmt.Sprintf("%T", cmd))
	return nil
}

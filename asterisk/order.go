package asterisk

// What is ordered about a caller, and how the answer is told.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"presszero/call"
)

// order queues a command for the worker.
func (c *caller) order(cmd call.Command) {
	c.add(func(ctx context.Context) {
		if audible(cmd) {
			c.heard++
		}
		c.carryOut(ctx, cmd)
	})
}

// carryOut does what was ordered and tells how that went.
func (c *caller) carryOut(ctx context.Context, cmd call.Command) { c.attempt(ctx, cmd, askAgain) }

// attempt carries an order out; wait is how long to wait before the next
// attempt, should it be one that is repeated.
func (c *caller) attempt(ctx context.Context, cmd call.Command, wait time.Duration) {
	if c.isDialing() {
		cmd = c.whileDialing(cmd)
	}
	if _, refuse := cmd.(call.Refuse); !refuse && !c.isDialing() {
		c.takeCharge(ctx)
	}
	leg, err := c.do(ctx, cmd)
	switch {
	case err == nil || ctx.Err() != nil:
	case errors.Is(err, errGone):
		c.gone(vanished)
	case errors.Is(err, errTaken):
		c.gone(taken)
	case errors.Is(err, errUnheard):
		c.again(cmd)
	case ends(cmd):
		c.s.log.Warn("an order to Asterisk failed and is repeated", "call", c.id, "order", call.NameOf(cmd), "error", err)
		c.insist(cmd, wait)
	default:
		c.s.log.Warn("an order to Asterisk failed", "call", c.id, "order", call.NameOf(cmd), "error", err)
		c.tell(call.Failed{Call: c.id, Command: call.NameOf(cmd), Leg: leg, Why: err.Error()})
	}
}

// errUnheard: Asterisk could not be asked to let the caller hear something.
// Nobody else would see to it that there is no silence.
var errUnheard = errors.New("the caller hears nothing")

// askAgain is when that is tried again, until it is heard or something else is
// to be heard.
const askAgain = 200 * time.Millisecond

func (c *caller) again(cmd call.Command) {
	last := c.heard
	time.AfterFunc(askAgain, func() {
		c.add(func(ctx context.Context) {
			if c.heard == last {
				c.carryOut(ctx, cmd)
			}
		})
	})
}

// ends reports whether an order ends something. Such an order is repeated until
// it is known to be done, or what it ends is known to be gone: otherwise the
// caller would stay in silence for ever, because we go on renewing the dead-man.
func ends(cmd call.Command) bool {
	switch cmd.(type) {
	case call.HangUp, call.Refuse, call.Fallback, call.StopPlay, call.StopRecord:
		return true
	}
	return false // a leg that could not be dropped is seen to by clearLeg
}

// mostWait is the longest time between two attempts of an order that ends
// something. The first one is repeated after askAgain, and each wait is twice
// the one before.
const mostWait = 5 * time.Second

// insist repeats an order that ends something.
func (c *caller) insist(cmd call.Command, wait time.Duration) {
	time.AfterFunc(wait, func() {
		c.add(func(ctx context.Context) { c.attempt(ctx, cmd, min(2*wait, mostWait)) })
	})
}

// audible reports whether an order changes what the caller hears.
func audible(cmd call.Command) bool {
	switch cmd.(type) {
	case call.Play, call.StopPlay, call.Music, call.Record, call.Connect, call.HangUp, call.Fallback:
		return true
	}
	return false
}

// do returns the leg that the order is about, if any, and how it went.
func (c *caller) do(ctx context.Context, cmd call.Command) (leg string, err error) {
	switch cmd := cmd.(type) {
	case call.Dial:
		if cmd.Dial != c.channel { // else ordered twice
			c.tell(call.DialFailed{Call: c.id, Dial: cmd.Dial, Why: "failed"})
		}
	case call.Promise:
		err = c.promise(ctx)
	case call.LetFinish:
		err = c.letFinish(ctx, cmd.Max)
	case call.Record:
		err = c.record(ctx, cmd)
	case call.StopRecord:
		err = c.stopRecord(ctx, cmd)
	case call.TransferOut:
		err = c.transferOut(ctx, cmd)
	case call.DropTransfer:
		err = c.dropLeg(ctx, transferLeg(cmd.Transfer))
	case call.Discreet:
		// Nothing to do: no digit of any caller is ever logged here.
	case call.Refuse:
		err = c.refuse(cmd.Cause)
	case call.Answer:
		err = c.answer()
	case call.Play:
		err = c.play(ctx, cmd)
	case call.StopPlay:
		err = c.stopPlay(cmd.Play)
	case call.Music:
		err = c.playMusic(cmd.Class)
	case call.Connect:
		leg, err = cmd.Leg, c.connect(ctx, cmd)
	case call.DropLeg:
		leg, err = cmd.Leg, c.dropLeg(ctx, cmd.Leg)
	case call.HangUp:
		err = c.hangUp()
	case call.Fallback:
		err = c.fallback()
	}
	return leg, err
}

// whileDialing is what is to be done instead of an order while nobody has taken
// our call. The fallback has nobody to look after yet.
func (c *caller) whileDialing(cmd call.Command) call.Command {
	switch cmd.(type) {
	case call.Dial, call.HangUp, call.Promise, call.DropLeg:
		return cmd
	case call.Fallback:
		return call.HangUp{Call: c.id}
	}
	c.s.log.Warn("an order is passed over: nobody has taken our call yet", "call", c.id, "order", fmt.Sprintf("%T", cmd))
	return nil
}

// onChannel reads the answer to a request about the caller's channel.
func onChannel(err error) error {
	var no *Error
	switch {
	case refused(err, http.StatusNotFound):
		return errGone
	case errors.As(err, &no) && no.Status == http.StatusConflict && strings.Contains(no.Message, "not in Stasis"):
		return errTaken
	}
	return err
}

package deskclient

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"presszero/call"
	"presszero/internal/backoff"
	"presszero/softphone"
)

// RobotTone is the tone that a robot agent's microphone gives, in Hz.
const RobotTone = 1000

// robot is what the client has in mind to do by itself.
type robot struct {
	stopped bool
	timers  map[*time.Timer]bool
	talks   int // begun so far
}

// notice tells the moments that lie between two desks, and lets the robot act
// on them.
func (c *Client) notice(was, is call.Desk) {
	if is.Media && !was.Media {
		c.moment(Moment{What: MediaUp})
	}
	if is.Offer != nil && is.State == call.Ringing && (was.Offer == nil || was.Offer.Offer != is.Offer.Offer) {
		c.moment(Moment{What: Offered, Offer: is.Offer.Offer})
		c.later(c.robotPlan().AcceptAfter, func() { _ = c.Accept(is.Offer.Offer) })
	}
	if was.Talk != nil && (is.Talk == nil || is.Talk.Call != was.Talk.Call) {
		c.moment(Moment{What: TalkEnded, Call: was.Talk.Call})
	}
	if is.Talk != nil && (was.Talk == nil || is.Talk.Call != was.Talk.Call) {
		c.moment(Moment{What: TalkBegan, Call: is.Talk.Call})
		c.waitTone(is.Talk.Call)
		c.planTalk(*is.Talk)
	}
	c.planAsking(was.Talk, is.Talk)
	if is.State == call.WrapUp && was.State != call.WrapUp {
		c.later(c.robotPlan().WrapFor, func() { _ = c.Wrapped() })
	}
}

// planTalk has the robot do in a talk, and at its end, what it does. If the talk is over
// by then, it does nothing. A robot that is asked hangs up or stays.
func (c *Client) planTalk(talk call.DeskTalk) {
	plan := c.robotPlan()
	c.mu.Lock()
	c.robot.talks++
	nth := c.robot.talks
	c.mu.Unlock()
	inTalk := func(after time.Duration, do func(call.ID) error) {
		c.later(after, func() {
			c.mu.Lock()
			over := c.desk.Talk == nil || c.robot.talks != nth
			c.mu.Unlock()
			if !over {
				_ = do(talk.Call)
			}
		})
	}
	if plan.TalkFor < 0 {
		return
	}
	half, until := plan.TalkFor/2, plan.TalkFor
	switch chance := rand.Float64(); {
	case talk.Asked != nil:
		until = half
		if chance < 0.5 { // stays until the one who asks has had enough
			return
		}
	case talk.Outgoing:
	case chance < plan.Hold:
		inTalk(half, func(id call.ID) error { return c.Hold(id, true) })
		inTalk(half+plan.HoldFor, func(id call.ID) error { return c.Hold(id, false) })
	case chance < plan.Hold+plan.Hand:
		inTalk(half, func(id call.ID) error {
			return c.Hand(id, Handover{Queue: talk.Queue, Note: "from " + c.options.Name})
		})
	case chance < plan.Hold+plan.Hand+plan.Back:
		inTalk(half, func(id call.ID) error { return c.PutBack(id, "from "+c.options.Name, false) })
	case chance < plan.Hold+plan.Hand+plan.Back+plan.Ask:
		until += askSteps * plan.AskFor
		inTalk(half, func(id call.ID) error {
			return c.Ask(id, Whom{Queue: cmp.Or(plan.Experts, talk.Queue), Note: "from " + c.options.Name})
		})
	case chance < plan.Hold+plan.Hand+plan.Back+plan.Ask+plan.Pause:
		inTalk(half, func(id call.ID) error { return c.Recording(id, call.CanPause) })
		inTalk(half+plan.HoldFor, func(id call.ID) error { return c.Recording(id, call.CanResumeRecording) })
	}
	inTalk(until, c.HangUp)
}

func (c *Client) robotPlan() Robot {
	if c.options.Robot == nil {
		return Robot{AcceptAfter: -1, TalkFor: -1, WrapFor: -1}
	}
	return *c.options.Robot
}

// later does f after d on a goroutine of its own, if the line still stands.
func (c *Client) later(d time.Duration, f func()) {
	if d < 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.robot.stopped {
		return
	}
	c.tasks.Add(1)
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		defer c.tasks.Done()
		c.mu.Lock()
		delete(c.robot.timers, t)
		c.mu.Unlock()
		f()
	})
	if c.robot.timers == nil {
		c.robot.timers = map[*time.Timer]bool{}
	}
	c.robot.timers[t] = true
}

// stopRobot takes back what has not been done yet.
func (c *Client) stopRobot() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.robot.stopped = true
	for t := range c.robot.timers {
		if t.Stop() {
			c.tasks.Done()
		}
	}
	c.robot.timers = nil
}

// waitTone tells when the first tone of this talk was heard.
func (c *Client) waitTone(id call.ID) {
	p := c.Phone()
	if p == nil || len(c.options.Phone.Listen) == 0 {
		return
	}
	c.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(c.ctx, 10*time.Second)
		defer cancel()
		if at, err := p.WaitTone(ctx, c.options.Phone.Listen[0]); err == nil {
			c.moment(Moment{What: ToneHeard, At: at, Call: id})
		}
	})
}

// Run keeps an agent at work until ctx ends, and then signs her out: it signs
// in, connects the audio, becomes available, and comes back when the line
// breaks or the server restarts. It returns early only when the same agent
// appears elsewhere or the sign-in is refused.
func Run(ctx context.Context, o Options) error {
	var c *Client
	defer func() {
		if c != nil {
			c.Close()
		}
	}()
	// The pauses of docs/desk-protocol.md, so that a thousand do not return as one.
	pause := backoff.Backoff{First: 300 * time.Millisecond, Last: 5 * time.Second, Jitter: 1}
	for {
		err := workOneConnection(ctx, &c, o)
		switch {
		case ctx.Err() != nil:
			return nil
		case c != nil && c.Bye() == softphone.ByeElsewhere:
			return fmt.Errorf("%s has opened another page, so this one ends", o.Name)
		case errors.Is(err, ErrRefused):
			return err
		case err == nil:
			pause.Reset()
		}
		if !pause.Wait(ctx) {
			return nil
		}
	}
}

// workOneConnection works over one connection from its opening to its end. It
// returns nil when the connection had been up.
func workOneConnection(ctx context.Context, c **Client, o Options) error {
	opening, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	fresh, err := reopen(opening, *c, o)
	if err != nil {
		return err
	}
	*c = fresh
	if phone := fresh.Phone(); phone == nil || isDone(phone.Done()) {
		if err := fresh.ConnectAudio(opening); err != nil {
			return err
		}
	}
	if err := fresh.Available(); err != nil {
		return err
	}
	if err := fresh.keepVoice(ctx); err != nil {
		return err
	}
	if ctx.Err() == nil {
		return nil
	}
	bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return fresh.SignOut(bye)
}

// keepVoice makes the voice connection anew whenever it ends, or the desk says
// that it is not up, as a page does. It returns when the line has ended, or ctx.
func (c *Client) keepVoice(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	for {
		lost, stop := context.WithCancel(ctx)
		go func() {
			select {
			case <-c.Phone().Done():
				stop()
			case <-lost.Done():
			}
		}()
		if _, err := c.WaitDesk(lost, func(d call.Desk) bool { return d.Media }); err == nil {
			_, _ = c.WaitDesk(lost, func(d call.Desk) bool { return !d.Media })
		}
		stop()
		if ctx.Err() != nil {
			return nil
		}
		again, done := context.WithTimeout(ctx, 20*time.Second)
		err := c.ConnectAudio(again)
		done()
		if err != nil {
			return err
		}
	}
}

// reopen comes back as the same page, with the voice that outlived the line,
// however long the server is away. A client that is no longer signed in begins
// anew.
func reopen(ctx context.Context, c *Client, o Options) (*Client, error) {
	if c != nil && c.Bye() != softphone.ByeDenied {
		fresh, err := c.Again(ctx)
		if !errors.Is(err, ErrRefused) {
			return fresh, err
		}
	}
	if c != nil {
		c.Close()
	}
	return Dial(ctx, o)
}

func isDone(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

package asterisk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// What an agent who calls a number hears until somebody takes the call. Asterisk
// gives us such a channel only then, but lets us listen to one that rings:
//
//	far end ── snoop <leg>.early.leg ─┐
//	                                  ├─ bridge <leg>.bridge ── channel <leg> ──RTP── Dial.Address
//
// Where the far end sends no sound (180 and no more), a ringing tone is played
// on the leg. Nothing of the agent's voice goes out. Connect takes the leg over.

func earlyOf(leg string) string  { return leg + ".early.leg" }
func toneIDOf(leg string) string { return leg + ".tone" }

// letHearLocked has the agent who dials hear how it goes, with or without sound
// from the far end. c.mu is held.
func (c *caller) letHearLocked(sound bool) {
	d := c.dialing
	if d == nil || d.leg == "" || c.isOver || d.hears && (d.sounds || !sound) {
		return
	}
	d.hears, d.sounds = true, d.sounds || sound
	c.worker.enqueue(func(ctx context.Context) {
		if err := c.letHear(ctx, sound); err != nil && ctx.Err() == nil && !c.wasTold() {
			c.s.log.Info("an agent cannot hear how her call goes until it is taken", "call", c.id, "error", err)
		}
	})
}

func (c *caller) letHear(ctx context.Context, sound bool) error {
	c.mu.Lock()
	d, l := c.dialing, c.leg
	c.mu.Unlock()
	if d == nil || c.wasTold() {
		return nil
	}
	if l == nil {
		l = c.newLeg(leg{id: d.leg, address: d.address, early: true})
		if err := c.makeLeg(ctx, l); err != nil {
			c.clearLeg(ctx)
			return err
		}
	}
	select {
	case <-l.entered:
	case <-c.over:
		return nil
	case <-time.After(requestLimit):
		return errors.New("the agent's leg did not come up")
	case <-ctx.Done():
		return ctx.Err()
	}
	if !sound {
		return c.s.api.play(ctx, l.id, toneIDOf(l.id), []string{c.s.cfg.Ringing})
	}
	if err := c.silenceTone(l); err != nil {
		return err
	}
	if err := c.enter(ctx, l, l.id, l.entered); err != nil {
		return err
	}
	l.joined = true
	spy := earlyOf(l.id)
	c.s.mu.Lock()
	c.s.legs[spy] = c // so that it is not taken for one that belongs to nobody
	c.s.mu.Unlock()
	if err := c.s.api.snoop(ctx, c.channel, spy, c.s.cfg.App); err != nil {
		return err
	}
	return c.enter(ctx, l, spy, nil)
}

func (c *caller) silenceTone(l *leg) error {
	err := c.s.api.Playback().Stop(playbackKey(toneIDOf(l.id)))
	if refused(err, http.StatusNotFound) {
		return nil
	}
	return err
}

// endEarly makes a leg that was made for the ringing ready for the talk.
func (c *caller) endEarly(l *leg) error {
	if err := c.silenceTone(l); err != nil {
		return err
	}
	c.mu.Lock()
	l.early = false
	c.mu.Unlock()
	return c.forgetEarly(l)
}

func (c *caller) forgetEarly(l *leg) error {
	err := c.s.api.hangUpLeg(earlyOf(l.id))
	c.s.mu.Lock()
	delete(c.s.legs, earlyOf(l.id))
	c.s.mu.Unlock()
	return err
}

// snoop makes a channel that hears what comes in on another.
func (c *client) snoop(ctx context.Context, channel, id, app string) error {
	q := url.Values{"spy": {"in"}, "app": {app}}
	return c.ask(ctx, "POST", "/channels/"+url.PathEscape(channel)+"/snoop/"+url.PathEscape(id)+"?"+q.Encode(), nil, nil)
}

package asterisk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// What an agent who calls a number hears until the call is taken. Asterisk gives us
// the channel of the call only then, but lets us listen to it while it rings:
//
//	far end ── snoop <leg>.early.leg ─┐
//	                                  ├─ bridge <leg>.bridge ── channel <leg> ──SIP, RTP── Dial.Address
//
// Where the far end sends no sound (180 and no more), a ringing tone is played
// on the leg. Nothing of the agent's voice goes out. Connect takes the leg over.

// earlyOf is the id of the channel that listens for a leg while the far end rings, and
// toneIDOf that of the ringing tone's playback.
func earlyOf(leg string) string  { return leg + ".early.leg" }
func toneIDOf(leg string) string { return leg + ".tone" }

// letHearLocked has the agent who dials hear how it goes, with or without sound
// from the far end. The caller's mu is held.
func (d *dialing) letHearLocked(sound bool) {
	o := d.out
	if o == nil || o.leg == "" || d.c.isOver || o.hears && (o.sounds || !sound) {
		return
	}
	o.hears, o.sounds = true, o.sounds || sound
	d.c.worker.enqueue(func(ctx context.Context) {
		if err := d.letHear(ctx, sound); err != nil && ctx.Err() == nil && !d.c.wasTold() {
			d.c.s.log.Info("an agent cannot hear how her call goes until it is taken", "call", d.c.id, "err", err)
		}
	})
}

// letHear makes the agent's leg, if there is none yet, and adds the far end's sound to
// it, or the ringing tone.
func (d *dialing) letHear(ctx context.Context, sound bool) error {
	d.c.mu.Lock()
	o, l := d.out, d.c.talk.leg
	d.c.mu.Unlock()
	if o == nil || d.c.wasTold() {
		return nil
	}
	if l == nil {
		l = d.c.talk.begin(leg{id: o.leg, address: o.address, early: true})
		if err := l.makeChannel(ctx); err != nil {
			d.c.talk.clear(ctx)
			return err
		}
	}
	if entered, err := l.awaitEntered(ctx); !entered {
		return err
	}
	if !sound {
		return d.c.s.api.startPlayback(ctx, l.id, toneIDOf(l.id), []string{d.c.s.cfg.Ringing})
	}
	if err := l.silenceTone(); err != nil {
		return err
	}
	if err := l.addToBridge(ctx, l.id, l.entered); err != nil {
		return err
	}
	l.joined = true
	spy := earlyOf(l.id)
	d.c.s.callers.legs.register(spy, d.c) // else the next reconciliation would take the channel away as an orphan
	if err := d.c.s.api.snoop(ctx, d.c.channel, spy, d.c.s.cfg.App, "in"); err != nil {
		return err
	}
	return l.addToBridge(ctx, spy, nil)
}

// awaitEntered waits until the leg's channel can be added to a bridge. It is false
// with no error when the caller's end has been told meanwhile.
func (l *leg) awaitEntered(ctx context.Context) (entered bool, err error) {
	select {
	case <-l.entered:
		return true, nil
	case <-l.c.over:
		return false, nil
	case <-time.After(requestLimit):
		return false, errors.New("the agent's leg did not come up")
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// silenceTone ends the ringing tone; it may be over already.
func (l *leg) silenceTone() error {
	err := l.c.s.api.Playback().Stop(playbackKey(toneIDOf(l.id)))
	if refused(err, http.StatusNotFound) {
		return nil
	}
	return err
}

// endEarly makes a leg that was made for the ringing ready for the talk.
func (l *leg) endEarly() error {
	if err := l.silenceTone(); err != nil {
		return err
	}
	l.c.mu.Lock()
	l.early = false
	l.c.mu.Unlock()
	return l.forgetEarly()
}

// forgetEarly takes away the channel that listens to the far end while it rings.
func (l *leg) forgetEarly() error {
	err := l.c.s.api.hangUpLeg(earlyOf(l.id))
	l.c.s.callers.legs.remove(earlyOf(l.id))
	return err
}

// snoop makes a channel that hears what comes in on another, or goes out; spy says which.
func (c *client) snoop(ctx context.Context, channel, id, app, spy string) error {
	q := url.Values{"spy": {spy}, "app": {app}}
	return c.request(ctx, "POST", "/channels/"+url.PathEscape(channel)+"/snoop/"+url.PathEscape(id)+"?"+q.Encode(), nil, nil)
}

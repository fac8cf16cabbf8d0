package asterisk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"presszero/call"
)

// A talk with a number outside is recorded in Asterisk, since no process of ours has its
// voices. Two channels listen to the leg, and each is recorded into a file of its own, mu-law
// without a header: every prefix of it is a sound. A talk loses nothing by it, whatever
// becomes of the files, and a controller that dies is not missed.
//
//	caller ── bridge ── channel <leg> ──SIP, RTP── number outside
//	                      │  │
//	                      │  └─ snoop <leg>.right.leg ── recording <recording>.right: the number's voice
//	                      └──── snoop <leg>.left.leg  ── recording <recording>.left:  the caller's voice
//
// Both channels end with the leg. While neither side sends packets, a snoop channel delivers
// silence, so that the files are as long as the talk. If only one can begin, that side is
// recorded: the other is silent, and counts as not captured when the talk is kept.

// taps are the two sides of a recording, and what a snoop hears of the leg for each.
var taps = []struct{ side, spy string }{{"left", "out"}, {"right", "in"}}

// tapOf is the id of the channel that listens to a leg for a side. The id ends like a leg's, so
// that reconciliation hangs up a channel whose call is over.
func tapOf(leg, side string) string { return leg + "." + side + ".leg" }

// recordOf is Asterisk's name for one side of a recording.
func recordOf(recording, side string) string { return recording + "." + side }

// tapped is a leg's recording.
type tapped struct {
	cmd     call.RecordTalk
	records []string // Asterisk's names
}

// record begins the recording of the talk's leg, or finds that it goes on, and tells so.
func (t *talk) record(ctx context.Context, cmd call.RecordTalk) {
	l := t.current()
	err := errors.New("the caller is not joined with this number")
	if l != nil && l.id == cmd.Leg && l.transfer != nil {
		t.registerTaps(l, cmd)
		err = t.beginTaps(ctx, cmd)
	}
	if err == nil {
		t.tellRecording(cmd, "started", "")
		return
	}
	if ctx.Err() != nil {
		return
	}
	t.c.s.log.Warn("a talk with a number outside cannot be recorded", "call", t.c.id, "leg", cmd.Leg, "err", err)
	t.endTaps(cmd.Leg)
	t.tellRecording(cmd, "failed", "failed")
}

// registerTaps notes the ids before the requests that use them. A leg that is in the
// registry's table is no orphan.
func (t *talk) registerTaps(l *leg, cmd call.RecordTalk) {
	k := &tapped{cmd: cmd}
	for _, tap := range taps {
		k.records = append(k.records, recordOf(cmd.Recording, tap.side))
		t.c.s.callers.legs.register(tapOf(l.id, tap.side), t.c)
		t.c.s.callers.records.register(recordOf(cmd.Recording, tap.side), t.c)
	}
	t.c.mu.Lock()
	l.tapped = k
	t.c.mu.Unlock()
}

// beginTaps makes both channels before either is recorded, so that the files begin together.
// An error means that neither side is recorded. A channel whose recording was refused stays
// until the leg ends: the refusal may be but an answer that did not come.
func (t *talk) beginTaps(ctx context.Context, cmd call.RecordTalk) error {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	api := t.c.s.api
	var failed [2]error
	for i, tap := range taps {
		there, err := api.there(ctx, "channels", tapOf(cmd.Leg, tap.side))
		if err == nil && !there {
			err = api.snoop(ctx, cmd.Leg, tapOf(cmd.Leg, tap.side), t.c.s.cfg.App, tap.spy)
		}
		failed[i] = err
	}
	for i, tap := range taps {
		if failed[i] != nil {
			continue
		}
		there, err := api.there(ctx, "recordings/live", recordOf(cmd.Recording, tap.side))
		if err == nil && !there {
			err = api.recordTap(ctx, tapOf(cmd.Leg, tap.side), recordOf(cmd.Recording, tap.side))
		}
		failed[i] = err
	}
	err := errors.Join(failed[:]...)
	if failed[0] != nil && failed[1] != nil {
		return err
	}
	if err != nil {
		t.c.s.log.Error("one side of a talk with a number outside cannot be recorded; it is silent in the recording", "call", t.c.id, "leg", cmd.Leg, "err", err)
	}
	return nil
}

// recordTap begins to record a channel that has just been made, which is in the application
// a moment later. A file that is there is never overwritten.
func (c *client) recordTap(ctx context.Context, channel, name string) error {
	for {
		err := c.request(context.WithValue(ctx, onlyOnce{}, true), http.MethodPost, "/channels/"+url.PathEscape(channel)+"/record",
			map[string]any{"name": name, "format": "ulaw", "ifExists": "fail"}, nil)
		if !errors.Is(onChannel(err), errTaken) {
			return err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// stopRecording ends the recording of a leg, which cannot be begun again. The files keep what
// was recorded.
func (t *talk) stopRecording(_ context.Context, cmd call.StopRecording) {
	t.endTaps(cmd.Leg)
	t.tellRecording(call.RecordTalk(cmd), "stopped", "")
}

// endTaps takes away the channels that listen to a leg; with them their recordings end.
func (t *talk) endTaps(leg string) {
	t.forgetTaps(leg)
	for _, tap := range taps {
		if err := t.c.s.api.hangUpLeg(tapOf(leg, tap.side)); err != nil {
			t.c.s.log.Warn("a channel that listens to a talk stays in Asterisk until the talk is over", "call", t.c.id, "leg", leg, "err", err)
		}
	}
}

// forgetTaps forgets the recording of a leg that is over, or recorded no more.
func (t *talk) forgetTaps(leg string) {
	t.c.mu.Lock()
	var k *tapped
	if l := t.leg; l != nil && l.id == leg {
		k, l.tapped = l.tapped, nil
	}
	t.c.mu.Unlock()
	for _, tap := range taps {
		t.c.s.callers.legs.removeOf(tapOf(leg, tap.side), t.c)
	}
	if k != nil {
		for _, name := range k.records {
			t.c.s.callers.records.removeOf(name, t.c)
		}
	}
}

// tapEnded takes the news that one side is recorded no more. Mostly the leg is over, which
// is told a moment later; else the disk is full, or Asterisk cannot go on with it, and the
// loop has the other side ended, too.
func (t *talk) tapEnded(record string) {
	t.c.aside(func(ctx context.Context) {
		select {
		case <-time.After(lastWord):
		case <-t.c.over:
			return
		case <-ctx.Done():
			return
		}
		t.c.mu.Lock()
		l := t.leg
		lost := l != nil && l.tapped != nil && !l.ended && !l.dropping && (record == l.tapped.records[0] || record == l.tapped.records[1])
		var cmd call.RecordTalk
		if lost {
			cmd = l.tapped.cmd
		}
		t.c.mu.Unlock()
		if lost {
			t.c.s.log.Error("a talk with a number outside is recorded no more; look whether the disk is full", "call", t.c.id, "leg", cmd.Leg)
			t.tellRecording(cmd, "failed", "failed") // for good: Asterisk does not try again
		}
	})
}

func (t *talk) tellRecording(cmd call.RecordTalk, what, why string) {
	t.c.postEvent(call.RecordingTold{Call: cmd.Call, Leg: cmd.Leg, Recording: cmd.Recording, What: what, Why: why})
}

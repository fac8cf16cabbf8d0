package asterisk

import (
	"context"
	"time"

	"presszero/call"
)

// The person at a number outside hears the notice, that the talk is recorded, before the
// caller is joined. Until then the caller hears the music, or the ringing, of before.
//
//	answered ──notice──its end──> 3 s for its key ──> joined
//	             └──its key, or it cannot be said───────┘

const (
	// noticeLimit bounds a notice, and noticeCheck is how often it is asked whether one still
	// plays whose end was not told.
	noticeLimit = time.Minute
	noticeCheck = time.Second
)

func newTransfer(cmd call.TransferOut) *transfer {
	return &transfer{id: cmd.Transfer, number: cmd.Number, notice: cmd.Notice, said: make(chan bool, 1), keys: make(chan string, 8)}
}

// noticeOf is the id of the playback of the notice on a leg.
func noticeOf(leg string) string { return leg + ".notice" }

// answered goes on with the transfer when somebody has answered.
func (r *transfer) answered() {
	c := r.leg.c
	if r.notice.Prompt == "" {
		c.worker.enqueue(r.joinCaller)
		return
	}
	c.aside(func(ctx context.Context) { // the caller's orders do not wait for it
		r.tellNotice(ctx)
		c.worker.enqueue(r.joinCaller)
	})
}

// tellNotice says the notice, and takes the answer.
func (r *transfer) tellNotice(ctx context.Context) {
	c, id := r.leg.c, noticeOf(r.leg.id)
	var media []string
	if c.s.cfg.Silence != nil && c.s.cfg.LeadIn > 0 {
		if uri, err := c.s.cfg.Silence(c.s.cfg.LeadIn + onePacket); err == nil {
			media = append(media, uri)
		}
	}
	sound, err := c.s.cfg.Sound(ctx, r.notice.Prompt)
	if err == nil {
		c.s.callers.plays.register(id, c)
		defer c.s.callers.plays.removeOf(id, c)
		err = c.s.api.startPlayback(ctx, r.leg.id, id, append(media, sound))
	}
	if err != nil {
		if ctx.Err() == nil {
			c.s.log.Warn("the person at a number outside could not be told of the recording, so there is none", "call", c.id, "leg", r.leg.id, "err", err)
		}
		return
	}
	began := time.Now()
	r.told.ToEnd = r.awaitNotice(ctx, id, began)
	r.told.Heard = time.Since(began)
	if r.told.ToEnd && r.notice.Consent != call.ConsentStay {
		r.awaitKey(ctx, time.After(call.NoticeAnswer), began)
	}
}

// awaitNotice waits for the end of the notice, or for its key, which ends it. It reports
// whether all of it was heard.
func (r *transfer) awaitNotice(ctx context.Context, id string, began time.Time) bool {
	c := r.leg.c
	tick := time.NewTicker(noticeCheck)
	defer tick.Stop()
	for {
		select {
		case toEnd := <-r.said:
			return toEnd
		case key := <-r.keys:
			if r.counts(key, began) {
				r.told.Key = true
				_ = c.s.api.Playback().Stop(playbackKey(id))
				return false
			}
		case <-tick.C:
			playing, err := c.s.api.playing(ctx, id)
			if err == nil && playing && time.Since(began) < noticeLimit {
				continue
			}
			select {
			case toEnd := <-r.said: // told just now
				return toEnd
			default:
				return false // the end of the notice was not told: it does not count as heard to its end
			}
		case <-c.over:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// awaitKey waits for the key of the notice.
func (r *transfer) awaitKey(ctx context.Context, late <-chan time.Time, began time.Time) {
	for {
		select {
		case key := <-r.keys:
			if r.counts(key, began) {
				r.told.Key = true
				return
			}
		case <-late:
			return
		case <-r.leg.c.over:
			return
		case <-ctx.Done():
			return
		}
	}
}

// counts reports whether a key answers the notice.
func (r *transfer) counts(key string, began time.Time) bool {
	n := r.notice
	return key == n.Key && n.Consent != call.ConsentStay && (n.Consent != call.ConsentOptIn || time.Since(began) >= call.LeastHeard)
}

// legPresses takes a key of the person at a number outside. Those that are pressed in the
// talk are none of ours.
func (t *talk) legPresses(channel, key string) {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	if l := t.leg; l != nil && l.id == channel && l.transfer != nil && l.transfer.notice.Prompt != "" && !l.bridged {
		select {
		case l.transfer.keys <- key:
		default: // a storm of keys
		}
	}
}

// noticeEnded takes the end of a playback, if it is that of the notice.
func (t *talk) noticeEnded(playback string, failed bool) {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	if l := t.leg; l != nil && l.transfer != nil && noticeOf(l.id) == playback {
		select {
		case l.transfer.said <- !failed:
		default:
		}
	}
}

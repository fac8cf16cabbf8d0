package asterisk

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"sync"
	"time"

	"presszero/call"
)

const (
	silenceEnds = 4 // seconds without a word that end a message

	// Asterisk tells a recording's end right after the hang-up that causes it.
	// A second later it will not come any more.
	lastWord = time.Second

	// A request to stop may come a moment too early to count, so it is repeated.
	stopAgain = 300 * time.Millisecond
	stopTries = 10
)

// recorder records messages of the caller, one at a time, each by Asterisk into a
// file of its own. The worker begins and stops a recording; its end comes in Run's
// goroutine, by a round of care or with the call's end, and is told by a goroutine
// of the recording's own.
type recorder struct {
	c   *caller
	now *recording // nil: nothing is being recorded; the caller's mu guards it
}

// recording is a message that is being recorded. The end of its call waits for
// the end of the recording.
type recording struct {
	id      string
	began   time.Time
	max     time.Duration
	discard bool // it is not to be kept; the caller's mu guards it until told is closed

	callOver func()        // says that the call has ended; may be called twice
	gone     chan struct{} // closed by callOver
	finish   func(outcome) // says how the recording has ended; the first word counts
	finished chan outcome  // holds that word
	told     chan struct{} // closed when the recording's end has been told
}

// outcome is what Asterisk says of a recording's end, if it does.
type outcome struct {
	known   bool
	failed  bool
	seconds float64
}

func newRecording(cmd call.Record) *recording {
	r := &recording{id: cmd.Record, began: time.Now(), max: cmd.Max,
		gone: make(chan struct{}), finished: make(chan outcome, 1), told: make(chan struct{})}
	r.callOver = sync.OnceFunc(func() { close(r.gone) })
	r.finish = func(o outcome) {
		select {
		case r.finished <- o:
		default: // it has been told before
		}
	}
	return r
}

// begin begins to keep what the caller says; prompts and music end.
func (rec *recorder) begin(ctx context.Context, cmd call.Record) error {
	if r := rec.current(); r != nil && r.id == cmd.Record {
		return nil // ordered twice
	}
	err := rec.c.quiet()
	if err == nil {
		err = rec.c.setVariable(varRecord, cmd.Record)
	}
	if err != nil {
		return err
	}
	r := newRecording(cmd)
	rec.c.mu.Lock()
	rec.now = r
	rec.c.mu.Unlock()
	rec.c.s.callers.records.register(r.id, rec.c)
	rec.c.aside(func(ctx context.Context) { rec.awaitEnd(ctx, r) })
	err = onChannel(rec.c.s.api.record(ctx, rec.c.channel, cmd))
	if err != nil {
		var no *Error
		if errors.As(err, &no) || errors.Is(err, errGone) || errors.Is(err, errTaken) {
			r.finish(outcome{known: true, failed: true})
		} // else it may have been carried out: the next round of care finds out
		if !errors.Is(err, errGone) && !errors.Is(err, errTaken) {
			rec.c.s.log.Warn("a message could not be recorded", "call", rec.c.id, "record", r.id, "err", err)
			return nil
		}
	}
	return err
}

// awaitEnd waits for a recording's end and tells it, and then the call's end, if
// that has come meanwhile.
func (rec *recorder) awaitEnd(ctx context.Context, r *recording) {
	var o outcome
	gone, late := r.gone, (<-chan time.Time)(nil)
	for over := false; !over; {
		select {
		case o = <-r.finished:
			over = true
		case <-late:
			over = true
		case <-gone:
			gone, late = nil, time.After(lastWord)
		case <-ctx.Done():
			return
		}
	}
	told := rec.measure(ctx, r, o)
	rec.c.mu.Lock()
	rec.now = nil
	if !r.discard && !rec.c.isOver {
		rec.c.s.post(told)
	}
	last := rec.c.last
	rec.c.mu.Unlock()
	rec.c.s.callers.records.removeOf(r.id, rec.c)
	if r.discard { // by now nobody changes that: the recording is not the caller's any more
		_ = rec.c.s.api.forgetRecord(ctx, r.id)
	}
	close(r.told)
	if last != nil {
		rec.c.hungUp(*last)
	}
}

// measure finds out how much was recorded. Asterisk's own count may be a
// second off.
func (rec *recorder) measure(ctx context.Context, r *recording, o outcome) call.Recorded {
	if !o.known {
		there, err := rec.c.s.api.there(ctx, "recordings/stored", r.id)
		o.failed = err != nil || !there
		o.seconds = min(time.Since(r.began), r.max).Seconds()
	}
	if !o.failed && rec.c.s.cfg.Kept != nil {
		switch long, err := rec.c.s.cfg.Kept(r.id); {
		case err == nil:
			o.seconds = long.Seconds()
		case errors.Is(err, fs.ErrNotExist) && o.seconds > 0: // never to be taken for something that was kept
			o.failed = true
			rec.c.s.log.Error("a recording is not where Asterisk's recordings should be", "call", rec.c.id, "record", r.id, "err", err)
		}
	}
	if o.failed {
		o.seconds = 0
	}
	return call.Recorded{Call: rec.c.id, Record: r.id, Seconds: o.seconds, Failed: o.failed}
}

// current returns the recording that goes on, or nil.
func (rec *recorder) current() *recording {
	rec.c.mu.Lock()
	defer rec.c.mu.Unlock()
	return rec.now
}

// ended takes Asterisk's news of it.
func (rec *recorder) ended(id string, o outcome) {
	if r := rec.current(); r != nil && r.id == id {
		r.finish(o)
	}
}

// stopRecording ends a recording and waits until it has: whatever is ordered next
// would wait for it in Asterisk. One that has ended, or that an earlier
// controller began, can still be stopped and thrown away.
func (rec *recorder) stopRecording(ctx context.Context, cmd call.StopRecord) error {
	r := rec.current()
	if r == nil || r.id != cmd.Record {
		err := rec.c.s.api.stopRecord(ctx, cmd)
		if cmd.Discard && refused(err, http.StatusNotFound) {
			err = rec.c.s.api.forgetRecord(ctx, cmd.Record)
		}
		if refused(err, http.StatusNotFound) {
			return nil
		}
		return err
	}
	rec.c.mu.Lock()
	r.discard = r.discard || cmd.Discard
	rec.c.mu.Unlock()
	var err error
	for range stopTries {
		if err = rec.c.s.api.stopRecord(ctx, cmd); refused(err, http.StatusNotFound, http.StatusConflict) {
			err = nil
		}
		select {
		case <-r.told:
			return nil
		case <-time.After(stopAgain):
		case <-ctx.Done():
			return nil
		}
	}
	if err != nil {
		return err // it may still go on, and this order is repeated
	}
	r.finish(outcome{}) // its end was never told
	return nil
}

// check tells the end of a recording whose end was never told.
func (rec *recorder) check(ctx context.Context) {
	r := rec.current()
	if r == nil || time.Since(r.began) < lastWord {
		return
	}
	if there, err := rec.c.s.api.there(ctx, "recordings/live", r.id); err == nil && !there {
		r.finish(outcome{})
	}
}

// longestRecording is what to order so that a recording lasts d at most.
// Asterisk compares whole seconds of the clock and ends one that was given n
// seconds between n and n+1 seconds after its beginning; it takes 0 for no
// limit at all.
func longestRecording(d time.Duration) int { return max(1, int(d/time.Second)-1) }

// record begins to record a channel as an 8 kHz wav file. There is no beep:
// while Asterisk's sounds, a request to stop is lost, and repeating it refused.
func (c *client) record(ctx context.Context, channel string, r call.Record) error {
	err := c.request(context.WithValue(ctx, onlyOnce{}, true), "POST", "/channels/"+url.PathEscape(channel)+"/record", map[string]any{
		"name": r.Record, "format": "wav", "maxDurationSeconds": longestRecording(r.Max), "maxSilenceSeconds": silenceEnds,
		"ifExists": "overwrite", "terminateOn": "#"}, nil)
	if err != nil && connectionCut(err) {
		if there, asked := c.there(ctx, "recordings/live", r.Record); asked == nil && there {
			return nil
		}
	}
	return err
}

// stopRecord ends a recording, and keeps it or not.
func (c *client) stopRecord(ctx context.Context, cmd call.StopRecord) error {
	at := "/recordings/live/" + url.PathEscape(cmd.Record)
	if cmd.Discard {
		return c.request(ctx, "DELETE", at, nil, nil)
	}
	return c.request(ctx, "POST", at+"/stop", nil, nil)
}

// forgetRecord takes away a recording that has ended.
func (c *client) forgetRecord(ctx context.Context, id string) error {
	return c.request(ctx, "DELETE", "/recordings/stored/"+url.PathEscape(id), nil, nil)
}

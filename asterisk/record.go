package asterisk

// What a caller leaves: a message, recorded by Asterisk into a file of its own.

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"net/http"
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

// recording is a message that is being recorded. The end of its call waits for
// the news of its own end.
type recording struct {
	id      string
	began   time.Time
	max     time.Duration
	discard bool // the caller's mu guards it

	callOver func()        // the call ended
	gone     chan struct{} // closed by callOver
	finish   func(outcome)
	finished chan outcome  // how it ended
	told     chan struct{} // closed when all is told
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

// record begins to keep what the caller says; prompts and music end.
func (c *caller) record(ctx context.Context, cmd call.Record) error {
	if r := c.theRecording(); r != nil && r.id == cmd.Record {
		return nil // ordered twice
	}
	err := c.quiet()
	if err == nil {
		err = c.set(varRecord, cmd.Record)
	}
	if err != nil {
		return err
	}
	r := newRecording(cmd)
	c.mu.Lock()
	c.recording = r
	c.mu.Unlock()
	c.s.mu.Lock()
	c.s.records[r.id] = c
	c.s.mu.Unlock()
	c.aside(func(ctx context.Context) { c.awaitRecording(ctx, r) })
	err = onChannel(c.s.api.record(ctx, c.channel, cmd))
	if err != nil {
		var no *Error
		if errors.As(err, &no) || errors.Is(err, errGone) || errors.Is(err, errTaken) {
			r.finish(outcome{known: true, failed: true})
		} // else it may have been carried out: the next round of care finds out
		if !errors.Is(err, errGone) && !errors.Is(err, errTaken) {
			c.s.log.Warn("a message could not be recorded", "call", c.id, "record", r.id, "error", err)
			return nil
		}
	}
	return err
}

// awaitRecording tells a recording's end, and then the call's, if that has
// come meanwhile.
func (c *caller) awaitRecording(ctx context.Context, r *recording) {
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
	told := c.whatIsKept(ctx, r, o)
	c.mu.Lock()
	c.recording = nil
	if !r.discard && !c.isOver {
		c.s.post(told)
	}
	last := c.last
	c.mu.Unlock()
	c.s.mu.Lock()
	if c.s.records[r.id] == c {
		delete(c.s.records, r.id)
	}
	c.s.mu.Unlock()
	if r.discard { // by now nobody changes that: the recording is not the caller's any more
		_ = c.s.api.forgetRecord(ctx, r.id)
	}
	close(r.told)
	if last != nil {
		c.hungUp(*last)
	}
}

// whatIsKept finds out how much was recorded. Asterisk's own count may be a
// second off.
func (c *caller) whatIsKept(ctx context.Context, r *recording, o outcome) call.Recorded {
	if !o.known {
		there, err := c.s.api.there(ctx, "recordings/stored", r.id)
		o.failed = err != nil || !there
		o.seconds = min(time.Since(r.began), r.max).Seconds()
	}
	if !o.failed && c.s.cfg.Kept != nil {
		switch long, err := c.s.cfg.Kept(r.id); {
		case err == nil:
			o.seconds = long.Seconds()
		case errors.Is(err, fs.ErrNotExist) && o.seconds > 0: // never to be taken for something that was kept
			o.failed = true
			c.s.log.Error("a recording is not where Asterisk's recordings should be", "call", c.id, "record", r.id, "error", err)
		}
	}
	if o.failed {
		o.seconds = 0
	}
	return call.Recorded{Call: c.id, Record: r.id, Seconds: o.seconds, Failed: o.failed}
}

func (c *caller) theRecording() *recording {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.recording
}

// recordingEnded takes Asterisk's news of it.
func (c *caller) recordingEnded(id string, o outcome) {
	if r := c.theRecording(); r != nil && r.id == id {
		r.finish(o)
	}
}

// stopRecord ends a recording and waits until it has: whatever is ordered next
// would wait for it in Asterisk. One that has ended, or that an earlier
// controller began, can still be stopped and thrown away.
func (c *caller) stopRecord(ctx context.Context, cmd call.StopRecord) error {
	r := c.theRecording()
	if r == nil || r.id != cmd.Record {
		err := c.s.api.stopRecord(ctx, cmd)
		if cmd.Discard && refused(err, http.StatusNotFound) {
			err = c.s.api.forgetRecord(ctx, cmd.Record)
		}
		if refused(err, http.StatusNotFound) {
			return nil
		}
		return err
	}
	c.mu.Lock()
	r.discard = r.discard || cmd.Discard
	c.mu.Unlock()
	var err error
	for range stopTries {
		if err = c.s.api.stopRecord(ctx, cmd); refused(err, http.StatusNotFound, http.StatusConflict) {
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

// checkRecording tells the end of a recording whose end was never told.
func (c *caller) checkRecording(ctx context.Context) {
	r := c.theRecording()
	if r == nil || time.Since(r.began) < lastWord {
		return
	}
	if there, err := c.s.api.there(ctx, "recordings/live", r.id); err == nil && !there {
		r.finish(outcome{})
	}
}

// wholeSeconds rounds up to what Asterisk can count.
func wholeSeconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// longestRecording is what to order so that a recording lasts d at most.
// Asterisk compares whole seconds of the clock and ends one that was given n
// seconds between n and n+1 seconds after its beginning; it takes 0 for no
// limit at all.
func longestRecording(d time.Duration) int { return max(1, int(d/time.Second)-1) }

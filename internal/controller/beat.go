package controller

import (
	"context"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"presszero/asterisk/private"
	"presszero/call"
)

// beatEvery is how often the time is written down at which the open calls were
// known to be there. It bounds the error of the end of a call that nobody of
// ours saw, after a crash of everything.
const beatEvery = time.Second

// beatForm has one length, so that a beat is written over the one before: a
// full disk does not stop it.
const beatForm = "2006-01-02T15:04:05.000000Z07:00"

// beat keeps the time at which the calls of the register were last known to be
// in Asterisk: in memory, and in a file for the controller that comes after.
type beat struct {
	path string
	at   atomic.Int64 // Unix microseconds; 0: not known
}

// openBeat reads the last beat of the controller before this one. last is the
// time of its last fact about an open call, which counts where it is later, as
// when the file is lost.
func openBeat(path string, last time.Time) *beat {
	b := &beat{path: path}
	if text, err := os.ReadFile(path); err == nil {
		if at, err := time.Parse(beatForm, strings.TrimSpace(string(text))); err == nil && at.After(last) {
			last = at
		}
	}
	if !last.IsZero() {
		b.at.Store(last.UnixMicro())
	}
	return b
}

// last returns the time of the last beat; zero: there was none.
func (b *beat) last() time.Time {
	if at := b.at.Load(); at != 0 {
		return time.UnixMicro(at).UTC()
	}
	return time.Time{}
}

// write keeps a beat. The memory has it also where the disk refuses.
func (b *beat) write(now time.Time) error {
	b.at.Store(now.UnixMicro())
	f, err := os.OpenFile(b.path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(now.UTC().Format(beatForm)+"\n"), 0); err != nil {
		return err
	}
	return f.Sync()
}

// beats writes the beat as long as calls are open and Asterisk is connected,
// until ctx ends.
func (c *Controller) beats(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		open := 0
		err := c.runner.Ask(ctx, func(time.Time) { open = len(c.register.Open()) + len(c.line.Outgoing()) })
		if err != nil || open == 0 || !c.sw.Ready() {
			continue
		}
		if err := c.beat.write(time.Now()); err != nil && !failed {
			failed = true
			c.log.Warn("the heartbeat file cannot be written; after a crash the ends of calls would be estimated from the last facts; look whether the disk is full", "err", err)
		}
	}
}

// lastFact is the time of the newest fact about one of the open calls. (Facts of
// callbacks may be younger: they go on while Asterisk is away.)
func lastFact(entries []call.Entry, open map[call.ID]string) (last time.Time) {
	for _, e := range entries {
		if _, is := open[e.Call]; is && e.At.After(last) {
			last = e.At
		}
	}
	return last
}

// lastSeen returns when each call was last known to be there: at the last beat, or
// until Asterisk's fallback, which had it meanwhile, saw it go.
func (c *Controller) lastSeen() func(call.ID) time.Time {
	left := map[call.ID]time.Time{}
	stays, err := private.Stays(c.FallbackDir())
	if err != nil {
		c.log.Warn("the log of Asterisk's fallback cannot be read; when its callers left is not known", "err", err)
	}
	for _, s := range stays {
		if s.Call != "" && s.How != private.Cut {
			left[call.ID(s.Call)] = s.Left
		}
	}
	last := c.beat.last()
	return func(id call.ID) time.Time {
		if at := left[id]; at.After(last) {
			return at
		}
		return last
	}
}

package controller

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"presszero/call"
	"presszero/recordings/archive"
	"presszero/recordings/capture"
	"presszero/recordings/finish"
	"presszero/sql"
)

// finisher has captured talks taken into the archive when they are over, the oldest first,
// by a process that everything else comes before; and tells the books of their calls.
type finisher struct {
	dir   string // of captured talks
	sides string // where Asterisk records
	talks *archive.Archive
	book  func(ctx context.Context, recording string) (sql.RecordingBook, error)
	keep  func(entries []call.Entry)
	run   func(ctx context.Context, args ...string) error // presszero keep
	log   *slog.Logger

	again map[string]retry   // of talks that could not be kept
	told  map[call.ID]string // the recording whose fact is on its way to Postgres, by call

	waiting, kept, failures, untold atomic.Int64
}

// retry is when what has failed is tried again.
type retry struct {
	at    time.Time
	pause time.Duration
}

const (
	finishEvery = 5 * time.Second
	firstRetry  = time.Minute
	lastRetry   = time.Hour
	// bookless is for how long a talk that nobody captures any more waits for Postgres
	// to say when it ended.
	bookless = 10 * time.Minute
	// sidesClosed is how long after a talk's end Asterisk may still write what it had in its
	// memory of it.
	sidesClosed = 5 * time.Second
)

func (c *Controller) newFinisher() *finisher {
	return &finisher{dir: c.Path("spool", "talks"), sides: c.Recordings, talks: c.archives.talks, book: c.db.RecordingBook, keep: c.Keep, run: c.runKeep, log: c.log,
		again: map[string]retry{}, told: map[call.ID]string{}}
}

// runKeep runs `presszero keep` of the very program that we are, and waits for it. What it
// has to say when it fails is in the error. It has the lowest priority, which is as far below
// ours as 39 at most.
func (c *Controller) runKeep(ctx context.Context, args ...string) error {
	self := fmt.Sprintf("/proc/%d/exe", os.Getpid())
	cmd := exec.CommandContext(ctx, "nice", append([]string{"-n", "39", self, "keep"}, args...)...)
	cmd.Env = append(os.Environ(), c.Env()...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	return nil
}

// watch finishes talks until ctx ends.
func (f *finisher) watch(ctx context.Context) {
	tick := time.NewTicker(finishEvery)
	defer tick.Stop()
	for {
		f.round(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round takes all talks that are over into the archive and tells the books.
func (f *finisher) round(ctx context.Context, now time.Time) {
	takes, err := capture.FindAll(f.dir, f.sides)
	if err != nil {
		f.log.Error("captured talks cannot be looked for; tried again in a moment", "err", err)
	}
	f.waiting.Store(int64(len(takes)))
	for _, t := range takes {
		if ctx.Err() != nil {
			return
		}
		if r, failed := f.again[t.Recording]; t.Live || failed && now.Before(r.at) {
			continue
		}
		b, err := f.book(ctx, t.Recording)
		from, to, over := extent(b, err, t, now)
		switch {
		case !over:
		case err == nil && unwanted(b, t.Bytes):
			f.did(ctx, t, now, f.discard(ctx, t, b))
		default:
			f.did(ctx, t, now, f.finish(ctx, t, from, to))
		}
	}
	if err := f.tell(ctx, now); err != nil && ctx.Err() == nil {
		f.log.Warn("not all books have been told which recordings are kept; tried again in a moment", "err", err)
	}
}

// extent says whether a talk is over, and from when to when it went. A process that was
// killed may be followed by another that captures on, so the books say when it is over;
// without them, err, a talk that nobody has captured for a while is.
func extent(b sql.RecordingBook, err error, t capture.Take, now time.Time) (from, to time.Time, over bool) {
	switch {
	case err == nil && t.BySides() && b.Ended != nil && now.Sub(*b.Ended) < sidesClosed:
		return from, to, false
	case err == nil && b.Ended != nil && b.Stopped != nil && t.Parts == 1: // for good, not to begin again
		return b.Began, *b.Stopped, true
	case err == nil && b.Ended != nil:
		return b.Began, *b.Ended, true
	case err == nil && !b.Over:
		return from, to, false
	default: // the database is away or knows nothing of it
		last, err := t.Changed()
		return from, to, err == nil && now.Sub(last) > bookless
	}
}

// unwanted reports whether a leg that the books say is not recorded may not be kept, or has
// nothing that could be: so many bytes were captured.
func unwanted(b sql.RecordingBook, bytes int64) bool {
	return b.Absent != "" && (!call.KeptIfCaptured(b.Absent) || bytes == 0)
}

// discard removes what was captured of a leg that is not recorded.
func (f *finisher) discard(ctx context.Context, t capture.Take, b sql.RecordingBook) error {
	f.log.Warn("what was captured of a talk that is not recorded is removed", "recording", t.Recording, "why", b.Absent, "bytes", t.Bytes)
	return finish.Remove(ctx, f.talks, f.dir, f.sides, t.Recording)
}

func (f *finisher) finish(ctx context.Context, t capture.Take, from, to time.Time) error {
	args := []string{t.Recording}
	if !from.IsZero() {
		args = []string{"--from", from.Format(time.RFC3339Nano), "--to", to.Format(time.RFC3339Nano), t.Recording}
	}
	err := f.run(ctx, args...)
	if err == nil {
		f.kept.Add(1)
	}
	return err
}

// did takes down what has become of a take that is over.
func (f *finisher) did(ctx context.Context, t capture.Take, now time.Time, err error) {
	switch {
	case err == nil:
		delete(f.again, t.Recording)
		f.waiting.Add(-1)
	case ctx.Err() == nil:
		pause := min(2*cmp.Or(f.again[t.Recording].pause, firstRetry/2), lastRetry)
		f.again[t.Recording] = retry{now.Add(pause), pause}
		f.failures.Add(1)
		f.log.Error("a recording cannot be taken into the archive, or removed; it stays where it was captured, and is tried again", "recording", t.Recording, "after", pause, "err", err)
	}
}

// tell writes the fact that a recording is kept into the book of its call, when the call
// has ended: then nobody else writes there, and its number is the next. If we die before
// Postgres has the fact, it is written again with the same number, which Postgres takes
// once.
func (f *finisher) tell(ctx context.Context, now time.Time) error {
	list, err := f.talks.Untold()
	untold := 0
	for _, e := range list {
		b, failed := f.book(ctx, e.ID)
		switch {
		case errors.Is(failed, sql.ErrNoRecording), failed == nil && unwanted(b, e.Sound.Bytes):
			untold++
		case failed != nil:
			f.untold.Store(int64(len(list)))
			return errors.Join(err, failed)
		case b.Kept:
			if f.told[b.Call] == e.ID {
				delete(f.told, b.Call)
			}
			err = errors.Join(err, f.talks.Told(e.ID))
		default:
			untold++
			if b.Over && f.told[b.Call] == "" { // one at a time: the next needs the next number
				f.told[b.Call] = e.ID
				f.keep([]call.Entry{{Call: b.Call, Day: call.DayOf(b.Day), Seq: b.Last + 1, At: now, Fact: kept(e)}})
			}
		}
	}
	f.untold.Store(int64(untold))
	return err
}

// kept is the fact about an entry.
func kept(e archive.Entry) call.RecordingKept {
	return call.RecordingKept{Recording: e.ID, Format: e.Format, Bytes: e.Sound.Bytes, Length: e.Length, Sum: e.Sound.Sum, Key: e.Key, Holes: e.Holes}
}

// metrics are about finishing.
func (f *finisher) metrics(m metricSet) {
	m.gauge("recordings_spooled", "Captured talks that are not in the archive yet; those that go on are among them.", func() float64 { return float64(f.waiting.Load()) })
	m.counter("recordings_kept_total", "Talks that were taken into the archive.", f.kept.Load)
	m.counter("recording_failures_total", "Tries to take a talk into the archive that failed; they are made again.", f.failures.Load)
	m.gauge("recordings_untold", "Recordings in the archive whose call's book does not say so yet.", func() float64 { return float64(f.untold.Load()) })
}

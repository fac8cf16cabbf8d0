package controller

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"presszero/internal/backoff"
	"presszero/internal/plural"
	"presszero/internal/settings"
	"presszero/recordings"
	"presszero/recordings/archive"
	"presszero/web"
)

// archives keep what has been said: recorded talks, and messages.
type archives struct {
	talks, messages *archive.Archive
	plain           recordings.Messages // to be moved into the archive
	log             *slog.Logger

	moved, failures, waiting, damaged, missing, strange, checked atomic.Int64

	usage    atomic.Pointer[measuredArchive] // nil: not measured yet
	verified atomic.Pointer[time.Time]       // nil: not since the start
}

// measuredArchive is what the archive took of its disk at a time.
type measuredArchive struct {
	archive.Usage
	at time.Time
}

// ArchiveKeys are the keys with which recordings are encrypted.
func ArchiveKeys(s settings.Settings) archive.Keys {
	return archive.Keys{Dir: s.Path("archive-keys")}
}

// OpenArchive returns the archive of talks or of messages as the settings have it.
func OpenArchive(s settings.Settings, kind string) (*archive.Archive, error) {
	a := &archive.Archive{Kind: kind, Index: s.Path("archive-index"), Keys: ArchiveKeys(s), Local: archive.Folder{Dir: s.Archive}}
	if s.ArchiveBucket == "" {
		return a, nil
	}
	bucket, err := archive.OpenBucket(s.ArchiveBucket)
	if err != nil {
		return nil, fmt.Errorf("PRESSZERO_ARCHIVE_BUCKET: %w", err)
	}
	a.Bucket = bucket
	return a, nil
}

// openArchives makes the keys at the first start. Keys that are not whole keep nobody from
// starting: what is said waits where it was recorded.
func openArchives(s settings.Settings, log *slog.Logger) (*archives, error) {
	a := &archives{log: log}
	var err error
	if a.talks, err = OpenArchive(s, "talks"); err != nil {
		return nil, err
	}
	if a.messages, err = OpenArchive(s, "messages"); err != nil {
		return nil, err
	}
	a.plain = recordings.Messages{Archive: a.messages, Plain: s.Path("messages")}
	keys, made, err := archive.MakeKeys(a.talks.Keys.Dir, time.Now())
	switch {
	case err != nil:
		log.Error("recordings and messages cannot be kept; they wait where they were recorded", "err", err)
	case made:
		log.Warn("keys for recordings and messages have been made; take the recovery key off this machine and keep it safe: without it and without the server's key nobody can ever open what is kept",
			"recovery key", keys.RecoveryFile(), "server's keys", keys.Dir)
	}
	return a, nil
}

// moveEvery is how soon a body goes to the bucket.
const moveEvery = time.Minute

// run moves what is to be moved and looks each night whether all is there, until ctx ends.
// It holds up nobody.
func (a *archives) run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { a.movePlain(ctx) })
	all.Go(func() { a.measure(ctx) })
	for _, of := range []*archive.Archive{a.talks, a.messages} {
		all.Go(func() { a.move(ctx, of) })
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(nextNight(time.Now()))):
			a.verify(ctx, time.Now())
		}
	}
}

// movePlain takes the messages that earlier versions kept into the archive.
func (a *archives) movePlain(ctx context.Context) {
	moved, err := a.plain.Move(ctx)
	if moved > 0 {
		a.log.Info("messages of an earlier version have been taken into the archive", "count", moved)
	}
	if err != nil && ctx.Err() == nil {
		a.log.Error("messages of an earlier version cannot be taken into the archive; they are heard from where they are, and the next start tries again", "err", err)
	}
}

// measureEvery is how old the figures of the disk may be: every file is looked at.
const measureEvery = 10 * time.Minute

// measure looks at once and then every 10 minutes what the archive takes of its disk.
func (a *archives) measure(ctx context.Context) {
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		now := time.Now()
		talks, err := a.talks.Usage(ctx, now)
		if err == nil {
			var messages archive.Usage
			messages, err = a.messages.Usage(ctx, now)
			a.usage.Store(&measuredArchive{talks.Add(messages), now})
		}
		if err != nil && ctx.Err() == nil {
			a.log.Warn("what the archive takes of its disk cannot be read; tried again in 10 minutes", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// move takes bodies to the bucket. While it cannot be reached they stay here, for as long
// as that may take.
func (a *archives) move(ctx context.Context, of *archive.Archive) {
	pause := backoff.Backoff{First: moveEvery, Last: time.Hour}
	was := 0
	for {
		m, err := of.Move(ctx)
		if ctx.Err() != nil {
			return
		}
		a.moved.Add(int64(m.Bodies))
		a.waiting.Add(int64(m.Waiting - was))
		was = m.Waiting
		if err == nil {
			pause.Reset()
		} else {
			a.failures.Add(1)
			a.log.Error("recordings cannot be moved to the bucket; they stay here, and it is tried again within the hour", "kind", of.Kind, "waiting", m.Waiting, "err", err)
		}
		if !pause.Wait(ctx) {
			return
		}
	}
}

// nights are those within which all is looked at once.
const nights = 30

// nextNight is 3 in the morning, when few call.
func nextNight(now time.Time) time.Time {
	at := time.Date(now.Year(), now.Month(), now.Day(), 3, 0, 0, 0, now.Location())
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// verify looks at the share of this night.
func (a *archives) verify(ctx context.Context, now time.Time) {
	var f archive.Findings
	for _, of := range []*archive.Archive{a.talks, a.messages} {
		some, err := of.Verify(ctx, archive.Tonight(now, nights), now)
		if err != nil && ctx.Err() == nil {
			a.log.Error("not all of the night's share of the archive could be looked at", "kind", of.Kind, "err", err)
		}
		f.Checked += some.Checked
		f.Damaged, f.Missing, f.Strange = append(f.Damaged, some.Damaged...), append(f.Missing, some.Missing...), append(f.Strange, some.Strange...)
	}
	a.verified.Store(&now)
	a.checked.Add(int64(f.Checked))
	a.damaged.Store(int64(len(f.Damaged)))
	a.missing.Store(int64(len(f.Missing)))
	a.strange.Store(int64(len(f.Strange)))
	if len(f.Damaged)+len(f.Missing)+len(f.Strange) > 0 {
		a.log.Error("the archive is not as it was kept; restore these files from a backup", "damaged", f.Damaged, "missing", f.Missing, "of nothing known", f.Strange)
	}
}

// warnings are what an operator should look at.
func (a *archives) warnings() (what []trouble) {
	if n := a.damaged.Load() + a.missing.Load(); n > 0 {
		what = append(what, trouble{web.AboutArchive, "archive", fmt.Sprintf("%s of the archive, looked at last night, are damaged or missing; the log names them: restore them from a backup", plural.Count(int(n), "file"))})
	}
	switch missing, err := a.talks.Keys.Missing(); {
	case err != nil:
		what = append(what, trouble{web.AboutArchive, "archive-keys", "recordings and messages are not being kept, and wait where they were recorded: " + err.Error()})
	case missing != "":
		what = append(what, trouble{web.AboutArchive, "archive-keys", fmt.Sprintf("the server's key %s is missing: recordings and messages can be opened with the recovery key only; put it back into %s, or run `presszero archive rotate`", missing, strings.TrimSuffix(a.talks.Keys.Dir, "/")+"/identities")})
	}
	return what
}

// metrics are about the archive.
func (a *archives) metrics(m metricSet) {
	m.gauge("archive_bytes", "What recordings and messages take of this machine's disk, as of some minutes ago.", func() float64 {
		if u := a.usage.Load(); u != nil {
			return float64(u.Bytes)
		}
		return 0
	})
	m.gauge("archive_free_bytes", "What the disk of the archive has left, as of some minutes ago.", func() float64 {
		if u := a.usage.Load(); u != nil {
			return float64(u.Free)
		}
		return 0
	})
	m.gauge("archive_waiting", "Bodies of recordings and messages that are to go to the bucket.", func() float64 { return float64(a.waiting.Load()) })
	m.counter("archive_moved_total", "Bodies that have gone to the bucket.", a.moved.Load)
	m.counter("archive_move_failures_total", "Rounds of moving that failed; they are tried again.", a.failures.Load)
	m.counter("archive_verified_total", "Bodies that were looked at in the night and are as they were kept.", a.checked.Load)
	m.gauge("archive_damaged", "Bodies of the last night's share that are not as they were kept; must be 0.", func() float64 { return float64(a.damaged.Load()) })
	m.gauge("archive_missing", "Bodies of the last night's share that are nowhere; must be 0.", func() float64 { return float64(a.missing.Load()) })
	m.gauge("archive_strange", "Bodies of the last night's share that nothing is known of.", func() float64 { return float64(a.strange.Load()) })
}

package controller

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"presszero/asterisk/private"
	"presszero/call"
	"presszero/internal/fallback"
	"presszero/recordings"
)

// fallbackEvery is how often the log of the fallback is read.
const fallbackEvery = 5 * time.Second

// fallbacks books what happened in the fallback, until ctx ends.
func (c *Controller) fallbacks(ctx context.Context) {
	tick := time.NewTicker(fallbackEvery)
	defer tick.Stop()
	f := fallbackBooks{controller: c, dir: c.FallbackDir(), booked: map[call.ID]bool{}}
	for said := ""; ; {
		if err := f.bookStays(ctx, time.Now()); err != nil && ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			c.log.Error("calls that Asterisk's fallback served cannot be booked yet; tried again every 5 s", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// fallbackBooks is what has been booked of the time in which Asterisk served alone.
type fallbackBooks struct {
	controller *Controller
	dir        string
	booked     map[call.ID]bool // by this process
}

// errStillThere tells that a message's caller has not gone yet.
var errStillThere = errors.New("the caller is still there")

// bookStays books the stays that are over, and takes their messages.
func (f *fallbackBooks) bookStays(ctx context.Context, now time.Time) error {
	stays, err := private.Stays(f.dir)
	if err != nil {
		return err
	}
	last := map[string]private.Stay{} // by channel
	alone := true
	for _, s := range stays {
		last[s.Channel] = s
		alone = alone && !s.Left.IsZero()
	}
	if alone { // nobody is there, so nobody speaks still: all that lies there is whole
		now = now.Add(time.Minute)
	}
	if err := f.takeMessages(ctx, last, now); err != nil {
		return err
	}
	pending := false
	for _, s := range stays {
		switch _, speaking := os.Stat(filepath.Join(f.dir, s.Channel+".wav")); {
		case s.Left.IsZero():
		case speaking == nil && last[s.Channel] == s:
			pending = true // the message may not be whole yet
		default:
			f.enter(s, f.message(s, last[s.Channel]))
		}
	}
	if len(stays) == 0 {
		clear(f.booked)
	}
	if pending || len(stays) == 0 {
		return nil
	}
	if err := f.controller.journal.Sync(ctx); err != nil {
		return err
	}
	return private.Booked(f.dir)
}

// takeMessages takes the messages whose callers have gone, and books their stays. last
// has the last stay of each channel.
func (f *fallbackBooks) takeMessages(ctx context.Context, last map[string]private.Stay, now time.Time) error {
	err := f.controller.mailbox.kept.Import(f.dir, now, func(m recordings.Message) error {
		channel := strings.TrimPrefix(m.ID, fallback.MessagePrefix)
		s, known := last[channel]
		if !known { // the log is lost, or was never kept
			s = private.Stay{Channel: channel, Came: m.At.Add(-m.Length).Truncate(time.Second), Left: m.At.Truncate(time.Second), How: private.HungUp}
		}
		if s.Left.IsZero() {
			return errStillThere
		}
		f.enter(s, m.Length)
		return f.controller.journal.Sync(ctx)
	})
	if onlyStillThere(err) {
		return nil
	}
	return err
}

// onlyStillThere reports whether nothing else is wrong.
func onlyStillThere(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if !onlyStillThere(e) {
				return false
			}
		}
		return true
	}
	return errors.Is(err, errStillThere)
}

// message returns how long the message is that was taken of a stay before a
// restart; 0: none was left.
func (f *fallbackBooks) message(s, last private.Stay) time.Duration {
	if s != last {
		return 0
	}
	m, err := f.controller.mailbox.kept.Describe(fallback.MessagePrefix + s.Channel)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			f.controller.log.Error("a message of the fallback cannot be read", "channel", s.Channel, "err", err)
		}
		return 0
	}
	return m.Length
}

// enter writes the facts of a stay to the journal.
func (f *fallbackBooks) enter(s private.Stay, said time.Duration) {
	id := fallback.ID(s)
	if f.booked[id] {
		return
	}
	f.booked[id] = true
	if entries := f.facts(s, said); len(entries) > 0 {
		f.controller.journal.Append(entries)
		if s.How == private.Early {
			return
		}
		f.controller.log.Info("a caller was in Asterisk's fallback", "how", s.How, "message", said > 0, "call", id)
	}
}

// facts are the facts of one stay.
func (f *fallbackBooks) facts(s private.Stay, said time.Duration) []call.Entry {
	return fallback.Centre{Switch: node, Number: f.controller.trunks.number, Person: f.controller.flows.current().flow.Person}.Facts(s, said)
}

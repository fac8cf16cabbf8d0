package controller

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"presszero/asterisk/private"
	"presszero/call"
	"presszero/recordings"
)

// While the controller is away Asterisk serves alone: an apology, music, people
// to ring, a mailbox. What came of it is booked afterwards, from the log that
// the dialplan writes and the messages that lie beside it, and so are callers
// who gave up before the controller was told of them. Every such end is marked
// as estimated, since nobody of ours saw it.
//
// A stay has the same facts, under the same id, however often it is booked, so
// a crash on the way costs nothing and adds nothing.

const (
	fallbackNode  = "fallback"  // the place where these callers were, in reports and messages
	ofFallback    = "fallback-" // begins the ids of their messages
	fallbackEvery = 5 * time.Second
	fallbackDue   = 15 * time.Minute // for the answer to a message, from its end
)

// fallbacks books what happened in the fallback, until ctx ends.
func (p *Controller) fallbacks(ctx context.Context) {
	tick := time.NewTicker(fallbackEvery)
	defer tick.Stop()
	f := fallback{p: p, dir: p.FallbackDir(), booked: map[call.ID]bool{}}
	for said := ""; ; {
		if err := f.book(ctx, time.Now()); err != nil && ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			p.log.Error("what happened in Asterisk's fallback is not in the books yet", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// fallback is what we know of Asterisk's time alone.
type fallback struct {
	p      *Controller
	dir    string
	booked map[call.ID]bool // by this process
}

// errStillThere tells that a message's caller has not gone yet.
var errStillThere = errors.New("the caller is still there")

// book books the stays that are over, and takes their messages.
func (f *fallback) book(ctx context.Context, now time.Time) error {
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
	err = f.p.mailbox.kept.Import(f.dir, now, func(m recordings.Message) error {
		channel := strings.TrimPrefix(m.ID, ofFallback)
		s, known := last[channel]
		if !known { // the log is lost, or was never kept
			s = private.Stay{Channel: channel, Came: m.At.Add(-m.Length).Truncate(time.Second), Left: m.At.Truncate(time.Second), How: private.HungUp}
		}
		if s.Left.IsZero() {
			return errStillThere
		}
		f.enter(s, m.Length)
		return f.p.journal.Sync(ctx)
	})
	if onlyStillThere(err) {
		err = nil
	}
	if err != nil {
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
	if err := f.p.journal.Sync(ctx); err != nil {
		return err
	}
	return private.Booked(f.dir)
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
func (f *fallback) message(s, last private.Stay) time.Duration {
	if s != last {
		return 0
	}
	sound, m, err := f.p.mailbox.kept.Open(ofFallback + s.Channel)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			f.p.log.Error("a message of the fallback cannot be read", "channel", s.Channel, "err", err)
		}
		return 0
	}
	sound.Close()
	return m.Length
}

// enter writes the facts of a stay to the journal.
func (f *fallback) enter(s private.Stay, said time.Duration) {
	id := stayID(s)
	if f.booked[id] {
		return
	}
	f.booked[id] = true
	if entries := f.p.stayFacts(id, s, said); len(entries) > 0 {
		f.p.journal.Append(entries)
		if s.How == private.Early {
			return
		}
		f.p.log.Info("a caller was in Asterisk's fallback", "how", s.How, "message", said > 0, "call", id)
	}
}

// stayFacts are the facts of one stay. There are none where the controller has booked it: it took the
// caller back, or had the caller before and has noticed that the channel is gone.
func (p *Controller) stayFacts(id call.ID, s private.Stay, said time.Duration) []call.Entry {
	end := call.CallEnded{Side: call.SideCaller, Estimated: true}
	switch {
	case s.How == private.Back:
		return nil
	case s.How == private.Early:
		end.Outcome, end.Text = call.AbandonedIVR, "gave up while the call was coming in"
	case said > 0:
		end.Outcome, end.Text = call.LeftMessage, "left a message while the controller was away"
	case s.How == private.Served:
		end.Outcome, end.Text = call.Answered, "answered by "+s.By+" while the controller was away"
	case s.Call != "":
		return nil
	case s.How == private.Cut:
		end.Outcome, end.Side, end.Text = call.SystemFailure, call.SideSystem, "Asterisk ended while the controller was away"
	default:
		end.Outcome, end.Node, end.Text = call.AbandonedIVR, fallbackNode, "gave up while the controller was away"
	}
	var entries []call.Entry
	say := func(at time.Time, f call.Fact) {
		entries = append(entries, call.Entry{Call: id, Day: call.DayOf(s.Came), Seq: len(entries) + 1, At: at, Fact: f})
	}
	say(s.Came, call.Admit(call.Arrived{Node: node, Channel: s.Channel, To: s.To, From: s.From, Again: s.Call != ""}, p.trunks.number, nil))
	if s.How != private.Early {
		say(s.Came, call.CallAnswered{})
	}
	if said > 0 {
		say(s.Left, call.MessageLeft{Node: fallbackNode, Record: ofFallback + s.Channel, Seconds: said.Seconds(), Owner: p.flows.current().flow.Person, Due: s.Left.Add(fallbackDue)})
	}
	say(s.Left, end)
	return entries
}

// stayID is the id of a stay, the same every time: a UUIDv7 whose random part
// is made of the channel's name.
func stayID(s private.Stay) call.ID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", s.Channel, s.Came.Unix()))
	id := uuid.UUID(sum[:16])
	ms := s.Came.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return call.ID(id.String())
}

// Package retention removes what was kept long enough, and looks whether disks have room.
//
//	policy: days by kind and queue ──> Job ──> messages, recordings   by the archive
//	                                    │                             unless on hold
//	legal holds ────────────────────────┤
//	                                    ├──> numbers and names in facts become keys
//	                                    └──> months of facts are dropped, rollups kept
//
//	Guard: free space of each disk ──> 20, 10, 5 % ──> warnings, and no new recordings
//
// A night's run can be done again at any time, and beside a running program. What it could
// not do it says, and the next night tries it again.
package retention

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"presszero/internal/person"
	"presszero/report"
	"presszero/sql"
)

// Days are for how many days something is kept; 0: for ever.
type Days struct {
	All int
	Of  map[string]int // by queue, where it is otherwise
}

// before is the time before which what is of a queue has been kept long enough; zero: it
// is kept for ever.
func (d Days) before(queue string, now time.Time) time.Time {
	days, ok := d.Of[queue]
	if !ok {
		days = d.All
	}
	if days == 0 {
		return time.Time{}
	}
	return now.AddDate(0, 0, -days)
}

// Policy says for how long each kind is kept.
type Policy struct {
	Messages   Days
	Recordings Days // where the flow file says nothing else
	Numbers    Days // in facts, with names; afterwards callers are known by their keys
	Facts      int  // days, by whole months; 0: for ever
}

// Store keeps messages or recordings.
type Store interface {
	person.Store
	// Before lists the ids of what was left before a time, 0: all.
	Before(ctx context.Context, at time.Time) ([]string, error)
}

// Job removes what was kept long enough.
type Job struct {
	DB         *sql.DB // with the key of callers
	Policy     Policy
	Messages   Store
	Recordings person.Store
}

// Plan tells what a run would remove, and changes nothing.
func (j Job) Plan(ctx context.Context, now time.Time) (r report.Removed, err error) {
	messages, held, err := j.oldMessages(ctx, now)
	if err != nil {
		return r, err
	}
	talks, heldToo, err := j.oldRecordings(ctx, now)
	if err != nil {
		return r, err
	}
	r = report.Removed{Messages: messages, Recordings: talks, Months: []string{}, Held: held + heldToo}
	if before := j.Policy.Numbers.before("", now); !before.IsZero() {
		if r.Days, r.Calls, err = j.DB.PlainDays(ctx, before); err != nil {
			return r, err
		}
	}
	if j.Policy.Facts > 0 {
		months, err := j.DB.Months(ctx, now.AddDate(0, 0, -j.Policy.Facts))
		if err != nil {
			return r, err
		}
		name(&r, months)
	}
	return r, nil
}

func name(r *report.Removed, months []sql.Month) {
	r.Months, r.Bytes = []string{}, 0
	for _, m := range months {
		r.Months = append(r.Months, m.First.Format("2006-01"))
		r.Bytes += m.Bytes
	}
}

// Run removes what was kept long enough, and writes down what it has removed. One kind that
// fails does not keep the others.
func (j Job) Run(ctx context.Context, now time.Time) (n report.Night, err error) {
	n.Began = time.Now()
	r := &n.Removed
	*r = report.Removed{Messages: []string{}, Recordings: []string{}, Months: []string{}}
	for _, part := range []struct {
		what string
		do   func(context.Context, time.Time, *report.Removed) error
	}{{"messages", j.removeMessages}, {"recordings", j.removeRecordings}, {"numbers in facts", j.pseudonymise}, {"facts", j.dropFacts}} {
		if failed := part.do(ctx, now, r); failed != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", part.what, failed))
		}
	}
	if err != nil {
		n.Error = err.Error()
	}
	n.Ended = time.Now()
	return n, errors.Join(err, j.DB.KeepNight(ctx, n))
}

// oldMessages are those that were kept long enough, and how many of these are on hold.
func (j Job) oldMessages(ctx context.Context, now time.Time) (old []string, held int, err error) {
	latest := j.Policy.Messages.before("", now)
	for queue := range j.Policy.Messages.Of {
		if b := j.Policy.Messages.before(queue, now); b.After(latest) {
			latest = b
		}
	}
	old = []string{}
	if latest.IsZero() {
		return old, 0, nil
	}
	ids, err := j.Messages.Before(ctx, latest)
	if err != nil || len(ids) == 0 {
		return old, 0, err
	}
	known, err := j.DB.MessagesBefore(ctx, latest)
	if err != nil {
		return old, 0, err
	}
	// Of a message that the books do not know, or not any more, only the house's bound and
	// the store's own time are known.
	house, unknown := j.Policy.Messages.before("", now), ids
	if !house.IsZero() && house.Before(latest) {
		if unknown, err = j.Messages.Before(ctx, house); err != nil {
			return old, 0, err
		}
	}
	older := map[string]bool{}
	for _, id := range unknown {
		older[id] = !house.IsZero()
	}
	for _, id := range ids {
		m, ok := known[id]
		before := j.Policy.Messages.before(m.Queue, now)
		if ok && !before.IsZero() && m.LeftAt.Before(before) || !ok && older[id] {
			old = append(old, id)
		}
	}
	return j.notHeld(ctx, j.Messages, report.HoldMessage, old)
}

func (j Job) oldRecordings(ctx context.Context, now time.Time) (old []string, held int, err error) {
	by := map[string]time.Time{"": j.Policy.Recordings.before("", now)}
	for queue := range j.Policy.Recordings.Of {
		by[queue] = j.Policy.Recordings.before(queue, now)
	}
	list, err := j.DB.OldRecordings(ctx, now, by)
	for _, r := range list {
		old = append(old, r.ID)
	}
	if err != nil {
		return nil, 0, err
	}
	return j.notHeld(ctx, j.Recordings, report.HoldRecording, old)
}

// notHeld leaves out what is on hold, and counts it.
func (j Job) notHeld(ctx context.Context, store person.Store, kind string, ids []string) (free []string, held int, err error) {
	free = []string{}
	if len(ids) == 0 {
		return free, 0, nil
	}
	keep, err := person.HeldOf(ctx, j.DB, store, kind, ids)
	if err != nil {
		return free, 0, err // a hold that cannot be read is a hold
	}
	for _, id := range ids {
		if !slices.Contains(keep, id) {
			free = append(free, id)
		}
	}
	return free, len(keep), nil
}

func (j Job) removeMessages(ctx context.Context, now time.Time, r *report.Removed) error {
	ids, held, err := j.oldMessages(ctx, now)
	r.Held += held
	for _, id := range ids {
		if failed := j.Messages.Remove(ctx, id); failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		r.Messages = append(r.Messages, id)
	}
	return err
}

// removeRecordings notes them first: what a crash leaves is done the next night.
func (j Job) removeRecordings(ctx context.Context, now time.Time, r *report.Removed) error {
	ids, held, err := j.oldRecordings(ctx, now)
	r.Held += held
	if err != nil || len(ids) == 0 {
		return err
	}
	if err := j.DB.NoteRemoval(ctx, ids, "age"); err != nil {
		return err
	}
	for _, id := range ids {
		if failed := j.Recordings.Remove(ctx, id); failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		r.Recordings = append(r.Recordings, id)
	}
	return errors.Join(err, j.DB.HasRemoved(ctx, r.Recordings))
}

func (j Job) pseudonymise(ctx context.Context, now time.Time, r *report.Removed) error {
	all := j.Policy.Numbers.before("", now)
	var later []string // queues whose calls have time yet
	for queue := range j.Policy.Numbers.Of {
		before := j.Policy.Numbers.before(queue, now)
		if before.IsZero() || before.Before(all) {
			later = append(later, queue)
		}
	}
	slices.Sort(later)
	for queue := range j.Policy.Numbers.Of {
		before := j.Policy.Numbers.before(queue, now)
		if before.IsZero() {
			continue
		}
		// A call that was in several queues stays as long as the longest of them.
		others := slices.DeleteFunc(slices.Clone(later), func(q string) bool { return q == queue })
		n, err := j.DB.Pseudonymise(ctx, before, []string{queue}, others)
		r.Facts += n
		if err != nil {
			return err
		}
	}
	if all.IsZero() {
		return nil
	}
	var err error
	if r.Days, r.Calls, err = j.DB.PlainDays(ctx, all); err != nil {
		return err
	}
	n, err := j.DB.Pseudonymise(ctx, all, nil, later)
	r.Facts += n
	return err
}

func (j Job) dropFacts(ctx context.Context, now time.Time, r *report.Removed) error {
	if j.Policy.Facts == 0 {
		return nil
	}
	months, err := j.DB.DropFacts(ctx, now.AddDate(0, 0, -j.Policy.Facts))
	name(r, months)
	if errors.Is(err, sql.ErrNotCounted) {
		return fmt.Errorf("%w; tried again the next night", err)
	}
	return err
}

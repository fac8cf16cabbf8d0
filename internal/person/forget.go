package person

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"presszero/call/number"
	"presszero/report"
	"presszero/sql"
)

// Remover removes what is kept under an id: the archive does. One that is not there is no
// error.
type Remover interface {
	Remove(ctx context.Context, id string) error
}

// Store keeps sounds: messages, or recordings.
type Store interface {
	Remover
	// Held returns why each is held that the store itself does not remove.
	Held() (map[string]string, error)
	// Sound opens one, and tells how the name of its file ends. fs.ErrNotExist: it is kept
	// no more.
	Sound(ctx context.Context, id string) (sound io.ReadCloser, ending string, err error)
}

// Keeper is all that keeps something of persons.
type Keeper struct {
	DB       *sql.DB // with the key of callers
	StateDir string
	Read     number.Reader
	List     *List

	Messages, Recordings Store
	// Progress is told how many bytes of how many are searched before a person is forgotten;
	// nil: nobody.
	Progress func(read, of int64)
	// Cancel cancels a callback, so that its fact is on its way when it returns; nil: the
	// program does not run, and none can be cancelled.
	Cancel func(ctx context.Context, id, by string) error
}

// Kept is what is known of a person, and what of it may not be removed.
type Kept struct {
	sql.Known
	Holds []report.Hold `json:"holds"` // on the caller, or on a queue that the person has called: nothing is forgotten
	Held  []string      `json:"held"`  // messages and recordings that stay
}

// Result is what Forget has done.
type Result struct {
	Kept
	Facts     int      `json:"facts"`     // that were changed
	Cancelled []string `json:"cancelled"` // callbacks
	Files     int      `json:"files"`     // logs and others in which the person was
	Records   int      `json:"records"`   // of the journal
	Old       []string `json:"old"`       // tables of a private Postgres whose files keep old bytes until it reuses the space
}

// ErrHeld says that a legal hold keeps the person.
var ErrHeld = errors.New("on legal hold")

// ErrUp says that the person is in a call.
var ErrUp = errors.New("the person is in a call now; try again when it is over")

// ErrCallback says that a callback is open that nobody can cancel.
var ErrCallback = errors.New("a callback of the person is open; start the program, which cancels it, and try again")

// Find tells what is kept of a person.
func (k Keeper) Find(ctx context.Context, numbers ...string) (Kept, error) {
	w, err := NewWritings(k.Read, numbers...)
	if err != nil {
		return Kept{}, err
	}
	return k.find(ctx, w)
}

func (k Keeper) find(ctx context.Context, w Writings) (is Kept, err error) {
	if is.Known, err = k.DB.FindPerson(ctx, w.Writing); err != nil {
		return is, err
	}
	if is.Holds, err = k.DB.HeldBooks(ctx, is.Books); err != nil {
		return is, err
	}
	is.Held = []string{}
	for _, of := range k.sounds(is) {
		held, err := HeldOf(ctx, k.DB, of.store, of.kind, of.ids)
		if err != nil {
			return is, err
		}
		is.Held = append(is.Held, held...)
	}
	return is, nil
}

// soundsOf are the messages or the recordings of a person.
type soundsOf struct {
	kind  string // report.HoldMessage, report.HoldRecording
	store Store
	ids   []string
}

func (k Keeper) sounds(is Kept) []soundsOf {
	return []soundsOf{{report.HoldMessage, k.Messages, is.Known.Messages}, {report.HoldRecording, k.Recordings, is.Known.Recordings}}
}

// HeldOf returns which of these messages or recordings may not be removed: by a hold of the
// store's own, or one on them, their caller or their queue.
func HeldOf(ctx context.Context, db *sql.DB, store Store, kind string, ids []string) ([]string, error) {
	held, err := db.HeldIDs(ctx, kind, ids)
	if err != nil {
		return nil, err
	}
	own, err := store.Held()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if own[id] != "" && !slices.Contains(held, id) {
			held = append(held, id)
		}
	}
	return held, nil
}

// Forget forgets a person: by is who does it and why for what reason, both in the audit.
// First it searches all the books, which may take minutes; until that is over nothing is
// changed. It may be done again after an error, and goes on where it was.
func (k Keeper) Forget(ctx context.Context, by, why string, numbers ...string) (r Result, err error) {
	w, err := NewWritings(k.Read, numbers...)
	if err != nil {
		return r, err
	}
	if r.Kept, err = k.free(ctx, w); err != nil {
		return r, err
	}
	found, err := k.DB.Trace(ctx, w.Writing, sql.Tracing{Progress: k.Progress})
	if err != nil {
		return r, err
	}
	if r.Kept, err = k.free(ctx, w); err != nil { // what has happened meanwhile
		return r, err
	}
	if r.Cancelled, err = k.cancel(ctx, r.Open, by); err != nil {
		return r, err
	}
	if err := k.forget(ctx, w, found, by, why, &r, false, func(number string) (string, error) {
		e, err := k.List.add(number, time.Now())
		return e.StandIn, err
	}); err != nil {
		return r, err
	}
	r.Old, err = k.eraseOldBytes(ctx)
	return r, err
}

// eraseOldBytes removes what a Postgres under the state folder still has of rows as they were.
func (k Keeper) eraseOldBytes(ctx context.Context) (left []string, err error) {
	if left, err = k.DB.EraseOldBytes(ctx, k.StateDir); err != nil {
		return left, fmt.Errorf("what the database had of the person is still in its files; do it again: %w", err)
	}
	return left, nil
}

// free finds a person, unless something forbids that the person is forgotten.
func (k Keeper) free(ctx context.Context, w Writings) (is Kept, err error) {
	if is, err = k.find(ctx, w); err != nil {
		return is, err
	}
	if len(is.Holds) > 0 {
		h := is.Holds[0]
		return is, fmt.Errorf("%w: %s, by %s on %s; release it first", ErrHeld, h.Reason, h.By, h.At.Format(time.DateOnly))
	}
	if len(is.Up) > 0 {
		return is, ErrUp
	}
	if len(is.Open) > 0 && k.Cancel == nil {
		return is, ErrCallback
	}
	return is, nil
}

// cancel cancels open callbacks, and waits until the books have it.
func (k Keeper) cancel(ctx context.Context, open []string, by string) (cancelled []string, err error) {
	for _, id := range open {
		if err := k.Cancel(ctx, id, by); err != nil {
			return cancelled, fmt.Errorf("the callback %s cannot be cancelled: %w", id, err)
		}
		cancelled = append(cancelled, id)
	}
	within, done := context.WithTimeout(ctx, 20*time.Second)
	defer done()
	for len(open) > 0 { // the shipper has them within a second, and tells nobody
		if open, err = k.DB.OpenCallbacks(within, open); err != nil {
			return cancelled, fmt.Errorf("the books do not have the end of the callbacks yet; try again: %w", err)
		}
		if len(open) > 0 {
			time.Sleep(100 * time.Millisecond)
		}
	}
	return cancelled, nil
}

// forget removes sounds, then what the database has, then what is in files.
func (k Keeper) forget(ctx context.Context, w Writings, found *sql.Traces, by, why string, r *Result, anyway bool, standIn func(number string) (string, error)) error {
	if err := k.removeSounds(ctx, *r); err != nil {
		return err
	}
	one := ""
	done, err := k.DB.Forget(ctx, sql.Person{Writing: w.Writing, Anyway: anyway, StandIn: func(number string) (s string, err error) {
		if number == "" {
			return newStandIn(), nil // nobody is known; the number may be in a text
		}
		if s, err = standIn(number); one == "" {
			one = s
		}
		return s, err
	}}, found, by, why)
	if err != nil {
		return err
	}
	r.Facts = done.Facts
	if one == "" {
		one = newStandIn()
	}
	t := traces{writings: w, standIn: one, books: r.Books, names: done.Names}
	if r.Records, err = t.fromJournal(filepath.Join(k.StateDir, "journal")); err != nil {
		return fmt.Errorf("the person is still in the journal; do it again: %w", err)
	}
	if r.Files, err = t.fromFiles(k.StateDir); err != nil {
		return fmt.Errorf("the person is still in files under %s; do it again: %w", k.StateDir, err)
	}
	return nil
}

// removeSounds removes messages and recordings. Recordings are noted as removed, for those
// who look for them.
func (k Keeper) removeSounds(ctx context.Context, r Result) error {
	for _, of := range k.sounds(r.Kept) {
		free := slices.DeleteFunc(slices.Clone(of.ids), func(id string) bool { return slices.Contains(r.Held, id) })
		if of.kind == report.HoldRecording && len(free) > 0 {
			if err := errors.Join(k.List.addRecordings(free, time.Now()), k.DB.NoteRemoval(ctx, free, "person")); err != nil {
				return err
			}
		}
		for _, id := range free {
			if err := of.store.Remove(ctx, id); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("the %s %s cannot be removed: %w", of.kind, id, err)
			}
		}
		if of.kind == report.HoldRecording && len(free) > 0 {
			if err := k.DB.HasRemoved(ctx, free); err != nil {
				return err
			}
		}
	}
	return nil
}

// Apply forgets again whoever is on the erasure list and was brought back: by a backup that
// was restored, or a database or journal that was. It returns how many numbers, and the tables
// of a private Postgres whose files keep old bytes (see Result.Old). It is called before a
// restored system takes calls, and by a rebuild.
func (k Keeper) Apply(ctx context.Context) (applied int, old []string, err error) {
	if k.List.Len() == 0 {
		return 0, nil, k.removeAgain(ctx)
	}
	seen, err := k.DB.FirstSeen(ctx)
	if err != nil {
		return 0, nil, err
	}
	for number, first := range seen {
		e, ok := k.List.erased(number)
		if !ok || first.After(e.At) {
			continue // not erased; or has called again since
		}
		w, err := NewWritings(k.Read, strings.TrimSpace(number))
		if err != nil {
			return applied, old, err
		}
		var r Result
		if r.Kept, err = k.find(ctx, w); err != nil {
			return applied, old, err
		}
		if len(r.Holds) > 0 {
			continue
		}
		found, err := k.DB.Trace(ctx, w.Writing, sql.Tracing{})
		if err != nil {
			return applied, old, err
		}
		if err := k.forget(ctx, w, found, "erasure list", "brought back by a backup", &r, true, func(n string) (string, error) {
			if e, ok := k.List.erased(n); ok {
				return e.StandIn, nil
			}
			return newStandIn(), nil
		}); err != nil {
			return applied, old, err
		}
		applied++
	}
	if applied > 0 {
		if old, err = k.eraseOldBytes(ctx); err != nil {
			return applied, old, err
		}
	}
	return applied, old, k.removeAgain(ctx)
}

// removeAgain removes the recordings on the list that were brought back.
func (k Keeper) removeAgain(ctx context.Context) error {
	listed := k.List.removed()
	if len(listed) == 0 {
		return nil
	}
	back, err := k.DB.NotRemoved(ctx, listed)
	if err != nil || len(back) == 0 {
		return err
	}
	held, err := HeldOf(ctx, k.DB, k.Recordings, report.HoldRecording, back)
	if err != nil {
		return err
	}
	return k.removeSounds(ctx, Result{Kept: Kept{Known: sql.Known{Recordings: back}, Held: held}})
}

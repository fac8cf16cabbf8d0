package sql

import (
	"context"
	stdsql "database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"

	"presszero/call"
	"presszero/internal/backoff"
	"presszero/journal"
)

const (
	batchSize = 1000        // entries in one transaction, at most
	resend    = time.Hour   // sent again after a failover, and at the start
	look      = time.Minute // between two looks at where Postgres stands, when nothing is sent
	minPause  = 100 * time.Millisecond
	maxPause  = 5 * time.Second
)

// Shipper takes the facts from the journal to Postgres. There is one per
// journal.
//
// Each batch is committed together with the journal offset at its end, and only if
// the offset in the database is the one at the end of the batch before. So every
// commit proves that the database has all earlier batches. A standby that took over
// without the last commits, a restored backup, a server that lost its last second in
// a crash: each has an older offset, and the commit is refused. Then the shipper
// sends again from the database's offset, less an hour for a database whose tables
// were copied one by one.
// Asking who the server is (its system identifier and timeline) would miss the
// crash, and need rights that a rented database does not give.
type Shipper struct {
	db  *DB
	j   *journal.Journal
	log *slog.Logger

	next   journal.Offset // what is sent next
	stands string         // the place in the database, as we have read or written it; "": none
	mark   journal.Offset // the same, understood
	loaded bool           // both have been read from the database…
	begun  bool           // …and not for the first time
	batch  int            // entries sent at once: fewer while Postgres is slow
	months map[string]bool
	pruned time.Time

	mu      sync.Mutex
	shipped journal.Offset // committed up to here
	current time.Time      // when Postgres last had all of the journal
	idle    bool           // it has all of it now

	rejected atomic.Int64

	silent bool // nobody is told of the facts: they are simulated
}

// NewShipper returns a shipper; Run starts it.
func NewShipper(db *DB, j *journal.Journal) *Shipper {
	return &Shipper{db: db, j: j, log: db.cfg.Log, batch: batchSize, months: map[string]bool{}, current: time.Now()}
}

// Run ships until ctx is over. Whatever Postgres does, it goes on: while it is
// away Run tries again after 0.1 s to 5 s.
func (s *Shipper) Run(ctx context.Context) {
	pause := backoff.Backoff{First: minPause, Last: maxPause}
	failed, spoke := time.Time{}, time.Time{}
	for ctx.Err() == nil {
		changed := s.j.Changed() // asked before reading, so nothing slips between
		err := s.catchUp(ctx)
		if err == nil {
			if !failed.IsZero() {
				s.log.Info("facts reach postgres again", "after", time.Since(failed))
			}
			failed = time.Time{}
			pause.Reset()
			s.prune()
			select {
			case <-changed:
			case <-ctx.Done():
			case <-time.After(look):
				s.loaded = false // a standby may have taken over in a quiet hour
			}
			continue
		}
		if ctx.Err() != nil {
			return
		}
		if failed.IsZero() {
			failed = time.Now()
		}
		if time.Since(spoke) > time.Minute {
			spoke = time.Now()
			s.log.Error("facts do not reach postgres; they wait in the journal", "since", failed, "err", err)
		}
		s.prune() // says so when the journal grows over its cap
		pause.Wait(ctx)
	}
}

// CatchUp ships until Postgres has all that is on disk, or does not take it. No other
// shipper of the journal runs meanwhile.
func (s *Shipper) CatchUp(ctx context.Context) error { return s.catchUp(ctx) }

// catchUp ships until Postgres has all that is on disk.
func (s *Shipper) catchUp(ctx context.Context) error {
	for {
		if err := s.position(ctx); err != nil {
			return err
		}
		entries, next, err := s.j.Read(s.next, s.batch)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			s.setPosition(next, true)
			return nil
		}
		s.setPosition(s.next, false)
		s.partitions(ctx, entries)
		err = s.sendOrSplit(ctx, entries, next)
		switch {
		case err == nil:
			s.setPosition(next, false)
			s.batch = min(2*s.batch, batchSize)
		case errors.Is(err, errElsewhere):
			s.loaded = false
		case codeOf(err) == tooSlow && s.batch > 1:
			s.batch /= 2
		default:
			s.loaded = false // whether a commit took effect may not be known
			return err
		}
	}
}

// setPosition notes how far shipping has come.
func (s *Shipper) setPosition(o journal.Offset, all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = o
	if s.shipped.Before(o) {
		s.shipped = o
	}
	if all || s.idle {
		s.current = time.Now()
	}
	s.idle = all
}

// errElsewhere tells that the server does not stand where we left it.
var errElsewhere = errors.New("postgres stands at another place in the journal than it did")

// position decides where to go on: where the database says that it stands.
func (s *Shipper) position(ctx context.Context) error {
	if s.loaded {
		return nil
	}
	var text string
	err := s.db.writer.GetContext(ctx, &text, `SELECT position FROM journal_offset WHERE journal = $1`, s.j.ID())
	if err != nil && !errors.Is(err, stdsql.ErrNoRows) {
		return fmt.Errorf("where shipping stands cannot be read: %w", err)
	}
	var from journal.Offset
	if text != "" {
		if from, err = journal.ParseOffset(text); err != nil {
			s.log.Error("where shipping stands cannot be understood; all is sent again", "err", err)
		}
	}
	before, begun := s.mark, s.begun
	s.stands, s.mark, s.loaded, s.begun = text, from, true, true
	if begun && !from.Before(before) {
		if s.next == before {
			s.next = from // nothing has changed, or we had not heard of a commit
		}
		return nil
	}
	if begun {
		s.log.Error("this postgres lacks facts that were committed: a standby took over, or a backup was restored; they are sent again",
			"committed", before.String(), "has", from.String())
		s.months = map[string]bool{}
	}
	return s.goBack(from)
}

// goBack goes to the place where the database stands, and an hour further.
func (s *Shipper) goBack(has journal.Offset) error {
	hour, err := s.j.Since(time.Now().Add(-resend))
	if err != nil {
		return err
	}
	oldest, err := s.j.Since(time.Time{})
	if err != nil {
		return err
	}
	if has != (journal.Offset{}) && has.Before(oldest) {
		s.log.Error("the journal no longer has all that this postgres lacks", "postgres", has.String(), "oldest", oldest.String())
	}
	s.mu.Lock()
	s.shipped, s.idle = has, false
	s.mu.Unlock()
	if s.next = has; hour.Before(has) {
		s.next = hour
	}
	return nil
}

// batchRows is a batch, given as the JSON of its entries, as rows.
const batchRows = `jsonb_to_recordset($1::jsonb) AS e(call uuid, day date, seq int, at timestamptz, kind text, data jsonb)`

// insertNew takes the batch into call_event and keeps in fresh what was new.
const insertNew = `WITH new AS (
		INSERT INTO call_event (call_day, call_id, seq, at, type, visit_id, agent, queue, data)
		SELECT day, call, seq, at, kind, nullif(data->>'visit', ''), nullif(data->>'agent', ''), nullif(data->>'queue', ''), data
		FROM ` + batchRows + `
		ON CONFLICT (call_day, call_id, seq) DO NOTHING
		RETURNING ` + freshColumns + `)
	INSERT INTO fresh (` + freshColumns + `) SELECT ` + freshColumns + ` FROM new`

// sendBatch takes the entries, what they amount to and (unless zero) the offset
// behind them into the database, all or nothing.
func (s *Shipper) sendBatch(ctx context.Context, entries []call.Entry, next journal.Offset) error {
	text, err := json.Marshal(entries)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotJSON, err)
	}
	batch := string(withoutNUL(text))
	kinds := map[string]bool{}
	for _, e := range entries {
		kinds[e.Fact.Kind()] = true
	}
	err = s.db.Transact(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, fresh); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, insertNew, batch)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return err
		}
		if n > 0 {
			if err := s.db.project(ctx, tx, everyTable, func(kind string) bool { return kinds[kind] }); err != nil {
				return err
			}
			if !s.silent {
				if err := noticeFacts(ctx, tx, kinds); err != nil {
					return err
				}
			}
		}
		if n < int64(len(entries)) {
			if err := s.findClashes(ctx, tx, batch); err != nil {
				return err
			}
		}
		return s.keepOffset(ctx, tx, next)
	})
	if err == nil {
		s.stood(next)
	}
	return err
}

// keepOffset writes the place behind a batch, where the database stands at the
// place that we know. While facts are sent again it stays where it is.
func (s *Shipper) keepOffset(ctx context.Context, tx *sqlx.Tx, next journal.Offset) error {
	if next == (journal.Offset{}) {
		return nil
	}
	if next.Before(s.mark) {
		next = s.mark
	}
	query := `UPDATE journal_offset SET position = $2, updated_at = clock_timestamp() WHERE journal = $1 AND position = $3`
	args := []any{s.j.ID(), next.String(), s.stands}
	if s.stands == "" {
		query, args = `INSERT INTO journal_offset (journal, position) VALUES ($1, $2) ON CONFLICT (journal) DO NOTHING`, args[:2]
	}
	done, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errElsewhere)
	}
	return nil
}

// stood notes that the place behind a batch is committed.
func (s *Shipper) stood(next journal.Offset) {
	if next != (journal.Offset{}) && !next.Before(s.mark) {
		s.mark, s.stands = next, next.String()
	}
}

// prune lets the journal drop what it no longer needs, once a minute.
func (s *Shipper) prune() {
	if time.Since(s.pruned) < time.Minute {
		return
	}
	s.pruned = time.Now()
	if err := s.j.Prune(s.Shipped()); err != nil {
		s.log.Error("the journal cannot be pruned", "err", err)
	}
}

// Shipped returns how far the journal is in Postgres.
func (s *Shipper) Shipped() journal.Offset {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shipped
}

// Lag returns how many bytes of the journal Postgres does not have, and how
// long ago it last had all of them; both are 0 when it has.
func (s *Shipper) Lag() (behind int64, age time.Duration) {
	behind, err := s.j.Behind(s.Shipped())
	if err == nil && behind == 0 {
		return 0, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idle {
		return behind, 0
	}
	return behind, time.Since(s.current)
}

// Rejected returns how many facts were put aside since the start.
func (s *Shipper) Rejected() int64 { return s.rejected.Load() }

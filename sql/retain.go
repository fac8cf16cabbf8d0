package sql

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/call"
)

// Pseudonymise puts the keys of their callers in the place of the numbers in the facts, and
// in what they amount to, of the days (UTC) before one, and removes what people wrote until
// then. only are the queues whose calls it is about, none: all; later those whose calls stay.
// Each day is a transaction; one that is done is left alone. The counts of every report stay
// as they are. It returns how many facts it has changed.
func (db *DB) Pseudonymise(ctx context.Context, before time.Time, only, later []string) (changed int, err error) {
	defer wrapError(&err, "Pseudonymise")
	if len(db.cfg.CallerKey) == 0 {
		return 0, errors.New("the secret key of callers is needed")
	}
	own, err := db.openOwn()
	if err != nil {
		return 0, err
	}
	defer own.Close()
	var days []time.Time
	if err := own.SelectContext(ctx, &days, plainDays, before.Format(time.DateOnly)); err != nil {
		return 0, err
	}
	inner, outer := hmacPads(db.cfg.CallerKey)
	for _, day := range days {
		var n int
		if err := transact(ctx, own, func(tx *sqlx.Tx) error {
			return tx.GetContext(ctx, &n, `SELECT pseudonymise($1, $2, $3, $4, $5, $6, $7)`, inner, outer, call.WithheldPattern(),
				day.Format(time.DateOnly), day.AddDate(0, 0, 1).Format(time.DateOnly), pq.StringArray(only), pq.StringArray(append([]string{}, later...)))
		}); err != nil {
			return changed, fmt.Errorf("%s: %w", day.Format(time.DateOnly), err)
		}
		changed += n
	}
	return changed, nil
}

// plainDays are the days before $1 in whose facts callers' numbers are.
const plainDays = `
	SELECT DISTINCT call_day FROM (
		SELECT call_day FROM call_fact WHERE call_day < $1 AND (caller_key IS NOT NULL AND caller_number !~ '^~' OR caller_name <> '')
		UNION SELECT call_day FROM callback_fact WHERE call_day < $1 AND (caller_key IS NOT NULL AND number !~ '^~' OR name <> '')
		UNION SELECT call_day FROM outgoing_call WHERE call_day < $1 AND caller_key IS NOT NULL AND number !~ '^~'
		UNION SELECT call_day FROM message WHERE call_day < $1 AND caller_key IS NOT NULL AND caller_number !~ '^~') d ORDER BY 1`

// PlainDays counts the days before one in whose facts callers' numbers are, and their calls:
// what Pseudonymise would change.
func (db *DB) PlainDays(ctx context.Context, before time.Time) (days, calls int, err error) {
	defer wrapError(&err, "PlainDays")
	err = db.reports.QueryRowxContext(ctx, `SELECT count(*), coalesce(sum((SELECT count(*) FROM call_fact c WHERE c.call_day = p.call_day)), 0) FROM (`+plainDays+`) p`,
		before.Format(time.DateOnly)).Scan(&days, &calls)
	return days, calls, err
}

// Month is a month (UTC) of facts.
type Month struct {
	First time.Time
	Table string
	Bytes int64
}

var ofMonth = regexp.MustCompile(`^call_event_(\d{4}_\d{2})$`)

// Months returns the months of facts that end by a time: what DropFacts would drop.
func (db *DB) Months(ctx context.Context, before time.Time) (list []Month, err error) {
	defer wrapError(&err, "Months")
	if before, err = db.droppable(ctx, before); err != nil {
		return nil, err
	}
	return months(ctx, db.reports, before)
}

// droppable is the beginning of the month of a time, or of the first month with a call that
// is on hold: it keeps its month, and those after it.
func (db *DB) droppable(ctx context.Context, before time.Time) (time.Time, error) {
	var held *time.Time
	if err := db.reports.GetContext(ctx, &held, `SELECT min(call_day) FROM held_book`); err != nil {
		return before, err
	}
	if held != nil && held.Before(before) {
		before = *held
	}
	return monthOf(before.UTC()), nil
}

func months(ctx context.Context, from sqlx.QueryerContext, before time.Time) (list []Month, err error) {
	var tables []struct {
		Name  string `db:"relname"`
		Bytes int64  `db:"bytes"`
	}
	if err := sqlx.SelectContext(ctx, from, &tables, `SELECT relname, pg_total_relation_size(c.oid) AS bytes FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'call_event'::regclass ORDER BY 1`); err != nil {
		return nil, err
	}
	for _, t := range tables {
		m := ofMonth.FindStringSubmatch(t.Name)
		if m == nil {
			continue
		}
		first, err := time.Parse("2006_01", m[1])
		if err == nil && !first.AddDate(0, 1, 0).After(before) {
			list = append(list, Month{first, t.Name, t.Bytes})
		}
	}
	return list, nil
}

// ErrNotCounted says that rollups of what is to be dropped have yet to be counted, which the
// background does within minutes.
var ErrNotCounted = errors.New("the rollups of what is to be dropped have yet to be counted")

// ErrStillOpen says that a callback is open that was booked in what is to be dropped.
var ErrStillOpen = errors.New("a callback of what is to be dropped is still open")

// DropFacts drops the months of facts that end by a time, and the rows of their calls; the
// rollups were kept before, so that the reports keep their figures. What hangs together over
// all days is computed anew from the facts that are left. Recordings that have not been
// removed, which may be kept for longer, stay with their comments, until they are. before is
// made the beginning of its month. It returns the months.
func (db *DB) DropFacts(ctx context.Context, before time.Time) (dropped []Month, err error) {
	defer wrapError(&err, "DropFacts")
	if before, err = db.droppable(ctx, before); err != nil {
		return nil, err
	}
	if dropped, err = months(ctx, db.reports, before); err != nil || len(dropped) == 0 {
		return nil, err
	}
	own, err := db.openOwn()
	if err != nil {
		return nil, err
	}
	defer own.Close()
	// Calls that last beyond midnight are in the rollups of the two days after.
	kept := before.AddDate(0, 0, 2)
	var stale, open bool
	if err := own.QueryRowxContext(ctx, `SELECT EXISTS (SELECT FROM rollup_stale WHERE bucket < $1), EXISTS (SELECT FROM callback_fact WHERE call_day < $2 AND ended_at IS NULL)`,
		kept, before).Scan(&stale, &open); err != nil {
		return nil, err
	}
	switch {
	case stale:
		return nil, ErrNotCounted
	case open:
		return nil, ErrStillOpen
	}
	if _, err := own.ExecContext(ctx, `SELECT keep_rollups($1)`, kept); err != nil {
		return nil, err
	}
	return dropped, transact(ctx, own, func(tx *sqlx.Tx) error { return db.dropFacts(ctx, tx, before, dropped) })
}

// leaveAlone takes into the rows of recordings that are kept, of the days before $1, what
// the rows of their calls have, which go. One whose end was never written has ended.
const leaveAlone = `
	UPDATE recording r SET alone = true, state = CASE r.state WHEN 'on' THEN 'stopped' ELSE r.state END, dialed = c.dialed,
	       direction = CASE WHEN b.callback_id IS NOT NULL THEN 'callback' WHEN o.call_id IS NOT NULL THEN 'out' ELSE 'in' END
	FROM recording k
	LEFT JOIN call_fact c ON c.call_id = k.call_id
	LEFT JOIN callback_fact b ON b.callback_id = k.call_id
	LEFT JOIN outgoing_call o ON o.call_id = k.call_id
	WHERE k.recording_id = r.recording_id AND r.call_day < $1 AND NOT r.alone AND r.state <> 'absent'
	  AND NOT EXISTS (SELECT FROM recording_removed x WHERE x.recording_id = r.recording_id AND x.removed_at IS NOT NULL)`

// dropFacts is DropFacts once the rollups are kept. Readers are kept out at its end only.
func (db *DB) dropFacts(ctx context.Context, tx *sqlx.Tx, before time.Time, dropped []Month) error {
	if err := begin(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, leaveAlone, before); err != nil {
		return err
	}
	if err := forget(ctx, tx, ofDays, `call_day < $1`, before); err != nil {
		return err
	}
	across := func(table string) bool { return !ofDays(table) }
	if err := forget(ctx, tx, across, `true`); err != nil {
		return err
	}
	if err := db.replayDays(ctx, tx, across, before, time.Now().AddDate(100, 0, 0)); err != nil {
		return err
	}
	if err := db.replay(ctx, tx, across, `type = 'agent.state' AND call_day >= $1`, before); err != nil {
		return err
	}
	for _, table := range []string{"message_text", "talk_note", "callback_note"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE written_at < $1`, before); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM recording_comment c WHERE written_at < $1 AND NOT EXISTS (SELECT FROM recording r WHERE r.recording_id = c.recording_id)`, before); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM call_event_other WHERE call_day < $1 AND set_config('presszero.forgets', 'time', true) <> ''`, before); err != nil {
		return err
	}
	queries := []string{`DELETE FROM message_task x WHERE NOT EXISTS (SELECT FROM message m WHERE m.message_id = x.message_id)`,
		`SELECT set_config('presszero.forgets', '', true)`}
	for _, m := range dropped {
		queries = append(queries, `DROP TABLE `+pq.QuoteIdentifier(m.Table))
	}
	for _, q := range queries {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

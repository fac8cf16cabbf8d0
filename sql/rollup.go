package sql

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/internal/backoff"
	"presszero/report"
)

// Rollups are what reports read instead of every visit, call and span; see migration
// 00031. A bucket that has changed is stale, and is counted from the rows until it
// has been counted anew here.
var rollups = []rollup{
	{"visits", quarter, []rollupTable{{"tally_15m", "count_visits", "*"}, {"calls_15m", "count_calls", "*"}, {"queue_calls_15m", "count_queue_calls", "*"}}}, // the last is read by the version before 00044
	{"calls", quarter, []rollupTable{{"menu_15m", "count_menus", "*"}}},
	{"waits", day, []rollupTable{{"wait_1d", "count_waits", "bucket, queue, told, answered, longer, expected, round(w::numeric, 3), round(w_error::numeric, 3), round(ww::numeric, 3), round(ww_qlm::numeric, 3)"}}},
	{"staff", quarter, []rollupTable{{"staff_15m", "count_staff", "*"}}},
	{"menus", quarter, []rollupTable{{"menu_node_15m", "count_menu_nodes", "*"}}},
	{"paths", quarter, []rollupTable{{"queue_path_15m", "count_queue_paths", "*"}}},
	{"promises", quarter, []rollupTable{{"promise_15m", "count_promises", "*"}}},
	{"codes", quarter, []rollupTable{{"code_15m", "count_codes", "*"}}},
	{"nodes", quarter, []rollupTable{{"queue_node_15m", "count_queue_nodes", "*"}}},
	{"spreads", day, []rollupTable{{"wait_spread_1d", "count_spreads", "*"}}},
	{"told", day, []rollupTable{{"told_1d", "count_told", "*"}, {"first_told_1d", "count_first_told", "*"}}},
	{"dialed", day, []rollupTable{{"dialed_1d", "count_dialed", "*"}}},
	{"talks", day, []rollupTable{{"talk_1d", "count_talks", "*"}}},
	{"handled", day, []rollupTable{{"handled_1d", "count_handled", "*"}}},
	{"agents", day, []rollupTable{{"agent_1d", "count_agents", "*"}}},
	{"presence", quarter, []rollupTable{{"agent_15m", "count_presence", "*"}}},
}

// timed are the rollups of what agents do: it goes on without a change of any row, so that
// a bucket is counted when it is over, and all there are between the first and the newest.
var timed = map[string]string{"staff": "staff_15m", "agents": "agent_1d", "presence": "agent_15m"}

type rollup struct {
	what   string        // as in rollup_stale
	width  time.Duration // of a bucket
	tables []rollupTable
}

// rollupTable is a table, and the function that counts what it has. Its columns are
// compared as they are, or, sums of weights, to a thousandth: the last digits depend on
// the order of adding up.
type rollupTable struct{ name, count, columns string }

const (
	quarter = 15 * time.Minute
	day     = 24 * time.Hour
	// rollupQuiet is how long a bucket is left alone after a change: until then more
	// changes are likely, and the rows of a few quarters are read quickly.
	rollupQuiet = 10 * time.Second
	// rollupOften is the time between two looks for stale buckets.
	rollupOften = 30 * time.Second
	// rollupAtOnce is how many quarters are counted in one transaction, and daysAtOnce
	// how many days.
	rollupAtOnce = 48
	daysAtOnce   = 4
)

// KeepRollups counts stale buckets until ctx is over: what has changed, and on a database
// of an earlier version all that was before, the newest first, in half of the time. zone
// tells the zone of the house's days, an IANA name, which a flow may change.
func (db *DB) KeepRollups(ctx context.Context, zone func() string) {
	retry := backoff.Backoff{First: time.Second, Last: rollupOften}
	var checked time.Time
	for ctx.Err() == nil {
		began := time.Now()
		err := db.CountDaysIn(ctx, zone())
		n := 0
		if err == nil {
			n, err = db.Rollup(ctx, rollupQuiet)
		}
		if today := began.UTC().Truncate(24 * time.Hour); err == nil && n == 0 && today.After(checked) {
			if err = db.checkYesterday(ctx, today); err == nil {
				checked = today
			}
		}
		switch {
		case err != nil:
			db.cfg.Log.Warn("rollups cannot be counted; reports read every row until they are", "err", err)
			retry.Wait(ctx)
			continue
		case n > 0:
			wait(ctx, time.Since(began))
		default:
			wait(ctx, rollupOften)
		}
		retry.Reset()
	}
}

// CountDaysIn says in which zone, an IANA name, the days of the house are counted from now on.
// In another one they are stale after it.
func (db *DB) CountDaysIn(ctx context.Context, zone string) (err error) {
	defer wrapError(&err, "CountDaysIn(%q)", zone)
	_, err = db.rollups.ExecContext(ctx, `SELECT days_of_house($1)`, zone)
	return err
}

// checkYesterday counts yesterday (UTC) anew. What is not as its rollup says is a fault
// of ours: it is told, and counted again.
func (db *DB) checkYesterday(ctx context.Context, today time.Time) error {
	wrong, err := db.CheckRollups(ctx, report.Period{From: today.AddDate(0, 0, -1), To: today})
	if wrong > 0 {
		db.cfg.Log.Error("rollups of yesterday are not what their rows amount to: a fault in the program, report it; they are counted anew", "buckets", wrong)
	}
	return err
}

// CheckRollups compares the rollups of whole days (UTC) with a recount, and returns how
// many buckets are wrong. They are stale from then on, so that reports are right.
func (db *DB) CheckRollups(ctx context.Context, p report.Period) (wrong int, err error) {
	defer wrapError(&err, "CheckRollups")
	for _, r := range rollups {
		for _, t := range r.tables {
			var buckets []time.Time
			if err := db.rollups.SelectContext(ctx, &buckets, t.wrong(r.what, r.width), p.From, p.To); err != nil {
				return wrong, fmt.Errorf("%s: %w", t.name, err)
			}
			wrong += len(buckets)
			for _, b := range buckets {
				if _, err := db.rollups.ExecContext(ctx, `SELECT mark_stale(ARRAY[$1::text], ARRAY[$2::timestamptz])`, r.what, b); err != nil {
					return wrong, err
				}
			}
		}
	}
	var people []struct {
		Key string    `db:"caller_key"`
		At  time.Time `db:"entered_at"`
	}
	if err := db.rollups.SelectContext(ctx, &people, wrongPeople, p.From, p.To); err != nil {
		return wrong, fmt.Errorf("gave_up: %w", err)
	}
	for _, w := range people {
		if _, err := db.rollups.ExecContext(ctx, `SELECT mark_people(ARRAY[$1::text], ARRAY[$2::timestamptz])`, w.Key, w.At); err != nil {
			return wrong, err
		}
	}
	return wrong + len(people), nil
}

// wrong is a query for the buckets from $1 to $2 of which a table has something else
// than a recount, and which are not known to be stale, nor kept without their rows.
func (t rollupTable) wrong(what string, width time.Duration) string {
	counted := ""
	if name := timed[what]; name != "" {
		counted = fmt.Sprintf(`AND b BETWEEN (SELECT min(bucket) FROM public.%[1]s) AND (SELECT max(bucket) FROM public.%[1]s)`, name)
	}
	return fmt.Sprintf(`
		WITH whole AS (
			SELECT b AS bucket FROM generate_series($1::timestamptz, $2::timestamptz - interval '%[3]d s', interval '%[3]d s') b
			WHERE b >= public.rollups_kept_until() AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = '%[4]s' AND s.bucket = b)
			  %[6]s
		), has AS (
			SELECT %[5]s FROM public.%[1]s JOIN whole USING (bucket)
		), should AS (
			SELECT %[5]s FROM (SELECT c.* FROM whole w CROSS JOIN LATERAL public.%[2]s(w.bucket, w.bucket + interval '%[3]d s') c) c
		)
		SELECT DISTINCT bucket FROM ((TABLE has EXCEPT ALL TABLE should) UNION ALL (TABLE should EXCEPT ALL TABLE has)) d`,
		t.name, t.count, int(width.Seconds()), what, t.columns, counted)
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Rollup counts some stale buckets of each kind that have not changed for quiet, and
// returns how many; 0: there are none. It keeps nobody waiting.
func (db *DB) Rollup(ctx context.Context, quiet time.Duration) (n int, err error) {
	defer wrapError(&err, "Rollup")
	for _, r := range rollups {
		counted, err := db.rollUp(ctx, r, quiet)
		n += counted
		if err != nil {
			return n, fmt.Errorf("%s: %w", r.what, err)
		}
	}
	people, err := db.rollupPeople(ctx, quiet)
	return n + people, err
}

func (db *DB) rollUp(ctx context.Context, r rollup, quiet time.Duration) (n int, err error) {
	err = transact(ctx, db.rollups, func(tx *sqlx.Tx) error {
		var mine bool
		if err := tx.GetContext(ctx, &mine, `SELECT pg_try_advisory_xact_lock(hashtext('presszero.rollup'))`); err != nil || !mine {
			return err // another controller does it
		}
		if name := timed[r.what]; name != "" {
			if err := markTime(ctx, tx, r.what, name, r.width); err != nil {
				return err
			}
		}
		n, err = countStale(ctx, tx, r.what, r.width, r.tables, quiet)
		return err
	})
	return n, err
}

// markTime marks the buckets that time has made since the newest one counted.
func markTime(ctx context.Context, tx *sqlx.Tx, what, table string, width time.Duration) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO rollup_stale (what, bucket)
		SELECT $1, generate_series(coalesce((SELECT max(bucket) + $2 * interval '1 second' FROM `+table+`),
		                                    (SELECT date_bin($2 * interval '1 second', min(from_at), timestamptz '2000-01-01 00:00+00') FROM agent_span)),
		                           now(), $2 * interval '1 second')
		ON CONFLICT DO NOTHING`, what, width.Seconds())
	return err
}

// countStale counts the newest buckets of a kind. A bucket that changes while it is
// counted stays stale: its marks are no longer those that were read before.
func countStale(ctx context.Context, tx *sqlx.Tx, what string, width time.Duration, tables []rollupTable, quiet time.Duration) (int, error) {
	var stale []struct {
		Bucket time.Time `db:"bucket"`
		Marks  int64     `db:"marks"`
	}
	atOnce := rollupAtOnce
	if width == day {
		atOnce = daysAtOnce
	}
	if err := tx.SelectContext(ctx, &stale, `SELECT bucket, marks FROM rollup_stale
		WHERE what = $1 AND marked_at <= clock_timestamp() - $2 * interval '1 microsecond' AND (NOT $4 OR bucket + $5 * interval '1 second' <= now())
		ORDER BY bucket DESC LIMIT $3`, what, quiet.Microseconds(), atOnce, timed[what] != "", width.Seconds()); err != nil || len(stale) == 0 {
		return 0, err
	}
	buckets, marks := make([]string, len(stale)), make([]int64, len(stale))
	for i, s := range stale {
		buckets[i], marks[i] = s.Bucket.UTC().Format(time.RFC3339), s.Marks
	}
	for _, t := range tables {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+t.name+` WHERE bucket = ANY ($1::timestamptz[])`, pq.Array(buckets)); err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO `+t.name+` SELECT c.* FROM unnest($1::timestamptz[]) b
			CROSS JOIN LATERAL `+t.count+`(b, b + $2 * interval '1 second') c`, pq.Array(buckets), width.Seconds()); err != nil {
			return 0, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM rollup_stale WHERE (what, bucket) IN (
			SELECT what, bucket FROM rollup_stale s JOIN unnest($2::timestamptz[], $3::bigint[]) AS m (bucket, marks) USING (bucket)
			WHERE s.what = $1 AND s.marks = m.marks FOR UPDATE OF s SKIP LOCKED)`, what, pq.Array(buckets), pq.Array(marks))
	return len(stale), err
}

// atOneMoment runs f in a transaction of the reports in which nothing changes.
func (db *DB) atOneMoment(ctx context.Context, f func(*sqlx.Tx) error) error {
	tx, err := db.reports.BeginTxx(ctx, &stdsql.TxOptions{Isolation: stdsql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing after the commit
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

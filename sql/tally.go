package sql

import (
	"context"
	"time"
)

// AnsweredWithin is the wait, in seconds, within which the service level wants
// callers answered.
const AnsweredWithin = 20

// Tally counts the visits to one queue, of one outcome, that began in one
// interval. The tallies of a period add up to the callers who entered the
// queues in it; a callback is no caller of its own.
type Tally struct {
	Queue    string    `db:"queue"`
	Start    time.Time `db:"start"`   // of the interval
	Outcome  string    `db:"outcome"` // "open" while waiting
	Visits   int       `db:"visits"`
	Within   int       `db:"within"`       // of the answered: within AnsweredWithin
	LongestS float64   `db:"longest_s"`    // of those that ended, seconds
	Longest  string    `db:"longest_call"` // the call that waited so long
}

// Tallies counts the visits that began in [from, to), by queue ("": each),
// interval and outcome, in this order. The first interval starts at from, the
// last may reach beyond to; those without visits are left out. interval 0
// takes the period as one, a negative one is an error.
func (db *DB) Tallies(ctx context.Context, from, to time.Time, queue string, interval time.Duration) (rows []Tally, err error) {
	defer wrap(&err, "Tallies")
	// date_bin counts in whole microseconds, so a visit on the edge of two
	// intervals is in one of them, and always in the same.
	err = db.reports.SelectContext(ctx, &rows, `
		SELECT queue, start, outcome, count(*) AS visits,
		       count(*) FILTER (WHERE outcome = 'answered' AND queue_s <= $5) AS within,
		       coalesce(max(queue_s), 0) AS longest_s,
		       coalesce((array_agg(call_id ORDER BY queue_s DESC, visit_id) FILTER (WHERE queue_s IS NOT NULL))[1]::text, '') AS longest_call
		FROM (SELECT queue, call_id, visit_id, queue_s, coalesce(outcome::text, 'open') AS outcome,
		             CASE $4::bigint WHEN 0 THEN $1 ELSE date_bin($4 * interval '1 microsecond', entered_at, $1) END AS start
		      FROM queue_visit
		      WHERE entered_at >= $1::timestamptz AND entered_at < $2 AND kind = 'live' AND ($3 = '' OR queue = $3)) v
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`, from, to, queue, interval.Microseconds(), AnsweredWithin)
	return rows, err
}

// MenuCounts counts calls that reached no queue.
type MenuCounts struct {
	Abandoned     int `db:"abandoned"`
	Contained     int `db:"contained"`
	SystemFailure int `db:"system_failure"`
	Open          int `db:"open"`
	Refused       int `db:"refused"`
}

// Menus counts the calls that started in [from, to) and reached no queue.
func (db *DB) Menus(ctx context.Context, from, to time.Time) (n MenuCounts, err error) {
	defer wrap(&err, "Menus")
	err = db.reports.GetContext(ctx, &n, `
		SELECT count(*) FILTER (WHERE outcome = 'abandoned_ivr') AS abandoned,
		       count(*) FILTER (WHERE outcome = 'ivr_contained') AS contained,
		       count(*) FILTER (WHERE outcome = 'system_failure') AS system_failure,
		       count(*) FILTER (WHERE outcome IS NULL) AS open,
		       count(*) FILTER (WHERE outcome = 'refused') AS refused
		FROM call_fact c
		WHERE started_at >= $1 AND started_at < $2
		  AND NOT EXISTS (SELECT FROM queue_visit v WHERE v.call_id = c.call_id)`, from, to)
	return n, err
}

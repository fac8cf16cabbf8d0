package sql

import (
	"context"
	"time"

	"github.com/lib/pq"
)

// Tally counts the visits to one queue, of one outcome, that began in one
// interval.
type Tally struct {
	Queue    string    `db:"queue"`
	Start    time.Time `db:"start"`   // of the interval
	Outcome  string    `db:"outcome"` // "open" while waiting
	Visits   int       `db:"visits"`
	Within   int       `db:"within"`       // of the answered: within AnsweredWithin
	LongestS float64   `db:"longest_s"`    // seconds
	Longest  string    `db:"longest_call"` // the call that waited so long
}

// Tallies counts the visits that began in [from, to), by queue ("": each),
// interval and outcome; interval 0 takes the period as one. Intervals without
// visits are left out.
func (db *DB) Tallies(ctx context.Context, from, to time.Time, queue string, interval time.Duration) (rows []Tally, err error) {
	defer wrap(&err, "Tallies")
	if interval == 0 {
		interval = max(to.Sub(from), time.Second)
	}
	err = db.reports.SelectContext(ctx, &rows, `
		SELECT queue,
		       $1::timestamptz + floor(extract(epoch FROM entered_at - $1::timestamptz) / $4::float8) * $4::float8 * interval '1 s' AS start,
		       coalesce(outcome::text, 'open') AS outcome,
		       count(*) AS visits,
		       count(*) FILTER (WHERE outcome = 'answered' AND queue_s <= $5) AS within,
		       coalesce(max(queue_s), 0) AS longest_s,
		       coalesce((array_agg(call_id::text ORDER BY queue_s DESC NULLS LAST))[1], '') AS longest_call
		FROM queue_visit
		WHERE entered_at >= $1 AND entered_at < $2 AND ($3 = '' OR queue = $3)
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`, from, to, queue, interval.Seconds(), AnsweredWithin)
	return rows, err
}

// MenuCounts counts calls that reached no queue.
type MenuCounts struct {
	Abandoned     int `db:"abandoned"`
	Contained     int `db:"contained"`
	SystemFailure int `db:"system_failure"`
	Open          int `db:"open"`
}

// Menus counts the calls that started in [from, to) and reached no queue.
func (db *DB) Menus(ctx context.Context, from, to time.Time) (n MenuCounts, err error) {
	defer wrap(&err, "Menus")
	err = db.reports.GetContext(ctx, &n, `
		SELECT count(*) FILTER (WHERE outcome = 'abandoned_ivr') AS abandoned,
		       count(*) FILTER (WHERE outcome = 'ivr_contained') AS contained,
		       count(*) FILTER (WHERE outcome = 'system_failure') AS system_failure,
		       count(*) FILTER (WHERE outcome IS NULL) AS open
		FROM call_fact c
		WHERE started_at >= $1 AND started_at < $2
		  AND NOT EXISTS (SELECT FROM queue_visit v WHERE v.call_id = c.call_id)`, from, to)
	return n, err
}

// VisitRow is one visit, or one call that reached no queue.
type VisitRow struct {
	Call    string     `db:"call_id"`
	At      time.Time  `db:"at"` // entered the queue, or the call began
	Ended   *time.Time `db:"ended_at"`
	Queue   string     `db:"queue"`
	Outcome string     `db:"outcome"` // "open" while it is
	Number  string     `db:"number"`
	Name    string     `db:"name"`
	Path    string     `db:"path"` // through the menus, or the menu in which the caller hung up
	QueueS  float64    `db:"queue_s"`
	RingS   float64    `db:"ring_s"`
	Agent   string     `db:"agent"`
}

// VisitFilter narrows a list of visits; empty fields do not.
type VisitFilter struct {
	Queue    string
	Outcomes []string // "open" is one
	Limit    int      // 200 when 0
}

// Visits lists what began in [from, to), newest first: the visits to queues,
// and the calls that reached none.
func (db *DB) Visits(ctx context.Context, from, to time.Time, f VisitFilter) (rows []VisitRow, err error) {
	defer wrap(&err, "Visits")
	if f.Limit <= 0 {
		f.Limit = 200
	}
	err = db.reports.SelectContext(ctx, &rows, `
		SELECT call_id, at, ended_at, queue, outcome, number, name, path, queue_s, ring_s, agent FROM (
			SELECT v.call_id::text AS call_id, v.entered_at AS at, v.ended_at, v.queue,
			       coalesce(v.outcome::text, 'open') AS outcome, coalesce(c.caller_number, '') AS number,
			       coalesce(c.caller_name, '') AS name,
			       coalesce((SELECT e.data ->> 'path' FROM call_event e WHERE e.call_day = v.call_day
			                 AND e.call_id = v.call_id AND e.type = 'ivr.completed' LIMIT 1), '') AS path,
			       coalesce(v.queue_s, 0) AS queue_s, coalesce(v.ring_s, 0) AS ring_s, coalesce(v.agent, '') AS agent
			FROM queue_visit v LEFT JOIN call_fact c USING (call_id)
			WHERE v.entered_at >= $1 AND v.entered_at < $2
			UNION ALL
			SELECT c.call_id::text, c.started_at, c.ended_at, '', coalesce(c.outcome::text, 'open'),
			       coalesce(c.caller_number, ''), coalesce(c.caller_name, ''), coalesce(c.node, ''), 0, 0, ''
			FROM call_fact c
			WHERE c.started_at >= $1 AND c.started_at < $2
			  AND NOT EXISTS (SELECT FROM queue_visit v WHERE v.call_id = c.call_id)
		) list
		WHERE ($3 = '' OR queue = $3) AND (cardinality($4::text[]) = 0 OR outcome = ANY ($4))
		ORDER BY at DESC, call_id LIMIT $5`,
		from, to, f.Queue, pq.StringArray(append([]string{}, f.Outcomes...)), f.Limit)
	return rows, err
}

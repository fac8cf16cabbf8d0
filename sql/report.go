package sql

import (
	"context"
	stdsql "database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"time"
)

// CallRow is one call in a list.
type CallRow struct {
	CallID     string     `db:"call_id" json:"call_id"`
	StartedAt  time.Time  `db:"started_at" json:"started_at"`
	AnsweredAt *time.Time `db:"answered_at" json:"answered_at"` // when we picked up
	EndedAt    *time.Time `db:"ended_at" json:"ended_at"`       // nil: the call is up
	Dialed     string     `db:"dialed" json:"dialed"`
	Caller     string     `db:"caller_number" json:"caller"` // as claimed
	CallerName string     `db:"caller_name" json:"caller_name"`
	CallerKey  string     `db:"caller_key" json:"caller_key"`
	Outcome    string     `db:"outcome" json:"outcome"` // "": still waiting, or in the menus
	Node       string     `db:"node" json:"node"`       // the menu where an abandoned_ivr happened
	Side       string     `db:"side" json:"side"`
	Cause      int        `db:"cause" json:"cause"` // Q.850
	CauseText  string     `db:"cause_text" json:"cause_text"`
	Visits     int        `db:"visits" json:"visits"`
	Queue      string     `db:"queue" json:"queue"`   // of the last visit
	Agent      string     `db:"agent" json:"agent"`   // who answered last
	WaitS      *float64   `db:"wait_s" json:"wait_s"` // all visits added up
	TalkS      *float64   `db:"talk_s" json:"talk_s"`
}

// CallFilter narrows a list of calls; empty fields do not.
type CallFilter struct {
	Queue   string // the call was in this queue
	Outcome string // or "open": without one
	Agent   string // answered by
	Limit   int    // 200 when 0; at most 10,000
}

const callRows = `
	SELECT * FROM (
		SELECT c.call_id::text AS call_id, c.started_at, c.answered_at, c.ended_at, coalesce(c.dialed, '') AS dialed,
		       coalesce(c.caller_number, '') AS caller_number, coalesce(c.caller_name, '') AS caller_name,
		       coalesce(c.caller_key, '') AS caller_key, coalesce(c.outcome::text, v.outcome, '') AS outcome,
		       coalesce(c.node, '') AS node, coalesce(c.side, '') AS side, coalesce(c.cause, 0) AS cause,
		       coalesce(c.cause_text, '') AS cause_text, v.visits, coalesce(v.queues[v.visits], '') AS queue,
		       v.queues, coalesce(v.agents[array_length(v.agents, 1)], '') AS agent, v.agents, v.wait_s, v.talk_s
		FROM call_fact c CROSS JOIN LATERAL (
			SELECT count(*)::int AS visits, sum(queue_s) AS wait_s, sum(talk_s) AS talk_s,
			       array_agg(queue ORDER BY entered_at, visit_id) AS queues,
			       array_agg(agent ORDER BY entered_at, visit_id) FILTER (WHERE agent IS NOT NULL) AS agents,
			       (array_agg(outcome::text ORDER BY entered_at DESC, visit_id DESC))[1] AS outcome
			FROM queue_visit q WHERE q.call_id = c.call_id) v
		WHERE %s) c
	WHERE ($1 = '' OR $1 = ANY (queues)) AND ($2 = '' OR outcome = CASE $2 WHEN 'open' THEN '' ELSE $2 END)
	  AND ($3 = '' OR $3 = ANY (agents))
	ORDER BY started_at DESC, call_id DESC LIMIT $4`

// Calls lists the calls that started in [from, to), newest first.
func (db *DB) Calls(ctx context.Context, from, to time.Time, f CallFilter) (rows []CallRow, err error) {
	defer wrap(&err, "Calls")
	return db.calls(ctx, f, `c.started_at >= $5 AND c.started_at < $6`, from, to)
}

// CallsOf lists the calls of one caller since then, newest first.
func (db *DB) CallsOf(ctx context.Context, callerKey string, since time.Time) (rows []CallRow, err error) {
	defer wrap(&err, "CallsOf")
	return db.calls(ctx, CallFilter{}, `c.caller_key = $5 AND c.started_at >= $6`, callerKey, since)
}

func (db *DB) calls(ctx context.Context, f CallFilter, where string, args ...any) ([]CallRow, error) {
	if f.Limit <= 0 {
		f.Limit = 200
	}
	args = append([]any{f.Queue, f.Outcome, f.Agent, min(f.Limit, 10_000)}, args...)
	rows := []CallRow{}
	err := db.reports.Unsafe().SelectContext(ctx, &rows, fmt.Sprintf(callRows, where), args...)
	return rows, err
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Event is one fact of a call's timeline.
type Event struct {
	Seq  int             `db:"seq" json:"seq"`
	At   time.Time       `db:"at" json:"at"`
	Type string          `db:"type" json:"type"`
	Data json.RawMessage `db:"data" json:"data"`
}

// CallEvents returns the timeline of one call, in order; none when no such
// call is known.
func (db *DB) CallEvents(ctx context.Context, callID string) (events []Event, err error) {
	defer wrap(&err, "CallEvents(%q)", callID)
	events = []Event{}
	if !uuid.MatchString(callID) {
		return events, nil // no call's id
	}
	err = db.reports.SelectContext(ctx, &events,
		`SELECT seq, at, type, data FROM call_event WHERE call_id = $1::uuid ORDER BY call_day, seq`, callID)
	return events, err
}

// Summary is a period in a few numbers.
type Summary struct {
	Bucket
	Calls        int        `db:"calls" json:"calls"` // that started in the period
	AbandonedIVR int        `db:"abandoned_ivr" json:"abandoned_ivr"`
	Contained    int        `db:"ivr_contained" json:"ivr_contained"`
	Waiting      int        `db:"waiting" json:"waiting"`             // in line now, whenever they came
	WaitingSince *time.Time `db:"waiting_since" json:"waiting_since"` // the one who waits longest now
	CompleteTo   *time.Time `db:"complete_to" json:"complete_to"`     // when facts last reached Postgres
}

// Summary sums up the visits that began in [from, to), all queues together,
// and the calls that started in it.
func (db *DB) Summary(ctx context.Context, from, to time.Time) (s Summary, err error) {
	defer wrap(&err, "Summary")
	tx, err := db.reports.BeginTxx(ctx, &stdsql.TxOptions{Isolation: stdsql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return s, err
	}
	defer tx.Rollback()
	err = tx.GetContext(ctx, &s, `
		SELECT c.*, w.*, (SELECT max(updated_at) FROM journal_offset) AS complete_to FROM
		(SELECT count(*) AS calls, count(*) FILTER (WHERE outcome = 'abandoned_ivr') AS abandoned_ivr,
		        count(*) FILTER (WHERE outcome = 'ivr_contained') AS ivr_contained
		 FROM call_fact WHERE started_at >= $1 AND started_at < $2) c,
		(SELECT count(*) AS waiting, min(entered_at) AS waiting_since FROM queue_visit WHERE ended_at IS NULL) w`, from, to)
	if err != nil {
		return s, err
	}
	buckets, err := visits(ctx, tx, "", from, to, to.Sub(from))
	if err != nil || len(buckets) != 1 {
		return s, err
	}
	s.Bucket = buckets[0]
	return s, tx.Commit()
}

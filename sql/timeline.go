package sql

import (
	"context"
	"regexp"

	"presszero/report"
)

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// QueuesOf returns the queues to which a call belongs, sorted: those that it entered,
// and those whose people answer the message that it left. A callback belongs to the
// queue that promised it, and a call in which somebody is asked during a talk to
// those of the call that the talk is of.
func (db *DB) QueuesOf(ctx context.Context, callID string) (queues []string, err error) {
	defer wrapError(&err, "QueuesOf(%q)", callID)
	if !uuid.MatchString(callID) {
		return nil, nil // no call's id
	}
	err = db.reports.SelectContext(ctx, &queues, `
		WITH of AS (SELECT coalesce((SELECT for_call FROM outgoing_call WHERE call_id = $1::uuid), $1::uuid) AS id)
		SELECT queue FROM queue_visit, of WHERE call_id = id
		UNION SELECT queue FROM callback_fact, of WHERE callback_id = id
		UNION SELECT queue FROM message, of WHERE call_id = id
		ORDER BY queue`, callID)
	return queues, err
}

// Timeline returns the timeline of one call, in order, with those of the calls in
// which somebody was asked during its talks; none when no such call is known.
func (db *DB) Timeline(ctx context.Context, callID string) (facts []report.Fact, err error) {
	defer wrapError(&err, "Timeline(%q)", callID)
	if !uuid.MatchString(callID) {
		return nil, nil // no call's id
	}
	// In each of the books the order is that of seq, whatever the clock said.
	err = db.reports.SelectContext(ctx, &facts, `
		SELECT seq, at, type, data, call
		FROM (SELECT call_day, seq, at, type, data, '' AS call FROM call_event WHERE call_id = $1::uuid
		      UNION ALL
		      SELECT e.call_day, e.seq, e.at, e.type, e.data, e.call_id::text
		      FROM outgoing_call o JOIN call_event e ON e.call_day = o.call_day AND e.call_id = o.call_id WHERE o.for_call = $1::uuid) e
		ORDER BY max(at) OVER (PARTITION BY call ORDER BY call_day, seq), call DESC, call_day, seq`, callID)
	return facts, err
}

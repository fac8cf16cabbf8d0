package sql

import (
	"context"
	"regexp"

	"presszero/report"
)

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

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

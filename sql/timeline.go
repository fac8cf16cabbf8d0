package sql

import (
	"context"
	"regexp"

	"presszero/report"
)

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Timeline returns the timeline of one call, in order; none when no such
// call is known.
func (db *DB) Timeline(ctx context.Context, callID string) (facts []report.Fact, err error) {
	defer wrapError(&err, "Timeline(%q)", callID)
	if !uuid.MatchString(callID) {
		return nil, nil // no call's id
	}
	err = db.reports.SelectContext(ctx, &facts,
		`SELECT seq, at, type, data FROM call_event WHERE call_id = $1::uuid ORDER BY call_day, seq`, callID)
	return facts, err
}

package sql

import (
	"context"
	"encoding/json"
	"regexp"
	"time"
)

// Event is one fact of a call's timeline.
type Event struct {
	Seq  int             `db:"seq"`
	At   time.Time       `db:"at"`
	Type string          `db:"type"`
	Data json.RawMessage `db:"data"`
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// CallEvents returns the timeline of one call, in order; none when no such
// call is known.
func (db *DB) CallEvents(ctx context.Context, callID string) (events []Event, err error) {
	defer wrap(&err, "CallEvents(%q)", callID)
	if !uuid.MatchString(callID) {
		return nil, nil // no call's id
	}
	err = db.reports.SelectContext(ctx, &events,
		`SELECT seq, at, type, data FROM call_event WHERE call_id = $1::uuid ORDER BY call_day, seq`, callID)
	return events, err
}

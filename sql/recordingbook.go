package sql

import (
	"context"
	stdsql "database/sql"
	"errors"
	"slices"
	"time"

	"github.com/lib/pq"

	"presszero/call"
)

// RecordingBook is where the fact goes that a recording is kept, and what its sound is
// cut to.
type RecordingBook struct {
	Call call.ID   `db:"call_id"`
	Day  time.Time `db:"call_day"`
	Last int       `db:"last"` // number of the last fact
	Over bool      `db:"over"` // the call has ended: only facts of recordings follow
	Kept bool      `db:"kept"` // the fact is there

	// Absent is why the books say that the leg is not recorded; "": it is, or was.
	Absent string `db:"absent"`

	Began   time.Time  `db:"began"`   // when the recording began: with the leg, unless later
	Ended   *time.Time `db:"ended"`   // when the leg ended; nil: it has not, and may be recorded again
	Stopped *time.Time `db:"stopped"` // when the recording was stopped before; nil: it was not
}

// RecordingBook returns the book of a recording, or of a leg that is not recorded.
// ErrNoRecording when Postgres has heard of neither, or the facts were dropped.
func (db *DB) RecordingBook(ctx context.Context, id string) (b RecordingBook, err error) {
	defer wrapError(&err, "RecordingBook(%q)", id)
	closing := slices.DeleteFunc(call.Kinds(), func(kind string) bool { return !call.Closes(kind) })
	// The order to record goes out when the leg is joined, and is answered a moment later.
	err = db.lookups.GetContext(ctx, &b, `
		SELECT r.call_id, r.call_day, e.last, e.over, r.state = 'kept' AS kept, CASE WHEN r.started_at IS NULL THEN coalesce(r.why, '') ELSE '' END AS absent,
		       CASE WHEN r.started_at > r.joined_at + interval '1 s' THEN r.started_at ELSE r.joined_at END AS began,
		       r.left_at AS ended, CASE WHEN r.why NOT IN ('end', 'over') AND r.stopped_at < r.left_at THEN r.stopped_at END AS stopped
		FROM recording r,
		     LATERAL (SELECT max(seq) AS last, bool_or(type = ANY ($2)) AS over FROM call_event e WHERE e.call_day = r.call_day AND e.call_id = r.call_id) e
		WHERE r.recording_id = $1 AND NOT r.alone`, id, pq.StringArray(closing))
	if errors.Is(err, stdsql.ErrNoRows) {
		err = ErrNoRecording
	}
	return b, err
}

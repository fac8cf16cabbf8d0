package sql

import (
	"context"
	stdsql "database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/report"
)

// OldRecording is one that is kept.
type OldRecording struct {
	ID    string    `db:"recording_id"`
	Queue string    `db:"queue"`
	At    time.Time `db:"joined_at"` // of the talk
}

// OldRecordings returns recordings that were not removed and are over: by the days that
// their queue's flow gave them, or, of those without, by the house's default; by is the time
// before which these must have begun, by queue, "" for all others, and none for for ever.
func (db *DB) OldRecordings(ctx context.Context, now time.Time, by map[string]time.Time) (list []OldRecording, err error) {
	defer wrapError(&err, "OldRecordings")
	queues, times := pq.StringArray{}, []string{}
	for queue, before := range by {
		at := "-infinity"
		if !before.IsZero() {
			at = before.UTC().Format(time.RFC3339Nano)
		}
		queues, times = append(queues, queue), append(times, at)
	}
	err = db.reports.SelectContext(ctx, &list, `
		WITH bound AS (SELECT * FROM unnest($2::text[], $3::timestamptz[]) AS b (queue, before))
		SELECT r.recording_id, coalesce(r.queue, '') AS queue, r.joined_at FROM recording r
		WHERE r.state IN ('stopped', 'kept') AND NOT EXISTS (SELECT FROM recording_removed x WHERE x.recording_id = r.recording_id AND x.removed_at IS NOT NULL)
		  AND CASE WHEN r.keep_until IS NOT NULL THEN r.keep_until < $1
		           ELSE r.joined_at < coalesce((SELECT before FROM bound WHERE queue = r.queue), (SELECT before FROM bound WHERE queue = ''), '-infinity') END
		ORDER BY r.joined_at, r.recording_id LIMIT 100000`, now, queues, pq.StringArray(times))
	return list, err
}

// NotRemoved returns which of these recordings the books have as not removed.
func (db *DB) NotRemoved(ctx context.Context, ids []string) (list []string, err error) {
	defer wrapError(&err, "NotRemoved")
	err = db.reports.SelectContext(ctx, &list, `SELECT recording_id FROM recording r WHERE recording_id = ANY ($1) AND state <> 'absent'
		AND NOT EXISTS (SELECT FROM recording_removed x WHERE x.recording_id = r.recording_id AND x.removed_at IS NOT NULL) ORDER BY 1`, pq.StringArray(append([]string{}, ids...)))
	return list, err
}

// NoteRemoval notes that recordings are to be removed, before they are.
func (db *DB) NoteRemoval(ctx context.Context, ids []string, why string) (err error) {
	defer wrapError(&err, "NoteRemoval")
	_, err = db.writer.ExecContext(ctx, `INSERT INTO recording_removed (recording_id, why) SELECT unnest($1::text[]), $2 ON CONFLICT DO NOTHING`,
		pq.StringArray(append([]string{}, ids...)), why)
	return err
}

// HasRemoved notes that recordings are gone. Of one whose facts were dropped nothing is left.
func (db *DB) HasRemoved(ctx context.Context, ids []string) (err error) {
	defer wrapError(&err, "HasRemoved")
	return db.Transact(ctx, func(tx *sqlx.Tx) error {
		for _, q := range []string{
			`UPDATE recording_removed SET removed_at = clock_timestamp() WHERE recording_id = ANY ($1)`,
			`DELETE FROM recording_comment c USING recording r WHERE c.recording_id = r.recording_id AND r.alone AND r.recording_id = ANY ($1)`,
			`DELETE FROM recording WHERE alone AND recording_id = ANY ($1)`,
		} {
			if _, err := tx.ExecContext(ctx, q, pq.StringArray(append([]string{}, ids...))); err != nil {
				return err
			}
		}
		return nil
	})
}

// KeepNight writes down a run of the retention, and its act if it has removed anything.
func (db *DB) KeepNight(ctx context.Context, n report.Night) (err error) {
	defer wrapError(&err, "KeepNight")
	removed, err := json.Marshal(n.Removed)
	if err != nil {
		return err
	}
	return db.Transact(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO retention_run (began_at, ended_at, removed, error) VALUES ($1, $2, $3, nullif($4, ''))`,
			n.Began, n.Ended, string(removed), n.Error); err != nil {
			return err
		}
		if r := n.Removed; len(r.Messages)+len(r.Recordings)+r.Facts+len(r.Months) > 0 {
			return audit(ctx, tx, "retention", "retention.remove", r)
		}
		return nil
	})
}

// LastNight returns the last run of the retention; ok is false where there was none.
func (db *DB) LastNight(ctx context.Context) (n report.Night, ok bool, err error) {
	defer wrapError(&err, "LastNight")
	var row struct {
		report.Night
		Text []byte `db:"removed"`
	}
	err = db.reports.GetContext(ctx, &row, `SELECT began_at, ended_at, removed, coalesce(error, '') AS error FROM retention_run ORDER BY began_at DESC LIMIT 1`)
	if errors.Is(err, stdsql.ErrNoRows) {
		return n, false, nil
	}
	if err == nil {
		err = json.Unmarshal(row.Text, &row.Removed)
	}
	return row.Night, err == nil, err
}

// OldMessage is a message that callers have left.
type OldMessage struct {
	ID     string    `db:"message_id"`
	Queue  string    `db:"queue"`
	LeftAt time.Time `db:"left_at"`
}

// MessagesBefore returns the voice messages that were left before a time, by id.
func (db *DB) MessagesBefore(ctx context.Context, before time.Time) (known map[string]OldMessage, err error) {
	defer wrapError(&err, "MessagesBefore")
	var rows []OldMessage
	err = db.reports.SelectContext(ctx, &rows, `SELECT message_id, queue, left_at FROM message WHERE left_at < $1 AND kind = 'voice'`, before)
	known = make(map[string]OldMessage, len(rows))
	for _, r := range rows {
		known[r.ID] = r
	}
	return known, err
}

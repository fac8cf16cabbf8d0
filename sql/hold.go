package sql

import (
	"context"
	"errors"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/report"
)

// ErrNoHold says that there is no such hold, or that it was released.
var ErrNoHold = errors.New("there is no such hold")

// Hold keeps something from being removed, and writes the act to the audit. A caller is
// given by number.
func (db *DB) Hold(ctx context.Context, h report.Hold) (err error) {
	defer wrapError(&err, "Hold")
	of := h.Of
	if h.Kind == report.HoldCaller {
		if of = CallerKey(db.cfg.CallerKey, of); of == "" {
			return ErrNoCaller
		}
	}
	return db.Transact(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO legal_hold (hold_id, kind, of, reason, held_by, until_at, review_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			h.ID, h.Kind, of, h.Reason, h.By, h.Until, h.Review); err != nil {
			return err
		}
		return audit(ctx, tx, h.By, "hold.set", map[string]any{"hold": h.ID, "kind": h.Kind, "of": of, "reason": h.Reason, "until": h.Until, "review": h.Review})
	})
}

// Release ends a hold, and writes the act to the audit. ErrNoHold.
func (db *DB) Release(ctx context.Context, id, by string) (err error) {
	defer wrapError(&err, "Release(%q)", id)
	return db.Transact(ctx, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE legal_hold SET released_at = clock_timestamp(), released_by = $2 WHERE hold_id = $1 AND released_at IS NULL`, id, by)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNoHold)
		}
		return audit(ctx, tx, by, "hold.release", map[string]any{"hold": id})
	})
}

// Holds lists the holds that last, those to be reviewed first at the top. A caller is told
// by number.
func (db *DB) Holds(ctx context.Context) (list []report.Hold, err error) {
	defer wrapError(&err, "Holds")
	list = []report.Hold{}
	err = db.reports.SelectContext(ctx, &list, `
		SELECT hold_id, kind, coalesce(c.number, h.of) AS of, reason, held_by, held_at, until_at, review_at
		FROM hold_now h LEFT JOIN caller c ON h.kind = 'caller' AND c.caller_key = h.of ORDER BY review_at, hold_id`)
	return list, err
}

// HeldBooks returns the holds that keep any of these books: calls, callbacks and outgoing
// calls.
func (db *DB) HeldBooks(ctx context.Context, books []string) (list []report.Hold, err error) {
	defer wrapError(&err, "HeldBooks")
	list = []report.Hold{}
	err = db.reports.SelectContext(ctx, &list, `
		SELECT hold_id, kind, of, reason, held_by, held_at, until_at, review_at FROM hold_now
		WHERE hold_id IN (SELECT hold_id FROM held_book WHERE call_id = ANY ($1::uuid[])) ORDER BY held_at`, pq.StringArray(append([]string{}, books...)))
	return list, err
}

// HeldIDs returns which messages or recordings may not be removed: they are on hold
// themselves, or their call is. kind is report.HoldMessage or report.HoldRecording.
func (db *DB) HeldIDs(ctx context.Context, kind string, ids []string) (held []string, err error) {
	defer wrapError(&err, "HeldIDs")
	of := `SELECT m.message_id FROM message m JOIN held_book b USING (call_id) WHERE m.message_id = ANY ($2)`
	if kind == report.HoldRecording { // the id is of the leg, and begins with the call's
		of = `SELECT r FROM unnest($2::text[]) r JOIN held_book b ON b.call_id::text = left(r, 36)
			UNION SELECT r.recording_id FROM recording r JOIN hold_now h ON h.kind = 'caller' AND r.caller_key = h.of OR h.kind = 'queue' AND r.queue = h.of
			WHERE r.alone AND r.recording_id = ANY ($2)`
	}
	err = db.reports.SelectContext(ctx, &held, `SELECT of FROM hold_now WHERE kind = $1 AND of = ANY ($2) UNION `+of, kind, pq.StringArray(append([]string{}, ids...)))
	return held, err
}

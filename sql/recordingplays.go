package sql

import (
	"context"

	"github.com/jmoiron/sqlx"

	"presszero/report"
)

// RecordingComments lists what was written at the seconds of a recording, in their order.
func (db *DB) RecordingComments(ctx context.Context, id string) (list []report.RecordingComment, err error) {
	defer wrapError(&err, "RecordingComments(%q)", id)
	list = []report.RecordingComment{}
	err = db.reports.SelectContext(ctx, &list, `
		SELECT comment_id, at_s, text, by_user, written_at FROM recording_comment WHERE recording_id = $1 ORDER BY at_s, comment_id`, id)
	return list, err
}

// CommentRecording writes at a second of a recording, and that by did so.
func (db *DB) CommentRecording(ctx context.Context, id string, c report.RecordingComment) (_ report.RecordingComment, err error) {
	defer wrapError(&err, "CommentRecording(%q)", id)
	err = db.Transact(ctx, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &c, `INSERT INTO recording_comment (recording_id, at_s, text, by_user) VALUES ($1, $2, $3, $4)
			RETURNING comment_id, at_s, text, by_user, written_at`, id, c.AtS, c.Text, c.By); err != nil {
			return err
		}
		return audit(ctx, tx, c.By, "recording.comment", map[string]any{"recording": id, "comment": c.ID, "at_s": c.AtS})
	})
	return c, err
}

// RecordingPlays lists who has played or downloaded a recording, the last first.
func (db *DB) RecordingPlays(ctx context.Context, id string, limit int) (list []report.RecordingPlay, err error) {
	defer wrapError(&err, "RecordingPlays(%q)", id)
	list = []report.RecordingPlay{}
	err = db.reports.SelectContext(ctx, &list, `
		SELECT play_id, by_user, kind, coalesce(why, '') AS why, began_at, heard_s FROM recording_play
		WHERE recording_id = $1 ORDER BY began_at DESC LIMIT $2`, id, limit)
	return list, err
}

// PlayRecording writes down that somebody is about to play or download a recording. Before
// it has returned without an error, nothing may be heard.
func (db *DB) PlayRecording(ctx context.Context, id string, p report.RecordingPlay) (err error) {
	defer wrapError(&err, "PlayRecording(%q)", id)
	return db.Transact(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO recording_play (play_id, recording_id, by_user, kind, why) VALUES ($1, $2, $3, $4, nullif($5, ''))`,
			p.ID, id, p.By, p.Kind, p.Why); err != nil {
			return err
		}
		detail := map[string]any{"recording": id, "play": p.ID}
		if p.Why != "" {
			detail["why"] = p.Why
		}
		return audit(ctx, tx, p.By, "recording."+p.Kind, detail)
	})
}

// HeardRecording writes down that in a play some seconds were heard. Of a play that is not
// known it writes nothing.
func (db *DB) HeardRecording(ctx context.Context, play, by string, fromS, toS float64) (err error) {
	defer wrapError(&err, "HeardRecording(%q)", play)
	return db.Transact(ctx, func(tx *sqlx.Tx) error {
		var ids []string
		if err := tx.SelectContext(ctx, &ids, `UPDATE recording_play SET heard_s = heard_s + $3 WHERE play_id = $1 AND by_user = $2 RETURNING recording_id`,
			play, by, toS-fromS); err != nil || len(ids) == 0 {
			return err
		}
		return audit(ctx, tx, by, "recording.heard", map[string]any{"recording": ids[0], "play": play, "from_s": fromS, "to_s": toS})
	})
}

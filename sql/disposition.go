package sql

import (
	"context"

	"github.com/jmoiron/sqlx"

	"presszero/report"
)

// dispositionProjections take what agents say of talks, and the complaints that
// they take down. These facts are in the books of shifts.
var dispositionProjections = []projection{
	{of: "talk.disposed", change: `
		INSERT INTO disposition AS d (visit_id, agent, call_id, queue, code, note_length, at)
		SELECT DISTINCT ON (visit_id, agent) visit_id, agent, (data->>'call')::uuid, queue, nullif(data->>'code', ''), (data->>'note_length')::int, at
		FROM fresh WHERE type = 'talk.disposed' ORDER BY visit_id, agent, at DESC, seq DESC
		ON CONFLICT (visit_id, agent) DO UPDATE SET code = EXCLUDED.code, note_length = EXCLUDED.note_length, at = EXCLUDED.at
		WHERE d.at <= EXCLUDED.at`},
	{of: "talk.complaint", keyed: true, change: `
		INSERT INTO message (message_id, call_id, call_day, queue, caller_number, caller_key, left_at, due_at, seconds, kind, visit_id, agent)
		SELECT data->>'complaint', (data->>'call')::uuid, call_day, data->>'owner', nullif(data->>'from', ''),
		       caller_key($1, $2, $3, data->>'from'), at, (data->>'due')::timestamptz, 0, 'complaint', visit_id, agent
		FROM fresh WHERE type = 'talk.complaint' ORDER BY seq
		ON CONFLICT (message_id) DO NOTHING`},
}

// Note keeps what an agent has written about a talk of a queue, in place of what was
// written before; "" erases it.
func (db *DB) Note(ctx context.Context, visit, agent, queue, note string) (err error) {
	defer wrapError(&err, "Note(%q)", visit)
	if note == "" {
		_, err = db.writer.ExecContext(ctx, `DELETE FROM talk_note WHERE visit_id = $1 AND agent = $2`, visit, agent)
		return err
	}
	_, err = db.writer.ExecContext(ctx, `INSERT INTO talk_note (visit_id, agent, queue, note) VALUES ($1, $2, $3, $4)
		ON CONFLICT (visit_id, agent) DO UPDATE SET note = EXCLUDED.note, written_at = clock_timestamp()`, visit, agent, queue, note)
	return err
}

// Said is what an agent has written about a talk.
type Said struct {
	Code      string // that the facts have; "": none (yet)
	Note      string
	Complaint string // its words; "": none
}

// Said returns what an agent has written about a talk.
func (db *DB) Said(ctx context.Context, visit, agent string) (said Said, err error) {
	defer wrapError(&err, "Said(%q)", visit)
	err = db.lookups.GetContext(ctx, &said, `
		SELECT coalesce((SELECT code FROM disposition WHERE visit_id = $1 AND agent = $2), '') AS code,
		       coalesce((SELECT note FROM talk_note WHERE visit_id = $1 AND agent = $2), '') AS note,
		       coalesce((SELECT text FROM message_text WHERE message_id = $3), '') AS complaint`, visit, agent, ComplaintID(visit, agent))
	return said, err
}

// ComplaintID is the id of the complaint of a talk: there is one.
func ComplaintID(visit, agent string) string { return "complaint." + visit + "." + agent }

// WriteComplaint keeps the words of a complaint, in place of those of before, and
// that by took it down.
func (db *DB) WriteComplaint(ctx context.Context, id, text, by string) (err error) {
	defer wrapError(&err, "WriteComplaint(%q)", id)
	return db.Transact(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO message_text (message_id, text) VALUES ($1, $2)
			ON CONFLICT (message_id) DO UPDATE SET text = EXCLUDED.text, written_at = clock_timestamp()`, id, text); err != nil {
			return err
		}
		return audit(ctx, tx, by, "complaint.write", map[string]any{"message": id})
	})
}

// CodeCounts counts what the talks of a period were about, by day in a zone, queue
// and code.
func (db *DB) CodeCounts(ctx context.Context, p report.Period, zone string) (rows []report.CodeCount, err error) {
	defer wrapError(&err, "CodeCounts")
	err = db.reports.SelectContext(ctx, &rows, `
		SELECT to_char(bucket AT TIME ZONE $3, 'YYYY-MM-DD') AS day, queue, code, sum(talks) AS talks, sum(notes) AS notes
		FROM codes_during($1, $2) WHERE $4::text[] IS NULL OR queue = ANY ($4)
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC, 3`, p.From, p.To, zone, queuesOf(p))
	report.Shares(rows)
	return rows, err
}

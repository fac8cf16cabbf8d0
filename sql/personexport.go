package sql

import (
	"context"
	"time"

	"github.com/lib/pq"

	"presszero/report"
)

// BookOf is what happened in a call of a person's, in a callback, or in a call to the person.
type BookOf struct {
	ID    string        `db:"id" json:"id"`
	Kind  string        `db:"kind" json:"kind"` // call, callback, outgoing
	At    time.Time     `db:"at" json:"at"`
	Facts []report.Fact `db:"-" json:"facts"`
}

// NoteOf is what somebody wrote about a person.
type NoteOf struct {
	At   time.Time `db:"at" json:"at"`
	By   string    `db:"by" json:"by"`
	Of   string    `db:"of" json:"of"` // caller, talk, callback, complaint
	Name string    `db:"name" json:"name,omitempty"`
	Text string    `db:"text" json:"text"`
}

// Export returns the books of a person, the oldest first, and what was written about the
// person; both for the person to read.
func (db *DB) Export(ctx context.Context, k Known) (books []BookOf, notes []NoteOf, err error) {
	defer wrapError(&err, "Export")
	keys := pq.StringArray(append([]string{}, k.Keys...))
	books, notes = []BookOf{}, []NoteOf{}
	if err := db.reports.SelectContext(ctx, &books, `
		SELECT call_id::text AS id, 'call' AS kind, started_at AS at FROM call_fact WHERE caller_key = ANY ($1)
		UNION ALL SELECT callback_id::text, 'callback', booked_at FROM callback_fact WHERE caller_key = ANY ($1)
		UNION ALL SELECT call_id::text, 'outgoing', dialed_at FROM outgoing_call WHERE caller_key = ANY ($1) ORDER BY at, id`, keys); err != nil {
		return nil, nil, err
	}
	for i := range books {
		if books[i].Facts, err = db.Timeline(ctx, books[i].ID); err != nil {
			return nil, nil, err
		}
	}
	err = db.reports.SelectContext(ctx, &notes, `
		SELECT edited_at AS at, edited_by AS by, 'caller' AS of, name, note AS text FROM caller_edit WHERE caller_key = ANY ($1)
		UNION ALL SELECT n.written_at, n.agent, 'talk', '', n.note FROM talk_note n JOIN queue_visit v USING (visit_id) WHERE v.caller_key = ANY ($1)
		UNION ALL SELECT n.written_at, n.written_by, 'callback', '', n.note FROM callback_note n JOIN callback_fact b USING (callback_id) WHERE b.caller_key = ANY ($1)
		UNION ALL SELECT x.written_at, coalesce(m.agent, ''), 'complaint', '', x.text FROM message_text x JOIN message m USING (message_id) WHERE m.caller_key = ANY ($1)
		ORDER BY at`, keys)
	return books, notes, err
}

package sql

import (
	"context"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/report"
)

// keepNotices is how long notices can be read and sent again. It is longer than the
// days for which a delivery is tried, and than overdueSince.
const keepNotices = 14 * 24 * time.Hour

// addressed writes notices, given by a query with the columns of outbox, and who gets
// each. A notice whose id is there already is not written again.
func addressed(notices string) string {
	return `WITH new AS (
		INSERT INTO outbox (id, type, queue, at, data) ` + notices + ` ON CONFLICT (id) DO NOTHING RETURNING seq, type, queue)
	INSERT INTO delivery (subscription, seq)
	SELECT s.id, o.seq FROM new o JOIN subscription s ON s.disabled_at IS NULL AND ` + wanted
}

// wanted tells whether a notice o is for subscription s. The report of a day is of all
// queues; whoever sends it leaves out those that are not wanted.
const wanted = `o.type = ANY (s.types) AND (s.queues = '{}' OR o.queue = ANY (s.queues) OR o.type = 'report.day')`

// noticesOfFacts are the fresh facts that leave the page. A call that has ended
// belongs to the queue that it was in last.
var noticesOfFacts = addressed(`
	SELECT call_id || '-' || seq, kind, queue, at, jsonb_strip_nulls(data) FROM (
		SELECT f.call_id, f.seq, f.at, 'call.ended' AS kind, v.queue,
		       jsonb_build_object('call', f.call_id, 'started_at', c.started_at, 'outcome', f.data->'outcome', 'side', f.data->'side',
		                          'node', f.data->'node', 'queue', v.queue, 'agent', v.agent) AS data
		FROM fresh f JOIN call_fact c USING (call_id)
		LEFT JOIN LATERAL (SELECT q.queue, q.agent FROM queue_visit q WHERE q.call_id = f.call_id ORDER BY q.entered_at DESC LIMIT 1) v ON true
		WHERE f.type = 'call.ended'
		UNION ALL
		SELECT call_id, seq, at, type, queue, jsonb_build_object('call', call_id, 'visit', visit_id, 'queue', queue, 'outcome', data->'outcome',
		       'queue_s', data->'queue_s', 'ring_s', data->'ring_s', 'agent', agent)
		FROM fresh WHERE type = 'queue.left'
		UNION ALL
		SELECT f.call_id, f.seq, f.at, 'message.left', m.queue, jsonb_build_object('message', m.message_id, 'kind', m.kind, 'call', m.call_id,
		       'queue', m.queue, 'due_at', m.due_at, 'seconds', m.seconds)
		FROM fresh f JOIN message m ON m.message_id = coalesce(f.data->>'record', f.data->>'complaint')
		WHERE f.type IN ('ivr.message_left', 'talk.complaint')
	) n ORDER BY at, call_id, seq`)

// noticedFacts are the types of facts that noticesOfFacts looks at.
const noticedFacts = `call.ended queue.left ivr.message_left talk.complaint`

// noticeFacts writes the notices of the fresh facts, if any of these types is among them.
func noticeFacts(ctx context.Context, tx *sqlx.Tx, has map[string]bool) error {
	for kind := range strings.FieldsSeq(noticedFacts) {
		if has[kind] {
			_, err := tx.ExecContext(ctx, noticesOfFacts)
			return err
		}
	}
	return nil
}

// Publish writes a notice, and who gets it. One whose ID was published before
// changes nothing.
func (db *DB) Publish(ctx context.Context, n report.Notice) (err error) {
	defer wrapError(&err, "Publish(%q)", n.ID)
	data := string(withoutNUL(n.Data))
	if data == "" {
		data = "{}"
	}
	_, err = db.notices.ExecContext(ctx, addressed(`SELECT $1::text, $2::text, nullif($3::text, ''), $4::timestamptz, $5::jsonb`),
		n.ID, n.Type, n.Queue, n.At, data)
	return err
}

// overdueSince bounds how long ago something may have fallen due to be told as new. It
// is shorter than keepNotices, or things would be told again when their notice is gone.
const overdueSince = `interval '3 days'`

// PublishOverdue writes a notice of each message that is overdue, and of each callback
// that was not made within the window promised, once.
func (db *DB) PublishOverdue(ctx context.Context) (err error) {
	defer wrapError(&err, "PublishOverdue")
	for _, query := range []string{`
		SELECT 'overdue-' || message_id, 'message.overdue', queue, due_at, jsonb_build_object('message', message_id, 'kind', kind, 'call', call_id,
		       'queue', queue, 'left_at', left_at, 'due_at', due_at)
		FROM message_task t JOIN message USING (message_id) WHERE t.done_at IS NULL AND due_at BETWEEN now() - ` + overdueSince + ` AND now() ORDER BY due_at`, `
		SELECT 'broken-' || callback_id, 'callback.broken', queue, promised_until, jsonb_strip_nulls(jsonb_build_object('callback', callback_id,
		       'call', call_id, 'queue', queue, 'promised_from', promised_from, 'promised_until', promised_until, 'state', state, 'how', how))
		FROM report.callback WHERE NOT kept AND promised_until BETWEEN now() - ` + overdueSince + ` AND now() ORDER BY promised_until`} {
		if _, err := db.notices.ExecContext(ctx, addressed(query)); err != nil {
			return err
		}
	}
	return nil
}

// Notices lists notices after the cursor, oldest first, of some types and queues (none:
// of all). The Seq of the last is the next cursor; 0 begins with the oldest that is kept.
func (db *DB) Notices(ctx context.Context, after int64, types, queues []string, limit int) (list []report.Notice, err error) {
	defer wrapError(&err, "Notices")
	list = []report.Notice{}
	err = db.notices.SelectContext(ctx, &list, `SELECT seq, id, type, coalesce(queue, '') AS queue, at, data FROM outbox
		WHERE seq > $1 AND (cardinality($2::text[]) = 0 OR type = ANY ($2)) AND (cardinality($3::text[]) = 0 OR queue = ANY ($3))
		ORDER BY seq LIMIT $4`, after, pq.StringArray(append([]string{}, types...)), pq.StringArray(append([]string{}, queues...)), limit)
	return list, err
}

// HasNotice reports whether a notice of this ID was written.
func (db *DB) HasNotice(ctx context.Context, id string) (there bool, err error) {
	defer wrapError(&err, "HasNotice(%q)", id)
	err = db.notices.GetContext(ctx, &there, `SELECT EXISTS (SELECT FROM outbox WHERE id = $1)`, id)
	return there, err
}

// Began returns when the first call came; zero: none has.
func (db *DB) Began(ctx context.Context) (at time.Time, err error) {
	defer wrapError(&err, "Began")
	var first *time.Time
	err = db.notices.GetContext(ctx, &first, `SELECT min(started_at) FROM call_fact`)
	if first != nil {
		at = *first
	}
	return at, err
}

// DropNotices removes notices that are older than anybody waits for.
func (db *DB) DropNotices(ctx context.Context) (err error) {
	defer wrapError(&err, "DropNotices")
	_, err = db.notices.ExecContext(ctx, `DELETE FROM outbox WHERE seq IN
		(SELECT seq FROM outbox WHERE written_at < now() - make_interval(secs => $1) ORDER BY written_at LIMIT 10000)`, keepNotices.Seconds())
	return err
}

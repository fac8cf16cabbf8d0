package sql

import (
	"context"
	stdsql "database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/report"
)

// ErrNoCall says that no call of this id is known.
var ErrNoCall = errors.New("there is no such call")

// Card collects what the books know of a caller. Every look-up of it goes by an
// index on the caller, so it takes milliseconds, also among millions of calls. A
// caller who withholds the number is nobody: known is false.
func (db *DB) Card(ctx context.Context, q report.CardQuery) (c report.Card, known bool, err error) {
	defer wrapError(&err, "Card")
	key := CallerKey(db.cfg.CallerKey, q.Number)
	if key == "" {
		return c, false, nil
	}
	who, err := db.caller(ctx, db.lookups, key, nil)
	if err != nil && !errors.Is(err, ErrNoCaller) {
		return c, false, err
	}
	c = report.Card{Name: who.Name, Language: who.Language, VIP: who.VIP, Note: who.Note,
		Tries: []report.Try{}, Contacts: []report.Contact{}, Messages: []report.OpenMessage{}}
	if err := db.cardToday(ctx, key, q, &c); err != nil {
		return c, false, err
	}
	queues := pq.StringArray(append([]string{}, q.Queues...))
	if err := db.lookups.SelectContext(ctx, &c.Contacts, `
		SELECT v.entered_at AS at, v.queue, v.kind, v.outcome, coalesce(v.agent, '') AS agent,
		       coalesce(d.code, '') AS code, coalesce(n.note, '') AS note
		FROM (SELECT * FROM queue_visit WHERE caller_key = $1 AND visit_id <> $2 AND outcome <> 'withdrawn' AND (cardinality($3::text[]) = 0 OR queue = ANY ($3))
		      ORDER BY entered_at DESC, visit_id DESC LIMIT $4) v
		LEFT JOIN disposition d ON d.visit_id = v.visit_id AND d.agent = v.agent
		LEFT JOIN talk_note n ON n.visit_id = v.visit_id AND n.agent = v.agent
		ORDER BY v.entered_at DESC, v.visit_id DESC`, key, q.Visit, queues, report.ContactsShown); err != nil {
		return c, false, err
	}
	if err := db.lookups.SelectContext(ctx, &c.Messages, `
		SELECT message_id, kind, queue, left_at, due_at, coalesce(taken_by, '') AS taken_by FROM report.message
		WHERE caller_key = $1 AND done_at IS NULL AND (cardinality($2::text[]) = 0 OR queue = ANY ($2))
		ORDER BY left_at, message_id LIMIT $3`, key, queues, report.MessagesShown); err != nil {
		return c, false, err
	}
	var open report.OpenCallback
	err = db.lookups.GetContext(ctx, &open, `
		SELECT callback_id, queue, promised_from, promised_until FROM callback_fact
		WHERE caller_key = $1 AND ended_at IS NULL AND callback_id::text <> $2 ORDER BY booked_at DESC, callback_id LIMIT 1`, key, q.Call)
	switch {
	case err == nil:
		c.Callback = &open
	case !errors.Is(err, stdsql.ErrNoRows):
		return c, false, err
	}
	if c.CallbackNote, err = db.callbackNote(ctx, q.Call); err != nil {
		return c, false, err
	}
	if uuid.MatchString(q.Call) {
		err = db.lookups.GetContext(ctx, &c.Typed, `SELECT EXISTS (SELECT FROM call_event WHERE call_id = $1::uuid AND type = 'ivr.input_taken')`, q.Call)
	}
	return c, err == nil, err
}

// cardToday tells how often the caller has called today, and what became of it.
func (db *DB) cardToday(ctx context.Context, key string, q report.CardQuery, c *report.Card) error {
	if err := db.lookups.GetContext(ctx, &c.CallsToday, `SELECT count(*) FROM call_fact WHERE caller_key = $1 AND started_at >= $2`, key, q.Today); err != nil {
		return err
	}
	const today = `SELECT entered_at AS at, queue, coalesce(outcome::text, 'open') AS outcome, told_low_s, told_high_s, visit_id,
		       coalesce(queue_s, extract(epoch FROM now() - entered_at))::float8 AS wait_s
		FROM queue_visit WHERE caller_key = $1 AND entered_at >= $2 AND kind = 'live'`
	if err := db.lookups.GetContext(ctx, &c.WaitedToday, `SELECT coalesce(sum(wait_s), 0) FROM (`+today+`) v`, key, q.Today); err != nil {
		return err
	}
	return db.lookups.SelectContext(ctx, &c.Tries, `SELECT at, queue, outcome, told_low_s, told_high_s, wait_s FROM (`+today+`
		ORDER BY entered_at DESC, visit_id DESC LIMIT $3) v ORDER BY at DESC, visit_id DESC`, key, q.Today, report.TriesShown)
}

// NoteCaller writes down a caller's name and the house's note, and that it was by
// who did; language and VIP stay as they are. A name that is the present one is not
// written, so that it goes on following what the network says. ErrNoCaller.
func (db *DB) NoteCaller(ctx context.Context, number, name, note, by string) (err error) {
	defer wrapError(&err, "NoteCaller")
	return db.Transact(ctx, func(tx *sqlx.Tx) error {
		key := CallerKey(db.cfg.CallerKey, number)
		before, err := db.caller(ctx, tx, key, nil)
		if err != nil {
			return err
		}
		if name == before.Name {
			name = ""
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO caller_edit AS e (caller_key, name, language, vip, note, edited_by) VALUES ($1, $2, '', false, $3, $4)
			ON CONFLICT (caller_key) DO UPDATE SET name = coalesce(nullif(EXCLUDED.name, ''), e.name), note = EXCLUDED.note,
				edited_by = EXCLUDED.edited_by, edited_at = clock_timestamp()`, key, name, note, by); err != nil {
			return err
		}
		after, err := db.caller(ctx, tx, key, nil)
		if err != nil {
			return err
		}
		words := func(c report.Caller) map[string]any { return map[string]any{"name": c.Name, "note": c.Note} }
		return audit(ctx, tx, by, "caller.edit", map[string]any{"caller": key, "before": words(before), "after": words(after)})
	})
}

// LastTalk is the latest visit of a call, or an agent's own call.
type LastTalk struct {
	Visit  string     `db:"visit_id"`
	Queue  string     `db:"queue"`
	Agent  string     `db:"agent"`
	Over   *time.Time `db:"over_at"` // nil: it has not ended
	Number string     `db:"number"`  // as claimed; of a callback the one that was called
	Name   string     `db:"name"`
}

// LastTalk returns the latest visit of a call or callback. ErrNoCall.
func (db *DB) LastTalk(ctx context.Context, id string) (t LastTalk, err error) {
	defer wrapError(&err, "LastTalk(%q)", id)
	if !uuid.MatchString(id) {
		return t, ErrNoCall
	}
	err = db.lookups.GetContext(ctx, &t, `
		SELECT coalesce(v.visit_id, '') AS visit_id, coalesce(v.queue, '') AS queue, coalesce(v.agent, '') AS agent,
		       v.ended_at + make_interval(secs => coalesce(v.talk_s, 0)) AS over_at,
		       coalesce(c.caller_number, b.number, '') AS number, coalesce(c.caller_name, b.name, '') AS name
		FROM (SELECT $1::uuid AS id) i
		LEFT JOIN call_fact c ON c.call_id = i.id LEFT JOIN callback_fact b ON b.callback_id = i.id
		LEFT JOIN LATERAL (SELECT * FROM queue_visit q WHERE q.call_id = i.id ORDER BY entered_at DESC, visit_id DESC LIMIT 1) v ON true
		WHERE c.call_id IS NOT NULL OR b.callback_id IS NOT NULL`, id)
	if errors.Is(err, stdsql.ErrNoRows) {
		err = ErrNoCall
	}
	return t, err
}

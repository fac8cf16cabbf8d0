package sql

import (
	"context"
	stdsql "database/sql"
	"errors"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/report"
)

// What can be wrong with a message.
var (
	ErrNoMessage    = errors.New("there is no such message")
	ErrMessageTaken = errors.New("the message is in other hands, or done")
)

// Messages lists the messages and complaints of some queues (none: of all) that
// wait for an answer, the oldest first; or, with done, those that have one, the
// newest first.
func (db *DB) Messages(ctx context.Context, done bool, queues []string, limit int) (list []report.Message, err error) {
	defer wrapError(&err, "Messages")
	list = []report.Message{}
	which, order := `m.message_id IN (SELECT message_id FROM message_task WHERE done_at IS NULL)`, `m.left_at, m.message_id`
	if done {
		which, order = `m.done_at IS NOT NULL`, `m.done_at DESC, m.message_id`
	}
	err = db.reports.SelectContext(ctx, &list, messageColumns+`
		WHERE `+which+` AND (cardinality($1::text[]) = 0 OR m.queue = ANY ($1)) ORDER BY `+order+` LIMIT $2`,
		pq.StringArray(append([]string{}, queues...)), limit)
	return list, err
}

// Message returns one message; ErrNoMessage.
func (db *DB) Message(ctx context.Context, id string) (m report.Message, err error) {
	defer wrapError(&err, "Message(%q)", id)
	err = db.reports.GetContext(ctx, &m, messageColumns+`
		WHERE m.message_id = $1`, id)
	if errors.Is(err, stdsql.ErrNoRows) {
		err = ErrNoMessage
	}
	return m, err
}

const messageColumns = `
		SELECT m.message_id, m.call_id, m.queue, coalesce(m.node, '') AS node, coalesce(m.caller_number, '') AS number,
		       coalesce(m.caller_key, '') AS caller_key, coalesce(c.name, '') AS name, coalesce(c.vip, false) AS vip,
		       m.left_at, m.due_at, m.seconds, m.state, coalesce(m.taken_by, '') AS taken_by, m.taken_at,
		       coalesce(m.done_by, '') AS done_by, m.done_at, coalesce(m.how, '') AS how, m.overdue, m.age_s,
		       m.kind, coalesce(m.agent, '') AS agent, coalesce(x.text, '') AS text
		FROM report.message m LEFT JOIN report.caller c USING (caller_key) LEFT JOIN message_text x USING (message_id)`

// TakeMessage assigns a message to the user by. from is the user to whom it was
// assigned when by last saw it, "" for none. If that has changed, it fails with
// ErrMessageTaken: so two users cannot take it at once, and a message of a user who
// has gone home can still be taken over.
func (db *DB) TakeMessage(ctx context.Context, id, by, from string) (err error) {
	defer wrapError(&err, "TakeMessage(%q)", id)
	return db.changeMessage(ctx, id, by, "message.take", map[string]any{"message": id, "from": from}, `
		INSERT INTO message_task AS t (message_id, taken_by, taken_at) VALUES ($1, $2, clock_timestamp())
		ON CONFLICT (message_id) DO UPDATE SET taken_by = $2, taken_at = clock_timestamp()
		WHERE t.done_at IS NULL AND coalesce(t.taken_by, '') = $3`, id, by, from)
}

// FinishMessage says how a message was answered. One that is done stays as it
// is: ErrMessageTaken.
func (db *DB) FinishMessage(ctx context.Context, id, by, how string) (err error) {
	defer wrapError(&err, "FinishMessage(%q)", id)
	return db.changeMessage(ctx, id, by, "message.done", map[string]any{"message": id, "how": how}, `
		INSERT INTO message_task AS t (message_id, done_by, done_at, how) VALUES ($1, $2, clock_timestamp(), $3)
		ON CONFLICT (message_id) DO UPDATE SET done_by = $2, done_at = clock_timestamp(), how = $3
		WHERE t.done_at IS NULL`, id, by, how)
}

// changeMessage changes the task of a message that exists, and writes down who did.
func (db *DB) changeMessage(ctx context.Context, id, by, what string, detail any, change string, args ...any) error {
	return db.Transact(ctx, func(tx *sqlx.Tx) error {
		var there string
		err := tx.GetContext(ctx, &there, `SELECT message_id FROM message WHERE message_id = $1`, id)
		if errors.Is(err, stdsql.ErrNoRows) {
			return ErrNoMessage
		}
		if err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, change, args...)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrMessageTaken)
		}
		return audit(ctx, tx, by, what, detail)
	})
}

package sql

import (
	"context"
	stdsql "database/sql"
	"errors"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/report"
)

const selectCaller = `
	SELECT caller_key, number, name, language, vip, note, coalesce(last_agent, '') AS last_agent, last_call_at,
	       coalesce(last_outcome, '') AS last_outcome, updated_at,
	       promised.visit_id IS NOT NULL AS callback, coalesce(promised.visit_id, '') AS callback_visit
	FROM report.caller c LEFT JOIN LATERAL (
		SELECT v.visit_id FROM queue_visit v
		WHERE v.caller_key = c.caller_key AND v.kind = 'callback' AND v.outcome IS NULL
		ORDER BY v.entered_at DESC LIMIT 1) promised ON true `

// selectCallerOf is selectCaller as those see it who may see some queues, $1: only
// callers of these, and of their calls those to these.
const selectCallerOf = `
	SELECT caller_key, number, name, language, vip, note, coalesce(talked.agent, '') AS last_agent, last.ended_at AS last_call_at,
	       coalesce(last.outcome::text, '') AS last_outcome, updated_at,
	       promised.visit_id IS NOT NULL AS callback, coalesce(promised.visit_id, '') AS callback_visit
	FROM report.caller c LEFT JOIN LATERAL (
		SELECT ended_at, outcome FROM queue_visit v WHERE v.caller_key = c.caller_key AND v.queue = ANY ($1) AND ended_at IS NOT NULL
		ORDER BY v.entered_at DESC LIMIT 1) last ON true LEFT JOIN LATERAL (
		SELECT agent FROM queue_visit v WHERE v.caller_key = c.caller_key AND v.queue = ANY ($1) AND agent IS NOT NULL
		ORDER BY v.entered_at DESC LIMIT 1) talked ON true LEFT JOIN LATERAL (
		SELECT v.visit_id FROM queue_visit v
		WHERE v.caller_key = c.caller_key AND v.queue = ANY ($1) AND v.kind = 'callback' AND v.outcome IS NULL
		ORDER BY v.entered_at DESC LIMIT 1) promised ON true
	WHERE ` + calledOneOf

// calledOneOf: the caller c has entered one of the queues $1, or left a message for it.
const calledOneOf = `
	(EXISTS (SELECT FROM queue_visit v WHERE v.caller_key = c.caller_key AND v.queue = ANY ($1))
	 OR EXISTS (SELECT FROM message m WHERE m.caller_key = c.caller_key AND m.queue = ANY ($1)))`

// ErrNoCaller says that no caller of this key has called.
var ErrNoCaller = errors.New("there is no such caller")

// Recognise returns who last called from a number, by look-ups in indexes;
// false when the number is withheld or new. How long it may take is decided by
// ctx. A caller may be known with an error: what we owe was not found in time.
func (db *DB) Recognise(ctx context.Context, number string) (c report.Caller, known bool, err error) {
	defer wrapError(&err, "Recognise")
	key := CallerKey(db.cfg.CallerKey, number)
	if key == "" {
		return c, false, nil
	}
	c, err = db.caller(ctx, db.lookups, key, nil)
	if errors.Is(err, ErrNoCaller) {
		return c, false, nil
	}
	if err != nil {
		return c, false, err
	}
	c.Broken, err = db.brokenPromise(ctx, key)
	return c, true, err
}

// VIPs returns the keys of the callers who are marked as such.
func (db *DB) VIPs(ctx context.Context) (keys map[string]bool, err error) {
	defer wrapError(&err, "VIPs")
	var list []string
	if err := db.lookups.SelectContext(ctx, &list, `SELECT caller_key FROM caller_edit WHERE vip`); err != nil {
		return nil, err
	}
	keys = make(map[string]bool, len(list))
	for _, k := range list {
		keys[k] = true
	}
	return keys, nil
}

// caller returns one caller, as those see it who may see some queues; none: all.
func (db *DB) caller(ctx context.Context, from sqlx.QueryerContext, key string, queues []string) (c report.Caller, err error) {
	if len(queues) == 0 {
		err = sqlx.GetContext(ctx, from, &c, selectCaller+`WHERE caller_key = $1`, key)
	} else {
		err = sqlx.GetContext(ctx, from, &c, selectCallerOf+` AND caller_key = $2`, pq.StringArray(queues), key)
	}
	if errors.Is(err, stdsql.ErrNoRows) {
		err = ErrNoCaller
	}
	return c, err
}

// Callers lists the callers of some queues (none: of all) whose number holds the
// digits of one of these numbers; "" is held by all. The caller who was here last
// comes first.
func (db *DB) Callers(ctx context.Context, numbers, queues []string, limit int) (list []report.Caller, err error) {
	defer wrapError(&err, "Callers")
	list = []report.Caller{}
	plain := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	var patterns []string
	for _, number := range numbers {
		patterns = append(patterns, "%"+plain.Replace(callerNumber(number))+"%")
		if phoneNumber.MatchString(number) { // 0012 may be 00 12 from abroad, or just its last digits
			patterns = append(patterns, "%"+notDialled.ReplaceAllString(number, "")+"%")
		}
	}
	if len(queues) == 0 {
		err = db.reports.SelectContext(ctx, &list, selectCaller+`
			WHERE caller_key IN (SELECT caller_key FROM caller WHERE number LIKE ANY ($1) ORDER BY seen_at DESC LIMIT $2)
			ORDER BY updated_at DESC, caller_key`, pq.Array(patterns), limit)
	} else {
		err = db.reports.SelectContext(ctx, &list, selectCallerOf+` AND caller_key IN (
			SELECT caller_key FROM caller c WHERE number LIKE ANY ($2) AND `+calledOneOf+` ORDER BY seen_at DESC LIMIT $3)
			ORDER BY updated_at DESC, caller_key`, pq.StringArray(queues), pq.Array(patterns), limit)
	}
	return list, err
}

// EditCaller writes down what by knows of a caller, and that it was she who did. Who
// never called one of some queues (none: of all) is ErrNoCaller.
func (db *DB) EditCaller(ctx context.Context, key string, e report.CallerEdit, queues []string, by string) (c report.Caller, err error) {
	defer wrapError(&err, "EditCaller")
	err = db.Transact(ctx, func(tx *sqlx.Tx) error {
		if c, err = db.caller(ctx, tx, key, queues); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO caller_edit (caller_key, name, language, vip, note, edited_by) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (caller_key) DO UPDATE SET name = EXCLUDED.name, language = EXCLUDED.language, vip = EXCLUDED.vip,
				note = EXCLUDED.note, edited_by = EXCLUDED.edited_by, edited_at = clock_timestamp()`,
			key, e.Name, e.Language, e.VIP, e.Note, by); err != nil {
			return err
		}
		before := report.CallerEdit{Name: c.Name, Language: c.Language, VIP: c.VIP, Note: c.Note}
		if err := audit(ctx, tx, by, "caller.edit", map[string]any{"caller": key, "before": before, "after": e}); err != nil {
			return err
		}
		c, err = db.caller(ctx, tx, key, queues)
		return err
	})
	return c, err
}

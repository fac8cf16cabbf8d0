package sql

import (
	"context"
	"time"
)

// callbackProjections take the books of callbacks into their tables. A book
// has a stream and a day of its own, so it is whole within one day.
var callbackProjections = []projection{
	{of: "callback.booked", keyed: true, change: `
		INSERT INTO callback_fact (callback_id, call_day, call_id, queue, number, name, caller_key, source, booked_at, order_key,
		                           waits_since, promised_from, promised_until, due_at, expires_at, state, state_seq)
		SELECT call_id, call_day, nullif(data->>'from_call', '')::uuid, queue, data->>'number', nullif(data->>'name', ''),
		       caller_key($1, $2, $3, data->>'number'), data->>'source', at, (data->>'key')::timestamptz, (data->>'entered')::timestamptz,
		       (data->>'begin')::timestamptz, (data->>'until')::timestamptz, (data->>'due')::timestamptz,
		       (data->>'expires')::timestamptz, 'waiting', seq
		FROM fresh WHERE type = 'callback.booked' ORDER BY seq
		ON CONFLICT (callback_id) DO NOTHING`},
	{of: "callback.dialed", change: `
		INSERT INTO callback_attempt (dial_id, callback_id, call_day, visit_id, attempt, agent, dialed_at)
		SELECT data->>'dial', call_id, call_day, visit_id, (data->>'attempt')::int, agent, at
		FROM fresh WHERE type = 'callback.dialed' ORDER BY seq
		ON CONFLICT (dial_id) DO NOTHING`},
	{of: "callback.reached", change: `
		UPDATE callback_attempt a SET reached_at = f.at, reached = f.data->>'by'
		FROM (SELECT DISTINCT ON (data->>'dial') at, data FROM fresh WHERE type = 'callback.reached' ORDER BY data->>'dial', seq) f
		WHERE a.dial_id = f.data->>'dial' AND a.reached_at IS NULL`},
	{of: "callback.reached", change: `
		UPDATE callback_fact c SET reached_at = f.at
		FROM (SELECT call_id, min(at) AS at FROM fresh WHERE type = 'callback.reached' AND data->>'by' = 'person' GROUP BY 1) f
		WHERE c.callback_id = f.call_id AND c.reached_at IS NULL`},
	{of: "callback.confirmed", change: `
		UPDATE callback_attempt a SET confirmed_at = f.at
		FROM (SELECT DISTINCT ON (data->>'dial') at, data FROM fresh WHERE type = 'callback.confirmed' ORDER BY data->>'dial', seq) f
		WHERE a.dial_id = f.data->>'dial' AND a.confirmed_at IS NULL`},
	// The attempt that is still under way when a talk begins has led to it. That a
	// person who was put back in line afterwards rather has another call is told of
	// the same attempt, and changes nothing of it.
	{of: "callback.tried bridge.joined", change: `
		UPDATE callback_attempt a SET ended_at = f.at, how = coalesce(f.data->>'how', 'connected'), why = nullif(f.data->>'why', ''),
		                              counts = coalesce((f.data->>'counts')::boolean, true)
		FROM (SELECT DISTINCT ON (o.dial_id) o.dial_id, e.at, e.data
		      FROM callback_attempt o JOIN fresh e ON e.call_id = o.callback_id
		      WHERE o.ended_at IS NULL AND (e.type = 'callback.tried' AND e.data->>'dial' = o.dial_id
		         OR e.type = 'bridge.joined' AND e.visit_id = o.visit_id)
		      ORDER BY o.dial_id, e.seq) f
		WHERE a.dial_id = f.dial_id`},
	{of: "bridge.joined", change: `
		UPDATE callback_fact c SET connected_at = f.at, agent = f.agent
		FROM (SELECT DISTINCT ON (call_id) * FROM fresh WHERE type = 'bridge.joined' ORDER BY call_id, seq) f
		WHERE c.callback_id = f.call_id AND c.connected_at IS NULL`},
	// call.ended is how one ends about which deciding had failed.
	{of: "callback.ended call.ended", change: `
		UPDATE callback_fact c SET ended_at = f.at, ended_by = nullif(f.data->>'by', ''),
		                           how = CASE f.type WHEN 'callback.ended' THEN f.data->>'how' ELSE 'failed' END
		FROM (SELECT DISTINCT ON (call_id) * FROM fresh WHERE type IN ('callback.ended', 'call.ended') ORDER BY call_id, seq) f
		WHERE c.callback_id = f.call_id AND c.ended_at IS NULL`},
	{of: "callback.ended call.ended", change: `
		UPDATE callback_attempt a SET ended_at = f.at, how = CASE f.type WHEN 'callback.ended' THEN 'cancelled' ELSE 'failed' END, counts = false
		FROM (SELECT DISTINCT ON (call_id) * FROM fresh WHERE type IN ('callback.ended', 'call.ended') ORDER BY call_id, seq) f
		WHERE a.callback_id = f.call_id AND a.ended_at IS NULL`},
	// An attempt is a phone that rang, or that may yet ring. A machine is not the
	// person who was promised a call: the promise is not kept by an attempt that
	// one took.
	{of: "callback.dialed callback.reached callback.tried callback.ended call.ended", change: `
		UPDATE callback_fact c SET attempts = a.n, first_attempt_at = a.first
		FROM (SELECT callback_id, count(*) FILTER (WHERE counts IS NOT FALSE) AS n,
		             min(dialed_at) FILTER (WHERE counts IS NOT FALSE AND 'machine' IS DISTINCT FROM reached AND 'machine' IS DISTINCT FROM how) AS first
		      FROM callback_attempt WHERE callback_id IN (SELECT call_id FROM fresh
		      WHERE type IN ('callback.dialed', 'callback.reached', 'callback.tried', 'callback.ended', 'call.ended')) GROUP BY 1) a
		WHERE c.callback_id = a.callback_id`},
	{of: "queue.entered callback.parked callback.due callback.dialed callback.reached callback.confirmed callback.tried bridge.joined callback.ended call.ended", change: `
		UPDATE callback_fact c SET state = f.state, state_seq = f.seq
		FROM (SELECT DISTINCT ON (call_id) call_id, seq, state
		      FROM fresh JOIN (VALUES ('queue.entered', 'waiting'), ('callback.due', 'waiting'), ('callback.parked', 'parked'),
		           ('callback.tried', 'parked'), ('callback.dialed', 'dialing'), ('callback.reached', 'reached'), ('callback.confirmed', 'reached'),
		           ('bridge.joined', 'talking'), ('callback.ended', 'ended'), ('call.ended', 'ended')) AS s (type, state) USING (type)
		      WHERE type <> 'callback.reached' OR data->>'by' = 'person' ORDER BY call_id, seq DESC) f
		WHERE c.callback_id = f.call_id AND f.seq > c.state_seq`},
}

// Callback is a promise to call a caller back, and what came of it.
type Callback struct {
	ID         string     `db:"callback_id"`
	Call       string     `db:"call_id"` // in which it was asked for
	Queue      string     `db:"queue"`
	Number     string     `db:"number"` // E.164
	Name       string     `db:"name"`   // of the caller, as known today
	VIP        bool       `db:"vip"`
	Key        string     `db:"caller_key"`
	BookedAt   time.Time  `db:"booked_at"`
	WaitsSince *time.Time `db:"waits_since"` // entered the line, as a caller
	From       *time.Time `db:"promised_from"`
	Until      *time.Time `db:"promised_until"`
	DueAt      *time.Time `db:"due_at"` // not before
	ExpiresAt  *time.Time `db:"expires_at"`
	State      string     `db:"state"`            // waiting, parked, dialing, reached, talking, ended
	Attempts   int        `db:"attempts"`         // phones that rang, or may yet
	FirstTry   *time.Time `db:"first_attempt_at"` // that no machine took
	ReachedAt  *time.Time `db:"reached_at"`       // a person took the call…
	TalkedAt   *time.Time `db:"connected_at"`     // …and talked with…
	Agent      string     `db:"agent"`            // …this agent
	EndedAt    *time.Time `db:"ended_at"`
	How        string     `db:"how"`      // completed, exhausted, expired, cancelled, superseded, failed
	EndedBy    string     `db:"ended_by"` // who cancelled; the call that superseded
	Kept       *bool      `db:"kept"`     // called within the window promised; nil: cannot be said (yet)
	OnTime     *bool      `db:"on_time"`  // and connected within it
	Asked      int        `db:"asked"`    // visits that it was promised to
}

// Callbacks lists the open callbacks, in the order of their places in line;
// or those that have ended, the newest first.
func (db *DB) Callbacks(ctx context.Context, open bool, limit int) (list []Callback, err error) {
	defer wrapError(&err, "Callbacks")
	list = []Callback{}
	order := `f.ended_at DESC`
	if open {
		order = `f.order_key`
	}
	err = db.reports.SelectContext(ctx, &list, `
		SELECT b.callback_id, coalesce(b.call_id::text, '') AS call_id, b.queue, b.number, coalesce(c.name, b.name, '') AS name,
		       coalesce(c.vip, false) AS vip, coalesce(b.caller_key, '') AS caller_key, b.booked_at, b.waits_since,
		       b.promised_from, b.promised_until, b.due_at, b.expires_at, b.state, b.attempts, b.first_attempt_at, b.reached_at,
		       b.connected_at, coalesce(b.agent, '') AS agent, b.ended_at, coalesce(b.how, '') AS how,
		       coalesce(b.ended_by, '') AS ended_by, b.kept, b.on_time, b.asked
		FROM (SELECT callback_id, order_key, ended_at FROM callback_fact f WHERE (ended_at IS NULL) = $1
		      ORDER BY `+order+`, callback_id LIMIT $2) f
		JOIN report.callback b USING (callback_id) LEFT JOIN report.caller c USING (caller_key)
		ORDER BY `+order+`, f.callback_id`, open, limit)
	return list, err
}

package sql

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// Flaw is something that cannot be in sound books.
type Flaw struct {
	Check string `json:"check" db:"check"` // see checks; rollup, replay
	Table string `json:"table" db:"tab"`   // where it is
	Call  string `json:"call" db:"call"`   // the call, callback or shift; "": of none alone
	Text  string `json:"text" db:"text"`   // one sentence
}

// Examination is what the books have, and what is wrong with them.
type Examination struct {
	Facts  int       `json:"facts" db:"facts"`
	Calls  int       `json:"calls" db:"calls"`
	Up     int       `json:"calls_up" db:"calls_up"` // of them, not ended
	Visits int       `json:"visits" db:"visits"`
	Open   int       `json:"callbacks_open" db:"callbacks_open"`
	Until  time.Time `json:"until" db:"until"` // the newest fact; zero: there is none
	Flaws  []Flaw    `json:"flaws"`
	More   int       `json:"more"` // flaws beyond those listed
}

// mostFlaws bounds how many flaws of one check are listed.
const mostFlaws = 100

// Examine looks whether the books are sound: no fact of a call is missing or
// there twice, every projection is what a replay of call_event amounts to, the
// reports have what a naive count of the facts has, their sums add up, and the rollups
// are what a recount of their rows gives. It
// sees the database as it is at one moment, locks nothing, and changes nothing.
// Calls that are up, and callbacks that are open, are no flaws. Without the
// caller key of DB's Config the columns made with it are passed over.
func (db *DB) Examine(ctx context.Context) (x Examination, err error) {
	defer wrapError(&err, "Examine")
	own, err := db.openOwn()
	if err != nil {
		return x, err
	}
	defer own.Close()
	tx, err := own.BeginTxx(ctx, &stdsql.TxOptions{Isolation: stdsql.LevelRepeatableRead})
	if err != nil {
		return x, err
	}
	defer tx.Rollback() // nothing of it stays
	if err := tx.GetContext(ctx, &x, `SELECT
		(SELECT count(*) FROM call_event) AS facts, (SELECT count(*) FROM call_fact) AS calls,
		(SELECT count(*) FROM call_fact WHERE ended_at IS NULL) AS calls_up, (SELECT count(*) FROM queue_visit) AS visits,
		(SELECT count(*) FROM callback_fact WHERE ended_at IS NULL) AS callbacks_open,
		(SELECT coalesce(max(at), 'epoch') FROM call_event) AS until`); err != nil {
		return x, err
	}
	if x.Facts == 0 {
		x.Until = time.Time{}
	}
	if _, err := tx.ExecContext(ctx, `SET LOCAL work_mem = '128MB'`); err != nil {
		return x, err
	}
	for _, c := range checks {
		if err := x.addFlaws(ctx, tx, c.query, c.name); err != nil {
			return x, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	if err := x.checkRollups(ctx, tx); err != nil {
		return x, fmt.Errorf("rollup: %w", err)
	}
	if err := db.compareWithReplay(ctx, tx, &x); err != nil {
		return x, fmt.Errorf("replay: %w", err)
	}
	return x, nil
}

// checkRollups counts all that is in the rollups anew.
func (x *Examination) checkRollups(ctx context.Context, tx *sqlx.Tx) error {
	var known struct{ First, Last *time.Time }
	if err := tx.GetContext(ctx, &known, `SELECT least((SELECT min(entered_at) FROM queue_visit), (SELECT min(started_at) FROM call_fact), (SELECT min(from_at) FROM agent_span)) AS first,
		greatest((SELECT max(entered_at) FROM queue_visit), (SELECT max(started_at) FROM call_fact), (SELECT max(from_at) FROM agent_span), (SELECT max(bucket) FROM staff_15m)) AS last`); err != nil || known.First == nil {
		return err
	}
	from, to := known.First.UTC().Truncate(24*time.Hour), known.Last.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	for _, r := range rollups {
		for _, t := range r.tables {
			query := `SELECT '` + t.name + `' AS tab, NULL AS call, format('What ` + t.name + ` has from %s on is not what its rows amount to.', bucket) AS text FROM (` + t.wrong(r.what, r.width) + `) w`
			if err := x.addFlaws(ctx, tx, query, "rollup", from, to); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
	}
	query := `SELECT 'gave_up' AS tab, NULL AS call, format('What gave_up has of the caller who gave up at %s is not what the rows amount to.', entered_at) AS text FROM (` + wrongPeople + `) w`
	if err := x.addFlaws(ctx, tx, query, "rollup", from, to); err != nil {
		return fmt.Errorf("gave_up: %w", err)
	}
	return nil
}

// addFlaws takes the flaws that a query finds. It gives tab, call and text.
func (x *Examination) addFlaws(ctx context.Context, tx *sqlx.Tx, query, check string, args ...any) error {
	var found []Flaw
	if err := tx.SelectContext(ctx, &found, `SELECT tab, coalesce(call::text, '') AS call, text FROM (`+query+`) f ORDER BY call, text`, args...); err != nil {
		return err
	}
	for i, f := range found {
		if i == mostFlaws {
			x.More += len(found) - mostFlaws
			return nil
		}
		f.Check = check
		x.Flaws = append(x.Flaws, f)
	}
	return nil
}

// checks are queries for flaws. They read facts and reports only, and share
// nothing with what takes the facts into the projections.
var checks = []struct{ name, query string }{
	{"gap", `
		SELECT 'call_event' AS tab, call_id AS call, format('The facts of %s in call_event are numbered %s to %s, but there are %s of them.', call_id, min(seq), max(seq), count(*)) AS text
		FROM call_event GROUP BY call_id HAVING min(seq) <> 1 OR max(seq) <> count(*)`},
	{"day", `
		SELECT 'call_event' AS tab, call_id AS call, format('The facts of %s in call_event are under %s days; a call has the day on which it began.', call_id, count(DISTINCT call_day)) AS text
		FROM call_event GROUP BY call_id HAVING count(DISTINCT call_day) > 1`},
	{"first", `
		SELECT 'call_event' AS tab, call_id AS call, format('The first fact of %s in call_event is %s, which begins nothing.', call_id, type) AS text
		FROM call_event WHERE seq = 1 AND type NOT IN ('call.started', 'callback.booked', 'outgoing.dialed', 'directive.began') AND type NOT LIKE 'agent.%'`},
	{"first", `
		SELECT 'call_event' AS tab, call_id AS call, format('%s of %s in call_event is fact number %s, but it can only be the first.', type, call_id, seq) AS text
		FROM call_event WHERE seq > 1 AND type IN ('call.started', 'callback.booked', 'outgoing.dialed', 'directive.began')`},
	{"last", `
		SELECT 'call_event' AS tab, e.call_id AS call, format('%s of %s in call_event is fact number %s, but %s follows it.', e.type, e.call_id, e.seq, n.type) AS text
		FROM call_event e JOIN call_event n ON n.call_day = e.call_day AND n.call_id = e.call_id AND n.seq = e.seq + 1
		WHERE e.type IN ('call.ended', 'callback.ended', 'outgoing.ended', 'directive.ended') AND n.type NOT LIKE 'recording.%'`},
	{"twice", `
		SELECT 'call_event' AS tab, call_id AS call, format('%s of %s in call_event is there %s times, the same to the microsecond, as facts %s.', type, call_id, count(*), string_agg(seq::text, ', ' ORDER BY seq)) AS text
		FROM call_event WHERE type NOT LIKE 'agent.%' GROUP BY call_id, type, at, data HAVING count(*) > 1`},
	// The facts of one step may arrive in two pieces, the first of which ends with
	// bridge.joined; queue.left then follows.
	{"visit", `
		SELECT 'call_event' AS tab, call, format('The visit %s of %s in call_event was entered %s times, left %s times, and joined with an agent %s times, with the outcome %s.',
		       visit, call, entered, gone, joined, coalesce(outcome, 'none')) AS text
		FROM (SELECT visit_id AS visit, (array_agg(call_id))[1] AS call, max(seq) AS newest,
		             count(*) FILTER (WHERE type = 'queue.entered') AS entered, count(*) FILTER (WHERE type = 'queue.left') AS gone,
		             count(*) FILTER (WHERE type = 'bridge.joined') AS joined, max(data ->> 'outcome') FILTER (WHERE type = 'queue.left') AS outcome
		      FROM call_event WHERE type IN ('queue.entered', 'queue.left', 'bridge.joined') GROUP BY visit_id) v
		WHERE entered <> 1 OR gone > 1 OR joined > 1
		   OR (joined = 1) <> coalesce(outcome = 'answered', false)
		      AND (joined = 0 OR gone = 1 OR EXISTS (SELECT FROM call_event n WHERE n.call_id = v.call AND n.seq > v.newest))`},
	{"wait", `
		SELECT 'call_event' AS tab, e.call_id AS call, format('The visit %s of %s in call_event waited %s s by its own account, but %s s by the times of its facts.',
		       e.visit_id, e.call_id, l.data ->> 'queue_s', round(extract(epoch FROM l.at - e.at), 3)) AS text
		FROM call_event e JOIN call_event l ON l.call_day = e.call_day AND l.call_id = e.call_id AND l.visit_id = e.visit_id
		WHERE e.type = 'queue.entered' AND l.type = 'queue.left'
		  AND abs((l.data ->> 'queue_s')::float8 - extract(epoch FROM l.at - e.at)) > 5`},
	{"talk", `
		SELECT 'call_event' AS tab, e.call_id AS call, format('A talk of %s with %s in call_event lasted %s s by its own account, but %s s by the times of its facts.',
		       e.call_id, e.agent, l.data ->> 'talk_s', round(extract(epoch FROM l.at - e.at), 3)) AS text
		FROM call_event e JOIN LATERAL (SELECT * FROM call_event l WHERE l.call_day = e.call_day AND l.call_id = e.call_id AND l.seq > e.seq
		     AND l.agent = e.agent AND l.type IN ('bridge.left', 'outgoing.ended') ORDER BY l.seq LIMIT 1) l ON true
		WHERE e.type IN ('bridge.joined', 'outgoing.joined') AND abs(coalesce((l.data ->> 'talk_s')::float8, 0) - extract(epoch FROM l.at - e.at)) > 5`},
	{"talk", `
		SELECT 'call_event' AS tab, call_id AS call, format('A talk of %s with %s in call_event lasted %s s, but the caller was on hold for %s s (once for %s s), and the page was away for %s s.',
		       call_id, agent, talk, hold, longest, gap) AS text
		FROM (SELECT call_id, agent, coalesce((data ->> 'talk_s')::float8, 0) AS talk, coalesce((data ->> 'hold_s')::float8, 0) AS hold,
		             coalesce((data ->> 'longest_hold_s')::float8, 0) AS longest, coalesce((data ->> 'gap_s')::float8, 0) AS gap
		      FROM call_event WHERE type IN ('bridge.left', 'outgoing.ended')) t
		WHERE hold + gap > talk + 0.1 OR longest > hold + 0.1`},
	// A talk that goes on when the next one begins, in the books of the same moment,
	// overlaps it too. A colleague who is asked talks, and so does who has asked when
	// the caller is gone.
	{"talk", `
		SELECT 'report.talk' AS tab, call_id AS call, format('In report.talk and report.consult %s talks in %s from %s, while the talk in %s lasts until %s.', agent, call_id, joined_at, before, coalesce(until::text, 'now')) AS text
		FROM (SELECT agent, call_id, joined_at, lag(call_id) OVER w AS before, lag(left_at) OVER w AS until
		      FROM (SELECT agent, call_id, joined_at, left_at FROM report.talk
		            UNION ALL SELECT to_agent, call_id, joined_at, ended_at FROM report.consult WHERE to_agent IS NOT NULL AND joined_at IS NOT NULL
		            UNION ALL SELECT c.agent, c.call_id, t.left_at, c.ended_at FROM report.consult c
		                             JOIN report.talk t ON t.call_id = c.for_call AND t.agent = c.agent AND t.left_at > c.joined_at AND (c.ended_at IS NULL OR t.left_at < c.ended_at)) s
		      WINDOW w AS (PARTITION BY agent ORDER BY joined_at, left_at, call_id)) t
		WHERE before IS NOT NULL AND (until IS NULL OR until > joined_at + interval '0.1 s')`},
	{"talk", `
		SELECT 'report.talk' AS tab, call_id AS call, format('In report.talk the caller of %s talks with %s from %s, while the talk with %s lasts until %s.', call_id, agent, joined_at, before, coalesce(until::text, 'now')) AS text
		FROM (SELECT agent, call_id, joined_at, lag(agent) OVER w AS before, lag(left_at) OVER w AS until
		      FROM report.talk WINDOW w AS (PARTITION BY call_id ORDER BY joined_at)) t
		WHERE before IS NOT NULL AND (until IS NULL OR until > joined_at + interval '0.1 s')`},
	// Somebody is asked during a talk that goes on then, and one at a time. That the
	// caller has hung up may be known only a moment later.
	{"consult", `
		SELECT 'call_event' AS tab, e.call_id AS call, format('%s asks in %s in call_event during a talk in %s, which does not go on then.', e.agent, e.call_id, e.data ->> 'for_call') AS text
		FROM call_event e LEFT JOIN report.talk t ON t.call_id = (e.data ->> 'for_call')::uuid AND t.agent = e.agent
		     AND t.joined_at <= e.at AND coalesce(t.left_at, 'infinity') >= e.at - interval '5 s'
		WHERE e.type = 'outgoing.dialed' AND e.data ->> 'for_call' <> '' AND t.call_id IS NULL`},
	{"consult", `
		SELECT 'report.consult' AS tab, call_id AS call, format('In report.consult %s asks in %s from %s, while the asking in %s lasts until %s.', agent, call_id, at, before, coalesce(until::text, 'now')) AS text
		FROM (SELECT agent, call_id, at, lag(call_id) OVER w AS before, lag(ended_at) OVER w AS until
		      FROM report.consult WINDOW w AS (PARTITION BY agent ORDER BY at, ended_at, call_id)) c
		WHERE before IS NOT NULL AND (until IS NULL OR until > at + interval '0.1 s')`},
	{"consult", `
		SELECT 'report.consult' AS tab, call_id AS call, format('The row of %s in report.consult does not add up: of %s s they talked, but the consulted party heard music for %s s, all three talked for %s s, and the page was away for %s s.',
		       call_id, talk_s, hold_s, all_s, gap_s) AS text
		FROM report.consult WHERE hold_s + all_s + gap_s > talk_s + 0.1`},
	{"consult", `
		SELECT 'call_event' AS tab, e.call_id AS call, format('All three of %s in call_event talked for %s s by its own account, but for %s s by the times of its facts.', e.call_id, e.data ->> 'all_s', round(s.together, 3)) AS text
		FROM call_event e JOIN LATERAL (
		     SELECT coalesce(sum(extract(epoch FROM until - at)), 0) AS together
		     FROM (SELECT data ->> 'with' AS turned, at, lead(at) OVER (ORDER BY seq) AS until FROM call_event t
		           WHERE t.call_day = e.call_day AND t.call_id = e.call_id AND t.type IN ('outgoing.turned', 'outgoing.ended')) t
		     WHERE turned = 'all') s ON true
		WHERE e.type = 'outgoing.ended' AND e.data ->> 'for_call' <> '' AND abs(coalesce((e.data ->> 'all_s')::float8, 0) - s.together) > 5`},
	// The consulted party takes the caller over, in the books of both calls. Of one step those
	// of the asking come first.
	{"consult", `
		SELECT 'call_event' AS tab, call, format('In %s in call_event %s has asked somebody, and the caller of %s was handed over to them by one of the two books only.', call, agent, about) AS text
		FROM (SELECT a.call_id AS call, a.agent, (a.data ->> 'for_call')::uuid AS about, a.at
		      FROM call_event a WHERE a.type = 'outgoing.ended' AND a.data ->> 'how' = 'handed') a
		FULL JOIN (SELECT (h.data ->> 'ask_call')::uuid AS call, h.agent, h.call_id AS about
		           FROM call_event h WHERE h.type = 'bridge.handed' AND h.data ->> 'ask_call' <> '') h USING (call, agent, about)
		WHERE a.at IS NULL OR h.call IS NULL AND EXISTS (SELECT FROM call_event n WHERE n.call_id = about AND n.at > a.at)`},
	// A supervisor listens to a talk that goes on, and each second in one mode.
	{"listening", `
		SELECT 'report.listening' AS tab, l.call_id AS call, format('In report.listening %s listens to %s in %s from %s to %s, and they do not talk then.', l.by, l.agent, l.call_id, l.started_at, coalesce(l.ended_at::text, 'now')) AS text
		FROM report.listening l LEFT JOIN report.talk t ON t.call_id = l.call_id AND t.agent = l.agent
		     AND t.joined_at <= l.started_at AND coalesce(t.left_at, 'infinity') >= coalesce(l.ended_at, l.started_at)
		WHERE t.call_id IS NULL`},
	{"listening", `
		SELECT 'report.listening' AS tab, call_id AS call, format('The row of %s in report.listening does not add up: from %s to %s, but %s s listened, %s s whispered, %s s joined.',
		       call_id, started_at, ended_at, listen_s, whisper_s, join_s) AS text
		FROM report.listening WHERE abs(total_s - extract(epoch FROM ended_at - started_at)) > 0.1`},
	// A recording is of a talk, and no longer than that; what is kept has begun, or was captured
	// without a fact that says so.
	{"recording", `
		SELECT 'report.recording' AS tab, call_id AS call, format('In report.recording %s of %s is kept with %s s, but the talk had %s s.', recording_id, call_id, length_s, round(extract(epoch FROM left_at - joined_at), 3)) AS text
		FROM report.recording WHERE state = 'kept' AND (started_at IS NULL AND coalesce(why, '') NOT IN ` + keptAbsences + ` OR length_s > extract(epoch FROM left_at - joined_at) + 5)`},
	// After a hand-over the caller enters a line once, or a number outside is dialled
	// once, or the call ends. Nothing befalls the caller before.
	{"handover", `
		SELECT 'call_event' AS tab, call_id AS call, format('%s has handed the caller of %s over as fact %s in call_event, and after it the caller was brought on %s times instead of once.', agent, call_id, seq, followed) AS text
		FROM (SELECT h.call_id, h.agent, h.seq,
		             count(*) FILTER (WHERE e.type = 'queue.entered' AND e.data ->> 'origin' = 'transfer' AND e.data -> 'handovers' = h.data -> 'handovers'
		                              OR e.type = 'transfer.started' AND h.data ->> 'number' <> '' AND e.seq < coalesce(n.seq, e.seq + 1)) AS followed,
		             bool_or(h.data ->> 'number' IS NULL AND e.type IN ('queue.entered', 'offer.started', 'bridge.joined', 'queue.left', 'bridge.handed')) AS goes_on
		      FROM call_event h
		      LEFT JOIN LATERAL (SELECT min(seq) AS seq FROM call_event n WHERE n.call_day = h.call_day AND n.call_id = h.call_id AND n.seq > h.seq AND n.type = 'queue.entered') n ON true
		      JOIN call_event e ON e.call_day = h.call_day AND e.call_id = h.call_id AND e.seq > h.seq
		      WHERE h.type = 'bridge.handed' GROUP BY 1, 2, 3) h
		WHERE followed > 1 OR followed = 0 AND goes_on`},
	{"refused", `
		SELECT 'call_event_rejected' AS tab, substring(entry FROM '"call": ?"([^"]*)"') AS call, format('Postgres refused a fact, which is in call_event_rejected: %s (%s).', left(entry, 200), left(reason, 200)) AS text
		FROM call_event_rejected`},
	{"count", `
		SELECT 'report.call' AS tab, NULL AS call, format('report.call has %s calls with the outcome %s; the facts in call_event have %s.', coalesce(r.n, 0), outcome, coalesce(f.n, 0)) AS text
		FROM (SELECT coalesce(outcome, 'open') AS outcome, count(*) AS n FROM report.call GROUP BY 1) r
		FULL JOIN (SELECT coalesce(l.data ->> 'outcome', 'open') AS outcome, count(*) AS n
		           FROM call_event s LEFT JOIN call_event l ON l.call_day = s.call_day AND l.call_id = s.call_id AND l.type = 'call.ended'
		           WHERE s.type = 'call.started' GROUP BY 1) f USING (outcome)
		WHERE coalesce(r.n, 0) <> coalesce(f.n, 0)`},
	// A visit without an end of its own ends with its call: see projections.
	{"count", `
		SELECT 'report.visit' AS tab, NULL AS call, format('report.visit has %s visits to %s with the outcome %s; the facts in call_event have %s.', coalesce(r.n, 0), queue, outcome, coalesce(f.n, 0)) AS text
		FROM (SELECT queue, coalesce(outcome, 'open') AS outcome, count(*) AS n FROM report.visit GROUP BY 1, 2) r
		FULL JOIN (SELECT e.queue, coalesce(l.data ->> 'outcome', CASE WHEN o.data ->> 'outcome' IN ('abandoned_ivr', 'ivr_contained') THEN 'system_failure' ELSE o.data ->> 'outcome' END, 'open') AS outcome, count(*) AS n
		           FROM call_event e
		           LEFT JOIN call_event l ON l.call_day = e.call_day AND l.call_id = e.call_id AND l.visit_id = e.visit_id AND l.type = 'queue.left'
		           LEFT JOIN call_event o ON o.call_day = e.call_day AND o.call_id = e.call_id AND o.type = 'call.ended'
		           WHERE e.type = 'queue.entered' GROUP BY 1, 2) f USING (queue, outcome)
		WHERE coalesce(r.n, 0) <> coalesce(f.n, 0)`},
	{"count", `
		SELECT 'report.abandonment' AS tab, NULL AS call, format('report.abandonment has %s callers offered to %s; the facts in call_event have %s.', coalesce(r.n, 0), queue, coalesce(f.n, 0)) AS text
		FROM (SELECT queue, sum(offered) AS n FROM report.abandonment WHERE bucket >= rollups_kept_until() GROUP BY 1) r
		FULL JOIN (SELECT queue, count(*) AS n FROM call_event e WHERE type = 'queue.entered' AND data ->> 'kind' = 'live' AND at >= rollups_kept_until()
		           AND NOT EXISTS (SELECT FROM call_event b WHERE b.call_day = e.call_day AND b.call_id = e.call_id AND b.seq < e.seq AND b.type IN ('bridge.joined', 'outgoing.joined'))
		           GROUP BY 1) f USING (queue)
		WHERE coalesce(r.n, 0) <> coalesce(f.n, 0)`},
	{"count", `
		SELECT 'report.callback' AS tab, NULL AS call, format('report.callback has %s callbacks, %s of them ended; the facts in call_event have %s and %s.', r.n, r.over, f.n, f.over) AS text
		FROM (SELECT count(*) AS n, count(ended_at) AS over FROM report.callback) r,
		     (SELECT count(*) AS n, count(l.seq) AS over
		      FROM call_event b LEFT JOIN LATERAL (SELECT seq FROM call_event l WHERE l.call_day = b.call_day AND l.call_id = b.call_id
		           AND l.type IN ('callback.ended', 'call.ended') LIMIT 1) l ON true WHERE b.type = 'callback.booked') f
		WHERE (r.n, r.over) <> (f.n, f.over)`},
	{"count", `
		SELECT 'report.talk' AS tab, NULL AS call, format('report.talk has %s talks, %s of them ended, and report.handover %s hand-overs; the facts in call_event have %s, %s and %s.', t.n, t.over, h.n, f.n, f.over, f.handed) AS text
		FROM (SELECT count(*) AS n, count(left_at) AS over FROM report.talk) t, (SELECT count(*) AS n FROM report.handover) h,
		     (SELECT count(*) FILTER (WHERE b.type <> 'bridge.handed') AS n, count(l.seq) AS over, count(*) FILTER (WHERE b.type = 'bridge.handed') AS handed
		      FROM call_event b LEFT JOIN LATERAL (SELECT seq FROM call_event l WHERE l.call_day = b.call_day AND l.call_id = b.call_id AND l.seq > b.seq AND b.type <> 'bridge.handed'
		           AND (l.type IN ('outgoing.ended', 'callback.ended', 'call.ended') OR l.type = 'bridge.left' AND l.visit_id = b.visit_id) LIMIT 1) l ON true
		      WHERE b.type IN ('bridge.joined', 'outgoing.joined', 'bridge.handed') AND b.data ->> 'for_call' IS NULL) f
		WHERE (t.n, t.over, h.n) <> (f.n, f.over, f.handed)`},
	{"count", `
		SELECT 'report.consult' AS tab, NULL AS call, format('report.consult has asking %s times, %s of them over; the facts in call_event have %s and %s.', r.n, r.over, f.n, f.over) AS text
		FROM (SELECT count(*) AS n, count(ended_at) AS over FROM report.consult) r,
		     (SELECT count(*) AS n, count(l.seq) AS over
		      FROM call_event b LEFT JOIN LATERAL (SELECT seq FROM call_event l WHERE l.call_day = b.call_day AND l.call_id = b.call_id
		           AND l.type IN ('outgoing.ended', 'call.ended') LIMIT 1) l ON true WHERE b.type = 'outgoing.dialed' AND b.data ->> 'for_call' <> '') f
		WHERE (r.n, r.over) <> (f.n, f.over)`},
	{"count", `
		SELECT 'report.listening' AS tab, NULL AS call, format('report.listening has %s times that somebody listened, %s of them over; the facts in call_event have %s and %s.', r.n, r.over, f.n, f.over) AS text
		FROM (SELECT count(*) AS n, count(ended_at) AS over FROM report.listening) r,
		     (SELECT count(*) AS n, count(l.seq) AS over
		      FROM call_event b LEFT JOIN LATERAL (SELECT seq FROM call_event l WHERE l.call_day = b.call_day AND l.call_id = b.call_id AND l.seq > b.seq
		           AND (l.type IN ('outgoing.ended', 'callback.ended', 'call.ended') OR l.type = 'listen.ended' AND l.data ->> 'listening' = b.data ->> 'listening') LIMIT 1) l ON true
		      WHERE b.type = 'listen.started') f
		WHERE (r.n, r.over) <> (f.n, f.over)`},
	{"count", `
		SELECT 'report.recording' AS tab, NULL AS call, format('report.recording has %s legs, %s of them kept; the facts in call_event have %s and %s.', r.n, r.kept, f.n, f.kept) AS text
		FROM (SELECT count(*) AS n, count(*) FILTER (WHERE state = 'kept') AS kept FROM recording WHERE NOT alone) r,
		     (SELECT count(DISTINCT coalesce(data ->> 'recording', data ->> 'leg')) FILTER (WHERE type <> 'recording.kept') AS n,
		             count(DISTINCT data ->> 'recording') FILTER (WHERE type = 'recording.kept') AS kept
		      FROM call_event WHERE type IN ('recording.started', 'recording.absent', 'recording.kept')) f
		WHERE (r.n, r.kept) <> (f.n, f.kept)`},
	{"sum", `
		SELECT 'report.abandonment' AS tab, NULL AS call, format('The row of report.abandonment of %s at %s does not add up: %s offered.', queue, bucket, offered) AS text
		FROM report.abandonment
		WHERE offered <> answered + abandoned + callback_accepted + exit_key + overflow + timeout_exit + transferred_out + no_agents + closed + withdrawn + system_failure + open
		   OR abandoned <> abandoned_queue + abandoned_ringing + abandoned_at_answer OR flow_in > offered OR abandoned_after_talk > after_talk`},
	{"sum", `
		SELECT 'report.visit' AS tab, v.call_id AS call, format('The visit %s of %s in report.visit is open although its call has ended.', v.visit_id, v.call_id) AS text
		FROM report.visit v JOIN report.call c USING (call_id) WHERE v.ended_at IS NULL AND c.ended_at IS NOT NULL`},
	{"sum", `
		SELECT 'report.visit' AS tab, call_id AS call, format('The visit %s of %s in report.visit ended before it began.', visit_id, call_id) AS text
		FROM report.visit WHERE ended_at < entered_at`},
}

// compareWithReplay replays all facts into temporary tables of the same names,
// which hide the real ones from the projections, and compares them.
func (db *DB) compareWithReplay(ctx context.Context, tx *sqlx.Tx, x *Examination) error {
	if _, err := tx.ExecContext(ctx, fresh); err != nil {
		return err
	}
	for _, table := range projected {
		if _, err := tx.ExecContext(ctx, `CREATE TEMP TABLE `+table+` (LIKE public.`+table+` INCLUDING ALL) ON COMMIT DROP`); err != nil {
			return err
		}
	}
	if err := db.replayAll(ctx, tx); err != nil {
		return err
	}
	for _, table := range projected {
		if err := db.compareTable(ctx, tx, x, table); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}

// comparedColumns returns the columns of a table, and those of its primary key.
// What is made of callers' numbers is compared only where their key is known: a
// table whose primary key has it returns no columns.
func (db *DB) comparedColumns(ctx context.Context, tx *sqlx.Tx, table string) (columns, key []string, err error) {
	if err := tx.SelectContext(ctx, &columns, `SELECT attname FROM pg_attribute
		WHERE attrelid = ('public.' || $1)::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, table); err != nil {
		return nil, nil, err
	}
	if err := tx.SelectContext(ctx, &key, `SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
		WHERE i.indrelid = ('public.' || $1)::regclass AND i.indisprimary ORDER BY a.attnum`, table); err != nil {
		return nil, nil, err
	}
	if len(db.cfg.CallerKey) > 0 {
		return columns, key, nil
	}
	if slices.Contains(key, "caller_key") {
		return nil, nil, nil
	}
	return slices.DeleteFunc(columns, func(c string) bool { return c == "caller_key" }), key, nil
}

// compareTable compares a table with its replay, row by row. Recordings whose facts were
// dropped have none.
func (db *DB) compareTable(ctx context.Context, tx *sqlx.Tx, x *Examination, table string) error {
	columns, key, err := db.comparedColumns(ctx, tx, table)
	if err != nil || len(columns) == 0 {
		return err
	}
	of := "NULL"
	for _, c := range []string{"call_id", "callback_id", "shift_id"} {
		if slices.Contains(columns, c) {
			of = "coalesce(a." + c + ", b." + c + ")"
			break
		}
	}
	each := func(format string, names []string, sep string) string {
		list := make([]string, len(names))
		for i, n := range names {
			list[i] = strings.ReplaceAll(format, "#", n)
		}
		return strings.Join(list, sep)
	}
	// What differs is told column by column.
	query := `SELECT '` + table + `' AS tab, ` + of + ` AS call, CASE
			WHEN b.` + key[0] + ` IS NULL THEN format('%s has the row %s of %s, which the facts in call_event do not amount to.', '` + table + `', ` + each("coalesce(a.#, b.#)::text", key, " || ' ' || ") + `, ` + of + `)
			WHEN a.` + key[0] + ` IS NULL THEN format('%s lacks the row %s of %s, to which the facts in call_event amount.', '` + table + `', ` + each("coalesce(a.#, b.#)::text", key, " || ' ' || ") + `, ` + of + `)
			ELSE format('The row %s of %s in %s is not what the facts in call_event amount to: %s.', ` + each("a.#::text", key, " || ' ' || ") + `, ` + of + `, '` + table + `', concat_ws('; ', ` +
		each(`CASE WHEN a.# IS DISTINCT FROM b.# THEN format('# is %s and should be %s', coalesce(a.#::text, 'empty'), coalesce(b.#::text, 'empty')) END`, columns, ", ") + `))
		END AS text
		FROM public.` + table + ` a FULL JOIN pg_temp.` + table + ` b ON ` + each("a.# = b.#", key, " AND ") + `
		WHERE (` + each("a.#", columns, ", ") + `) IS DISTINCT FROM (` + each("b.#", columns, ", ") + `)`
	if table == "recording" {
		query += ` AND a.alone IS NOT TRUE`
	}
	return x.addFlaws(ctx, tx, query, "replay")
}

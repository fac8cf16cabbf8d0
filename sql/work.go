package sql

import (
	"context"

	"presszero/report"
)

// CallbackCounts counts the callbacks of a period, by queue and all together first.
// What was offered and taken is by the arrival of the caller, the rest by when the
// callback was booked.
func (db *DB) CallbackCounts(ctx context.Context, p report.Period) (list []report.CallbackCounts, err error) {
	defer wrapError(&err, "CallbackCounts")
	err = db.reports.SelectContext(ctx, &list, `
		WITH asked AS (
			SELECT coalesce(queue, '') AS queue, count(offered_at) AS offered, count(*) FILTER (WHERE outcome = 'callback_accepted') AS accepted
			FROM queue_visit
			WHERE entered_at >= $1 AND entered_at < $2 AND kind = 'live' AND ($3::text[] IS NULL OR queue = ANY ($3))
			  AND (offered_at IS NOT NULL OR outcome = 'callback_accepted')
			GROUP BY ROLLUP (queue)
		), booked AS (
			SELECT coalesce(queue, '') AS queue, count(*) AS booked,
			       count(*) FILTER (WHERE how = 'completed') AS completed, count(*) FILTER (WHERE how = 'exhausted') AS exhausted,
			       count(*) FILTER (WHERE how = 'expired') AS expired, count(*) FILTER (WHERE how = 'cancelled') AS cancelled,
			       count(*) FILTER (WHERE how = 'superseded') AS superseded,
			       count(*) FILTER (WHERE how NOT IN ('completed', 'exhausted', 'expired', 'cancelled', 'superseded')) AS failed,
			       count(*) FILTER (WHERE how IS NULL) AS open,
			       count(reached_at) AS reached, count(*) FILTER (WHERE kept) AS kept, count(*) FILTER (WHERE NOT kept) AS broken,
			       percentile_disc(0.5) WITHIN GROUP (ORDER BY late) FILTER (WHERE late > 0) AS late_p50_s,
			       percentile_disc(0.9) WITHIN GROUP (ORDER BY late) FILTER (WHERE late > 0) AS late_p90_s,
			       max(late) FILTER (WHERE late > 0) AS late_max_s
			FROM (SELECT *, extract(epoch FROM first_attempt_at - promised_until)::float8 AS late FROM report.callback
			      WHERE booked_at >= $1 AND booked_at < $2 AND ($3::text[] IS NULL OR queue = ANY ($3))) b
			GROUP BY ROLLUP (queue)
		)
		SELECT queue, coalesce(offered, 0) AS offered, coalesce(accepted, 0) AS accepted, coalesce(booked, 0) AS booked, coalesce(completed, 0) AS completed,
		       coalesce(exhausted, 0) AS exhausted, coalesce(expired, 0) AS expired, coalesce(cancelled, 0) AS cancelled, coalesce(superseded, 0) AS superseded,
		       coalesce(failed, 0) AS failed, coalesce(open, 0) AS open, coalesce(reached, 0) AS reached, coalesce(kept, 0) AS kept, coalesce(broken, 0) AS broken,
		       late_p50_s, late_p90_s, late_max_s
		FROM asked FULL JOIN booked USING (queue) ORDER BY queue`, p.From, p.To, queuesOf(p))
	for i := range list {
		list[i].ComputeRates()
	}
	return list, err
}

// MessageCounts counts the messages and complaints that were left in a period.
func (db *DB) MessageCounts(ctx context.Context, p report.Period) (list []report.MessageCounts, err error) {
	defer wrapError(&err, "MessageCounts")
	err = db.reports.SelectContext(ctx, &list, `
		SELECT queue, kind, count(*) AS left,
		       count(*) FILTER (WHERE done_at <= due_at) AS in_time, count(*) FILTER (WHERE done_at > due_at) AS late,
		       count(*) FILTER (WHERE done_at IS NULL) AS open, count(*) FILTER (WHERE done_at IS NULL AND overdue) AS overdue,
		       count(*) FILTER (WHERE done_at <= left_at + interval '15 minutes') AS quarter,
		       percentile_disc(0.5) WITHIN GROUP (ORDER BY age_s) FILTER (WHERE done_at IS NOT NULL) AS done_p50_s,
		       percentile_disc(0.9) WITHIN GROUP (ORDER BY age_s) FILTER (WHERE done_at IS NOT NULL) AS done_p90_s,
		       max(age_s) FILTER (WHERE done_at IS NULL) AS oldest_open_s
		FROM report.message
		WHERE left_at >= $1 AND left_at < $2 AND ($3::text[] IS NULL OR queue = ANY ($3))
		GROUP BY queue, kind ORDER BY queue, kind`, p.From, p.To, queuesOf(p))
	return list, err
}

// AgentTimes tells what the time of the agents of a period went into.
func (db *DB) AgentTimes(ctx context.Context, p report.Period) (list []report.AgentTime, err error) {
	defer wrapError(&err, "AgentTimes")
	var parts []struct {
		Agent, Part, Reason string
		S                   float64
	}
	if err := db.reports.SelectContext(ctx, &parts, `
		SELECT agent, part, reason, round(sum(seconds)::numeric, 6)::float8 AS s FROM agents_during($1, $2)
		WHERE $3::text[] IS NULL OR agent IN (`+agentsOf("$3", "$1", "$2")+`)
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`, p.From, p.To, queuesOf(p)); err != nil {
		return nil, err
	}
	for _, part := range parts {
		if n := len(list); n == 0 || list[n-1].Agent != part.Agent {
			list = append(list, report.AgentTime{Agent: part.Agent, Breaks: map[string]float64{}})
		}
		a := &list[len(list)-1]
		a.SignedInS += part.S
		switch part.Part {
		case "talking":
			a.TalkingS += part.S
		case "wrap_up":
			a.WrapUpS += part.S
		case "ringing":
			a.RingingS += part.S
		case "idle":
			a.IdleS += part.S
		default:
			a.AwayS += part.S
			a.Breaks[part.Reason] += part.S
		}
	}
	var talks []report.AgentTime
	if err := db.reports.SelectContext(ctx, &talks, `SELECT agent, sum(talks) AS talks, round(sum(hold_s)::numeric, 6)::float8 AS hold_s FROM talks_during($1, $2)
		WHERE $3::text[] IS NULL OR queue = ANY ($3) GROUP BY agent`, p.From, p.To, queuesOf(p)); err != nil {
		return nil, err
	}
	byName := map[string]report.AgentTime{}
	for _, t := range talks {
		byName[t.Agent] = t
	}
	for i := range list {
		list[i].Talks, list[i].HoldS = byName[list[i].Agent].Talks, byName[list[i].Agent].HoldS
		list[i].ComputeRates()
	}
	return list, nil
}

// spansBetween is whether the agents' span s has a part in a stretch of time that is not
// ahead. Those that began more than a day before are few: they have an index of their own.
func spansBetween(from, to string) string {
	return `s.from_at < least(` + to + `, now()) AND coalesce(s.until_at, now()) > ` + from + `
		AND (s.from_at >= ` + from + `::timestamptz - interval '1 day' OR s.until_at - s.from_at > interval '1 day' OR s.until_at IS NULL)`
}

// agentsOf are the agents who serve one of the queues: they are set up for one or for all,
// or, where there is no such user any more, they have talked with a caller of one in the period.
func agentsOf(queues, from, to string) string {
	return `SELECT name FROM users WHERE queues = '{}' OR queues && ` + queues + `
		UNION ALL SELECT t.agent FROM talks_during(` + from + `, ` + to + `) t WHERE t.queue = ANY (` + queues + `) AND NOT EXISTS (SELECT FROM users u WHERE u.name = t.agent)`
}

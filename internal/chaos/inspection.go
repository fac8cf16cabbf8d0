package chaos

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/lib/pq"

	"presszero/internal/customer"
)

// inspection finds out, when a mode has been played, what came of it.
type inspection struct {
	*scene
	before map[string]int64 // how long the logs were when the mode began
}

// forbidden are states that the books must never have; each query counts how often.
// $1 is when the mode began.
var forbidden = []struct{ what, query string }{
	{"calls without an end", `SELECT count(*) FROM report.call WHERE ended_at IS NULL`},
	{"visits without an outcome", `SELECT count(*) FROM report.visit WHERE outcome IS NULL`},
	{"calls begun and not ended", `SELECT count(*) FILTER (WHERE type = 'call.started') - count(*) FILTER (WHERE type = 'call.ended') FROM call_event`},
	{"visits entered and not left", `SELECT count(*) FILTER (WHERE type = 'queue.entered') - count(*) FILTER (WHERE type = 'queue.left') FROM call_event`},
	{"gaps in the facts of a call", `SELECT count(*) FROM (SELECT call_id FROM call_event GROUP BY call_id HAVING max(seq) <> count(*)) gap`},
	{"facts that Postgres refused", `SELECT count(*) FROM call_event_rejected`},
	{"report rows that do not add up", `SELECT count(*) FROM report.abandonment WHERE offered <> answered + abandoned + callback_accepted + exit_key
		+ overflow + timeout_exit + transferred_out + no_agents + closed + withdrawn + system_failure + open`},
}

// duplicates are queries that count things that have happened twice.
var duplicates = []string{
	`SELECT count(*) FROM (SELECT call_id, seq FROM call_event WHERE recorded_at >= $1 GROUP BY 1, 2 HAVING count(*) > 1) fact`,
	`SELECT count(*) - count(DISTINCT call_id) FROM call_event WHERE type = 'call.started' AND at >= $1`,
	`SELECT count(*) - count(DISTINCT call_id) FROM call_event WHERE type = 'call.ended' AND at >= $1`,
	`SELECT count(*) - count(DISTINCT (call_id, call_day)) FROM call_event WHERE type = 'call.answered' AND at >= $1`,
	`SELECT count(*) - count(DISTINCT data ->> 'visit') FROM call_event WHERE type = 'queue.left' AND at >= $1`,
	// a caller whom two agents have, an agent who has two callers
	`SELECT count(*) FROM report.offer a JOIN report.offer b ON a.visit_id = b.visit_id AND (a.started_at, a.offer_id) < (b.started_at, b.offer_id) AND a.ended_at > b.started_at WHERE b.started_at >= $1`,
	`SELECT count(*) FROM report.offer a JOIN report.offer b ON a.agent = b.agent AND (a.started_at, a.offer_id) < (b.started_at, b.offer_id) AND a.ended_at > b.started_at WHERE b.started_at >= $1`,
}

// disorder finds offers that were made while another caller stood in front and was
// not offered. Callbacks do not count, for they wait for their hour; nor does an agent
// who has put the other caller back, nor an offer by which the consulted party took a caller
// who talked already.
const disorder = `SELECT c.caller_number, d.caller_number, o.started_at FROM report.offer o
	JOIN report.visit b ON b.visit_id = o.visit_id
	JOIN report.visit a ON a.queue = b.queue AND a.order_key < b.order_key
	JOIN report.call c ON c.call_id = b.call_id
	JOIN report.call d ON d.call_id = a.call_id
	WHERE o.started_at >= $1 AND a.kind = 'live' AND b.kind = 'live'
	  AND a.entered_at < o.started_at AND a.ended_at > o.started_at
	  AND NOT EXISTS (SELECT 1 FROM call_event e WHERE e.call_id = a.call_id AND e.type = 'queue.entered'
		AND e.data ->> 'visit' = a.visit_id AND e.data ->> 'origin' = 'returned' AND e.data ->> 'by' = o.agent)
	  AND NOT EXISTS (SELECT 1 FROM call_event e WHERE e.call_id = o.call_id AND e.type = 'offer.started'
		AND e.data ->> 'offer' = o.offer_id AND e.data ->> 'reason' = 'asked')
	  AND NOT EXISTS (SELECT 1 FROM report.offer p WHERE p.visit_id = a.visit_id
		AND p.started_at <= o.started_at AND o.started_at <= coalesce(
			CASE WHEN p.how = 'accepted' THEN coalesce(p.joined_at, a.ended_at) ELSE p.ended_at END, 'infinity'))`

// checkBooks waits until all callers have left the program and the books know of
// their end, and then checks the books.
func (s *inspection) checkBooks() {
	var booked []string
	for _, h := range s.everyone() {
		if !h.unbooked {
			booked = append(booked, h.number)
		}
	}
	if !s.waitedFor(40*time.Second, func() bool {
		var open int
		err := s.db.QueryRowContext(s, `SELECT (SELECT count(*) FROM unnest($1::text[]) n WHERE NOT EXISTS (SELECT 1 FROM report.call WHERE caller_number = n))
			+ (SELECT count(*) FROM report.call WHERE ended_at IS NULL) + (SELECT count(*) FROM report.visit WHERE outcome IS NULL)`, pq.Array(booked)).Scan(&open)
		return err == nil && open == 0
	}) {
		var missing []string
		s.require(s.db.QueryRowContext(s, `SELECT coalesce(array_agg(n), '{}') FROM unnest($1::text[]) n
			WHERE NOT EXISTS (SELECT 1 FROM report.call WHERE caller_number = n)`, pq.Array(booked)).Scan(pq.Array(&missing)))
		s.bookError("40 s later not every call has come to its end there; in no row are %v", missing)
	}
	for _, w := range forbidden {
		if n := s.queryCount(w.query); n != 0 {
			s.bookError("%d %s", n, w.what)
		}
	}
	since := s.began.Add(-time.Millisecond)
	for _, query := range duplicates {
		s.addDoubled(s.queryCount(query, since))
	}
	s.addDoubled(s.queryCount(`SELECT count(*) FROM (SELECT caller_number FROM report.call WHERE caller_number = ANY($1)
		AND NOT again GROUP BY 1 HAVING count(*) > 1) n`, pq.Array(booked)))
	s.row.Disorder += s.disorder(since)
	s.row.Facts = s.queryCount(`SELECT count(*) FROM call_event WHERE at >= $1`, since)
	s.checkTalksBooked(booked)
	s.checkAsteriskEmpty()
}

// disorder counts callers who were offered before another in front of them.
func (s *inspection) disorder(since time.Time) (n int) {
	rows, err := s.db.QueryContext(s, disorder, since)
	s.require(err)
	defer rows.Close()
	for ; rows.Next(); n++ {
		var first, second string
		var at time.Time
		s.require(rows.Scan(&first, &second, &at))
		s.noteFigure("%s was offered at %s before %s", first, at.Format("15:04:05.000"), second)
	}
	s.require(rows.Err())
	return n
}

// checkTalksBooked: a caller who has heard an agent is booked as answered.
func (s *inspection) checkTalksBooked(booked []string) {
	var answered []string
	err := s.db.QueryRowContext(s, `SELECT coalesce(array_agg(DISTINCT c.caller_number), '{}') FROM report.call c JOIN report.visit v USING (call_id)
		WHERE c.caller_number = ANY($1) AND v.outcome = 'answered'`, pq.Array(booked)).Scan(pq.Array(&answered))
	s.require(err)
	for _, h := range s.everyone() {
		if !h.first.IsZero() && !slices.Contains(answered, h.number) {
			s.bookError("%s has talked with an agent and is not booked as answered", h.number)
		}
	}
}

// checkAsteriskEmpty: nothing of the callers stays in Asterisk.
func (s *inspection) checkAsteriskEmpty() {
	var left []string
	if !s.waitedFor(20*time.Second, func() bool {
		s.trunk.hangUpAll() // calls back of a moment ago
		var err error
		left, err = s.channelsAndBridges(s)
		return err == nil && len(left) == 0
	}) {
		s.failed("Asterisk still has %s", strings.Join(left, ", "))
	}
}

// judgeCalls finds out what the callers have heard and how their calls ended.
func (s *inspection) judgeCalls() {
	for _, h := range s.everyone() {
		_ = h.hangUp()
		end := h.call.EndedBy()
		if until := end.At; !h.quiet {
			if bye := h.saidGoodbye(); !bye.IsZero() && bye.Before(until) {
				until = bye
			}
			silence := h.call.LongestSilence(h.call.Answered, until)
			s.row.Silence = max(s.row.Silence, Millis(silence))
			if silence > noticed {
				s.noteFigure("%s, called at %s, heard nothing for %s until %s", h.number, h.call.Dialled.Format("15:04:05.000"), Millis(silence),
					heardAgain(h.call, until, silence).Format("15:04:05.000"))
			}
		}
		if h.last.After(h.first) && !h.broke {
			s.noteGap(h.call.LongestSilence(h.first, h.last), h.number)
		}
		switch {
		case end.By == customer.Them && (h.ends || !h.saidGoodbye().IsZero()):
		case end.By != customer.Us || end.Status != 200: // 481: there was no call any more
			s.addLost(1)
			s.noteFigure("%s was lost at %s: %s hung up, %d %s", h.number, end.At.Format("15:04:05.000"), end.By, end.Status, end.Reason)
		}
	}
	s.row.Callers += len(s.everyone())
	if longest := s.longestRinging(); longest > noticed {
		s.noteFigure("somebody was answered after %s of ringing", Millis(longest))
	}
}

// heardAgain is when the longest silence ended.
func heardAgain(c *customer.Call, until time.Time, silence time.Duration) time.Time {
	after := func(i int) time.Time { return c.Answered.Add(time.Duration(i) * time.Millisecond) }
	return after(sort.Search(int(until.Sub(c.Answered)/time.Millisecond), func(i int) bool {
		return c.LongestSilence(c.Answered, after(i)) >= silence-time.Millisecond
	}))
}

// longestRinging is the longest time until a caller was answered.
func (s *inspection) longestRinging() (longest time.Duration) {
	for _, h := range s.everyone() {
		longest = max(longest, h.call.Answered.Sub(h.call.Dialled))
	}
	return longest
}

// readLogs looks for what must not be in the logs.
func (s *inspection) readLogs() {
	for part, at := range s.logSizes() {
		text, err := os.ReadFile(filepath.Join(s.Dir, "log", part+".log"))
		s.require(err)
		news := text[min(s.before[part], at, int64(len(text))):]
		for _, bad := range []string{"a decision failed", "panic:", "DATA RACE"} {
			if i := bytes.Index(news, []byte(bad)); i >= 0 {
				s.failed("the log of %s: %s", part, news[max(0, i-200):min(len(news), i+3000)])
			}
		}
	}
}

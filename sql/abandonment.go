package sql

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

const (
	// AnsweredWithin is the T of the service level, in seconds.
	AnsweredWithin = 20
	// ShortAbandon is the S up to which an abandoned wait is called short, in
	// seconds. Short ones are counted like all others, and shown apart.
	ShortAbandon = 5
	// maxBuckets bounds a report, so that a wrong year does not fill the memory.
	maxBuckets = 50_000
)

// Counts are the visits that began in a period, by how they ended. Always
// Offered = the thirteen outcomes + Open.
type Counts struct {
	Offered           int `db:"offered" json:"offered"`
	Answered          int `db:"answered" json:"answered"`
	Abandoned         int `db:"abandoned" json:"abandoned"` // the next three added up
	AbandonedQueue    int `db:"abandoned_queue" json:"abandoned_queue"`
	AbandonedRinging  int `db:"abandoned_ringing" json:"abandoned_ringing"`
	AbandonedAtAnswer int `db:"abandoned_at_answer" json:"abandoned_at_answer"`
	CallbackAccepted  int `db:"callback_accepted" json:"callback_accepted"`
	ExitKey           int `db:"exit_key" json:"exit_key"`
	Overflow          int `db:"overflow" json:"overflow"`
	TimeoutExit       int `db:"timeout_exit" json:"timeout_exit"`
	TransferredOut    int `db:"transferred_out" json:"transferred_out"`
	NoAgents          int `db:"no_agents" json:"no_agents"`
	Closed            int `db:"closed" json:"closed"`
	Withdrawn         int `db:"withdrawn" json:"withdrawn"`
	SystemFailure     int `db:"system_failure" json:"system_failure"`
	Open              int `db:"open" json:"open"` // still waiting

	AnsweredInTime int `db:"answered_in_time" json:"answered_in_time"` // within AnsweredWithin
	AbandonedShort int `db:"abandoned_short" json:"abandoned_short"`   // within ShortAbandon
}

// Bucket is one interval of a report. Rates and means are nil, not 0 or 100 %,
// where nothing is there to divide by.
type Bucket struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Counts
	NotServed    int      `json:"not_served"`     // got no person: abandoned, timeout_exit, no_agents, closed, system_failure
	AbandonRate  *float64 `json:"abandon_rate"`   // abandoned / (offered - withdrawn - open)
	ServiceLevel *float64 `json:"service_level"`  // answered in time / (answered + abandoned): who gave up counts as missed
	MeanWait     *float64 `json:"mean_wait_s"`    // of the answered, seconds
	MeanPatience *float64 `json:"mean_abandon_s"` // of the abandoned, seconds
	LongestWait  *float64 `json:"longest_wait_s"` // of those that ended, seconds
}

// Abandonment reports on a queue (all queues when "") in [from, to), by when
// callers arrived. Buckets are complete, those without callers too; the last
// may be shorter. interval is a multiple of 15 minutes.
func (db *DB) Abandonment(ctx context.Context, queue string, from, to time.Time, interval time.Duration) (_ []Bucket, err error) {
	defer wrap(&err, "Abandonment")
	if interval <= 0 || interval%(15*time.Minute) != 0 {
		return nil, fmt.Errorf("the interval %s is no multiple of 15 minutes", interval)
	}
	return visits(ctx, db.reports, queue, from, to, interval)
}

// visits counts the visits of each interval of [from, to).
func visits(ctx context.Context, q sqlx.QueryerContext, queue string, from, to time.Time, interval time.Duration) ([]Bucket, error) {
	if !from.Before(to) {
		return nil, fmt.Errorf("the period is empty: it ends at %s and begins at %s", to.Format(time.RFC3339), from.Format(time.RFC3339))
	}
	n := int((to.Sub(from) + interval - 1) / interval)
	if n > maxBuckets {
		return nil, fmt.Errorf("the period has %d intervals; at most %d can be shown, so take longer ones", n, maxBuckets)
	}
	buckets := make([]Bucket, n)
	for i := range buckets {
		buckets[i].Start = from.Add(time.Duration(i) * interval)
		buckets[i].End = buckets[i].Start.Add(interval)
	}
	buckets[n-1].End = to
	var rows []struct {
		At int `db:"at"`
		Counts
		AnsweredWait  *float64 `db:"answered_wait"`
		AbandonedWait *float64 `db:"abandoned_wait"`
		Longest       *float64 `db:"longest"`
	}
	if err := sqlx.SelectContext(ctx, q, &rows, countVisits, queue, from, to, interval.Seconds(), AnsweredWithin, ShortAbandon); err != nil {
		return nil, err
	}
	for _, r := range rows {
		b := &buckets[min(max(r.At, 0), n-1)]
		b.Counts, b.LongestWait = r.Counts, r.Longest
		b.NotServed = b.Abandoned + b.TimeoutExit + b.NoAgents + b.Closed + b.SystemFailure
		b.AbandonRate = ratio(float64(b.Abandoned), b.Offered-b.Withdrawn-b.Open)
		b.ServiceLevel = ratio(float64(b.AnsweredInTime), b.Answered+b.Abandoned)
		b.MeanWait, b.MeanPatience = mean(r.AnsweredWait, b.Answered), mean(r.AbandonedWait, b.Abandoned)
	}
	return buckets, nil
}

const countVisits = `
	SELECT floor(extract(epoch FROM entered_at - $2::timestamptz) / $4::float8)::int AS at,
	       count(*) AS offered,
	       count(*) FILTER (WHERE outcome = 'answered') AS answered,
	       count(*) FILTER (WHERE outcome LIKE 'abandoned%') AS abandoned,
	       count(*) FILTER (WHERE outcome = 'abandoned_queue') AS abandoned_queue,
	       count(*) FILTER (WHERE outcome = 'abandoned_ringing') AS abandoned_ringing,
	       count(*) FILTER (WHERE outcome = 'abandoned_at_answer') AS abandoned_at_answer,
	       count(*) FILTER (WHERE outcome = 'callback_accepted') AS callback_accepted,
	       count(*) FILTER (WHERE outcome = 'exit_key') AS exit_key,
	       count(*) FILTER (WHERE outcome = 'overflow') AS overflow,
	       count(*) FILTER (WHERE outcome = 'timeout_exit') AS timeout_exit,
	       count(*) FILTER (WHERE outcome = 'transferred_out') AS transferred_out,
	       count(*) FILTER (WHERE outcome = 'no_agents') AS no_agents,
	       count(*) FILTER (WHERE outcome = 'closed') AS closed,
	       count(*) FILTER (WHERE outcome = 'withdrawn') AS withdrawn,
	       count(*) FILTER (WHERE outcome = 'system_failure') AS system_failure,
	       count(*) FILTER (WHERE outcome IS NULL) AS open,
	       count(*) FILTER (WHERE outcome = 'answered' AND queue_s <= $5::float8) AS answered_in_time,
	       count(*) FILTER (WHERE outcome LIKE 'abandoned%' AND queue_s <= $6::float8) AS abandoned_short,
	       sum(queue_s) FILTER (WHERE outcome = 'answered') AS answered_wait,
	       sum(queue_s) FILTER (WHERE outcome LIKE 'abandoned%') AS abandoned_wait,
	       max(queue_s) AS longest
	FROM queue_visit
	WHERE ($1 = '' OR queue = $1) AND entered_at >= $2 AND entered_at < $3
	GROUP BY 1`

func ratio(n float64, of int) *float64 {
	if of <= 0 {
		return nil
	}
	r := n / float64(of)
	return &r
}

func mean(sum *float64, n int) *float64 {
	if sum == nil {
		return nil
	}
	return ratio(*sum, n)
}

package report

import (
	"context"
	"time"
)

// WaitFigures is how long the callers of a period waited on the phone, to which
// laws and companies set limits. Callbacks are not among them, for they wait
// elsewhere; neither are withdrawn visits. Who has talked already was answered:
// a caller who is handed over, or stands in line again, is counted once. What
// such a caller suffers in the further wait is not passed over: it is in Long,
// Unoffered, Untold and LongestS, and in CutOffAfterTalk.
//
//	Offered = Answered + Abandoned + Callbacks + CutOff + TurnedAway + Elsewhere + Open
//	Answered = Within + those answered later
type WaitFigures struct {
	Offered   int `db:"offered"`
	Open      int `db:"open"` // still waiting
	Answered  int `db:"answered"`
	Within    int `db:"within"`    // answered within the limit
	Abandoned int `db:"abandoned"` // gave up
	Callbacks int `db:"callbacks"` // chose to be called back
	CutOff    int `db:"cut_off"`   // through a failure of ours
	Elsewhere int `db:"elsewhere"` // went on by a key, an overflow or a transfer, or called when it is closed

	// CutOffAfterTalk were, too, but had talked with an agent before; they are
	// not in Offered.
	CutOffAfterTalk int `db:"cut_off_after_talk"`

	// TurnedAway were sent on to the menus, since the queue was full or too
	// slow (timeout_exit) or nobody was there (no_agents).
	TurnedAway int `db:"turned_away"`

	Long      int `db:"long"`      // waited longer than the limit, however it ended; still waiting too
	Unoffered int `db:"unoffered"` // of these: the caller was offered no callback
	Untold    int `db:"untold"`    // of these: the caller was not told how long it will take

	MeanS    *float64 `db:"mean_s"` // of the answered; nil when nobody was
	P50S     *float64 `db:"p50_s"`  // nearest rank, of the answered
	P90S     *float64 `db:"p90_s"`
	LongestS float64  `db:"longest_s"` // of all whose end was seen
}

// AnsweredInTime is the share that laws and companies demand: of all who came and
// waited, those who were answered within the limit. A caller who was not, and
// gave up, was cut off or was turned away, was not answered in time either; one
// who chose something else than waiting, or waits still, says nothing.
func (w WaitFigures) AnsweredInTime() *float64 {
	return ratio(w.Within, w.Answered+w.Abandoned+w.CutOff+w.TurnedAway)
}

// LongWait is one caller who waited longer than a limit.
type LongWait struct {
	Call    string    `db:"call_id" json:"call"`
	Queue   string    `db:"queue" json:"queue"`
	At      time.Time `db:"entered_at" json:"at"` // entered the queue
	WaitS   float64   `db:"wait_s" json:"wait_s"`
	Outcome string    `db:"outcome" json:"outcome"` // Open while waiting
}

// Requirement is one thing that a compliance profile requires of a period, and
// how the period was.
type Requirement struct {
	Profile     string   `json:"profile"`
	Requirement string   `json:"requirement"` // stable name: answered_within…; the pages have words for it
	Seconds     float64  `json:"within_s,omitempty"`
	Measured    *float64 `json:"measured"` // nil: nothing to measure
	Limit       float64  `json:"limit"`
	Unit        string   `json:"unit"` // share (0 to 1), s, calls, h
	OK          *bool    `json:"ok"`   // nil: nothing to measure

	// NotMeasured: no fact tells whether it is kept, so nobody may say that it is.
	NotMeasured bool `json:"not_measured,omitempty"`
	// Breaches are the single calls, where each is to be told; the newest
	// first, at most 200.
	Breaches []LongWait `json:"breaches,omitempty"`
}

// WaitAccuracy compares the waits that the callers of a queue were told with
// their real waits. A
// caller who gave up would have waited longer than one who did not, so an
// answered caller counts for all who were as patient and are missing:
// exp(wait/patience) times, at most 10.
type WaitAccuracy struct {
	Queue    string   `db:"queue" json:"queue"`
	Told     int      `db:"told" json:"told"`              // visits that were told a range
	Answered int      `db:"answered" json:"answered"`      // of these, told an upper bound and answered
	Within   *float64 `db:"within" json:"within_share"`    // share of those that waited no longer than the bound (0 to 1)
	Longer   int      `db:"longer" json:"longer"`          // waited longer than the bound, however it ended
	ErrorS   *float64 `db:"error_s" json:"mean_error_s"`   // mean of the wait less the median told: above zero, told too short
	AbsS     *float64 `db:"abs_s" json:"mean_abs_error_s"` // and without its sign

	// What the models said when the caller came, told or not, of all who had to
	// wait and were answered.
	Expected  int      `db:"expected" json:"expected"` // callers of whom that can be judged
	P80       *float64 `db:"p80" json:"p80_share"`     // share of these that waited no longer than this quantile (0 to 1)
	P90       *float64 `db:"p90" json:"p90_share"`
	Bias      *float64 `db:"bias" json:"bias"`                   // of the mean, relative: 0.03 says 3 % too long
	QLmS      *float64 `db:"qlm_s" json:"qlm_error_s"`           // mean absolute errors: our model (Erlang A by the length of the queue)…
	LESS      *float64 `db:"les_s" json:"les_error_s"`           // …the wait of the last one served
	AvgCS     *float64 `db:"avgc_les_s" json:"avgc_les_error_s"` // …the same, by callers ahead
	AsteriskS *float64 `db:"asterisk_s" json:"asterisk_error_s"` // …what Asterisk's queues would have said
}

// WaitAccuracies is a source of the report on announced waits.
type WaitAccuracies interface {
	// WaitAccuracy compares, by queue, the waits that the callers of a period
	// were told with those that they had.
	WaitAccuracy(ctx context.Context, p Period) ([]WaitAccuracy, error)
}

// WaitAccuracyColumns are the columns of the report on announced waits.
var WaitAccuracyColumns = []Column[WaitAccuracy]{
	{"queue", func(a WaitAccuracy) any { return a.Queue }},
	{"told", func(a WaitAccuracy) any { return a.Told }},
	{"answered", func(a WaitAccuracy) any { return a.Answered }},
	{"within_share", func(a WaitAccuracy) any { return a.Within }},
	{"longer", func(a WaitAccuracy) any { return a.Longer }},
	{"mean_error_s", func(a WaitAccuracy) any { return a.ErrorS }},
	{"mean_abs_error_s", func(a WaitAccuracy) any { return a.AbsS }},
	{"expected", func(a WaitAccuracy) any { return a.Expected }},
	{"p80_share", func(a WaitAccuracy) any { return a.P80 }},
	{"p90_share", func(a WaitAccuracy) any { return a.P90 }},
	{"bias", func(a WaitAccuracy) any { return a.Bias }},
	{"qlm_error_s", func(a WaitAccuracy) any { return a.QLmS }},
	{"les_error_s", func(a WaitAccuracy) any { return a.LESS }},
	{"avgc_les_error_s", func(a WaitAccuracy) any { return a.AvgCS }},
	{"asterisk_error_s", func(a WaitAccuracy) any { return a.AsteriskS }},
}

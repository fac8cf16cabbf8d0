// Package report is the vocabulary of reports: the rows that the database tells and
// the pages and the API show. sql fills these types and web serves them as they are,
// so each fact, rate and column has one name and one definition, and it is here.
//
//	sql  ── fills ──>  Tally Call Fact TalkQuality CallCounts MenuCounts MenuNode WaitAccuracy
//	                   WaitFigures LongWait Talks Handovers Consults HoldFigures Caller
//	                   Card CodeCount Message Act FlowVersion GaveUp Overdue
//	                   Counted WaitSpread Balance Told TellingTime LostCount LostCaller
//	                   Handling PresentAt CallbackCounts MessageCounts AgentTime Notice
//	                   Recording RecordingComment RecordingPlay Mark
//	                      │ Row.Add, CallCounts.AbandonRate, WaitFigures.AnsweredInTime: all rates
//	                      ▼
//	web  <─ serves ──  Row Requirement Compared and all of the above
//
// Where to look:
//
//	row.go         one line of the abandonment report, and every rate of it
//	call.go        single calls, their timelines, and how calls are counted
//	wait.go        how long callers waited, and which waits were told and promised
//	promise.go     announced waits that were kept or broken
//	talk.go        agents' time: talk, hold, after-call work; hand-overs; asking; holds
//	gaveup.go      who gave up lately, and what is overdue: for the floor
//	compare.go     a span beside others, by queue, half hour, weekday
//	spread.go      how waits are spread; the line on the basis of ends; told against waited
//	lost.go        people who gave up: what became of them, the money, and the list to call back
//	shares.go      intervals of shares
//	work.go        callbacks, messages by age, agents' time
//	needs.go       what a plan of agents goes by
//	day.go         the report of a day that is sent
//	notice.go      what leaves the page, and to whom
//	patience/      how long callers are willing to wait
//	staffing/      how many agents a queue needs
//	figures.go     what a source of such reports can tell
//	menu.go        the menus, node by node
//	card.go        what an agent sees of a caller; codes of talks
//	quality.go     how talks were heard
//	recording.go   recordings, and who has said what of them and heard them; marks.go: what happened in them
//	record.go      callers, messages, the audit, versions of the flow
//	column.go      the columns of the files (CSV, XLSX)
//
// A new column of a report is a field and an entry of its columns here, an
// expression in its query in sql, a property in web/openapi.yaml (make types
// makes the pages' types of it), and the place and the words where a page shows
// it. The page of a new report is in the package documentation of web.
//
// # Units and names
//
// Durations are seconds and end in S (in JSON in _s), shares are between 0 and
// 1, instants are UTC, and a pointer that is nil says that there is nothing to
// tell it by: a rate of nothing is nil, never 0 and never 1. The tag json is the
// name in the API, the tag db the column of the query that fills the field.
//
// All counts are by arrival: a visit, one entry of a call into one queue, belongs
// to the moment at which the caller entered the queue. A visit has exactly one
// outcome; "open" stands for one that has none yet.
//
// A caller is offered once. A visit after a talk, of a caller who was handed over
// or put back or whose talk broke off, is no new offered caller: it is in no
// service level and no abandonment rate, and who gives up in one is told apart
// ("after a talk"). Talks and hand-overs belong to the moment at which they began.
package report

import (
	"errors"
	"time"
)

// ErrTooMuch: a report was asked about more than can be counted in the time that one may take.
var ErrTooMuch = errors.New("the report takes too long")

// Period says what a report is about: the time from From up to, and not including,
// To, and some queues.
type Period struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`

	// Queues are those whose visits, calls, talks and agents count, as if there were
	// no others; none: all, and what belongs to no queue.
	Queues []string `json:"-"`
}

// Open is the outcome of a visit that has not ended.
const Open = "open"

// ratio is the part of a whole, between 0 and 1; nil where the whole is nothing.
func ratio(part, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	f := float64(part) / float64(whole)
	return &f
}

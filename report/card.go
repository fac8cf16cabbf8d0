package report

import (
	"context"
	"time"
)

// Card is what the books know of a caller, for the agent who has the call. A
// number is a claim, so all of it is a hint and no proof.
type Card struct {
	Name     string `json:"name"` // as people here wrote it, else as claimed
	Language string `json:"language"`
	VIP      bool   `json:"vip"`
	Note     string `json:"note"`  // the house's, about the caller
	Typed    bool   `json:"typed"` // something in the menus of this call; what, is kept nowhere

	CallsToday  int     `json:"calls_today"`
	WaitedToday float64 `json:"waited_today_s"` // in all visits of today, this one included
	// Tries are today's visits, the newest first, at most TriesShown.
	Tries    []Try     `json:"tries"`
	Contacts []Contact `json:"contacts"` // the last that are over, the newest first

	Callback *OpenCallback `json:"callback"` // nil: none is open
	Messages []OpenMessage `json:"messages"` // without an answer, the oldest first

	CallbackNote string `json:"callback_note"` // of a call that is a callback: what whoever ordered it wants said; "": nothing
}

// How much a card shows.
const (
	TriesShown    = 10
	ContactsShown = 5
	MessagesShown = 5
)

// Try is one visit of a caller on the phone.
type Try struct {
	At       time.Time `db:"at" json:"at"`
	Queue    string    `db:"queue" json:"queue"`
	Outcome  string    `db:"outcome" json:"outcome"` // Open while it is
	WaitS    float64   `db:"wait_s" json:"wait_s"`
	ToldLow  *float64  `db:"told_low_s" json:"told_low_s"` // nil: was told nothing
	ToldHigh *float64  `db:"told_high_s" json:"told_high_s"`
}

// Contact is an earlier visit of a caller, and what its agent wrote.
type Contact struct {
	At      time.Time `db:"at" json:"at"`
	Queue   string    `db:"queue" json:"queue"`
	Kind    string    `db:"kind" json:"kind"` // live, callback
	Outcome string    `db:"outcome" json:"outcome"`
	Agent   string    `db:"agent" json:"agent,omitempty"`
	Code    string    `db:"code" json:"code,omitempty"`
	Label   string    `db:"-" json:"label,omitempty"` // of Code, where the flow in force has it
	Note    string    `db:"note" json:"note,omitempty"`
}

// OpenCallback is a promise to call the caller.
type OpenCallback struct {
	ID    string     `db:"callback_id" json:"id"`
	Queue string     `db:"queue" json:"queue"`
	Begin *time.Time `db:"promised_from" json:"begin"`
	Until *time.Time `db:"promised_until" json:"until"`
}

// OpenMessage is a message or a complaint of the caller that waits for an answer.
type OpenMessage struct {
	ID      string    `db:"message_id" json:"id"`
	Kind    string    `db:"kind" json:"kind"` // voice, complaint
	Queue   string    `db:"queue" json:"queue"`
	LeftAt  time.Time `db:"left_at" json:"left_at"`
	DueAt   time.Time `db:"due_at" json:"due_at"`
	TakenBy string    `db:"taken_by" json:"taken_by,omitempty"`
}

// CardQuery says whose card is meant.
type CardQuery struct {
	Number string // as claimed
	Call   string
	Visit  string    // the one that the agent has
	Today  time.Time // when today began
	Queues []string  // of which contacts and messages are shown; none: all
}

// CodeCount is how often a talk of a queue was about something, on one day. By
// arrival: a talk belongs to the day on which the caller entered the queue.
type CodeCount struct {
	Day   string   `db:"day" json:"day"` // 2026-05-04, in the zone of the flow
	Queue string   `db:"queue" json:"queue"`
	Code  string   `db:"code" json:"code"` // none_given: one was required; none: nobody said anything
	Talks int      `db:"talks" json:"talks"`
	Notes int      `db:"notes" json:"notes"` // of these, with a note
	Share *float64 `db:"-" json:"share"`     // of the queue's talks of the day
}

// CodeCounts is what knows CodeCount.
type CodeCounts interface {
	CodeCounts(ctx context.Context, p Period) ([]CodeCount, error)
}

// CodeCountColumns are the columns of the report on codes.
var CodeCountColumns = []Column[CodeCount]{
	{"day", func(c CodeCount) any { return c.Day }},
	{"queue", func(c CodeCount) any { return c.Queue }},
	{"code", func(c CodeCount) any { return c.Code }},
	{"talks", func(c CodeCount) any { return c.Talks }},
	{"notes", func(c CodeCount) any { return c.Notes }},
	{"share", func(c CodeCount) any { return c.Share }},
}

// Shares fills in the share of each count; the counts of a day and a queue are all
// there, in any order.
func Shares(counts []CodeCount) {
	all := map[[2]string]int{}
	for _, c := range counts {
		all[[2]string{c.Day, c.Queue}] += c.Talks
	}
	for i, c := range counts {
		counts[i].Share = ratio(c.Talks, all[[2]string{c.Day, c.Queue}])
	}
}

package report

import (
	"encoding/json"
	"time"
)

// Notice is something that has happened and leaves the page, by mail or webhook.
type Notice struct {
	// ID tells what has happened: the same thing told twice has one ID, and is sent
	// once.
	ID    string          `json:"id" db:"id"`
	Type  string          `json:"type" db:"type"`   // one of NoticeTypes
	Queue string          `json:"queue" db:"queue"` // "": it belongs to none
	At    time.Time       `json:"at" db:"at"`
	Data  json.RawMessage `json:"data" db:"data"` // an object
	// Seq grows with every notice, in the order in which they can be read. Writers
	// leave it 0.
	Seq int64 `json:"seq" db:"seq"`
}

// The types of notices. Like those of facts, they keep their names.
const (
	NoticeCallEnded       = "call.ended"
	NoticeQueueLeft       = "queue.left"
	NoticeMessageLeft     = "message.left"    // or a complaint
	NoticeMessageOverdue  = "message.overdue" // the same
	NoticeCallbackBroken  = "callback.broken" // not called within the window that was promised
	NoticeLimitCrossed    = "limit.crossed"
	NoticeLimitOver       = "limit.over"
	NoticeDay             = "report.day"
	NoticeWebhookDisabled = "webhook.disabled" // by mail only
	NoticeTest            = "test"             // sent by a user to one subscription
)

// NoticeTypes are those to which one can subscribe.
var NoticeTypes = []string{NoticeCallEnded, NoticeQueueLeft, NoticeMessageLeft, NoticeMessageOverdue, NoticeCallbackBroken,
	NoticeLimitCrossed, NoticeLimitOver, NoticeDay, NoticeWebhookDisabled}

// Subscription tells who gets which notices. Rights are those of whoever made it at the
// time: it is for leaders of the whole house.
type Subscription struct {
	ID       string   `json:"id" db:"id"`
	Kind     string   `json:"kind" db:"kind"`       // Mail or Webhook
	Address  string   `json:"address" db:"address"` // of mail, or the URL
	Types    []string `json:"types" db:"-"`         // of NoticeTypes
	Queues   []string `json:"queues" db:"-"`        // empty: all, and what belongs to none
	Facts    bool     `json:"facts" db:"facts"`     // of a webhook: a call that has ended is told with all its facts
	Language string   `json:"language" db:"language"`
	Owner    string   `json:"owner" db:"owner"` // who made it; "": the settings

	KeyN        int        `json:"-" db:"key_n"`                               // which of its keys signs…
	OldKeyUntil *time.Time `json:"old_key_until,omitempty" db:"old_key_until"` // …and until when the one before does, too
	DisabledAt  *time.Time `json:"disabled_at,omitempty" db:"disabled_at"`     // nothing is sent
	DisabledWhy string     `json:"disabled_why,omitempty" db:"disabled_why"`   // a sentence
	CreatedAt   time.Time  `json:"created_at" db:"created_at"`                 //
	Waiting     int        `json:"waiting" db:"waiting"`                       // deliveries that wait for a try
	Failed      int        `json:"failed" db:"failed"`                         // that were given up
	SentAt      *time.Time `json:"sent_at,omitempty" db:"sent_at"`             // the last that was taken
	Error       string     `json:"error,omitempty" db:"error"`                 // of the last try of those that wait or were given up
}

// The kinds of subscriptions.
const (
	Mail    = "mail"
	Webhook = "webhook"
)

// Delivery is one notice on its way to one subscription.
type Delivery struct {
	Notice
	Subscription string     `json:"-" db:"subscription"`
	Tries        int        `json:"tries" db:"tries"`
	FirstAt      time.Time  `json:"-" db:"first_at"`                // when it was due first
	NextAt       *time.Time `json:"next_at,omitempty" db:"next_at"` // the next try, not before; nil: there is none
	TriedAt      *time.Time `json:"tried_at,omitempty" db:"tried_at"`
	SentAt       *time.Time `json:"sent_at,omitempty" db:"sent_at"` // it was taken
	Status       int        `json:"status,omitempty" db:"status"`   // of the last try, as HTTP or SMTP has it; 0: no answer
	Error        string     `json:"error,omitempty" db:"error"`     // of the last try
}

// Failure is a try that has failed.
type Failure struct {
	Status int
	Error  string
	Next   time.Time // the next try; zero: there is none
	// Pause keeps all that goes to the same subscription back until then; zero: nothing.
	Pause time.Time
	// Disable ends the subscription, with this sentence; "": it goes on.
	Disable string
}

// Token lets a program read with the rights of its owner, or less.
type Token struct {
	ID        string     `json:"id" db:"id"`
	Name      string     `json:"name" db:"name"` // what it is for
	Owner     string     `json:"owner" db:"owner"`
	Scopes    []string   `json:"scopes" db:"-"`
	Queues    []string   `json:"queues" db:"-"` // empty: those of its owner
	CreatedAt time.Time  `json:"created_at" db:"created_at"`
	ExpiresAt time.Time  `json:"expires_at" db:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at,omitempty" db:"revoked_at"`
	UsedAt    *time.Time `json:"used_at,omitempty" db:"used_at"` // to a minute
}

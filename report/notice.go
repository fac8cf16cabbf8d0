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

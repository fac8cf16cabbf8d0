package report

import "time"

// Recording is a talk of an agent that was recorded, or why it was not.
type Recording struct {
	ID       string    `db:"recording_id" json:"id"` // of the leg, too
	Call     string    `db:"call_id" json:"call"`    // or callback, or outgoing call
	Agent    string    `db:"agent" json:"agent"`     // "": a number outside
	Outside  string    `db:"outside" json:"outside,omitempty"`
	Queue    string    `db:"queue" json:"queue"`   // "": the agent's own call
	Number   string    `db:"number" json:"number"` // "": withheld, or forgotten
	Name     string    `db:"name" json:"name"`     // of the caller, as known today
	JoinedAt time.Time `db:"joined_at" json:"joined_at"`
	// Direction is in, callback or out; Dialed the number of ours that was called, "": none.
	Direction string     `db:"direction" json:"direction"`
	Dialed    string     `db:"dialed" json:"-"`
	Alone     bool       `db:"alone" json:"-"` // the facts of its call were dropped, and the number is not known
	LeftAt    *time.Time `db:"left_at" json:"left_at"`

	State   string   `db:"state" json:"state"`       // on; stopped: not yet in the archive; kept; removed; absent
	Why     string   `db:"why" json:"why,omitempty"` // of stopped and absent, as in the facts; of removed: age, person
	Outcome string   `db:"outcome" json:"outcome"`   // of the call; "": it goes on
	Code    string   `db:"code" json:"code"`         // what the talk was about; "": nothing was said
	Note    string   `db:"note" json:"note"`         // of the agent
	LengthS *float64 `db:"length_s" json:"length_s"` // of what is kept, else of the talk
	HolesS  float64  `db:"holes_s" json:"holes_s"`   // of which nothing was captured

	Notice    string     `db:"notice" json:"notice"`   // the prompt that said so; "": none was played
	Consent   string     `db:"consent" json:"consent"` // stayed, key, refused; "": the caller was not asked
	KeepUntil *time.Time `db:"keep_until" json:"keep_until"`
	Format    string     `db:"format" json:"format"` // of what is kept: flac, wav
	Bytes     int64      `db:"bytes" json:"bytes"`
	Comments  int        `db:"comments" json:"comments"`

	StartedAt *time.Time `db:"started_at" json:"started_at"`
}

// RecordingFilter says which recordings are meant. Of what is empty there are all.
type RecordingFilter struct {
	From, To time.Time // when they began to talk
	Queues   []string  // those that the user may see
	Hidden   []string  // those that the user may not hear; "": what belongs to no queue
	Queue    string
	Agent    string // an agent's name

	Numbers []string // whole, in every writing; one of them
	Digits  string   // the last of the number; only with From and To
	Name    string   // part of the caller's
	Outcome string   // of the call
	Code    string
	Note    string // words of the agent's note, or how they begin
	// LengthFromS and LengthToS bound the length, in seconds.
	LengthFromS, LengthToS *float64

	Absent bool // the talks of which there is no recording, in place of those of which there is one

	// Before is the last of the page before.
	Before *RecordingPlace
	Limit  int // 1 to 1000
}

// RecordingPlace is a place in the list of recordings, the newest first.
type RecordingPlace struct {
	At time.Time
	ID string
}

// RecordingComment is what somebody has written at a second of a recording.
type RecordingComment struct {
	ID   int64     `db:"comment_id" json:"id"`
	AtS  float64   `db:"at_s" json:"at_s"`
	Text string    `db:"text" json:"text"`
	By   string    `db:"by_user" json:"by"`
	At   time.Time `db:"written_at" json:"at"`
}

// RecordingPlay is somebody who has played or downloaded a recording.
type RecordingPlay struct {
	ID     string    `db:"play_id" json:"id"`
	By     string    `db:"by_user" json:"by"`
	Kind   string    `db:"kind" json:"kind"`         // play, download
	Why    string    `db:"why" json:"why,omitempty"` // of a download
	At     time.Time `db:"began_at" json:"at"`
	HeardS float64   `db:"heard_s" json:"heard_s"` // as the page tells
}

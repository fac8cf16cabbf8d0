package report

import "time"

// Place is where a caller was who gave up.
type Place string

// The places. A caller who hung up between an agent's answer and the first word was
// ringing for what the caller could hear of it.
const (
	InMenu  Place = "menu"
	InLine  Place = "line"
	Ringing Place = "ringing"
)

// GaveUp are the callers of one queue who gave up lately at one place, by when they did,
// not by arrival: what is on the floor now. Who gave up after a talk is among them.
type GaveUp struct {
	Queue    string  `db:"queue" json:"-"` // "": of those in the menus
	Place    Place   `db:"place" json:"place"`
	Callers  int     `db:"callers" json:"callers"`
	MedianS  float64 `db:"median_s" json:"median_s"`   // of how long they had waited there, or been in the menus
	LongestS float64 `db:"longest_s" json:"longest_s"` // of the same
}

// Overdue are the messages and complaints of one queue that nobody has answered in time.
type Overdue struct {
	Queue    string    `db:"queue"`
	Messages int       `db:"messages"`
	Since    time.Time `db:"since"` // when the oldest was due
}

package web

import (
	"net/http"
	"time"
)

// Archive is the source of the page of the archive, where recordings and messages are kept.
type Archive interface {
	// Archive tells how the archive is. It waits for nothing.
	Archive() ArchivePage
}

// ArchivePage is all that the page of the archive shows. Sizes are in bytes.
type ArchivePage struct {
	Measured *time.Time `json:"measured_at"` // when files and disk were looked at; nil: not yet since the start
	Files    int        `json:"files"`       // here, not in the bucket
	Bytes    int64      `json:"bytes"`
	Free     int64      `json:"free"`      // of the disk
	Total    int64      `json:"total"`     // of the disk
	PerDay   int64      `json:"per_day"`   // that the last week brought
	DaysLeft *float64   `json:"days_left"` // at that rate; nil: nothing has come, so nobody knows

	Spooled  int64 `json:"spooled"`  // captured talks that are not in the archive yet
	Failures int64 `json:"failures"` // tries to take one that failed, since the start
	Untold   int64 `json:"untold"`   // recordings that their calls' books do not have yet

	Bucket  bool  `json:"bucket"`  // files go to one
	Waiting int64 `json:"waiting"` // files that are still to go there

	Verified *time.Time `json:"verified_at"` // when a share of all was last looked at; nil: not since the start
	Damaged  int64      `json:"damaged"`     // of that share
	Missing  int64      `json:"missing"`
	Strange  int64      `json:"strange"` // of which nothing is known

	Key          string `json:"key"`           // fingerprint of the server's key
	KeyMissing   bool   `json:"key_missing"`   // its secret half is not here: nothing can be played
	RecoveryHere bool   `json:"recovery_here"` // the recovery key has not been taken away
	Trouble      string `json:"trouble"`       // why nothing can be kept; "": all is well
}

// archiveHandlers serve the page of the archive.
type archiveHandlers struct{ archive Archive }

func (h *archiveHandlers) show(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, h.archive.Archive())
	return nil
}

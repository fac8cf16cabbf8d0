package asterisk

import (
	"net/http"
	"time"

	"presszero/call"
)

// attempt is a call of ours, or a transfer, on its way: it is tried over one
// trunk after the other, until one carries it. The caller's mu guards it.
//
//	ways ──takeTrunk──> way ──carried──> the phone rings: no other trunk any more
//	  ^                  │
//	  └──elsewhere───────┴──> its end is told
type attempt struct {
	ways    []call.Way // over which it has not been tried yet
	way     call.Way   // over which it is tried now
	since   time.Time
	rang    bool // the phone rings, or has rung
	sip     int  // the SIP answer that ended it; 0: none known
	doubted bool // a trunk has said that there is no such number
}

// takeTrunk takes the next trunk; false: there is none.
func (a *attempt) takeTrunk() bool {
	if len(a.ways) == 0 {
		return false
	}
	a.way, a.ways, a.since, a.sip = a.ways[0], a.ways[1:], time.Now(), 0
	return true
}

// failReason is why the call was not taken; cause is the Q.850 cause of its end.
func (a *attempt) failReason(cause int) string {
	return notTaken(a.sip, cause, a.rang, time.Since(a.since))
}

// elsewhere reports whether it goes on over the next trunk: there is one, the
// phone has not rung (the person would be called twice), and this one did not
// carry it, or is the first to say that there is no such number (404), which
// carriers also say of an account of ours that they do not know.
func (a *attempt) elsewhere(why string) bool {
	if a.rang || len(a.ways) == 0 {
		return false
	}
	if why == invalid && a.sip == http.StatusNotFound && !a.doubted {
		a.doubted = true
		return true
	}
	return why == trunk
}

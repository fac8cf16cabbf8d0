package asterisk

import (
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"
)

// channelState is a channel as ARI tells it, with what the library's type
// leaves out.
type channelState struct {
	ID       string
	Name     string
	State    string
	Born     birth `json:"creationtime"`
	Caller   struct{ Name, Number string }
	Dialplan struct {
		Context string
		App     string `json:"app_name"`
		Data    string `json:"app_data"`
	}
	Vars map[string]string `json:"channelvars"`
}

// inFallback reports whether the dialplan's safety net has the channel.
func (ch channelState) inFallback() bool {
	return ch.Dialplan.Context == "fallback" || ch.Dialplan.Context == "mailbox"
}

// inApplication reports whether the channel is under the control of that Stasis
// application.
func (ch channelState) inApplication(app string) bool {
	name, _, _ := strings.Cut(ch.Dialplan.Data, ",")
	return ch.Dialplan.App == "Stasis" && name == app
}

// Channel variables that outlive the controller.
const (
	varCall   = "PZ_CALL"   // names the call in every event and listing
	varRecord = "PZ_RECORD" // names the message that is being recorded
	varDone   = "PZ_DONE"   // "1": we have finished; otherwise the dialplan goes on with its fallback
)

// deadMan is Asterisk's timer: how many seconds a channel may stay where it is.
const deadMan = "TIMEOUT(absolute)"

// isLeg reports, by its id, whether a channel is a leg's (see call.LegID) or a consulted
// party's, which may become a leg (see call.AskDial).
func isLeg(channel string) bool { return strings.HasSuffix(channel, ".leg") }

// birth is when a channel was made, in ms since 1970; 0: not known.
type birth int64

func birthOf(t time.Time) birth { return birth(t.UnixMilli()) }

// UnmarshalJSON leaves a date in another form unknown.
func (b *birth) UnmarshalJSON(text []byte) error {
	var t ari.DateTime
	if t.UnmarshalJSON(text) == nil {
		*b = birthOf(time.Time(t))
	}
	return nil
}

// stateOf turns the library's type into ours.
func stateOf(d ari.ChannelData) channelState {
	c := channelState{ID: d.ID, Name: d.Name, State: d.State, Vars: d.ChannelVars}
	if d.Creationtime != nil {
		c.Born = birthOf(time.Unix(d.Creationtime.Seconds, int64(d.Creationtime.Nanos)))
	}
	if d.Caller != nil {
		c.Caller.Name, c.Caller.Number = d.Caller.Name, d.Caller.Number
	}
	return c
}

// bridgeOf is the id of a leg's bridge.
func bridgeOf(leg string) string { return leg + ".bridge" }

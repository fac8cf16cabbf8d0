package asterisk

import (
	"encoding/json"
	"time"

	"github.com/CyCoreSystems/ari/v5"
)

// event holds the fields that we need of an event of Asterisk, whatever its type.
type event struct {
	Type      string
	Timestamp string
	Args      []string
	Channel   channelState
	Digit     string
	Held      time.Duration // the key; 0: unknown
	At        time.Time     // when it was let go
	Cause     int
	CauseText string `json:"cause_txt"`
	Soft      bool   // the hang-up was asked for inside Asterisk
	TechCause int    `json:"tech_cause"` // the SIP answer that ended an outgoing channel; 0: none
	Forward   string // of Dial: where a carrier redirects the call
	Peer      channelState
	DialState string `json:"dialstatus"`
	Playback  struct{ ID, State string }
	Recording struct {
		Name, State string
		Duration    float64 // seconds
	}
}

// wanted are the events that are taken. The rest is not even to be sent:
// Asterisk tells every variable it sets.
var wanted = []string{
	ari.Events.StasisStart, ari.Events.StasisEnd, ari.Events.ChannelStateChange, ari.Events.ChannelDtmfReceived,
	ari.Events.ChannelHangupRequest, ari.Events.ChannelDestroyed, ari.Events.PlaybackFinished,
	ari.Events.RecordingFinished, ari.Events.RecordingFailed, ari.Events.ChannelTalkingFinished,
	ari.Events.Dial,                // early media without ringing
	ari.Events.ChannelUserevent,    // the echo of a beat
	ari.Events.ApplicationReplaced, // would be filtered out too
}

// understand reads one event. The library's types decide what an event looks
// like; where they cannot read one (a type newer than the library, a date in
// another form), what we need of it is taken from the bare JSON, and known is
// false. An error means that it is not JSON at all.
func understand(data []byte) (e event, known bool, err error) {
	decoded, failed := ari.DecodeEvent(data)
	if failed != nil {
		err = json.Unmarshal(data, &e)
		return e, false, err
	}
	e = event{Type: decoded.GetType()}
	switch d := decoded.(type) {
	case *ari.StasisStart:
		e.Args, e.Channel, e.Timestamp = d.Args, stateOf(d.Channel), d.Timestamp.String()
	case *ari.StasisEnd:
		e.Channel = stateOf(d.Channel)
	case *ari.ChannelStateChange:
		e.Channel = stateOf(d.Channel)
	case *ari.ChannelDtmfReceived:
		e.Channel, e.Digit = stateOf(d.Channel), d.Digit
		e.Held, e.At = time.Duration(d.DurationMs)*time.Millisecond, time.Time(d.Timestamp)
	case *ari.ChannelHangupRequest:
		e.Channel, e.Cause, e.Soft = stateOf(d.Channel), d.Cause, d.Soft
		e.TechCause = techCause(data)
	case *ari.ChannelDestroyed:
		e.Channel, e.Cause, e.CauseText = stateOf(d.Channel), d.Cause, d.CauseTxt
		e.TechCause = techCause(data)
	case *ari.Dial:
		e.Peer, e.DialState, e.Forward = stateOf(d.Peer), d.Dialstatus, d.Forward
	case *ari.ChannelTalkingFinished:
		e.Channel = stateOf(d.Channel)
	case *ari.PlaybackFinished:
		e.Playback.ID, e.Playback.State = d.Playback.ID, d.Playback.State
	case *ari.RecordingFinished:
		e.Recording.Name, e.Recording.Duration = d.Recording.Name, time.Duration(d.Recording.Duration).Seconds()
	case *ari.RecordingFailed:
		e.Recording.Name = d.Recording.Name
	}
	return e, true, nil
}

// techCause reads what the library (v5.3.1) leaves out of an event.
func techCause(data []byte) int {
	var e struct {
		TechCause int `json:"tech_cause"`
	}
	_ = json.Unmarshal(data, &e)
	return e.TechCause
}

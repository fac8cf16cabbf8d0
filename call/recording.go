package call

import (
	"slices"
	"strings"
	"time"
)

// A recording is of one leg: the talk of one agent with whoever is on the other side, or of
// a caller with a number outside; then the field Agent is "". The recording has the id of
// the leg. When another agent takes the caller over, a new leg and a new recording begin.
// Package recordings/policy decides which legs are recorded.

// Facts about what a caller is told of recording, and about recordings. They are in the
// book of the call, the callback or the outgoing call, and a full disk keeps them: they
// prove what was allowed.
type (
	// NoticePlayed: the caller was told that talks are recorded, by the very words of Sound.
	NoticePlayed struct {
		Notice   string  `json:"notice"`          // the prompt
		Sound    string  `json:"sound,omitempty"` // content key of the sound that was heard; "": of another version of the flow, or not known
		Language string  `json:"language"`
		Heard    float64 `json:"heard_s"` // how long it was played
		ToEnd    bool    `json:"to_end"`
	}
	// ConsentGiven: the caller may be recorded, in this call.
	ConsentGiven struct {
		How string `json:"how"` // stayed: has heard the notice to its end; key: has pressed the key that it names
	}
	// ConsentRefused: the caller may not be recorded any more, in this call.
	ConsentRefused struct {
		How string `json:"how"` // key; agent: the caller has said so to the agent
	}

	// RecordingStarted: the leg is recorded from now on, as the media says.
	RecordingStarted struct {
		Recording string  `json:"recording"`
		Leg       string  `json:"leg"`
		Agent     AgentID `json:"agent"`
		Queue     string  `json:"queue,omitempty"`     // "": the agent's own call
		Keep      int     `json:"keep_days,omitempty"` // 0: as long as the house keeps recordings by default
	}
	// RecordingPaused: neither side is recorded until it goes on, at the latest after Limit.
	RecordingPaused struct {
		Recording string  `json:"recording"`
		Why       string  `json:"why"` // agent; sensitive: the caller types what may not be kept
		Limit     float64 `json:"limit_s,omitempty"`
	}
	// RecordingResumed: both sides are recorded again.
	RecordingResumed struct {
		Recording string `json:"recording"`
		By        string `json:"by"` // agent; limit: the pause was as long as it may be; step: the sensitive step is over
	}
	// RecordingFailed: nothing is being kept at the moment. It is tried again by itself.
	RecordingFailed struct {
		Recording string `json:"recording"`
		Why       string `json:"why"` // disk: it is full, too slow, or cannot be written
	}
	// RecordingRecovered: it is being kept again, after RecordingFailed.
	RecordingRecovered struct {
		Recording string `json:"recording"`
	}
	// RecordingMarked: the agent has marked this moment.
	RecordingMarked struct {
		Recording string `json:"recording"`
		Text      string `json:"text,omitempty"`
		Of        int    `json:"of,omitempty"` // this is but the text of her mark of that number, from 1; 0: a new mark
	}
	// RecordingStopped: the leg is recorded no more.
	RecordingStopped struct {
		Recording string `json:"recording"`
		Why       string `json:"why"` // end: the talk is over; refused; agent; failed; outside_refused, outside_no_notice: a number outside came into the talk
	}
	// RecordingAbsent: the leg is not recorded. Each leg that is joined has this fact or
	// RecordingStarted, or first this and then that: on demand, or when the disk takes it later.
	RecordingAbsent struct {
		Leg   string  `json:"leg"`
		Agent AgentID `json:"agent"`
		Why   string  `json:"why"`                 // off, refused, no_notice (the caller has not heard the notice, or not agreed), outside_refused, outside_no_notice (the person at the number outside has not), share (was not drawn), on_demand (nobody has asked yet), disk, media, failed
		Keep  int     `json:"keep_days,omitempty"` // as in RecordingStarted, of what has been captured all the same (KeptIfCaptured)
	}
	// RecordingKept: the recording is in the archive. It may follow the last fact of its book,
	// and RecordingAbsent, if the voice process had captured something without telling so.
	RecordingKept struct {
		Recording string  `json:"recording"`
		Format    string  `json:"format"` // flac, wav
		Bytes     int64   `json:"bytes"`  // of the plain file
		Length    float64 `json:"length_s"`
		Sum       string  `json:"sha256"`            // hex, of the plain file
		Key       string  `json:"key,omitempty"`     // fingerprint of the recipient it is encrypted to; "": is not
		Holes     float64 `json:"holes_s,omitempty"` // of which nothing was captured, pauses apart
	}
)

// KeptAbsences are the reasons for RecordingAbsent of a leg that may be recorded, and only
// could not be: what has been captured of it is kept all the same, since whoever captured it
// may have been slow, or killed, before it said so. For the other reasons it is removed.
var KeptAbsences = []string{"failed", "media", "disk"}

// KeptIfCaptured reports whether a reason is one of KeptAbsences.
func KeptIfCaptured(why string) bool { return slices.Contains(KeptAbsences, why) }

func (NoticePlayed) Kind() string       { return "notice.played" }
func (ConsentGiven) Kind() string       { return "consent.given" }
func (ConsentRefused) Kind() string     { return "consent.refused" }
func (RecordingStarted) Kind() string   { return "recording.started" }
func (RecordingPaused) Kind() string    { return "recording.paused" }
func (RecordingResumed) Kind() string   { return "recording.resumed" }
func (RecordingFailed) Kind() string    { return "recording.failed" }
func (RecordingRecovered) Kind() string { return "recording.recovered" }
func (RecordingMarked) Kind() string    { return "recording.marked" }
func (RecordingStopped) Kind() string   { return "recording.stopped" }
func (RecordingAbsent) Kind() string    { return "recording.absent" }
func (RecordingKept) Kind() string      { return "recording.kept" }

var (
	_ = registerFact(NoticePlayed{}, place)
	_ = registerFact(ConsentGiven{}, place)
	_ = registerFact(ConsentRefused{}, place)
	_ = registerFact(RecordingStarted{}, place)
	_ = registerFact(RecordingPaused{}, place)
	_ = registerFact(RecordingResumed{}, place)
	_ = registerFact(RecordingFailed{}, place)
	_ = registerFact(RecordingRecovered{}, place)
	_ = registerFact(RecordingMarked{}, place)
	_ = registerFact(RecordingStopped{}, place)
	_ = registerFact(RecordingAbsent{}, place)
	_ = registerFact(RecordingKept{}, place)
)

// mayFollowEnd reports whether facts of this kind may follow the last of their book.
func mayFollowEnd(kind string) bool { return strings.HasPrefix(kind, "recording.") }

// Orders about recordings, to the softphone, or to the switch without an Agent: of those
// it carries out RecordTalk and StopRecording. Each is answered by RecordingTold, and does no
// harm when it is repeated.
type (
	// RecordTalk records a leg, from when it is live, until StopRecording or the leg's end.
	RecordTalk struct {
		Call      ID
		Agent     AgentID
		Leg       string
		Recording string
	}
	// PauseRecording leaves both sides out until ResumeRecording; the media resumes by
	// itself after Limit, also without a controller. A leg that is not recorded yet begins
	// to be, in the pause: nothing of it is kept before.
	PauseRecording struct {
		Call      ID
		Agent     AgentID
		Leg       string
		Recording string
		Limit     time.Duration
	}
	// ResumeRecording ends a pause.
	ResumeRecording struct {
		Call      ID
		Agent     AgentID
		Leg       string
		Recording string
	}
	// StopRecording ends a recording for ever. The leg goes on.
	StopRecording struct {
		Call      ID
		Agent     AgentID
		Leg       string
		Recording string
	}
	// ShowRecording tells the agent's page how its talk is recorded, the whole truth each time.
	ShowRecording struct {
		Agent     AgentID
		Recording DeskRecording
	}
)

func (c RecordTalk) order() (CommandName, ID)      { return "record_talk", c.Call }
func (c PauseRecording) order() (CommandName, ID)  { return "pause_recording", c.Call }
func (c ResumeRecording) order() (CommandName, ID) { return "resume_recording", c.Call }
func (c StopRecording) order() (CommandName, ID)   { return "stop_recording", c.Call }
func (ShowRecording) order() (CommandName, ID)     { return "show_recording", "" }

var (
	_ = registerCommand(RecordTalk{})
	_ = registerCommand(PauseRecording{})
	_ = registerCommand(ResumeRecording{})
	_ = registerCommand(StopRecording{})
	_ = registerCommand(ShowRecording{})
)

// DeskRecording is what an agent's page shows of the recording of her talk. Without State
// there is no talk.
type DeskRecording struct {
	Call  ID        `json:"call,omitempty"`
	State string    `json:"state,omitempty"` // on, paused, off
	Why   string    `json:"why,omitempty"`   // paused: agent, sensitive; off: as in RecordingAbsent or RecordingStopped
	Until time.Time `json:"until,omitzero"`  // when a pause ends by itself
	Marks int       `json:"marks,omitempty"` // moments that she has marked

	Can []RecordingVerb `json:"can,omitempty"` // what she may do now
}

// RecordingVerb is something that an agent may do with the recording of her talk.
type RecordingVerb string

// The verbs.
const (
	CanRecord          RecordingVerb = "record"  // begin, on demand
	CanPause           RecordingVerb = "pause"   // for what may not be kept
	CanResumeRecording RecordingVerb = "resume"  // end the pause
	CanMark            RecordingVerb = "mark"    // mark this moment
	CanRefuse          RecordingVerb = "refused" // say that the caller does not want it
)

// Events of recordings.
type (
	// RecordingTold: what has become of a recording, told by the softphone or the switch. What: started,
	// paused, resumed, stopped, failed.
	RecordingTold struct {
		Call      ID
		Agent     AgentID
		Leg       string
		Recording string
		What      string
		By        string // resumed: agent, limit, step; "": as was ordered
		Why       string // failed: disk (it may yet start), media (it cannot record), failed
	}

	// PauseAsked: the agent wants what is said now not to be kept.
	PauseAsked struct{ Agent AgentID }
	// ResumeAsked: the agent wants the recording to go on.
	ResumeAsked struct{ Agent AgentID }
	// MarkAsked: the agent marks this moment of her talk.
	MarkAsked struct {
		Agent AgentID
		Text  string
		Of    int // it is but the text of her mark of that number, from 1
	}
	// RecordAsked: the agent wants her talk recorded, where that is on demand.
	RecordAsked struct{ Agent AgentID }
	// RefusedToAgent: the caller has told the agent not to be recorded.
	RefusedToAgent struct{ Agent AgentID }
)

func (e RecordingTold) about() (ID, AgentID)  { return e.Call, e.Agent }
func (e PauseAsked) about() (ID, AgentID)     { return "", e.Agent }
func (e ResumeAsked) about() (ID, AgentID)    { return "", e.Agent }
func (e MarkAsked) about() (ID, AgentID)      { return "", e.Agent }
func (e RecordAsked) about() (ID, AgentID)    { return "", e.Agent }
func (e RefusedToAgent) about() (ID, AgentID) { return "", e.Agent }

var (
	_ = registerEvent(RecordingTold{})
	_ = registerEvent(PauseAsked{})
	_ = registerEvent(ResumeAsked{})
	_ = registerEvent(MarkAsked{})
	_ = registerEvent(RecordAsked{})
	_ = registerEvent(RefusedToAgent{})
)

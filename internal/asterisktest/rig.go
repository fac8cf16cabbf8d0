package asterisktest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"presszero/asterisk"
	"presszero/call"
	"presszero/internal/nemesis"
)

// Sound is what a caller can hear.
type Sound string

// The sounds of every rig. Hello and Long are prompts of half a second at most
// and half a minute at least; Missing is a prompt that does not exist.
const (
	Silence       Sound = "silence"
	Music         Sound = "music"
	OtherMusic    Sound = "other music" // of OtherClass
	Agent         Sound = "agent"       // AgentTone, sent to the leg
	Voice         Sound = "voice"       // CallerTone: another caller's, or a person's whom we call
	Asked         Sound = "asked"       // AskedTone: of the consulted party
	Ringing       Sound = "ringing"     // RingingTone
	FallbackSound Sound = "fallback"    // the dialplan's safety net
	Hello               = "hello"
	Long                = "long"
	Missing             = "missing"
)

// Rig is an Asterisk to try a Switch on.
type Rig struct {
	// Config leads to it, with a Trunk. Its Sound must know Hello and Long.
	Config asterisk.Config
	// Call lets somebody phone. It does not wait for an answer. The caller
	// speaks with CallerTone.
	Call func(t *testing.T, to, from string) Caller
	// Person has a number that is called from now on behave like that, and
	// speak with the Voice or Agent tone.
	Person func(t *testing.T, number string, does Manner, voice Sound) Person
	// Message is what is heard in a message that is over: Voice or Silence.
	Message func(record string) Sound
	// LongestSilence is how long a caller heard nothing since then, at a stretch. nil: the
	// rig's callers do not know.
	LongestSilence func(who Caller, since time.Time) time.Duration
	// Faults happen to Asterisk's events on their way; chance comes from Seed.
	Faults nemesis.Faults
	Seed   uint64
}

// Manner is how a number behaves when it is called.
type Manner string

// How numbers behave.
const (
	Answers            Manner = "answers"
	Rings              Manner = "rings" // until Answers
	Busy               Manner = "busy"
	Declines           Manner = "declines"
	Unknown            Manner = "unknown"               // there is no such number
	Forbidden          Manner = "forbidden"             // the carrier answers 403
	Congested          Manner = "congested"             // the carrier answers 503
	Redirects          Manner = "redirects"             // the carrier answers 302
	RingsThenCongested Manner = "rings, then congested" // 180, and then 503
	Media              Manner = "media"                 // early media without ringing, until Answers
	Silent             Manner = "silent"                // not a word, not even that it rings
	Greets             Manner = "greets"                // answers with a word, and waits
	Machine            Manner = "machine"               // answers, talks for 4 s, and is silent
	Mute               Manner = "mute"                  // answers, and says nothing
)

// Person is somebody who is called.
type Person interface {
	Caller
	Rings() bool // or has rung
	Answers()
}

// Caller is somebody who phones.
type Caller interface {
	Press(digit rune)
	HangUp()               // or give up, before the answer
	NewStream(uint16)      // what the caller says goes on in another RTP stream, with this first sequence number
	Hears(...Sound) bool   // all of these now, and nothing else
	Keys() string          // pressed towards the caller so far
	Done() <-chan struct{} // the call is over for the caller
}

// askARI asks Asterisk itself, past the Switch.
func (r Rig) askARI(method, path string, into any) error {
	req, err := http.NewRequest(method, r.Config.URL+path, nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(r.Config.User, r.Config.Password)
	req.Close = true
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, reply.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(reply.Body).Decode(into)
}

// everything is what Asterisk has, as text to search in.
func (r Rig) everything(t *testing.T) string {
	t.Helper()
	var channels, bridges json.RawMessage
	if err := r.askARI("GET", "/channels", &channels); err != nil {
		t.Fatal(err)
	}
	if err := r.askARI("GET", "/bridges", &bridges); err != nil {
		t.Fatal(err)
	}
	return string(channels) + string(bridges)
}

// NewID is a call.ID as the program makes them.
func NewID() call.ID { return call.ID(uuid.Must(uuid.NewV7()).String()) }

// Each side sends a tone of its own, so that a receiver can tell whom it hears.
const (
	CallerTone = 440.0
	AgentTone  = 1000.0
	AskedTone  = 1800.0

	RingingTone = "tone:1600" // that a phone rings which sends no sound itself
)

// Tones are the sounds as tones, in Hz. Those of three who talk with each other are no
// harmonics of one another.
var Tones = map[Sound]float64{Hello: 600, Long: 750, Music: 1200, OtherMusic: 1400, Ringing: 1600,
	Agent: AgentTone, Voice: CallerTone, Asked: AskedTone}

func tonesOf(all []Sound) (hz []float64) {
	for _, s := range all {
		hz = append(hz, Tones[s])
	}
	return hz
}

// OtherClass is a class of music beside Asterisk's default.
const OtherClass = "other"

// theirs is the number of a person outside.
const theirs = "+4930555"

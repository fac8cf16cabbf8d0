package deskclient

import (
	"log/slog"
	"net/http"
	"time"

	"presszero/call"
	"presszero/internal/headless"
)

// Options name the user and the server, and say how the client behaves.
type Options struct {
	URL      string // of the server: http://127.0.0.1:8080
	Name     string
	Password string
	Page     string // id of the page; "": a random one
	Ask      bool   // do not take the desk from another page: then Dial fails with ErrOpen

	// Transport carries HTTP and the websocket; nil: http.DefaultTransport.
	// Robots beside a self-signed certificate bring their own.
	Transport http.RoundTripper
	Phone     headless.Options
	Robot     *Robot          // nil: does only what it is told
	OnMoment  func(Moment)    // nil: nobody is told. Called from several goroutines; must be quick
	OnDesk    func(call.Desk) // nil: nobody is told. Called in order from the reading goroutine
	Logger    *slog.Logger    // nil: slog.Default
}

// Robot is how an agent behaves who needs no hands. A negative duration means
// that she does not do it at all.
type Robot struct {
	AcceptAfter time.Duration // from the offer
	TalkFor     time.Duration // from the beginning of the talk; then she hangs up
	WrapFor     time.Duration // of after-call work

	// In the middle of a talk she does one of these things at most, each in this share
	// of her talks, 0 to 1; together at most 1.
	Hold  float64 // put the caller on hold, for HoldFor or until TalkFor is over
	Hand  float64 // hand the caller over, to the queue that the caller came by
	Back  float64 // put the caller back in line
	Ask   float64 // ask another agent, see Experts, which lets the talk last for askSteps times AskFor more
	Pause float64 // pause the recording, if there is one, for HoldFor or until TalkFor is over

	HoldFor time.Duration
	Experts string        // the queue whose agents are asked; "": the one that the caller came by
	AskFor  time.Duration // with whom she asks; then she does one of the things that she may, and so on
}

// Moment is something that happened to the client.
type Moment struct {
	What  What
	At    time.Time
	Agent call.AgentID
	Offer string  // of Offered, AcceptSent
	Call  call.ID // of TalkBegan, ToneHeard, HangUpSent, TalkEnded
}

// What is the kind of a Moment.
type What string

// The moments, in the order in which a good call has them.
const (
	MediaUp    What = "media_up"    // the desk says that the audio path is proved
	Offered    What = "offered"     // the desk showed an offer
	AcceptSent What = "accept_sent" // the answer went out
	TalkBegan  What = "talk_began"  // the desk showed the talk
	ToneHeard  What = "tone_heard"  // the first tone of Phone.Listen was heard in this talk; At is the packet's
	HangUpSent What = "hangup_sent"
	TalkEnded  What = "talk_ended" // the desk showed that the talk is over
	WrapSent   What = "wrap_sent"
	LineLost   What = "line_lost" // the websocket broke
)

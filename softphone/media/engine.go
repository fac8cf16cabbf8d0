package media

import (
	"context"
	"errors"
	"time"
)

// Engine is what the controller asks of the media. It speaks plain data only,
// so that the engine may live in this process ([Local]) or in another
// ([Client]). All methods may be called at the same time from any goroutine.
type Engine interface {
	// Connect takes the page's SDP offer and returns the answer, which holds
	// all our candidates (no trickle). The page's candidates are not looked at,
	// so it may send the offer at once, without gathering any. A new offer for
	// the same seat replaces the seat's connection; its leg and RTP address
	// stay, so a refreshed page goes on talking. It fails with ErrOffer when
	// the offer is unusable.
	Connect(ctx context.Context, seat, offer string) (Answer, error)

	// Lines is how many audio lines a page's offer may have: MaxLines, or 1 where
	// the media process is of an earlier version.
	Lines() int

	// TalkTo makes a leg live: voice is forwarded both ways between the seat's page
	// and the leg, and no other. A leg that was live stays and may become live again;
	// a seat keeps four at most, and then forgets the oldest. remote is "" for a leg
	// that Asterisk calls, before or after TalkTo, at Answer.Address. Else it is the
	// "ip:port" from which an ExternalMedia channel sends and on which it listens
	// (UNICASTRTP_LOCAL_ADDRESS and _PORT). Repeating it changes nothing. It fails
	// with ErrNoSeat when the seat has never connected.
	TalkTo(seat, leg, remote string) error

	// Hush ends this leg. It may be repeated, and it leaves another leg alone, so a
	// late Hush never mutes the next conversation. A leg that Asterisk has called
	// also ends with that call.
	Hush(seat, leg string)

	// Listen sends the seat's page copies of what a leg of another seat carries both
	// ways, while that leg is live and the seat has no live leg of its own: the caller
	// on the page's first line, and the agent on its second. It ends with the leg, with
	// StopListening and when the seat listens to another. It fails with ErrNoSeat
	// and ErrNoLeg.
	Listen(seat, of, leg string) error

	// Whisper has the microphone of a seat that listens be heard on the second line of
	// the other seat's page, and nowhere else, or not any more; again only while that leg
	// is live and the seat has none of its own. It ends with what Listen began. It fails
	// with ErrNoSeat, and with ErrNoLeg if the seat listens to nobody.
	Whisper(seat string, on bool) error

	// StopListening ends what Listen began. It may be repeated.
	StopListening(seat string)

	// Record has what is said on a leg kept in the files of that recording, while the leg
	// is live, until StopRecording or the end of the leg; Recording events tell what becomes
	// of it. Repeating it changes nothing but a pause; after StopRecording, or in another process, it
	// adds another part. With a pause it begins in one, as by PauseRecording, before anything
	// is kept; a media process of an earlier version that cannot refuses. It fails with
	// ErrNoSeat and ErrNoLeg, with ErrOld where the media process is of an earlier version,
	// and where it has no folder for recordings.
	Record(seat, leg, recording string, pause time.Duration) error

	// PauseRecording has nothing of the leg kept: when it returns, it is so, and no longer
	// than limit, which the engine sees to even if nobody asks it anything any more.
	// Repeating it sets the limit anew. It fails as Record does, with ErrNotRecorded, and
	// without a limit.
	PauseRecording(seat, leg string, limit time.Duration) error

	// ResumeRecording ends a pause; it may be repeated. It fails as PauseRecording does.
	ResumeRecording(seat, leg string) error

	// StopRecording ends what Record began. It may be repeated, and fails as Record does.
	StopRecording(seat, leg string) error

	// Expect says whether voice without a pause is due from the seat's page
	// though it has no leg, as while its agent is being rung. A page that offered
	// Bursts then has a second to begin, or is announced as Disconnected; while
	// nothing is due, it may rest. A leg makes voice due by itself. Unknown seats
	// are ignored: a new seat is one of which nothing is expected.
	Expect(seat string, voice bool)

	// Echo has the seat's page hear its own microphone, or not any more: so an agent
	// hears herself as callers do. It ends by itself after EchoFor, and when a leg
	// becomes live. It fails with ErrNoSeat, and with ErrTalking while a leg is live or
	// the seat listens.
	Echo(seat string, on bool) error

	// Close frees the seat: its page's connection, its RTP address, its leg.
	// The agent has signed out.
	Close(seat string)

	// Seats lists the seats, ordered by name: what a controller that starts
	// again finds alive.
	Seats() ([]Seat, error)

	// Stats tells what a seat has heard. It fails with ErrNoSeat.
	Stats(seat string) (Stats, error)
}

// The ways in which a request can fail; test with errors.Is. They are the same
// on both sides of the Unix socket.
var (
	// ErrOffer: the page's SDP offer cannot be answered; the text says why.
	ErrOffer = errors.New("unusable offer")
	// ErrNoSeat: no such seat; the page has to connect first.
	ErrNoSeat = errors.New("no such seat")
	// ErrNoLeg: the seat has no such leg; it has ended, or has not begun.
	ErrNoLeg = errors.New("no such leg")
	// ErrTalking: the seat's page hears somebody already.
	ErrTalking = errors.New("the seat has a talk, or listens to one")
	// ErrNotRecorded: the leg is not recorded.
	ErrNotRecorded = errors.New("not recorded")
	// ErrOld: the media process is of an earlier version.
	ErrOld = errors.New("the media process is of an earlier version, which cannot do that")
	// ErrLost: the media process cannot be reached at the moment.
	ErrLost = errors.New("media process not reachable")
	// ErrClosed: the engine has been shut down.
	ErrClosed = errors.New("media engine is shut down")
)

// Answer is the engine's reply to a page's offer.
type Answer struct {
	SDP     string `json:"sdp"`      // for setRemoteDescription, type "answer"
	RTPAddr string `json:"rtp_addr"` // "ip:port" to which Asterisk is to send this seat's voice
	// Address is the SIP URI at which Asterisk calls the seat,
	// "sip:SECRET@ip:port;rtp=RTPAddr". A leg is called at it with "." and the leg's
	// id added to the secret. Empty from a media process of an earlier version.
	Address string `json:"address,omitempty"`
}

// Kind says what an Event tells.
type Kind string

const (
	// Connected: the page's voice connection stands, a packet of voice has come
	// from the page, and one has gone to it. It comes anew for every connection
	// of the seat, and when a disturbed one recovers.
	Connected Kind = "connected"
	// Disconnected: the page's microphone, which was heard, has sent nothing for
	// a second (for 2.5 s, if the page sends bursts and no voice is due), or only
	// bursts for a second when voice is due, or the page closed its connection, or
	// no voice came from it within 15 s of its offer. A connection
	// that a new offer replaces, or that Close ends, is not announced; but if it was
	// heard and the new one is not within a second, that is.
	Disconnected Kind = "disconnected"
	// Audio: the live leg's voice arrives from both sides, or has ceased to arrive
	// from one, or has returned; see FromAgent and FromCaller. The first comes, each
	// time a leg becomes live, when both sides are heard, at the latest after
	// SilentAfter. A page that takes the place of another is told anew.
	Audio Kind = "audio"
	// Recording: see What.
	Recording Kind = "recording"
	// Lost: the media process has not answered for a second (only from a
	// Client). It has ended or stands still, so nobody is heard.
	Lost Kind = "lost"
	// Back: the media process answers again (only from a Client), after Lost or
	// after less than that. Events may have been missed: compare Seats with what
	// you believe. After a crash it has none.
	Back Kind = "back"
)

// Event is news from the engine. Events of one seat arrive in order.
type Event struct {
	Seat string `json:"seat,omitempty"`
	Kind Kind   `json:"kind"`
	// Leg is the leg of an Audio or Recording event.
	Leg string `json:"leg,omitempty"`
	// FromAgent and FromCaller say, in an Audio event, whether voice arrives
	// from the page and from Asterisk: SilentAfter without a packet makes it
	// false. Both sides of a healthy conversation send all the time, even
	// while nobody speaks, so a false is one-way audio.
	FromAgent  bool `json:"from_agent,omitempty"`
	FromCaller bool `json:"from_caller,omitempty"`
	// Recording, What and Why are those of a Recording event.
	Recording string `json:"recording,omitempty"`
	What      string `json:"what,omitempty"`
	Why       string `json:"why,omitempty"`
}

// SilentAfter is how long a side of a leg may send nothing until an Audio
// event says so.
const SilentAfter = 3 * time.Second

// Seat is the standing of one seat.
type Seat struct {
	Name      string `json:"name"`
	Connected bool   `json:"connected"`         // voice has gone both ways, and comes from the page
	RTPAddr   string `json:"rtp_addr"`          // where Asterisk is to send
	Address   string `json:"address,omitempty"` // where Asterisk calls, as in Answer
	Leg       string `json:"leg,omitempty"`     // the live one
	Remote    string `json:"remote,omitempty"`  // the leg's far end at Asterisk; "" before its call
	// Recordings are those of its legs, live or not.
	Recordings []Recorded `json:"recordings,omitempty"`
}

// Stats is what a seat has heard and sent.
type Stats struct {
	Seat
	// Began is when the live leg began; zero without one.
	Began time.Time `json:"began"`
	// FromAgent and FromCaller count the live leg: what came from the page
	// and went to Asterisk, and the other way round.
	FromAgent  Flow `json:"from_agent"`
	FromCaller Flow `json:"from_caller"`
	// Mic counts all packets that ever came from the page, leg or not: a page
	// whose count stands still has no microphone.
	Mic uint64 `json:"mic"`
	// Strangers counts packets at the RTP address that were ignored because
	// they came from no leg's remote or were not of its codec.
	Strangers uint64 `json:"strangers"`
	// Network is the page's own last report about what it hears.
	Network Network `json:"network"`
}

// Network is how an agent hears us, as the browser reports every few seconds
// (RFC 3550 section 6.4) while there is something to hear.
type Network struct {
	At        time.Time     `json:"at"`         // of the report; zero if none yet
	RoundTrip time.Duration `json:"round_trip"` // 0 until measured
	Lost      float64       `json:"lost"`       // share of packets since the report before, 0 to 1
	Jitter    time.Duration `json:"jitter"`
}

// Flow is one direction of a leg.
type Flow struct {
	Packets uint64        `json:"packets"` // heard
	Bytes   uint64        `json:"bytes"`   // heard, RTP headers not counted
	Sent    uint64        `json:"sent"`    // passed on; less than Packets while the other side is away
	Lost    uint64        `json:"lost"`    // missing by sequence number (RFC 3550 appendix A.3); late ones count as heard
	Jitter  time.Duration `json:"jitter"`  // interarrival jitter (RFC 3550 section 6.4.1)
	First   time.Time     `json:"first"`   // first heard; zero if never
	Last    time.Time     `json:"last"`    // last heard; zero if never
}

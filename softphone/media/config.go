package media

import (
	"log/slog"
	"time"
)

// Config is what the engine needs to know.
type Config struct {
	// MediaAddr is the "ip:port" for all pages' voice, UDP and TCP. Port 0
	// takes a free one; 0.0.0.0 takes every address that the machine has at
	// the start.
	MediaAddr string
	// PublicIP, if set, is told to pages as well: the address by which the
	// world reaches MediaAddr through a 1:1 NAT.
	PublicIP string
	// RTPHost is the IP address of the sockets for Asterisk; 127.0.0.1 if
	// empty. RTP is neither encrypted nor authenticated there, so anything
	// but loopback needs a private network.
	RTPHost string
	// Talks is the folder of what is recorded, made when it is needed; "": nothing can be.
	Talks string
	// OnEvent, if set, is given the events, one at a time, in order. It may call
	// the engine. While it blocks, later events wait in memory; voice does not.
	OnEvent func(Event)
	// Logger is slog.Default() if nil.
	Logger *slog.Logger
}

// A page sends voice, 50 packets a second, also in silence; while none is due, it
// may send bursts of it (see pulse). A page without voice for quietAfter sleeps or
// has lost its network; that is announced at once, for a caller may be listening
// to nothing. A page that was never heard is not announced as connected, and is
// given up after connectWithin. A page whose connection fails is given up
// disconnectedAfter and failedAfter later, and offers anew by itself when it is back.
// The ICE library does not see the voice, only the page's checks of the connection:
// Chromium makes one every 2.5 s, Firefox every 4 to 6 s (RFC 7675).
const (
	quietAfter        = time.Second
	disconnectedAfter = 8 * time.Second
	failedAfter       = 4 * time.Second
	keepaliveEvery    = 2 * time.Second
	connectWithin     = 15 * time.Second
	// A lost handshake packet delays the connection by this much. The library's
	// default of a second is long for an agent who has just signed in.
	flightInterval = 200 * time.Millisecond
)

// When hundreds of pages come back at once, a handshake costs 2 to 4 ms of
// CPU; at this pace they take less than half a core from those who talk.
const (
	offersPerSecond = 100
	offersAtOnce    = 100
)

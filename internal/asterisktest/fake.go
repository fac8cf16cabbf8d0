package asterisktest

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"presszero/asterisk"
)

// timestamps is how Asterisk writes times.
const timestamps = "2006-01-02T15:04:05.000-0700"

// Fake is an Asterisk in the test's own process. Its methods may be used from
// many goroutines.
type Fake struct {
	// EarlierSettings: its settings are those of an earlier version, without an endpoint
	// for agents, and with a fallback that leaves a mute as it is.
	EarlierSettings bool

	// Unsubscribes is how long after the end of a channel that the controller has made
	// it takes the application's subscription to the id of that channel back, and with
	// it that to another channel of the same id.
	Unsubscribes time.Duration

	tb  testing.TB
	srv *httptest.Server

	mu        sync.Mutex
	closed    bool
	started   time.Time // this start of Asterisk
	serial    int
	channels  map[string]*channel
	bridges   map[string]*bridge
	playbacks map[string]*playback
	globals   map[string]string
	live      map[string]*recording
	stored    map[string]bool
	voiced    map[string]bool        // recordings in which the caller is heard
	people    map[string]*FakePerson // by number
	sounds    map[string]time.Duration
	playlists []string
	leaving   []string // ids of channels that have ended, to which the application is still subscribed
	allowed   []string // event filter; nil: all
	out       *outlet  // the application's websocket, nil while there is none
	faults    []*Fault
	requests  []string
}

// The fake has one user and one application.
const (
	app      = "presszero"
	user     = "presszero"
	password = "secret"
)

// NewFake starts a fake that ends with the test. It knows the sounds Hello and
// Long.
func NewFake(tb testing.TB) *Fake {
	tb.Helper()
	f := &Fake{tb: tb, stored: map[string]bool{}, voiced: map[string]bool{}, people: map[string]*FakePerson{}, sounds: map[string]time.Duration{"sound:" + Hello: 400 * time.Millisecond, "sound:" + Long: time.Minute}}
	f.empty()
	f.srv = httptest.NewServer(f.handler())
	tb.Cleanup(f.close)
	return f
}

// empty is how Asterisk is when it has just started. f.mu is held, or not
// needed yet.
func (f *Fake) empty() {
	f.started = time.Now()
	f.channels, f.bridges, f.playbacks = map[string]*channel{}, map[string]*bridge{}, map[string]*playback{}
	f.globals, f.allowed = map[string]string{}, nil
	f.live = map[string]*recording{}
}

func (f *Fake) close() {
	f.Restart()
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.srv.CloseClientConnections()
	f.srv.Close()
}

// Config is what a Switch needs to speak to the fake.
func (f *Fake) Config() asterisk.Config {
	return asterisk.Config{URL: f.srv.URL + "/ari", User: user, Password: password, App: app, Node: "fake",
		NewID: NewID, Carriers: &Carriers{}, Ringing: RingingTone,
		Silence: func(length time.Duration) (string, error) { return fakeSilence + length.String(), nil }}
}

// Playlists returns what was ordered to be played, each order as its addresses
// with spaces between.
func (f *Fake) Playlists() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.playlists)
}

// Restart is a crash of Asterisk: all channels, bridges and connections are
// gone, without a word, and it is back at once.
func (f *Fake) Restart() {
	f.mu.Lock()
	for _, ch := range f.channels {
		ch.vanish()
	}
	out := f.out
	f.out = nil
	f.empty()
	// Asterisk's start time has milliseconds; no two starts are the same.
	f.started = f.started.Add(time.Second)
	f.mu.Unlock()
	if out != nil {
		out.disconnect()
	}
}

// DropSocket cuts the websocket. Events are lost from now until it is back.
func (f *Fake) DropSocket() {
	f.mu.Lock()
	out := f.out
	f.out = nil
	f.mu.Unlock()
	if out != nil {
		out.disconnect()
	}
}

// ClearAway forgets the application and leaves its socket open, as Asterisk may
// when the one before it has just closed: no event comes, and nothing says so.
func (f *Fake) ClearAway() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.out = nil
}

// Say sends text to the controller as if it were an event.
func (f *Fake) Say(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.out != nil {
		f.out.enqueue([]byte(text))
	}
}

// Channels, Bridges and Global tell what the fake has.
func (f *Fake) Channels() []string { return keysOf(f, f.channels) }
func (f *Fake) Bridges() []string  { return keysOf(f, f.bridges) }

func (f *Fake) Global(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.globals[name]
}

// Variable is a caller's channel variable.
func (f *Fake) Variable(channel, name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ch := f.channels[channel]; ch != nil {
		return ch.vars[name]
	}
	return ""
}

// Requests are the requests so far that begin with method and path prefix.
func (f *Fake) Requests(prefix string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.requests {
		if len(r) >= len(prefix) && r[:len(prefix)] == prefix {
			n++
		}
	}
	return n
}

func keysOf[V any](f *Fake, m map[string]V) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(m))
}

// newUniqueID makes a unique id as Asterisk does: name, epoch, serial number.
func (f *Fake) newUniqueID() string {
	f.serial++
	return fmt.Sprintf("fake-%d.%d", time.Now().Unix(), f.serial)
}

package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"presszero/call"
	"presszero/internal/figures"
	"presszero/report"
)

// Config is what a Server needs. Users, Sessions, Floor, Reports and Desk must
// be given.
type Config struct {
	// Secure tells that browsers reach us by HTTPS. The session cookie then
	// never travels in the clear. Without it only loopback is safe.
	Secure bool

	// PublicURL is where browsers reach us when TLS ends at a proxy, like
	// https://calls.example; nil: they reach us directly. With https cookies
	// are as with Secure.
	PublicURL *url.URL
	// TrustedProxies are the networks of proxies in front of us, whose last
	// entry in X-Forwarded-For is believed. None: a proxy on this machine is
	// believed when failed sign-ins are counted, and for nothing else.
	TrustedProxies []netip.Prefix
	// DeviceKey signs the cookies of devices on which somebody has signed in;
	// none: it is made anew with every start.
	DeviceKey []byte
	// MetricsToken gives the metrics to programs that send it as a bearer token;
	// "": they are for admins and for programs on this machine.
	MetricsToken string

	// Users and Sessions are asked with every request. They must answer while
	// the database is away: an agent whose line breaks then comes back.
	Users    Users
	Sessions scs.Store
	Floor    Floor
	Reports  Reports
	Desk     Desk

	// Any of these may be nil: its routes then answer that it is not configured.
	Talks      Talks
	Callers    Callers
	Callbacks  Callbacks
	Lost       Lost
	Rehearsals Rehearsals
	Outgoing   Outgoing // nil: no calls leave

	Supervision Supervision

	Trunks   Trunks
	Messages Messages
	Notices  Notices
	Tokens   Tokens
	Persons  Persons
	Keeping  Keeping
	Flow     Flow
	Prompts  Prompts
	Hearings Hearings

	Recordings Recordings
	Archive    Archive

	Audit Audit
	// CallerKey is what the audit calls a number that was looked for; nil: it does not.
	CallerKey func(number string) string
	Limits    Limits
	Walls     Walls

	// Alive returns why the event loop does not respond; nil: it does. It is asked
	// with a deadline.
	Alive func(context.Context) error
	// Ready returns the reasons why calls cannot be taken now; none: ready.
	Ready func(context.Context) []string
	// Warn returns the faults with which calls are still taken; nil: there are none.
	Warn func(context.Context) []string
	// Demo reports whether the database holds a simulated past, which every page then
	// says; nil: it does not.
	Demo func() bool
	// Metrics serves Prometheus; nil: there are none.
	Metrics http.Handler
	Logger  *slog.Logger // nil: slog.Default
}

// Answers that the interfaces below give; test with errors.Is.
var (
	ErrNotFound = errors.New("not found")
	ErrTaken    = errors.New("the name is taken")
	// ErrChanged: the object has changed since the asker saw it.
	ErrChanged = errors.New("it has changed meanwhile")
)

// Unfit is what is wrong with something that was sent: one sentence for the
// person who sent it. The interfaces below may give it as an error.
type Unfit string

func (u Unfit) Error() string { return string(u) }

// Role says what a user may do.
type Role string

// The roles. Supervisors and admins may also answer calls.
const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor"
	RoleAdmin      Role = "admin"
)

// User is a person who can sign in.
type User struct {
	Name     string   `json:"name"`
	Role     Role     `json:"role"`
	Queues   []string `json:"queues"` // the queues she serves, and of which a supervisor sees; empty: all
	Disabled bool     `json:"disabled"`
	Hash     string   `json:"-"` // of the password, as HashPassword makes it
	// FirstPassword: it was made for her, and she should choose her own.
	FirstPassword bool `json:"first_password"`
	// Epoch grows whenever her role or password changes, or she is disabled or
	// enabled: sessions of an earlier one have ended.
	Epoch int `json:"-"`

	Skills  map[string]int `json:"skills"`  // by name, the level from 1 to 10
	Weights map[string]int `json:"weights"` // of her queues, 1 to 10; none: the queue's own
}

// Scope returns the queues whose calls, callers, messages, agents and reports the
// user may see and change; none: all. An admin has all of them. What belongs to no
// queue, as a call that reached none, is for those who have all.
func (u User) Scope() []string {
	if u.Role == RoleAdmin {
		return nil
	}
	return u.Queues
}

// May reports whether the queue is in the user's Scope.
func (u User) May(queue string) bool {
	scope := u.Scope()
	return len(scope) == 0 || slices.Contains(scope, queue)
}

// Users keeps who can sign in.
type Users interface {
	User(ctx context.Context, name string) (User, error) // ErrNotFound
	Users(ctx context.Context) ([]User, error)
	CreateUser(ctx context.Context, u User) error // ErrTaken
	// SetUserHash sets the hash of a password. first: it was made for her.
	// ErrNotFound.
	SetUserHash(ctx context.Context, name, hash string, first bool) error
	SetUserRole(ctx context.Context, name string, role Role) error // ErrNotFound
	// SetUserWork sets the queues, skills and weights of the user of this name.
	// A desk that is open hears of it. ErrNotFound.
	SetUserWork(ctx context.Context, u User) error
	SetUserDisabled(ctx context.Context, name string, disabled bool) error // ErrNotFound
}

// Desk is the softphone's side of /desk and /listen.
type Desk interface {
	// Serve takes the websocket of an agent's page over, until it ends.
	Serve(w http.ResponseWriter, r *http.Request, a Agent)
	// ServeListener takes the websocket of a supervisor's page over, by which she listens
	// to talks, until it ends.
	ServeListener(w http.ResponseWriter, r *http.Request, l Listener)
	// Dismiss closes the page of an agent if the sign-in with which it was opened has
	// ended. It is called when one of the agent's sign-ins has.
	Dismiss(name string)
}

// Listener is the supervisor who opens a page to listen.
type Listener struct {
	Name   string
	Queues []string // whose talks she may hear; nil: all
	// Still reports whether the sign-in and these rights still hold.
	Still func(context.Context) bool
}

// Agent is the agent who opens a desk.
type Agent struct {
	Name    string
	Queues  []string
	Skills  map[string]int
	Weights map[string]int
	// Still reports whether the sign-in still holds.
	Still func(context.Context) bool
}

// Floor tells the callers and agents of this moment.
type Floor interface {
	Now(ctx context.Context) (Live, error)
	// Watch has changed called whenever Now would tell something new, until
	// stop is called. changed returns at once.
	Watch(changed func()) (stop func())
}

// Live is the floor at one moment.
type Live struct {
	Now    time.Time       `json:"now"`
	Queues []call.QueueNow `json:"queues"`
	Agents []call.AgentNow `json:"agents"`
	// Emergency is what callers hear before everything else; nil: nothing.
	Emergency *call.EmergencyNow `json:"emergency,omitempty"`
	// Figures count each queue; in the order of Queues.
	Figures []figures.Queue `json:"figures"`
	// InMenus counts the callers who have not reached a queue yet; nil: that is not
	// for the user, who may not see all queues.
	InMenus *int `json:"in_menus,omitempty"`
	// GaveUpInMenus are those of the last figures.GaveUpWithin; nil: nobody.
	GaveUpInMenus *report.GaveUp `json:"gave_up_in_menus"`
	// Warnings are faults with which calls are still taken.
	Warnings []Warning `json:"warnings"`
	// Reported is any number that changes whenever the reports know of a new
	// fact, so that a page knows when to ask for them again.
	Reported int64 `json:"reported"`
}

// Reports tells the past. All times are by arrival: a visit belongs to the
// moment at which the caller entered the queue.
type Reports interface {
	// Tallies counts the visits of a period, by queue, start of an interval and
	// outcome; interval 0: the period is one interval.
	Tallies(ctx context.Context, p report.Period, interval time.Duration) ([]report.Tally, error)
	// Thresholds tells by what each queue is measured, by the flow in force. The
	// first has no name: it is of queues that the flow does not have (any more),
	// and of all together.
	Thresholds() []report.Thresholds
	// CallCounts counts the calls whose first entry into a queue was in a period.
	CallCounts(ctx context.Context, p report.Period) (report.CallCounts, error)
	// Menus counts the calls of a period that reached no queue.
	Menus(ctx context.Context, p report.Period) (report.MenuCounts, error)
	// Calls lists single visits, or calls that reached no queue, newest first.
	Calls(ctx context.Context, f report.CallFilter) ([]report.Call, error)
	// QueuesOf returns the queues to which a call belongs; none: it reached none, or is
	// not known.
	QueuesOf(ctx context.Context, call string) ([]string, error)
	// Timeline lists what happened to a call, in order. ErrNotFound.
	Timeline(ctx context.Context, call string) ([]report.Fact, error)
	// TalkQuality tells how the talks of a call were heard, in order; none where
	// nothing was measured.
	TalkQuality(ctx context.Context, call string) ([]report.TalkQuality, error)
	// MenuNodes tells what happened at each node that callers entered in a
	// period, the most entered first.
	MenuNodes(ctx context.Context, p report.Period) ([]report.MenuNode, error)
	// Compliance measures a period against a compliance profile; "" means
	// those that the flow promises to keep. ErrNotFound: no such profile.
	Compliance(ctx context.Context, profile string, p report.Period) ([]report.Requirement, error)
}

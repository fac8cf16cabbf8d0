package outbound

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/time/rate"

	"presszero/call"
	"presszero/trunk"
)

// Carriers chooses over which trunk a call leaves and which number of ours it
// shows, and keeps account of what each trunk carries and how it answers.
//
//	number ─> route ─> trunks that can carry it now ─> the number shown there
//	                   (not tripped, a channel free, calls per second and day left)
//
// A trunk that has failed tripAfter times within tripWithin is passed over for
// tripFor, and gets one call then. It is safe for use by several goroutines.
type Carriers struct {
	mu     sync.Mutex
	book   *trunk.Book
	trunks map[string]*carrier
}

// When a trunk is passed over.
const (
	tripAfter  = 3
	tripWithin = 30 * time.Second
	tripFor    = 30 * time.Second
)

// Full reports whether a trunk carries more calls than it has channels.
func (c *Carriers) Full(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.book.Trunk(name)
	return t != nil && t.Limits.Channels > 0 && c.carrier(name).up > t.Limits.Channels
}

// AnswersFor is how long an answer counts in CarrierState.Answers.
const AnswersFor = 15 * time.Minute

// mostAnswers bounds the answers that are kept of one trunk.
const mostAnswers = 20_000

// carrier is what is known of one trunk.
type carrier struct {
	up      int           // calls, both ways
	began   calls         // by us, in 24 h
	bucket  *rate.Limiter // nil: no limit
	answers []answer      // to our calls, in the last AnswersFor

	failed  int       // in a row
	since   time.Time // when the first of these failed
	recent  []time.Time
	tripped time.Time // passed over until then
	trying  bool      // the one call after that is under way
	trouble string    // the last failure, in words

	lastIn, lastOut time.Time // good calls
	total           int64     // failures since the start
}

type answer struct {
	at    time.Time
	class string
}

// NewCarriers returns the account of the trunks in a book.
func NewCarriers(book *trunk.Book) *Carriers {
	c := &Carriers{trunks: map[string]*carrier{}}
	c.Use(book)
	return c
}

// Use takes another book. What is known of trunks that stay is kept.
func (c *Carriers) Use(book *trunk.Book) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.book = book
	for i := range book.Trunks {
		t := &book.Trunks[i]
		k := c.carrier(t.Name)
		k.bucket = nil
		if t.Limits.CallsPerSecond > 0 {
			k.bucket = rate.NewLimiter(rate.Limit(t.Limits.CallsPerSecond), max(1, int(t.Limits.CallsPerSecond)))
		}
	}
}

// Book returns the book in use. It must not be changed.
func (c *Carriers) Book() *trunk.Book {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.book
}

// carrier is made at first sight. c.mu is held.
func (c *Carriers) carrier(name string) *carrier {
	k := c.trunks[name]
	if k == nil {
		k = &carrier{}
		c.trunks[name] = k
	}
	return k
}

// Ways are how a call to a number in E.164 can leave now, the best first. None:
// no trunk can carry it now.
func (c *Carriers) Ways(now time.Time, to string, about call.Purpose) []call.Way {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ways []call.Way
	for _, name := range c.route(to) {
		t := c.book.Trunk(name)
		if t == nil || t.Server == "" || !c.carrier(name).canCarry(now, t.Limits) {
			continue
		}
		shown, withheld := c.shown(t, about)
		w := call.Way{Trunk: name, Number: t.Writes.Prefix + written(to, t.Writes.Out, c.book.Country), Ours: shown, Shown: written(shown, t.Writes.Out, c.book.Country),
			Withheld: withheld, Domain: t.Domain}
		if t.CallerID == trunk.InPPI {
			w.Header = "P-Preferred-Identity"
		}
		ways = append(ways, w)
	}
	return ways
}

// Emergency is the way of an emergency call: over the trunk that the book names
// for them, whatever its state. No trunk is named: false.
func (c *Carriers) Emergency(number string) (call.Way, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.book.Trunk(c.book.Emergency)
	if t == nil {
		return call.Way{}, false
	}
	shown, _ := c.shown(t, call.Purpose{})
	return call.Way{Trunk: t.Name, Number: number, Ours: shown, Shown: written(shown, t.Writes.Out, c.book.Country), Domain: t.Domain}, true
}

// route returns the names of the trunks that carry calls to a number.
func (c *Carriers) route(to string) []string {
	country, kind := kindOf(to)
	for _, r := range c.book.Routes {
		if slices.ContainsFunc(r.To, func(d trunk.Destination) bool {
			return (d.Country == "" || d.Country == country) && (d.Kind == "" || d.Kind == kind) && strings.HasPrefix(to, d.Prefix)
		}) {
			return r.Via
		}
	}
	if len(c.book.Routes) > 0 {
		return nil
	}
	var all []string
	for i := range c.book.Trunks {
		all = append(all, c.book.Trunks[i].Name)
	}
	return all
}

// kindOf returns the country and the kind of a number in E.164.
func kindOf(e164 string) (country, kind string) {
	n, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return "", ""
	}
	return phonenumbers.GetRegionCodeForNumber(n), types[phonenumbers.GetNumberType(n)].name
}

// shown is the number of ours, in E.164, that a call over t shows.
func (c *Carriers) shown(t *trunk.Trunk, about call.Purpose) (e164 string, withheld bool) {
	show := c.book.Show
	own := []string{show.Agents[about.Agent], show.Queues[about.Queue], about.Dialed, show.Default}
	if about.Agent == "" {
		own[0] = ""
	}
	for _, n := range own[:2] {
		if n != "" {
			withheld = n == trunk.Withheld
			break
		}
	}
	for _, n := range own {
		if n != "" && t.Owns(n) {
			return n, withheld
		}
	}
	switch {
	case len(t.Numbers) > 0:
		return t.Numbers[0].First, withheld
	case telephone(about.Dialed):
		return about.Dialed, withheld // no numbers are said to be ours
	}
	return "", withheld
}

func telephone(text string) bool {
	digits := strings.TrimPrefix(text, "+")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// written writes a number in E.164 as a trunk wants it. What is not in E.164, as
// an extension of a telephone system, stays as it is.
func written(e164 string, form trunk.Form, country string) string {
	digits, is := strings.CutPrefix(e164, "+")
	if !is {
		return e164
	}
	switch form {
	case trunk.FormInternational:
		return digits
	case trunk.FormNational:
		n, err := phonenumbers.Parse(e164, "")
		if err == nil && int(n.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(country) {
			return strings.Map(func(r rune) rune {
				if '0' <= r && r <= '9' {
					return r
				}
				return -1
			}, phonenumbers.Format(n, phonenumbers.NATIONAL))
		}
		return "00" + digits
	case trunk.Form00:
		return "00" + digits
	}
	return e164
}

// canCarry reports whether the trunk may be given a call now.
func (k *carrier) canCarry(now time.Time, l trunk.Limits) bool {
	switch {
	case now.Before(k.tripped), k.trying:
		return false
	case l.Channels > 0 && k.up >= l.Channels:
		return false
	case l.CallsPerDay > 0 && k.began.within(now, day) >= l.CallsPerDay:
		return false
	case k.bucket != nil && k.bucket.TokensAt(now) < 1:
		return false
	}
	return true
}

// Began counts a call that a trunk carries, until Ended.
func (c *Carriers) Began(now time.Time, name string, inbound bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.carrier(name)
	k.up++
	if inbound {
		k.lastIn = now
		return
	}
	k.began.forgetOld(now)
	k.began = append(k.began, now)
	if k.bucket != nil {
		k.bucket.AllowN(now, 1)
	}
	k.trying = !k.tripped.IsZero() // canCarry has let it through
}

// Ended takes back what Began has counted.
func (c *Carriers) Ended(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.carrier(name)
	k.up, k.trying = max(0, k.up-1), false
}

// answerText is the answer in words for operators, with what to do.
func answerText(a call.CarrierAnswer) string {
	switch a.SIP {
	case 0:
		return fmt.Sprintf("no answer, cause %d: the carrier is not reached; check its address, the network and the firewall", a.Cause)
	case 401, 407:
		return fmt.Sprintf("SIP %d: the carrier does not take our password; check user, auth_user and password", a.SIP)
	case 402:
		return "SIP 402: the account has no credit"
	case 403:
		return "SIP 403: the carrier refuses the call: the number shown is not ours there, the account is blocked, or all its channels are in use"
	case 408:
		return "SIP 408: the carrier does not answer; check its address, the network and the firewall"
	case 488, 606:
		return fmt.Sprintf("SIP %d: the carrier takes none of our codecs, or wants encryption (or none); check codecs and media", a.SIP)
	case 503:
		return "SIP 503: the carrier cannot be reached, has trouble, or shows a certificate that is not trusted (see Asterisk's messages.log)"
	}
	return fmt.Sprintf("SIP %d", a.SIP)
}

// Told takes the answer to a call of ours.
func (c *Carriers) Told(now time.Time, name string, a call.CarrierAnswer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.carrier(name)
	if a.Class != "" {
		k.answers = append(k.forget(now), answer{now, a.Class})
	}
	switch a.Class {
	case "failed":
		return
	case "trunk":
	default:
		k.failed, k.recent, k.tripped, k.trying, k.trouble, k.lastOut = 0, nil, time.Time{}, false, "", now
		return
	}
	if k.failed++; k.failed == 1 {
		k.since = now
	}
	k.total++
	k.trouble = answerText(a)
	k.recent = append(slices.DeleteFunc(k.recent, func(at time.Time) bool { return now.Sub(at) > tripWithin }), now)
	if len(k.recent) >= tripAfter || !k.tripped.IsZero() {
		k.tripped = now.Add(tripFor)
	}
}

// forget returns the answers that still count.
func (k *carrier) forget(now time.Time) []answer {
	i := 0
	for i < len(k.answers) && (now.Sub(k.answers[i].at) >= AnswersFor || len(k.answers)-i >= mostAnswers) {
		i++
	}
	return k.answers[i:]
}

// CarrierState is what is known of one trunk from its calls.
type CarrierState struct {
	Name     string         `json:"name"`
	Up       int            `json:"up"`       // calls now, both ways
	Channels int            `json:"channels"` // that the contract allows; 0: no limit
	Answers  map[string]int `json:"answers"`  // to our calls in the last AnswersFor, by class
	LastIn   time.Time      `json:"last_in"`  // when a call came in last; zero: not since the start
	LastOut  time.Time      `json:"last_out"` // when a call of ours was carried last; zero: not since the start
	Failed   int            `json:"failed"`   // calls of ours in a row that were not carried
	Since    time.Time      `json:"since"`    // when the first of these failed
	Tripped  bool           `json:"tripped"`  // passed over now
	Trouble  string         `json:"trouble"`  // the last failure and what to do; ""
	Total    int64          `json:"total"`    // failures since the start
}

// States returns the state of each trunk, in the order of the book.
func (c *Carriers) States(now time.Time) []CarrierState {
	c.mu.Lock()
	defer c.mu.Unlock()
	states := make([]CarrierState, len(c.book.Trunks))
	for i := range c.book.Trunks {
		t := &c.book.Trunks[i]
		k := c.carrier(t.Name)
		s := CarrierState{Name: t.Name, Up: k.up, Channels: t.Limits.Channels, Answers: map[string]int{}, LastIn: k.lastIn, LastOut: k.lastOut,
			Failed: k.failed, Since: k.since, Tripped: now.Before(k.tripped) || k.trying, Trouble: k.trouble, Total: k.total}
		for _, a := range k.forget(now) {
			s.Answers[a.class]++
		}
		states[i] = s
	}
	return states
}

// Warnings are sentences for operators about trunks that do not carry our calls.
func (c *Carriers) Warnings(now time.Time) []string {
	var what []string
	states := c.States(now)
	away, all := 0, 0
	for _, s := range states {
		if t := c.Book().Trunk(s.Name); t != nil && t.Server != "" {
			all++
		}
		switch {
		case s.Failed == 0:
			continue
		case s.Failed == 1:
			what = append(what, fmt.Sprintf("The trunk %s has refused the last outgoing call, at %s (%s)", s.Name, s.Since.Format("15:04"), s.Trouble))
		default:
			what = append(what, fmt.Sprintf("The trunk %s has refused the last %d outgoing calls, since %s (%s)", s.Name, s.Failed, s.Since.Format("15:04"), s.Trouble))
		}
		away++
	}
	if away > 0 && away == all {
		what = append(what, "No trunk carries outgoing calls now; callbacks are kept and tried again")
	}
	return what
}

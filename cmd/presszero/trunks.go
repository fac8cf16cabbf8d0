package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"presszero/asterisk"
	"presszero/asterisk/private"
	"presszero/number"
	"presszero/outbound"
	"presszero/trunk"
)

// readBook reads which trunks there are: those of the file TRUNKS, or the one that
// TRUNK names, or none. text is the file's.
func (s Settings) readBook() (book *trunk.Book, text []byte, err error) {
	if s.Trunks == "" {
		return s.simpleBook(), nil, nil
	}
	if text, err = os.ReadFile(s.Trunks); err != nil {
		return nil, nil, fmt.Errorf("the file of trunks (PRESSZERO_TRUNKS) cannot be read: %w", err)
	}
	book, err = s.parseBook(text)
	return book, text, err
}

func (s Settings) parseBook(text []byte) (*trunk.Book, error) {
	book, err := trunk.Parse(s.Trunks, text, trunk.Country(s.Country))
	if err != nil {
		return nil, err
	}
	if s.Country != "" && book.Country != s.Country {
		return nil, fmt.Errorf("PRESSZERO_COUNTRY is %s, but %s says country: %s; they must be the same, or one of them left out", s.Country, s.Trunks, book.Country)
	}
	for _, from := range s.CallersFrom {
		n, _ := network(from) // check has read it
		for _, t := range book.Trunks {
			if i := slices.IndexFunc(t.From, func(f trunk.Source) bool { return f.Port == 0 && f.Network.Overlaps(n) }); i >= 0 {
				return nil, fmt.Errorf("calls from %s may be of the trunk %s (%s:%d) or of PRESSZERO_CALLERS_FROM; take it out of one of them", t.From[i], t.Name, s.Trunks, t.Line)
			}
		}
	}
	return book, nil
}

// simpleBook has the trunk of TRUNK, which has our OWN_NUMBERS.
func (s Settings) simpleBook() *trunk.Book {
	book := &trunk.Book{Country: s.Country}
	if s.Trunk == "" {
		return book
	}
	t := trunk.Simple(s.Trunk)
	for _, own := range s.ownNumbers() {
		t.Numbers = append(t.Numbers, trunk.Range{First: own, Last: own})
	}
	if len(t.Numbers) > 0 {
		book.Show.Default = t.Numbers[0].First
	}
	book.Trunks = []trunk.Trunk{t}
	return book
}

// leaves reports whether a trunk carries calls to the outside.
func leaves(book *trunk.Book) bool {
	return slices.ContainsFunc(book.Trunks, func(t trunk.Trunk) bool { return t.Server != "" })
}

// lastGood is where the file of trunks is kept that was taken last.
func (s Settings) lastGood() string { return s.path("trunks.good.yaml") }

// goodBook is readBook, or the book that was taken last if the file must not be
// used. trouble then says why.
func (s Settings) goodBook() (book *trunk.Book, trouble, err error) {
	book, text, err := s.readBook()
	if err == nil {
		if text != nil {
			err = rewrite(s.lastGood(), text)
		}
		return book, nil, err
	}
	text, noFile := os.ReadFile(s.lastGood())
	if s.Trunks == "" || noFile != nil {
		return nil, nil, err
	}
	if book, stillBad := s.parseBook(text); stillBad == nil {
		return book, err, nil
	}
	return nil, nil, err
}

// privateAsterisk describes the Asterisk that we start, with these trunks.
func (s Settings) privateAsterisk(book *trunk.Book, password string) private.Config {
	c := private.Config{Dir: s.path("asterisk"), SIPAddr: s.SIPAddr, TLSAddr: s.SIPTLSAddr, RTPPorts: s.RTPPorts, PublicIP: s.PublicIP,
		ARIUser: s.ARIUser, ARIPassword: password, App: app, SoundsDir: s.path("sounds"),
		CallersFrom: append([]string{}, s.CallersFrom...), Trunks: book.Trunks, TLS: book.TLS, FallbackAfter: s.FallbackAfter}
	carriers, reader := outbound.NewCarriers(book), s.reader(book)
	for _, to := range s.FallbackTo {
		ways := carriers.Ways(time.Time{}, reader.One(to), outbound.About{})
		if len(ways) == 0 {
			continue
		}
		c.FallbackMembers = append(c.FallbackMembers, private.Member{Number: ways[0].Number, Trunk: ways[0].Trunk, Shown: ways[0].Shown})
	}
	return c
}

// reader reads numbers as they are written where we are. The country has been
// checked before.
func (s Settings) reader(book *trunk.Book) number.Reader {
	r, _ := number.New(book.Country)
	return r
}

// trunks are the carriers at work: which there are, how they are, and their change
// while calls go on.
type trunks struct {
	settings Settings
	password string
	log      *slog.Logger

	carriers *outbound.Carriers
	policy   *outbound.Policy // nil: no calls leave
	now      func() time.Time

	changing sync.Mutex // one change at a time

	mu        sync.Mutex
	reader    number.Reader
	standings map[string]private.TrunkStanding
	seen      time.Time // when these were asked for; zero: not yet
	trouble   error     // why the file is not in force; nil: it is
}

// openTrunks reads the trunks. policy is set by the caller.
func openTrunks(s Settings, password string, log *slog.Logger) (*trunks, error) {
	book, trouble, err := s.goodBook()
	if err != nil {
		return nil, err
	}
	if trouble != nil {
		log.Error("the file of trunks must not be used; the trunks of before stay", "err", trouble)
	}
	return &trunks{settings: s, password: password, log: log, carriers: outbound.NewCarriers(book), now: time.Now,
		reader: s.reader(book), trouble: trouble}, nil
}

// owns reports whether a number in E.164 is ours.
func (t *trunks) owns(e164 string) bool { return t.carriers.Book().Owns(e164) }

// number reads a number as the trunk writes it, over which it has come.
func (t *trunks) number(over, written string) string {
	t.mu.Lock()
	reader := t.reader
	t.mu.Unlock()
	if c := t.carriers.Book().Trunk(over); c != nil {
		switch c.Writes.In {
		case trunk.FormInternational:
			return reader.International(written)
		case trunk.FormNational:
			return reader.National(written)
		}
	}
	return reader.One(written)
}

// Ways implements asterisk.Carriers.
func (t *trunks) Ways(to string, about asterisk.About) []asterisk.Way {
	if t.policy != nil {
		if emergency, may := t.policy.Emergency(to); may {
			if w, ok := t.carriers.Emergency(emergency); ok {
				return []asterisk.Way{asterisk.Way(w)}
			}
		}
	}
	about.Dialed = t.number("", about.Dialed)
	var ways []asterisk.Way
	for _, w := range t.carriers.Ways(t.now(), to, outbound.About(about)) {
		ways = append(ways, asterisk.Way(w))
	}
	return ways
}

// Began implements asterisk.Carriers.
func (t *trunks) Began(name string, inbound bool) { t.carriers.Began(t.now(), name, inbound) }

// Ended implements asterisk.Carriers.
func (t *trunks) Ended(name string) { t.carriers.Ended(name) }

// Told implements asterisk.Carriers.
func (t *trunks) Told(name string, a asterisk.CarrierAnswer) {
	t.carriers.Told(t.now(), name, outbound.Answer(a))
}

// In implements asterisk.Carriers.
func (t *trunks) In(name string) asterisk.Inbound {
	c := t.carriers.Book().Trunk(name)
	if c == nil {
		return asterisk.Inbound{Trust: true}
	}
	return asterisk.Inbound{LeadIn: c.LeadIn, DialledIn: c.DialledIn, Trust: c.Trust}
}

// reload takes a file of trunks that has changed, while calls go on. A file that
// must not be used changes nothing. changed reports whether there was a change.
func (t *trunks) reload(ctx context.Context) (changed bool, err error) {
	t.changing.Lock()
	defer t.changing.Unlock()
	if t.settings.Trunks == "" {
		return false, nil
	}
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.trouble = err
	}()
	book, text, err := t.settings.readBook()
	if err != nil {
		return false, err
	}
	if leaves(book) != (t.policy != nil) {
		return false, errors.New("with this file calls would begin to leave, or cease to; that needs a restart")
	}
	before, _ := os.ReadFile(t.settings.lastGood())
	if t.settings.ARIURL != "" && t.ours() {
		if err := private.Reload(ctx, t.settings.privateAsterisk(book, t.password), t.reloadModule); err != nil {
			// Asterisk goes on with what it has of before; the file that it had is
			// written again, so that its next start is a good one.
			if old, bad := t.settings.parseBook(before); bad == nil {
				err = errors.Join(err, private.Reload(ctx, t.settings.privateAsterisk(old, t.password), t.reloadModule))
			}
			return false, err
		}
	}
	t.carriers.Use(book)
	t.mu.Lock()
	t.reader = t.settings.reader(book)
	t.mu.Unlock()
	return string(before) != string(text), rewrite(t.settings.lastGood(), text)
}

// ours reports whether the Asterisk is the one that `presszero up` has started.
func (t *trunks) ours() bool { return exists(t.settings.path("asterisk", "run", "asterisk.ctl")) }

// reloadModule has Asterisk read the settings of a module again.
func (t *trunks) reloadModule(ctx context.Context, module string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, t.settings.ARIURL+"/asterisk/modules/"+url.PathEscape(module), nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(t.settings.ARIUser, t.password)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("ARI answers %s", resp.Status)
	}
	return nil
}

// standingsEvery is how often Asterisk is asked how its trunks are.
const standingsEvery = 3 * time.Second

// watch asks Asterisk how its trunks are until ctx ends.
func (t *trunks) watch(ctx context.Context) {
	tick := time.NewTicker(standingsEvery)
	defer tick.Stop()
	for {
		if len(t.carriers.Book().Trunks) > 0 && t.ours() {
			t.look(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (t *trunks) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	found, err := private.TrunkStandings(ctx, t.settings.path("asterisk"))
	if err != nil {
		return // that Asterisk is away is told elsewhere
	}
	t.mu.Lock()
	before := t.standings
	t.standings, t.seen = found, t.now()
	t.mu.Unlock()
	for name, s := range found {
		if was := before[name]; before != nil && (s.Registration != was.Registration || s.Reach != was.Reach) {
			t.log.Info("a trunk's state has changed", "trunk", name, "registration", s.Registration, "was", was.Registration, "reach", s.Reach, "reach was", was.Reach)
		}
	}
}

// warnings are sentences for operators about trunks.
func (t *trunks) warnings() []string {
	what := t.carriers.Warnings(t.now())
	if trouble := t.fileTrouble(); trouble != nil {
		what = append(what, fmt.Sprintf("The file of trunks, %s, must not be used, and the trunks of before are in force: %v", t.settings.Trunks, trouble))
	}
	book := t.carriers.Book()
	for i := range book.Trunks {
		if s, known := t.standing(book.Trunks[i].Name); known {
			what = append(what, t.standingTrouble(&book.Trunks[i], s)...)
		}
	}
	return what
}

func (t *trunks) fileTrouble() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.trouble
}

// standing is how Asterisk stands with a trunk; known is false before it has been
// asked.
func (t *trunks) standing(name string) (s private.TrunkStanding, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.standings[name], !t.seen.IsZero()
}

// standingTrouble says in sentences what is wrong with a trunk, and what to do.
func (t *trunks) standingTrouble(c *trunk.Trunk, s private.TrunkStanding) (what []string) {
	if c.SignIn == trunk.Register && !s.Registered {
		what = append(what, fmt.Sprintf("The trunk %s is not registered (%s), so callers cannot reach us over it: %s", c.Name, registrationText(s), t.registrationHelp(c, s)))
	}
	if s.Reach == "Unavail" {
		what = append(what, fmt.Sprintf("The trunk %s does not answer OPTIONS at %s, so calls cannot leave over it: check its address, transport, the network and the firewall, or set check: 0s if it never answers OPTIONS", c.Name, c.Server))
	}
	return what
}

func registrationText(s private.TrunkStanding) string {
	switch s.Registration {
	case "":
		return "Asterisk does not have it"
	case "Registered":
		return "it has run out, and the registrar does not answer"
	}
	return strings.ToLower(s.Registration)
}

// logTail is how much of Asterisk's log is searched for a registrar's answer.
const logTail = 256 << 10

// registrationHelp says what to do, from what Asterisk logs of the last attempt.
func (t *trunks) registrationHelp(c *trunk.Trunk, s private.TrunkStanding) string {
	if s.Registration != "Rejected" {
		return "it is being tried"
	}
	why, known := private.RegistrationTrouble(tailOf(t.settings.path("asterisk", "log", "messages.log"), logTail), *c)
	switch {
	case !known:
		return "check server, user, auth_user and password"
	case why.Certificate != "":
		return fmt.Sprintf("its certificate is not accepted (%s); %s", why.Certificate, certificateHelp(why.Certificate))
	case why.SIP == 0:
		return fmt.Sprintf("%s does not answer; check server, transport, the network and the firewall", cmp.Or(c.Proxy, c.Server))
	case slices.Contains([]int{401, 403, 407}, why.SIP):
		return fmt.Sprintf("the carrier refuses the sign-in (SIP %d); check user, auth_user and password, and whether the account is blocked", why.SIP)
	case why.SIP == 404:
		return "the carrier does not know the account (SIP 404); check user and domain"
	case why.SIP >= 500:
		return fmt.Sprintf("the registrar has trouble of its own (SIP %d); it is tried again every 30 s", why.SIP)
	}
	return fmt.Sprintf("the registrar answers SIP %d", why.SIP)
}

// certificateHelp says what to do about a carrier's certificate, of which Asterisk
// says what is wrong.
func certificateHelp(fault string) string {
	switch {
	case strings.Contains(fault, "identity"):
		return "write as server, or proxy, the name that the certificate is for"
	case strings.Contains(fault, "expired"):
		return "check this machine's clock, and else ask the carrier for a new one"
	}
	return "if it is from an authority of its own, name that with tls: {authorities: FILE}"
}

// tailOf is the end of a file; "" if it cannot be read.
func tailOf(path string, most int64) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > most {
		_, _ = f.Seek(-most, io.SeekEnd)
	}
	text, _ := io.ReadAll(io.LimitReader(f, most))
	return string(text)
}

// failures are the outgoing calls that a trunk of ours has not carried, attempt by
// attempt, since the start.
func (t *trunks) failures() (n int64) {
	for _, s := range t.carriers.States(t.now()) {
		n += s.Total
	}
	return n
}

// reloadTrunks takes a changed file of trunks.
func (p *program) reloadTrunks(ctx context.Context) (changed bool, err error) {
	changed, err = p.trunks.reload(ctx)
	switch {
	case err != nil:
		p.log.Error("the file of trunks must not be used; the trunks of before stay", "err", err)
	case changed:
		p.log.Info("trunks reloaded", "file", p.Trunks)
	}
	return changed, err
}

package controller

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"presszero/asterisk/private"
	"presszero/trunk"
	"presszero/web"
)

// standingsEvery is how often Asterisk is asked how its trunks are.
const standingsEvery = 3 * time.Second

// watch asks Asterisk how its trunks are until ctx ends.
func (t *trunks) watch(ctx context.Context) {
	tick := time.NewTicker(standingsEvery)
	defer tick.Stop()
	for {
		if len(t.carriers.Book().Trunks) > 0 && t.isPrivate() {
			t.refreshStandings(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (t *trunks) refreshStandings(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	found, err := private.TrunkStandings(ctx, t.settings.Path("asterisk"))
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
func (t *trunks) warnings() (what []trouble) {
	if wrong := t.fileTrouble(); wrong != nil {
		what = append(what, trouble{web.AboutTrunk, "file of trunks", fmt.Sprintf("The file of trunks, %s, has errors; the last good trunks stay in force. Correct the file and send SIGHUP to the controller: %v", t.settings.Trunks, wrong)})
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
func (t *trunks) standingTrouble(c *trunk.Trunk, s private.TrunkStanding) (what []trouble) {
	if c.SignIn == trunk.Register && !s.Registered {
		what = append(what, trouble{web.AboutTrunk, "registration of " + c.Name, fmt.Sprintf("The trunk %s is not registered (%s), so callers cannot reach us over it: %s", c.Name, registrationText(s), t.registrationHelp(c, s))})
	}
	if s.Reach == "Unavail" {
		what = append(what, trouble{web.AboutTrunk, "answers of " + c.Name, fmt.Sprintf("The trunk %s does not answer OPTIONS at %s, so calls cannot leave over it: check its address, transport, the network and the firewall, or set check: 0s if it never answers OPTIONS", c.Name, c.Server)})
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
	why, known := private.RegistrationTrouble(tailOf(t.settings.Path("asterisk", "log", "messages.log"), logTail), *c)
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

package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"presszero/internal/carrier"
	"presszero/internal/customer"
)

// A carrier goes silent, refuses, or loses our registration; the file of trunks
// changes. Calls that are up go on, and what one trunk does not carry goes over
// the next.
var trunkModes = []Mode{
	{Name: "registration-lost", Deed: "the carrier's registrar answers 503, then loses its memory, then is killed and back; calls over it are up", Crowd: 8, Bounds: usual, play: registrationLost},
	{Name: "trunk-silent", Deed: "the first trunk on the route answers nothing at all any more; callbacks go over the second", Crowd: 15, Bounds: usual,
		play: func(s *scene) {
			firstFails(s, "does not answer OPTIONS", carrier.Mood{Method: "INVITE", Silence: true},
				carrier.Mood{Method: "OPTIONS", Silence: true}, carrier.Mood{Method: "REGISTER", Silence: true})
		}},
	{Name: "trunk-503", Deed: "the first trunk on the route answers each call with 503; callbacks go over the second", Crowd: 15, Bounds: usual,
		play: func(s *scene) { firstFails(s, "SIP 503", carrier.Mood{Method: "INVITE", Status: 503}) }},
	{Name: "trunk-403", Deed: "the first trunk on the route answers each call with 403; callbacks go over the second", Crowd: 15, Bounds: usual,
		play: func(s *scene) { firstFails(s, "SIP 403", carrier.Mood{Method: "INVITE", Status: 403}) }},
	{Name: "certificate-bad", Deed: "the first trunk on the route shows a certificate of an unknown authority, until it is replaced", Crowd: 15, Bounds: usual, play: certificateBad},
	{Name: "reload-under-50-calls", Deed: "the file of trunks changes under 50 callers, to a good one and to a broken one in turn", Crowd: 50, Rounds: 10, Bounds: usual, play: reloaded},
}

// carrierIP is where the carrier is: calls from there are of no network of the
// callers, and so of the carrier only if it can prove it.
const carrierIP = "127.0.0.9"

// ownTrunkAlone is a file of trunks that has only the trunk of the ground.
func (g *Ground) ownTrunkAlone() string { return "trunks:\n" + entry(g.trunk.phone.Addr().String()) }

func entry(addr string) string {
	return fmt.Sprintf("  trunk:\n    server: %s\n    codecs: [ulaw, alaw]\n    limits: {check: 0s}\n", addr)
}

func (g *Ground) writeTrunks(text string) error { return os.WriteFile(g.Trunks, []byte(text), 0o600) }

// startCarrier runs a carrier with which we have an account, until the end of the
// mode. The telephones of its network are answered as those of the ground.
func (s *scene) startCarrier(change func(*carrier.Config)) *carrier.Carrier {
	config := carrier.Config{
		Dir: filepath.Join(s.Dir, "carrier"), Cache: s.Cache, Addr: carrierIP + ":0",
		Account: carrier.Account{Number: s.own, Password: "secret"},
		Demand:  carrier.Demand{Register: true, Digest: true},
		Sound:   hello(),
		OnCall: func(r carrier.Received) {
			if r.Call != nil {
				s.trunk.holdCall(r.Call)
			}
		},
	}
	change(&config)
	k, err := carrier.Start(s, config)
	s.require(err)
	s.finally(k.Stop)
	return k
}

// trunkTest is a mode with a carrier before the trunk of the ground.
type trunkTest struct {
	*scene
	carrier *carrier.Carrier
}

func newTrunkTest(s *scene, change func(*carrier.Config)) *trunkTest {
	return &trunkTest{scene: s, carrier: s.startCarrier(change)}
}

// beforeOurs is the file in which calls go over the carrier, and over the trunk of
// the ground what it does not carry.
func (t *trunkTest) beforeOurs() string {
	k := t.carrier
	password := filepath.Join(t.Dir, "carrier.password")
	t.require(os.WriteFile(password, []byte(k.Config().Account.Password), 0o600))
	ours := entry(t.trunk.phone.Addr().String())
	if k.Config().Demand.TLS {
		return fmt.Sprintf("tls: {authorities: %q}\n", k.Authorities()) +
			carrierFirst(k.Config().Account, "tls", "encrypt", k.Addr("tls"), password, ours)
	}
	return carrierFirst(k.Config().Account, "udp", "plain", k.Addr("udp"), password, ours)
}

func carrierFirst(a carrier.Account, transport, media, addr, password, ours string) string {
	return fmt.Sprintf(`trunks:
  carrier:
    sign_in: register
    server: %s
    domain: %s
    transport: %s
    media: %s
    user: %q
    password: {file: %q}
    caller_id: pai
    codecs: [ulaw, alaw]
    limits: {check: 5s, expiry: 60s}
    numbers: [%q]
%sroutes:
  - {to: ["*"], via: [carrier, trunk]}
`, addr, a.Domain, transport, media, a.User, password, a.Number, ours)
}

// useTrunks puts a file of trunks in place and waits until it is in force. At the
// end of the mode the ground's own is again.
func (t *trunkTest) useTrunks(text string) {
	t.finally(func() {
		if err := t.changeTrunks(t.ownTrunkAlone()); err != nil || !t.waitedFor(20*time.Second, func() bool { return t.inForce(t.ownTrunkAlone()) }) {
			t.failed("the file of trunks of before is not in force again: %v", err)
		}
	})
	t.require(t.changeTrunks(text))
	t.waitFor(20*time.Second, "the file of trunks is in force", func() bool { return t.inForce(text) })
}

// changeTrunks writes the file of trunks and has it read.
func (t *trunkTest) changeTrunks(text string) error {
	if err := t.writeTrunks(text); err != nil {
		return err
	}
	serve, err := t.processID(controller)
	if err != nil {
		return err
	}
	return signal(syscall.SIGHUP, serve)
}

// inForce reports whether a file of trunks is the one that was taken last.
func (t *trunkTest) inForce(text string) bool {
	good, err := os.ReadFile(filepath.Join(t.Dir, "trunks.good.yaml"))
	return err == nil && string(good) == text
}

// waitWarning waits until /readyz tells operators this, and returns the sentence.
func (t *trunkTest) waitWarning(limit time.Duration, text string) (sentence string) {
	t.waitFor(limit, fmt.Sprintf("/readyz warns of %q", text), func() bool {
		sentence = t.warning(text)
		return sentence != ""
	})
	return sentence
}

// waitNoWarning waits until it no longer does.
func (t *trunkTest) waitNoWarning(limit time.Duration, text string) {
	t.waitFor(limit, fmt.Sprintf("/readyz no longer warns of %q", text), func() bool {
		said, err := t.warnings(t)
		return err == nil && !strings.Contains(strings.Join(said, "\n"), text)
	})
}

func (t *trunkTest) warning(text string) string {
	said, _ := t.warnings(t)
	for _, sentence := range said {
		if strings.Contains(sentence, text) {
			return sentence
		}
	}
	return ""
}

// ringsOnce finds out at the end of the mode whether a telephone has rung more
// often than it was called. Steps that are added later are undone before.
func (t *trunkTest) ringsOnce() {
	k := t.carrier
	before := t.trunk.ringsByNumber()
	t.finally(func() {
		rings := t.trunk.ringsByNumber()
		for number, n := range before {
			rings[number] -= n
		}
		for _, r := range k.Calls() {
			if r.Outcome == 200 || r.Outcome == 487 { // answered, or given up
				rings[r.Number]++
			}
		}
		for number, n := range rings {
			dialled := 0
			if n > 0 && !t.waitedFor(20*time.Second, func() bool {
				err := t.db.QueryRowContext(t, `SELECT count(*) FROM callback_attempt a JOIN report.callback b USING (callback_id) WHERE b.number = $1`, number).Scan(&dialled)
				return err == nil && n <= dialled
			}) {
				t.noteFigure("the telephone of %s rang %d times, and was called %d times", number, n, dialled)
				t.addDoubled(n - dialled)
			}
		}
	})
}

// overTrunk counts the callbacks that have reached their person over a trunk.
func (t *trunkTest) overTrunk(name string, since time.Time) (n int) {
	_ = t.db.QueryRowContext(t, `SELECT count(*) FROM report.callback WHERE trunk = $1 AND connected_at >= $2`, name, since).Scan(&n)
	return n
}

// enough callbacks over the second trunk show that the first is not missed.
const enough = 5

// waitOverSecond waits until enough callbacks have gone over the second trunk.
func (t *trunkTest) waitOverSecond(since time.Time) {
	t.waitFor(time.Minute, "a callback has gone over the second trunk", func() bool { return t.overTrunk("trunk", since) > 0 })
	t.noteFigure("the first callback over the second trunk reached its person %s after", Millis(time.Since(since)))
	t.waitFor(time.Minute, fmt.Sprintf("%d callbacks have gone over the second trunk", enough), func() bool { return t.overTrunk("trunk", since) >= enough })
}

// firstFails: the carrier carries callbacks, and then fails. Every promise is kept,
// over the second trunk.
func firstFails(s *scene, warning string, moods ...carrier.Mood) {
	t := newTrunkTest(s, func(*carrier.Config) {})
	k := t.carrier
	t.useTrunks(t.beforeOurs())
	_, err := k.WaitRegistered(s.withinMoments())
	s.require(err)
	t.ringsOnce()
	began := time.Now()
	c := s.askers(s.options.Callers)
	s.waitFor(time.Minute, "a callback has gone over the first trunk", func() bool { return t.overTrunk("carrier", began) > 0 })
	c.strike(1, func() {
		at, had := time.Now(), len(k.Calls())
		for _, m := range moods {
			s.require(k.Mood(m))
		}
		t.waitWarning(time.Minute, warning)
		s.noteFigure("/readyz warned of it after %s", Millis(time.Since(at)))
		t.waitOverSecond(at)
		tried, took := len(k.Calls())-had, time.Since(at)
		s.noteFigure("%d calls of us came to the trunk that fails, in %s", tried, Millis(took))
		// Three until it is passed over, and one each time after that, beside those
		// that are made at the same moment.
		if most := 3 + len(c.posts()) + int(took/(30*time.Second)); tried > most {
			s.failed("the trunk that fails was tried with %d calls, and not passed over after some %d", tried, most)
		}
		s.require(k.Good())
	})
}

// certificateBad: no call goes to a server whose certificate proves nothing, and
// operators are told why. Once the certificate is good, the trunk is used without
// anybody's help.
func certificateBad(s *scene) {
	demand := carrier.Demand{Register: true, Digest: true, TLS: true, SRTP: true}
	t := newTrunkTest(s, func(c *carrier.Config) { c.Demand, c.Certificate = demand, carrier.CertificateUnknown })
	k := t.carrier
	at := time.Now()
	t.useTrunks(t.beforeOurs())
	s.noteFigure("/readyz said after %s: %s", Millis(time.Since(at)), t.waitWarning(20*time.Second, "its certificate is not accepted"))
	t.ringsOnce()
	c := s.askers(s.options.Callers)
	c.strike(1, func() {
		t.waitOverSecond(time.Now())
		if n := len(k.Calls()); n > 0 {
			s.failed("%d calls went to who may be anybody", n)
		}
		addr := k.Addr("tls")
		k.Stop()
		at = time.Now()
		t.carrier = s.startCarrier(func(c *carrier.Config) { c.Demand, c.Addr = demand, addr })
		ctx, cancel := context.WithTimeout(s, time.Minute)
		defer cancel()
		_, err := t.carrier.WaitRegistered(ctx)
		s.require(err)
		t.waitNoWarning(20*time.Second, "not registered")
		s.noteFigure("with a good certificate it was registered after %s", Millis(time.Since(at)))
	})
}

// registrationLost: a registration comes back without anybody's help, and talks
// go on meanwhile.
func registrationLost(s *scene) {
	// Asterisk renews 10 s before the end.
	t := newTrunkTest(s, func(c *carrier.Config) { c.Expiry = 20 * time.Second })
	k := t.carrier
	t.useTrunks(t.beforeOurs())
	_, err := k.WaitRegistered(s.withinMoments())
	s.require(err)
	t.ringsOnce()
	a := s.signInAgent()
	number := s.Ground.numbers()
	in, err := k.Call(s.withinMoments(), s.own, carrier.CallOptions{From: number, Sound: customer.Sound{Tone: callerTone}})
	s.require(err)
	h := s.remember(in, number)
	_, err = h.call.WaitTone(s.withinMoments(), menuTone)
	s.require(err)
	_, err = h.call.Press(s, '0')
	s.require(err)
	s.acceptNext(a)
	s.hearEachOther(h, a)
	began := time.Now()
	s.crowd(s.options.Callers).strike(s.options.Rounds, t.loseRegistration)
	s.hearEachOther(h, a)
	s.noteGap(h.call.LongestGap(began, time.Time{}), h.number)
	s.require(h.hangUp())
	s.waitOutcome(h, "answered")
	s.endWrapUp(a)
	s.signOut(a)
}

// loseRegistration takes the registration away in three ways, and holds that it
// is warned of and comes back.
func (t *trunkTest) loseRegistration() {
	log := filepath.Join(t.Dir, "asterisk", "log", "messages.log")
	before, _ := os.Stat(log)
	t.require(t.carrier.Mood(carrier.Mood{Method: "REGISTER", Status: 503, RetryAfter: 5 * time.Second}))
	t.waitFor(30*time.Second, "Asterisk knows that the registrar has answered 503", func() bool { return refusedRegister.Match(newIn(log, before)) })
	knew := time.Now()
	sentence := t.waitWarning(20*time.Second, "The trunk carrier is not registered")
	late := time.Since(knew)
	if t.noteFigure("/readyz said %s after Asterisk's knowing: %s", Millis(late), sentence); late > 5*time.Second {
		t.failed("/readyz warned %s after Asterisk's knowing; 5 s are promised", Millis(late))
	}
	t.require(t.carrier.Good())
	good := time.Now()
	t.waitNoWarning(20*time.Second, "not registered")
	t.noteFigure("/readyz no longer warned %s after the end of the 503", Millis(time.Since(good)))
	t.require(t.carrier.Forget())
	t.registeredAgain("the loss of its memory")
	t.require(t.carrier.Restart(t))
	t.registeredAgain("the kill")
	t.waitNoWarning(20*time.Second, "not registered")
}

// refusedRegister is what Asterisk logs of a registration that was refused.
var refusedRegister = regexp.MustCompile(`503.*on registration attempt to`)

// newIn is what was written to a file since.
func newIn(name string, since os.FileInfo) []byte {
	text, err := os.ReadFile(name)
	if err != nil || since == nil || int64(len(text)) < since.Size() {
		return text
	}
	return text[since.Size():]
}

// registeredAgain waits until the carrier knows where we are.
func (t *trunkTest) registeredAgain(what string) {
	at := time.Now()
	ctx, cancel := context.WithTimeout(t, 40*time.Second)
	defer cancel()
	_, err := t.carrier.WaitRegistered(ctx)
	t.require(err)
	t.noteFigure("registered again %s after %s", Millis(time.Since(at)), what)
}

// reloaded: a good file is taken, a broken one changes nothing, and talks go on
// undisturbed.
func reloaded(s *scene) {
	t := newTrunkTest(s, func(*carrier.Config) {})
	k := t.carrier
	good := t.beforeOurs()
	t.useTrunks(good)
	_, err := k.WaitRegistered(s.withinMoments())
	s.require(err)
	t.ringsOnce()
	goods, broken := changes(good)
	settings := filepath.Join(s.Dir, "asterisk", "etc", "pjsip.conf")
	const warning = "The file of trunks"
	n := 0
	s.askers(s.options.Callers).strike(s.options.Rounds, func() {
		i := n / 2 % len(goods)
		if n++; n%2 == 1 {
			s.require(t.changeTrunks(goods[i]))
			s.waitFor(20*time.Second, "the good file is in force", func() bool { return t.inForce(goods[i]) })
			t.waitNoWarning(20*time.Second, warning)
			return
		}
		before, err := os.ReadFile(settings)
		s.require(err)
		s.require(t.changeTrunks(broken[i]))
		t.waitWarning(20*time.Second, warning)
		if after, err := os.ReadFile(settings); err != nil || string(after) != string(before) || !t.inForce(goods[i]) {
			s.failed("a broken file has changed something: %v", err)
		}
	})
	if _, ok := k.Registered(); !ok {
		s.failed("after it we were not registered")
	}
	s.noteFigure("%d callbacks went over the carrier, %d over the other trunk", t.overTrunk("carrier", s.began), t.overTrunk("trunk", s.began))
}

// changes are files that take the place of one, and as many that must not be used.
func changes(good string) (goods, broken []string) {
	change := strings.NewReplacer
	goods = []string{
		change("[ulaw, alaw]", "[alaw, ulaw]").Replace(good),                               // of the endpoints
		change("check: 5s", "check: 10s, channels: 500").Replace(good),                     // of the contacts, and none of Asterisk's
		change("expiry: 60s", "expiry: 90s").Replace(good),                                 // of the registration
		change("via: [carrier, trunk]", "via: [trunk, carrier]").Replace(good),             // of the routes alone
		change("caller_id: pai", "caller_id: ppi", "check: 0s", "check: 5s").Replace(good), // of all
	}
	broken = []string{
		change("codecs", "codec").Replace(good),
		"trunks: {\n",
		change("carrier.password", "no.password").Replace(good),
		change("via: [carrier, trunk]", "via: [carier, trunk]").Replace(good),
		change("transport: udp", "transport: tls").Replace("tls: {authorities: nowhere.pem}\n" + good),
	}
	return goods, broken
}

package wholetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/carrier"
	"presszero/internal/carrier/carriertest"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
)

// twoCarriers is a program with two trunks: flex, where we register over TLS, with
// voice encrypted, and gate, which knows us by a password.
type twoCarriers struct {
	*building
	flex, gate *carrier.Carrier
	file       string
	text       string // of the file
	who        abroad
	a          *deskclient.Client
}

func newTwoCarriers(t *testing.T) *twoCarriers {
	c := &twoCarriers{who: awake(t), file: filepath.Join(t.TempDir(), "trunks.yaml")}
	own := func(i int) string { return c.who.first[:len(c.who.first)-2] + fmt.Sprint(90+i) }
	c.flex = carriertest.Start(t, func(k *carrier.Config) {
		k.Sound = customer.Sound{Tone: 440}
		k.Demand = carrier.Demand{Register: true, TLS: true, SRTP: true, Digest: true}
		k.Account = carrier.Account{Number: own(0), User: "acct7", AuthUser: "auth-7", Password: "se;cret $ä", Realm: "elsewhere"}
	})
	c.gate = carriertest.Start(t, func(k *carrier.Config) {
		k.Sound = customer.Sound{Tone: 440}
		k.Demand = carrier.Demand{Digest: true, Plain: true}
		k.Account.Number = own(1)
	})
	for name, secret := range map[string]string{"flex": "se;cret $ä", "gate": "secret", "wrong": "wrong"} {
		must(t, os.WriteFile(filepath.Join(filepath.Dir(c.file), name), []byte(secret+"\n"), 0o600))
	}
	c.text = fmt.Sprintf(`country: %s
tls: {authorities: %q}
trunks:
  flex:
    sign_in: register
    server: %s
    domain: %s
    transport: tls
    media: encrypt
    user: acct7
    auth_user: auth-7
    password: {file: flex}
    caller_id: pai
    codecs: [ulaw, alaw]
    limits: {check: 5s, expiry: 60s}
    numbers: [%q]
  gate:
    sign_in: digest
    server: %s
    user: %q
    password: {file: gate}
    caller_id: ppi
    codecs: [ulaw]
    numbers: [%q]
`, c.who.country, c.flex.Authorities(), c.flex.Addr("tls"), c.flex.Config().Account.Domain, own(0), c.gate.Addr("udp"), c.gate.Config().Account.User, own(1))
	c.write(c.text)
	c.building = build(t, "PRESSZERO_TRUNKS="+c.file)
	return c
}

func (c *twoCarriers) write(text string) {
	if err := os.WriteFile(c.file, []byte(text), 0o600); err != nil {
		panic(err)
	}
}

// changed has the program read the file of trunks again.
func (c *twoCarriers) changed(text string) {
	c.Helper()
	c.write(text)
	must(c, syscall.Kill(c.pid("serve"), syscall.SIGHUP))
}

// unwarned waits until no warning has the text.
func (c *twoCarriers) unwarned(text string) {
	c.Helper()
	c.wait(20*time.Second, fmt.Sprintf("no longer warned of %q", text), func() bool {
		return !strings.Contains(strings.Join(c.warnings(), "\n"), text)
	})
}

// dials has the agent call a number, and returns which carrier had the call.
func (c *twoCarriers) dials(number string, at *carrier.Carrier) carrier.Received {
	c.Helper()
	began := time.Now()
	must(c, c.a.Call(number))
	r, err := at.WaitCall(soon(c), number, began)
	must(c, err)
	return r
}

func (c *twoCarriers) hangsUp() {
	c.Helper()
	d, err := c.a.WaitDesk(soon(c), func(d call.Desk) bool { return d.State == call.Talking })
	must(c, err)
	must(c, c.a.HangUp(d.Talk.Call))
	_, err = c.a.WaitDesk(soon(c), func(d call.Desk) bool { return d.State == call.Idle })
	must(c, err)
}

// TestTrunks: two carriers that demand what carriers demand, their moods, and a file
// of trunks that changes while calls go on.
func TestTrunks(t *testing.T) {
	t.Parallel()
	c := newTwoCarriers(t)
	_, err := c.flex.WaitRegistered(soon(t))
	must(t, err)
	ours := c.flex.Config().Account.Number

	// A call comes in: to our account in its Request-URI, to our number in To.
	in, err := c.flex.Call(soon(t), ours, carrier.CallOptions{From: c.who.caller(1), Encrypt: true})
	must(t, err)
	c.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.call JOIN call_event e USING (call_id)
		WHERE dialed = $1 AND caller_number = $2 AND type = 'call.started' AND data->>'trunk' = 'flex'`, ours, c.who.caller(1))
	must(t, in.Hangup())

	// An agent calls, over the first trunk, which asks for a password.
	c.a = c.agent(c.employ("ana"))
	must(t, c.a.Away("training"))
	_, err = c.a.WaitDesk(soon(t), func(d call.Desk) bool { return d.Media })
	must(t, err)
	r := c.dials(c.who.caller(2), c.flex)
	if !r.Encrypted || r.Transport != "tls" || r.Shown() != ours || !strings.Contains(strings.Join(r.Header("From"), ""), "acct7@"+c.flex.Config().Account.Domain) {
		t.Errorf("the call had encryption %v, transport %s, showed %q, From %q", r.Encrypted, r.Transport, r.Shown(), r.Header("From"))
	}
	_, err = c.a.Phone().WaitTone(soon(t), 440)
	must(t, err)

	// In the talk the file changes, to one that is broken and to one that is good.
	// Nobody notices.
	c.changed(c.text + "    nonsense: 1\n")
	c.warned("nonsense")
	c.changed(strings.Replace(c.text, "check: 5s", "check: 10s, channels: 7", 1))
	c.unwarned("trunk")
	before := c.a.Phone().Gaps()
	c.a.Phone().Forget()
	_, err = c.a.Phone().WaitTone(soon(t), 440)
	must(t, err)
	if before.Lost != 0 {
		t.Errorf("the reload has cost packets: %+v", before)
	}
	c.hangsUp()

	// What the first trunk refuses goes over the second, with a number of its own.
	must(t, c.flex.Mood(carrier.Mood{Method: "INVITE", Status: 503}))
	r = c.dials(c.who.caller(3), c.gate)
	if r.Shown() != c.gate.Config().Account.Number {
		t.Errorf("over the second trunk is shown %q", r.Shown())
	}
	c.hangsUp()
	c.warned("The trunk flex has refused")
	must(t, c.flex.Good())
	c.dials(c.who.caller(2), c.flex)
	c.hangsUp()
	c.unwarned("trunk")
	c.waitCount(10*time.Second, 3, `SELECT count(*) FROM report.outgoing WHERE shown IS NOT NULL`)
	c.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.outgoing WHERE trunk = 'gate' AND shown = $1`, c.gate.Config().Account.Number)
	c.waitCount(10*time.Second, 1, `SELECT sum(not_carried) FROM report.trunk WHERE trunk = 'flex' AND worst_sip = 503`)

	// The page shows them, and tries one.
	admin := c.admin()
	// After a change Asterisk asks whether it is there within check (10 s), at a moment
	// of its choice, and refuses calls over it if the answer is lost.
	c.wait(20*time.Second, "flex is reachable", func() bool {
		flex, _, _ := strings.Cut(admin.get(t, "/api/v1/trunks"), `"name":"gate"`)
		return strings.Contains(flex, `"reach":"reachable"`)
	})
	began := time.Now()
	_, err = admin.Send(soon(t), "POST", "/api/v1/trunks/test", map[string]string{"number": c.who.caller(2)})
	must(t, err)
	if r, err := c.flex.WaitCall(soon(t), c.who.caller(2), began); err != nil || r.Shown() != ours {
		t.Errorf("the test call showed %q: %v", r.Shown(), err)
	}
	if _, err := admin.Send(soon(t), "POST", "/api/v1/trunks/test", map[string]string{"number": c.who.premium}); err == nil {
		t.Error("a premium number is called to test a trunk")
	}
	for _, want := range []string{`"name":"flex"`, `"registration":"Registered"`, `"reach":"reachable"`, `"channels":7`, `"name":"gate"`, `"state":"good"`} {
		if page := admin.get(t, "/api/v1/trunks"); !strings.Contains(page, want) {
			t.Errorf("the page lacks %s: %s", want, page)
		}
	}
	for name, want := range map[string]string{`trunk_registered{trunk="flex"}`: "1", `trunk_channels{trunk="flex"}`: "7", `trunk_not_carried_total{trunk="flex"}`: "1"} {
		if got := c.metric(name); got != want {
			t.Errorf("%s is %q, want %s", name, got, want)
		}
	}

	// The registration is refused, and comes back without a hand.
	c.changed(strings.Replace(c.text, "{file: flex}", "{file: wrong}", 1))
	c.warned("the carrier refuses the sign-in (SIP 403)")
	c.changed(c.text)
	c.unwarned("trunk")
	log, err := os.ReadFile(filepath.Join(c.dir, "log", "serve.log"))
	must(t, err)
	for _, secret := range []string{"se;cret", "wrong\n"} {
		if strings.Contains(string(log), secret) {
			t.Errorf("the log holds the password %q", secret)
		}
	}
}

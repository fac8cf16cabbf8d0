package asterisk_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/asterisk/private"
	"presszero/call"
	"presszero/internal/asterisktest"
	"presszero/internal/carrier"
	"presszero/internal/carrier/carriertest"
	"presszero/internal/customer"
	"presszero/internal/privatetest"
	"presszero/trunk"
)

// plays is a controller with an Asterisk that has trunks.
type plays struct {
	*testing.T
	pbx      *private.Process
	sw       *asterisk.Switch
	told     chan call.Event
	carriers *asterisktest.Carriers
	ways     map[string][]call.Way // by number
}

func newPlays(t *testing.T, change func(*private.Config), ways map[string][]call.Way) *plays {
	music := t.TempDir()
	write(t, music, "music", asterisktest.Music, time.Minute)
	p := &plays{T: t, told: make(chan call.Event, 1000), ways: ways,
		carriers: &asterisktest.Carriers{Otherwise: func(number string) []call.Way { return ways[number] }}}
	p.pbx = privatetest.Start(t, func(c *private.Config) {
		c.Root.Music = music
		change(c)
	})
	config := (&rig{pbx: p.pbx}).config()
	config.Carriers = p.carriers
	p.sw = asterisk.New(config, func(e call.Event) { p.told <- e })
	ran := make(chan error, 1)
	go func() { ran <- p.sw.Run(t.Context(), nil) }()
	t.Cleanup(func() { p.sw.Close(); <-ran })
	ready(t, p.sw)
	return p
}

// dial makes a call of ours.
func (p *plays) dial(number string, ring time.Duration) call.ID {
	id := asterisktest.NewID()
	p.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: number, Ring: ring})
	return id
}

func shortly(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// to is a trunk to a carrier that asks for nothing.
func to(c *carrier.Carrier, name string, id trunk.CallerID) trunk.Trunk {
	t := trunk.Simple(c.Addr("udp"))
	t.Name, t.CallerID, t.User, t.Domain = name, id, "account7", "carrier.test"
	return t
}

// TestWhoIsShown: which number of ours a carrier is told, in which header.
func TestWhoIsShown(t *testing.T) {
	t.Parallel()
	c := carriertest.Start(t, func(c *carrier.Config) { c.Ring = 10 * time.Millisecond })
	ways := map[string][]call.Way{}
	const ours = "+4930555"
	cases := []struct {
		name     string
		trunk    string
		withheld bool
		number   string // as the trunk is told it
		headers  map[string]string
	}{
		{"from", "from", false, "+34600000001", map[string]string{
			"From": "<sip:+4930555@carrier.test>", "P-Asserted-Identity": "<sip:+4930555@carrier.test>"}},
		{"from, withheld", "from", true, "+34600000002", map[string]string{
			"From": `"Anonymous" <sip:anonymous@carrier.test>`, "P-Asserted-Identity": "<sip:+4930555@carrier.test>", "Privacy": "id"}},
		{"pai", "pai", false, "+34600000003", map[string]string{
			"From": "<sip:account7@carrier.test>", "P-Asserted-Identity": "<sip:+4930555@carrier.test>"}},
		{"pai, withheld", "pai", true, "+34600000004", map[string]string{
			"From": `"Anonymous" <sip:account7@carrier.test>`, "P-Asserted-Identity": "<sip:+4930555@carrier.test>", "Privacy": "id"}},
		{"ppi", "ppi", false, "+34600000005", map[string]string{
			"From": "<sip:account7@carrier.test>", "P-Asserted-Identity": "<sip:+4930555@carrier.test>", "P-Preferred-Identity": "<sip:+4930555@carrier.test>"}},
		{"ppi, withheld", "ppi", true, "+34600000006", map[string]string{
			"From": `"Anonymous" <sip:account7@carrier.test>`, "P-Asserted-Identity": "<sip:+4930555@carrier.test>", "P-Preferred-Identity": "<sip:+4930555@carrier.test>", "Privacy": "id"}},
		{"rpid", "rpid", false, "+34600000007", map[string]string{
			"From": "<sip:account7@carrier.test>", "P-Asserted-Identity": "<sip:+4930555@carrier.test>", "Remote-Party-ID": "<sip:+4930555@carrier.test>;party=calling;privacy=off;screen=no"}},
		{"rpid, withheld", "rpid", true, "+34600000008", map[string]string{
			"From": `"Anonymous" <sip:account7@carrier.test>`, "P-Asserted-Identity": "<sip:+4930555@carrier.test>", "Remote-Party-ID": "<sip:+4930555@carrier.test>;party=calling;privacy=full;screen=no", "Privacy": "id"}},

		// Numbers as trunks want them written.
		{"national", "from", false, "0600000009", nil},
		{"international", "from", false, "34600000010", nil},
		{"a tech prefix", "from", false, "1234*+34600000011", nil},
		{"a tech prefix with a hash", "from", false, "12%2334600000012", nil}, // as SIP URIs write it
	}
	for i, one := range cases {
		w := call.Way{Trunk: one.trunk, Number: strings.ReplaceAll(one.number, "%23", "#"), Ours: ours, Shown: ours, Withheld: one.withheld, Domain: "carrier.test"}
		if one.trunk == "ppi" {
			w.Header = "P-Preferred-Identity"
		}
		ways["+3460000000"+strconv.Itoa(i)] = []call.Way{w}
	}
	p := newPlays(t, func(pc *private.Config) {
		for _, id := range []trunk.CallerID{trunk.InFrom, trunk.InPAI, trunk.InPPI, trunk.InRPID} {
			pc.Trunks = append(pc.Trunks, to(c, string(id), id))
		}
	}, ways)
	for i, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			began := time.Now()
			id := p.dial("+3460000000"+strconv.Itoa(i), 20*time.Second)
			r, err := c.WaitCall(shortly(t), "", began)
			if err != nil {
				t.Fatal(err)
			}
			if r.Number != one.number {
				t.Errorf("the number dialled is %q, want %q", r.Number, one.number)
			}
			for _, name := range []string{"From", "P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Privacy"} {
				got := strings.Join(r.Header(name), ", ")
				if name == "From" {
					got, _, _ = strings.Cut(got, ";tag=")
				}
				if one.headers != nil && got != one.headers[name] {
					t.Errorf("%s is %s, want %s", name, got, one.headers[name])
				}
			}
			await[call.DialAnswered](t, p.told)
			p.sw.Do(call.HangUp{Call: id})
			await[call.HungUp](t, p.told)
		})
	}
}

// TestHowCarriersAnswer: what becomes of calls of ours that a carrier does not put
// through, and which of them are tried over another trunk.
func TestHowCarriersAnswer(t *testing.T) {
	t.Parallel()
	first := carriertest.Start(t, nil)
	second := carriertest.Start(t, func(c *carrier.Config) { c.Ring = 10 * time.Millisecond })
	nobody, err := net.ListenPacket("udp", "127.0.0.1:0") // does not answer OPTIONS
	if err != nil {
		t.Fatal(err)
	}
	defer nobody.Close()
	cases := []struct {
		mood string
		want string // "": the other trunk carries it
		rang bool
	}{
		{"486", "busy", false}, {"600", "busy", false}, {"480", "no_answer", false}, {"603", "declined", false}, {"607", "declined", false},
		{"404", "", false}, {"404 twice", "invalid", false}, {"484", "invalid", false}, {"ringing", "no_answer", true}, {"progress", "no_answer", true},
		{"302 contact sip:+34600000999@127.0.0.1", "", false}, {"403", "", false}, {"402", "", false}, {"488", "", false},
		{"500", "", false}, {"502", "", false}, {"503", "", false}, {"504", "", false},
	}
	ways := map[string][]call.Way{"+34600000099": {{Trunk: "dead", Number: "+34600000099"}, {Trunk: "second", Number: "+34600000099"}}}
	for i, one := range cases {
		number := fmt.Sprintf("+346000000%02d", i)
		ways[number] = []call.Way{{Trunk: "first", Number: number}, {Trunk: "second", Number: number}}
		answer, twice := strings.CutSuffix(one.mood, " twice")
		mood, err := carrier.ParseMood(append([]string{"invite", number}, strings.Fields(answer)...)...)
		if err == nil {
			err = first.Mood(mood)
		}
		if err == nil && twice {
			err = second.Mood(mood)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	p := newPlays(t, func(pc *private.Config) {
		dead := to(first, "dead", trunk.InFrom)
		dead.Server, dead.Limits.Check = nobody.LocalAddr().String(), 5*time.Second
		pc.Trunks = []trunk.Trunk{to(first, "first", trunk.InFrom), to(second, "second", trunk.InFrom), dead}
	}, ways)
	for i, one := range cases {
		t.Run(one.mood, func(t *testing.T) {
			number := fmt.Sprintf("+346000000%02d", i)
			ring := 20 * time.Second
			if one.rang {
				ring = time.Second
			}
			id := p.dial(number, ring)
			if one.want == "" {
				await[call.DialAnswered](t, p.told)
				p.sw.Do(call.HangUp{Call: id})
				await[call.HungUp](t, p.told)
				return
			}
			if f := await[call.DialFailed](t, p.told); f.Call != id || f.Why != one.want {
				t.Errorf("%+v, want %s", f, one.want)
			}
			for _, r := range second.Calls() {
				if r.Number == number && !strings.HasSuffix(one.mood, " twice") {
					t.Error("the person was called again")
				}
			}
		})
	}
	for _, c := range []*carrier.Carrier{first, second} {
		for _, r := range c.Calls() {
			if r.Number == "+34600000999" {
				t.Error("a call has followed a redirection")
			}
		}
	}
	t.Run("a trunk that does not answer OPTIONS", func(t *testing.T) {
		for reach := ""; reach != "Unavail"; {
			all, err := private.TrunkStandings(shortly(t), p.pbx.Config().Dir)
			if err != nil {
				t.Fatalf("its reach is %q (%v)", reach, err)
			}
			reach = all["dead"].Reach
		}
		began := time.Now()
		id := p.dial("+34600000099", 20*time.Second)
		await[call.DialAnswered](t, p.told)
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("it took %v", took)
		}
		p.sw.Do(call.HangUp{Call: id})
	})
}

// TestEncryptionOfTrunks: a trunk with media: encrypt takes no call in the clear; one
// with media: prefer takes both.
func TestEncryptionOfTrunks(t *testing.T) {
	t.Parallel()
	ways := map[string][]call.Way{}
	carriers := map[trunk.Media]*carrier.Carrier{}
	var all []trunk.Trunk
	for media, number := range map[trunk.Media]string{trunk.MediaEncrypt: "+4930551", trunk.MediaPrefer: "+4930552"} {
		c := carriertest.Start(t, func(c *carrier.Config) {
			c.Demand, c.Account.Number, c.Ring = carrier.Demand{Register: true, TLS: true}, number, 10*time.Millisecond
		})
		a := c.Config().Account
		one := to(c, string(media), trunk.InPAI)
		one.SignIn, one.Server, one.Transport, one.Media, one.User, one.Password = trunk.Register, c.Addr("tls"), trunk.TransportTLS, media, a.User, trunk.Secret(a.Password)
		one.Limits.Expiry = time.Minute
		all, carriers[media] = append(all, one), c
		ways["+34600"+number[1:]] = []call.Way{{Trunk: one.Name, Number: "+34600" + number[1:], Shown: number}}
	}
	// One file has the authorities of both.
	authorities := filepath.Join(t.TempDir(), "authorities.pem")
	var text []byte
	for _, c := range carriers {
		pem, err := os.ReadFile(c.Authorities())
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, pem...)
	}
	if err := os.WriteFile(authorities, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPlays(t, func(pc *private.Config) {
		pc.Trunks, pc.TLS.Authorities, pc.TLSAddr = all, authorities, privatetest.FreeTCP(t)
	}, ways)
	for media, c := range carriers {
		if _, err := c.WaitRegistered(shortly(t)); err != nil {
			t.Fatal(err)
		}
		for _, encrypted := range []bool{true, false} {
			result := make(chan error, 1)
			var in *customer.Call
			go func() {
				var err error
				in, err = c.Call(shortly(t), c.Config().Account.Number, carrier.CallOptions{From: "+34600000001", Encrypt: encrypted})
				result <- err
			}()
			if media == trunk.MediaEncrypt && !encrypted {
				var refused *customer.Refused
				if err := <-result; !errors.As(err, &refused) || refused.Status != 488 {
					t.Errorf("%s: a call in the clear: %v, want 488", media, err)
				}
				continue
			}
			a := await[call.Arrived](t, p.told)
			p.sw.Do(call.Answer{Call: a.Call})
			p.sw.Do(call.Music{Call: a.Call})
			if err := <-result; err != nil || a.Trunk != string(media) {
				t.Fatalf("%s, encrypted %v: over the trunk %q, %v", media, encrypted, a.Trunk, err)
			}
			if _, err := in.WaitTone(shortly(t), tones[asterisktest.Music]); err != nil {
				t.Errorf("%s, encrypted %v: %v", media, encrypted, err)
			}
			if err := in.Hangup(); err != nil {
				t.Error(err)
			}
			await[call.HungUp](t, p.told)
		}
		number := "+34600" + c.Config().Account.Number[1:]
		id := p.dial(number, 10*time.Second)
		r, err := c.WaitCall(shortly(t), number, time.Time{})
		if err != nil || r.Outcome != 200 || r.Encrypted != (media == trunk.MediaEncrypt) || !strings.Contains(r.SDP, "a=crypto:") {
			t.Errorf("%s: our call was %+v (%v)", media, r, err)
		}
		await[call.DialAnswered](t, p.told)
		p.sw.Do(call.HangUp{Call: id})
		await[call.HungUp](t, p.told)
	}
}

// TestProxy: all requests of a trunk with a proxy go there; the server is a name that
// need not exist.
func TestProxy(t *testing.T) {
	t.Parallel()
	c := carriertest.Start(t, func(c *carrier.Config) {
		c.Demand, c.Account.Domain, c.Ring = carrier.Demand{Register: true, Digest: true}, "carrier.test", 10*time.Millisecond
	})
	a, number := c.Config().Account, "+34600000001"
	one := to(c, "one", trunk.InPAI)
	one.SignIn, one.Server, one.Proxy = trunk.Register, "carrier.test", c.Addr("udp")
	one.User, one.AuthUser, one.Password, one.Limits.Check = a.User, a.AuthUser, trunk.Secret(a.Password), 5*time.Second
	p := newPlays(t, func(pc *private.Config) { pc.Trunks = []trunk.Trunk{one} },
		map[string][]call.Way{number: {{Trunk: "one", Number: number, Shown: a.Number}}})
	if _, err := c.WaitRegistered(shortly(t)); err != nil {
		t.Fatal(err)
	}
	// OPTIONS, too.
	for reach, late := "", time.Now().Add(10*time.Second); reach != "Avail"; {
		all, err := private.TrunkStandings(shortly(t), p.pbx.Config().Dir)
		if err != nil || time.Now().After(late) {
			t.Fatalf("its reach is %q (%v)", reach, err)
		}
		reach = all["one"].Reach
	}
	id := p.dial(number, 10*time.Second)
	await[call.DialAnswered](t, p.told)
	p.sw.Do(call.HangUp{Call: id})
	await[call.HungUp](t, p.told)
	r, err := c.WaitCall(shortly(t), number, time.Time{})
	if err != nil || r.Outcome != 200 || r.Shown() != a.Number {
		t.Errorf("our call was %+v (%v)", r, err)
	}
	go func() { _, _ = c.Call(shortly(t), a.Number, carrier.CallOptions{From: number}) }()
	if in := await[call.Arrived](t, p.told); in.Trunk != "one" {
		t.Errorf("a call came over the trunk %q", in.Trunk)
	} else {
		p.sw.Do(call.HangUp{Call: in.Call})
		await[call.HungUp](t, p.told)
	}
}

// TestInTheCall: what carriers ask for while a call is up: to transfer it, which
// is not offered and not done, to hold it, and to refresh the session.
func TestInTheCall(t *testing.T) {
	t.Parallel()
	p := newPlays(t, func(pc *private.Config) {
		one := trunk.Simple("127.0.0.1:9")
		one.From = []trunk.Source{{Network: netip.MustParsePrefix("127.0.0.1/32")}}
		pc.Trunks = []trunk.Trunk{one}
	}, nil)
	u := newNetwork(t, p.pbx.Config().SIPAddr)
	u.invite("+4930555@", "<sip:+4930555@carrier.test>", "<sip:+34600000001@carrier.test>", mulaw, []string{"Supported: timer", "Session-Expires: 1800;refresher=uac"})
	a := await[call.Arrived](t, p.told)
	p.sw.Do(call.Answer{Call: a.Call})
	p.sw.Do(call.Music{Call: a.Call})
	if got := u.status(); got != 200 || a.Trunk != "trunk" {
		t.Fatalf("the answer is %d, over the trunk %q", got, a.Trunk)
	}
	goesOn := func(after string) {
		t.Helper()
		for u.rtp.SetReadDeadline(time.Now()); u.hearsNow(); { // what has come before
		}
		if u.hears() != 0 {
			t.Errorf("after %s the caller hears nothing", after)
		}
	}
	goesOn("the answer")

	// Asterisk would answer REFER with 603 only if it had the module that also
	// lets any caller take over a call of another (Replaces).
	u.request("REFER", 2, "", "Refer-To: <sip:+34600000999@carrier.test>", "Referred-By: <sip:+34600000001@carrier.test>")
	goesOn("REFER")

	hold := u.offer(strings.Replace(mulaw, "a=rtpmap", "a=sendonly\r\na=rtpmap", 1))
	u.request("INVITE", 3, hold)
	status, body := u.final("INVITE", 3)
	if status != 200 || !strings.Contains(body, "a=recvonly") && !strings.Contains(body, "a=inactive") {
		t.Errorf("hold is answered with %d:\n%s", status, body)
	}
	// Packets sent before the answer may still be on their way; then none may come
	// in the time of fifteen.
	for late := time.Now().Add(3 * time.Second); ; {
		if u.rtp.SetReadDeadline(time.Now().Add(300 * time.Millisecond)); !u.hearsNow() {
			break
		}
		if time.Now().After(late) {
			t.Fatal("sound goes to a caller who holds the call")
		}
	}
	u.request("INVITE", 4, u.offer(mulaw))
	status, answer := u.final("INVITE", 4)
	if status != 200 {
		t.Errorf("the end of the hold is answered with %d", status)
	}
	for _, header := range []string{"Allow: ", "Supported: "} {
		_, list, _ := strings.Cut(answer, header)
		list, _, _ = strings.Cut(list, "\r\n")
		if list == "" || strings.Contains(list, "REFER") || strings.Contains(list, "replaces") {
			t.Errorf("we say %s%s", header, list)
		}
	}
	goesOn("the hold")

	for seq, method := range []string{"INVITE", "UPDATE"} {
		body := ""
		if method == "INVITE" {
			body = u.offer(mulaw)
		}
		u.request(method, 5+seq, body, "Supported: timer", "Session-Expires: 1800;refresher=uac")
		if status, text := u.final(method, 5+seq); status != 200 || !strings.Contains(text, "Session-Expires: 1800;refresher=uac") {
			t.Errorf("the refresh by %s is answered with %d:\n%s", method, status, text)
		}
		goesOn("the refresh by " + method)
	}
	u.request("BYE", 9, "")
	if h := await[call.HungUp](t, p.told); h.Side != call.SideCaller {
		t.Errorf("%+v", h)
	}
}

// hearsNow reads a packet of sound, if there is one before the deadline.
func (n *network) hearsNow() bool {
	_, _, err := n.rtp.ReadFrom(make([]byte, 2000))
	return err == nil
}

// final is the final answer to a request in the call, with all its text. Those to
// INVITE are confirmed.
func (n *network) final(method string, seq int) (int, string) {
	n.t.Helper()
	n.sip.SetReadDeadline(time.Now().Add(5 * time.Second))
	packet := make([]byte, 4000)
	for {
		size, _, err := n.sip.ReadFrom(packet)
		if err != nil {
			n.t.Fatalf("no final answer to %s: %v", method, err)
		}
		text := string(packet[:size])
		m := statusLine.FindStringSubmatch(text)
		if m == nil || !strings.Contains(text, fmt.Sprintf("CSeq: %d %s\r\n", seq, method)) || m[1] < "200" {
			continue
		}
		if method == "INVITE" {
			n.request("ACK", seq, "")
		}
		code, _ := strconv.Atoi(m[1])
		return code, text
	}
}

package carrier

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
	"go.uber.org/goleak"

	"presszero/internal/customer"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // what sipgo says of sockets that are closed
	goleak.VerifyTestMain(m)
}

const password = `pa"ss$w\ord`

func deadlineSoon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// start runs a carrier and looks, when the test ends, that nothing of it is left.
func start(t *testing.T, change func(*Config)) *Carrier {
	t.Helper()
	dir, err := os.MkdirTemp("", "carrier") // short: sockets lie in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	config := Config{Dir: dir, Log: func(s string) { t.Log(s) },
		Account: Account{User: "account7", AuthUser: "auth-7", Password: password, Realm: "elsewhere.test"},
		Sound:   customer.Sound{Tone: 1000}}
	if change != nil {
		change(&config)
	}
	c, err := Start(context.Background(), config) // the first fetches Kamailio
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Stop()
		c.Stop() // the second time changes nothing
		if left := processes(dir); len(left) > 0 {
			t.Errorf("processes are left: %v", left)
		}
		if t.Failed() {
			t.Logf("Kamailio said:\n%s", c.LogTail(30))
		}
	})
	return c
}

// processes are the ids of processes that have the text in their arguments.
func processes(text string) (ids []int) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range all {
		if args, err := os.ReadFile(file); err == nil && strings.Contains(string(args), text) {
			id, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			ids = append(ids, id)
		}
	}
	return ids
}

// ours is a small telephone system: it registers, calls and takes calls.
type ours struct {
	t         *testing.T
	transport string
	server    string
	ua        *sipgo.UserAgent
	client    *sipgo.Client
	contact   sip.ContactHeader
	invites   chan *sip.Request
}

func newOurs(t *testing.T, c *Carrier, transport string) *ours {
	t.Helper()
	authorities := x509.NewCertPool()
	text, err := os.ReadFile(c.Authorities())
	if err != nil || !authorities.AppendCertsFromPEM(text) {
		t.Fatalf("authorities: %v", err)
	}
	quiet := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(sipgo.WithUserAgent("ours"),
		sipgo.WithUserAgenTLSConfig(&tls.Config{RootCAs: authorities, ServerName: "127.0.0.1"}),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet)),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)))
	if err != nil {
		t.Fatal(err)
	}
	client, err := sipgo.NewClient(ua, sipgo.WithClientHostname("127.0.0.1"), sipgo.WithClientLogger(quiet))
	if err != nil {
		t.Fatal(err)
	}
	o := &ours{t: t, transport: transport, server: c.Addr(transport), ua: ua, client: client, invites: make(chan *sip.Request, 10)}
	params := sip.NewParams()
	params.Add("transport", transport)
	params.Add("line", "ntsbokw")
	o.contact = sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "account7", Host: "127.0.0.1", Port: freePort(t), UriParams: params}}
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		t.Fatal(err)
	}
	server.OnInvite(func(req *sip.Request, tx sip.ServerTransaction) {
		o.invites <- req
		_ = tx.Respond(sip.NewResponseFromRequest(req, 486, "Busy Here", nil))
	})
	server.OnAck(func(*sip.Request, sip.ServerTransaction) {})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if transport == "udp" {
			_ = server.ListenAndServe(ctx, "udp", fmt.Sprintf("127.0.0.1:%d", o.contact.Address.Port))
		}
	}()
	t.Cleanup(func() {
		cancel()
		_ = ua.Close()
		<-done
		// sipgo opens a socket for a request that was on its way, which only a
		// second closing takes away.
		time.Sleep(100 * time.Millisecond)
		_ = ua.Close()
	})
	return o
}

func freePort(t *testing.T) int {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).Port
}

// request builds a request to the carrier from our account.
func (o *ours) request(method sip.RequestMethod, user string) *sip.Request {
	host, text, _ := net.SplitHostPort(o.server)
	port, _ := strconv.Atoi(text)
	req := sip.NewRequest(method, sip.Uri{Scheme: "sip", User: user, Host: host, Port: port})
	req.SetTransport(strings.ToUpper(o.transport))
	contact := o.contact
	req.AppendHeader(&contact)
	account := sip.Uri{Scheme: "sip", User: "account7", Host: "carrier.test"}
	from := sip.FromHeader{Address: account}
	from.Params.Add("tag", sip.GenerateTagN(8))
	req.AppendHeader(&from)
	if method == sip.REGISTER {
		req.AppendHeader(&sip.ToHeader{Address: account})
	}
	return req
}

// sendRequest sends a request and answers a challenge; status 0: no answer in that time.
func (o *ours) sendRequest(req *sip.Request, user, password string, patience time.Duration) (res *sip.Response, challenged int) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	res, err := o.client.Do(ctx, req)
	if err != nil {
		if ctx.Err() == nil {
			o.t.Fatal(err)
		}
		return nil, 0
	}
	if res.StatusCode != 401 && res.StatusCode != 407 {
		return res, 0
	}
	challenged = res.StatusCode
	res, err = o.client.DoDigestAuth(ctx, req, res, sipgo.DigestAuth{Username: user, Password: password})
	if err != nil {
		o.t.Fatal(err)
	}
	return res, challenged
}

func (o *ours) register(t *testing.T) {
	t.Helper()
	res, challenged := o.sendRequest(o.request(sip.REGISTER, ""), "auth-7", password, 5*time.Second)
	if res == nil || res.StatusCode != 200 || challenged != 401 {
		t.Fatalf("REGISTER: %v, challenged with %d", res, challenged)
	}
}

func TestRegister(t *testing.T) {
	for _, algorithm := range []Algorithm{MD5, SHA256} {
		t.Run(string(algorithm), func(t *testing.T) {
			told := make(chan string, 10)
			c := start(t, func(c *Config) {
				c.Algorithm = algorithm
				c.OnRegistration = func(contact string) { told <- contact }
			})
			o := newOurs(t, c, "udp")
			res, err := o.client.Do(deadlineSoon(t), o.request(sip.REGISTER, ""))
			if err != nil || res.StatusCode != 401 {
				t.Fatalf("without credentials: %v, %v", res, err)
			}
			challenge, err := digest.ParseChallenge(res.GetHeader("WWW-Authenticate").Value())
			if err != nil || challenge.Realm != "elsewhere.test" || challenge.Algorithm != string(algorithm) && challenge.Algorithm != "" {
				t.Errorf("challenge: %+v, %v", challenge, err)
			}
			for user, password := range map[string]string{"auth-7": "wrong", "account7": password} {
				if res, _ := o.sendRequest(o.request(sip.REGISTER, ""), user, password, 5*time.Second); res == nil || res.StatusCode != 403 {
					t.Errorf("as %s with %s: %v", user, password, res)
				}
			}
			if contact, ok := c.Registered(); ok {
				t.Errorf("registered at %s", contact)
			}
			o.register(t)
			contact, err := c.WaitRegistered(deadlineSoon(t))
			if err != nil || !strings.Contains(contact, "line=ntsbokw") {
				t.Errorf("registered at %q, %v", contact, err)
			}
			if got := <-told; got != contact {
				t.Errorf("told of %q", got)
			}
			if err := c.Forget(); err != nil {
				t.Fatal(err)
			}
			if _, ok := c.Registered(); ok {
				t.Error("registered after all was forgotten")
			}
			if got := <-told; got != "" {
				t.Errorf("told of %q", got)
			}
			if err := c.Forget(); err != nil {
				t.Errorf("with nothing to forget: %v", err)
			}
			o.register(t)
			text, _ := os.ReadFile(filepath.Join(c.Config().Dir, "kamailio.cfg"))
			log, _ := os.ReadFile(filepath.Join(c.Config().Dir, "kamailio.log"))
			if strings.Contains(string(text)+string(log), `pa"ss`) {
				t.Error("the password is in a file")
			}
		})
	}
}

func TestMoods(t *testing.T) {
	c := start(t, nil)
	o := newOurs(t, c, "udp")
	for _, test := range []struct {
		mood   string
		status int
		header string // and its value
	}{
		{"register 403", 403, ""},
		{"register 503", 503, ""},
		{"register 503 retry 30", 503, "Retry-After: 30"},
		{"register 500", 500, ""},
		{"register silence", 0, ""},
		{"register good", 200, ""},
		{"invite 503", 503, ""},
		{"invite 404", 404, ""},
		{"invite 603", 603, ""},
		{"invite 302 contact sip:+49301@elsewhere.test", 302, "Contact: <sip:+49301@elsewhere.test>"},
		{"invite silence", 0, ""},
		{"invite +4930111 486", 486, ""},
		{"invite good", 200, ""},
		{"options 503", 503, ""},
		{"options good", 200, ""},
	} {
		m, err := ParseMood(strings.Fields(test.mood)...)
		if err != nil {
			t.Fatal(err)
		}
		if m.String() != test.mood {
			t.Errorf("%q is written %q", test.mood, m)
		}
		if err := c.Mood(m); err != nil {
			t.Fatal(err)
		}
		patience := 5 * time.Second
		if test.status == 0 {
			patience = 700 * time.Millisecond // with one repetition
		}
		begun := time.Now()
		var status int
		var value string
		if m.Method == "INVITE" {
			number := m.Number
			if number == "" {
				number = "+4930222"
			}
			res := o.invite(t, number, patience)
			if res != nil {
				status = res.StatusCode
				value = headerOf(res, test.header)
			}
			r, err := c.WaitCall(deadlineSoon(t), number, begun)
			if err != nil || r.Outcome != test.status || r.Transport != "udp" || len(r.Header("From")) != 1 {
				t.Errorf("%s: received %+v, %v", test.mood, r, err)
			}
			if n := len(c.Calls()); test.status == 0 {
				if time.Sleep(50 * time.Millisecond); len(c.Calls()) != n { // an INVITE without an answer is repeated; none may count
					t.Error("a repetition was counted")
				}
			}
		} else {
			res, _ := o.sendRequest(o.request(sip.RequestMethod(m.Method), ""), "auth-7", password, patience)
			if res != nil {
				status = res.StatusCode
				value = headerOf(res, test.header)
			}
		}
		if _, want, _ := strings.Cut(test.header, ": "); status != test.status || value != want {
			t.Errorf("%s: %d, %q", test.mood, status, value)
		}
	}
	// The mood of the number is still there, and ends with all.
	if res := o.invite(t, "+4930111", 5*time.Second); res == nil || res.StatusCode != 486 {
		t.Errorf("%v", res)
	}
	if err := c.Good(); err != nil {
		t.Fatal(err)
	}
	if res := o.invite(t, "4930111", 5*time.Second); res == nil || res.StatusCode != 200 {
		t.Errorf("%v", res)
	}
}

func headerOf(res *sip.Response, line string) string {
	name, _, _ := strings.Cut(line, ":")
	if h := res.GetHeader(name); name != "" && h != nil {
		return h.Value()
	}
	return ""
}

// invite sends an INVITE with G.711 and says what the last answer is; it ends
// what was answered.
func (o *ours) invite(t *testing.T, number string, patience time.Duration, headers ...string) *sip.Response {
	t.Helper()
	return o.inviteSDP(t, number, patience, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n", headers...)
}

func (o *ours) inviteSDP(t *testing.T, number string, patience time.Duration, sdp string, headers ...string) *sip.Response {
	t.Helper()
	req := o.request(sip.INVITE, number)
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.AppendHeader(sip.NewHeader(name, value))
	}
	req.SetBody([]byte(sdp))
	// Without a sign of the other side a call is given up only by force.
	ctx, cancel := context.WithTimeoutCause(context.Background(), patience, sipgo.WaitAnswerForceCancelErr)
	defer cancel()
	ua := sipgo.DialogUA{Client: o.client, ContactHDR: o.contact}
	d, err := ua.WriteInvite(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.WaitAnswer(ctx, sipgo.AnswerOptions{Username: "auth-7", Password: password})
	var refused *sipgo.ErrDialogResponse
	switch {
	case errors.As(err, &refused):
		return refused.Res
	case err != nil:
		return nil
	}
	if err := d.Ack(deadlineSoon(t)); err != nil {
		t.Error(err)
	}
	if err := d.Bye(deadlineSoon(t)); err != nil {
		t.Errorf("BYE: %v", err)
	}
	return d.InviteResponse
}

func TestCallsFromUs(t *testing.T) {
	for _, transport := range []string{"udp", "tcp", "tls"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			c := start(t, func(c *Config) {
				c.Demand = Demand{Register: true, Digest: true, Plain: true, TLS: transport == "tls"}
			})
			o := newOurs(t, c, transport)
			if res := o.invite(t, "+4930999", 5*time.Second); res == nil || res.StatusCode != 403 {
				t.Errorf("before the registration: %v", res)
			}
			o.register(t)
			res := o.invite(t, "+4930999", 5*time.Second, "P-Asserted-Identity: <sip:+4930555@carrier.test>", "Privacy: none",
				"Diversion: <sip:+4930777@carrier.test>")
			if res == nil || res.StatusCode != 200 {
				t.Fatalf("%v", res)
			}
			r, err := c.WaitCall(deadlineSoon(t), "+4930999", time.Time{})
			if err != nil || r.Outcome != 200 || r.Call == nil || r.Transport != transport || r.Encrypted || r.Shown() != "+4930555" ||
				!strings.Contains(strings.Join(r.Header("from"), ""), "account7@carrier.test") ||
				strings.Join(r.Header("Diversion"), "") != "<sip:+4930777@carrier.test>" {
				t.Errorf("received %+v, %v", r, err)
			}
			select {
			case <-r.Call.Done():
			case <-deadlineSoon(t).Done():
				t.Error("our BYE did not reach the network")
			}
			const savp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/SAVP 0\r\n" +
				"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n"
			if res := o.inviteSDP(t, "+4930998", 5*time.Second, savp); res == nil || res.StatusCode != 488 {
				t.Errorf("SRTP: %v", res)
			}
			if r, err := c.WaitCall(deadlineSoon(t), "+4930998", time.Time{}); err != nil || !r.Encrypted || r.Outcome != 488 {
				t.Errorf("%+v, %v", r, err)
			}
			// Down the connection of the registration.
			_, err = c.Call(deadlineSoon(t), "+4930555", CallOptions{From: "+34600000001", Headers: []string{"Privacy: id"}})
			var busy *customer.Refused
			if !errors.As(err, &busy) || busy.Status != 486 {
				t.Fatalf("a call to us: %v", err)
			}
			in := <-o.invites
			if in.Recipient.User != "account7" || !strings.Contains(in.Recipient.String(), "line=ntsbokw") ||
				in.To().Address.User != "+4930555" || in.From().Address.User != "+34600000001" ||
				!strings.Contains(in.GetHeader("P-Called-Party-ID").Value(), "+4930555@carrier.test") || in.GetHeader("Privacy") == nil {
				t.Errorf("the call to us:\n%s", in)
			}
		})
	}
}

func TestNeverAnswered(t *testing.T) {
	c := start(t, nil)
	o := newOurs(t, c, "udp")
	for word, want := range map[string]int{"ringing": 180, "progress": 183} {
		m, err := ParseMood("invite", word)
		if err == nil {
			err = c.Mood(m)
		}
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(deadlineSoon(t))
		ua := sipgo.DialogUA{Client: o.client, ContactHDR: o.contact}
		req := o.request(sip.INVITE, word)
		req.SetBody([]byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"))
		d, err := ua.WriteInvite(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		var seen []int
		_ = d.WaitAnswer(ctx, sipgo.AnswerOptions{OnResponse: func(res *sip.Response) error {
			if seen = append(seen, res.StatusCode); res.StatusCode > 100 {
				cancel()
			}
			return nil
		}})
		cancel()
		_ = d.Close()
		if !slices.Contains(seen, want) || slices.Max(seen) > want && slices.Max(seen) != 487 {
			t.Errorf("%s: %v", word, seen)
		}
		if r, err := c.WaitCall(deadlineSoon(t), word, time.Time{}); err != nil || r.Outcome != 487 {
			t.Errorf("%s: %+v, %v", word, r, err)
		}
	}
}

// Two carriers call each other: the network's telephones of one are our side.
func TestSound(t *testing.T) {
	for _, encrypt := range []bool{false, true} {
		t.Run(fmt.Sprint("encrypt=", encrypt), func(t *testing.T) {
			t.Parallel()
			phone, err := customer.NewPhone(context.Background(), "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(phone.Close)
			phone.OnCall(func(r *customer.Ring) {
				if _, err := r.Answer(customer.Sound{Tone: 700}); err != nil {
					t.Error(err)
				}
			})
			c := start(t, func(c *Config) {
				c.Peer = phone.Addr().String()
				c.Demand.SRTP = encrypt
			})
			in, err := c.Call(deadlineSoon(t), "+4930555", CallOptions{From: "+34600000001", Sound: customer.Sound{Tone: 440}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := in.WaitTone(deadlineSoon(t), 700); err != nil {
				t.Error(err)
			}
			if err := in.Hangup(); err != nil {
				t.Error(err)
			}
			out, err := phone.Dial(deadlineSoon(t), customer.Options{To: "+4930999", Server: c.Addr("udp"), From: "+4930555",
				Tone: 440, Encrypt: encrypt, Headers: []string{"Privacy: id"}})
			if err != nil {
				t.Fatal(err)
			}
			r, err := c.WaitCall(deadlineSoon(t), "+4930999", time.Time{})
			if err != nil || r.Call == nil || r.Encrypted != encrypt || r.Shown() != "" {
				t.Fatalf("%+v, %v", r, err)
			}
			if _, err := out.WaitTone(deadlineSoon(t), 1000); err != nil {
				t.Error(err)
			}
			if _, err := r.Call.WaitTone(deadlineSoon(t), 440); err != nil {
				t.Error(err)
			}
			if err := r.Call.Hangup(); err != nil {
				t.Error(err)
			}
			if encrypt {
				_, err := phone.Dial(deadlineSoon(t), customer.Options{To: "+4930998", Server: c.Addr("udp")})
				var refused *customer.Refused
				if !errors.As(err, &refused) || refused.Status != 488 {
					t.Errorf("plain where SRTP is demanded: %v", err)
				}
			}
		})
	}
}

func TestRestart(t *testing.T) {
	c := start(t, nil)
	o := newOurs(t, c, "udp")
	o.register(t)
	if err := c.Mood(Mood{Method: "INVITE", Status: 500}); err != nil {
		t.Fatal(err)
	}
	if err := c.Restart(deadlineSoon(t)); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Registered(); ok {
		t.Error("registered after a restart")
	}
	if res := o.invite(t, "1", 5*time.Second); res == nil || res.StatusCode != 500 {
		t.Errorf("the mood was lost: %v", res)
	}
	select {
	case <-c.Failed():
		t.Error("failed")
	default:
	}
	if err := syscall.Kill(c.process.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.Failed():
	case <-deadlineSoon(t).Done():
		t.Error("nobody tells that Kamailio has ended")
	}
}

func TestCertificates(t *testing.T) {
	for _, test := range []struct {
		certificate Certificate
		says        string
	}{
		{CertificateGood, ""}, {CertificateUnknown, "unknown authority"}, {CertificateName, "doesn't contain any IP SANs"}, {CertificateExpired, "expired"},
	} {
		t.Run(string(test.certificate), func(t *testing.T) {
			t.Parallel()
			c := start(t, func(c *Config) { c.Certificate, c.Demand.TLS = test.certificate, true })
			if c.Addr("udp") != "" || c.Addr("tls") == "" {
				t.Errorf("UDP at %q, TLS at %q", c.Addr("udp"), c.Addr("tls"))
			}
			pool := x509.NewCertPool()
			text, _ := os.ReadFile(c.Authorities())
			pool.AppendCertsFromPEM(text)
			conn, err := tls.Dial("tcp", c.Addr("tls"), &tls.Config{RootCAs: pool})
			if err == nil {
				conn.Close()
			}
			if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestRefusedConfigs(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for says, change := range map[string]func(*Config){
		"password":         func(c *Config) { c.Account.Password = "" },
		"90 bytes":         func(c *Config) { c.Dir = strings.Repeat("d", 100) },
		"IPv4":             func(c *Config) { c.Addr = "localhost:5070" },
		"cannot be used":   func(c *Config) { c.Addr = taken.LocalAddr().String() },
		"characters":       func(c *Config) { c.Account.Realm = `a"b` },
		"plain media":      func(c *Config) { c.Demand = Demand{SRTP: true, Plain: true} },
		"not MD5":          func(c *Config) { c.Algorithm = "SHA-1" },
		"whole seconds":    func(c *Config) { c.Expiry = time.Millisecond },
		"exclude":          func(c *Config) { c.Demand.Register, c.Peer = true, "127.0.0.1:5060" },
		"address with a p": func(c *Config) { c.Peer = "pbx" },
	} {
		config := Config{Dir: t.TempDir(), Account: Account{Password: "p"}}
		change(&config)
		if c, err := Start(context.Background(), config); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
			if err == nil {
				c.Stop()
			}
		}
	}
}

func TestRefusedMoods(t *testing.T) {
	for _, text := range []string{"", "invite", "bye 503", "register ringing", "register 200", "invite 700", "invite good retry 5",
		"invite 503 retry x", "invite 503 soon", "invite 503 503 503", "options +49 503", "invite a$b 503", "invite 302 contact <x>"} {
		if m, err := ParseMood(strings.Fields(text)...); err == nil {
			t.Errorf("%q was taken for %+v", text, m)
		}
	}
}

package notify_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"image/png"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"presszero/notify"
	"presszero/report"
)

// post is a mail server.
type post struct {
	*smtp.Server
	address string
	roots   *x509.CertPool

	mu    sync.Mutex
	mails []string
	tls   []bool // of each: it came encrypted
	users []string
	// refuse answers at the end of the nth mail, from 1; nil: it is taken.
	refuse func(n int) error
	tried  int
}

type postSession struct {
	*post
	conn *smtp.Conn
}

func (p *post) NewSession(c *smtp.Conn) (smtp.Session, error) { return &postSession{p, c}, nil }

func (s *postSession) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *postSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "word" {
			return smtp.ErrAuthFailed
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.users = append(s.users, user)
		return nil
	}), nil
}
func (*postSession) Reset()                               {}
func (*postSession) Logout() error                        { return nil }
func (*postSession) Mail(string, *smtp.MailOptions) error { return nil }
func (*postSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	return nil
}

func (s *postSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried++
	if s.refuse != nil {
		if err := s.refuse(s.tried); err != nil {
			return err
		}
	}
	s.mails = append(s.mails, string(text))
	_, encrypted := s.conn.TLSConnectionState()
	s.tls = append(s.tls, encrypted)
	return nil
}

func (p *post) got() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.mails...)
}

// newPost serves mail on loopback: with TLS from the beginning ("tls"), STARTTLS
// ("starttls"), or none ("").
func newPost(t *testing.T, how string) *post {
	t.Helper()
	p := &post{}
	p.Server = smtp.NewServer(p)
	p.Domain, p.AllowInsecureAuth = "mail.example", true
	cert, roots := certificate(t)
	p.roots = roots
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = l.Addr().String()
	switch how {
	case "tls":
		l = tls.NewListener(l, config)
	case "starttls":
		p.TLSConfig = config
	}
	go p.Serve(l)
	t.Cleanup(func() { p.Close() })
	return p
}

// certificate is one for mail.example and this machine, and what makes it believed.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"mail.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(made)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// mailer sends by the server, under the name of a host; any name but this machine's
// needs TLS.
func (p *post) mailer(t *testing.T, scheme, user, host string, roots *x509.CertPool) *notify.Mailer {
	t.Helper()
	_, port, _ := net.SplitHostPort(p.address)
	server, err := url.Parse(scheme + "://" + user + host + ":" + port)
	if err != nil {
		t.Fatal(err)
	}
	site, _ := url.Parse("https://calls.example")
	m, err := notify.NewMailer(notify.MailConfig{Server: server, From: "Press Zero <zero@calls.example>", Roots: roots, Site: site, Zone: func() string { return "Europe/Madrid" },
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, p.address)
		}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestMailServers: how servers take mail, and what becomes of it.
func TestMailServers(t *testing.T) {
	defer notify.Hurry(1500*time.Millisecond, 30*time.Second)()
	p := newPlace(t)
	later := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "later"}
	never := &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "we take no such thing"}
	for name, c := range map[string]struct {
		server, scheme, user, host string
		to                         string
		strangers                  bool // the certificate is not believed
		refuse                     func(int) error
		mails                      int
		encrypted                  bool
		error                      string // of the last try has
	}{
		"this machine, in the clear":        {"", "smtp", "", "127.0.0.1", "ann@example.com", false, nil, 1, false, ""},
		"with a password":                   {"starttls", "smtp", "us:word@", "mail.example", "ann@example.com", false, nil, 1, true, ""},
		"STARTTLS":                          {"starttls", "smtp", "", "mail.example", "ann@example.com", false, nil, 1, true, ""},
		"TLS only":                          {"tls", "smtps", "", "127.0.0.1", "ann@example.com", false, nil, 1, true, ""},
		"elsewhere without TLS":             {"", "smtp", "", "mail.example", "ann@example.com", false, nil, 0, false, "STARTTLS"},
		"a certificate that nobody knows":   {"starttls", "smtp", "", "mail.example", "ann@example.com", true, nil, 0, false, "certificate"},
		"a wrong password":                  {"starttls", "smtp", "us:wrong@", "mail.example", "ann@example.com", false, nil, 0, false, "AUTH"},
		"nobody there":                      {"", "smtp", "", "127.0.0.1", "nobody@example.com", false, nil, 0, false, "no such user"},
		"later":                             {"", "smtp", "", "127.0.0.1", "ann@example.com", false, func(n int) error { return []error{later, later, nil}[min(n, 3)-1] }, 1, false, ""},
		"never":                             {"", "smtp", "", "127.0.0.1", "ann@example.com", false, func(int) error { return never }, 0, false, "no such thing"},
		"TLS from the beginning, to no TLS": {"", "smtps", "", "127.0.0.1", "ann@example.com", false, nil, 0, false, "tls"},
	} {
		t.Run(strings.NewReplacer(" ", "_", ",", "").Replace(name), func(t *testing.T) {
			p.empty(t)
			at := newPost(t, c.server)
			at.refuse = c.refuse
			roots := at.roots
			if c.strangers {
				roots = x509.NewCertPool()
			}
			p.subscribe(t, report.Subscription{ID: "mail", Kind: report.Mail, Address: c.to})
			p.publish(t, "a")
			works(t, p, at.mailer(t, c.scheme, c.user, c.host, roots))
			until(t, "nothing is open", func() bool { return p.one(t, open) == "0" })
			mails := at.got()
			if len(mails) != c.mails {
				t.Fatalf("%d mails, want %d; %s", len(mails), c.mails, p.one(t, `SELECT error FROM delivery`))
			}
			if why := p.one(t, `SELECT coalesce(error, '') FROM delivery WHERE subscription = 'mail' ORDER BY seq LIMIT 1`); !strings.Contains(why, c.error) || (why == "") != (c.error == "") {
				t.Errorf("the error is %q, want %q", why, c.error)
			}
			if c.mails > 0 && at.tls[0] != c.encrypted {
				t.Errorf("encrypted: %v", at.tls[0])
			}
			if c.user != "" && c.mails > 0 && len(at.users) != 1 {
				t.Errorf("signed in: %v", at.users)
			}
			if got := p.one(t, `SELECT count(*)::text FROM subscription WHERE disabled_at IS NOT NULL`); got != "0" {
				t.Error("a mail subscription was disabled")
			}
		})
	}
}

// TestMailServerThatHangs: a server that takes the connection and says nothing costs one
// try at a time; when it is well again the mail goes, over a restart.
func TestMailServerThatHangs(t *testing.T) {
	defer notify.Hurry(300*time.Millisecond, 100*time.Millisecond)()
	p, at := newPlace(t), newPost(t, "")
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	well := at.address
	at.address = silent.Addr().String()
	p.subscribe(t, report.Subscription{ID: "mail", Kind: report.Mail, Address: "ann@example.com"})
	p.publish(t, "a")
	stop := works(t, p, at.mailer(t, "smtp", "", "127.0.0.1", nil))
	until(t, "a try has failed", func() bool { return p.one(t, `SELECT count(*)::text FROM delivery WHERE error IS NOT NULL`) == "1" })
	stop()
	at.address = well
	works(t, p, at.mailer(t, "smtp", "", "127.0.0.1", nil))
	until(t, "the mail has come", func() bool { return len(at.got()) == 1 })
}

// parsed is a mail with its subject in plain text.
func parsed(t *testing.T, text string) (*netmail.Message, string) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return m, subject
}

// TestMailsOfEveryLanguage: what stands in them, and what must not.
func TestMailsOfEveryLanguage(t *testing.T) {
	defer notify.Hurry(5*time.Second, 30*time.Second)()
	p := newPlace(t)
	for language, want := range map[string]string{"en": "Message overdue: support", "es": "Mensaje fuera de plazo: support", "ko": "기한이 지난 메시지: support", "ja": "期限切れのメッセージ: support", "xx": "Message overdue: support"} {
		p.empty(t)
		at := newPost(t, "")
		if err := p.AddSubscription(t.Context(), report.Subscription{ID: "mail", Kind: report.Mail, Address: "ann@example.com", Types: report.NoticeTypes, Language: language, Owner: "ann"}); err != nil {
			t.Fatal(err)
		}
		due := time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC)
		data, _ := json.Marshal(map[string]any{"message": "c.r1", "queue": "support", "due_at": due, "text": "a\r\nBcc: eve@example.com"})
		if err := p.Publish(t.Context(), report.Notice{ID: "overdue-c.r1", Type: report.NoticeMessageOverdue, Queue: "support", At: due, Data: data}); err != nil {
			t.Fatal(err)
		}
		stop := works(t, p, at.mailer(t, "smtp", "", "127.0.0.1", nil))
		until(t, "it came", func() bool { return len(at.got()) == 1 })
		stop()
		m, subject := parsed(t, at.got()[0])
		if subject != want {
			t.Errorf("%s: subject %q, want %q", language, subject, want)
		}
		if m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Bcc") != "" || m.Header.Get("To") != "<ann@example.com>" || m.Header.Get("From") != `"Press Zero" <zero@calls.example>` {
			t.Errorf("%s: header %v", language, m.Header)
		}
		if id := m.Header.Get("Message-Id"); !strings.HasPrefix(id, "<n-") || !strings.HasSuffix(id, ".mail@calls.example>") {
			t.Errorf("Message-ID %s", id)
		}
		text := string(plain(t, m.Header.Get("Content-Transfer-Encoding"), m.Body))
		if !strings.Contains(text, "2026-07-01 12:00:00 CEST") || !strings.Contains(text, "https://calls.example/messages") {
			t.Errorf("%s: %s", language, text)
		}
	}
}

// TestNothingOfACallInAHeader: an address or a queue with a line break in it is refused,
// not sent.
func TestNothingOfACallInAHeader(t *testing.T) {
	defer notify.Hurry(5*time.Second, 30*time.Second)()
	p, at := newPlace(t), newPost(t, "")
	p.subscribe(t, report.Subscription{ID: "mail", Kind: report.Mail, Address: "ann@example.com"})
	p.subscribe(t, report.Subscription{ID: "evil", Kind: report.Mail, Address: "ann@example.com\r\nBcc: eve@example.com"})
	for id, queue := range map[string]string{"good": "support", "bad": "support\r\nBcc: eve@example.com"} {
		if err := p.Publish(t.Context(), report.Notice{ID: id, Type: report.NoticeLimitOver, Queue: queue, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	works(t, p, at.mailer(t, "smtp", "", "127.0.0.1", nil))
	until(t, "nothing is open", func() bool { return p.one(t, open) == "0" })
	if mails := at.got(); len(mails) != 1 || strings.Contains(mails[0], "eve@") {
		t.Errorf("mails: %q", mails)
	}
	if got := p.one(t, `SELECT count(*)::text FROM delivery WHERE sent_at IS NULL AND error LIKE '%line break%'`); got != "3" {
		t.Errorf("%s were refused", got)
	}
}

// TestDayMail: the day's report has a text, a page and a picture, of the queues that are
// wanted.
func TestDayMail(t *testing.T) {
	defer notify.Hurry(5*time.Second, 30*time.Second)()
	p, at := newPlace(t), newPost(t, "")
	if err := p.AddSubscription(t.Context(), report.Subscription{ID: "mail", Kind: report.Mail, Address: "ann@example.com", Types: []string{report.NoticeDay}, Queues: []string{"billing", "support"}, Language: "en", Owner: "ann"}); err != nil {
		t.Fatal(err)
	}
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	morning := time.Date(2026, 3, 29, 9, 0, 0, 0, madrid) // the day has 23 hours
	var tallies []report.Tally
	for i, queue := range []string{"billing", "support", "sales"} {
		for h := range 16 {
			start := morning.Add(time.Duration(h) * 30 * time.Minute)
			tallies = append(tallies, report.Tally{Queue: queue, Start: start, Outcome: "answered", Visits: 8 + 3*i + h%5, Within: 6, LongestS: 90},
				report.Tally{Queue: queue, Start: start, Outcome: "abandoned_queue", Visits: h % 4, LongestS: 61})
		}
	}
	day := report.NewDayNotice("2026-03-29", "Europe/Madrid", tallies, func(string) report.Thresholds { return report.Thresholds{TargetS: 20, ShortS: 5} })
	data, err := json.Marshal(day)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Publish(t.Context(), report.Notice{ID: "day-2026-03-29", Type: report.NoticeDay, At: time.Now(), Data: data}); err != nil {
		t.Fatal(err)
	}
	works(t, p, at.mailer(t, "smtp", "", "127.0.0.1", nil))
	until(t, "it came", func() bool { return len(at.got()) == 1 })
	m, subject := parsed(t, at.got()[0])
	if subject != "Calls of 2026-03-29: Offered 412, Gave up 48" {
		t.Errorf("subject %q", subject)
	}
	parts := map[string][]byte{}
	collect(t, m.Header.Get("Content-Type"), m.Body, parts)
	for kind, want := range map[string][]string{"text/plain": {"billing", "support", "All", "1m30s", "Europe/Madrid"}, "text/html": {"cid:calls", "<th scope=\"row\"", "billing", "https://calls.example/supervisor"}} {
		for _, text := range want {
			if !strings.Contains(string(parts[kind]), text) {
				t.Errorf("%s lacks %q:\n%s", kind, text, parts[kind])
			}
		}
		if strings.Contains(string(parts[kind]), "sales") {
			t.Errorf("%s tells of a queue that is not wanted", kind)
		}
	}
	picture, err := png.Decode(bytes.NewReader(parts["image/png"]))
	if err != nil || picture.Bounds().Dx() != 720 {
		t.Fatalf("the picture: %v", err)
	}
	keep(t, "day.png", parts["image/png"])
	keep(t, "day.html", parts["text/html"])
}

// collect finds the parts of a mail by their type.
func collect(t *testing.T, kind string, r io.Reader, parts map[string][]byte) {
	t.Helper()
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(media, "multipart/") {
		t.Fatalf("a mail of one part: %s", kind)
	}
	for all := multipart.NewReader(r, params["boundary"]); ; {
		part, err := all.NextRawPart()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		media, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if strings.HasPrefix(media, "multipart/") {
			collect(t, part.Header.Get("Content-Type"), part, parts)
			continue
		}
		parts[media] = plain(t, part.Header.Get("Content-Transfer-Encoding"), part)
	}
}

package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail"

	"presszero/report"
)

// MailConfig says by which server mails leave, and as whose.
type MailConfig struct {
	// Server is smtp://user:password@host:port, with STARTTLS, or smtps://…, with TLS
	// from the beginning. TLS is a must unless the host is this machine.
	Server *url.URL
	From   string         // an address, with or without a name
	Roots  *x509.CertPool // nil: those of the system
	Site   *url.URL       // where the pages are; nil: mails have no links
	Zone   func() string  // IANA name of the zone in which times are written; nil: UTC
	// Dial connects to a server of smtp://; nil: as usual.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Mailer sends notices by mail.
type Mailer struct {
	cfg     MailConfig
	from    *netmail.Address
	options []mail.Option
}

// NewMailer returns a mailer. An error is a sentence for the operator.
func NewMailer(c MailConfig) (*Mailer, error) {
	from, err := netmail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("%q is no mail address: %w", c.From, err)
	}
	if c.Zone == nil {
		c.Zone = func() string { return "UTC" }
	}
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	host := c.Server.Hostname()
	options := []mail.Option{mail.WithTimeout(oneTry), mail.WithTLSConfig(&tls.Config{ServerName: host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12})}
	switch {
	case c.Server.Scheme == "smtps":
		options = append(options, mail.WithSSLPort(false))
	case thisMachine(host):
		options = append(options, mail.WithTLSPortPolicy(mail.NoTLS), mail.WithPort(25))
	default:
		options = append(options, mail.WithTLSPortPolicy(mail.TLSMandatory))
	}
	if text := c.Server.Port(); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no port", text)
		}
		options = append(options, mail.WithPort(port))
	}
	if user := c.Server.User; user != nil {
		password, _ := user.Password()
		auth := mail.SMTPAuthAutoDiscover
		if thisMachine(host) && c.Server.Scheme == "smtp" {
			auth = mail.SMTPAuthPlainNoEnc
		}
		options = append(options, mail.WithSMTPAuth(auth), mail.WithUsername(user.Username()), mail.WithPassword(password))
	}
	if _, err := mail.NewClient(host, options...); err != nil {
		return nil, fmt.Errorf("the mail server cannot be used: %w", err)
	}
	return &Mailer{cfg: c, from: from, options: options}, nil
}

func thisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// CheckAddress says in a sentence what is wrong with an address of mail; "": nothing.
func CheckAddress(text string) (wrong string) {
	a, err := netmail.ParseAddress(text)
	if err != nil || a.Address != text || strings.ContainsAny(text, "\r\n") {
		return "This is no mail address like name@example.com."
	}
	return ""
}

// send mails a notice. Its Message-ID is made of the notice and the subscription, so
// what is sent twice is known to be the same.
func (m *Mailer) send(ctx context.Context, s report.Subscription, n report.Notice) (int, error) {
	msg, err := m.compose(s, n)
	if err != nil {
		return 0, &problem{text: oneLine(err.Error()), final: true}
	}
	c, err := mail.NewClient(m.cfg.Server.Hostname(), m.options...)
	if err != nil {
		return 0, &problem{text: err.Error()}
	}
	line := &line{connect: m.cfg.Dial}
	if m.cfg.Server.Scheme == "smtp" {
		err = mail.WithDialContextFunc(line.dial)(c)
		if err != nil {
			return 0, err
		}
		defer line.close() // the client leaves one open with which it could not begin
	}
	stop := context.AfterFunc(ctx, line.close) // its own deadlines begin anew with each step
	defer stop()
	if err = c.DialAndSendWithContext(ctx, msg); err == nil || msg.IsDelivered() { // not to be sent again because the farewell failed
		return 250, nil
	}
	return 0, smtpProblem(err)
}

// smtpProblem tells whether another try may help: after a refusal for good (5xx) of this
// mail it will not, but after one of our sign-in, which the operator may mend, it may.
func smtpProblem(err error) *problem {
	p := &problem{text: oneLine(err.Error())}
	var refused *mail.SendError
	if errors.As(err, &refused) {
		p.status = refused.ErrorCode()
		p.final = p.status >= 500
	}
	var said *textproto.Error
	if p.status == 0 && errors.As(err, &said) {
		p.status = said.Code
	}
	return p
}

// line is the connection to the server.
type line struct {
	connect func(ctx context.Context, network, address string) (net.Conn, error)
	mu      sync.Mutex
	conn    net.Conn
	closed  bool
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := l.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = conn
	if l.closed {
		return nil, errors.Join(context.Canceled, conn.Close())
	}
	return conn, nil
}

func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.conn != nil {
		_ = l.conn.Close()
	}
}

// compose writes the mail of a notice.
func (m *Mailer) compose(s report.Subscription, n report.Notice) (*mail.Msg, error) {
	if strings.ContainsAny(s.Address+n.Queue, "\r\n") {
		return nil, errors.New("the address or the queue has a line break in it")
	}
	w := wordsOf(s.Language)
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(m.from)
	if err := msg.To(s.Address); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(m.from.Address, "@")
	msg.SetMessageIDWithValue(safeID(n.ID) + "." + safeID(s.ID) + "@" + domain)
	msg.SetDateWithValue(time.Now())
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's machine answers
	if n.Type == report.NoticeDay {
		return msg, m.composeDay(msg, w, s, n)
	}
	subject, text := m.write(w, n)
	msg.Subject(subject)
	msg.SetBodyString(mail.TypeTextPlain, text)
	return msg, nil
}

// composeDay writes the day's report: a text, the same as a page, and a picture in it.
func (m *Mailer) composeDay(msg *mail.Msg, w words, s report.Subscription, n report.Notice) error {
	d, err := dayOf(n, s.Queues)
	if err != nil {
		return err
	}
	picture, err := d.picture()
	if err != nil {
		return err
	}
	page, err := d.page(w, m.link("/supervisor"))
	if err != nil {
		return err
	}
	msg.Subject(d.subject(w))
	msg.SetBodyString(mail.TypeTextPlain, d.text(w, m.link("/supervisor")))
	msg.AddAlternativeString(mail.TypeTextHTML, page)
	return msg.EmbedReader("calls.png", bytes.NewReader(picture), mail.WithFileContentID(pictureID), mail.WithFileContentType("image/png"))
}

// link is the address of a page; "" where it is not known.
func (m *Mailer) link(path string) string {
	if m.cfg.Site == nil {
		return ""
	}
	return m.cfg.Site.JoinPath(path).String()
}

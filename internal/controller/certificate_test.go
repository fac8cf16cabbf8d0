package controller

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/internal/running"
	"presszero/internal/settings"
	"presszero/internal/starttest"
)

// secured are settings of pages with the operator's certificate.
func secured(t *testing.T) settings.Settings {
	t.Helper()
	dir := t.TempDir()
	return settings.Settings{HTTPAddr: "127.0.0.1:0", StateDir: filepath.Join(dir, "state"),
		TLSCert: filepath.Join(dir, "cert.pem"), TLSKey: filepath.Join(dir, "key.pem")}
}

// putCertificate puts the operator's certificate where the settings say.
func putCertificate(t *testing.T, s settings.Settings, cert, key []byte) {
	t.Helper()
	must(t, os.WriteFile(s.TLSCert, cert, 0o644))
	must(t, os.WriteFile(s.TLSKey, key, 0o600))
}

// presented is what a new connection to a listener with c gets.
func presented(t *testing.T, c *certificate) *x509.Certificate {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", c.config())
	must(t, err)
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			_ = conn.(*tls.Conn).Handshake()
			conn.Close()
		}
	}()
	conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	must(t, err)
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0]
}

// TestCertificateIsReplaced: new connections get what lies on disk, as soon as
// it is whole; until then they get the one before, and there is an alarm.
func TestCertificateIsReplaced(t *testing.T) {
	t.Parallel()
	s := secured(t)
	next := time.Now().AddDate(0, 2, 0)
	first, firstKey := starttest.Issued(t, "one.example", next)
	second, secondKey := starttest.Issued(t, "two.example", next)
	putCertificate(t, s, first, firstKey)
	c, err := openCertificate(s, slog.New(slog.DiscardHandler))
	must(t, err)
	starttest.IsCert(t, presented(t, c), first)
	if said := c.warnings(time.Now()); len(said) > 0 {
		t.Errorf("of a good one it says %q", said)
	}
	chain := append(bytes.Clone(second), first...) // an intermediate behind it
	for name, broken := range map[string]struct{ cert, key []byte }{
		"half a file":                    {second[:len(second)/2], secondKey},
		"the chain's end is missing":     {chain[:len(chain)-50], secondKey},
		"nothing":                        {nil, nil},
		"noise":                          {bytes.Repeat([]byte{0xfe, 7}, 500), secondKey},
		"the key of another one":         {second, firstKey},
		"half a key":                     {second, secondKey[:len(secondKey)/2]},
		"the certificate before its key": {second, firstKey},
	} {
		putCertificate(t, s, broken.cert, broken.key)
		starttest.IsCert(t, presented(t, c), first)
		if said := strings.Join(textsOf(c.warnings(time.Now())), "\n"); !strings.Contains(said, "cannot be used") {
			t.Errorf("%s: it says %q", name, said)
		}
	}
	must(t, os.Remove(s.TLSCert))
	must(t, os.Mkdir(s.TLSCert, 0o700)) // cannot be read
	starttest.IsCert(t, presented(t, c), first)
	must(t, os.Remove(s.TLSCert))
	starttest.IsCert(t, presented(t, c), first) // there is none
	putCertificate(t, s, second, secondKey)
	starttest.IsCert(t, presented(t, c), second)
	if said := c.warnings(time.Now()); len(said) > 0 {
		t.Errorf("when all is well again it says %q", said)
	}

	// A link that is moved to another folder is a change too.
	third, thirdKey := starttest.Issued(t, "three.example", next)
	other := t.TempDir()
	must(t, os.WriteFile(filepath.Join(other, "c"), third, 0o644))
	must(t, os.WriteFile(filepath.Join(other, "k"), thirdKey, 0o600))
	must(t, os.Remove(s.TLSCert))
	must(t, os.Remove(s.TLSKey))
	must(t, os.Symlink(filepath.Join(other, "c"), s.TLSCert))
	must(t, os.Symlink(filepath.Join(other, "k"), s.TLSKey))
	starttest.IsCert(t, presented(t, c), third)
}

// TestCertificateEnds: its end is an alarm, early enough, and no reason not to
// serve.
func TestCertificateEnds(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, x := range map[string]struct {
		until time.Time
		want  string
	}{
		"good":             {now.AddDate(0, 1, 0), ""},
		"ends in ten days": {now.AddDate(0, 0, 10), "ends at"},
		"ended":            {now.Add(-time.Minute), "browsers refuse it"},
		"ended long ago":   {now.AddDate(-2, 0, 0), "browsers refuse it"},
		"is not yet good":  {now.AddDate(1, 0, 0), "is good from"},
	} {
		s := secured(t)
		cert, key := starttest.Issued(t, "callcentre.example", x.until)
		putCertificate(t, s, cert, key)
		c, err := openCertificate(s, slog.New(slog.DiscardHandler))
		must(t, err)
		starttest.IsCert(t, presented(t, c), cert)
		said := strings.Join(textsOf(c.warnings(now)), "\n")
		if x.want == "" && said != "" || !strings.Contains(said, x.want) {
			t.Errorf("%s: it says %q", name, said)
		}
	}
}

// TestCertificateAtTheStart: file and damage, at the first start and at one
// after a good one.
func TestCertificateAtTheStart(t *testing.T) {
	t.Parallel()
	cert, key := starttest.Issued(t, "callcentre.example", time.Now().AddDate(0, 2, 0))
	for name, damage := range starttest.Damages {
		t.Run(name, func(t *testing.T) {
			s := secured(t)
			putCertificate(t, s, cert, key)
			damage(t, s.TLSCert)
			if _, err := openCertificate(s, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), s.TLSCert) || !strings.Contains(err.Error(), "PRESSZERO_TLS_CERT") {
				t.Errorf("first start: %v", err)
			}
			for _, damaged := range []string{s.TLSCert, s.TLSKey} {
				must(t, os.RemoveAll(s.TLSCert))
				must(t, os.RemoveAll(s.TLSKey))
				putCertificate(t, s, cert, key)
				_, err := openCertificate(s, slog.New(slog.DiscardHandler))
				must(t, err)
				damage(t, damaged)
				c, err := openCertificate(s, slog.New(slog.DiscardHandler))
				must(t, err)
				starttest.IsCert(t, presented(t, c), cert)
				if said := c.warnings(time.Now()); len(said) == 0 {
					t.Error("nobody is told")
				}
			}
		})
	}
}

// TestOurOwnCertificate: it is made anew in time, also while the program runs,
// and when it is damaged; and the tools believe it.
func TestOurOwnCertificate(t *testing.T) {
	t.Parallel()
	s := settings.Settings{HTTPAddr: "192.0.2.1:8443", StateDir: t.TempDir()}
	open := func() *certificate {
		c, err := openCertificate(s, slog.New(slog.DiscardHandler))
		must(t, err)
		return c
	}
	now := time.Now()
	c := open()
	first := presented(t, c)
	if !first.IPAddresses[2].Equal(net.ParseIP("192.0.2.1")) {
		t.Errorf("it is for %v", first.IPAddresses)
	}
	if again := presented(t, open()); !again.Equal(first) {
		t.Error("a restart makes another one")
	}
	c.warnings(now.Add(ownLasts - renewOwn - 2*time.Hour))
	if !presented(t, c).Equal(first) {
		t.Error("made anew too early")
	}
	if said := c.warnings(now.Add(ownLasts - renewOwn + time.Hour)); len(said) > 0 {
		t.Errorf("it says %q", said)
	}
	if presented(t, c).Equal(first) {
		t.Error("not made anew in time")
	}
	if second := presented(t, c); !presented(t, open()).Equal(second) {
		t.Error("the new one is not kept")
	}
	for name, damage := range starttest.Damages {
		for _, file := range []string{"cert.pem", "key.pem"} {
			damage(t, s.Path("tls", file))
			if c := presented(t, open()); c.NotAfter.Before(now) {
				t.Errorf("%s of %s: until %s", name, file, c.NotAfter)
			}
			must(t, os.RemoveAll(s.Path("tls")))
			open()
		}
	}
}

// TestToolsBelieveOurCertificate: the tools of this machine reach the pages
// whatever name and date their certificate has; another one they refuse.
func TestToolsBelieveOurCertificate(t *testing.T) {
	t.Parallel()
	s := secured(t)
	cert, key := starttest.Issued(t, "callcentre.example", time.Now().AddDate(-1, 0, 0))
	putCertificate(t, s, cert, key)
	c, err := openCertificate(s, slog.New(slog.DiscardHandler))
	must(t, err)
	l, err := tls.Listen("tcp", "127.0.0.1:0", c.config())
	must(t, err)
	web := &http.Server{Handler: http.NotFoundHandler(), ErrorLog: log.New(io.Discard, "", 0)}
	go web.Serve(l)
	defer web.Close()
	client := &http.Client{Transport: running.Transport(s)}
	resp, err := client.Get("https://" + l.Addr().String())
	must(t, err)
	resp.Body.Close()

	other := secured(t)
	otherCert, otherKey := starttest.Issued(t, "callcentre.example", time.Now().AddDate(1, 0, 0))
	putCertificate(t, other, otherCert, otherKey)
	if _, err := (&http.Client{Transport: running.Transport(other)}).Get("https://" + l.Addr().String()); err == nil || !strings.Contains(err.Error(), other.TLSCert) {
		t.Errorf("a stranger's certificate: %v", err)
	}
}

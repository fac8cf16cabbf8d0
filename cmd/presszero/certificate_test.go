package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// issued is a certificate as an authority issues it: for a name only, good
// until then; and its key.
func issued(t *testing.T, name string, until time.Time) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		DNSNames: []string{name}, NotBefore: until.AddDate(0, -3, 0), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	must(t, err)
	der2, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der2})
}

// secured are settings of pages with the operator's certificate.
func secured(t *testing.T) Settings {
	t.Helper()
	dir := t.TempDir()
	return Settings{HTTPAddr: "127.0.0.1:0", StateDir: filepath.Join(dir, "state"),
		TLSCert: filepath.Join(dir, "cert.pem"), TLSKey: filepath.Join(dir, "key.pem")}
}

func (s Settings) install(t *testing.T, cert, key []byte) {
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

func isCert(t *testing.T, got *x509.Certificate, cert []byte) {
	t.Helper()
	if block, _ := pem.Decode(cert); !bytes.Equal(got.Raw, block.Bytes) {
		t.Errorf("the certificate of %s until %s is served", got.Subject.CommonName, got.NotAfter)
	}
}

// TestCertificateIsReplaced: new connections get what lies on disk, as soon as
// it is whole; until then they get the one before, and there is an alarm.
func TestCertificateIsReplaced(t *testing.T) {
	t.Parallel()
	s := secured(t)
	next := time.Now().AddDate(0, 2, 0)
	first, firstKey := issued(t, "one.example", next)
	second, secondKey := issued(t, "two.example", next)
	s.install(t, first, firstKey)
	c, err := openCertificate(s, slog.New(slog.DiscardHandler))
	must(t, err)
	isCert(t, presented(t, c), first)
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
		s.install(t, broken.cert, broken.key)
		isCert(t, presented(t, c), first)
		if said := strings.Join(c.warnings(time.Now()), "\n"); !strings.Contains(said, "cannot be used") {
			t.Errorf("%s: it says %q", name, said)
		}
	}
	must(t, os.Remove(s.TLSCert))
	must(t, os.Mkdir(s.TLSCert, 0o700)) // cannot be read
	isCert(t, presented(t, c), first)
	must(t, os.Remove(s.TLSCert))
	isCert(t, presented(t, c), first) // there is none
	s.install(t, second, secondKey)
	isCert(t, presented(t, c), second)
	if said := c.warnings(time.Now()); len(said) > 0 {
		t.Errorf("when all is well again it says %q", said)
	}

	// A link that is moved to another folder is a change too.
	third, thirdKey := issued(t, "three.example", next)
	other := t.TempDir()
	must(t, os.WriteFile(filepath.Join(other, "c"), third, 0o644))
	must(t, os.WriteFile(filepath.Join(other, "k"), thirdKey, 0o600))
	must(t, os.Remove(s.TLSCert))
	must(t, os.Remove(s.TLSKey))
	must(t, os.Symlink(filepath.Join(other, "c"), s.TLSCert))
	must(t, os.Symlink(filepath.Join(other, "k"), s.TLSKey))
	isCert(t, presented(t, c), third)
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
		cert, key := issued(t, "callcentre.example", x.until)
		s.install(t, cert, key)
		c, err := openCertificate(s, slog.New(slog.DiscardHandler))
		must(t, err)
		isCert(t, presented(t, c), cert)
		said := strings.Join(c.warnings(now), "\n")
		if x.want == "" && said != "" || !strings.Contains(said, x.want) {
			t.Errorf("%s: it says %q", name, said)
		}
	}
}

// TestCertificateAtTheStart: file and damage, at the first start and at one
// after a good one.
func TestCertificateAtTheStart(t *testing.T) {
	t.Parallel()
	cert, key := issued(t, "callcentre.example", time.Now().AddDate(0, 2, 0))
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			s := secured(t)
			s.install(t, cert, key)
			damage(t, s.TLSCert)
			if _, err := openCertificate(s, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), s.TLSCert) || !strings.Contains(err.Error(), "PRESSZERO_TLS_CERT") {
				t.Errorf("first start: %v", err)
			}
			for _, damaged := range []string{s.TLSCert, s.TLSKey} {
				must(t, os.RemoveAll(s.TLSCert))
				must(t, os.RemoveAll(s.TLSKey))
				s.install(t, cert, key)
				_, err := openCertificate(s, slog.New(slog.DiscardHandler))
				must(t, err)
				damage(t, damaged)
				c, err := openCertificate(s, slog.New(slog.DiscardHandler))
				must(t, err)
				isCert(t, presented(t, c), cert)
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
	s := Settings{HTTPAddr: "192.0.2.1:8443", StateDir: t.TempDir()}
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
	for name, damage := range damages {
		for _, file := range []string{"cert.pem", "key.pem"} {
			damage(t, s.path("tls", file))
			if c := presented(t, open()); c.NotAfter.Before(now) {
				t.Errorf("%s of %s: until %s", name, file, c.NotAfter)
			}
			must(t, os.RemoveAll(s.path("tls")))
			open()
		}
	}
}

// TestToolsBelieveOurCertificate: the tools of this machine reach the pages
// whatever name and date their certificate has; another one they refuse.
func TestToolsBelieveOurCertificate(t *testing.T) {
	t.Parallel()
	s := secured(t)
	cert, key := issued(t, "callcentre.example", time.Now().AddDate(-1, 0, 0))
	s.install(t, cert, key)
	c, err := openCertificate(s, slog.New(slog.DiscardHandler))
	must(t, err)
	l, err := tls.Listen("tcp", "127.0.0.1:0", c.config())
	must(t, err)
	web := &http.Server{Handler: http.NotFoundHandler(), ErrorLog: log.New(io.Discard, "", 0)}
	go web.Serve(l)
	defer web.Close()
	client := &http.Client{Transport: transport(s)}
	resp, err := client.Get("https://" + l.Addr().String())
	must(t, err)
	resp.Body.Close()

	other := secured(t)
	otherCert, otherKey := issued(t, "callcentre.example", time.Now().AddDate(1, 0, 0))
	other.install(t, otherCert, otherKey)
	if _, err := (&http.Client{Transport: transport(other)}).Get("https://" + l.Addr().String()); err == nil || !strings.Contains(err.Error(), other.TLSCert) {
		t.Errorf("a stranger's certificate: %v", err)
	}
}

// damages are what can have happened to a file, by name.
var damages = map[string]func(t *testing.T, path string){
	"missing": func(t *testing.T, path string) { must(t, os.RemoveAll(path)) },
	"empty":   func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o600)) },
	"half": func(t *testing.T, path string) {
		text, err := os.ReadFile(path)
		must(t, err)
		must(t, os.WriteFile(path, text[:len(text)/2], 0o600))
	},
	"noise": func(t *testing.T, path string) {
		noise := make([]byte, 3000)
		rand.Read(noise)
		must(t, os.WriteFile(path, noise, 0o600))
	},
	// Tests run as root, which may read everything: a folder in its place.
	"unreadable": func(t *testing.T, path string) {
		must(t, os.RemoveAll(path))
		must(t, os.MkdirAll(filepath.Join(path, "in the way"), 0o700))
	},
}

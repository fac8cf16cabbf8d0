package controller

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"presszero/internal/atomicfile"
	"presszero/internal/settings"
	"presszero/web"
)

// certificate is what the pages are served with: the operator's, or one that
// we sign ourselves, because browsers give the microphone only to HTTPS or to
// loopback. It is read again when its files change, as ACME clients change
// them, and new connections get the new one; one that cannot be used changes
// nothing and is an alarm. So is one that ends soon, or has ended: browsers
// refuse it then, but calls go on.
//
// The operator's is copied into the state folder whenever it could be read, for
// a start at which it cannot.
type certificate struct {
	cert, key string                             // the files
	own       bool                               // they are of a certificate that we sign ourselves
	copied    string                             // the file of the operator's last good certificate, with its key
	sign      func() (cert, key []byte, _ error) // makes our own
	log       *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	seen    string    // the files' state when they were last read
	looked  time.Time // when they were last looked at
	trouble string    // why the files are not served as they are
	said    string    // the alarms that the log has
}

const (
	ownLasts   = 365 * 24 * time.Hour
	renewOwn   = 30 * 24 * time.Hour // before its end
	warnBefore = 14 * 24 * time.Hour // or a quarter of its life, if that is shorter
	lookEvery  = time.Second
)

// openCertificate returns what the pages are served with; nil where plain HTTP
// will do. An operator's certificate that cannot be used, and of which no copy
// is there, is an error.
func openCertificate(s settings.Settings, log *slog.Logger) (*certificate, error) {
	if !s.Secure() {
		return nil, nil
	}
	cert, key := s.CertificateFiles()
	c := &certificate{cert: cert, key: key, own: s.TLSCert == "", copied: s.CertificateCopy(), log: log,
		sign: func() (cert, key []byte, _ error) { return selfSign(host(s.HTTPAddr), s.PublicIP, time.Now()) }}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reread(time.Now())
	if c.pair == nil {
		return nil, fmt.Errorf("the certificate cannot be used: %s; correct PRESSZERO_TLS_CERT and PRESSZERO_TLS_KEY, or unset both for a self-signed one", c.trouble)
	}
	return c, nil
}

// config is for the listener of the pages.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return c.current(time.Now()), nil
	}}
}

// current is the certificate for a new connection.
func (c *certificate) current(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.looked) >= lookEvery || c.changed() {
		c.reread(now)
	}
	return c.pair
}

// changed reports whether the files are not those that were read last.
func (c *certificate) changed() bool { return c.state() != c.seen }

// state tells one content of the files from another without reading them.
func (c *certificate) state() string {
	state := ""
	for _, path := range []string{c.cert, c.key} {
		info, err := os.Stat(path)
		if err != nil {
			state += err.Error()
			continue
		}
		state += fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size(), " ")
		if sys, ok := info.Sys().(*syscall.Stat_t); ok {
			state += fmt.Sprint(sys.Dev, " ", sys.Ino, " ")
		}
	}
	return state
}

// reread reads the files if they are not those that were read last, and makes our
// own anew in time. c.mu is held.
func (c *certificate) reread(now time.Time) {
	c.looked = now
	if c.pair == nil || c.trouble != "" || c.changed() {
		c.read()
	}
	if c.own && (c.pair == nil || now.After(c.pair.Leaf.NotAfter.Add(-renewOwn))) {
		c.renew()
	}
	if c.pair == nil {
		c.restore()
	}
	if said := strings.Join(textsOf(c.alarms(now)), "; "); said != c.said {
		c.said = said
		if said != "" {
			c.log.Error("the certificate of the pages needs attention", "why", said)
		}
	}
}

// read takes the files as they are, if they can be used.
func (c *certificate) read() {
	seen := c.state() // before reading, so that a change meanwhile is noticed
	chain, err := os.ReadFile(c.cert)
	var private []byte
	if err == nil {
		private, err = os.ReadFile(c.key)
	}
	var pair *tls.Certificate
	if err == nil {
		if pair, err = pairOf(chain, private); err != nil {
			err = fmt.Errorf("%s: %w", c.cert, err)
		}
	}
	c.seen = seen
	if err != nil {
		c.trouble = err.Error()
		return
	}
	c.trouble = ""
	if c.pair != nil && !bytes.Equal(c.pair.Leaf.Raw, pair.Leaf.Raw) {
		c.log.Info("new connections to the pages get another certificate", "file", c.cert, "until", pair.Leaf.NotAfter)
	}
	c.pair = pair
	if c.own {
		return
	}
	err = os.MkdirAll(filepath.Dir(c.copied), 0o700)
	if err == nil {
		err = atomicfile.Write(c.copied, slices.Concat(chain, []byte("\n"), private))
	}
	if err != nil {
		c.log.Warn("the last good certificate cannot be saved; if its file is damaged at the next start, a self-signed one is shown", "err", err)
	}
}

// renew makes our own certificate. One that cannot be written down is served
// from memory.
func (c *certificate) renew() {
	chain, private, err := c.sign()
	var pair *tls.Certificate
	if err == nil {
		pair, err = pairOf(chain, private)
	}
	if err != nil {
		c.trouble = fmt.Sprintf("a certificate cannot be made: %s", err)
		return
	}
	c.log.Info("a self-signed certificate is made", "until", pair.Leaf.NotAfter, "why", cmp.Or(c.trouble, "the one before ends soon"))
	c.pair, c.trouble = pair, ""
	err = os.MkdirAll(filepath.Dir(c.copied), 0o700)
	if err == nil {
		err = atomicfile.Write(c.key, private)
	}
	if err == nil {
		err = atomicfile.Write(c.cert, chain)
	}
	if c.seen = c.state(); err != nil {
		c.log.Error("the certificate that was made cannot be kept; browsers will ask about another one after the next start", "err", err)
	}
}

// restore takes the copy of the operator's certificate.
func (c *certificate) restore() {
	text, err := os.ReadFile(c.copied)
	if err != nil {
		return
	}
	if pair, err := pairOf(text, text); err == nil {
		c.pair = pair
	}
}

// alarms says what an operator has to do about the certificate. c.mu is held.
func (c *certificate) alarms(now time.Time) (list []trouble) {
	if c.trouble != "" {
		list = append(list, trouble{web.AboutCertificate, "files of the certificate", fmt.Sprintf("the certificate of the pages cannot be used (%s); the last good one is served", c.trouble)})
	}
	if c.pair == nil {
		return list
	}
	leaf := c.pair.Leaf
	soon := min(warnBefore, leaf.NotAfter.Sub(leaf.NotBefore)/4)
	switch left := leaf.NotAfter.Sub(now); {
	case left <= 0:
		list = append(list, trouble{web.AboutCertificate, "time of the certificate", fmt.Sprintf("the certificate of the pages ended at %s and browsers refuse it; replace %s", leaf.NotAfter.UTC().Format(time.RFC3339), c.cert)})
	case left < soon:
		list = append(list, trouble{web.AboutCertificate, "time of the certificate", fmt.Sprintf("the certificate of the pages ends at %s; replace %s", leaf.NotAfter.UTC().Format(time.RFC3339), c.cert)})
	case now.Before(leaf.NotBefore):
		list = append(list, trouble{web.AboutCertificate, "time of the certificate", fmt.Sprintf("the certificate of the pages is good from %s only; look at %s and at this machine's clock", leaf.NotBefore.UTC().Format(time.RFC3339), c.cert)})
	}
	return list
}

// warnings looks at the files and says what is wrong.
func (c *certificate) warnings(now time.Time) []trouble {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reread(now)
	return c.alarms(now)
}

// watch looks at the files every minute until ctx ends, so that the log and a
// renewal do not wait for a connection.
func (c *certificate) watch(ctx context.Context) {
	if c == nil {
		return
	}
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			c.warnings(now)
		}
	}
}

// pairOf reads a certificate with its chain, and its key. A file that is being
// written, of which the chain's end is missing, is refused.
func pairOf(chain, key []byte) (*tls.Certificate, error) {
	rest := chain
	for block := new(pem.Block); block != nil; {
		block, rest = pem.Decode(rest)
	}
	if bytes.Contains(rest, []byte("-----BEGIN")) {
		return nil, errors.New("the file is not whole: a block has no end")
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, err
	}
	return &pair, nil
}

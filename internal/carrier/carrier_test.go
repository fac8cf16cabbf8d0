package carrier

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

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

package main

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/kelseyhightower/envconfig"
)

// Settings come from the environment, each with the prefix PRESSZERO_.
type Settings struct {
	HTTPAddr string `envconfig:"HTTP_ADDR" default:"127.0.0.1:8080"` // pages and API
	SIPAddr  string `envconfig:"SIP_ADDR" default:"127.0.0.1:5060"`  // where callers reach the private Asterisk
	RTPPorts string `envconfig:"RTP_PORTS" default:"10000-20000"`    // its audio

	CallersFrom []string `envconfig:"CALLERS_FROM"` // addresses and networks that may call, beside the trunks; unset: this machine, or with TRUNKS nobody
	Trunk       string   `envconfig:"TRUNK"`        // SIP address that carries outbound calls; unset: none leave
	Trunks      string   `envconfig:"TRUNKS"`       // file of carriers and telephone systems, trunks.yaml, in place of TRUNK
	SIPTLSAddr  string   `envconfig:"SIP_TLS_ADDR"` // where trunks with TLS reach the private Asterisk; unset: SIP_ADDR at the next port

	CallsPerCaller int `envconfig:"CALLS_PER_CALLER"` // a minute from one number; unset: 30, or no bound while only this machine may call
	CallsPerNumber int `envconfig:"CALLS_PER_NUMBER"` // at once to one of our numbers; unset: no bound
	CallsAtOnce    int `envconfig:"CALLS_AT_ONCE"`    // in all; unset: 1000

	PreferredPerCaller int `envconfig:"PREFERRED_PER_CALLER"` // a minute from one number that is owed a place or is a VIP's; unset: 3 times CALLS_PER_CALLER
	PreferredAtOnce    int `envconfig:"PREFERRED_AT_ONCE"`    // in all, until which such callers are let in; unset: a tenth above CALLS_AT_ONCE

	Country       string   `envconfig:"COUNTRY"`         // where we are, as ES: how numbers without a country are read; needed with TRUNK
	CallTo        []string `envconfig:"CALL_TO"`         // countries that may be called; unset: ours
	OwnNumbers    []string `envconfig:"OWN_NUMBERS"`     // ours, which are never called
	CallsPerDay   int      `envconfig:"CALLS_PER_DAY"`   // that may leave; unset: 3000
	CallsPerHour  int      `envconfig:"CALLS_PER_HOUR"`  // that may leave; unset: 600
	CallsByAgent  int      `envconfig:"CALLS_BY_AGENT"`  // that one agent may make in an hour; unset: 60
	CallsToPerson int      `envconfig:"CALLS_TO_PERSON"` // to one number in 24 h, unless the flow names it; unset: 3
	Zone          string   `envconfig:"ZONE"`            // for the quiet hours of numbers that do not say where they are

	Flow         string `envconfig:"FLOW"`          // the flow file; unset: the example
	Prompts      string `envconfig:"PROMPTS"`       // folder of recordings, NAME.wav; unset: prompts in the state folder
	Speak        string `envconfig:"SPEAK"`         // the command that speaks a text, with {language}, {file}, {text}; unset: espeak-ng
	KeepMessages int    `envconfig:"KEEP_MESSAGES"` // days; unset: 30, -1: for ever

	StateDir string `envconfig:"STATE_DIR" default:".run"` // everything that is kept

	LogSize int `envconfig:"LOG_SIZE" default:"200"` // MB that all logs together may take

	DatabaseURL string `envconfig:"DATABASE_URL"` // unset: a private Postgres
	ARIURL      string `envconfig:"ARI_URL"`      // unset: a private Asterisk
	ARIUser     string `envconfig:"ARI_USER" default:"presszero"`
	ARIPassword string `envconfig:"ARI_PASSWORD"`   // unset: made on the first run
	Recordings  string `envconfig:"ARI_RECORDINGS"` // where Asterisk records; unset: the private one's folder

	FallbackTo    []string      `envconfig:"FALLBACK_TO"`                  // numbers of people to ring over TRUNK when the controller is away
	FallbackAfter time.Duration `envconfig:"FALLBACK_AFTER" default:"15m"` // how long a caller waits then before the mailbox

	TLSCert string `envconfig:"TLS_CERT"` // a certificate and its key; unset and HTTP_ADDR not loopback:
	TLSKey  string `envconfig:"TLS_KEY"`  // a self-signed one is made

	PublicURL      string   `envconfig:"PUBLIC_URL"`      // where browsers reach us when TLS ends at a proxy, like https://calls.example
	TrustedProxies []string `envconfig:"TRUSTED_PROXIES"` // addresses and networks of proxies in front of HTTP_ADDR
	MetricsToken   string   `envconfig:"METRICS_TOKEN"`   // who sends it as a bearer token may read /metrics

	MediaAddr string `envconfig:"MEDIA_ADDR"` // one port, UDP and TCP, for all agents' voice; unset: the address of HTTP_ADDR and a free port
	PublicIP  string `envconfig:"PUBLIC_IP"`  // our address as the agents' browsers see it, behind a NAT

	CacheDir   string `envconfig:"CACHE_DIR"`   // shared by all copies; unset: ~/.cache/presszero
	CoreSounds string `envconfig:"CORE_SOUNDS"` // Asterisk's recorded sounds; told by `up`
}

// load reads the settings and makes the state folder.
func load() (Settings, error) {
	s, err := readSettings()
	if err != nil {
		return s, err
	}
	if err := os.MkdirAll(s.StateDir, 0o700); err != nil {
		return s, fmt.Errorf("the state folder cannot be made; set PRESSZERO_STATE_DIR to a folder of yours: %w", err)
	}
	return s, nil
}

// readSettings reads the settings and touches nothing.
func readSettings() (Settings, error) {
	var s Settings
	if err := envconfig.Process("presszero", &s); err != nil {
		return s, fmt.Errorf("a setting cannot be read: %w", err)
	}
	if len(s.CallersFrom) == 0 && s.Trunks == "" {
		s.CallersFrom = []string{"127.0.0.1"}
		if strings.HasPrefix(s.SIPAddr, "[") {
			s.CallersFrom = []string{"::1"}
		}
	}
	if err := s.check(); err != nil {
		return s, err
	}
	if _, err := parseURL(s.PublicURL); err != nil {
		return s, err
	}
	if _, err := networks("TRUSTED_PROXIES", s.TrustedProxies); err != nil {
		return s, err
	}
	dir, err := filepath.Abs(s.StateDir)
	if err != nil {
		return s, err
	}
	s.StateDir = dir
	if s.Recordings == "" {
		s.Recordings = s.path("asterisk", "spool", "recording")
	}
	if s.Prompts == "" {
		s.Prompts = s.path("prompts")
	}
	return s, nil
}

// fallback is where Asterisk keeps what happened while we were away.
func (s Settings) fallback() string { return filepath.Join(filepath.Dir(s.Recordings), "fallback") }

// path returns the path of a file in the state folder.
func (s Settings) path(name ...string) string {
	return filepath.Join(append([]string{s.StateDir}, name...)...)
}

// has reports whether the state folder has this file.
func (s Settings) has(name ...string) bool {
	_, err := os.Stat(s.path(name...))
	return err == nil
}

// env returns the settings as KEY=value lines, for children and for scripts.
func (s Settings) env() []string {
	var lines []string
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		name := "PRESSZERO_" + v.Type().Field(i).Tag.Get("envconfig")
		value := fmt.Sprint(v.Field(i).Interface())
		if list, ok := v.Field(i).Interface().([]string); ok {
			value = strings.Join(list, ",")
		}
		if value != "" && value != "0" {
			lines = append(lines, name+"="+value)
		}
	}
	return lines
}

// envFile returns the settings as a file that sh and systemd read alike: each
// value in double quotes, unless it is plain.
func (s Settings) envFile() string {
	var text strings.Builder
	for _, line := range s.env() {
		name, value, _ := strings.Cut(line, "=")
		if strings.ContainsFunc(value, notPlain) {
			value = `"` + quoting.Replace(value) + `"`
		}
		fmt.Fprintf(&text, "%s=%s\n", name, value)
	}
	return text.String()
}

// readEnvFile reads what envFile wrote. Values without quotes are taken as they
// are, as versions before wrote them.
func readEnvFile(text string) map[string]string {
	env := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		if !ok {
			continue
		}
		if inner, quoted := strings.CutPrefix(value, `"`); quoted {
			value = unquoting.Replace(strings.TrimSuffix(inner, `"`))
		}
		env[name] = value
	}
	return env
}

// In double quotes sh and systemd know these four signs, and no others.
var (
	quoting   = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`")
	unquoting = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`, "\\`", "`")
)

// notPlain reports whether a sign may mean something to a shell.
func notPlain(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_./:@%+,=-", r))
}

// secure reports whether pages are served over HTTPS: always, except on
// loopback, where browsers give the microphone without.
func (s Settings) secure() bool { return s.TLSCert != "" || !loopback(s.HTTPAddr) }

// certificateFiles returns the paths of the certificate of the pages and its key:
// the operator's, or those of the one that we sign ourselves.
func (s Settings) certificateFiles() (cert, key string) {
	if s.TLSCert == "" {
		return s.path("tls", "cert.pem"), s.path("tls", "key.pem")
	}
	return s.TLSCert, s.TLSKey
}

// certificateCopy is the path of the operator's last good certificate with its key.
func (s Settings) certificateCopy() string { return s.path("tls", "last-good.pem") }

// parseURL reads PRESSZERO_PUBLIC_URL; nil: it is not set.
func parseURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("PRESSZERO_PUBLIC_URL is %q; write where browsers find the pages, like https://calls.example", text)
	}
	return u, nil
}

// browserURL is where browsers reach us when TLS ends at a proxy; nil: directly.
func (s Settings) browserURL() *url.URL {
	u, _ := parseURL(s.PublicURL) // load has checked it
	return u
}

// proxyNetworks are the proxies in front of us.
func (s Settings) proxyNetworks() []netip.Prefix {
	list, _ := networks("TRUSTED_PROXIES", s.TrustedProxies) // load has checked it
	return list
}

// networks reads addresses and networks.
func networks(setting string, texts []string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, text := range texts {
		text = strings.TrimSpace(text)
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, addrErr := netip.ParseAddr(text)
			if addrErr != nil {
				return nil, fmt.Errorf("PRESSZERO_%s has %q; write addresses and networks, like 127.0.0.1,10.0.0.0/8", setting, text)
			}
			a = a.Unmap().WithZone("")
			p = netip.PrefixFrom(a, a.BitLen())
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

func loopback(addr string) bool {
	host, _, _ := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// webURL is where a person opens the pages.
func (s Settings) webURL() string {
	scheme := "http"
	if s.secure() {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(s.HTTPAddr)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // all addresses; this one is on every machine
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func (s Settings) healthSocket() string { return s.path("health") }

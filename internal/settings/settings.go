// Package settings reads what the operator has set, and checks it: what `presszero up`
// and the controller that it starts both go by.
//
//	environment PRESSZERO_* ──> Read, check ──> Settings ──> Env ──> the child processes
//	                                              │           └──> STATE_DIR/env, for scripts
//	                                              ├──> trunks.yaml ──> the book of trunks
//	                                              └──> STATE_DIR/secrets
//
// # Where to look
//
//	which settings are there, with units and defaults?    settings.go
//	what does a start refuse, and with what sentence?     check.go
//	where do the pages listen, and under which URL?       addresses.go
//	what do sh and systemd read in STATE_DIR/env?         envfile.go
//	where do passwords and keys come from?                secrets.go
//	how does mail leave?                                  mail.go
//	which trunks are in force, and what if the file of
//	trunks is damaged?                                    trunkfile.go
//	how large may a log grow?                             logsize.go
package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kelseyhightower/envconfig"

	"presszero/trunk"
)

// Settings come from the environment, each with the prefix PRESSZERO_.
type Settings struct {
	HTTPAddr string `envconfig:"HTTP_ADDR" default:"127.0.0.1:8080"` // pages and API
	SIPAddr  string `envconfig:"SIP_ADDR" default:"127.0.0.1:5060"`  // where callers reach the private Asterisk
	RTPPorts string `envconfig:"RTP_PORTS" default:"10000-20000"`    // its audio

	CallersFrom  []string    `envconfig:"CALLERS_FROM"`                  // addresses and networks from which callers are taken, beside the trunks; unset: 127.0.0.1, or with TRUNKS none
	CallersMedia trunk.Media `envconfig:"CALLERS_MEDIA" default:"plain"` // their voice: plain, prefer or encrypt, as of a trunk
	Trunk        string      `envconfig:"TRUNK"`                         // SIP address that carries outbound calls; unset: none leave
	Trunks       string      `envconfig:"TRUNKS"`                        // file of carriers and telephone systems, trunks.yaml, in place of TRUNK
	SIPTLSAddr   string      `envconfig:"SIP_TLS_ADDR"`                  // where trunks with TLS reach the private Asterisk; unset: SIP_ADDR at the next port

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

	Flow    string `envconfig:"FLOW"`    // the flow file; unset: the example
	Prompts string `envconfig:"PROMPTS"` // folder of recordings, NAME.wav; unset: prompts in the state folder
	Speak   string `envconfig:"SPEAK"`   // the command that speaks a text, with {language}, {file}, {text}; unset: espeak-ng

	KeepMessages   int      `envconfig:"KEEP_MESSAGES"`   // days; unset: 30, -1: for ever
	KeepRecordings int      `envconfig:"KEEP_RECORDINGS"` // days, where the flow file says nothing; unset: 90, -1: for ever
	KeepNumbers    int      `envconfig:"KEEP_NUMBERS"`    // days for which callers' numbers and names stay in facts; unset: for ever
	KeepFacts      int      `envconfig:"KEEP_FACTS"`      // days, by whole months, after which facts are dropped and only the counts of reports stay; unset: for ever
	KeepIn         []string `envconfig:"KEEP_IN"`         // queues where it is otherwise: support:recordings=365,billing:numbers=3650
	DiskFull       string   `envconfig:"DISK_FULL"`       // with less than 5 % of a disk left: unrecorded (calls go on), refuse (new calls); unset: unrecorded

	StateDir string `envconfig:"STATE_DIR" default:".run"` // everything that is kept

	Archive       string `envconfig:"ARCHIVE"`        // folder of recordings and messages, encrypted; unset: archive in the state folder
	ArchiveBucket string `envconfig:"ARCHIVE_BUCKET"` // where they go from there, a service that speaks S3: https://KEY:SECRET@HOST/BUCKET; unset: they stay

	Downloads []string `envconfig:"DOWNLOADS" default:"admin"` // the roles whose users may download the recordings that they may hear; "": nobody

	ListenShown bool `envconfig:"LISTEN_SHOWN" default:"true"` // agents see that a supervisor listens; who whispers or joins is always seen

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

	SMTPURL      string   `envconfig:"SMTP_URL"`      // the server by which mails leave: smtp://USER:PASSWORD@HOST:587 (STARTTLS) or smtps://…; unset: none leave
	MailFrom     string   `envconfig:"MAIL_FROM"`     // whose mails they are; needed with SMTP_URL
	MailTo       []string `envconfig:"MAIL_TO"`       // addresses that get the day's report and whatever needs somebody, of all queues
	MailLanguage string   `envconfig:"MAIL_LANGUAGE"` // of mails to MAIL_TO: en, es, ko or ja; unset: en
	WebhookAllow []string `envconfig:"WEBHOOK_ALLOW"` // networks inside the house that webhooks may reach

	MediaAddr string `envconfig:"MEDIA_ADDR"` // one port, UDP and TCP, for all agents' voice; unset: the address of HTTP_ADDR and a free port
	PublicIP  string `envconfig:"PUBLIC_IP"`  // our address as the agents' browsers see it, behind a NAT

	CacheDir   string `envconfig:"CACHE_DIR"`   // shared by all copies; unset: ~/.cache/presszero
	CoreSounds string `envconfig:"CORE_SOUNDS"` // Asterisk's recorded sounds; told by `up`
	Music      string `envconfig:"MUSIC"`       // the music of waiting callers as Asterisk has it, a folder for each other class within; told by `up`
}

// Restoring is the file that stands in a state folder while a backup is put into it.
const Restoring = "restoring"

// Load reads the settings and makes the state folder. An error is a sentence for the
// operator.
func Load() (Settings, error) {
	s, err := Read()
	if err != nil {
		return s, err
	}
	if s.Has(Restoring) {
		return s, fmt.Errorf("a backup is being put into %s, or was only in part; run `presszero restore` again, to its end", s.StateDir)
	}
	if err := os.MkdirAll(s.StateDir, 0o700); err != nil {
		return s, fmt.Errorf("the state folder cannot be made; set PRESSZERO_STATE_DIR to a folder of yours: %w", err)
	}
	return s, nil
}

// Read reads the settings and touches no file.
func Read() (Settings, error) {
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
	if _, err := networks("WEBHOOK_ALLOW", s.WebhookAllow); err != nil {
		return s, err
	}
	dir, err := filepath.Abs(s.StateDir)
	if err != nil {
		return s, err
	}
	s.StateDir = dir
	if s.Recordings == "" {
		s.Recordings = s.Path("asterisk", "spool", "recording")
	}
	if s.Prompts == "" {
		s.Prompts = s.Path("prompts")
	}
	if s.Archive == "" {
		s.Archive = s.Path("archive")
	}
	return s, nil
}

// FallbackDir is the folder where Asterisk keeps what happened while no controller ran.
func (s Settings) FallbackDir() string { return filepath.Join(filepath.Dir(s.Recordings), "fallback") }

// Path returns the path of a file in the state folder: Path("flows", "current").
func (s Settings) Path(name ...string) string {
	return filepath.Join(append([]string{s.StateDir}, name...)...)
}

// Has reports whether the state folder has this file.
func (s Settings) Has(name ...string) bool {
	_, err := os.Stat(s.Path(name...))
	return err == nil
}

// HealthSocket is the path of the Unix socket at which the controller is asked whether
// it is alive.
func (s Settings) HealthSocket() string { return s.Path("health") }

// App is the name under which the controller takes calls from Asterisk.
const App = "presszero"

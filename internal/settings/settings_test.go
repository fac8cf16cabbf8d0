package settings

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"presszero/trunk"
)

// TestEnvFile: sh, systemd and we ourselves read the same values out of
// $STATE_DIR/env.
func TestEnvFile(t *testing.T) {
	t.Parallel()
	values := []string{
		"postgres:///presszero?host=%2Ftmp&port=5432&sslmode=disable", `with 'single' and "double" quotes`, "$HOME and ${X} and $(id) and `id`",
		`back\slash \n \\ \$ \"`, " spaces around ", "a;b|c>d<e#f*g?h!i~", "~/x", "Straße 東京", `ends with \`, `"`, "#", "plain/path.yaml",
	}
	for _, value := range values {
		s := Settings{Speak: value, HTTPAddr: "127.0.0.1:8080"}
		text := s.EnvFile()
		path := filepath.Join(t.TempDir(), "env")
		must(t, os.WriteFile(path, []byte(text), 0o600))
		out, err := exec.Command("sh", "-c", `. "$0" && printf %s "$PRESSZERO_SPEAK"`, path).CombinedOutput()
		if err != nil || string(out) != value {
			t.Errorf("%s\nsh reads %q (%v), want %q", text, out, err, value)
		}
		if got := ReadEnvFile(text); got["PRESSZERO_SPEAK"] != value || got["PRESSZERO_HTTP_ADDR"] != "127.0.0.1:8080" {
			t.Errorf("%s\nwe read %q", text, got)
		}
		for line := range strings.Lines(text) {
			if name, got := systemdReads(strings.TrimSuffix(line, "\n")); name == "PRESSZERO_SPEAK" && got != value {
				t.Errorf("%s\nsystemd reads %q, want %q", text, got, value)
			}
		}
	}
	if got := ReadEnvFile("PRESSZERO_DATABASE_URL=postgres:///x?a=1&b=2\n"); got["PRESSZERO_DATABASE_URL"] != "postgres:///x?a=1&b=2" {
		t.Errorf("of a version before we read %q", got)
	}
}

// systemdReads reads one line as systemd.exec(5) says of EnvironmentFile=: of
// values in double quotes; others are taken to their end, without spaces around
// and with backslashes taken away.
func systemdReads(line string) (name, value string) {
	name, text, _ := strings.Cut(line, "=")
	if !strings.HasPrefix(text, `"`) {
		return name, strings.ReplaceAll(strings.TrimSpace(text), `\`, "")
	}
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return name, value + strings.TrimSpace(text[i+1:])
		case text[i] == '\\' && i+1 < len(text) && strings.ContainsRune("\"\\`$", rune(text[i+1])):
			i++
		}
		value += text[i : i+1]
	}
	return name, value
}

// good are settings as they are by default.
func goodSettings() Settings {
	return Settings{HTTPAddr: "127.0.0.1:8080", SIPAddr: "127.0.0.1:5060", RTPPorts: "10000-20000", CallersFrom: []string{"127.0.0.1"}, CallersMedia: trunk.MediaPlain,
		FallbackAfter: 15 * 60 * 1e9, LogSize: 200}
}

// TestSettingsAreChecked: what cannot work is refused at the start, in one
// sentence that names the setting; what can is not.
func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want string // the setting that is named; "": it is accepted
		set  func(*Settings)
	}{
		{"", func(*Settings) {}},
		{"", func(s *Settings) {
			s.SMTPURL, s.MailFrom, s.MailTo, s.MailLanguage = "smtp://us:a%40b@mail.example:587", "Press Zero <zero@calls.example>", []string{"a@b.example"}, "ja"
		}},
		{"", func(s *Settings) { s.SMTPURL, s.MailFrom = "smtps://mail.example", "zero@calls.example" }},
		{"SMTP_URL", func(s *Settings) { s.SMTPURL, s.MailFrom = "mail.example:25", "zero@calls.example" }},
		{"SMTP_URL", func(s *Settings) { s.SMTPURL, s.MailFrom = "smtp://mail.example:0", "zero@calls.example" }},
		{"SMTP_URL", func(s *Settings) { s.SMTPURL, s.MailFrom = "http://mail.example", "zero@calls.example" }},
		{"MAIL_FROM", func(s *Settings) { s.SMTPURL = "smtp://mail.example" }},
		{"MAIL_FROM", func(s *Settings) { s.SMTPURL, s.MailFrom = "smtp://mail.example", "zero" }},
		{"MAIL_TO", func(s *Settings) { s.SMTPURL, s.MailFrom, s.MailTo = "smtp://mail.example", "a@b.c", []string{"d"} }},
		{"MAIL_TO", func(s *Settings) { s.MailTo = []string{"a@b.c"} }},
		{"MAIL_LANGUAGE", func(s *Settings) { s.MailLanguage = "tlh" }},
		{"", func(s *Settings) {
			s.ArchiveBucket = "https://AKIA:s%2Fcret@s3.eu-south-2.example/voices/house?region=eu-south-2"
		}},
		{"", func(s *Settings) { s.ArchiveBucket = "http://key:secret@[::1]:7070/voices" }},
		{"ARCHIVE_BUCKET", func(s *Settings) { s.ArchiveBucket = "http://key:secret@s3.example/voices" }},
		{"ARCHIVE_BUCKET", func(s *Settings) { s.ArchiveBucket = "https://key:secret@s3.example/" }},
		{"ARCHIVE_BUCKET", func(s *Settings) { s.ArchiveBucket = "https://s3.example/voices" }},
		{"ARCHIVE_BUCKET", func(s *Settings) { s.ArchiveBucket = "s3://key:secret@voices/x" }},
		{"", func(s *Settings) { s.HTTPAddr = "[::1]:0" }},
		{"", func(s *Settings) { s.HTTPAddr = "localhost:8080" }},
		{"", func(s *Settings) { s.HTTPAddr = ":8443" }},
		{"", func(s *Settings) { s.HTTPAddr = "[::]:8443" }},
		{"HTTP_ADDR", func(s *Settings) { s.HTTPAddr = "here" }},
		{"HTTP_ADDR", func(s *Settings) { s.HTTPAddr = "::1:8080" }},
		{"HTTP_ADDR", func(s *Settings) { s.HTTPAddr = "[::1]" }},
		{"HTTP_ADDR", func(s *Settings) { s.HTTPAddr = "www.example.org:8080" }},
		{"HTTP_ADDR", func(s *Settings) { s.HTTPAddr = "127.0.0.1:65536" }},
		{"HTTP_ADDR", func(s *Settings) { s.HTTPAddr = "127.0.0.1:-1" }},
		{"HTTP_ADDR", func(s *Settings) { s.HTTPAddr = "127.0.0.1:http" }},
		{"HTTP_ADDR", func(s *Settings) { s.HTTPAddr = "127.0.0.256:80" }},
		{"", func(s *Settings) { s.SIPAddr, s.CallersFrom = "[::1]:0", []string{"::1", "2001:db8::/32"} }},
		{"CALLERS_FROM", func(s *Settings) { s.SIPAddr = "[::1]:5060" }},
		{"CALLERS_FROM", func(s *Settings) { s.SIPAddr, s.CallersFrom = "[::1]:5060", []string{"::1", "192.0.2.0/24"} }},
		{"CALLERS_FROM", func(s *Settings) { s.CallersFrom = []string{"127.0.0.1", "::1"} }},
		{"CALLERS_FROM", func(s *Settings) { s.CallersFrom = []string{"[::1]"} }},
		{"CALLERS_FROM", func(s *Settings) { s.CallersFrom = []string{"192.0.2.0/33"} }},
		{"CALLERS_FROM", func(s *Settings) { s.CallersFrom = []string{"trunk.example.org"} }},
		{"CALLERS_FROM", func(s *Settings) { s.CallersFrom = []string{""} }},
		{"", func(s *Settings) { s.CallersMedia = "encrypt" }},
		{"CALLERS_MEDIA", func(s *Settings) { s.CallersMedia = "yes" }},
		{"CALLERS_MEDIA", func(s *Settings) { s.CallersMedia = "" }},
		{"SIP_ADDR", func(s *Settings) { s.SIPAddr = "sip.example.org:5060" }},
		{"SIP_ADDR", func(s *Settings) { s.SIPAddr = ":5060" }},
		{"SIP_ADDR", func(s *Settings) { s.SIPAddr = "0.0.0.0:5060" }},
		{"SIP_ADDR", func(s *Settings) { s.SIPAddr = "127.0.0.1:70000" }},
		{"SIP_ADDR", func(s *Settings) { s.SIPAddr = "[fe80::1%eth0]:5060" }},
		{"", func(s *Settings) { s.SIPAddr, s.PublicIP = "0.0.0.0:5060", "203.0.113.5" }},
		{"PUBLIC_IP", func(s *Settings) { s.SIPAddr, s.PublicIP = "0.0.0.0:5060", "2001:db8::5" }},
		{"PUBLIC_IP", func(s *Settings) { s.PublicIP = "203.0.113.5:5060" }},
		{"PUBLIC_IP", func(s *Settings) { s.PublicIP = "example.org" }},
		{"", func(s *Settings) { s.MediaAddr = "[::1]:20000" }},
		{"MEDIA_ADDR", func(s *Settings) { s.MediaAddr = "example.org:20000" }},
		{"MEDIA_ADDR", func(s *Settings) { s.MediaAddr = "192.0.2.1" }},
		{"MEDIA_ADDR", func(s *Settings) { s.MediaAddr = "192.0.2.1:x" }},
		{"", func(s *Settings) { s.Trunk = "sip.example.org:5060" }},
		{"", func(s *Settings) {
			s.Trunk, s.SIPAddr, s.CallersFrom = "[2001:db8::5]:5060", "[::1]:5060", []string{"::1"}
		}},
		{"TRUNK", func(s *Settings) { s.Trunk = "[2001:db8::5]:5060" }},
		{"TRUNK", func(s *Settings) { s.Trunk = "2001:db8::5" }},
		{"TRUNK", func(s *Settings) { s.Trunk = "sip:trunk.example.org" }},
		{"TRUNK", func(s *Settings) { s.Trunk = "trunk example" }},
		{"RTP_PORTS", func(s *Settings) { s.RTPPorts = "20000-10000" }},
		{"RTP_PORTS", func(s *Settings) { s.RTPPorts = "10000-70000" }},
		{"RTP_PORTS", func(s *Settings) { s.RTPPorts = "10000" }},
		{"RTP_PORTS", func(s *Settings) { s.RTPPorts = "80-90" }},
		{"RTP_PORTS", func(s *Settings) { s.RTPPorts = "10000-20000x" }},
		{"FALLBACK_TO", func(s *Settings) { s.FallbackTo = []string{"+4930123"} }},
		{"FALLBACK_TO", func(s *Settings) { s.Trunk, s.FallbackTo = "127.0.0.1:5090", []string{"ana"} }},
		{"TRUNK and PRESSZERO_TRUNKS both", func(s *Settings) { s.Trunk, s.Trunks = "127.0.0.1:5090", "trunks.yaml" }},
		{"SIP_TLS_ADDR", func(s *Settings) { s.SIPTLSAddr = "5061" }},
		{"", func(s *Settings) { s.Trunks, s.FallbackTo = "trunks.yaml", []string{"+4930123"} }},
		{"FALLBACK_AFTER", func(s *Settings) { s.FallbackAfter = 0 }},
		{"LOG_SIZE", func(s *Settings) { s.LogSize = 5 }},
		{"DATABASE_URL", func(s *Settings) { s.DatabaseURL = "mysql://x" }},
		{"DATABASE_URL", func(s *Settings) { s.DatabaseURL = "postgres://a:p%ss@host/x" }},
		{"", func(s *Settings) { s.DatabaseURL = "postgres://a,b/name?port=5432,5432" }},
		{"ARI_URL", func(s *Settings) { s.ARIURL = "127.0.0.1:8088" }},
		{"PROMPTS", func(s *Settings) { s.Prompts = "a\nb" }},
		{"TLS_CERT", func(s *Settings) { s.TLSCert = "cert.pem" }},
	} {
		s := goodSettings()
		c.set(&s)
		err := s.check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), "PRESSZERO_"+c.want)) {
			t.Errorf("%s: %v; want %q", fmt.Sprint(s.Env()), err, c.want)
		}
	}
}

// TestKeeping: for how long what is kept is understood, or refused with what to write.
func TestKeeping(t *testing.T) {
	s := Settings{DiskFull: "refuse", KeepIn: []string{"support:recordings=365", "a b:numbers=-1"}, KeepFacts: 400}
	list, err := s.KeptIn()
	if err != nil || len(list) != 2 || list[0] != (KeepIn{"support", "recordings", 365}) || list[1] != (KeepIn{"a b", "numbers", 0}) || s.checkKeeping() != nil {
		t.Errorf("%+v, %v, %v", list, err, s.checkKeeping())
	}
	for want, s := range map[string]Settings{
		"PRESSZERO_KEEP_IN":                      {DiskFull: "refuse", KeepIn: []string{"support=3"}},
		"PRESSZERO_DISK_FULL":                    {DiskFull: "stop"},
		"write 62 (days) or more":                {DiskFull: "refuse", KeepFacts: 30},
		"is 100 days, and something is kept for": {DiskFull: "refuse", KeepFacts: 100, KeepRecordings: 365},
	} {
		if err := s.checkKeeping(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

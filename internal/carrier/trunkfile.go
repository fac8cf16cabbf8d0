package carrier

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ParseDemand reads the names of demands with commas between them: register, digest,
// tls, srtp, plain. Others are refused, and srtp without tls.
func ParseDemand(text string) (d Demand, err error) {
	for word := range strings.SplitSeq(text, ",") {
		switch strings.TrimSpace(word) {
		case "":
		case "register":
			d.Register = true
		case "digest":
			d.Digest = true
		case "tls":
			d.TLS = true
		case "srtp":
			d.SRTP = true
		case "plain":
			d.Plain = true
		default:
			return d, fmt.Errorf("a carrier cannot demand %q, only register, digest, tls, srtp, plain", word)
		}
	}
	if d.SRTP && !d.TLS {
		return d, errors.New("srtp needs tls: keys in SDP would be sent in the clear")
	}
	return d, nil
}

// TrunkFile returns the text of a trunks.yaml for this carrier, whose password is in
// passwordFile.
func (c *Carrier) TrunkFile(passwordFile string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	d := c.config.Demand
	transport, media, signIn := "udp", "plain", "digest"
	if d.TLS {
		transport = "tls"
	}
	if d.SRTP {
		media = "encrypt"
	}
	if d.Register {
		signIn = "register"
	}
	a := c.config.Account
	line("# trunks.yaml for this carrier:")
	if d.TLS {
		line("tls: {authorities: %q}", c.Authorities())
	}
	line("trunks:")
	line("  try:")
	line("    sign_in: %s", signIn)
	line("    server: %s", c.Addr(transport))
	line("    domain: %s", a.Domain)
	line("    transport: %s", transport)
	line("    media: %s", media)
	if !d.Register {
		line("    from: [127.0.0.1]")
	}
	line("    user: %q", a.User)
	line("    auth_user: %q", a.AuthUser)
	line("    password: {file: %q}", passwordFile)
	line("    codecs: [alaw, ulaw]")
	line("    caller_id: pai")
	line("    numbers: [%q]", a.Number)
	return b.String()
}

// KeptPassword returns the password in a file, which is made at the first call, with
// its folder: a trunks.yaml that was written once stays right.
func KeptPassword(file string) (string, error) {
	if text, err := os.ReadFile(file); err == nil && len(strings.TrimSpace(string(text))) > 0 {
		return strings.TrimSpace(string(text)), nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	password := rand.Text()
	return password, os.WriteFile(file, []byte(password+"\n"), 0o600)
}

package private

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"presszero/trunk"
)

// systemAuthorities is where Debian keeps the authorities that are trusted.
const systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

// pjsipTrunk is a trunk in the words of pjsip.conf.
type pjsipTrunk struct {
	Name, Transport, Domain, User, AuthUser, Password string
	Contact                                           string // where calls go; "": none leave
	ProxyURI                                          string
	Inbound, Registers, Trust, Account, SendRPID      bool
	Registrar, Client                                 string
	Expiry, Check                                     int // s
	From                                              []trunk.Source
	CodecsIn, CodecsOut                               string
	DTMF, Encryption                                  string
	Optimistic, MediaSec                              bool
	Mark                                              string // of these settings
	RegisterMark                                      string // of those of the registration
	SignInMark                                        string // of user and password
}

// registration is what of the settings stands in the registration.
func (p pjsipTrunk) registration() pjsipTrunk {
	return pjsipTrunk{Name: p.Name, Transport: p.Transport, User: p.User, ProxyURI: p.ProxyURI, Registrar: p.Registrar, Client: p.Client,
		Expiry: p.Expiry, MediaSec: p.MediaSec}
}

// fingerprint is a word that changes with each setting of the trunk. It tells nothing
// about them.
func (p pjsipTrunk) fingerprint() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", p))
	return hex.EncodeToString(sum[:8])
}

func pjsipTrunks(list []trunk.Trunk) []pjsipTrunk {
	all := make([]pjsipTrunk, len(list))
	for i, t := range list {
		all[i] = inPJSIP(t)
		all[i].Mark = all[i].fingerprint()
		all[i].RegisterMark = all[i].registration().fingerprint()
		all[i].SignInMark = pjsipTrunk{Name: t.Name, AuthUser: all[i].AuthUser, Password: all[i].Password}.fingerprint()
	}
	return all
}

// encryption is media_encryption for media.
func encryption(m trunk.Media) string {
	if m == trunk.MediaPlain {
		return "no"
	}
	return "sdes"
}

func inPJSIP(t trunk.Trunk) pjsipTrunk {
	p := pjsipTrunk{
		Name: t.Name, Transport: string(t.Transport), Domain: t.Domain, User: t.User, AuthUser: t.AuthUser,
		Password: escape(string(t.Password)), Trust: t.Trust, MediaSec: t.MediaSec, From: t.From,
		Registers: t.SignIn == trunk.Register, Inbound: t.SignIn == trunk.Register || len(t.From) > 0,
		// With a header for our number, From holds the account.
		Account: t.CallerID != trunk.InFrom && t.User != "", SendRPID: t.CallerID == trunk.InRPID,
		Expiry: seconds(t.Limits.Expiry), Check: int(t.Limits.Check / time.Second),
		DTMF: string(t.Keys), Encryption: encryption(t.Media), Optimistic: t.Media == trunk.MediaPrefer,
		CodecsOut: strings.Join(t.Codecs, ","), CodecsIn: strings.Join(allCodecs(t.Codecs), ","),
	}
	if t.AuthUser == "" {
		p.AuthUser = t.User
	}
	if t.Server == "" {
		return p
	}
	p.Contact = sipURI("", t.Server, t.Transport)
	if t.Proxy != "" {
		p.ProxyURI = sipURI("", t.Proxy, t.Transport) + `\;lr`
	}
	if p.Registers {
		p.Registrar = sipURI("", t.Server, t.Transport)
		p.Client = sipURI(t.User, t.Domain, t.Transport)
		if t.Domain == "" {
			p.Client = sipURI(t.User, hostOf(t.Server), t.Transport)
		}
	}
	return p
}

// sipURI is a SIP URI as a value of pjsip.conf.
func sipURI(user, hostPort string, transport trunk.Transport) string {
	text := "sip:" + hostPort
	if user != "" {
		text = "sip:" + escape(user) + "@" + hostPort
	}
	if transport != trunk.TransportUDP {
		text += `\;transport=` + string(transport)
	}
	return text
}

// hostOf is HOST of HOST:PORT.
func hostOf(hostPort string) string {
	if h, _, err := net.SplitHostPort(hostPort); err == nil {
		if strings.Contains(h, ":") {
			return "[" + h + "]"
		}
		return h
	}
	return hostPort
}

// escape writes a value so that it does not end at a semicolon. All other signs
// are taken by Asterisk as they are.
func escape(value string) string { return strings.ReplaceAll(value, ";", `\;`) }

// allCodecs are those that callers may use: the preferred ones first.
func allCodecs(preferred []string) []string {
	list := slices.Clone(preferred)
	for _, c := range []string{"ulaw", "alaw", "g722", "opus"} {
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}

// usesTransport reports whether a trunk is reached by this transport.
func (c Config) usesTransport(transport trunk.Transport) bool {
	return slices.ContainsFunc(c.Trunks, func(t trunk.Trunk) bool { return t.Transport == transport })
}

// tlsBind is the address of the TLS transport; "": there is none.
func (c Config) tlsBind() string {
	if !c.usesTransport(trunk.TransportTLS) {
		return ""
	}
	return c.TLSAddr
}

// shown is what a trunk is told about who rings the people of the fallback.
type shown struct {
	Trunk, Number string
	Preferred     string // P-Preferred-Identity; ""
}

// shown has each trunk over which people of the fallback are rung, once.
func (c Config) shown() (all []shown) {
	for _, m := range c.FallbackMembers {
		if m.Shown == "" || slices.ContainsFunc(all, func(s shown) bool { return s.Trunk == m.Trunk }) {
			continue
		}
		s := shown{Trunk: m.Trunk, Number: m.Shown}
		for _, t := range c.Trunks {
			if t.Name == m.Trunk && t.CallerID == trunk.InPPI {
				s.Preferred = "<sip:" + m.Shown + "@" + cmp.Or(t.Domain, hostOf(t.Server)) + ">"
			}
		}
		all = append(all, s)
	}
	return all
}

// later are addresses on the loopback interface that only the Asterisk at sip has:
// of transports that no trunk uses yet.
func later(sip netip.AddrPort) (tcp, tls string) {
	sum := sha256.Sum256([]byte(sip.String()))
	if sip.Addr().Is6() {
		port := 1024 + binary.BigEndian.Uint16(sum[:])%30000
		local := netip.IPv6Loopback()
		return netip.AddrPortFrom(local, port).String(), netip.AddrPortFrom(local, port+1).String()
	}
	local := loopbackOf(sum)
	return netip.AddrPortFrom(local, 5060).String(), netip.AddrPortFrom(local, 5061).String()
}

// agentLegs is the IP address on the loopback interface, likewise, from which agents'
// media are called, over UDP.
func agentLegs(sip netip.AddrPort) string {
	return loopbackOf(sha256.Sum256([]byte(sip.String()))).String()
}

func loopbackOf(sum [32]byte) netip.Addr {
	return netip.AddrFrom4([4]byte{127, 128 | sum[0], sum[1], 1 + sum[2]%254})
}

// checkTrunks refuses what would break pjsip.conf. Whether a trunk makes sense
// has been checked where it was read.
func (c Config) checkTrunks() error {
	for _, t := range c.Trunks {
		for field, value := range map[string]string{"name": t.Name, "server": t.Server, "proxy": t.Proxy, "domain": t.Domain,
			"user": t.User, "auth_user": t.AuthUser, "password": string(t.Password), "codecs": strings.Join(t.Codecs, "")} {
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) || strings.TrimSpace(value) != value {
				return fmt.Errorf("the %s of the trunk %q holds a control character, or blanks at its ends; remove them", field, t.Name)
			}
		}
		if !namePattern.MatchString(t.Name) {
			return fmt.Errorf("the trunk %q: a name has letters, digits and '-' only", t.Name)
		}
		if t.Server != "" && len(t.Codecs) == 0 {
			return fmt.Errorf("the trunk %q has no codecs", t.Name)
		}
	}
	return nil
}

// dialledIn are the headers, besides To, that may say which number was dialled.
func dialledIn(list []trunk.Trunk) []string {
	headers := []string{"P-Called-Party-ID"}
	for _, t := range list {
		for _, h := range t.DialledIn {
			if h != "To" && h != "request" && headerPattern.MatchString(h) && !slices.ContainsFunc(headers, func(had string) bool { return strings.EqualFold(had, h) }) {
				headers = append(headers, h)
			}
		}
	}
	return headers
}

var headerPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// What asks name servers is not in each Asterisk. Without it Asterisk asks one
// question after the other, 1 s each, and a name that no server answers for holds up
// calls to all others.
const (
	resolverFile   = "resolver_unbound.conf"
	resolverModule = "res_resolver_unbound.so"
)

// systemResolver is a word that changes with the system's name servers and hosts.
func systemResolver() string {
	sum := sha256.New()
	for _, file := range []string{"/etc/resolv.conf", "/etc/hosts"} {
		text, _ := os.ReadFile(file) // a system without it is a system too
		fmt.Fprintf(sum, "%q", text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// trunkFiles are the settings in which trunks stand, with the module that reads
// each.
var trunkFiles = []struct{ file, module string }{
	{resolverFile, resolverModule},
	{"pjsip.conf", "res_pjsip.so"},
	{"extensions.conf", "pbx_config.so"},
	{"queues.conf", "app_queue.so"},
}

// Reload gives the Asterisk that runs with c, in c.Dir, the trunks of c: it writes
// them into the settings, has them read by reload (ARI's PUT /asterisk/modules/NAME),
// and asks Asterisk whether it has them. Calls that are up go on. The error says
// what Asterisk has not taken; it then keeps what it had of that object.
func Reload(ctx context.Context, c Config, reload func(ctx context.Context, module string) error) error {
	c, err := c.complete()
	if err != nil {
		return err
	}
	values := c.values("")
	before, err := c.beforeReload(values)
	if err != nil {
		return err
	}
	ended, err := c.unregister(ctx, before)
	if err != nil {
		return err
	}
	if err := c.reloadFiles(ctx, values, ended, reload); err != nil {
		return err
	}
	if err := c.verifyTrunks(ctx); err != nil {
		return err
	}
	return c.registerAgain(ctx, before)
}

// beforeReload returns pjsip.conf as it is, or an error if a reload cannot change it
// to the values.
func (c Config) beforeReload(values map[string]any) (string, error) {
	before, err := os.ReadFile(filepath.Join(c.Dir, "etc", "pjsip.conf"))
	if err != nil {
		return "", fmt.Errorf("read Asterisk's settings: %w", err)
	}
	after, err := rendered("pjsip.conf", values)
	if err != nil {
		return "", err
	}
	if was, is := tlsSection.FindString(string(before)), tlsSection.FindString(after); was != "" && is != "" && was != is {
		return "", errors.New("asterisk takes other certificates and authorities of TLS (tls in the file of trunks) at its start only; restart Press Zero")
	}
	return string(before), nil
}

// reloadFiles writes the settings in which trunks stand and has Asterisk read those
// that have changed. When that fails, the registrations that have been ended are
// begun again.
func (c Config) reloadFiles(ctx context.Context, values map[string]any, ended []string, reload func(ctx context.Context, module string) error) error {
	for _, f := range trunkFiles {
		if _, err := os.Stat(filepath.Join(c.Dir, "etc", f.file)); err != nil && f.file == resolverFile {
			continue
		}
		changed, err := c.render(f.file, values)
		if err != nil {
			return err
		}
		if changed || f.file == "pjsip.conf" { // a certificate may be new although its name is not
			if err := reload(ctx, f.module); err != nil {
				for _, name := range ended {
					err = errors.Join(err, order(ctx, c.Dir, "pjsip send register "+name))
				}
				return fmt.Errorf("asterisk does not read %s again: %w", f.file, err)
			}
		}
	}
	return nil
}

// registerAgain begins the registrations anew that have changed since before, the
// former pjsip.conf. A new password alone would be tried at the next renewal only.
func (c Config) registerAgain(ctx context.Context, before string) error {
	for _, t := range pjsipTrunks(c.Trunks) {
		if t.Registers && strings.Contains(before, t.RegisterMark) && !strings.Contains(before, t.SignInMark) {
			if err := order(ctx, c.Dir, "pjsip send register "+t.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

var (
	tlsSection      = regexp.MustCompile(`(?m)^\[tls\]\n(.+\n)*`)
	hasRegistration = regexp.MustCompile(`The registration's mark is ([0-9a-f]+)\.\n\[([^\]]+)\]`)
)

// unregister ends the registrations of pjsip.conf as it was that are not wanted any
// more, and waits for that: a reload takes away the password and the transport that
// it needs. It returns their names.
func (c Config) unregister(ctx context.Context, before string) (names []string, err error) {
	stays := map[string]bool{}
	for _, t := range pjsipTrunks(c.Trunks) {
		stays[t.RegisterMark] = t.Registers
	}
	for _, m := range hasRegistration.FindAllStringSubmatch(before, -1) {
		if !stays[m[1]] {
			names = append(names, m[2])
			err = errors.Join(err, order(ctx, c.Dir, "pjsip send unregister "+m[2]))
		}
	}
	for until := time.Now().Add(2 * time.Second); err == nil && len(names) > 0 && time.Now().Before(until); {
		var all map[string]TrunkStanding
		if all, err = TrunkStandings(ctx, c.Dir); !slices.ContainsFunc(names, func(name string) bool { return all[name].Registered }) {
			break
		}
	}
	return names, err
}

// Trouble is why a registration was refused last, as Asterisk logs it.
type Trouble struct {
	SIP         int    // the registrar's answer; 0: none
	Certificate string // what is wrong with the carrier's certificate, in Asterisk's words; ""
}

var (
	registerAnswer = regexp.MustCompile(`(?:(\d{3}) \S.*fatal response received|[Rr]esponse '(\d{3})' received|No response received) from '[^']*' on registration attempt to '([^']*)'`)
	badCertificate = regexp.MustCompile(`Transport 'tls' to remote '[^']*' - .* - (The .*certificate.*|.*certificate.*|.*identity.*)$`)
)

// RegistrationTrouble finds in log, the end of Asterisk's messages.log, how the
// registrar of a trunk has answered last. ok is false where nothing is said of it.
func RegistrationTrouble(log string, t trunk.Trunk) (last Trouble, ok bool) {
	client := strings.ReplaceAll(inPJSIP(t).Client, `\;`, ";")
	certificate := ""
	for line := range strings.Lines(log) {
		line = strings.TrimRight(line, "\r\n")
		if m := badCertificate.FindStringSubmatch(line); m != nil {
			certificate = m[1]
			continue
		}
		m := registerAnswer.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if m[3] == client {
			sip, _ := strconv.Atoi(m[1] + m[2])
			last, ok = Trouble{SIP: sip}, true
			if sip == 0 && t.Transport == trunk.TransportTLS {
				last.Certificate = certificate
			}
		}
		certificate = ""
	}
	return last, ok
}

// verifyTrunks asks Asterisk for the mark of each endpoint, and for registrations:
// its answer to a reload says nothing about objects that it refuses.
func (c Config) verifyTrunks(ctx context.Context) error {
	registrations, err := Console(ctx, c.Dir, "pjsip show registrations")
	if err != nil {
		return err
	}
	var asking errgroup.Group
	asking.SetLimit(8) // each waits for the console to fall silent
	for _, t := range pjsipTrunks(c.Trunks) {
		for endpoint, want := range map[string]bool{t.Name: t.Contact != "", t.Name + "-in": t.Inbound} {
			if !want {
				continue
			}
			asking.Go(func() error {
				said, err := Console(ctx, c.Dir, "pjsip show endpoint "+endpoint)
				if err == nil && !strings.Contains(said, t.Mark) {
					err = fmt.Errorf("asterisk has not taken the trunk %s as it is written; look into its messages.log for an ERROR about %q", t.Name, endpoint)
				}
				return err
			})
		}
		if t.Registers && !regexp.MustCompile(`(?m)^\s*`+regexp.QuoteMeta(t.Name)+`/`).MatchString(registrations) {
			asking.Go(func() error {
				return fmt.Errorf("asterisk has not taken the registration of the trunk %s; look into its messages.log for an ERROR about it", t.Name)
			})
		}
	}
	return asking.Wait()
}

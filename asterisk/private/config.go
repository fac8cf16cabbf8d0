package private

import (
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/template"
	"time"

	"presszero/internal/atomicfile"
	"presszero/trunk"
)

// Config says what one private Asterisk is to be. Fields without a stated
// default must be set.
type Config struct {
	// Root is the Asterisk to run, from Install.
	Root Root
	// Dir is the state folder of this run: settings, logs, recordings. It may
	// be used again by a later run, not by two at once. At most 90 bytes long,
	// for Unix sockets have short names.
	Dir string
	// NodeName tells this switch from others: letters, digits, '-', '.'. Every
	// channel's unique id begins with it. Default "pz1".
	NodeName string

	// SIPAddr is the UDP address that callers reach. Default "127.0.0.1:5060".
	SIPAddr string
	// HTTPAddr is the address of ARI; loopback, for ARI commands everything.
	// Default "127.0.0.1:8088".
	HTTPAddr string
	// RTPPorts is the range of UDP ports for audio, two to a leg. Default
	// "10000-20000".
	RTPPorts string
	// MediaAddr is the IP address that callers are told to send audio to.
	// Default: the one in SIPAddr, or PublicIP where that is 0.0.0.0.
	MediaAddr string
	// PublicIP is our address as seen from outside a NAT; "" when there is none.
	PublicIP string

	// ARIUser and ARIPassword open ARI; the caller generates the password.
	// Default user "presszero".
	ARIUser, ARIPassword string
	// App is the name under which the controller receives calls. Default
	// "presszero".
	App string
	// SoundsDir is an absolute folder of our prompts (8 kHz wav or ulaw); the
	// file called "fallback" is the apology. "" means Asterisk's own voice.
	SoundsDir string

	// CallersFrom are the IP addresses or networks that may call, beside the
	// trunks. Default: 127.0.0.1, or none where there are Trunks.
	CallersFrom []string
	// CallersMedia is how their voice is carried. Default trunk.MediaPlain; a talk
	// with one whose voice may be encrypted costs twice as much, because Asterisk
	// then takes its packets apart.
	CallersMedia trunk.Media
	// Trunks are the carriers and telephone systems. Those with a Server carry
	// outbound calls as PJSIP/NUMBER@NAME.
	Trunks []trunk.Trunk
	// TLSAddr is the TCP address of the TLS transport, which exists if a trunk
	// uses it. Default: the address in SIPAddr, at the port above.
	TLSAddr string
	// TLS are the certificates of that transport.
	TLS trunk.TLS

	// Output is where Asterisk's warnings and its console go; nil: the files
	// console.log and messages.log in Dir/log.
	Output io.Writer

	// DeadMan is how long a call may go uncared for before it falls to the
	// fallback. Whole seconds. Default 60 s.
	DeadMan time.Duration
	// FallbackMembers are the people to ring when the controller is away.
	FallbackMembers []Member
	// FallbackAfter is how long a caller waits in the fallback before being
	// offered the mailbox. Whole seconds. Default 15 min.
	FallbackAfter time.Duration
	// SessionTimer bounds how long a telephone that has vanished without a word
	// keeps its call (RFC 4028): it is asked at half of this whether it is still
	// there, and has 32 s to answer. One that refuses to say, with an error other
	// than 408 and 481, keeps its call to the end of this. Whole seconds, at least
	// 90. Default 10 min.
	SessionTimer time.Duration
}

// Member is a telephone that the fallback rings.
type Member struct {
	Number string // as it is dialled over Trunk, for example "+49301234"
	Trunk  string // the name of one of the Trunks that carry outbound calls
	Shown  string // our number, as that trunk is told it; "": the caller's is shown, which many carriers refuse
}

// heartbeatMax is the age in seconds at which the controller's heartbeat
// counts as stopped: three beats missed.
const heartbeatMax = 6

//go:embed conf/*.conf
var confFiles embed.FS

var conf = template.Must(template.New("conf").Option("missingkey=error").ParseFS(confFiles, "conf/*.conf"))

// WriteConfig writes the settings of the Asterisk that c describes into
// c.Dir/etc and makes the folders it needs. The files hold a password and are
// readable by their owner only. Errors name the field that is wrong.
func WriteConfig(c Config) error {
	c, err := c.complete()
	if err != nil {
		return err
	}
	return c.write(newEntityID())
}

// unused are settings files that Asterisk complains about when they are
// missing, though nothing in them is wanted. They are written empty.
var unused = []string{
	"acl.conf", "ccss.conf", "features.conf",
	"stasis.conf", "udptl.conf", "websocket_client.conf",
}

// write renders every file in conf. entityID marks this start of Asterisk.
func (c Config) write(entityID string) error {
	modules, err := c.Root.modulesDir()
	if err != nil {
		return err
	}
	values := c.values(entityID)
	values["Modules"] = modules
	_, missing := os.Stat(filepath.Join(modules, resolverModule))
	values["Resolver"] = missing == nil
	for _, dir := range []string{"etc", "run", "log", "lib", "cache", "spool/recording", "spool/fallback"} {
		if err := os.MkdirAll(filepath.Join(c.Dir, dir), 0o700); err != nil {
			return fmt.Errorf("make Asterisk's folders: %w", err)
		}
	}
	for _, t := range conf.Templates() {
		if !strings.HasSuffix(t.Name(), ".conf") {
			continue // a piece of one
		}
		if t.Name() == resolverFile && missing != nil {
			_ = os.Remove(filepath.Join(c.Dir, "etc", resolverFile)) // of an earlier Asterisk
			continue
		}
		if _, err := c.render(t.Name(), values); err != nil {
			return err
		}
	}
	if err := noteStart(filepath.Join(c.Dir, "spool/fallback")); err != nil {
		return fmt.Errorf("write Asterisk's fallback log: %w", err)
	}
	for _, name := range unused {
		if err := os.WriteFile(filepath.Join(c.Dir, "etc", name), nil, 0o600); err != nil {
			return fmt.Errorf("write Asterisk's settings: %w", err)
		}
	}
	return nil
}

// values are the words that the files in conf use.
func (c Config) values(entityID string) map[string]any {
	sip := netip.MustParseAddrPort(c.SIPAddr) // complete has checked it
	httpHost, httpPort, _ := net.SplitHostPort(c.HTTPAddr)
	laterTCP, laterTLS := later(sip)
	rtpFirst, rtpLast, _ := portRange(c.RTPPorts)
	return map[string]any{
		"Dir": c.Dir, "NodeName": c.NodeName, "EntityID": entityID, "MaxFiles": maxFiles(),
		"Data": c.Root.dataDir(), "Music": c.Root.Music,
		"LogFile": c.logFile(),
		"SIPBind": sip.String(), "IPv6": sip.Addr().Is6(), "HTTPHost": httpHost, "HTTPPort": httpPort,
		"RTPFirst": rtpFirst, "RTPLast": rtpLast, "MediaAddr": c.MediaAddr, "PublicIP": c.PublicIP,
		"ARIUser": c.ARIUser, "ARIPassword": c.ARIPassword, "App": c.App, "SoundsDir": c.SoundsDir,
		"CallersFrom": c.CallersFrom, "CallersEncryption": encryption(c.CallersMedia), "CallersOptimistic": c.CallersMedia == trunk.MediaPrefer, "DialledIn": dialledIn(c.Trunks), "Trunks": pjsipTrunks(c.Trunks), "TCP": c.usesTransport(trunk.TransportTCP),
		"TLSBind": c.tlsBind(), "TLS": c.TLS, "AgentLegs": agentLegs(sip), "LaterTCP": laterTCP, "LaterTLS": laterTLS, "FallbackMembers": c.FallbackMembers, "Shown": c.shown(),
		"DeadMan": seconds(c.DeadMan), "FallbackAfter": seconds(c.FallbackAfter),
		"SessionTimer": seconds(c.SessionTimer), "HeartbeatMax": heartbeatMax,
		"SystemResolver": systemResolver(),
	}
}

// render writes one file of settings, and reports whether it has changed.
func (c Config) render(name string, values map[string]any) (changed bool, err error) {
	text, err := rendered(name, values)
	if err != nil {
		return false, err
	}
	path := filepath.Join(c.Dir, "etc", name)
	if had, err := os.ReadFile(path); err == nil && string(had) == text {
		return false, nil
	}
	if err := atomicfile.WriteVolatile(path, []byte(text), 0o600); err != nil {
		return false, fmt.Errorf("write Asterisk's settings: %w", err)
	}
	return true, nil
}

func rendered(name string, values map[string]any) (string, error) {
	var text strings.Builder
	if err := conf.ExecuteTemplate(&text, name, values); err != nil {
		return "", fmt.Errorf("render Asterisk's %s: %w", name, err)
	}
	return text.String(), nil
}

// logFile is what Asterisk writes its warnings to.
func (c Config) logFile() string {
	if c.Output != nil {
		return "/dev/stdout"
	}
	return "messages.log"
}

// complete fills in what is left out and refuses what cannot work.
func (c Config) complete() (Config, error) {
	defaultTo(&c.NodeName, "pz1")
	defaultTo(&c.SIPAddr, "127.0.0.1:5060")
	defaultTo(&c.HTTPAddr, "127.0.0.1:8088")
	defaultTo(&c.RTPPorts, "10000-20000")
	defaultTo(&c.ARIUser, "presszero")
	defaultTo(&c.App, "presszero")
	defaultTo(&c.CallersMedia, trunk.MediaPlain)
	defaultTo(&c.DeadMan, time.Minute)
	defaultTo(&c.FallbackAfter, 15*time.Minute)
	defaultTo(&c.SessionTimer, 10*time.Minute)
	if c.CallersFrom == nil && len(c.Trunks) == 0 {
		c.CallersFrom = []string{"127.0.0.1"}
	}
	if sip, err := netip.ParseAddrPort(c.SIPAddr); err == nil {
		if sip.Addr().IsUnspecified() {
			defaultTo(&c.MediaAddr, c.PublicIP)
		}
		defaultTo(&c.MediaAddr, sip.Addr().String())
		defaultTo(&c.TLSAddr, netip.AddrPortFrom(sip.Addr(), sip.Port()+1).String())
	}
	defaultTo(&c.TLS.Authorities, systemAuthorities)
	return c, errors.Join(c.checkNames(), c.checkAddresses(), c.checkPeople(), c.checkTrunks())
}

var (
	namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	// Paths and passwords go into settings and the dialplan as they are, where
	// these would end a value, begin a comment or be calculated.
	unsafe = regexp.MustCompile(`[\x00-\x1f;,&|"\\{}()\[\]$]`)
)

func (c Config) checkNames() error {
	for field, value := range map[string]string{"NodeName": c.NodeName, "ARIUser": c.ARIUser, "App": c.App} {
		if !namePattern.MatchString(value) {
			return fmt.Errorf("asterisk %s %q: use letters, digits, '-', '_' and '.' only", field, value)
		}
	}
	for field, value := range map[string]string{"ARIPassword": c.ARIPassword, "Dir": c.Dir, "SoundsDir": c.SoundsDir} {
		if unsafe.MatchString(value) {
			return fmt.Errorf("asterisk %s holds a character that its settings cannot carry, such as ; , or $", field)
		}
	}
	switch {
	case c.ARIUser == "general":
		return errors.New(`asterisk ARIUser "general" is taken by Asterisk itself; choose another`)
	case c.ARIPassword == "":
		return errors.New("asterisk ARIPassword is empty; generate one")
	case !filepath.IsAbs(c.Dir):
		return fmt.Errorf("asterisk Dir %q must be an absolute path", c.Dir)
	case len(c.Dir) > 90:
		return fmt.Errorf("asterisk Dir %q is longer than 90 bytes, too long for the sockets in it; choose a shorter path", c.Dir)
	case c.SoundsDir != "" && !filepath.IsAbs(c.SoundsDir):
		return fmt.Errorf("asterisk SoundsDir %q must be an absolute path", c.SoundsDir)
	}
	return nil
}

func (c Config) checkAddresses() error {
	if _, err := netip.ParseAddrPort(c.SIPAddr); err != nil {
		return fmt.Errorf("asterisk SIPAddr %q: want IP:PORT", c.SIPAddr)
	}
	http, err := netip.ParseAddrPort(c.HTTPAddr)
	if err != nil {
		return fmt.Errorf("asterisk HTTPAddr %q: want IP:PORT", c.HTTPAddr)
	}
	if !http.Addr().IsLoopback() {
		return fmt.Errorf("asterisk HTTPAddr %q: ARI commands the whole telephone system and stays on loopback", c.HTTPAddr)
	}
	media, err := netip.ParseAddr(c.MediaAddr)
	if err != nil || media.IsUnspecified() {
		return fmt.Errorf("asterisk MediaAddr %q: name the one IP address that callers send audio to", c.MediaAddr)
	}
	if _, err := netip.ParseAddr(c.PublicIP); c.PublicIP != "" && err != nil {
		return fmt.Errorf("asterisk PublicIP %q: want an IP address", c.PublicIP)
	}
	_, _, err = portRange(c.RTPPorts)
	return err
}

func (c Config) checkPeople() error {
	for _, from := range c.CallersFrom {
		_, errAddr := netip.ParseAddr(from)
		_, errNet := netip.ParsePrefix(from)
		if errAddr != nil && errNet != nil {
			return fmt.Errorf("asterisk CallersFrom: %q is neither an IP address nor a network such as 192.0.2.0/24", from)
		}
	}
	number := regexp.MustCompile(`^\+?[0-9]+$`)
	for _, member := range c.FallbackMembers {
		if member.Shown != "" && !number.MatchString(member.Shown) {
			return fmt.Errorf("asterisk FallbackMembers: %q is not a telephone number such as +49301234", member.Shown)
		}
		if !regexp.MustCompile(`^[+*#]?[0-9*#]+$`).MatchString(member.Number) {
			return fmt.Errorf("asterisk FallbackMembers: %q is not a telephone number such as +49301234", member.Number)
		}
		if !slices.ContainsFunc(c.Trunks, func(t trunk.Trunk) bool { return t.Name == member.Trunk && t.Server != "" }) {
			return fmt.Errorf("asterisk FallbackMembers: %s cannot be rung over %q, which is not a trunk that carries outbound calls", member.Number, member.Trunk)
		}
	}
	return nil
}

// portRange reads "10000-20000".
func portRange(s string) (first, last int, err error) {
	a, b, _ := strings.Cut(s, "-")
	first, errFirst := strconv.Atoi(a)
	last, errLast := strconv.Atoi(b)
	if errFirst != nil || errLast != nil || first < 1024 || last > 65535 || last-first < 3 {
		return 0, 0, fmt.Errorf("asterisk RTPPorts %q: want FIRST-LAST within 1024-65535, such as 10000-20000", s)
	}
	return first, last, nil
}

// newEntityID is a random name for one start of Asterisk, in the form of the
// MAC address that Asterisk wants (a locally administered one).
func newEntityID() string {
	id := make(net.HardwareAddr, 6)
	rand.Read(id) // never fails
	id[0] = id[0]&^1 | 2
	return id.String()
}

// maxFiles is how many files and sockets Asterisk may open: plenty, within
// what this process may grant.
func maxFiles() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024
	}
	return min(limit.Max, 65536)
}

func seconds(d time.Duration) int { return max(1, int(d.Round(time.Second)/time.Second)) }

func defaultTo[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

package trunk

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"presszero/internal/yamlfile"
)

var (
	validName   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,19}$`)
	validUser   = regexp.MustCompile(`^[A-Za-z0-9_.!~*'()&=+$,?/%#-]{1,128}$`) // of a SIP URI, but not ";", which begins a comment in pjsip.conf
	validAuth   = regexp.MustCompile(`^[^\s;"\\\p{C}]([^;"\\\p{C}]{0,126}[^\s;"\\\p{C}])?$`)
	validPrefix = regexp.MustCompile(`^[0-9*#]{0,16}$`)
	validHost   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)
	validHeader = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)
	validCount  = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)
	validRate   = regexp.MustCompile(`^(0|[1-9][0-9]{0,3})(\.[0-9]{1,3})?$`)
)

// reserved are names that objects of pjsip.conf or parts of a page have already.
var reserved = []string{"caller", "call", "general", "global", "system", "udp", "tcp", "tls", "alive"}

var knownCodecs = []string{"alaw", "ulaw", "g722", "opus"}

// ulawCountries are those whose networks carry G.711 µ-law.
var ulawCountries = []string{"US", "CA", "JP", "TW"}

// in reads the fields of one trunk.
type in struct {
	*reader
	file *fileTrunk
	to   *Trunk
}

// refuse notes a fault of the trunk. Where the value is of a preset, it says so.
func (t *in) refuse(at ast.Node, code, format string, args ...any) {
	what := fmt.Sprintf("trunk %s: ", t.file.name) + fmt.Sprintf(format, args...)
	if code != "preset" && at != nil && at == t.file.Preset.at {
		what += fmt.Sprintf(" (this is of the preset %s)", t.to.Preset)
	}
	t.reader.refuse(at, code, "%s", what)
}

// trunk reads one trunk.
func (r *reader) trunk(f *fileTrunk) Trunk {
	to := Trunk{Line: lineOf(f.key)}
	t := &in{r, f, &to}
	t.checkName()
	if quoted := strconv.Quote(f.name); quoted != `"`+f.name+`"` {
		f.name = quoted // findings have one line each
	}
	to.Name = f.name
	t.preset()
	t.readPeer()
	t.account()
	t.voice()
	t.sources()
	t.readWriting()
	t.limits()
	for _, n := range f.Numbers.items {
		if one, ok := t.rangeOf(n); ok {
			to.Numbers = append(to.Numbers, one)
		}
	}
	return to
}

func (t *in) checkName() {
	switch name := t.file.name; {
	case !validName.MatchString(name):
		t.reader.refuse(t.file.key, "name", "the name %q of a trunk does not fit; write at most 20 of a-z, 0-9 and -, beginning with a letter", name)
	case slices.Contains(reserved, name):
		t.reader.refuse(t.file.key, "name", "the name %s is reserved; give the trunk another one", name)
	}
}

func (t *in) preset() {
	p := t.file.Preset
	if p.missing() || p.bad {
		return
	}
	found, ok := presets()[p.value]
	if !ok {
		t.refuse(p.at, "preset", "there is no preset %q%s; presszero check --presets lists them", p.value, yamlfile.DidYouMean(p.value, presetNames()))
		return
	}
	t.to.Preset = p.value
	t.file.settings.fillFrom(found.settings, p.at)
}

// oneOfWords reads one of several words; usual is that of a field that is not written.
func oneOfWords[T ~string](t *in, field string, w *text, usual T, all ...T) T {
	if w.missing() || w.bad {
		return usual
	}
	if !slices.Contains(all, T(w.value)) {
		words := make([]string, len(all))
		for i, a := range all {
			words[i] = string(a)
		}
		t.refuse(w.at, "word", "%s cannot be %q%s; it is one of %s", field, w.value, yamlfile.DidYouMean(w.value, words), strings.Join(words, ", "))
		w.bad = true
		return usual
	}
	return T(w.value)
}

// yesOrNo reads yes or no.
func (t *in) yesOrNo(field string, w *text, usual bool) bool {
	switch oneOfWords(t, field, w, "", "yes", "no", "true", "false") {
	case "yes", "true":
		return true
	case "no", "false":
		return false
	}
	return usual
}

// readPeer reads where the other side is, and how SIP and voice reach it.
func (t *in) readPeer() {
	f, to := t.file, t.to
	to.SignIn = oneOfWords(t, "sign_in", &f.SignIn, Address, Register, Digest, Address)
	to.Transport = oneOfWords(t, "transport", &f.Transport, TransportUDP, TransportUDP, TransportTCP, TransportTLS)
	to.Media = oneOfWords(t, "media", &f.Media, MediaPlain, MediaPlain, MediaPrefer, MediaEncrypt)
	to.MediaSec = t.yesOrNo("media_sec", &f.MediaSec, false)
	if to.Media != MediaPlain && to.Transport != TransportTLS && !f.Transport.bad {
		t.refuse(f.Media.at, "media", "media: %s needs transport: tls, since the keys stand in SIP; write both, or media: plain", to.Media)
	}
	if to.MediaSec && to.Media == MediaPlain {
		t.refuse(f.MediaSec.at, "media", "media_sec: yes needs media: encrypt; write both, or remove media_sec")
	}
	to.Server = t.hostPort("server", f.Server)
	to.Proxy = t.hostPort("proxy", f.Proxy)
	if d := f.Domain; !d.missing() && !d.bad {
		to.Domain = d.value
		if !isHost(d.value) {
			t.refuse(d.at, "server", "domain is the name or the address of a host, without sip: and without a port; write it like sip.example.com")
		}
	}
	if to.Domain == "" {
		to.Domain = hostOf(to.Server)
	}
	switch {
	case !f.Server.missing() || f.SignIn.bad:
	case to.SignIn != Address:
		t.refuse(f.key, "server", "sign_in: %s needs a server; write where calls go, as HOST or HOST:PORT", to.SignIn)
	case f.From.at == nil:
		t.refuse(f.key, "server", "server and from are both missing; write server to make calls, from to take them, or both")
	case !f.Proxy.missing():
		t.refuse(f.Proxy.at, "server", "proxy needs a server, since without one no calls leave; write the server, or remove proxy")
	}
}

// hostPort reads HOST or HOST:PORT. Its findings do not quote what is written, since
// a whole SIP URI may have a password in it.
func (t *in) hostPort(field string, w text) string {
	if w.missing() || w.bad {
		return ""
	}
	lower := strings.ToLower(w.value)
	host, port := splitPort(w.value)
	switch {
	case strings.HasPrefix(lower, "sip:") || strings.HasPrefix(lower, "sips:"):
		t.refuse(w.at, "server", "%s begins with a scheme; write HOST or HOST:PORT without sip:, and an account as user", field)
	case strings.Contains(w.value, ";"):
		t.refuse(w.at, "server", "%s holds parameters; write HOST or HOST:PORT without ; and what is behind it, and the transport as transport", field)
	case strings.Count(w.value, ":") > 1 && !strings.HasPrefix(w.value, "["):
		t.refuse(w.at, "server", "%s looks like an IPv6 address; write it in brackets, like [2001:db8::5] or [2001:db8::5]:5060", field)
	case !isHost(host) || !isPort(port):
		t.refuse(w.at, "server", "%s is neither HOST nor HOST:PORT; write it like sip.example.com or sip.example.com:5060", field)
	}
	return w.value // a wrong one too, so that nothing is said to be missing
}

// splitPort splits HOST and HOST:PORT; the host of an IPv6 address keeps its
// brackets. port is ":PORT", or "".
func splitPort(server string) (host, port string) {
	if colon := strings.LastIndex(server, ":"); colon > strings.LastIndex(server, "]") {
		return server[:colon], server[colon:]
	}
	return server, ""
}

// hostOf is the host of HOST or HOST:PORT.
func hostOf(server string) string {
	host, _ := splitPort(server)
	return host
}

func isPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port[1:], 10, 16)
	return err == nil && n > 0 && port[1] != '0'
}

func isHost(host string) bool {
	if inside, ok := strings.CutPrefix(host, "["); ok {
		a, err := netip.ParseAddr(strings.TrimSuffix(inside, "]"))
		return err == nil && a.Is6() && a.Zone() == "" && strings.HasSuffix(inside, "]")
	}
	if strings.Trim(host, "0123456789.") == "" { // then it is no name
		_, err := netip.ParseAddr(host)
		return err == nil
	}
	return len(host) <= 253 && validHost.MatchString(host)
}

// account reads the account that is ours there. No finding quotes a user, an auth_user or a
// password.
func (t *in) account() {
	f, to := t.file, t.to
	if u := f.User; !u.missing() && !u.bad {
		to.User = u.value
		if !validUser.MatchString(u.value) {
			t.refuse(u.at, "user", "user holds a sign that it cannot have; write the part of the SIP address in front of @, without blanks, quotes and ;")
		}
	}
	to.AuthUser = to.User
	if u := f.AuthUser; !u.missing() && !u.bad {
		to.AuthUser = u.value
		if !validAuth.MatchString(u.value) {
			t.refuse(u.at, "user", "auth_user holds a sign that it cannot have; write it without control characters, ;, \", \\ and blanks at its ends, in at most 128 bytes")
		}
	}
	to.Password = t.password()
	if f.SignIn.bad {
		return
	}
	if to.SignIn == Address {
		if f.Password.at != nil {
			t.refuse(f.Password.at, "password", "with sign_in: address the password is not used; write sign_in: digest, or remove the password")
		}
		return
	}
	if f.User.missing() {
		t.refuse(f.key, "user", "sign_in: %s needs a user; write the name of the account", to.SignIn)
	}
	if f.Password.at == nil {
		t.refuse(f.key, "password", "sign_in: %s needs a password; write where it is: {file: PATH} or {env: NAME}", to.SignIn)
	}
}

const maxPassword = 512 // bytes

// password reads the password from where it is. Neither the place nor the value is
// told, since an operator who misunderstands the form may have written the password
// as the place.
func (t *in) password() Secret {
	p := t.file.Password
	if p.at == nil || p.bad {
		return ""
	}
	var password, where string
	at := p.Env.at
	if p.Env.missing() {
		at, where = p.File.at, "the file of the password"
		text, err := readFile(t.resolvePath(p.File.value), 64<<10)
		if err != nil {
			t.refuse(at, "password", "%s cannot be read (%s); correct the path, which begins at the folder of this file, or the rights", where, reason(err))
			return ""
		}
		password = strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	} else {
		var set bool
		where = "the environment variable of the password"
		if password, set = t.env(p.Env.value); !set {
			t.refuse(at, "password", "%s is not set; set it, or correct its name", where)
			return ""
		}
	}
	switch {
	case password == "":
		t.refuse(at, "password", "%s is empty; write the password into it", where)
	case len(password) > maxPassword:
		t.refuse(at, "password", "%s holds more than %d bytes; write nothing but the password into it", where, maxPassword)
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl) || strings.ContainsAny(password, "\u2028\u2029"):
		t.refuse(at, "password", "%s holds control characters, several lines, or what is not UTF-8; write nothing but the password into it, on one line", where)
	case strings.TrimSpace(password) != password:
		t.refuse(at, "password", "%s begins or ends with a blank, which Asterisk loses; remove the blank, or change the password", where)
	}
	return Secret(password)
}

// sources reads from where calls come.
func (t *in) sources() {
	for _, w := range t.file.From.items {
		if w.bad || w.missing() {
			continue
		}
		s, ok := source(w.value)
		switch {
		case !ok:
			t.refuse(w.at, "from", "from has %q, which is no address; write an address, a network, or ADDRESS:PORT, like 192.0.2.1, 192.0.2.0/24 or [2001:db8::1]:5060", w.value)
			continue
		case s.Network != s.Network.Masked():
			t.refuse(w.at, "from", "from has %q, which is an address within a network; write %s for the network, or %s for the address", w.value, s.Network.Masked(), s.Network.Addr())
		case s.Network.Bits() == 0:
			t.warnAt(w.at, "from", "trunk %s: from has %q, so everybody's calls are taken for calls of this trunk; write the addresses of the carrier", t.file.name, w.value)
		}
		t.to.From = append(t.to.From, s)
	}
}

// source reads an address, a network, or ADDRESS:PORT.
func source(text string) (Source, bool) {
	if strings.Contains(text, "/") {
		p, err := netip.ParsePrefix(text)
		return Source{Network: p}, err == nil && !p.Addr().Is4In6()
	}
	address, port := text, 0
	if host, p := splitPort(text); p != "" && (strings.HasPrefix(text, "[") || strings.Count(text, ":") == 1) {
		if !isPort(p) {
			return Source{}, false
		}
		address = host
		port, _ = strconv.Atoi(p[1:]) // isPort has seen that it is a number
	}
	if inside, ok := strings.CutPrefix(address, "["); ok {
		if !strings.HasSuffix(inside, "]") {
			return Source{}, false
		}
		address = strings.TrimSuffix(inside, "]")
	}
	a, err := netip.ParseAddr(address)
	if err != nil || a.Zone() != "" {
		return Source{}, false
	}
	a = a.Unmap()
	return Source{Network: netip.PrefixFrom(a, a.BitLen()), Port: port}, true
}

// readWriting reads how numbers are written on the way.
func (t *in) readWriting() {
	f, to := t.file, t.to
	to.Writes.In = oneOfWords(t, "writes.in", &f.Writes.In, "", FormPlus, FormInternational, Form00, FormNational)
	to.Writes.Out = oneOfWords(t, "writes.out", &f.Writes.Out, FormPlus, FormPlus, FormInternational, Form00, FormNational)
	if p := f.Writes.Prefix; !p.missing() && !p.bad {
		to.Writes.Prefix = p.value
		if !validPrefix.MatchString(p.value) {
			t.refuse(p.at, "prefix", "writes.prefix is %q; write at most 16 digits, * and #", p.value)
		}
	}
	for _, form := range []struct {
		is   Form
		text text
	}{{to.Writes.In, f.Writes.In}, {to.Writes.Out, f.Writes.Out}} {
		if form.is == FormNational && t.book.Country == "" && !t.reader.file.Country.bad {
			t.refuse(form.text.at, "country", "numbers are written as %s, but the file has no country; write one at its top, like country: DE", form.is)
		}
	}
	to.CallerID = oneOfWords(t, "caller_id", &f.CallerID, InFrom, InFrom, InPAI, InPPI, InRPID)
	to.Trust = t.yesOrNo("trust", &f.Trust, true)
	t.readDialledIn()
}

// readDialledIn reads where the number dialled is found in a call that comes in.
func (t *in) readDialledIn() {
	f, to := t.file, t.to
	for _, w := range f.DialledIn.items {
		place := w.value
		switch {
		case w.bad || w.missing():
			continue
		case strings.EqualFold(place, "request"):
			place = "request"
		case strings.EqualFold(place, "to"):
			place = "To"
		case !validHeader.MatchString(place):
			t.refuse(w.at, "dialled-in", "dialled_in has %q, which is not the name of a header; write request, To, or a name like P-Called-Party-ID", place)
		}
		to.DialledIn = append(to.DialledIn, place)
	}
	if len(to.DialledIn) == 0 {
		to.DialledIn = []string{"request"}
		if to.SignIn == Register {
			to.DialledIn = []string{"P-Called-Party-ID", "To", "request"}
		}
	}
}

// voice reads codecs and keys.
func (t *in) voice() {
	for _, w := range t.file.Codecs.items {
		switch {
		case w.bad || w.missing():
			continue
		case !slices.Contains(knownCodecs, w.value):
			t.refuse(w.at, "codec", "there is no codec %q%s; codecs are %s", w.value, yamlfile.DidYouMean(w.value, knownCodecs), strings.Join(knownCodecs, ", "))
		case slices.Contains(t.to.Codecs, w.value):
			t.refuse(w.at, "codec", "the codec %s is here twice; remove one of them", w.value)
		}
		t.to.Codecs = append(t.to.Codecs, w.value)
	}
	if len(t.to.Codecs) == 0 {
		t.to.Codecs = []string{"alaw", "ulaw"}
		if slices.Contains(ulawCountries, t.book.Country) {
			t.to.Codecs = []string{"ulaw", "alaw"}
		}
	}
	t.to.Keys = oneOfWords(t, "keys", &t.file.Keys, KeysAuto, KeysAuto, KeysInband)
	t.to.LeadIn = t.duration("lead_in", t.file.LeadIn, 200*time.Millisecond, 0, 5*time.Second, time.Millisecond, false)
}

func (t *in) limits() {
	f, to := t.file.Limits, &t.to.Limits
	to.Channels = t.count("limits.channels", f.Channels, 10_000)
	to.CallsPerDay = t.count("limits.calls_per_day", f.CallsPerDay, 10_000_000)
	to.Check = t.duration("limits.check", f.Check, 20*time.Second, 5*time.Second, 10*time.Minute, time.Second, true)
	to.Expiry = t.duration("limits.expiry", f.Expiry, 300*time.Second, time.Minute, 24*time.Hour, time.Second, false)
	if w := f.CallsPerSecond; !w.missing() && !w.bad {
		rate, err := strconv.ParseFloat(w.value, 64)
		if err != nil || !validRate.MatchString(w.value) || rate > 1000 {
			t.refuse(w.at, "limits", "limits.calls_per_second is %q; write a number from 0 to 1000, like 2 or 0.5, where 0 is no limit", w.value)
			return
		}
		to.CallsPerSecond = rate
	}
}

func (t *in) count(field string, w text, most int) int {
	if w.missing() || w.bad {
		return 0
	}
	n, err := strconv.Atoi(w.value)
	if err != nil || !validCount.MatchString(w.value) || n > most {
		t.refuse(w.at, "limits", "%s is %q; write a whole number from 0 to %d, where 0 is no limit", field, w.value, most)
		return 0
	}
	return n
}

// duration reads a time, a multiple of unit; with never, 0 is allowed too.
func (t *in) duration(field string, w text, usual, least, most, unit time.Duration, never bool) time.Duration {
	if w.missing() || w.bad {
		return usual
	}
	d, err := time.ParseDuration(w.value)
	if err == nil && d%unit == 0 && (d >= least && d <= most || never && d == 0) {
		return d
	}
	bounds := fmt.Sprintf("from %s to %s", short(least), short(most))
	if unit == time.Second {
		bounds += " in whole seconds"
	}
	if never {
		bounds += ", or 0 for never"
	}
	t.refuse(w.at, "limits", "%s is %q; write a number and a unit, like 20s or 5m, %s", field, w.value, bounds)
	return usual
}

// short writes a duration without the zeros that Go puts behind it.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

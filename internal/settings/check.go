package settings

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"presszero/call/number"
	"presszero/trunk"
)

// check refuses settings that cannot work, each in a sentence that names it and
// says what to write. What only running can show (a port in use, a zone that is
// not known) is refused by the part that finds it.
func (s Settings) check() error {
	for _, line := range s.Env() {
		name, value, _ := strings.Cut(line, "=")
		if strings.ContainsFunc(value, unicode.IsControl) {
			return fmt.Errorf("%s holds a line break or another control character; remove it", name)
		}
	}
	for _, check := range []func() error{s.checkPages, s.checkCarriers, s.checkServices, s.checkMail, s.checkSIP, s.checkVoice} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkPages looks at where the pages and the agents' voice are.
func (s Settings) checkPages() error {
	http, err := hostPort("HTTP_ADDR", s.HTTPAddr)
	if err != nil {
		return err
	}
	if http != "" && http != "localhost" && !isIP(http) {
		return refused("HTTP_ADDR", s.HTTPAddr, "name an address of this machine, not a name: 127.0.0.1:8080, [::1]:8080, or 0.0.0.0:8443 for all")
	}
	if s.MediaAddr != "" {
		host, err := hostPort("MEDIA_ADDR", s.MediaAddr)
		if err != nil {
			return err
		}
		if host != "" && !isIP(host) {
			return refused("MEDIA_ADDR", s.MediaAddr, "name an address of this machine, not a name, like 192.0.2.1:20000")
		}
	}
	if s.PublicIP != "" && !isIP(s.PublicIP) {
		return refused("PUBLIC_IP", s.PublicIP, "write one IP address, without a port, like 203.0.113.5")
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		return fmt.Errorf("PRESSZERO_TLS_CERT and PRESSZERO_TLS_KEY belong together; set both or neither")
	}
	return nil
}

// checkCarriers looks at which calls come and leave.
func (s Settings) checkCarriers() error {
	for _, from := range s.CallersFrom {
		if _, ok := network(from); !ok {
			return refused("CALLERS_FROM", from, "write addresses and networks with commas between them, like 203.0.113.5,192.0.2.0/24,2001:db8::/32")
		}
	}
	if !slices.Contains([]trunk.Media{trunk.MediaPlain, trunk.MediaPrefer, trunk.MediaEncrypt}, s.CallersMedia) {
		return refused("CALLERS_MEDIA", string(s.CallersMedia), "write plain, prefer (encrypted where the caller does so) or encrypt")
	}
	if s.Trunk != "" && !trunkPattern.MatchString(s.Trunk) {
		return refused("TRUNK", s.Trunk, "write HOST or HOST:PORT, and an IPv6 address in brackets, like [2001:db8::5]:5060")
	}
	for _, number := range s.FallbackTo {
		if !regexp.MustCompile(`^\+?[0-9]+$`).MatchString(number) {
			return refused("FALLBACK_TO", number, "write telephone numbers with commas between them, like +49301234")
		}
	}
	if len(s.FallbackTo) > 0 && s.Trunk == "" && s.Trunks == "" {
		return fmt.Errorf("PRESSZERO_FALLBACK_TO names people to ring, but no calls leave without PRESSZERO_TRUNK or PRESSZERO_TRUNKS; set one")
	}
	if _, err := number.New(s.Country); err != nil {
		return fmt.Errorf("PRESSZERO_COUNTRY: %w", err)
	}
	if s.Trunk != "" && s.Trunks != "" {
		return fmt.Errorf("PRESSZERO_TRUNK and PRESSZERO_TRUNKS both say over which carrier calls go; unset PRESSZERO_TRUNK, and name that carrier in %s", s.Trunks)
	}
	if s.SIPTLSAddr != "" {
		if _, err := netip.ParseAddrPort(s.SIPTLSAddr); err != nil {
			return refused("SIP_TLS_ADDR", s.SIPTLSAddr, "write an IP address of this machine and a port, like 192.0.2.1:5061")
		}
	}
	if s.FallbackAfter < time.Second {
		return refused("FALLBACK_AFTER", s.FallbackAfter.String(), "write a second or more, like 15m")
	}
	return nil
}

// checkServices looks at the logs, the database and Asterisk's interface.
func (s Settings) checkServices() error {
	if s.LogSize < MinLogSize {
		return refused("LOG_SIZE", strconv.Itoa(s.LogSize), fmt.Sprintf("write %d (MB) or more", MinLogSize))
	}
	if u, err := url.Parse(s.DatabaseURL); s.DatabaseURL != "" && (err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return fmt.Errorf("PRESSZERO_DATABASE_URL is no address of a Postgres; write postgres://USER:PASSWORD@HOST:PORT/NAME, with special characters of the password as %%XX") // not the value: it may hold a password
	}
	if u, err := url.Parse(s.ARIURL); s.ARIURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return refused("ARI_URL", s.ARIURL, "write where your Asterisk's ARI is, like http://127.0.0.1:8088/ari")
	}
	if err := s.checkKeeping(); err != nil {
		return err
	}
	return s.checkBucket()
}

// checkBucket looks at where recordings go. What leaves this machine is encrypted, but the
// secret of the bucket is not, so http is for a service on this machine.
func (s Settings) checkBucket() error {
	if s.ArchiveBucket == "" {
		return nil
	}
	u, err := url.Parse(s.ArchiveBucket)
	if err == nil && u.Scheme == "http" && !loopback(net.JoinHostPort(u.Hostname(), "")) {
		return fmt.Errorf("PRESSZERO_ARCHIVE_BUCKET is reached without TLS on another machine; write https://")
	}
	secret := ""
	if err == nil {
		secret, _ = u.User.Password()
	}
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || secret == "" || strings.Trim(u.Path, "/") == "" {
		return fmt.Errorf("PRESSZERO_ARCHIVE_BUCKET is no address of a bucket; write https://KEY:SECRET@HOST/BUCKET, with special characters of the secret as %%XX, and ?region=NAME where the service wants one") // not the value: it holds a secret
	}
	return nil
}

// trunkPattern is what may stand in a SIP address.
var trunkPattern = regexp.MustCompile(`^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// checkSIP looks at what the private Asterisk is told. It speaks one family of
// addresses, that of SIP_ADDR.
func (s Settings) checkSIP() error {
	host, err := hostPort("SIP_ADDR", s.SIPAddr)
	if err != nil {
		return err
	}
	sip, err := netip.ParseAddr(host)
	if err != nil || sip.Zone() != "" {
		return refused("SIP_ADDR", s.SIPAddr, "name an address of this machine, not a name, like 192.0.2.1:5060 or [2001:db8::1]:5060")
	}
	if sip.IsUnspecified() && s.PublicIP == "" {
		return refused("SIP_ADDR", s.SIPAddr, "callers must be told one address to send their voice to: name it here, or set PRESSZERO_PUBLIC_IP")
	}
	mixed := func(name, value string, a netip.Addr) error {
		if family(a) == family(sip) {
			return nil
		}
		return fmt.Errorf("PRESSZERO_%s is %q, which is %s, but PRESSZERO_SIP_ADDR (%s) is %s; both must be of one kind", name, value, family(a), s.SIPAddr, family(sip))
	}
	if ip, err := netip.ParseAddr(s.PublicIP); err == nil {
		if err := mixed("PUBLIC_IP", s.PublicIP, ip); err != nil {
			return err
		}
	}
	for _, from := range s.CallersFrom {
		n, _ := network(from)
		if family(sip) == "IPv6" && len(s.CallersFrom) == 1 && from == "127.0.0.1" {
			return fmt.Errorf("PRESSZERO_SIP_ADDR (%s) is IPv6, but only the IPv4 address 127.0.0.1 may call; set PRESSZERO_CALLERS_FROM, for this machine to ::1", s.SIPAddr)
		}
		if err := mixed("CALLERS_FROM", from, n.Addr()); err != nil {
			return err
		}
	}
	if ip, err := netip.ParseAddr(hostOf(s.Trunk)); err == nil {
		if err := mixed("TRUNK", s.Trunk, ip); err != nil {
			return err
		}
	}
	return nil
}

// hostOf returns the host of HOST or HOST:PORT, an IPv6 address without its brackets.
func hostOf(addr string) string {
	if host, _, err := net.SplitHostPort(addr); err == nil {
		addr = host
	}
	return strings.Trim(addr, "[]")
}

// family names the family of an address.
func family(a netip.Addr) string {
	if a.Unmap().Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// checkVoice looks at the ports of the private Asterisk's audio.
func (s Settings) checkVoice() error {
	var first, last int
	if n, err := fmt.Sscanf(s.RTPPorts, "%d-%d", &first, &last); err != nil || n != 2 || fmt.Sprintf("%d-%d", first, last) != s.RTPPorts ||
		first < 1024 || last > 65535 || last-first < 3 {
		return refused("RTP_PORTS", s.RTPPorts, "write the first and the last port, within 1024-65535, like 10000-20000")
	}
	return nil
}

func refused(name, value, write string) error {
	return fmt.Errorf("PRESSZERO_%s is %q; %s", name, value, write)
}

// hostPort returns the host of an address with a port; "" means all addresses.
func hostPort(name, addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", refused(name, addr, "write an address and a port, like 127.0.0.1:8080, or [::1]:8080 for IPv6")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", refused(name, addr, "its port must be a number from 0 (any) to 65535")
	}
	return host, nil
}

func isIP(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// network reads an address or a network.
func network(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	return p, err == nil
}

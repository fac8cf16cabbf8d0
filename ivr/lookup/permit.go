package lookup

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// permit is which services may be asked, by name and by address.
type permit struct {
	hosts   map[string]bool // "host:port", lower case
	private []netip.Prefix
}

func newPermit(allow []string, private []netip.Prefix) *permit {
	p := &permit{hosts: map[string]bool{}, private: slices.Clone(private)}
	for _, host := range allow {
		host = strings.ToLower(strings.TrimSpace(host))
		if _, _, err := net.SplitHostPort(host); err == nil {
			p.hosts[host] = true
			continue
		}
		for _, port := range usualPort {
			p.hosts[net.JoinHostPort(strings.Trim(host, "[]"), port)] = true
		}
	}
	return p
}

var usualPort = map[string]string{"http": "80", "https": "443"}

// hostPort returns the host and port that an address asks.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = usualPort[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// reserved are networks that are not the public internet and that netip has no
// word for.
var reserved = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16")

// PrivateNetworks are loopback and the private networks (RFC 1918, RFC
// 4193), for Config.AllowPrivate. Link-local addresses are not among them:
// cloud machines give away their keys there.
func PrivateNetworks() []netip.Prefix {
	return prefixes("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
}

func prefixes(list ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, p := range list {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

// reachable reports whether a resolved address may be connected to.
func (p *permit) reachable(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	in := func(list []netip.Prefix) bool {
		return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(addr) })
	}
	if in(p.private) {
		return true
	}
	return addr.IsGlobalUnicast() && !addr.IsPrivate() && !in(reserved)
}

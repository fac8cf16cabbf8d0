package notify

import (
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

// inside are networks beside the private ones that lead into a house, to this machine, or
// nowhere (the registries of special purpose addresses of IANA, RFC 6890). Those of
// IPv6 that carry an IPv4 address would lead around this list.
var inside = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "fec0::/10")

func prefixes(list ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range list {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// guard tells which addresses webhooks may reach. It is asked with the address of each
// connection, after the name was looked up: whoever answers for a name cannot send us
// elsewhere in between.
type guard struct {
	allow []netip.Prefix // of the house, as the operator has set
	plain bool           // without TLS: of these only
}

func (g guard) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := to.Addr().Unmap().WithZone("")
	is := func(p netip.Prefix) bool { return p.Contains(ip) }
	switch {
	case slices.ContainsFunc(g.allow, is):
		return nil
	case g.plain:
		return fmt.Errorf("%s is not reached without TLS; use https, or name its network in PRESSZERO_WEBHOOK_ALLOW", ip)
	case !ip.IsGlobalUnicast() || ip.IsPrivate() || slices.ContainsFunc(inside, is):
		return fmt.Errorf("%s is an address inside the house; if it is meant, name its network in PRESSZERO_WEBHOOK_ALLOW", ip)
	}
	return nil
}

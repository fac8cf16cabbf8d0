package web

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
)

// clients tells from where a request comes, through proxies too.
type clients struct {
	publicURL *url.URL       // see Config.PublicURL
	trusted   []netip.Prefix // see Config.TrustedProxies
	log       *slog.Logger

	unnamedProxy sync.Once // the log has told of a proxy that is not configured
}

// origin is that of pages at the public address.
func (c *clients) origin() string { return c.publicURL.Scheme + "://" + c.publicURL.Host }

// clientOf is the address of the browser that asks: the peer's, or where that
// is a proxy the last address in X-Forwarded-For that is no proxy's. With no
// proxies configured one on this machine is believed, for the counting of
// failed sign-ins only: a program on this machine that forges the header gains
// nothing but more tries.
func (c *clients) clientOf(r *http.Request) netip.Addr {
	from := addressOf(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && c.isProxy(from); i-- {
		a, ok := parseHop(hops[i])
		if !ok {
			break
		}
		from = a
	}
	if !c.isProxy(from) && from == addressOf(r) && forwarded(r) {
		c.unnamedProxy.Do(func() {
			c.log.Warn("requests come through a proxy that PRESSZERO_TRUSTED_PROXIES does not name; failed sign-ins of all its users are counted together: name the proxy there", "proxy", from)
		})
	}
	return from
}

func (c *clients) isProxy(a netip.Addr) bool {
	if len(c.trusted) == 0 {
		return a.IsLoopback()
	}
	for _, p := range c.trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// parseHop reads one entry of X-Forwarded-For, which may have a port.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if a, err := netip.ParseAddrPort(text); err == nil {
		return a.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap().WithZone(""), err == nil
}

// countedAddress is the address by which failed sign-ins are counted: of IPv6 the /64,
// which one customer usually has as a whole.
func countedAddress(a netip.Addr) string {
	if a.Is6() {
		if net, err := a.Prefix(64); err == nil {
			return net.String()
		}
	}
	return a.String()
}

// forwarded reports whether a header says that a proxy passed the request on.
func forwarded(r *http.Request) bool {
	for name := range r.Header {
		switch name {
		case "Forwarded", "Via", "X-Real-Ip":
			return true
		}
		if strings.HasPrefix(name, "X-Forwarded-") {
			return true
		}
	}
	return false
}

// addressOf is the address of the peer.
func addressOf(r *http.Request) netip.Addr {
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap().WithZone("")
}

// fromHere reports whether the request comes from a program on this machine,
// and nothing in it tells of a proxy.
func fromHere(r *http.Request) bool {
	return addressOf(r).IsLoopback() && !forwarded(r)
}

// isLocal reports whether the request certainly comes from a program on this
// machine. A proxy need not say that it is one: where one is configured
// nothing is local, and elsewhere a request must be addressed to this machine's
// own loopback, in HTTP/1.1 (a proxy's default may be 1.0).
func (c *clients) isLocal(r *http.Request) bool {
	if len(c.trusted) > 0 || c.publicURL != nil || !fromHere(r) || !r.ProtoAtLeast(1, 1) {
		return false
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}

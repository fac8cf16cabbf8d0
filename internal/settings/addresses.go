package settings

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Secure reports whether pages are served over HTTPS: always, except on
// loopback, where browsers give the microphone without.
func (s Settings) Secure() bool { return s.TLSCert != "" || !loopback(s.HTTPAddr) }

// CertificateFiles returns the paths of the certificate of the pages and its key:
// the operator's, or those of the one that we sign ourselves.
func (s Settings) CertificateFiles() (cert, key string) {
	if s.TLSCert == "" {
		return s.Path("tls", "cert.pem"), s.Path("tls", "key.pem")
	}
	return s.TLSCert, s.TLSKey
}

// CertificateCopy is the path of the operator's last good certificate with its key.
func (s Settings) CertificateCopy() string { return s.Path("tls", "last-good.pem") }

// parseURL reads PRESSZERO_PUBLIC_URL; nil: it is not set.
func parseURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("PRESSZERO_PUBLIC_URL is %q; write where browsers find the pages, like https://calls.example", text)
	}
	return u, nil
}

// BrowserURL is where browsers reach us when TLS ends at a proxy; nil: directly.
func (s Settings) BrowserURL() *url.URL {
	u, _ := parseURL(s.PublicURL) // Read has checked it
	return u
}

// ProxyNetworks are the proxies in front of us.
func (s Settings) ProxyNetworks() []netip.Prefix {
	list, _ := networks("TRUSTED_PROXIES", s.TrustedProxies) // Read has checked it
	return list
}

// networks reads addresses and networks.
func networks(setting string, texts []string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, text := range texts {
		text = strings.TrimSpace(text)
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, addrErr := netip.ParseAddr(text)
			if addrErr != nil {
				return nil, fmt.Errorf("PRESSZERO_%s has %q; write addresses and networks, like 127.0.0.1,10.0.0.0/8", setting, text)
			}
			a = a.Unmap().WithZone("")
			p = netip.PrefixFrom(a, a.BitLen())
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

func loopback(addr string) bool {
	host, _, _ := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// WebURL is where a person opens the pages.
func (s Settings) WebURL() string {
	scheme := "http"
	if s.Secure() {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(s.HTTPAddr)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // all addresses; this one is on every machine
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// InUse explains why an address cannot be listened on.
func InUse(addr string, err error) error {
	return fmt.Errorf("%s cannot be used; is another copy running? choose another port, or 0 for any: %w", addr, err)
}

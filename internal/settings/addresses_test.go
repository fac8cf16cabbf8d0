package settings

import (
	"net/netip"
	"strings"
	"testing"
)

// TestProxySettings: what cannot be meant is refused at the start, with the
// setting's name.
func TestProxySettings(t *testing.T) {
	t.Setenv("PRESSZERO_STATE_DIR", t.TempDir())
	for _, c := range []struct{ name, value string }{
		{"PUBLIC_URL", "calls.example"}, {"PUBLIC_URL", "ftp://calls.example"}, {"PUBLIC_URL", "https://calls.example/pages"},
		{"PUBLIC_URL", "https://"}, {"PUBLIC_URL", "https://u:p@calls.example"},
		{"TRUSTED_PROXIES", "proxy.example"}, {"TRUSTED_PROXIES", "10.0.0.0/33"}, {"TRUSTED_PROXIES", "127.0.0.1,,"},
	} {
		t.Run(c.name+" "+c.value, func(t *testing.T) {
			t.Setenv("PRESSZERO_"+c.name, c.value)
			if _, err := Load(); err == nil || !strings.Contains(err.Error(), "PRESSZERO_"+c.name) {
				t.Errorf("%s=%s: %v", c.name, c.value, err)
			}
		})
	}
	t.Setenv("PRESSZERO_PUBLIC_URL", "https://calls.example/")
	t.Setenv("PRESSZERO_TRUSTED_PROXIES", "127.0.0.1, 10.1.2.3/8,2001:db8::/32")
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if got := s.BrowserURL().String(); got != "https://calls.example" {
		t.Errorf("the public address is %s", got)
	}
	for addr, want := range map[string]bool{"127.0.0.1": true, "127.0.0.2": false, "10.9.9.9": true, "2001:db8::1": true, "::1": false} {
		got := false
		for _, p := range s.ProxyNetworks() {
			got = got || p.Contains(netip.MustParseAddr(addr))
		}
		if got != want {
			t.Errorf("%s is a proxy: %v", addr, got)
		}
	}
}

package supervisor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"presszero/internal/settings"
)

// askHealth asks the controller that runs beside us for /healthz or /readyz.
func askHealth(ctx context.Context, s settings.Settings, path string) error {
	at := "http://controller"
	t := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", s.HealthSocket())
	}}
	if conn, err := t.DialContext(ctx, "", ""); err == nil {
		_ = conn.Close()
	} else {
		// A controller of before this socket; it is asked at its pages, whatever
		// certificate they show.
		at, t = s.WebURL(), &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at+path, nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: t}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 10_000))
	var said struct {
		Reason  string
		Reasons []string
	}
	if json.Unmarshal(text, &said) == nil && said.Reason != "" {
		said.Reasons = append(said.Reasons, said.Reason)
	}
	if len(said.Reasons) > 0 {
		return errors.New(strings.Join(said.Reasons, "; "))
	}
	return fmt.Errorf("%s: %s", resp.Status, strings.TrimSpace(string(text)))
}

// Package running finds the `presszero up` that runs in the state folder, for commands
// that work beside it, and signs users of the first run in at its pages.
package running

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"time"

	"presszero/internal/settings"
)

// Program is what a command knows of the `presszero up` beside it: its settings, and a
// transport that reaches its pages.
type Program struct {
	settings.Settings
	Transport http.RoundTripper
}

// Find reads the settings of the program that runs in the state folder.
func Find() (*Program, error) {
	s, err := settings.Load()
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(s.Path("env"))
	if err != nil && s.DatabaseURL != "" {
		return &Program{s, plainCookies{Transport(s)}}, nil // the parts run on their own
	}
	if err != nil {
		return nil, fmt.Errorf("nothing runs in %s; start it with `make run`, or set PRESSZERO_STATE_DIR: %w", s.StateDir, err)
	}
	inForce := settings.ReadEnvFile(string(b))
	for name, to := range map[string]*string{"HTTP_ADDR": &s.HTTPAddr, "SIP_ADDR": &s.SIPAddr, "TLS_CERT": &s.TLSCert, "TLS_KEY": &s.TLSKey,
		"DATABASE_URL": &s.DatabaseURL, "FLOW": &s.Flow, "PROMPTS": &s.Prompts, "TRUNKS": &s.Trunks,
		"ARCHIVE": &s.Archive, "ARCHIVE_BUCKET": &s.ArchiveBucket, "ARI_RECORDINGS": &s.Recordings} {
		if value, ok := inForce["PRESSZERO_"+name]; ok {
			*to = value
		}
	}
	return &Program{s, plainCookies{Transport(s)}}, nil
}

// plainCookies takes cookies without TLS too: with PRESSZERO_PUBLIC_URL they
// are for HTTPS only, and tools on this machine do not pass the proxy.
type plainCookies struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t plainCookies) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(r)
	if err != nil || r.URL.Scheme != "http" {
		return resp, err
	}
	for i, c := range resp.Header["Set-Cookie"] {
		resp.Header["Set-Cookie"][i] = strings.ReplaceAll(c, "; Secure", "")
	}
	return resp, nil
}

// Transport reaches the pages of this machine by their address. The names and
// dates of their certificate are for browsers: it is enough that it is the one
// in our own files.
func Transport(s settings.Settings) http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if s.Secure() {
		t.TLSClientConfig = &tls.Config{
			InsecureSkipVerify: true, // VerifyConnection does it
			VerifyConnection:   func(state tls.ConnectionState) error { return verify(s, state) },
		}
	}
	return t
}

// verify accepts the certificates in our own files, and those that any browser
// accepts.
func verify(s settings.Settings, state tls.ConnectionState) error {
	file, _ := s.CertificateFiles()
	leaf := state.PeerCertificates[0]
	for _, path := range []string{file, s.CertificateCopy()} {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if block, _ := pem.Decode(text); block != nil && bytes.Equal(block.Bytes, leaf.Raw) {
			return nil
		}
	}
	among := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		among.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: state.ServerName, Intermediates: among})
	if err != nil {
		return fmt.Errorf("the pages show a certificate that is not in %s: %w", file, err)
	}
	return nil
}

// PasswordOf returns the password that the first run made for a user.
func PasswordOf(s settings.Settings, user string) (string, error) {
	b, err := os.ReadFile(s.Path("passwords"))
	if err != nil {
		return "", fmt.Errorf("the passwords of the first run cannot be read: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		if name, password, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name == user {
			return strings.TrimSpace(password), nil
		}
	}
	return "", fmt.Errorf("%s has no password for %q", s.Path("passwords"), user)
}

// API is a signed-in user of the HTTP interface.
type API struct {
	URL    string
	Client *http.Client
}

// SignIn signs a user of the first run in.
func (r *Program) SignIn(ctx context.Context, user string) (*API, error) {
	password, err := PasswordOf(r.Settings, user)
	if err != nil {
		return nil, err
	}
	jar, _ := cookiejar.New(nil) // never fails without options
	a := &API{r.WebURL(), &http.Client{Transport: r.Transport, Jar: jar, Timeout: 30 * time.Second}}
	if _, err := a.Send(ctx, http.MethodPost, "/api/v1/session", map[string]string{"name": user, "password": password}); err != nil {
		return nil, fmt.Errorf("%s cannot sign in with the password of the first run (it may have been changed on the page): %w", user, err)
	}
	return a, nil
}

// Send sends JSON and returns the status; an error carries the server's own sentence.
func (a *API) Send(ctx context.Context, method, path string, body any) (int, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, method, a.URL+path, bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.Client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		var said struct{ Error string }
		_ = json.NewDecoder(io.LimitReader(resp.Body, 10_000)).Decode(&said)
		return resp.StatusCode, fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, said.Error)
	}
	return resp.StatusCode, nil
}

// Employ adds an agent, or gives one who is there a new password. Without queues the
// agent serves all, or what was said before.
func (a *API) Employ(ctx context.Context, name, word string, queues ...string) error {
	status, err := a.Send(ctx, http.MethodPost, "/api/v1/users", map[string]any{"name": name, "role": "agent", "password": word})
	if status == http.StatusConflict {
		_, err = a.Send(ctx, http.MethodPut, "/api/v1/users/"+name+"/password", map[string]string{"password": word})
	}
	if err == nil && len(queues) > 0 {
		_, err = a.Send(ctx, http.MethodPut, "/api/v1/users/"+name+"/work", map[string][]string{"queues": queues})
	}
	if err != nil {
		return errors.Join(fmt.Errorf("the robot %s cannot be employed", name), err)
	}
	return nil
}

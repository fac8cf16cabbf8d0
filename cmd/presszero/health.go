package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// The controller answers for its health at a Unix socket in the state folder,
// beside the pages: whether it lives must depend neither on certificates, nor
// on addresses and firewalls, nor on how many browsers stand at the door.

func (s Settings) healthSocket() string { return s.path("health") }

// serveHealth answers until ctx ends. A controller that takes over from another
// takes the socket's name over.
func serveHealth(ctx context.Context, s Settings, h http.Handler) error {
	path := s.healthSocket()
	fresh := path + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"}) // in a folder of mode 0700
	if err != nil {
		return fmt.Errorf("nobody can ask the controller whether it lives: %w", err)
	}
	l.SetUnlinkOnClose(false) // by then the name may be another's
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket == 0 {
		_ = os.RemoveAll(path) // no rename replaces a folder
	}
	if err := os.Rename(fresh, path); err != nil {
		return errors.Join(fmt.Errorf("nobody can ask the controller whether it lives: %w", err), l.Close())
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 15 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// askHealth asks the controller that runs beside us for /healthz or /readyz.
func askHealth(ctx context.Context, s Settings, path string) error {
	at := "http://controller"
	t := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", s.healthSocket())
	}}
	if conn, err := t.DialContext(ctx, "", ""); err == nil {
		_ = conn.Close()
	} else {
		// A controller of before this socket; it is asked at its pages, whatever
		// certificate they show.
		at, t = s.webURL(), &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
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

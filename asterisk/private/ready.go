package private

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// WaitReady waits until Asterisk takes calls: ARI answers, as this very
// Asterisk, and SIP answers. It fails at once when Asterisk ends, and when ctx
// does, with what is still missing.
func (p *Process) WaitReady(ctx context.Context) error {
	const pause = 25 * time.Millisecond
	for {
		err := errors.Join(p.pingARI(ctx), p.pingSIP(ctx))
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("asterisk ended before it was ready: %w", p.Wait())
		case <-ctx.Done():
			return fmt.Errorf("asterisk is not ready: %w; it said:\n%s", err, p.LogTail(10))
		case <-time.After(pause):
		}
	}
}

// pingARI asks ARI who it is.
func (p *Process) pingARI(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var pong struct {
		ID string `json:"asterisk_id"`
	}
	if err := p.requestARI(ctx, http.MethodGet, "/asterisk/ping", nil, &pong); err != nil {
		return fmt.Errorf("ARI does not answer: %w", err)
	}
	if pong.ID != p.entityID {
		return fmt.Errorf("ARI on %s belongs to another Asterisk", p.config.HTTPAddr)
	}
	return nil
}

// pingSIP sends OPTIONS (RFC 3261, section 11). Any answer will do, also a
// refusal, but 503: so Asterisk answers until all its modules are loaded.
func (p *Process) pingSIP(ctx context.Context) error {
	conn, err := net.Dial("udp", p.config.SIPAddr)
	if err != nil {
		return fmt.Errorf("SIP cannot be asked: %w", err)
	}
	defer conn.Close()
	deadline := time.Now().Add(200 * time.Millisecond)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	conn.SetDeadline(deadline)

	here, there := conn.LocalAddr(), conn.RemoteAddr()
	nonce := strings.ReplaceAll(newEntityID(), ":", "")
	fmt.Fprintf(conn, "OPTIONS sip:%s SIP/2.0\r\n"+
		"Via: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\n"+
		"Max-Forwards: 1\r\n"+
		"From: <sip:ready@%s>;tag=%s\r\nTo: <sip:%s>\r\n"+
		"Call-ID: %s@%s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
		there, here, nonce, here, nonce, there, nonce, here)
	reply := make([]byte, 2000)
	n, err := conn.Read(reply)
	if err != nil {
		return fmt.Errorf("SIP does not answer: %w", err)
	}
	status, _, _ := strings.Cut(string(reply[:n]), "\r\n")
	if !strings.HasPrefix(status, "SIP/2.0 ") || strings.HasPrefix(status, "SIP/2.0 503") {
		return fmt.Errorf("SIP answers %q", status)
	}
	return nil
}

package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"presszero/report"
)

// largest is the size of a body, in bytes, which Standard Webhooks recommends not to
// exceed. The facts of a call are left out of one that would.
const largest = 20_000

// Webhooks send notices to other programs.
type Webhooks struct {
	keys  Keys
	https *http.Client
	http  *http.Client // for networks that are allowed only
}

// NewWebhooks returns webhooks that are signed with keys, and may reach, besides the
// world, the networks in allow. roots nil: those of the system.
func NewWebhooks(keys Keys, allow []netip.Prefix, roots *x509.CertPool) *Webhooks {
	return &Webhooks{keys: keys, https: client(guard{allow: allow}, roots), http: client(guard{allow: allow, plain: true}, roots)}
}

func client(g guard, roots *x509.CertPool) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: g.control}
	return &http.Client{
		Timeout: oneTry,
		Transport: &http.Transport{ // no Proxy: it would be reached in place of the address
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: roots},
			TLSHandshakeTimeout:    10 * time.Second,
			MaxIdleConnsPerHost:    parallel,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// CheckURL says in a sentence what is wrong with the address of a webhook; "": nothing.
func CheckURL(text string) (wrong string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || strings.ContainsAny(text, "\r\n\t "):
		return "This is no address like https://example.com/hook."
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return "The address of a webhook begins with https://, or inside the house with http://."
	case u.User != nil:
		return "An address with a password in it is not taken; the signature tells who sends."
	case u.Fragment != "" || len(text) > 2000:
		return "The address has at most 2,000 characters, and no #."
	}
	return ""
}

// body is what is sent: one notice, and of a call with its facts these too; of a day the
// queues that are wanted (none: all).
func body(n report.Notice, queues []string, facts []report.Fact) ([]byte, error) {
	if n.Type == report.NoticeDay {
		d, err := dayOf(n, queues)
		if err == nil {
			n.Data, err = json.Marshal(d.DayNotice)
		}
		if err != nil {
			return nil, err
		}
	}
	data := map[string]any{}
	if len(n.Data) > 0 {
		if err := json.Unmarshal(n.Data, &data); err != nil {
			return nil, fmt.Errorf("the notice is no JSON object: %w", err)
		}
	}
	data["seq"] = n.Seq
	if facts != nil {
		data["facts"] = facts
	}
	whole := map[string]any{"type": n.Type, "timestamp": n.At.UTC().Format(time.RFC3339Nano), "data": data}
	text, err := json.Marshal(whole)
	if err == nil && len(text) > largest && facts != nil {
		delete(data, "facts")
		data["facts_left_out"] = len(facts)
		text, err = json.Marshal(whole)
	}
	return text, err
}

// callOf is the call that a notice is about.
func callOf(n report.Notice) string {
	var data struct{ Call string }
	_ = json.Unmarshal(n.Data, &data)
	return data.Call
}

// send posts a notice. The status is that of the answer.
func (h *Webhooks) send(ctx context.Context, s report.Subscription, n report.Notice, facts []report.Fact) (int, error) {
	text, err := body(n, s.Queues, facts)
	if err != nil {
		return 0, &problem{text: err.Error(), final: true}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Address, bytes.NewReader(text))
	if err != nil {
		return 0, &problem{text: err.Error(), final: true}
	}
	now := time.Now()
	keys := [][]byte{h.keys.Key(s.ID, s.KeyN)}
	if s.OldKeyUntil != nil && now.Before(*s.OldKeyUntil) {
		keys = append(keys, h.keys.Key(s.ID, s.KeyN-1))
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "PressZero")
	r.Header.Set("Webhook-Id", safeID(n.ID))
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("Webhook-Signature", sign(safeID(n.ID), now, text, keys...))
	do := h.https
	if r.URL.Scheme == "http" {
		do = h.http
	}
	answer, err := do.Do(r)
	if err != nil {
		var inner *url.Error
		if errors.As(err, &inner) { // its text has the whole address, which may be a secret
			err = inner.Err
		}
		return 0, &problem{text: oneLine(err.Error())}
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, 300)) // for the person who looks why
	return answer.StatusCode, refused(answer, said)
}

// refused is what is wrong with an answer; nil: it is a success.
func refused(answer *http.Response, said []byte) error {
	if answer.StatusCode/100 == 2 {
		return nil
	}
	p := &problem{status: answer.StatusCode, text: oneLine(answer.Status + " " + string(said)), gone: answer.StatusCode == http.StatusGone}
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		p.busy, p.after = true, retryAfter(answer.Header.Get("Retry-After"), time.Now())
	}
	if answer.StatusCode/100 == 3 {
		p.text += "; redirects are not followed"
	}
	return p
}

// retryAfter reads the header of this name: seconds, or a date (RFC 9110, 10.2.3).
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return time.Duration(min(n, int(longestPause/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// oneLine is a text that others wrote, fit for a page and a log.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text)
	if r := []rune(text); len(r) > 300 {
		return string(r[:300]) + "…"
	}
	return text
}

package wholetest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// inbox is a mail server that keeps what comes.
type inbox struct {
	mu    sync.Mutex
	mails []string
}

func (b *inbox) NewSession(*smtp.Conn) (smtp.Session, error) { return b, nil }
func (*inbox) Reset()                                        {}
func (*inbox) Logout() error                                 { return nil }
func (*inbox) Mail(string, *smtp.MailOptions) error          { return nil }
func (*inbox) Rcpt(string, *smtp.RcptOptions) error          { return nil }
func (b *inbox) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, string(text))
	return err
}

func (b *inbox) got() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string{}, b.mails...)
}

// hooked is a program that gets webhooks, and is not well at first.
type hooked struct {
	mu   sync.Mutex
	well bool
	got  []string // id, type, and whether the signature is right
	key  []byte
}

func (h *hooked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	m := hmac.New(sha256.New, h.key)
	fmt.Fprintf(m, "%s.%s.%s", r.Header.Get("Webhook-Id"), r.Header.Get("Webhook-Timestamp"), body)
	var said struct{ Type string }
	_ = json.Unmarshal(body, &said)
	h.got = append(h.got, fmt.Sprint(r.Header.Get("Webhook-Id"), " ", said.Type, " ", "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)) == r.Header.Get("Webhook-Signature")))
	if !h.well {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func (h *hooked) seen() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string{}, h.got...)
}

// TestNoticesLeave: what happened to a caller reaches another program, signed, also when
// that was not well and the controller was killed meanwhile; mails leave; a token reads.
func TestNoticesLeave(t *testing.T) {
	t.Parallel()
	mails, hook := &inbox{}, &hooked{}
	server := smtp.NewServer(mails)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	other := httptest.NewServer(hook)
	t.Cleanup(other.Close)
	b := build(t, "PRESSZERO_SMTP_URL=smtp://"+l.Addr().String(), "PRESSZERO_MAIL_FROM=zero@calls.example", "PRESSZERO_MAIL_TO=lead@calls.example", "PRESSZERO_WEBHOOK_ALLOW=127.0.0.0/8")
	a := b.admin()
	send := func(method, path string, body, into any) {
		t.Helper()
		text, err := json.Marshal(body)
		must(t, err)
		r, err := http.NewRequestWithContext(t.Context(), method, a.URL+path, bytes.NewReader(text))
		must(t, err)
		r.Header.Set("Content-Type", "application/json")
		resp, err := a.Client.Do(r)
		must(t, err)
		defer resp.Body.Close()
		if resp.StatusCode >= 300 {
			said, _ := io.ReadAll(resp.Body)
			t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, said)
		}
		if into != nil {
			must(t, json.NewDecoder(resp.Body).Decode(into))
		}
	}
	var made struct{ ID, Key string }
	send("POST", "/api/v1/subscriptions", map[string]any{"kind": "webhook", "address": other.URL + "/hook", "types": []string{"call.ended"}, "facts": true}, &made)
	hook.mu.Lock()
	hook.key, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(made.Key, "whsec_"))
	hook.mu.Unlock()
	must(t, err)

	b.call("+34611").Hangup()
	b.wait(20*time.Second, "the webhook is tried", func() bool { return len(hook.seen()) > 0 })
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM delivery WHERE status = 500`) // what is killed during a try is tried again after minutes
	b.kill("serve")
	hook.mu.Lock()
	hook.well = true
	hook.mu.Unlock()
	b.wait(40*time.Second, "it is tried again by the next controller", func() bool { return len(hook.seen()) > 1 })
	for _, one := range hook.seen() {
		if one != hook.seen()[0] || !strings.HasSuffix(one, " call.ended true") {
			t.Errorf("the webhook got %q", one)
		}
	}

	var list struct {
		Subscriptions []struct{ ID, Kind, Owner string }
	}
	b.ready()
	send("GET", "/api/v1/subscriptions", nil, &list)
	for _, s := range list.Subscriptions {
		if s.Kind == "mail" && s.Owner == "" {
			send("POST", "/api/v1/subscriptions/"+s.ID+"/test", nil, nil)
		}
	}
	b.wait(20*time.Second, "a mail to MAIL_TO", func() bool { return len(mails.got()) > 0 })
	if m := mails.got()[0]; !strings.Contains(m, "lead@calls.example") || !strings.Contains(m, "Auto-Submitted: auto-generated") {
		t.Errorf("the mail is %s", m)
	}

	var token struct{ Token string }
	send("POST", "/api/v1/tokens", map[string]any{"name": "test", "scopes": []string{"notices.read"}, "days": 1}, &token)
	for path, want := range map[string]int{"/api/v1/notices": 200, "/api/v1/reports/summary": 403, "/supervisor": 403} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", a.URL+path, nil)
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+token.Token)
		resp, err := (&http.Client{Transport: b.transport()}).Do(r)
		must(t, err)
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want || want == 200 && !strings.Contains(string(body), `"type":"call.ended"`) {
			t.Errorf("a token asks %s: %d %s", path, resp.StatusCode, body)
		}
	}
}

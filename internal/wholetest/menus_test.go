package wholetest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/internal/audio"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
)

// TestSite calls a site that asks a service, takes messages, speaks two
// languages, and is told a secret, on the real parts.
func TestSite(t *testing.T) {
	t.Parallel()
	var asked service
	server := httptest.NewServer(&asked)
	defer server.Close()
	text, err := os.ReadFile("testdata/site.yaml")
	must(t, err)
	who := awake(t)
	flow := filepath.Join(t.TempDir(), "site.yaml")
	put := strings.NewReplacer("SERVICE", server.URL, "NUMBER", who.second)
	must(t, os.WriteFile(flow, []byte(put.Replace(string(text))), 0o644))
	trunk, err := customer.NewPhone(context.Background(), "127.0.0.1:0")
	must(t, err)
	defer trunk.Close()
	rung := make(chan *customer.Ring, 1)
	trunk.OnCall(func(r *customer.Ring) { rung <- r; <-r.GivenUp() })
	h := build(t, "PRESSZERO_FLOW="+flow, "PRESSZERO_TRUNK="+trunk.Addr().String(), "PRESSZERO_COUNTRY="+who.country)

	t.Run("an order's status is looked up and said", func(t *testing.T) {
		h := h.in(t)
		c := h.dial(t, "100", "+34801")
		typed(t, c, "12345678")
		h.waitCount(20*time.Second, 1, `SELECT count(*) FROM call_event WHERE type = 'ivr.looked_up' AND data ->> 'how' = 'answered'`)
		h.waitCount(20*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE caller_number = '+34801'`)
		must(t, c.Hangup())
		if got := asked.all(); !strings.Contains(got, "GET /orders/12345678") {
			t.Errorf("the service was asked %q", got)
		}
	})
	t.Run("a message becomes a task, can be heard, and is answered by a callback", func(t *testing.T) {
		message(t, h.in(t), who.first, rung)
	})
	t.Run("the language is known the next time", func(t *testing.T) {
		h := h.in(t)
		c := h.dial(t, "300", "+34803")
		typed(t, c, "2")
		h.waitCount(20*time.Second, 1, `SELECT count(*) FROM call_event WHERE type = 'ivr.language' AND data ->> 'by' = 'key'`)
		must(t, c.Hangup())
		h.outcome("+34803", "abandoned_queue")
		c = h.dial(t, "300", "+34803")
		h.waitCount(20*time.Second, 1, `SELECT count(*) FROM call_event WHERE type = 'ivr.language' AND data ->> 'by' = 'remembered' AND data ->> 'language' = 'ko'`)
		must(t, c.Hangup())
	})
	t.Run("a branch is reached through the trunk", func(t *testing.T) {
		h := h.in(t)
		c := h.dial(t, "600", "+34805")
		ring := <-rung
		branch, err := ring.Answer(customer.Sound{Tone: deskclient.RobotTone})
		must(t, err)
		if ring.To != who.second {
			t.Errorf("%s was rung", ring.To)
		}
		_, err = c.WaitTone(soon(t), deskclient.RobotTone)
		must(t, err)
		_, err = branch.WaitTone(soon(t), 440)
		must(t, err)
		h.waitCount(20*time.Second, 1, `SELECT count(*) FROM call_event WHERE type = 'transfer.joined'`)
		h.kill("serve") // the two talk on
		h.ready()
		back := time.Now()
		_, err = c.WaitToneAfter(soon(t), back, deskclient.RobotTone)
		must(t, err)
		_, err = branch.WaitToneAfter(soon(t), back, 440)
		must(t, err)
		must(t, c.Hangup())
		<-branch.Done()
		h.outcome("+34805", "transferred_out")
	})
	t.Run("who loses her rights loses her desk, and who took them is in the audit", func(t *testing.T) {
		h := h.in(t)
		a := h.agent(h.employ("ria"))
		h.user(t, "set", "ria", "--role", "supervisor")
		select {
		case <-a.Done():
		case <-soon(t).Done():
			t.Error("her desk is open with the role of before")
		}
		h.waitCount(20*time.Second, 1, `SELECT count(*) FROM audit WHERE who = 'admin' AND what = 'user.create' AND detail ->> 'name' = 'ria'`)
		h.waitCount(20*time.Second, 1, `SELECT count(*) FROM audit WHERE who LIKE 'command line%' AND detail ->> 'name' = 'ria' AND detail ->> 'role' = 'supervisor'`)
		h.waitCount(20*time.Second, 1, `SELECT count(*) FROM audit WHERE what = 'message.callback'`)
	})
	t.Run("a secret is told to the service and to nobody else", func(t *testing.T) {
		h := h.in(t)
		c := h.dial(t, "500", "+34804")
		const secret = "73519264" // so long that no id and no length of time has it by chance
		typed(t, c, secret)
		h.waitCount(20*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE caller_number = '+34804'`)
		must(t, c.Hangup())
		h.outcome("+34804", "abandoned_queue")
		if got := asked.all(); !strings.Contains(got, `{"pin":"`+secret+`"}`) {
			t.Errorf("the service was told %q", got)
		}
		if n := h.count(`SELECT count(*) FROM call_event WHERE data::text LIKE '%' || $1 || '%'`, secret); n != 0 {
			t.Errorf("the secret is in %d facts", n)
		}
		h.nowhere(secret)
	})
	t.Run("a number that the flow does not name", func(t *testing.T) {
		h := h.in(t)
		c := h.dial(t, "999", "+34806")
		h.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE c.dialed = '999'`)
		resp, err := http.Get(h.web + "/readyz")
		must(t, err)
		defer resp.Body.Close()
		said, err := io.ReadAll(resp.Body)
		must(t, err)
		if !strings.Contains(string(said), `\"999\" (1 call, `) || strings.Contains(string(said), `\"400\"`) {
			t.Errorf("readyz says %s", said)
		}
		must(t, c.Hangup())
	})
}

// dial calls a number of the site.
func (b *building) dial(t *testing.T, to, from string) *customer.Call {
	t.Helper()
	c, err := customer.Dial(soon(t), customer.Options{To: to, Server: b.sip, From: from, Tone: 440})
	must(t, err)
	t.Cleanup(func() { c.Hangup() })
	_, err = c.WaitSound(soon(t), c.Answered)
	must(t, err)
	return c
}

func typed(t *testing.T, c *customer.Call, digits string) {
	t.Helper()
	for _, d := range digits {
		_, err := c.Press(soon(t), d)
		must(t, err)
	}
}

// message leaves one, hears it over the API, and has its caller called back.
func message(t *testing.T, h *building, from string, rung <-chan *customer.Ring) {
	c := h.dial(t, "400", from)
	h.wait(20*time.Second, "Asterisk records", func() bool {
		files, _ := filepath.Glob(filepath.Join(h.dir, "asterisk", "spool", "recording", "*.wav"))
		for _, f := range files {
			if info, err := os.Stat(f); err == nil && info.Size() > 3*2*audio.SampleRate {
				return true // three seconds of it
			}
		}
		return false
	})
	typed(t, c, "#")
	h.outcome(from, "message_left")
	h.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.message`)
	admin := h.admin()
	written := from[:len(from)-9] + "(0)" + from[len(from)-9:] // as on a business card
	if got := admin.get(t, "/api/v1/callers?number="+url.QueryEscape(written)); !strings.Contains(got, from) {
		t.Errorf("a search for %s finds %s", written, got)
	}
	var list struct {
		Messages []struct {
			ID     string  `json:"id"`
			Number string  `json:"number"`
			Length float64 `json:"length_s"`
		} `json:"messages"`
	}
	must(t, json.Unmarshal([]byte(admin.get(t, "/api/v1/messages")), &list))
	if len(list.Messages) != 1 || list.Messages[0].Number != from {
		t.Fatalf("messages %+v", list)
	}
	path := "/api/v1/messages/" + list.Messages[0].ID
	var samples []int16
	h.wait(10*time.Second, "the message can be heard", func() bool {
		var err error
		samples, err = audio.ReadWAV(strings.NewReader(admin.get(t, path+"/audio")))
		return err == nil
	})
	if middle := samples[len(samples)/2:]; len(middle) < 800 || !audio.Present(middle[:800], 440)[0] {
		t.Errorf("the caller's voice is not in the %d samples of the message", len(samples))
	}
	if _, err := admin.Send(soon(t), http.MethodPost, path+"/callback", map[string]string{"from": ""}); err != nil {
		t.Fatal(err)
	}
	a := h.agent(h.employ("ana"))
	answered := make(chan *customer.Call, 1)
	go func() {
		ring := <-rung
		c, err := ring.Answer(hello())
		if err != nil || ring.To != from {
			t.Errorf("%s was rung: %v", ring.To, err)
		}
		answered <- c
	}()
	answer(t, a)
	c = <-answered
	hear(t, c, a)
	must(t, c.Hangup())
	must(t, a.SignOut(soon(t)))
}

// service is the web service that the site asks.
type service struct {
	mu    sync.Mutex
	heard strings.Builder
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard.WriteString(r.Method + " " + r.URL.Path + " " + string(body) + "\n")
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"order":{"status":"shipped","due":"2026-05-03"},"ok":true}`)
}

func (s *service) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard.String()
}

// nowhere asserts that a number is in no log of ours and in no journal. Within
// a longer number, such as a time in nanoseconds, it is another one.
func (b *building) nowhere(secret string) {
	b.Helper()
	written := regexp.MustCompile(`(^|\D)` + secret + `(\D|$)`)
	for _, folder := range []string{"log", "journal", "asterisk/log"} {
		must(b, filepath.WalkDir(filepath.Join(b.dir, folder), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			// The search for the bytes alone is for the journal's reserve of 64 MiB.
			if err == nil && bytes.Contains(text, []byte(secret)) && written.Match(text) {
				b.Errorf("%s is written in %s", secret, path)
			}
			return err
		}))
	}
}

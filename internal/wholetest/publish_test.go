package wholetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"presszero/internal/audio"
	"presszero/internal/customer"
	"presszero/internal/running"
	"presszero/internal/settings"
)

// aMenu is a flow of one menu, whose prompt is recorded as a tone. Two of
// them differ only in what the tone is.
const aMenu = `version: 1
person: support
queues: {support: {}}
numbers: {"100": main}
nodes:
  main: {menu: main, keys: {"1": sales}}
  sales: {queue: support}
prompts: {main: "For sales, press 1. For a person, press 0. %s"}
`

// record puts a tone where the operator's recordings are.
func record(t testing.TB, dir, name string, hz float64) {
	t.Helper()
	recordFor(t, dir, name, hz, 6*time.Second)
}

// recordFor is record, for so long.
func recordFor(t testing.TB, dir, name string, hz float64, d time.Duration) {
	t.Helper()
	samples := make([]int16, int(d.Seconds()*audio.SampleRate))
	audio.NewTone(hz, 8000).Fill(samples)
	var wav bytes.Buffer
	must(t, audio.WriteWAV(&wav, samples))
	must(t, os.WriteFile(filepath.Join(dir, name+".wav"), wav.Bytes(), 0o644))
}

// TestPublish: a new version is published with 50 callers in the menu. Each of
// them hears the words of its own version to the end; who calls later hears
// the new ones; a broken file changes nothing; nobody is dropped.
func TestPublish(t *testing.T) {
	t.Parallel() // most of it is waiting
	const callers = 50
	const before, after = 600, 1300
	prompts, flow := t.TempDir(), filepath.Join(t.TempDir(), "flow.yaml")
	record(t, prompts, "main", before)
	must(t, os.WriteFile(flow, fmt.Appendf(nil, aMenu, "First."), 0o644))
	h := buildNew(t, "PRESSZERO_FLOW="+flow, "PRESSZERO_PROMPTS="+prompts)
	admin := h.admin()

	calls := make([]*customer.Call, callers)
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() {
			c, err := customer.Dial(soon(t), customer.Options{To: "100", Server: h.sip, From: fmt.Sprintf("+346%02d", i)})
			if err != nil {
				t.Error(err)
				return
			}
			calls[i] = c
			if _, err := c.WaitTone(soon(t), before); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	record(t, prompts, "main", after)
	if status, said := admin.publish(t, "nodes: {"); status != http.StatusUnprocessableEntity || !strings.Contains(said, `"line":`) {
		t.Errorf("a broken flow: %d %s", status, said)
	}
	if status, said := admin.publish(t, fmt.Sprintf(aMenu, "Second.")); status != http.StatusOK {
		t.Fatalf("publish: %d %s", status, said)
	}

	for i, c := range calls { // a wrong key: the menu is said again
		all.Go(func() {
			pressed, err := c.Press(soon(t), '7')
			if err == nil {
				_, err = c.WaitToneAfter(soon(t), pressed.Add(500*time.Millisecond), before)
			}
			if err != nil || c.Heard(after) {
				t.Errorf("caller %d did not stay with its words: %v", i, err)
			}
		})
	}
	late := h.call("+34999")
	_, err := late.WaitTone(soon(t), after)
	must(t, err)
	all.Wait()
	for _, c := range append(calls, late) {
		all.Go(func() { _, _ = c.Press(soon(t), '0') })
	}
	all.Wait()
	h.waitCount(20*time.Second, callers+1, `SELECT count(*) FROM report.visit WHERE queue = 'support'`)
	h.waitCount(time.Second, 2, `SELECT count(DISTINCT data ->> 'flow') FROM call_event WHERE type = 'ivr.node_entered'`)

	// The operator's file changes: SIGHUP takes it. One that is broken does not
	// come to be served.
	must(t, os.WriteFile(flow, []byte("version: 1\n"), 0o644))
	must(t, syscall.Kill(h.pid("serve"), syscall.SIGHUP))
	h.wait(10*time.Second, "an alarm", func() bool { return strings.Contains(admin.get(t, "/api/v1/flow"), `"alarm":`) })
	must(t, os.WriteFile(flow, fmt.Appendf(nil, aMenu, "Third."), 0o644))
	must(t, syscall.Kill(h.pid("serve"), syscall.SIGHUP))
	h.wait(10*time.Second, "served", func() bool { return !strings.Contains(admin.get(t, "/api/v1/flow"), `"alarm":`) })
	for _, c := range append(calls, late) {
		all.Go(func() { c.Hangup() })
	}
	all.Wait()
	h.booksBalance(callers + 1)
}

// admin is the admin of the first run, at the API.
func (b *building) admin() admin {
	b.Helper()
	r := &running.Program{Settings: b.pages(), Transport: b.transport()}
	a, err := r.SignIn(soon(b), "admin")
	must(b, err)
	return admin{a}
}

// pages are the settings by which the pages are found.
func (b *building) pages() settings.Settings {
	_, addr, _ := strings.Cut(b.web, "://")
	return settings.Settings{HTTPAddr: addr, StateDir: b.dir}
}

// transport reaches the pages, also with the certificate that the program has made.
func (b *building) transport() http.RoundTripper { return running.Transport(b.pages()) }

// admin is somebody who is signed in, with what only tests do.
type admin struct{ *running.API }

// publish sends a flow file in place of the present one.
func (a admin) publish(t testing.TB, text string) (status int, said string) {
	t.Helper()
	resp, err := a.Client.Get(a.URL + "/api/v1/flow")
	must(t, err)
	resp.Body.Close()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPut, a.URL+"/api/v1/flow", strings.NewReader(text))
	must(t, err)
	req.Header.Set("If-Match", resp.Header.Get("ETag"))
	resp, err = a.Client.Do(req)
	must(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp.StatusCode, string(b)
}

func (a admin) get(t testing.TB, path string) string {
	t.Helper()
	resp, err := a.Client.Get(a.URL + path)
	must(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	return string(b)
}

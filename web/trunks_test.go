package web_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/web"
)

// trunkHouse is web.Trunks in memory.
type trunkHouse struct {
	mu      sync.Mutex
	page    web.TrunkPage
	refuse  error // what is wrong with the file
	reloads int
	hold    chan struct{} // a test call lasts until it is closed; nil: no time
	dialed  []string      // by whom and what
	ended   error         // of the context of the last test call
	result  web.TestCall
}

func (h *trunkHouse) Trunks() web.TrunkPage {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.page
}

// set changes what the page shows.
func (h *trunkHouse) set(change func(*web.TrunkPage)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.page.Trunks = slices.Clone(h.page.Trunks)
	change(&h.page)
}

func (h *trunkHouse) ReloadTrunks(context.Context, string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuse != nil {
		return h.refuse
	}
	h.reloads++
	h.page.Trouble = ""
	return nil
}

func (h *trunkHouse) TestCall(ctx context.Context, number, by string) (web.TestCall, error) {
	h.mu.Lock()
	h.dialed = append(h.dialed, by+" calls "+number)
	hold := h.hold
	h.mu.Unlock()
	if number == "112" {
		return web.TestCall{}, web.Unfit("112 is an emergency number, which is never called.")
	}
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = ctx.Err()
	return h.result, h.ended
}

func (h *trunkHouse) calls() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.dialed)
}

// wait waits until something of the house is so.
func (h *trunkHouse) wait(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		h.mu.Lock()
		ok := so()
		h.mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// TestTrunksAreTold: supervisors read how the trunks are. Lists are never null.
func TestTrunksAreTold(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	v := d.as("supervisor")
	if got := d.do(v, "GET", "/api/v1/trunks", nil); !strings.Contains(got.body, `"trunks":[]`) || !strings.Contains(got.body, `"unnamed":[]`) {
		t.Errorf("without trunks: %v", got)
	}
	d.trunks.page = web.TrunkPage{File: "trunks.yaml", Trunks: []web.Trunk{{Name: "carrier", State: "unknown"}}}
	got := d.do(v, "GET", "/api/v1/trunks", nil)
	for _, part := range []string{`"numbers":[]`, `"trouble":[]`, `"answers":{}`, `"last_in":null`, `"file":"trunks.yaml"`, `"now":"`} {
		if !strings.Contains(got.body, part) {
			t.Errorf("%s is not in %s", part, got.body)
		}
	}
	if got := get[struct{ Now time.Time }](d, v, "/api/v1/trunks"); time.Since(got.Now).Abs() > time.Minute {
		t.Errorf("the server's time is told as %v", got.Now)
	}
}

// TestTrunksAreNotThere: without trunks in the configuration there is no such page.
func TestTrunksAreNotThere(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(c *web.Config) { c.Trunks = nil })
	v := d.as("admin")
	for _, c := range []string{"GET /api/v1/trunks", "POST /api/v1/trunks/reload", "POST /api/v1/trunks/test", "GET /trunks"} {
		method, path, _ := strings.Cut(c, " ")
		if got := d.do(v, method, path, nil); got.status != http.StatusNotFound || strings.Contains(path, "api") && got.sentence() == "" {
			t.Errorf("%s: %v", c, got)
		}
	}
	if len(d.acts.acts) > 0 {
		t.Errorf("the audit is %+v", d.acts.acts)
	}
}

// TestReloadOfTrunks: what is wrong with the file is told, and not in the audit.
func TestReloadOfTrunks(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	v := d.as("admin")
	d.trunks.refuse = web.Unfit("trunks.yaml:7:5: there is no preset acme.")
	if got := d.do(v, "POST", "/api/v1/trunks/reload", nil); got.status != http.StatusUnprocessableEntity || got.sentence() != d.trunks.refuse.Error() {
		t.Errorf("a bad file: %v", got)
	}
	if len(d.acts.acts) > 0 {
		t.Errorf("the audit is %+v", d.acts.acts)
	}
	d.trunks.refuse = nil
	if got := d.do(v, "POST", "/api/v1/trunks/reload", nil); got.status != http.StatusNoContent || d.trunks.reloads != 1 {
		t.Errorf("a good file: %v", got)
	}
	if got := d.do(d.as("supervisor"), "POST", "/api/v1/trunks/reload", nil); got.status != http.StatusForbidden || d.trunks.reloads != 1 {
		t.Errorf("a supervisor: %v", got)
	}
}

// TestTestCall: an admin makes a test call and is told what came of it. The
// audit does not have the whole number.
func TestTestCall(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	v := d.as("admin")
	d.trunks.result = web.TestCall{How: "busy", Trunk: "carrier", Shown: "+4930555", SIP: 486, Seconds: 3.2, Text: "The number is busy."}
	got := d.do(v, "POST", "/api/v1/trunks/test", map[string]string{"number": " +34 911 23 45 67 "})
	if got.status != http.StatusOK || strings.TrimSpace(got.body) != `{"how":"busy","trunk":"carrier","shown":"+4930555","sip":486,"seconds":3.2,"text":"The number is busy."}` {
		t.Errorf("%v", got)
	}
	if calls := d.trunks.calls(); !slices.Equal(calls, []string{"admin calls +34 911 23 45 67"}) {
		t.Errorf("called were %q", calls)
	}
	if len(d.acts.acts) != 1 || d.acts.acts[0].What != "trunks.test" || string(d.acts.acts[0].Detail) != `{"how":"busy","number":"+34 911 23 •• ••","trunk":"carrier"}` {
		t.Errorf("the audit is %+v", d.acts.acts)
	}
	for what, body := range map[string]any{
		"no number":            map[string]string{},
		"an empty one":         map[string]string{"number": "  "},
		"a long one":           map[string]string{"number": strings.Repeat("1", 41)},
		"one not to be called": map[string]string{"number": "112"},
	} {
		if got := d.do(v, "POST", "/api/v1/trunks/test", body); got.status != http.StatusUnprocessableEntity || got.sentence() == "" {
			t.Errorf("%s: %v", what, got)
		}
	}
	if got := d.do(v, "POST", "/api/v1/trunks/test", map[string]int{"number": 7}); got.status != http.StatusBadRequest || got.sentence() == "" {
		t.Errorf("no text: %v", got)
	}
	if got := d.do(d.as("supervisor"), "POST", "/api/v1/trunks/test", map[string]string{"number": "100"}); got.status != http.StatusForbidden {
		t.Errorf("a supervisor: %v", got)
	}
	if len(d.acts.acts) != 1 || len(d.trunks.calls()) != 2 {
		t.Errorf("the audit is %+v, called were %q", d.acts.acts, d.trunks.calls())
	}
}

// TestOneTestCallAtATime: a second one is refused; the first ends when whoever
// asked for it goes away.
func TestOneTestCallAtATime(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	v := d.as("admin")
	d.trunks.hold = make(chan struct{})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	gone := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(ctx, "POST", d.server.URL+"/api/v1/trunks/test", strings.NewReader(`{"number": "100"}`))
		if err != nil {
			gone <- err
			return
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := v.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		gone <- err
	}()
	d.trunks.wait(t, "the first call", func() bool { return len(d.trunks.dialed) == 1 })
	if got := d.do(v, "POST", "/api/v1/trunks/test", map[string]string{"number": "101"}); got.status != http.StatusConflict || got.sentence() == "" {
		t.Errorf("a second call: %v", got)
	}
	leave()
	if err := <-gone; err == nil {
		t.Error("the first call was answered")
	}
	d.trunks.wait(t, "the end of the first call", func() bool { return d.trunks.ended != nil })
	// It may have rung: it is in the audit, all the same.
	var acts []web.Act
	for end := time.Now().Add(10 * time.Second); len(acts) == 0 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		acts, _ = d.acts.Acts(t.Context(), web.ActFilter{Limit: 9})
	}
	if len(acts) != 1 || !strings.Contains(string(acts[0].Detail), "unsure") || strings.Contains(string(acts[0].Detail), "100") {
		t.Errorf("the audit is %+v", acts)
	}
	close(d.trunks.hold)
	if got := d.do(v, "POST", "/api/v1/trunks/test", map[string]string{"number": "102"}); got.status != http.StatusOK {
		t.Errorf("after the first call: %v", got)
	}
}

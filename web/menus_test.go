package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"presszero/report"
	"presszero/web"
)

func seconds(s float64) *float64 { return &s }

func TestMenuNodes(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.nodes = []report.MenuNode{{Node: "main", Entries: 9, Keys: map[string]int{"1": 3, "*": 1}, ZeroDuring: 4, ToPersonP50: seconds(12)}, {Node: "hours"}}
	v := d.as("supervisor")
	got := get[struct{ Nodes []report.MenuNode }](d, v, "/api/v1/reports/menus")
	if len(got.Nodes) != 2 || got.Nodes[0].Keys["1"] != 3 || *got.Nodes[0].ToPersonP50 != 12 || got.Nodes[1].Keys == nil {
		t.Errorf("nodes are %+v", got)
	}
	if sheet := d.do(v, "GET", "/api/v1/reports/menus?format=csv", nil); !strings.Contains(sheet.body, "main,,0,9,3,0,0,0,0,0,0,0,0,1,0,4,0") {
		t.Errorf("csv is %s", sheet.body)
	}
	if got := d.do(v, "GET", "/api/v1/reports/menus?from=x", nil); got.status != http.StatusBadRequest {
		t.Errorf("a bad question: %v", got)
	}
}

func TestCompliance(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	yes := true
	d.books.rules = []report.Requirement{{Profile: "es", Requirement: "answered_within", Seconds: 180, Measured: seconds(0.97), Limit: 0.95, Unit: "share", OK: &yes}}
	v := d.as("supervisor")
	got := get[struct{ Requirements []report.Requirement }](d, v, "/api/v1/reports/compliance?profile=es")
	if len(got.Requirements) != 1 || !*got.Requirements[0].OK || *got.Requirements[0].Measured != 0.97 {
		t.Errorf("requirements are %+v", got)
	}
	if got := d.do(v, "GET", "/api/v1/reports/compliance?profile=mars", nil); got.status != http.StatusNotFound || !strings.Contains(got.sentence(), "mars") {
		t.Errorf("a profile that is none: %v", got)
	}
}

func TestCallers(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.sources.callers = []report.Caller{{Key: "k1", Number: "+34910000001", Name: "Ana"}, {Key: "k2", Number: "+34910000002"}}
	v := d.as("supervisor")
	if got := get[struct{ Callers []report.Caller }](d, v, "/api/v1/callers?number=0001"); len(got.Callers) != 1 || got.Callers[0].Name != "Ana" {
		t.Errorf("found %+v", got)
	}
	edit := report.CallerEdit{Name: "Ana García", Language: "pt-BR", VIP: true, Note: "<b>"}
	if got := d.do(v, "PUT", "/api/v1/callers/k1", edit); got.status != http.StatusOK || !strings.Contains(got.body, "García") {
		t.Errorf("edited: %v", got)
	}
	if d.sources.changes[0] != "supervisor edits k1" {
		t.Errorf("changes are %v", d.sources.changes)
	}
	for _, c := range []struct {
		key    string
		body   any
		status int
	}{
		{"k9", edit, http.StatusNotFound},
		{"k1", report.CallerEdit{Language: "Spanish, please"}, http.StatusUnprocessableEntity},
		{"k1", report.CallerEdit{Name: strings.Repeat("é", 81)}, http.StatusUnprocessableEntity},
		{"k1", report.CallerEdit{Note: strings.Repeat("x", 501)}, http.StatusUnprocessableEntity},
		{"k1", map[string]any{"number": "1"}, http.StatusBadRequest},
	} {
		if got := d.do(v, "PUT", "/api/v1/callers/"+c.key, c.body); got.status != c.status || got.sentence() == "" {
			t.Errorf("%s %v: %v", c.key, c.body, got)
		}
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.sources.messages = []report.Message{{ID: "m1", Number: "+34910000001", State: "open", LeftAt: nine, DueAt: nine.Add(15 * time.Minute)}}
	v, admin := d.as("supervisor"), d.as("admin")
	type list struct{ Messages []report.Message }
	if got := get[list](d, v, "/api/v1/messages"); len(got.Messages) != 1 {
		t.Errorf("open: %+v", got)
	}
	steps := []struct {
		who    *http.Client
		path   string
		body   any
		status int
	}{
		{v, "m9/callback", map[string]string{}, http.StatusNotFound},
		{v, "m1/callback", map[string]string{"from": "admin"}, http.StatusConflict},
		{v, "m1/callback", map[string]string{}, http.StatusNoContent},
		{admin, "m1/take", map[string]string{"from": ""}, http.StatusConflict},
		{admin, "m1/take", map[string]string{"from": "supervisor"}, http.StatusNoContent},
		{admin, "m1/done", map[string]string{"how": "eaten"}, http.StatusUnprocessableEntity},
		{admin, "m1/done", map[string]string{"how": "called_back"}, http.StatusNoContent},
		{v, "m1/done", map[string]string{"how": "spam"}, http.StatusConflict},
		{v, "m9/done", map[string]string{"how": "spam"}, http.StatusNotFound},
		{v, "m9/take", map[string]string{}, http.StatusNotFound},
	}
	for _, c := range []struct {
		who      *http.Client
		how, why string
		status   int
		held     string
	}{
		{v, "PUT", " ", http.StatusUnprocessableEntity, ""}, {v, "PUT", "court\n order 7", http.StatusNoContent, "court order 7"},
		{v, "DELETE", "", http.StatusForbidden, "court order 7"}, {admin, "DELETE", "", http.StatusNoContent, ""},
	} {
		got := d.do(c.who, c.how, "/api/v1/messages/m1/hold", map[string]string{"why": c.why})
		if m := get[list](d, v, "/api/v1/messages").Messages[0]; got.status != c.status || m.Held != c.held {
			t.Errorf("%s of a hold: %v, held for %q", c.how, got, m.Held)
		}
	}
	for _, s := range steps {
		if got := d.do(s.who, "POST", "/api/v1/messages/"+s.path, s.body); got.status != s.status || got.status >= 400 && got.sentence() == "" {
			t.Errorf("%s %v: %v, want %d", s.path, s.body, got, s.status)
		}
	}
	if got := get[list](d, v, "/api/v1/messages?done=true"); len(got.Messages) != 1 || got.Messages[0].DoneBy != "admin" || got.Messages[0].How != "called_back" {
		t.Errorf("done: %+v", got)
	}

	all := d.do(v, "GET", "/api/v1/messages/m1/audio", nil)
	if all.status != http.StatusOK || all.body != string(tone()) || all.header.Get("Content-Type") != "audio/wav" || all.header.Get("Cache-Control") != "no-store" {
		t.Errorf("audio: %d %v", all.status, all.header)
	}
	part := d.do(v, "GET", "/api/v1/messages/m1/audio", nil, "Range", "bytes=0-3")
	if part.status != http.StatusPartialContent || part.body != "RIFF" {
		t.Errorf("a part of it: %v", part)
	}
	if got := d.do(v, "GET", "/api/v1/messages/m9/audio", nil); got.status != http.StatusNotFound {
		t.Errorf("a message that never was: %v", got)
	}
}

// file sends a body as it is.
func (d *testServer) file(v *http.Client, method, path, kind string, body io.Reader, header ...string) answer {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.server.URL+path, body)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return d.send(v, req)
}

func TestPublishingAFlow(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("admin")
	put := func(text string, header ...string) answer {
		t.Helper()
		return d.file(v, "PUT", "/api/v1/flow", "application/yaml", strings.NewReader(text), header...)
	}
	now := d.do(v, "GET", "/api/v1/flow", nil)
	if now.header.Get("ETag") != `"v1"` || !strings.Contains(now.body, `"profiles":[]`) || !strings.Contains(now.body, `"code":"depth"`) {
		t.Errorf("now: %v", now)
	}
	bad := "nodes:\n  trap: lost\n"
	checked := d.file(v, "POST", "/api/v1/flow/check", "application/yaml", strings.NewReader(bad))
	var check web.FlowCheck
	if err := json.Unmarshal([]byte(checked.body), &check); err != nil || !check.Refused || len(check.Findings) != 1 || check.Findings[0].Line != 2 || check.Findings[0].Column != 9 {
		t.Errorf("checked: %v", checked)
	}
	for _, c := range []struct {
		text   string
		header []string
		status int
	}{
		{"fine\n", nil, http.StatusPreconditionRequired},
		{"fine\n", []string{"If-Match", `"v0"`}, http.StatusPreconditionFailed},
		{bad, []string{"If-Match", `"v1"`}, http.StatusUnprocessableEntity},
		{strings.Repeat("#", 1<<20+1), []string{"If-Match", `"v1"`}, http.StatusRequestEntityTooLarge},
		{"fine\n", []string{"If-Match", `"v1"`}, http.StatusOK},
		{"finer\n", []string{"If-Match", `"v1"`}, http.StatusPreconditionFailed}, // somebody was faster
	} {
		if got := put(c.text, c.header...); got.status != c.status || got.status >= 400 && got.sentence() == "" {
			t.Errorf("%.10q with %v: %d %.200s, want %d", c.text, c.header, got.status, got.body, c.status)
		}
	}
	if got := put(bad, "If-Match", `"v5"`); !strings.Contains(got.body, "no caller can reach a person") {
		t.Errorf("a refused flow says %v", got)
	}
	versions := get[struct{ Versions []report.FlowVersion }](d, v, "/api/v1/flow/versions")
	if len(versions.Versions) != 2 || versions.Versions[0].Version != "v5" || versions.Versions[0].PublishedBy != "admin" {
		t.Errorf("versions are %+v", versions)
	}
	if got := d.do(v, "GET", "/api/v1/flow/versions/v5", nil); got.body != "fine\n" {
		t.Errorf("v5 is %v", got)
	}
	if got := d.do(v, "GET", "/api/v1/flow/versions/v9", nil); got.status != http.StatusNotFound || got.sentence() == "" {
		t.Errorf("v9 is %v", got)
	}
	picture := d.do(d.as("supervisor"), "GET", "/api/v1/flow/picture.svg", nil)
	if picture.header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(picture.header.Get("Content-Security-Policy"), "sandbox") || !strings.HasPrefix(picture.body, "<svg") {
		t.Errorf("picture: %v", picture)
	}
}

// form is an upload of a file.
func form(t *testing.T, field string, data []byte) (kind string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	part, err := w.CreateFormFile(field, "../../voice.wav")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), body
}

func TestPrompts(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("admin")
	upload := func(path, field string, data []byte) answer {
		t.Helper()
		kind, body := form(t, field, data)
		return d.file(v, "PUT", "/api/v1/prompts/"+path, kind, body)
	}
	if got := get[struct{ Prompts []web.Prompt }](d, v, "/api/v1/prompts"); len(got.Prompts) != 2 || got.Prompts[0].Source != "spoken" {
		t.Errorf("prompts are %+v", got)
	}
	for _, c := range []struct {
		path, field string
		data        []byte
		status      int
	}{
		{"en/main", "sound", tone(), http.StatusOK},
		{"en/nothing", "sound", tone(), http.StatusNotFound},
		{"en/main", "sound", []byte("#!/bin/sh"), http.StatusUnprocessableEntity},
		{"en/main", "voice", tone(), http.StatusBadRequest},
		{"en/main", "sound", make([]byte, 11<<20), http.StatusRequestEntityTooLarge},
		{"es/core%2Fbeep", "sound", tone(), http.StatusOK},
	} {
		if got := upload(c.path, c.field, c.data); got.status != c.status || got.status >= 400 && got.sentence() == "" {
			t.Errorf("%s %s: %v, want %d", c.path, c.field, got, c.status)
		}
	}
	if got := d.file(v, "PUT", "/api/v1/prompts/en/main", "audio/wav", bytes.NewReader(tone())); got.status != http.StatusUnsupportedMediaType {
		t.Errorf("no form: %v", got)
	}
	if !bytes.Equal(d.sources.recorded["en/main"], tone()) {
		t.Error("the recording is not what was sent")
	}
	if got := d.do(v, "GET", "/api/v1/prompts/en/main", nil, "Range", "bytes=8-11"); got.status != http.StatusPartialContent || got.body != "WAVE" {
		t.Errorf("heard: %v", got)
	}
	for _, status := range []int{http.StatusNoContent, http.StatusNotFound} {
		if got := d.do(v, "DELETE", "/api/v1/prompts/en/main", nil); got.status != status {
			t.Errorf("dropped: %v, want %d", got, status)
		}
	}
	if got := strings.Join(d.sources.changes, ", "); got != "admin records main, admin records core/beep, admin drops main" {
		t.Errorf("changes are %s", got)
	}
}

// TestWhatIsNotConfigured: the pages say so, and nothing fails.
func TestWhatIsNotConfigured(t *testing.T) {
	t.Parallel()
	d := newTestServer(t, func(c *web.Config) { c.Callers, c.Messages, c.Flow, c.Prompts = nil, nil, nil, nil })
	v := d.as("admin")
	for _, c := range []struct{ method, path string }{
		{"GET", "callers"}, {"PUT", "callers/k1"}, {"GET", "messages"}, {"GET", "messages/m/audio"}, {"POST", "messages/m/take"}, {"POST", "messages/m/callback"}, {"POST", "messages/m/done"},
		{"GET", "flow"}, {"PUT", "flow"}, {"POST", "flow/check"}, {"GET", "flow/picture.svg"}, {"GET", "flow/versions"}, {"GET", "flow/versions/v1"},
		{"GET", "prompts"}, {"GET", "prompts/en/main"}, {"PUT", "prompts/en/main"}, {"DELETE", "prompts/en/main"},
	} {
		if got := d.do(v, c.method, "/api/v1/"+c.path, nil); got.status != http.StatusNotFound || !strings.Contains(got.sentence(), "not configured") {
			t.Errorf("%s %s: %v", c.method, c.path, got)
		}
	}
}

package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"testing"
)

// visitor is a browser without a screen: it keeps cookies and follows nothing.
func (d *testServer) visitor() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: d.server.Client().Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// as is a visitor who has signed in.
func (d *testServer) as(name string) *http.Client {
	d.t.Helper()
	v := d.visitor()
	if got := d.signIn(v, name, password); got.status != http.StatusOK {
		d.t.Fatalf("signing in as %s: %v", name, got)
	}
	return v
}

func (d *testServer) signIn(v *http.Client, name, password string) answer {
	d.t.Helper()
	return d.do(v, "POST", "/api/v1/session", map[string]string{"name": name, "password": password})
}

// answer is what came back, read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// sentence is the error of a refusal.
func (a answer) sentence() string {
	var e struct{ Error string }
	_ = json.Unmarshal([]byte(a.body), &e)
	return e.Error
}

func (d *testServer) do(v *http.Client, method, path string, body any, header ...string) answer {
	d.t.Helper()
	var in io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			d.t.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.server.URL+path, in)
	if err != nil {
		d.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return d.send(v, req)
}

// send sends a request, and checks that openapi.yaml describes the answer.
func (d *testServer) send(v *http.Client, req *http.Request) answer {
	d.t.Helper()
	resp, err := v.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	a := answer{resp.StatusCode, resp.Header, string(data)}
	api, err := described()
	if err != nil {
		d.t.Fatal(err)
	}
	api.check(d.t, req, a)
	return a
}

// get asks for JSON and decodes it.
func get[T any](d *testServer, v *http.Client, path string) (out T) {
	d.t.Helper()
	a := d.do(v, "GET", path, nil)
	if a.status != http.StatusOK {
		d.t.Fatalf("GET %s: %d %s", path, a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		d.t.Fatalf("GET %s: %v in %s", path, err, a.body)
	}
	return out
}

// decode is what an answer says.
func decode[T any](t *testing.T, a answer) (out T) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
	return out
}

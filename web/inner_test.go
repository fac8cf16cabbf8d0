package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/goccy/go-yaml"
	"github.com/xuri/excelize/v2"

	"presszero/report"
)

// What is shipped; the tests sign in thousands of times, under the race
// detector, and have a hashing that costs next to nothing.
var (
	shippedHashing = *hashing
	shippedDecoy   = decoyHash
)

func init() {
	hashing = &argon2id.Params{Memory: 16, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	decoyHash = strings.Replace(decoyHash, "m=19456,t=2", "m=16,t=1", 1)
}

// Routes lets the tests outside see the table.
func Routes() (patterns []string) {
	for _, rt := range new(Server).routes() {
		patterns = append(patterns, rt.pattern)
	}
	return patterns
}

// The API file and the table must tell the same, roles included.
func TestOpenAPITellsEveryRoute(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Paths map[string]map[string]struct {
			Roles []string `yaml:"x-roles"`
		}
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	told := map[string]access{}
	for path, methods := range file.Paths {
		for method, m := range methods {
			told[strings.ToUpper(method)+" "+path] = accessNamed(t, m.Roles)
		}
	}
	for _, rt := range new(Server).routes() {
		path, isGet := strings.CutPrefix(rt.pattern, "GET ")
		if isGet && (isPage(path) || moved[path] != "") || slices.Contains([]string{"/{$}", "/sign-in", "/assets/{file}", "/"}, path) {
			continue // for people
		}
		to, ok := told[rt.pattern]
		if !ok {
			t.Errorf("openapi.yaml does not tell %s", rt.pattern)
		} else if to != rt.to {
			t.Errorf("openapi.yaml says %08b may have %s, the table %08b", to, rt.pattern, rt.to)
		}
		delete(told, rt.pattern)
	}
	for pattern := range told {
		t.Errorf("openapi.yaml tells %s, which is not served", pattern)
	}
}

func isPage(path string) bool {
	_, ok := pages[path]
	return ok
}

func accessNamed(t *testing.T, roles []string) (to access) {
	names := map[string]access{"everyone": everyone, "agent": agents, "supervisor": supervisors, "admin": admins, "local": local, "screen": screen}
	for _, r := range roles {
		a, ok := names[r]
		if !ok {
			t.Errorf("openapi.yaml names the role %q", r)
		}
		to |= a
	}
	return to
}

func TestFromHere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from   string
		header string
		want   bool
	}{
		{"127.0.0.1:5", "", true},
		{"[::1]:5", "", true},
		{"[::ffff:127.0.0.1]:5", "", true},
		{"192.0.2.1:5", "", false},
		{"127.0.0.1:5", "X-Forwarded-For", false},
		{"127.0.0.1:5", "Forwarded", false},
		{"nonsense", "", false},
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = c.from
		if c.header != "" {
			r.Header.Set(c.header, "192.0.2.1")
		}
		if got := fromHere(r); got != c.want {
			t.Errorf("a request from %s %s: local %v, want %v", c.from, c.header, got, c.want)
		}
	}
}

func TestUnbuiltPagesSayWhatToDo(t *testing.T) {
	t.Parallel()
	s := &site{}
	w := httptest.NewRecorder()
	if err := s.servePage(w, httptest.NewRequest("GET", "/sign-in", nil)); err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(w.Body)
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(string(body), "make build") {
		t.Fatalf("answer was %d %s", w.Code, body)
	}
}

func TestCSVCellsAreNoFormulas(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "Ana": "Ana", "+34910": "+34910", "0034910": "0034910", "+34 910=1": "'+34 910=1", "=1+1": "'=1+1", "-1": "'-1", "@A1": "'@A1", "\tx": "'\tx", "\rx": "'\rx",
		";=cmd|' /C calc'!A0": ";'=cmd|' /C calc'!A0", "Ana; =1+1": "Ana; '=1+1", "a;\"=1": "a;\"'=1", "a\t@x": "a\t'@x", "a|=1": "a|'=1",
		"＝1+1": "'＝1+1", "＋34": "'＋34", " =1": " '=1", "O'Neil-Smith": "O'Neil-Smith", "a=b": "a=b", "Ana; Bea": "Ana; Bea", "main 1 > billing 2": "main 1 > billing 2",
		"x,=1": "x,'=1", "+": "'+", "+34910;=1": "'+34910;'=1",
	} {
		if got := csvCell(in); got != want {
			t.Errorf("the cell %q is written %q, want %q", in, got, want)
		}
	}
}

func TestNobodysPasswordIsNobodys(t *testing.T) {
	t.Parallel()
	if checkPassword("", "") || checkPassword("nobody", "") || checkPassword(strings.Repeat("x", 10_000), decoyHash) {
		t.Fatal("somebody who does not exist could sign in")
	}
	if !slices.Contains(strings.Split(shippedDecoy, "$"), "m=19456,t=2,p=1") || shippedHashing.Memory != 19456 || shippedHashing.Iterations != 2 {
		t.Fatal("a wrong name must cost what a right one costs")
	}
}

// TestProblemOfTooMuch: who asks for more than can be counted is told so, and what helps.
func TestProblemOfTooMuch(t *testing.T) {
	err := fmt.Errorf("sql: Staffed: %w", report.ErrTooMuch)
	if p := problemOf(err); p.status != http.StatusServiceUnavailable || !strings.Contains(p.text, "shorter time") || !errors.Is(p.cause, err) {
		t.Errorf("%+v", p)
	}
	if p := problemOf(errors.New("postgres is away")); strings.Contains(p.text, "shorter time") {
		t.Errorf("%+v", p)
	}
}

// SetPlayClock is by which links to recordings hold.
func (s *Server) SetPlayClock(now func() time.Time) { s.recordings.plays.now = now }

// TestWorksheets: what is too long for a worksheet goes on in another, with the head again.
func TestWorksheets(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]int{0: {1}, 3: {4}, 4: {4, 2}, 6: {4, 4}, 7: {4, 4, 2}} {
		var out bytes.Buffer
		s := newSheet("calls", nil, []report.Column[int]{{Name: "n", Cell: func(n int) any { return n }}}, slices.Collect(func(yield func(int) bool) {
			for i := range n {
				yield(i)
			}
		}))
		if err := s.writeXLSX(&out, 4); err != nil {
			t.Fatal(err)
		}
		book, err := excelize.OpenReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		var rows []int
		for _, name := range book.GetSheetList() {
			list, err := book.GetRows(name)
			if err != nil || list[0][0] != "n" {
				t.Errorf("%d rows: %v, %v", n, list, err)
			}
			rows = append(rows, len(list))
		}
		if !slices.Equal(rows, want) {
			t.Errorf("%d rows are in worksheets of %v, want %v", n, rows, want)
		}
		book.Close()
	}
}

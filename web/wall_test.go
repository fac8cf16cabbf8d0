package web_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/figures"
	"presszero/report"
	"presszero/web"
)

// setFigures makes a floor with support and sales, each with a caller, an agent and everything
// that could be told of them.
func setFigures(d *testServer) {
	since := time.Now().Add(-80 * time.Second).UTC()
	level := 0.72
	d.floor.set(func(l *web.Live) {
		l.InMenus, l.GaveUpInMenus = new(3), &report.GaveUp{Place: report.InMenu, Callers: 2, MedianS: 9, LongestS: 12}
		for _, name := range []string{"sales", "support"} {
			l.Queues = append(l.Queues, call.QueueNow{Name: name, Open: true,
				Waiting: []call.CallerNow{{Call: call.ID("call-" + name), Number: "+3491" + name, Name: "Caller of " + name, State: "waiting", Since: since}}})
			l.Agents = append(l.Agents, call.AgentNow{Agent: call.AgentID("agent-" + name), Name: "Agent of " + name, Queues: []string{name}, Presence: call.Away, Reason: "lunch", State: call.Idle, Since: since})
		}
		for _, q := range l.Queues {
			n := figures.Count(q, l.Agents, since)
			n.Told = &figures.Told{LowS: 60, HighS: 180}
			n.Today = &figures.Today{ServiceLevel: &level, TargetS: 20, Decided: 40, Open: 1, Offered: 41, Answered: 36, Abandoned: 4}
			n.GaveUp = []report.GaveUp{{Queue: q.Name, Place: report.InLine, Callers: 1, MedianS: 60, LongestS: 60}}
			n.Overdue, n.OverdueSince, n.Late = 1, &since, &since
			n.Limits = []figures.Crossing{{Queue: q.Name, Limit: figures.LongestWait, Bound: 60, Value: 80, Worst: 80, Crossed: since}}
			l.Figures = append(l.Figures, n)
		}
	})
}

// ask asks the pages as a screen does.
func (d *testServer) ask(path, cookie string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(d.t.Context(), "GET", path, nil)
	r.Header.Set("Cookie", cookie)
	w := httptest.NewRecorder()
	d.pages.ServeHTTP(w, r)
	return w
}

// TestWall: a screen changes its token for a cookie, which opens the figures of its queues
// and nothing else; no caller or agent is named, and no other queue. It ends with its day,
// and when it is signed out.
func TestWall(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	setFigures(d)
	d.walls.hang("old", time.Now().Add(-time.Second), "support")
	admin := d.as("admin")
	made := d.do(admin, "POST", "/api/v1/walls", map[string]any{"name": " Hall ", "queues": []string{"support"}, "ends": time.Now().Add(time.Hour)})
	token := field(t, made.body, "token")
	if made.status != http.StatusCreated || len(token) < 26 || field(t, made.body, "name") != "Hall" {
		t.Fatalf("adding a screen: %v", made)
	}
	if listed := d.do(admin, "GET", "/api/v1/walls", nil); strings.Contains(listed.body, token) || !strings.Contains(listed.body, "Hall") {
		t.Errorf("listed are %v", listed)
	}
	for _, wrong := range []string{"", "old", token + "x"} {
		if got := d.do(d.visitor(), "PUT", "/api/v1/wall/session", map[string]string{"token": wrong}); got.status != http.StatusUnauthorized {
			t.Errorf("with the token %q: %v", wrong, got)
		}
	}
	in := d.from("203.0.113.7", "PUT", "/api/v1/wall/session", map[string]string{"token": token})
	if in.StatusCode != http.StatusNoContent {
		t.Fatalf("signing in: %d", in.StatusCode)
	}
	cookie := cookies(in)
	shown := d.ask("/api/v1/wall", cookie)
	if body := shown.Body.String(); shown.Code != http.StatusOK || !strings.Contains(body, `"longest_wait"`) || !strings.Contains(body, `"support"`) {
		t.Errorf("the wall is %d %s", shown.Code, body)
	}
	for _, hidden := range []string{"sales", "+34", "Caller", "call-", "Agent", "agent-", "lunch", "menus"} {
		if strings.Contains(shown.Body.String(), hidden) {
			t.Errorf("the wall tells %q: %s", hidden, shown.Body)
		}
	}
	for _, pattern := range web.Routes() {
		method, path, _ := strings.Cut(pattern, " ")
		if may[pattern][0] || method != "GET" || path == "" || strings.HasPrefix(path, "/api/v1/wall") && !strings.HasPrefix(path, "/api/v1/walls") {
			continue
		}
		if got := d.ask(strings.NewReplacer("{", "", "}", "").Replace(path), cookie).Code; got != http.StatusUnauthorized && got != http.StatusSeeOther {
			t.Errorf("a screen asks for %s: %d", path, got)
		}
	}
	if got := d.do(admin, "DELETE", "/api/v1/walls/w2", nil); got.status != http.StatusNoContent {
		t.Fatalf("signing it out: %v", got)
	}
	if got := d.ask("/api/v1/wall", cookie).Code; got != http.StatusUnauthorized {
		t.Errorf("after it was signed out: %d", got)
	}
}

// TestWallStreamEnds: what a screen is being told ends when it is signed out.
func TestWallStreamEnds(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	setFigures(d)
	d.walls.hang("token", time.Now().Add(time.Hour), "support")
	req, err := http.NewRequestWithContext(t.Context(), "GET", d.server.URL+"/api/v1/wall/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", "presszero-wall=token")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines, events := bufio.NewScanner(resp.Body), 0
	for lines.Scan() {
		switch data, is := strings.CutPrefix(lines.Text(), "data: "); {
		case !is:
		case strings.Contains(data, "sales") || !strings.Contains(data, "support"):
			t.Errorf("the screen is told %s", data)
		default:
			if events++; events == 1 {
				if got := d.do(d.as("admin"), "DELETE", "/api/v1/walls/w1", nil); got.status != http.StatusNoContent {
					t.Fatalf("signing it out: %v", got)
				}
			}
		}
	}
	if events != 1 {
		t.Errorf("%d events came", events)
	}
}

// TestWallsOfAQueue: a supervisor adds, sees and removes screens of her queues only, and sees
// the limits of them only.
func TestWallsOfAQueue(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	setFigures(d)
	if err := d.users.change("supervisor", func(u *web.User) { u.Queues = []string{"support"} }); err != nil {
		t.Fatal(err)
	}
	tomorrow := time.Now().Add(24 * time.Hour)
	d.walls.hang("a", tomorrow, "sales")
	d.walls.hang("b", tomorrow)
	d.walls.hang("c", tomorrow, "sales", "support")
	d.walls.crossed = []figures.Crossing{{Queue: "sales", Limit: figures.Waiting, Crossed: nine}, {Queue: "support", Limit: figures.Nobody, Crossed: nine}}
	sue := d.as("supervisor")
	for _, c := range []struct {
		name   string
		queues []string
		ends   time.Time
		status int
	}{
		{"Mine", nil, tomorrow, http.StatusCreated},
		{"Hers", []string{"sales"}, tomorrow, http.StatusUnprocessableEntity},
		{"None", []string{"nowhere"}, tomorrow, http.StatusUnprocessableEntity},
		{"", nil, tomorrow, http.StatusUnprocessableEntity},
		{strings.Repeat("x", 61), nil, tomorrow, http.StatusUnprocessableEntity},
		{"Over", nil, time.Now(), http.StatusUnprocessableEntity},
		{"For ever", nil, tomorrow.AddDate(3, 0, 0), http.StatusUnprocessableEntity},
	} {
		got := d.do(sue, "POST", "/api/v1/walls", map[string]any{"name": c.name, "queues": c.queues, "ends": c.ends})
		if got.status != c.status {
			t.Errorf("%q: %v", c.name, got)
		}
	}
	listed := get[struct{ Walls []web.Wall }](d, sue, "/api/v1/walls")
	if len(listed.Walls) != 1 || listed.Walls[0].Name != "Mine" || listed.Walls[0].By != "supervisor" || len(listed.Walls[0].Queues) != 1 || listed.Walls[0].Queues[0] != "support" {
		t.Errorf("she sees %+v", listed)
	}
	if got := d.do(sue, "DELETE", "/api/v1/walls/w1", nil); got.status != http.StatusNotFound {
		t.Errorf("a screen of another queue: %v", got)
	}
	limits := get[struct{ Limits []figures.Crossing }](d, sue, "/api/v1/limits?day=2026-03-02")
	if len(limits.Limits) != 1 || limits.Limits[0].Queue != "support" {
		t.Errorf("limits are %+v", limits)
	}
	if wall := get[web.WallNow](d, sue, "/api/v1/wall"); len(wall.Queues) != 1 || wall.Queues[0].Name != "support" {
		t.Errorf("her wall is %+v", wall)
	}
	live := d.do(sue, "GET", "/api/v1/live", nil)
	if strings.Contains(live.body, "sales") || strings.Contains(live.body, `"gave_up_in_menus":{`) || !strings.Contains(live.body, "Caller of support") {
		t.Errorf("she sees of the floor %s", live.body)
	}
}

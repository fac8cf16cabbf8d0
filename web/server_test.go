package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"presszero/internal/browsertest"
	"presszero/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(browsertest.Sharing(m)) }

const password = "correct horse"

// hash of password, made once: it is meant to be slow.
var hash = sync.OnceValue(func() string {
	h, err := web.HashPassword(password)
	if err != nil {
		panic(err)
	}
	return h
})

// testServer is a server with one user per role and a day in the reports.
type testServer struct {
	t          *testing.T
	config     web.Config
	pages      *web.Server
	server     *httptest.Server
	users      *userBook
	floor      *stage
	books      *books
	desk       *desks
	sources    *sources
	trunks     *trunkSource
	talks      *talkBook
	orders     *orderBook
	walls      *wallBook
	lost       lostBook
	rehearsals rehearsalBook
	notices    *noticeBook
	recorded   *recordingBook
	persons    *personBook

	sessions *sessionBook
	acts     *actBook
	admin    string // cookies of her sign-in; see asAdmin
}

func newTestServer(t *testing.T, change ...func(*web.Config)) *testServer {
	t.Helper()
	d := &testServer{t: t, users: &userBook{users: map[string]web.User{}}, floor: newStage(), books: &books{}, desk: newDesks(t), sources: newSources(), trunks: &trunkSource{}, talks: &talkBook{},
		sessions: &sessionBook{}, acts: &actBook{}, orders: &orderBook{},
		walls: &wallBook{}, notices: &noticeBook{}, recorded: &recordingBook{}, persons: &personBook{},
	}
	d.sources.acts, d.talks.acts, d.walls.acts = d.acts, d.acts, d.acts
	d.recorded.acts, d.persons.acts = d.acts, d.acts
	for _, role := range []web.Role{web.RoleAgent, web.RoleSupervisor, web.RoleAdmin} {
		d.users.users[string(role)] = web.User{Name: string(role), Role: role, Hash: hash()}
	}
	d.config = web.Config{Users: d.users, Sessions: d.sessions, Floor: d.floor, Reports: d.books, Talks: d.talks,
		Callers: d.sources, Callbacks: callbackBook{d.sources}, Outgoing: d.sources, Supervision: d.orders, Trunks: d.trunks, Messages: d.sources, Flow: d.sources, Prompts: d.sources, Hearings: hearingBook{d.books}, Audit: d.acts,
		Lost: &d.lost, Rehearsals: &d.rehearsals,
		Limits: d.walls,
		Walls:  d.walls, CallerKey: func(number string) string { return "key of " + number },
		Desk: d.desk, Logger: slog.New(slog.DiscardHandler),
		Notices: d.notices, Tokens: d.notices, Recordings: d.recorded, Archive: fullArchive(), Persons: d.persons, Keeping: d.persons,
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metric 1\n") })}
	for _, f := range change {
		f(&d.config)
	}
	var err error
	if d.pages, err = web.New(d.config); err != nil {
		t.Fatal(err)
	}
	if d.config.Secure {
		d.server = httptest.NewTLSServer(d.pages)
	} else {
		d.server = httptest.NewServer(d.pages)
	}
	t.Cleanup(func() {
		d.pages.Close()
		d.desk.close()
		d.server.CloseClientConnections()
		d.server.Close()
	})
	return d
}

// readiness is web.Config.Ready with the reasons of the moment.
func readiness(reasons *[]string) func(context.Context) []string {
	return func(context.Context) []string { return *reasons }
}

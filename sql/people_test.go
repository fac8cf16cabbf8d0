package sql_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"presszero/internal/sqltest"
	"presszero/report"
	"presszero/sql"
)

var (
	_ scs.Store    = (*sql.SessionStore)(nil)
	_ scs.CtxStore = (*sql.SessionStore)(nil)
)

// dead is a database that does not answer.
func dead(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open(context.Background(), sql.Config{URL: "postgres:///x?host=" + t.TempDir() + "&sslmode=disable", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestUsers(t *testing.T) {
	t.Parallel()
	db, ctx := sqltest.Open(t), soon(t)
	file := filepath.Join(t.TempDir(), "users")
	s := sql.NewUserStore(db, file)
	if n, err := s.Count(ctx); err != nil || n != 0 {
		t.Fatal(n, err)
	}
	for _, u := range []sql.User{
		{Name: "ann", DisplayName: "Ann", Role: "agent", Queues: []string{"billing", "support"}, PasswordHash: "h1"},
		{Name: "sue", Role: "supervisor", PasswordHash: "h2"},
	} {
		if err := s.Create(ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Create(ctx, sql.User{Name: "ann", Role: "agent"}); !errors.Is(err, sql.ErrUserExists) {
		t.Errorf("creating ann twice gave %v", err)
	}
	if err := s.Create(ctx, sql.User{Name: "max", Role: "emperor"}); err == nil {
		t.Error("a role that is none was taken")
	}
	if err := errors.Join(s.SetPassword(ctx, "ann", "h3", true), s.Disable(ctx, "sue", true),
		s.Update(ctx, sql.User{Name: "ann", DisplayName: "Ann B.", Role: "agent", Queues: []string{"support"}})); err != nil {
		t.Fatal(err)
	}
	if err := s.SetPassword(ctx, "nobody", "x", false); !errors.Is(err, sql.ErrNoUser) {
		t.Errorf("a password for nobody gave %v", err)
	}
	if _, err := s.Get(ctx, "nobody"); !errors.Is(err, sql.ErrNoUser) {
		t.Errorf("nobody is %v", err)
	}
	skilled := sql.Levels{"german": 8, "billing": 3}
	if err := s.SetWork(ctx, "ann", []string{"support"}, skilled, sql.Levels{"support": 2}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []sql.Levels{{"german": 11}, {"german": 0}} {
		if s.SetWork(ctx, "ann", nil, bad, nil) == nil || s.SetWork(ctx, "ann", nil, nil, bad) == nil {
			t.Errorf("a level of %v was taken", bad)
		}
	}
	if err := s.SetWork(ctx, "nobody", nil, nil, nil); !errors.Is(err, sql.ErrNoUser) {
		t.Errorf("work for nobody gave %v", err)
	}
	check := func(s *sql.UserStore) {
		t.Helper()
		ann, err := s.Get(ctx, "ann")
		if err != nil || ann.PasswordHash != "h3" || ann.DisplayName != "Ann B." || fmt.Sprint(ann.Queues) != "[support]" || !maps.Equal(ann.Skills, skilled) || ann.Weights["support"] != 2 || ann.CreatedAt.IsZero() {
			t.Errorf("ann is %+v, %v", ann, err)
		}
		list, err := s.List(ctx)
		if err != nil || len(list) != 2 || list[0].Name != "ann" || !list[1].Disabled {
			t.Errorf("list %+v, %v", list, err)
		}
	}
	check(s)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the copy: %v, %v", info, err)
	}
	// Another process, after a restart, without Postgres.
	check(sql.NewUserStore(dead(t), file))
	if _, err := sql.NewUserStore(dead(t), filepath.Join(t.TempDir(), "none")).Get(ctx, "ann"); err == nil || errors.Is(err, sql.ErrNoUser) {
		t.Errorf("without Postgres and copy: %v", err)
	}
	// Another process changes a user; this one notices.
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	go s.Run(run)
	if err := sql.NewUserStore(db, "").Disable(ctx, "ann", true); err != nil {
		t.Fatal(err)
	}
	until(t, "the change is noticed", func() bool { u, _ := s.Get(ctx, "ann"); return u.Disabled })
}

func TestSessions(t *testing.T) {
	t.Parallel()
	f, ctx := setup(t), soon(t)
	s := sql.NewSessionStore(f.DB, "")
	later := time.Now().Add(time.Hour)
	has := func(s *sql.SessionStore, token, want string) {
		t.Helper()
		b, found, err := s.FindCtx(ctx, token)
		if err != nil || found != (want != "") || found && string(b) != want {
			t.Errorf("session %s: %q %v %v, want %q", token, b, found, err, want)
		}
	}
	for token, data := range map[string]string{"a": "ann", "b": "bob", "c": "cyd"} {
		if err := s.CommitCtx(ctx, token, []byte(data), later); err != nil {
			t.Fatal(err)
		}
	}
	s.CommitCtx(ctx, "old", []byte("x"), time.Now().Add(-time.Second))
	s.CommitCtx(ctx, "a", []byte("ann 2"), later)
	s.DeleteCtx(ctx, "b")
	stop := runSessions(ctx, s) // a statement may have taken longer than a page waits for it
	until(t, "all of it is in Postgres", func() bool {
		return f.one(t, `SELECT string_agg(encode(data, 'escape'), ' ' ORDER BY data) FROM session WHERE expires_at > now()`) == "ann 2 cyd"
	})
	stop()
	for _, s := range []*sql.SessionStore{s, sql.NewSessionStore(f.DB, "")} { // this process, and the next one
		has(s, "a", "ann 2")
		has(s, "b", "")
		has(s, "c", "cyd")
		has(s, "old", "")
		has(s, "none", "")
	}
	if n := f.one(t, `SELECT count(*)::text FROM session WHERE token_hash = 'a'::bytea`); n != "0" {
		t.Error("the token itself is in the table")
	}
}

func TestSessionsWhilePostgresIsAway(t *testing.T) {
	t.Parallel()
	f, ctx := setup(t), soon(t)
	later := time.Now().Add(time.Hour)
	s := sql.NewSessionStore(f.DB, "")
	s.CommitCtx(ctx, "a", []byte("ann"), later)
	s.CommitCtx(ctx, "b", []byte("bob"), later)
	// The table out of reach is as good as Postgres out of reach.
	f.raw.MustExec(`ALTER TABLE session RENAME TO session_away`)
	s.CommitCtx(ctx, "c", []byte("cyd"), later)
	s.DeleteCtx(ctx, "b")
	for token, want := range map[string]bool{"a": true, "b": false, "c": true} {
		if _, found, err := s.FindCtx(ctx, token); found != want || err != nil {
			t.Errorf("while away, %s: %v, %v", token, found, err)
		}
	}
	if _, _, err := s.FindCtx(ctx, "unknown"); err == nil {
		t.Error("an unknown session is denied although Postgres could not be asked")
	}
	f.raw.MustExec(`ALTER TABLE session_away RENAME TO session`)
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	go s.Run(run)
	until(t, "what waited is written", func() bool {
		return f.one(t, `SELECT string_agg(encode(data, 'escape'), ' ' ORDER BY data) FROM session`) == "ann cyd"
	})
}

// runSessions runs s until stop.
func runSessions(ctx context.Context, s *sql.SessionStore) (stop func()) {
	running, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); s.Run(running) }()
	return func() { cancel(); <-done }
}

// TestSessionsOfBefore: the controller is started again while Postgres is away.
func TestSessionsOfBefore(t *testing.T) {
	t.Parallel()
	file, ctx := filepath.Join(t.TempDir(), "sessions"), soon(t)
	run := func(s *sql.SessionStore) (stop func()) { return runSessions(ctx, s) }
	db := sqltest.Open(t)
	s := sql.NewSessionStore(db, file)
	stop := run(s)
	later := time.Now().Add(time.Hour)
	s.CommitCtx(ctx, "a", []byte("ann"), later)
	s.CommitCtx(ctx, "b", []byte("bob"), later)
	stop()
	has := func(s *sql.SessionStore, want string) {
		t.Helper()
		all := ""
		for _, token := range []string{"a", "b", "c", "nobody's"} {
			data, found, err := s.FindCtx(ctx, token)
			if err != nil {
				t.Errorf("%s: %v", token, err)
			}
			if found {
				all += string(data) + " "
			}
		}
		if all != want {
			t.Errorf("signed in: %q, want %q", all, want)
		}
	}
	s = sql.NewSessionStore(dead(t), file)
	has(s, "ann bob ")
	s.DeleteCtx(ctx, "b")
	has(sql.NewSessionStore(dead(t), file), "ann ")
	stop = run(s)
	s.CommitCtx(ctx, "c", []byte("cyd"), later)
	stop()
	has(sql.NewSessionStore(dead(t), file), "ann cyd ")
	s = sql.NewSessionStore(db, file) // Postgres is back, and learns what it missed
	stop = run(s)
	until(t, "Postgres has the sessions", func() bool {
		other := sql.NewSessionStore(db, "")
		_, b, err1 := other.FindCtx(ctx, "b")
		_, c, err2 := other.FindCtx(ctx, "c")
		return err1 == nil && err2 == nil && !b && c
	})
	stop()
	has(s, "ann cyd ")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestAudit(t *testing.T) {
	t.Parallel()
	db, ctx := sqltest.Open(t), soon(t)
	if err := errors.Join(db.Audit(ctx, "sue", "user.disable", map[string]string{"name": "ann\x00"}), db.Audit(ctx, "sue", "report.export", nil)); err != nil {
		t.Fatal(err)
	}
	rows, err := db.AuditLog(ctx, report.ActFilter{Limit: 10})
	if err != nil || len(rows) != 2 || rows[0].What != "report.export" || rows[1].Who != "sue" || string(rows[1].Detail) != `{"name": "ann`+"\uFFFD"+`"}` {
		t.Errorf("audit %+v, %v", rows, err)
	}
}

// TestUserChangesAreTold: whichever process changes a user, a program that watches hears
// of it, once; what was there before it began is no news.
func TestUserChangesAreTold(t *testing.T) {
	t.Parallel()
	db, ctx := sqltest.Open(t), soon(t)
	other := sql.NewUserStore(db, "")
	if err := other.Create(ctx, sql.User{Name: "ann", Role: "agent", PasswordHash: "h"}); err != nil {
		t.Fatal(err)
	}
	s := sql.NewUserStore(db, "")
	told := make(chan sql.User, 10)
	s.OnChange(func(u sql.User) { told <- u })
	if _, err := s.List(ctx); err != nil {
		t.Fatal(err)
	}
	if err := other.SetWork(ctx, "ann", nil, sql.Levels{"german": 8}, nil); err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	var run sync.WaitGroup
	run.Go(func() { s.Run(running) })
	select {
	case u := <-told:
		if u.Name != "ann" || u.Skills["german"] != 8 {
			t.Errorf("told %+v", u)
		}
	case <-ctx.Done():
		t.Error("nobody was told")
	}
	stop()
	run.Wait()
	if len(told) > 0 {
		t.Errorf("told again: %+v", <-told)
	}
}

// TestEpochGrows: whatever ends sessions ends them for good, whichever process writes it.
func TestEpochGrows(t *testing.T) {
	t.Parallel()
	f, ctx := setup(t), soon(t)
	s := sql.NewUserStore(f.DB, "")
	if err := s.Create(ctx, sql.User{Name: "ann", Role: "agent", PasswordHash: "h", FirstPassword: true}); err != nil {
		t.Fatal(err)
	}
	epoch := 0
	for _, c := range []struct {
		what string
		grow bool
		do   func() error
	}{
		{"disabled", true, func() error { return s.Disable(ctx, "ann", true) }},
		{"disabled again", false, func() error { return s.Disable(ctx, "ann", true) }},
		{"enabled", true, func() error { return s.Disable(ctx, "ann", false) }},
		{"role", true, func() error { return s.SetRole(ctx, "ann", "supervisor") }},
		{"role of before", true, func() error { return s.SetRole(ctx, "ann", "agent") }},
		{"password", true, func() error { return s.SetPassword(ctx, "ann", "h2", false) }},
		{"password of before", true, func() error { return s.SetPassword(ctx, "ann", "h", false) }},
		{"queues", false, func() error { return s.SetWork(ctx, "ann", []string{"a"}, nil, nil) }},
		{"by hand in the table", true, func() error {
			_, err := f.raw.Exec(`UPDATE users SET disabled = true`)
			return errors.Join(err, s.Refresh(ctx))
		}},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		u, err := s.Get(ctx, "ann")
		if err != nil || (u.SessionEpoch > epoch) != c.grow {
			t.Errorf("%s: the epoch went from %d to %d (%v)", c.what, epoch, u.SessionEpoch, err)
		}
		epoch = u.SessionEpoch
	}
	if u, _ := s.Get(ctx, "ann"); u.FirstPassword {
		t.Error("a password that she chose is taken for one that was made for her")
	}
}

// silent is a database, and how to have it stand still as at SIGSTOP:
// connections are made and stay, and nothing is answered.
func silent(t *testing.T) (address string, freeze func() (thaw func())) {
	t.Helper()
	u, err := url.Parse(sqltest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	var gate sync.RWMutex
	pipe := func(to, from net.Conn) {
		defer to.Close()
		for b := make([]byte, 1<<16); ; {
			n, err := from.Read(b)
			if err != nil {
				return
			}
			gate.RLock()
			_, err = to.Write(b[:n])
			gate.RUnlock()
			if err != nil {
				return
			}
		}
	}
	addr := doors(t, func(c net.Conn) {
		pg, err := net.Dial("unix", u.Query().Get("host")+"/.s.PGSQL.5432")
		if err != nil {
			c.Close()
			return
		}
		go pipe(pg, c)
		pipe(c, pg)
	})
	return "postgres://presszero@" + addr + u.Path + "?sslmode=disable", func() func() {
		gate.Lock()
		return sync.OnceFunc(gate.Unlock)
	}
}

// openSilent opens such a database.
func openSilent(t *testing.T) (db *sql.DB, freeze func() (thaw func())) {
	t.Helper()
	url, freeze := silent(t)
	db, err := sql.Open(t.Context(), sql.Config{URL: url, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db, freeze
}

// TestNobodyWaitsForPostgres: a user who signs in is found in memory, however long
// Postgres takes.
func TestNobodyWaitsForPostgres(t *testing.T) {
	t.Parallel()
	db, freeze := openSilent(t)
	dir := t.TempDir()
	users, sessions := sql.NewUserStore(db, filepath.Join(dir, "users")), sql.NewSessionStore(db, filepath.Join(dir, "sessions"))
	ctx := soon(t)
	if err := users.Create(ctx, sql.User{Name: "ann", Role: "agent", PasswordHash: "h"}); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	if err := sessions.CommitCtx(ctx, "a", []byte("ann"), later); err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	var run sync.WaitGroup
	run.Go(func() { users.Run(running) })
	run.Go(func() { sessions.Run(running) })
	defer run.Wait()
	defer stop()
	until(t, "all has been read", func() bool {
		_, found, err := sessions.FindCtx(ctx, "unknown")
		n, _ := users.Count(ctx)
		return !found && err == nil && n == 1
	})
	thaw := freeze()
	defer thaw()
	users.Age(time.Hour) // what was read last is old now
	quick := func(what string, most time.Duration, f func() error) {
		t.Helper()
		at := time.Now()
		if err := f(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if took := time.Since(at); took > most {
			t.Errorf("%s took %s", what, took)
		}
	}
	for range 3 {
		quick("finding a user", 100*time.Millisecond, func() error { _, err := users.Get(ctx, "ann"); return err })
		quick("listing users", 100*time.Millisecond, func() error { _, err := users.List(ctx); return err })
		quick("finding a session", 100*time.Millisecond, func() error {
			if _, found, err := sessions.FindCtx(ctx, "a"); err != nil || !found {
				return fmt.Errorf("found %v, %v", found, err)
			}
			return nil
		})
	}
	quick("the first sign-in", 1500*time.Millisecond, func() error { return sessions.CommitCtx(ctx, "b", []byte("bob"), later) })
	quick("the next one", 200*time.Millisecond, func() error { return sessions.CommitCtx(ctx, "c", []byte("cyd"), later) })
	quick("signing out", 200*time.Millisecond, func() error { return sessions.DeleteCtx(ctx, "c") })
	again := sql.NewSessionStore(db, filepath.Join(dir, "sessions")) // a restart meanwhile
	quick("a session of before the restart", 200*time.Millisecond, func() error {
		if _, found, err := again.FindCtx(ctx, "b"); err != nil || !found {
			return fmt.Errorf("found %v, %v", found, err)
		}
		return nil
	})
	quick("a stranger's", 1500*time.Millisecond, func() error { _, _, err := again.FindCtx(ctx, "x"); return err })
	quick("another stranger's", 200*time.Millisecond, func() error { _, _, err := again.FindCtx(ctx, "y"); return err })
}

// TestAuditor: acts are written down while Postgres is away too, each once.
func TestAuditor(t *testing.T) {
	t.Parallel()
	f, ctx := setup(t), soon(t)
	file := filepath.Join(t.TempDir(), "audit")
	away := sql.NewAuditor(dead(t), file)
	running, stop := context.WithCancel(ctx)
	var run sync.WaitGroup
	run.Go(func() { away.Run(running) })
	for i := range 3 {
		at := time.Now()
		away.Write("sue", "user.create", map[string]any{"n": i, "name": "ann\x00"})
		if took := time.Since(at); took > time.Second {
			t.Errorf("an act took %s", took)
		}
	}
	stop()
	run.Wait()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(b, `{"id":"cut sho`...), 0o600); err != nil { // the machine died while writing
		t.Fatal(err)
	}
	for range 2 { // the second time as after a crash that left the file
		a := sql.NewAuditor(f.DB, file)
		a.Write("sue", "user.disable", nil)
		running, stop := context.WithCancel(ctx)
		var run sync.WaitGroup
		run.Go(func() { a.Run(running) })
		until(t, "all is in Postgres", func() bool { _, err := os.Stat(file); return errors.Is(err, os.ErrNotExist) })
		stop()
		run.Wait()
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.one(t, `SELECT string_agg(what || coalesce(detail->>'n', ''), ' ' ORDER BY id) FROM audit`); got != "user.create0 user.create1 user.create2 user.disable user.disable" {
		t.Errorf("the audit is %s", got)
	}
	for _, change := range []string{`UPDATE audit SET who = 'nobody'`, `DELETE FROM audit`} {
		if _, err := f.raw.Exec(change); err == nil {
			t.Errorf("%s was done", change)
		}
	}
	rows, err := f.AuditLog(ctx, report.ActFilter{What: "user", Who: "sue", Before: 3, Limit: 5})
	if err != nil || len(rows) != 2 || rows[0].ID != 2 {
		t.Errorf("a part of it: %+v, %v", rows, err)
	}
}

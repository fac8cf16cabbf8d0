package main

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/settings"
	"presszero/internal/sqltest"
	"presszero/report"
	"presszero/sql"
)

// TestPersonCommand: the commands about a person do what they say, to the database and the
// state folder of the settings.
func TestPersonCommand(t *testing.T) {
	dir := t.TempDir()
	s := settings.Settings{StateDir: filepath.Join(dir, "state"), DatabaseURL: sqltest.URL(t), Country: "DE"}
	if err := os.MkdirAll(s.StateDir, 0o700); err != nil {
		t.Fatal(err)
	}
	k, err := settings.LoadSecrets(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PRESSZERO_STATE_DIR", s.StateDir)
	t.Setenv("PRESSZERO_DATABASE_URL", s.DatabaseURL)
	t.Setenv("PRESSZERO_COUNTRY", "DE")
	db, err := sql.Open(t.Context(), sql.Config{URL: s.DatabaseURL, CallerKey: k.CallerKey})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id, at := call.ID("01890a5d-ac96-774b-8000-000000000001"), time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	if err := db.Fill(t.Context(), []call.Entry{
		{Call: id, Day: call.DayOf(at), Seq: 1, At: at, Fact: call.CallStarted{From: "+493055501234", Name: "Wilhelmina", To: "100"}},
		{Call: id, Day: call.DayOf(at), Seq: 2, At: at, Fact: call.CallEnded{Outcome: call.AbandonedIVR, Side: call.SideCaller, Node: "main"}},
	}); err != nil {
		t.Fatal(err)
	}
	did := func(want string, args ...string) {
		t.Helper()
		said, err := printedBy(t, func() error { return run(t.Context(), args) })
		if err != nil {
			said += err.Error()
		}
		if !strings.Contains(said, want) {
			t.Errorf("presszero %s says %q, want %q", strings.Join(args, " "), said, want)
		}
	}
	out := filepath.Join(dir, "p.zip")
	did("1 call under 1 number", "person", "export", "030 55501234", "--out", out)
	z, err := zip.OpenReader(out)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	index, err := z.Open("index.html")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(index); err != nil || !strings.Contains(string(text), "Wilhelmina") {
		t.Errorf("the index is %.200s, %v", text, err)
	}
	did("file exists", "person", "export", "030 55501234", "--out", out)
	did("would forget 1 call", "person", "forget", "--dry-run", "+493055501234")
	did("forgotten: 1 call", "person", "forget", "+493055501234", "--why", "a letter")
	did("would forget 0 calls", "person", "forget", "+493055501234", "--dry-run")
	did("name a whole number", "person", "forget", "101")
	did("name the person's number", "person", "forget")
	did("would remove 0 messages", "retain", "--dry-run")
	did("removed 0 messages", "retain")
	did("0 findings", "audit")
	did("rebuilt from the facts", "rebuild")
	acts, err := db.AuditLog(t.Context(), report.ActFilter{What: "person", Limit: 9})
	if err != nil || len(acts) != 2 || !strings.Contains(string(acts[0].Detail), "a letter") || strings.Contains(string(acts[1].Detail), "5550") {
		t.Errorf("the audit has %+v, %v", acts, err)
	}
}

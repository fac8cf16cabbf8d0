package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"presszero/internal/audio"
	"presszero/internal/controller"
	"presszero/internal/settings"
	"presszero/internal/sqltest"
	"presszero/recordings/archive"
	"presszero/recordings/capture"
	"presszero/recordings/finish"
	"presszero/report"
	"presszero/sql"
)

// TestKeep: a captured talk goes to the archive and its log goes; doing it again, also
// after the log was not removed, changes nothing.
func TestKeep(t *testing.T) {
	state := t.TempDir()
	t.Setenv("PRESSZERO_STATE_DIR", state)
	s, err := settings.Load()
	must(t, err)
	_, _, err = archive.MakeKeys(controller.ArchiveKeys(s).Dir, time.Now())
	must(t, err)
	const id = "0190c2d4-77aa-7000-8000-000000000001.o1.leg"
	dir, began := filepath.Join(state, "spool", "talks"), time.Now()
	l, err := capture.Create(dir, capture.Head{Recording: id, Leg: id})
	must(t, err)
	left, right := audio.NewTone(440, 8000), audio.NewTone(1000, 8000)
	for i := range 100 {
		at := began.Add(time.Duration(i) * audio.FrameTime)
		h := capture.Header{Seq: uint16(i), Timestamp: uint32(i * audio.FrameSamples), SSRC: 1}
		l.Packet(capture.Left, h, left.Ulaw(), at)
		l.Packet(capture.Right, h, right.Ulaw(), at)
	}
	<-l.End()
	logs, err := filepath.Glob(filepath.Join(dir, "*.pkt"))
	must(t, err)
	log, err := os.ReadFile(logs[0])
	must(t, err)

	to := began.Add(3 * time.Second) // it ended later than the last packet
	args := []string{"--from", began.Format(time.RFC3339Nano), "--to", to.Format(time.RFC3339Nano), id}
	var first archive.Entry
	for n := range 3 {
		must(t, keepCommand(t.Context(), args))
		if left, _ := filepath.Glob(filepath.Join(dir, "*.pkt")); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
		a, err := controller.OpenArchive(s, "talks")
		must(t, err)
		e, err := a.Entry(id)
		must(t, err)
		switch {
		case n == 0 && (e.Length != 3 || e.Format != "flac" || e.Peaks == nil):
			t.Errorf("%+v", e)
		case n == 0:
			first = e
			must(t, os.WriteFile(logs[0], log, 0o600)) // killed before it was removed
		case e.Sound.Sealed != first.Sound.Sealed:
			t.Error("it was kept twice")
		}
	}
	// Who is forgotten while a talk has not been taken yet does not come back.
	must(t, os.WriteFile(logs[0], log, 0o600))
	a, err := controller.OpenArchive(s, "talks")
	must(t, err)
	must(t, finish.Remove(t.Context(), a, dir, "", id))
	must(t, keepCommand(t.Context(), args))
	if _, err := a.Entry(id); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed, and then: %v", err)
	}
	for _, bad := range [][]string{nil, {"a", "b"}, {"--from", "yesterday", id}} {
		if err := keepCommand(t.Context(), bad); err == nil {
			t.Errorf("%q was understood", bad)
		}
	}
}

// TestArchiveCommand: what docs/archive.md has an operator type.
func TestArchiveCommand(t *testing.T) {
	t.Setenv("PRESSZERO_STATE_DIR", t.TempDir())
	t.Setenv("PRESSZERO_DATABASE_URL", sqltest.URL(t))
	s, err := settings.Load()
	must(t, err)
	do := func(args ...string) {
		t.Helper()
		must(t, archiveCommand(t.Context(), args))
	}
	if err := archiveCommand(t.Context(), []string{"keys"}); err == nil {
		t.Error("there are keys before the first start")
	}
	keys, _, err := archive.MakeKeys(controller.ArchiveKeys(s).Dir, time.Now())
	must(t, err)
	talks, err := controller.OpenArchive(s, "talks")
	must(t, err)
	keep := func(id string) {
		t.Helper()
		_, err := talks.Keep(t.Context(), id, strings.NewReader("the sound of "+id), archive.Meta{At: time.Now(), Format: "wav"})
		must(t, err)
	}
	opens := func(id, key string) error {
		var out bytes.Buffer
		args := []string{id}
		if key != "" {
			args = []string{"--key", key, id}
		}
		err := openArchived(t.Context(), s, args, &out)
		if err == nil && out.String() != "the sound of "+id {
			t.Errorf("%s sounds like %q", id, out.String())
		}
		return err
	}
	keep("first")
	do("keys")
	old, err := filepath.Glob(filepath.Join(keys.Dir, "identities", "*.key"))
	must(t, err)
	do("rotate")
	keep("second")
	safe, err := age.GenerateX25519Identity()
	must(t, err)
	ours := filepath.Join(t.TempDir(), "ours.key")
	must(t, os.WriteFile(ours, []byte(safe.String()+"\n"), 0o600))
	do("recovery", safe.Recipient().String())
	keep("third")
	do("verify")
	for _, c := range []struct {
		id, key string
		opens   bool
	}{{"first", "", true}, {"second", "", true}, {"third", "", true}, {"first", keys.RecoveryFile(), true}, {"second", keys.RecoveryFile(), true}, {"third", keys.RecoveryFile(), false},
		{"third", ours, true}, {"first", ours, false}, {"never", "", false}, {"first", "/nowhere", false}} {
		if err := opens(c.id, c.key); (err == nil) != c.opens {
			t.Errorf("%s with %q: %v", c.id, c.key, err)
		}
	}
	do("rekey")
	must(t, os.Remove(old[0]))
	for _, id := range []string{"first", "second", "third"} {
		if mine, safe, before := opens(id, ""), opens(id, ours), opens(id, keys.RecoveryFile()); mine != nil || safe != nil || before == nil {
			t.Errorf("after rekey, %s with the server's key: %v, with that of recovery: %v, with the one before: %v", id, mine, safe, before)
		}
	}
	do("rekey", "--key", ours)
	if err := archiveCommand(t.Context(), []string{"rekey", "--key", keys.RecoveryFile()}); err != nil {
		t.Errorf("with a key that opens nothing where there is nothing to do: %v", err)
	}
	do("rotate")
	if err := archiveCommand(t.Context(), []string{"rekey", "--key", keys.RecoveryFile()}); err == nil || !strings.Contains(err.Error(), "3 are as they were") {
		t.Errorf("with a key that opens nothing: %v", err)
	}
	db, err := sql.Open(t.Context(), sql.Config{URL: s.DatabaseURL})
	must(t, err)
	defer db.Close()
	acts, err := db.AuditLog(t.Context(), report.ActFilter{What: "archive", Limit: 9})
	must(t, err)
	if len(acts) != 8 || string(acts[6].Detail) != `{"done": 2, "before": 1, "locked": 0}` || string(acts[0].Detail) != `{"done": 0, "before": 0, "locked": 3}` {
		t.Errorf("the audit has %+v", acts)
	}
	if said, err := printedBy(t, func() error { return run(t.Context(), []string{"audit"}) }); err != nil || !strings.Contains(said, "0 findings") {
		t.Errorf("the audit says %q, %v", said, err)
	}
	bodies, err := filepath.Glob(filepath.Join(s.Archive, "talks/*/first.age"))
	must(t, err)
	must(t, os.WriteFile(bodies[0], []byte("noise"), 0o600))
	if err := archiveCommand(t.Context(), []string{"verify"}); err == nil || !strings.Contains(err.Error(), "1 are not") {
		t.Errorf("a damaged file: %v", err)
	}
	for _, bad := range [][]string{nil, {"rotate", "x"}, {"recovery"}, {"recovery", "age1x"}, {"open"}, {"burn"}, {"rekey", "all"}} {
		if err := archiveCommand(t.Context(), bad); err == nil {
			t.Errorf("%q was understood", bad)
		}
	}
}

// TestRekeyKilledIsWrittenDown: that it begins, from which keys to which, is in the audit
// before anything is changed; a rekey that is killed in the middle has no end there,
// and the next rekey does the entries that are left.
func TestRekeyKilledIsWrittenDown(t *testing.T) {
	const child = "PRESSZERO_TEST_REKEY"
	if os.Getenv(child) != "" { // the one that is killed
		t.Fatal(archiveCommand(t.Context(), []string{"rekey"}))
	}
	t.Setenv("PRESSZERO_STATE_DIR", t.TempDir())
	t.Setenv("PRESSZERO_DATABASE_URL", sqltest.URL(t))
	s, err := settings.Load()
	must(t, err)
	keys, _, err := archive.MakeKeys(controller.ArchiveKeys(s).Dir, time.Now())
	must(t, err)
	talks, err := controller.OpenArchive(s, "talks")
	must(t, err)
	old, err := keys.Fingerprint()
	must(t, err)
	const all = 40
	for n := range all {
		_, err := talks.Keep(t.Context(), fmt.Sprint("talk", n), strings.NewReader("words"), archive.Meta{At: time.Now(), Format: "wav"})
		must(t, err)
	}
	fresh, err := keys.Rotate(time.Now())
	must(t, err)
	db, err := sql.Open(t.Context(), sql.Config{URL: s.DatabaseURL})
	must(t, err)
	defer db.Close()
	audit := func() (acts []string) {
		t.Helper()
		list, err := db.AuditLog(t.Context(), report.ActFilter{What: "archive", Limit: 9})
		must(t, err)
		for _, a := range slices.Backward(list) {
			acts = append(acts, a.What+" "+string(a.Detail))
		}
		return acts
	}
	left := func() int {
		t.Helper()
		r, err := talks.Rekeying(t.Context())
		must(t, err)
		return r.Entries
	}
	begins := func(entries int) string {
		return fmt.Sprintf(`archive.rekey_begin {"to": [%q, `, fresh) + `*` + fmt.Sprintf(`"from": [%q], "entries": %d}`, old, entries)
	}
	// While the test has this lock, Rekey cannot take the next entry.
	lock, err := os.OpenFile(filepath.Clean(talks.Index)+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	must(t, err)
	defer lock.Close()
	must(t, syscall.Flock(int(lock.Fd()), syscall.LOCK_SH))
	cmd := exec.Command(os.Args[0], "-test.run=^TestRekeyKilledIsWrittenDown$")
	cmd.Env = append(os.Environ(), child+"=1")
	must(t, cmd.Start())
	end := time.Now().Add(20 * time.Second)
	for len(audit()) == 0 && time.Now().Before(end) {
	}
	matches(t, audit(), begins(all))
	if n := left(); n != all {
		t.Errorf("%d are changed before it may go on", all-n)
	}
	for left() == all && time.Now().Before(end) {
		must(t, syscall.Flock(int(lock.Fd()), syscall.LOCK_UN))
		must(t, syscall.Flock(int(lock.Fd()), syscall.LOCK_SH))
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	must(t, syscall.Flock(int(lock.Fd()), syscall.LOCK_UN))
	n := left()
	if n == 0 || n == all {
		t.Fatalf("%d of %d were left when it was killed; nothing is shown by it", n, all)
	}
	matches(t, audit(), begins(all))
	must(t, archiveCommand(t.Context(), []string{"rekey"}))
	matches(t, audit(), begins(all), begins(n), fmt.Sprintf(`archive.rekey {"done": %d, "before": %d, "locked": 0}`, n, all-n))
	if n := left(); n != 0 {
		t.Errorf("%d are left", n)
	}
}

// matches compares texts with patterns, in which * is anything.
func matches(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("there are %q, want %q", got, want)
	}
	for i := range got {
		if from, to, _ := strings.Cut(want[i], "*"); !strings.HasPrefix(got[i], from) || !strings.HasSuffix(got[i], to) {
			t.Errorf("there is %s, want %s", got[i], want[i])
		}
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"presszero/internal/backup"
	"presszero/internal/settings"
	"presszero/internal/sqltest"
)

// TestCheckBackup: presszero backup --check says whether a key opens the backups, and that
// none was tried where none is named.
func TestCheckBackup(t *testing.T) {
	t.Setenv("PRESSZERO_STATE_DIR", t.TempDir())
	t.Setenv("PRESSZERO_DATABASE_URL", sqltest.URL(t))
	s, err := settings.Load()
	must(t, err)
	must(t, os.MkdirAll(s.Archive, 0o700))
	folder := t.TempDir()
	key := func(name string) (file string, to age.Recipient) {
		k, err := age.GenerateX25519Identity()
		must(t, err)
		file = filepath.Join(folder, name)
		must(t, os.WriteFile(file, []byte(k.String()+"\n"), 0o600))
		return file, k.Recipient()
	}
	right, to := key("right.key")
	wrong, _ := key("wrong.key")
	dir := filepath.Join(folder, "backups")
	_, err = backup.Make(t.Context(), backup.Options{Settings: s, Dir: dir, Recipients: []age.Recipient{to}})
	must(t, err)
	for _, c := range []struct {
		args, says, fails string
	}{
		{"--check DIR", "is whole", ""},
		{"--check DIR", "no key was tried", ""},
		{"--check DIR --identity " + right, "opens with this key: 4 encrypted files read to the end", ""},
		{"DIR --identity " + right + " --check", "opens with this key", ""},
		{"--check --identity " + wrong + " DIR", "is whole", "cannot be opened with this key"},
		{"--check DIR --identity /nowhere", "", "cannot be read"},
		{"DIR --identity " + right, "", "--identity is for --check"},
		{"--check DIR DIR", "", "name one folder"},
		{"--check", "", "name one folder"},
	} {
		said, err := printedBy(t, func() error {
			return backupCommand(t.Context(), strings.Fields(strings.ReplaceAll(c.args, "DIR", dir)))
		})
		if !strings.Contains(said, c.says) || (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s said %q, %v; want %q, %q", c.args, said, err, c.says, c.fails)
		}
		if tried := strings.Contains(said, "opens with"); tried && strings.Contains(said, "no key was tried") {
			t.Errorf("%s said %q", c.args, said)
		}
	}
}

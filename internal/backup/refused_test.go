package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"filippo.io/age"

	"presszero/internal/disktest"
	"presszero/internal/settings"
	"presszero/internal/starttest"
)

// manifest changes what a backup says of itself, and its sum with it.
func manifest(t *testing.T, dir string, change func(*Manifest)) {
	t.Helper()
	m, err := readManifest(dir)
	must(t, err)
	change(&m)
	text, err := json.Marshal(m)
	must(t, err)
	rewrite(t, dir, manifestFile, text)
}

// rewrite changes a file of a backup, and its sum with it.
func rewrite(t *testing.T, dir, name string, text []byte) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	s, err := readSums(filepath.Join(dir, sumsFile))
	must(t, err)
	s[name], err = sumOf(context.Background(), filepath.Join(dir, name))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, sumsFile), s.text(), 0o600))
}

// TestRefused: a backup that is broken, cut, or of another version is not restored, and
// nothing is written.
func TestRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.takeCall()
	h.ship()
	good := h.mustBackup(Options{}).Dir
	type damage struct {
		name, want string
		do         func(t *testing.T, dir string)
	}
	rows := []damage{
		{"form of a later program", "of the form 3", func(t *testing.T, dir string) { manifest(t, dir, func(m *Manifest) { m.Format = 3 }) }},
		{"newer schema", "made by a newer program", func(t *testing.T, dir string) { manifest(t, dir, func(m *Manifest) { m.Database.Schema = 9999 }) }},
		{"one flipped bit", "state/flows/abc.yaml is not what was backed up", func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "state/flows/abc.yaml"), []byte("Version: 1"), 0o600))
		}},
		{"a line of the sums is missing", "not whole", func(t *testing.T, dir string) {
			path := filepath.Join(dir, sumsFile)
			text, err := os.ReadFile(path)
			must(t, err)
			_, rest, _ := strings.Cut(string(text), "\n")
			must(t, os.WriteFile(path, []byte(rest), 0o600))
		}},
		{"journal of before the database", "do not belong together", func(t *testing.T, dir string) {
			manifest(t, dir, func(m *Manifest) {
				for id := range m.Database.Journals {
					m.Database.Journals[id] = "99:0"
				}
			})
		}},
		{"leads out of the folder", "not in the backup", func(t *testing.T, dir string) {
			f, err := os.OpenFile(filepath.Join(dir, sumsFile), os.O_APPEND|os.O_WRONLY, 0)
			must(t, err)
			_, err = f.WriteString(strings.Repeat("0", 64) + "  ../../secret\n")
			must(t, err)
			must(t, f.Close())
		}},
	}
	for _, file := range []string{dumpFile, stateFile, erasedFile, manifestFile, sumsFile, "state/flows/abc.yaml"} {
		for name, do := range starttest.Damages {
			rows = append(rows, damage{file + " " + name, "", func(t *testing.T, dir string) { do(t, filepath.Join(dir, file)) }})
		}
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "broken")
			must(t, os.CopyFS(dir, os.DirFS(good)))
			row.do(t, dir)
			e := &house{t: t}
			e.StateDir = filepath.Join(t.TempDir(), "state")
			_, err := Restore(context.Background(), Restoration{Dir: dir, Settings: e.Settings, Keys: []age.Identity{h.key}})
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("it gave %v, want %q", err, row.want)
			}
			if _, err := os.Stat(e.StateDir); !os.IsNotExist(err) {
				t.Errorf("the state folder is there: %v", err)
			}
		})
	}
	t.Run("newer Postgres", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "newer")
		must(t, os.CopyFS(dir, os.DirFS(good)))
		manifest(t, dir, func(m *Manifest) { m.Database.Postgres = 99 })
		e := h.empty()
		if _, err := Restore(context.Background(), Restoration{Dir: dir, Settings: e.Settings, Keys: []age.Identity{h.key}}); err == nil || !strings.Contains(err.Error(), "is of Postgres 99") {
			t.Errorf("it gave %v", err)
		}
	})
}

// TestTarget: a restore mixes with nothing that is there; one that was not finished starts
// nothing, and can be done again.
func TestTarget(t *testing.T) {
	h := newHouse(t)
	good := h.mustBackup(Options{}).Dir
	without := func(s settings.Settings) error {
		_, err := Restore(context.Background(), Restoration{Dir: good, Settings: s, Keys: []age.Identity{h.key}, WithoutSecrets: true})
		return err
	}
	e := h.empty()
	e.put("kept", "by somebody")
	if err := without(e.Settings); err == nil || !strings.Contains(err.Error(), "is in use: it has kept") {
		t.Errorf("a used folder: %v", err)
	}
	e = h.empty()
	e.DatabaseURL = h.DatabaseURL
	if err := without(e.Settings); err == nil || !strings.Contains(err.Error(), "is in use: it has the table") {
		t.Errorf("a used database: %v", err)
	}
	e = h.empty()
	e.put(settings.Restoring, "")
	e.put("flows/half.yaml", "of the first try")
	t.Setenv("PRESSZERO_STATE_DIR", e.StateDir)
	if _, err := settings.Load(); err == nil || !strings.Contains(err.Error(), "run `presszero restore` again") {
		t.Errorf("a start on half a restore: %v", err)
	}
	must(t, without(e.Settings))
	if e.text("flows/half.yaml") != "" || e.text("flows/abc.yaml") != "version: 1" {
		t.Errorf("done again: %q, %q", e.text("flows/half.yaml"), e.text("flows/abc.yaml"))
	}
	if _, err := settings.Load(); err != nil {
		t.Errorf("a start on a whole restore: %v", err)
	}
}

// TestKeys: who has none of the keys of a backup cannot read anything of it, and is told
// which they are; the secrets come back with the rest.
func TestKeys(t *testing.T) {
	t.Parallel()
	h, key, other := newHouse(t), newKey(t), newKey(t)
	h.put("tls/key.pem", "a private key")
	h.put("env", "PRESSZERO_SMTP_URL=smtp://us:word@mail.example:587\n")
	made := h.mustBackup(Options{Recipients: []age.Recipient{h.key.Recipient(), key.Recipient()}})
	for _, secret := range []string{h.text("secrets"), "a private key", "us:word"} {
		if found := holding(t, made.Dir, secret); found != "" {
			t.Errorf("%s holds a secret", found)
		}
	}
	for why, keys := range map[string][]age.Identity{"--identity": nil, "cannot be opened with this key": {other}} {
		e := h.empty()
		if _, err := e.restore(made.Dir, keys...); err == nil || !strings.Contains(err.Error(), why) || !strings.Contains(err.Error(), "archive-keys/identities") || !strings.Contains(err.Error(), key.Recipient().String()) {
			t.Errorf("it gave %v, want %q", err, why)
		}
		if _, err := os.Stat(e.StateDir); !os.IsNotExist(err) {
			t.Errorf("the state folder is there: %v", err)
		}
	}
	for _, with := range [][]age.Identity{{other, key}, {h.key}} {
		e := h.empty()
		_, err := e.restore(made.Dir, with...)
		must(t, err)
		if e.text("secrets") != h.text("secrets") || e.text("tls/key.pem") != "a private key" || e.text("restored/env") != h.text("env") || e.text("env") != "" {
			t.Error("the secrets are not put back")
		}
	}
}

// TestOpen: a key that opens a backup reads all that is encrypted to its end, also where the
// backup is whole and what was encrypted is not.
func TestOpen(t *testing.T) {
	t.Parallel()
	h, other := newHouse(t), newKey(t)
	h.put("messages/2026/11/long.wav", strings.Repeat("a long message ", 20_000)) // in several chunks of age
	dir := h.mustBackup(Options{}).Dir
	opens := func(want string, keys ...age.Identity) {
		t.Helper()
		_, err := Check(t.Context(), dir)
		must(t, err)
		o, err := Open(t.Context(), dir, keys)
		switch {
		case want == "" && (err != nil || o.Files != 4 || o.Bytes < 300_000):
			t.Errorf("opened: %+v, %v", o, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("it gave %v, want %q", err, want)
		}
	}
	opens("", other, h.key)
	opens("cannot be opened with this key. What opens it is the recovery key", other)
	for _, name := range []string{dumpFile, stateFile, erasedFile, secretsFile} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		cut := bytes.Clone(text)
		cut[len(cut)-1] ^= 1 // its last byte is of the last chunk
		rewrite(t, dir, name, cut)
		opens(name+" is damaged", h.key)
		rewrite(t, dir, name, text)
	}
	opens("", h.key)
	bare, sealed := inFirstForm(t, dir, h.key, false), inFirstForm(t, dir, h.key, true)
	for dir, want := range map[string]int{bare: 0, sealed: 1} {
		if o, err := Open(t.Context(), dir, []age.Identity{h.key}); err != nil || o.Files != want {
			t.Errorf("of the first form, %+v, %v; want %d", o, err, want)
		}
	}
}

// TestOfBefore: backups of the first form, which were in clear but for the secrets, are
// restored as they were.
func TestOfBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.takeCall()
	h.ship()
	h.takeCall()
	must(t, h.j.Sync(context.Background()))
	made := h.mustBackup(Options{})
	sealed, bare := inFirstForm(t, made.Dir, h.key, true), inFirstForm(t, made.Dir, h.key, false)
	if holding(t, sealed, "34600000001") == "" {
		t.Fatal("it is not in clear")
	}
	if _, err := h.empty().restore(sealed); err == nil || !strings.Contains(err.Error(), "--identity") {
		t.Errorf("without a key: %v", err)
	}
	if _, err := h.empty().restore(sealed, newKey(t)); err == nil || !strings.Contains(err.Error(), "cannot be opened with this key") {
		t.Errorf("with another key: %v", err)
	}
	if _, err := h.empty().restore(bare, h.key); err == nil || !strings.Contains(err.Error(), "made without the secrets") {
		t.Errorf("where there are none: %v", err)
	}
	for dir, without := range map[string]bool{sealed: false, bare: true} {
		e := h.empty()
		done, err := Restore(context.Background(), Restoration{Dir: dir, Settings: e.Settings, Keys: []age.Identity{h.key}, WithoutSecrets: without})
		must(t, err)
		calls := map[bool]int{false: 2, true: 1}[without] // the journal is shipped at once only with the secrets
		if len(done.Books.Flaws) > 0 || done.Books.Calls != calls || done.Talks != 0 || e.text("messages/2026/11/m1.wav") != "what a caller said" || e.text("spool/talks/t2.1.pkt") != "" {
			t.Errorf("restored: %+v", done)
		}
	}
}

// inFirstForm makes of a backup what the program wrote before.
func inFirstForm(t *testing.T, from string, key age.Identity, secrets bool) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), filepath.Base(from))
	must(t, os.CopyFS(dir, os.DirFS(from)))
	keys := []age.Identity{key}
	for _, file := range []string{stateFile, erasedFile} {
		must(t, unpack(filepath.Join(dir, file), keys, func(h *tar.Header, text io.Reader) error {
			if strings.HasPrefix(h.Name, "state/spool/") || strings.HasPrefix(h.Name, "recorded/") {
				return nil
			}
			return putFile(filepath.Join(dir, h.Name), h, text)
		}))
	}
	dumped, err := unsealed(filepath.Join(dir, dumpFile), keys)
	must(t, err)
	plain, err := io.ReadAll(dumped)
	must(t, errors.Join(err, dumped.Close(), os.WriteFile(filepath.Join(dir, plainDump), plain, 0o600), os.Remove(filepath.Join(dir, dumpFile)), os.Remove(filepath.Join(dir, stateFile)), os.Remove(filepath.Join(dir, erasedFile))))
	if !secrets {
		must(t, os.Remove(filepath.Join(dir, secretsFile)))
	}
	s := sums{}
	must(t, walk(dir, nil, func(path, rel string) error {
		if rel != sumsFile {
			s[rel], err = sumOf(context.Background(), path)
		}
		return err
	}))
	must(t, os.WriteFile(filepath.Join(dir, sumsFile), s.text(), 0o600))
	manifest(t, dir, func(m *Manifest) { m.Format, m.Secrets, m.Files, m.Keys = inClear, secrets, len(s), nil })
	return dir
}

// holding returns a file below dir that holds the text, or "".
func holding(t *testing.T, dir, text string) (found string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			b, readErr := os.ReadFile(path)
			if err = readErr; strings.Contains(string(b), text) {
				found = path
			}
		}
		return err
	}))
	return found
}

// TestFullDisk: without room for another backup there is none, and the one before is as it
// was.
func TestFullDisk(t *testing.T) {
	if !disktest.Inside() {
		if why := disktest.Refused(t); why != nil { // what can be shown without
			if err := explained(context.Background(), "there", syscall.ENOSPC); !strings.Contains(err.Error(), "has no room for another backup") {
				t.Errorf("a full disk is told as %v", err)
			}
			return
		}
		disktest.Rerun(t)
		return
	}
	h := newHouse(t)
	disk := disktest.New(t, "4m")
	h.to = filepath.Join(string(disk), "backups")
	good := h.mustBackup(Options{})
	h.put("archive/talks/3f/t9.age", strings.Repeat("a long talk ", 1<<18)) // 3 MB
	disk.Fill(t)
	if _, err := h.backup(Options{Keep: 1}); err == nil || !strings.Contains(err.Error(), "has no room for another backup") {
		t.Errorf("on a full disk: %v", err)
	}
	disk.Free(t)
	if found, err := Find(h.to); err != nil || len(found) != 1 || found[0] != good.Dir {
		t.Errorf("left are %v (%v)", found, err)
	}
	if _, err := Check(context.Background(), good.Dir); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(h.to, unfinished+"*")); len(left) > 0 {
		t.Errorf("left of the failed one: %v", left)
	}
	h.mustBackup(Options{Keep: 1})
}

package backup

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"presszero/internal/settings"
	"presszero/sql"
)

// TestForgottenStayForgotten: the erasure lists of a backup, of those beside it and of the
// lost machine are joined, before the person's numbers are looked for in the database,
// which then has what was in the journal only.
func TestForgottenStayForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.takeCall()
	h.takeCall()
	must(t, h.j.Sync(context.Background()))
	first := h.mustBackup(Options{})
	h.put("erased/key", "a secret")
	h.put("erased/list", "\n{\"one\"}\n\n{\"two\"}\n")
	next := newKey(t) // after a rotation
	second := h.mustBackup(Options{Recipients: []age.Recipient{next.Recipient()}})
	if found := holding(t, second.Dir, "a secret"); found != "" {
		t.Errorf("with what is in %s numbers can be guessed", found)
	}
	lost := t.TempDir()
	must(t, os.WriteFile(filepath.Join(lost, "key"), []byte("a secret"), 0o600))
	must(t, os.WriteFile(filepath.Join(lost, "list"), []byte("{\"two\"}\n{\"three\"}\n"), 0o600))

	e := h.empty()
	r := Restoration{Dir: first.Dir, Settings: e.Settings, Keys: []age.Identity{h.key}, Erased: lost}
	if _, err := Restore(context.Background(), r); err == nil || !strings.Contains(err.Error(), "who was forgotten since") {
		t.Errorf("a later list that cannot be opened: %v", err)
	}
	r.Keys = append(r.Keys, next)
	r.Forget = func(ctx context.Context, s settings.Settings) (int, error) {
		has, err := sql.ReadContent(ctx, s.DatabaseURL)
		if n := has.Rows["call_fact"]; n != 2 {
			t.Errorf("%d calls are in the database when persons are forgotten, want the 2 of the journal", n)
		}
		return 3, err
	}
	done, err := Restore(context.Background(), r)
	must(t, err)
	if got := e.text("erased/list"); got != "{\"one\"}\n{\"two\"}\n{\"three\"}\n" || e.text("erased/key") != "a secret" || done.Forgotten != 3 {
		t.Errorf("the list is %q with the key %q; %d are forgotten", got, e.text("erased/key"), done.Forgotten)
	}
	must(t, os.WriteFile(filepath.Join(lost, "key"), []byte("of another house"), 0o600))
	r.Settings = h.empty().Settings
	if _, err := Restore(context.Background(), r); err == nil || !strings.Contains(err.Error(), "another key") {
		t.Errorf("lists of two houses: %v", err)
	}
	r.Dir, r.Erased, r.Keys, r.Settings = second.Dir, "", []age.Identity{next}, h.empty().Settings
	if done, err := Restore(context.Background(), r); err != nil || done.Forgotten != 3 {
		t.Errorf("beside an earlier one of another key: %+v, %v", done, err)
	}
	r.WithoutSecrets, r.Settings = true, h.empty().Settings
	if _, err := Restore(context.Background(), r); err == nil || !strings.Contains(err.Error(), "without the secrets") {
		t.Errorf("without the secrets: %v", err)
	}
}

// TestOperatorsFiles: the flow with what it includes, the trunks and the recordings of
// prompts come back to where settings name them, and where something is there, beside.
func TestOperatorsFiles(t *testing.T) {
	t.Parallel()
	h, own := newHouse(t), t.TempDir()
	h.Flow, h.Trunks, h.Prompts = filepath.Join(own, "flow.yaml"), filepath.Join(own, "trunks.yaml"), filepath.Join(own, "spoken")
	texts := map[string]string{h.Flow: "version: 1\nlanguage: en\nperson: support\ninclude: [more/queues.yaml]\nnumbers: {\"100\": support}\nnodes: {support: {queue: support}}\n",
		filepath.Join(own, "more", "queues.yaml"): "queues: {support: {}}\n", h.Trunks: "trunks: {}\n", filepath.Join(h.Prompts, "en", "main.wav"): "welcome"}
	for path, text := range texts {
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, []byte(text), 0o600))
	}
	program := exec.Command("sleep", "60") // runs in another folder than the backup
	program.Dir = own
	must(t, program.Start())
	t.Cleanup(func() { _ = program.Process.Kill(); _ = program.Wait() })
	h.put("pids/serve", fmt.Sprint(program.Process.Pid))
	h.Trunks = "trunks.yaml"
	made := h.mustBackup(Options{})
	if len(made.Absent) > 0 {
		t.Errorf("said not to be there: %v", made.Absent)
	}
	e, there := h.empty(), t.TempDir()
	e.Flow, e.Trunks, e.Prompts = filepath.Join(there, "flow.yaml"), filepath.Join(there, "taken", "trunks.yaml"), filepath.Join(there, "spoken")
	must(t, os.MkdirAll(filepath.Dir(e.Trunks), 0o700))
	must(t, os.WriteFile(e.Trunks, []byte("of this machine"), 0o600))
	done, err := Restore(context.Background(), Restoration{Dir: made.Dir, Settings: e.Settings, Keys: []age.Identity{h.key}, WithoutSecrets: true})
	must(t, err)
	for path, want := range map[string]string{e.Flow: texts[h.Flow], filepath.Join(there, "more", "queues.yaml"): "queues: {support: {}}\n",
		e.Trunks: "of this machine", e.Path("restored/trunks/trunks.yaml"): "trunks: {}\n", filepath.Join(e.Prompts, "en", "main.wav"): "welcome"} {
		if text, _ := os.ReadFile(path); string(text) != want {
			t.Errorf("%s is %q, want %q", path, text, want)
		}
	}
	h.Flow, h.Archive = "/nowhere/flow.yaml", h.Path("archive")
	if made := h.mustBackup(Options{}); fmt.Sprint(made.Absent) != "[/nowhere/flow.yaml]" {
		t.Errorf("without its flow file the house lacks %v", made.Absent)
	}
	h.Archive = "/nowhere/archive"
	if _, err := h.backup(Options{}); err == nil || !strings.Contains(err.Error(), "PRESSZERO_ARCHIVE") {
		t.Errorf("without its archive: %v", err)
	}
	if len(done.Beside) != 1 || done.Beside[0] != e.Path("restored/trunks") {
		t.Errorf("said to be beside: %v", done.Beside)
	}
}

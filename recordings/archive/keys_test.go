package archive

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
)

// TestKeysMadeOnce: the second start finds those of the first, and all but the owner is
// kept out.
func TestKeysMadeOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	k, made, err := MakeKeys(dir, noon)
	if err != nil || !made || !k.RecoveryHere() {
		t.Fatal(made, err)
	}
	first := must(k.Fingerprint())
	if _, made, err := MakeKeys(dir, noon); err != nil || made || must(k.Fingerprint()) != first {
		t.Error(made, err)
	}
	if missing, err := k.Missing(); missing != "" || err != nil {
		t.Error(missing, err)
	}
	files, _ := k.identityFiles()
	for _, file := range append(files, k.RecoveryFile(), filepath.Join(dir, "recipients")) {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "recipients")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := MakeKeys(dir, noon); !errors.Is(err, ErrKeys) {
		t.Errorf("new keys in the place of lost ones: %v", err)
	}
}

// TestRotated: what was kept before opens with the old key, and what is kept after with
// the new key alone.
func TestRotated(t *testing.T) {
	a := empty(t)
	before := keep(t, a, "before", sound(1000))
	old, _ := a.Keys.identityFiles()
	if _, err := a.Keys.Rotate(noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	after := keep(t, a, "after", sound(2000))
	if before.Key == after.Key {
		t.Error("the key is the same")
	}
	for _, id := range []string{"before", "after"} {
		if !bytes.Equal(heard(t, a, id), sound(map[string]int{"before": 1000, "after": 2000}[id])) {
			t.Errorf("%s: not what was kept", id)
		}
	}
	if err := os.Remove(old[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Open(t.Context(), "before"); !errors.Is(err, ErrLocked) {
		t.Errorf("without the old key: %v", err)
	}
	heard(t, a, "after")
}

// TestLostKey: without the server's key things are written as before, and the recovery
// key opens them; the wrong key opens nothing.
func TestLostKey(t *testing.T) {
	a := empty(t)
	keep(t, a, "before", sound(1000))
	recovery, err := ReadIdentities(a.Keys.RecoveryFile())
	if err != nil {
		t.Fatal(err)
	}
	files, _ := a.Keys.identityFiles()
	for _, file := range append(files, a.Keys.RecoveryFile()) { // the one lost, the other in a safe
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	if missing, err := a.Keys.Missing(); missing != must(a.Keys.Fingerprint()) || err != nil {
		t.Errorf("the loss is not told: %q, %v", missing, err)
	}
	keep(t, a, "after", sound(2000))
	wrong := must(age.GenerateX25519Identity())
	for id, n := range map[string]int{"before": 1000, "after": 2000} {
		for _, with := range [][]age.Identity{nil, {wrong}} {
			if _, err := a.OpenWith(t.Context(), id, with); !errors.Is(err, ErrLocked) {
				t.Errorf("%s with %d wrong keys: %v", id, len(with), err)
			}
		}
		s, err := a.OpenWith(t.Context(), id, recovery)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if b, err := io.ReadAll(s); err != nil || !bytes.Equal(b, sound(n)) {
			t.Errorf("%s: %d bytes, %v", id, len(b), err)
		}
		s.Close()
	}
	if _, err := a.Keys.Rotate(noon); err != nil {
		t.Fatal(err)
	}
	if missing, err := a.Keys.Missing(); missing != "" || err != nil {
		t.Errorf("after a new key: %q, %v", missing, err)
	}
}

// TestOwnRecoveryKey: its secret half need never have been on this machine.
func TestOwnRecoveryKey(t *testing.T) {
	a := empty(t)
	safe := must(age.GenerateX25519Identity())
	server := must(a.Keys.recipients())[0]
	for _, bad := range []string{"", "age1notakey", server} {
		if err := a.Keys.SetRecovery(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if err := a.Keys.SetRecovery(safe.Recipient().String()); err != nil {
		t.Fatal(err)
	}
	keep(t, a, id, sound(1000))
	s, err := a.OpenWith(t.Context(), id, []age.Identity{safe})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

// TestByHand: header and body one after the other are a file of age's command line tool,
// whatever becomes of this program.
func TestByHand(t *testing.T) {
	a := empty(t)
	keep(t, a, id, sound(70_000))
	e := must(a.Entry(id))
	body := must(os.ReadFile(filepath.Join(a.Local.Dir, must(a.name(id, ".age")))))
	with := must(a.Keys.Identities())
	r, err := age.Decrypt(io.MultiReader(bytes.NewReader(e.Sound.Header), bytes.NewReader(body)), with...)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(r); err != nil || !bytes.Equal(plain, sound(70_000)) {
		t.Errorf("%d bytes, %v", len(plain), err)
	}
	if _, err := age.Decrypt(bytes.NewReader(body), with...); err == nil {
		t.Error("a body opens without its header")
	}
	if len(e.Sound.Header) > 300 {
		t.Errorf("a header takes %d bytes", len(e.Sound.Header))
	}
}

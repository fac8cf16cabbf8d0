package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"filippo.io/age"
)

// opened are the ids, of some, that keys open, whole, with their peaks.
func opened(t *testing.T, a *Archive, with []age.Identity, ids ...string) (open []string) {
	t.Helper()
	for _, id := range ids {
		s, err := a.OpenWith(t.Context(), id, with)
		switch {
		case errors.Is(err, ErrLocked):
			continue
		case err != nil:
			t.Fatalf("%s: %v", id, err)
		}
		s.Close()
		e := must(a.Entry(id))
		p, err := a.open(t.Context(), e, *e.Peaks, ".peaks.age", with)
		if err != nil {
			t.Fatalf("peaks of %s: %v", id, err)
		}
		p.Close()
		open = append(open, id)
	}
	return open
}

func rekeyed(t *testing.T, a *Archive, with []age.Identity, want string) {
	t.Helper()
	r, err := a.Rekey(t.Context(), with, nil)
	slices.Sort(r.Locked)
	if got := fmt.Sprint(r.Done, r.Before, r.Locked); err != nil || got != want {
		t.Errorf("done, before, locked: %s, %v; want %s", got, err, want)
	}
}

// TestRekeyAfterTheft: after a rotation the stolen key opens nothing that is in the index,
// the new one and that of recovery open all, and no body was touched. What the thief has
// copied of the index stays open to him.
func TestRekeyAfterTheft(t *testing.T) {
	a, plain := empty(t), sound(70_000)
	keep(t, a, "first", plain)
	keep(t, a, "second", plain)
	stolen, recovery := must(a.Keys.Identities()), must(ReadIdentities(a.Keys.RecoveryFile()))
	copied := filepath.Join(t.TempDir(), "index")
	if err := os.CopyFS(copied, os.DirFS(a.Index)); err != nil {
		t.Fatal(err)
	}
	old, _ := a.Keys.identityFiles()
	must(a.Keys.Rotate(noon.Add(time.Hour)))
	keep(t, a, "third", plain)
	all, before := []string{"first", "second", "third"}, bodies(t, a)
	if open := opened(t, a, stolen, all...); len(open) != 2 {
		t.Fatalf("before, the stolen key opens %v", open)
	}
	if got, want := must(a.Rekeying(t.Context())), fmt.Sprint("{2 [", Fingerprint(stolen[0].(*age.X25519Identity).Recipient().String()), "] [", must(a.Keys.Fingerprint()), " ", Fingerprint(recovery[0].(*age.X25519Identity).Recipient().String()), "]}"); fmt.Sprint(got) != want {
		t.Errorf("it is about to do %v, want %s", got, want)
	}
	rekeyed(t, a, must(a.Keys.Identities()), "2 1 []")
	if got := must(a.Rekeying(t.Context())); got.Entries > 0 || len(got.From) > 0 {
		t.Errorf("afterwards it is about to do %v", got)
	}
	rekeyed(t, a, must(a.Keys.Identities()), "0 3 []")
	if err := os.Remove(old[0]); err != nil {
		t.Fatal(err)
	}
	if open := opened(t, a, stolen, all...); len(open) > 0 {
		t.Errorf("the stolen key opens %v", open)
	}
	if open := opened(t, a, recovery, all...); len(open) != 3 {
		t.Errorf("the recovery key opens %v", open)
	}
	for _, id := range all {
		if !bytes.Equal(heard(t, a, id), plain) {
			t.Errorf("%s: not what was kept", id)
		}
		if peaks, err := a.Peaks(t.Context(), id); err != nil || !bytes.Equal(peaks[1], []byte{4, 5, 6}) {
			t.Errorf("peaks of %s: %v, %v", id, peaks, err)
		}
	}
	for name, body := range bodies(t, a) {
		if !bytes.Equal(body, before[name]) {
			t.Errorf("the body %s has changed", name)
		}
	}
	if f, err := a.Verify(t.Context(), Share{Of: 1}, noon); err != nil || f.Checked != 6 || len(f.Damaged)+len(f.Missing)+len(f.Strange) > 0 {
		t.Errorf("%+v, %v", f, err)
	}
	thief := Archive{Kind: a.Kind, Index: copied, Local: a.Local}
	if open := opened(t, &thief, stolen, "first", "second"); len(open) != 2 {
		t.Errorf("with the headers that he has copied the thief opens %v, and the docs say all of them", open)
	}
}

// TestRekeyRecovery: a stolen recovery key is replaced for what was kept before, too.
func TestRekeyRecovery(t *testing.T) {
	a := empty(t)
	keep(t, a, id, sound(1000))
	stolen, safe := must(ReadIdentities(a.Keys.RecoveryFile())), must(age.GenerateX25519Identity())
	if err := a.Keys.SetRecovery(safe.Recipient().String()); err != nil {
		t.Fatal(err)
	}
	rekeyed(t, a, must(a.Keys.Identities()), "1 0 []")
	if open := opened(t, a, stolen, id); len(open) > 0 {
		t.Error("the stolen key opens it")
	}
	if open := opened(t, a, []age.Identity{safe}, id); len(open) != 1 || !bytes.Equal(heard(t, a, id), sound(1000)) {
		t.Error("the new recovery key, or the server's, does not open it")
	}
}

// TestRekeyLost: without the server's key nothing is done until there is a new one; then
// what nobody can open stays as it is, and the recovery key gives it to the new one.
func TestRekeyLost(t *testing.T) {
	a := empty(t)
	keep(t, a, "before", sound(1000))
	recovery := must(ReadIdentities(a.Keys.RecoveryFile()))
	lost, _ := a.Keys.identityFiles()
	if err := os.Remove(lost[0]); err != nil {
		t.Fatal(err)
	}
	if r, err := a.Rekey(t.Context(), recovery, nil); !errors.Is(err, ErrKeys) || r.Done > 0 {
		t.Errorf("without the server's key: %+v, %v", r, err)
	}
	must(a.Keys.Rotate(noon))
	was := must(a.Entry("before"))
	keep(t, a, "after", sound(1000))
	rekeyed(t, a, must(a.Keys.Identities()), "0 1 [before]")
	if is := must(a.Entry("before")); !bytes.Equal(is.Sound.Header, was.Sound.Header) || is.Key != was.Key {
		t.Error("what was not opened has changed")
	}
	rekeyed(t, a, recovery, "1 1 []")
	if !bytes.Equal(heard(t, a, "before"), sound(1000)) {
		t.Error("not what was kept")
	}
}

// TestRekeyAndRemoval: what is removed meanwhile does not come back, and what is being kept
// with the keys of before is not passed over.
func TestRekeyAndRemoval(t *testing.T) {
	a := empty(t)
	var ids []string
	for n := range 40 {
		ids = append(ids, fmt.Sprintf("talk%d", n))
		keep(t, a, ids[n], sound(10))
	}
	begun, held := make(chan struct{}), make(chan struct{})
	late := make(chan error)
	go func() {
		_, err := a.Keep(t.Context(), "late", pausing{bytes.NewReader(sound(10)), begun, held}, Meta{})
		late <- err
	}()
	<-begun
	must(a.Keys.Rotate(noon))
	done := make(chan Rekeyed)
	go func() {
		r, err := a.Rekey(t.Context(), must(a.Keys.Identities()), nil)
		if err != nil {
			t.Error(err)
		}
		done <- r
	}()
	close(held)
	if err := <-late; err != nil {
		t.Error(err)
	}
	for _, id := range ids[:20] {
		if err := a.Remove(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	r := <-done
	for _, id := range ids[:20] {
		if _, err := a.Entry(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is back: %v", id, err)
		}
	}
	if e := must(a.Entry("late")); e.Key != must(a.Keys.Fingerprint()) || r.Done < 21 {
		t.Errorf("%d were done, and what was being kept is for the key %s", r.Done, e.Key)
	}
}

// pausing is a sound that begins, and goes on when it is told to.
type pausing struct {
	*bytes.Reader
	begun, goOn chan struct{}
}

func (p pausing) Read(b []byte) (int, error) {
	if p.Len() > 0 {
		close(p.begun)
		<-p.goOn
	}
	return p.Reader.Read(b)
}

const rekeyFolder = "PRESSZERO_TEST_REKEY"

// TestRekeyKilled: killed anywhere, each entry opens as before or anew, and a second run
// does the rest.
func TestRekeyKilled(t *testing.T) {
	if dir := os.Getenv(rekeyFolder); dir != "" { // the one that is killed
		a := archiveIn(dir)
		_, _ = a.Rekey(t.Context(), must(a.Keys.Identities()), nil)
		return
	}
	a := empty(t)
	const all = 300
	for n := range all {
		keep(t, a, fmt.Sprintf("talk%d", n), sound(10))
	}
	stolen := must(a.Keys.Identities())
	must(a.Keys.Rotate(noon))
	cmd := exec.Command(os.Args[0], "-test.run=^TestRekeyKilled$")
	cmd.Env = append(os.Environ(), rekeyFolder+"="+filepath.Dir(a.Index))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := func() (n int) {
		for e, err := range a.Entries(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Key == must(a.Keys.Fingerprint()) {
				n++
			}
		}
		return n
	}
	for end := time.Now().Add(20 * time.Second); done() < 10 && time.Now().Before(end); {
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	first := done()
	if first < 10 || first == all {
		t.Fatalf("%d of %d were done when it was killed; nothing is shown by it", first, all)
	}
	for n := range all {
		heard(t, a, fmt.Sprintf("talk%d", n))
	}
	if left := must(a.Rekeying(t.Context())); left.Entries != all-first || len(left.From) != 1 {
		t.Errorf("after %d of %d, it is about to do %v", first, all, left)
	}
	rekeyed(t, a, must(a.Keys.Identities()), fmt.Sprint(all-first, first, []string(nil)))
	for n := range all {
		if open := opened(t, a, stolen, fmt.Sprintf("talk%d", n)); len(open) > 0 {
			t.Fatalf("the old key opens %v", open)
		}
	}
}

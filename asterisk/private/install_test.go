package private

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestInstallAgain(t *testing.T) {
	first, err := Install(t.Context(), "", func(what string) { t.Log(what) })
	if err != nil {
		t.Fatal(err)
	}
	second, err := Install(t.Context(), "", func(what string) { t.Errorf("the second install works: %s", what) })
	if err != nil || second != first {
		t.Errorf("Install = %+v, %v, want %+v", second, err, first)
	}
	if tunes, _ := filepath.Glob(filepath.Join(first.Music, "*.ulaw")); len(tunes) < 3 {
		t.Errorf("music: %q", tunes)
	}
}

// Several installs at once into one empty cache: one fetches, all are served,
// and nothing half-made stays.
func TestInstallAtOnce(t *testing.T) {
	fetched := fakeFetch(t, "")
	cache := t.TempDir()
	if err := os.MkdirAll(filepath.Join(unpackedDir(cache)+".new", "rubble"), 0o755); err != nil {
		t.Fatal(err) // as an interrupted install leaves it
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if root, err := Install(t.Context(), cache, nil); err != nil || root.Dir != unpackedDir(cache) {
				t.Errorf("Install = %+v, %v", root, err)
			}
		})
	}
	wg.Wait()
	if n := len(fetched()); n != 1 {
		t.Errorf("fetched %d times, want once", n)
	}
	if rubble, _ := filepath.Glob(filepath.Join(cache, "*.new*")); len(rubble) > 0 {
		t.Errorf("left behind: %q", rubble)
	}

	// A damaged cache is mended.
	if err := os.Remove(filepath.Join(unpackedDir(cache), "usr/sbin/asterisk")); err != nil {
		t.Fatal(err)
	}
	if _, err := Install(t.Context(), cache, nil); err != nil {
		t.Error(err)
	}
	if n := len(fetched()); n != 2 {
		t.Errorf("fetched %d times, want a second time to mend it", n)
	}
}

func TestInstallFails(t *testing.T) {
	fakeFetch(t, "echo 'E: mirror not reachable' >&2; exit 1\n")
	cache := t.TempDir()
	_, err := Install(t.Context(), cache, nil)
	if err == nil || !strings.Contains(err.Error(), "mirror not reachable") {
		t.Errorf("want what mmdebstrap said, got %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	_, err = Install(t.Context(), cache, nil)
	if err == nil || !strings.Contains(err.Error(), "install the Debian package mmdebstrap") {
		t.Errorf("want what to install, got %v", err)
	}

	// Waiting for another install ends with the context.
	unlock, err := takeLock(t.Context(), filepath.Join(cache, "asterisk.lock"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	told := false
	_, err = Install(ctx, cache, func(string) { told = true })
	if !errors.Is(err, context.DeadlineExceeded) || !told {
		t.Errorf("waiting for the lock: %v, told %v", err, told)
	}
}

// fakeFetch puts an mmdebstrap before the real one that needs no network: it
// runs the given script, then copies the Asterisk that is already installed.
// fetched returns one line for each time it was run.
func fakeFetch(t *testing.T, script string) (fetched func() []string) {
	t.Helper()
	hostDir = "/nowhere"
	t.Cleanup(func() { hostDir = "/" })
	root, err := Install(t.Context(), "", func(what string) { t.Log(what) })
	if err != nil {
		t.Fatal(err)
	}
	cp, err := exec.LookPath("cp")
	if err != nil {
		t.Fatal(err)
	}
	bin, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	script = "#!/bin/sh\necho \"$@\" >>" + log + "\n" + script + `
for dir; do case "$dir" in /*.new) exec ` + cp + ` -rs ` + root.Dir + ` "$dir";; esac; done
`
	if err := os.WriteFile(filepath.Join(bin, "mmdebstrap"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	return func() []string {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
}

func TestParseVersion(t *testing.T) {
	for _, test := range []struct {
		said, want string
		tooOld     bool
	}{
		{"Asterisk 22.10.1+dfsg+~cs6.17.60671434-1\n", "22.10.1", false},
		{"Asterisk 23.0.0", "23.0.0", false},
		{"Asterisk 22.10.0", "22.10.0", true},
		{"Asterisk certified/22.8-cert1", "22.8.0", true},
		{"Asterisk 20.1.0~dfsg", "20.1.0", true},
	} {
		v, ok := parseVersion(test.said)
		if !ok || v.String() != test.want || v.before(minVersion) != test.tooOld {
			t.Errorf("parseVersion(%q) = %v, %v, too old %v", test.said, v, ok, v.before(minVersion))
		}
	}
	if _, ok := parseVersion("command not found"); ok {
		t.Error("a version was found in an error message")
	}
}

func TestChooseMirror(t *testing.T) {
	const updated = "http://mirror.example/debian-security/\tbookworm-security\tmain\tDebian\tDebian-Security\n" +
		"https://shop.example/debian/\tstable\tmain\tShop\tShop\n" +
		"http://mirror.example/debian/\tbookworm\tmain\tDebian\tDebian\n"
	const fresh = "http://mirror.example/debian-security/\tbookworm-security\tmain\t$(ORIGIN)\t$(LABEL)\n" +
		"http://mirror.example/debian/\tbookworm\tmain\t$(ORIGIN)\t$(LABEL)\n"
	for targets, want := range map[string]string{
		updated: "http://mirror.example/debian/",
		fresh:   "http://mirror.example/debian/",
		"http://mirror.example/ubuntu/\tnoble\tmain\tUbuntu\tUbuntu\n": "",
		"": "",
	} {
		if got := chooseMirror(targets); got != want {
			t.Errorf("chooseMirror(%q) = %q, want %q", targets, got, want)
		}
	}
}

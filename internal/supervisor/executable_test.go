package supervisor

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// install puts a program that says what at path.
func install(t *testing.T, path, what string) {
	t.Helper()
	must(t, os.WriteFile(path+".new", []byte("#!/bin/sh\necho "+what+"\n"), 0o755))
	must(t, os.Rename(path+".new", path)) // as install(1) does, which leaves the old file to who has it
}

func says(t *testing.T, x *executable) string {
	t.Helper()
	out, err := exec.Command(x.path).Output()
	must(t, err)
	return strings.TrimSpace(string(out))
}

// TestTheProgramInForce: it stays what it was when another is installed in its
// place, and a new one that does not last gives way to the one before, once.
func TestTheProgramInForce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "program")
	programs := executables{dir: filepath.Join(dir, "links")}
	defer programs.closeAll()
	install(t, path, "one")
	one, err := programs.open(path)
	must(t, err)
	programs.put(one)
	if programs.goBack() {
		t.Error("went back from the first")
	}
	install(t, path, "two")
	if got := says(t, programs.current()); got != "one" {
		t.Errorf("%q runs without having been tried", got)
	}
	two, err := programs.open(path)
	must(t, err)
	programs.put(two)
	if got := says(t, programs.current()); got != "two" || filepath.Base(two.path) != "presszero" {
		t.Errorf("%s says %q", two.path, got)
	}
	if !programs.goBack() || says(t, programs.current()) != "one" {
		t.Error("did not go back to what worked")
	}
	if programs.goBack() {
		t.Error("went back twice")
	}
	programs.put(one)
	programs.since = programs.since.Add(-2 * trial)
	if programs.goBack() {
		t.Error("went back from a program that has stood its trial")
	}
}

// TestReplacedPart: a part is replaced while it runs, and while it cannot be
// started again; what was put in its place is kept up.
func TestReplacedPart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	fails := make(chan struct{}, 1)
	first, err := newSleeper()
	must(t, err)
	starts := 0
	k, err := keep(ctx, part{name: "sleeper", start: func(context.Context) (process, error) {
		if starts++; starts == 1 {
			return first, nil
		}
		select {
		case fails <- struct{}{}:
		default:
		}
		return nil, os.ErrNotExist
	}}, t.TempDir(), t.Logf)
	must(t, err)
	swap := func() process {
		var fresh process
		must(t, k.replace(soon(t), func(was process) process {
			was.Stop()
			fresh, err = newSleeper()
			must(t, err)
			return fresh
		}))
		return fresh
	}
	second := swap()
	second.Stop()
	select {
	case <-fails: // it is tried to start it again, in vain
	case <-soon(t).Done():
		t.Fatal("not started again")
	}
	third := swap()
	if third == second || ended(third) {
		t.Error("nobody stands")
	}
	cancel()
	<-k.done
	if !ended(third) {
		t.Error("the last was not stopped")
	}
}

package wholetest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"presszero/internal/chaos"
)

// TestBadDays plays the modes of `presszero chaos` in which one of the parts
// fails with callers there: all that are quick, and the first with callers in
// every state. `presszero chaos --all` plays the others too, and longer.
func TestBadDays(t *testing.T) {
	t.Parallel()
	t.Run("one after the other", func(t *testing.T) {
		t.Parallel()
		badDays(t, "--mode", strings.Join([]string{
			"caller-gone-ringing", "caller-gone-at-accept", "agent-reloads", "agent-does-not-answer", "keys-in-the-gap",
			"flow-broken", "postgres-served-without", "media-killed-in-talk", "asterisk-killed",
		}, ","))
	})
	t.Run("the one that takes long", func(t *testing.T) {
		t.Parallel()
		badDays(t, "--mode", "controller-hung")
	})
	for _, mode := range []string{"trunk-503", "registration-lost"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			badDays(t, "--mode", mode, "--callers", "8")
		})
	}
	t.Run("in every state", func(t *testing.T) {
		t.Parallel()
		badDays(t, "--mode", "controller-killed", "--callers", "10", "--rounds", "1")
	})
}

// badDays runs the program and fails for each row that is red.
func badDays(t *testing.T, args ...string) {
	dir, err := os.MkdirTemp("", "pz") // t.TempDir's names are too long for Unix sockets
	must(t, err)
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, built, append([]string{"chaos", "--json", "--from", usedState(t)}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	rows := 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); rows++ {
		var r chaos.Row
		must(t, json.Unmarshal(lines.Bytes(), &r))
		t.Logf("%s: %d callers, silence %s, lost %d, doubled %d, back after %s; %.0f s %s", r.Mode, r.Callers, r.Silence, r.Lost, r.Doubled, r.Back,
			r.Seconds, strings.Join(r.Notes, "; "))
		for _, why := range r.Why {
			t.Errorf("%s (seed %d): %s", r.Mode, r.Seed, why)
		}
	}
	if err != nil || rows == 0 {
		t.Errorf("after %d rows: %v\n%s", rows, err, complaints.String())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left behind are %v", left)
	}
}

// TestChaosInterrupted: Ctrl-C in the middle of it leaves nothing behind, not
// even a part that stands still.
func TestChaosInterrupted(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "pz")
	must(t, err)
	defer os.RemoveAll(dir)
	b := &building{TB: t}
	cmd := exec.Command(built, "chaos", "--from", usedState(t), "--mode", "controller-hung")
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	must(t, cmd.Start())
	defer cmd.Process.Kill()
	stopped := func() bool {
		found, _ := filepath.Glob(filepath.Join(dir, "*", "pids", "serve"))
		if len(found) != 1 {
			return false
		}
		b.dir = filepath.Dir(filepath.Dir(found[0]))
		pid, err := b.pidNow("serve")
		if err != nil {
			return false
		}
		stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		return bytes.Contains(stat, []byte(") T "))
	}
	b.wait(3*time.Minute, "the controller stands still", stopped)
	var pids []int
	for _, name := range []string{"serve", "media", "asterisk", "postgres"} {
		pids = append(pids, b.pid(name))
	}
	must(t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait() // it says that it was interrupted
	for _, pid := range pids {
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("process %d is left behind", pid)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left behind are %v", left)
	}
}

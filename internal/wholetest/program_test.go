package wholetest

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"presszero/internal/chaos"
	"presszero/internal/settings"
	"presszero/internal/starttest"
)

// The tests of this package run the program as an operator does: the built
// binary, a real Asterisk, a real Postgres, callers by SIP. Nothing is faked.

// built is the path of the built program.
var built string

func TestMain(m *testing.M) {
	// A program built with the race detector sleeps for a second before it ends,
	// which for a caller whose voice process is replaced is a second of nothing.
	os.Setenv("GORACE", "atexit_sleep_ms=10")
	dir, err := os.MkdirTemp("", "pz")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	built = filepath.Join(dir, "presszero")
	args := []string{"build", "-o", built}
	if raceEnabled {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "../../cmd/presszero")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "the program cannot be built: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.RemoveAll(used.dir)
	closeBooks()
	os.Exit(code)
}

// used is the state of a program that was started once and stopped. Speaking
// the prompts, setting up Postgres and hashing the first passwords takes eight
// seconds of processor time at each first start, so most tests begin with a
// copy of what these left; TestFirstCall and the tests of the start do not.
var used struct {
	once sync.Once
	dir  string
}

// copyUsed puts a copy into dir.
func copyUsed(t testing.TB, dir string) {
	t.Helper()
	must(t, chaos.CopyState(t.Context(), usedState(t), dir))
}

// usedState is the state folder of a program that has been used before.
func usedState(t testing.TB) string {
	t.Helper()
	used.once.Do(func() {
		b := newBuilding(t)
		used.dir = b.dir
		b.open()
		b.stop()
	})
	if _, err := os.Stat(filepath.Join(used.dir, "postgres", "data")); err != nil {
		t.Fatal("there is no state to copy; its program did not start: ", err)
	}
	return used.dir
}

// sipIP is where calls come in. Other packages' tests run beside ours, with
// callers who go on dialling an Asterisk of theirs that is gone; on an address
// of our own they cannot dial ours, should it have got the same port.
const sipIP = "127.0.0.7"

// building is one running `presszero up`.
type building struct {
	testing.TB
	cmd      *exec.Cmd
	env      []string
	gone     <-chan error    // how it has ended
	read     <-chan struct{} // closed when all that it printed is read
	out      *bytes.Buffer   // what it printed; read after the end only
	settings map[string]string
	db       *sql.DB
	web, sip string
	dir      string
}

// build starts a program that has been used before, on free ports, and waits
// until it is ready. When the test ends it is stopped as by Ctrl-C, and must
// leave nothing behind.
func build(t testing.TB, env ...string) *building {
	t.Helper()
	b := newBuilding(t, env...)
	t.Cleanup(b.tearDown)
	copyUsed(t, b.dir)
	b.open()
	return b
}

// buildNew is build for a program that starts for the first time.
func buildNew(t testing.TB, env ...string) *building {
	t.Helper()
	b := newBuilding(t, env...)
	t.Cleanup(b.tearDown)
	b.open()
	return b
}

// newBuilding makes the state folder and the environment of a program.
func newBuilding(t testing.TB, env ...string) *building {
	t.Helper()
	dir, err := os.MkdirTemp("", "pz") // t.TempDir's names are too long for Unix sockets
	if err != nil {
		t.Fatal(err)
	}
	b := &building{TB: t, dir: dir, out: &bytes.Buffer{}, settings: map[string]string{}}
	// The RTP ports lie below those that the kernel gives to callers (32768 on):
	// a port tells the wiretap on which side a packet is.
	b.env = append(os.Environ(), append([]string{"PRESSZERO_STATE_DIR=" + dir, "PRESSZERO_HTTP_ADDR=127.0.0.1:0",
		"PRESSZERO_SIP_ADDR=" + sipIP + ":0", "PRESSZERO_RTP_PORTS=28000-32000"}, env...)...)
	return b
}

// open starts the program and waits until it is ready.
func (b *building) open() {
	b.Helper()
	b.cmd = exec.Command(built, "up")
	b.cmd.Env = b.env
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	stdout, err := b.cmd.StdoutPipe()
	must(b, err)
	b.cmd.Stderr = b.cmd.Stdout
	b.gone = b.start()
	ready := make(chan string, 1)
	read := make(chan struct{})
	b.read = read
	go func() {
		defer close(read)
		defer close(ready)
		lines := bufio.NewScanner(io.TeeReader(stdout, b.out))
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "presszero ready ") {
				ready <- lines.Text()
			}
		}
	}()
	select {
	case line, ok := <-ready:
		if !ok {
			b.Fatalf("it ended before it was ready:\n%s", b.out)
		}
		if _, err := fmt.Sscanf(line, "presszero ready web=%s sip=%s", &b.web, &b.sip); err != nil {
			b.Fatalf("the ready line is %q: %v", line, err)
		}
	case <-time.After(2 * time.Minute):
		b.Fatal("not ready after two minutes")
	}
	b.readEnv()
	b.db, err = sql.Open("postgres", b.settings["PRESSZERO_DATABASE_URL"])
	must(b, err)
}

// dies is the end of the machine: every process is killed at once.
func (b *building) dies() {
	b.Helper()
	var pids []int
	for _, name := range []string{"serve", "media", "asterisk", "postgres"} {
		pids = append(pids, b.pid(name))
	}
	for _, pid := range append(pids, b.cmd.Process.Pid) {
		must(b, syscall.Kill(pid, syscall.SIGKILL))
	}
	<-b.gone
	<-b.read
	b.db.Close()
	b.wait(10*time.Second, "the machine is dead", func() bool {
		return !slices.ContainsFunc(pids, func(pid int) bool { return syscall.Kill(pid, 0) == nil })
	})
}

// in is the same building, whose complaints go to a subtest.
func (b *building) in(t testing.TB) *building {
	sub := *b
	sub.TB = t
	return &sub
}

func (b *building) readEnv() {
	text, err := os.ReadFile(filepath.Join(b.dir, "env"))
	if err != nil {
		b.Fatal(err)
	}
	b.settings = settings.ReadEnvFile(string(text))
}

// start starts the program and tells when it has ended, and how. The kernel
// sends Pdeathsig when the thread that started a child ends, so that thread is
// kept for as long as the child lives.
func (b *building) start() (gone <-chan error) {
	b.Helper()
	started, ended := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := b.cmd.Start()
		started <- err
		if err == nil {
			ended <- waitOnly(b.cmd)
		}
	}()
	must(b, <-started)
	return ended
}

// waitOnly waits for the process and leaves its output to who reads it.
func waitOnly(cmd *exec.Cmd) error {
	state, err := cmd.Process.Wait()
	if err == nil && !state.Success() {
		err = errors.New(state.String())
	}
	return err
}

// tearDown stops the program and takes away its state.
func (b *building) tearDown() {
	if b.cmd != nil && b.cmd.Process != nil {
		b.stop()
	}
	os.RemoveAll(b.dir)
}

// stop stops the program as Ctrl-C does and looks for what it left.
func (b *building) stop() {
	if b.db != nil {
		b.db.Close()
	}
	var pids []int
	for _, name := range []string{"serve", "media", "asterisk", "postgres"} {
		if pid, err := b.pidNow(name); err == nil {
			pids = append(pids, pid)
		}
	}
	_ = b.cmd.Process.Signal(os.Interrupt)
	select {
	case err := <-b.gone:
		<-b.read
		if err != nil {
			b.Errorf("Ctrl-C: it ended with %v", err)
		}
	case <-time.After(30 * time.Second):
		b.Error("Ctrl-C: still there after 30 s")
		_ = b.cmd.Process.Kill()
		<-b.gone
	}
	for _, pid := range pids {
		if syscall.Kill(pid, 0) == nil {
			b.Errorf("process %d is left behind", pid)
		}
	}
	for _, name := range []string{"serve", "media"} {
		log, _ := os.ReadFile(filepath.Join(b.dir, "log", name+".log"))
		if i := bytes.Index(log, []byte("DATA RACE")); i >= 0 {
			b.Errorf("%s has a data race:\n%s", name, log[max(0, i-100):min(len(log), i+4000)])
		}
		for _, bad := range []string{"a decision failed", "panic:"} {
			if i := bytes.Index(log, []byte(bad)); i >= 0 {
				b.Errorf("%s: %s", name, log[i:min(len(log), i+3000)])
			}
		}
		if b.Failed() {
			b.Logf("end of the log of %s:\n%s", name, log[max(0, len(log)-6000):])
		}
	}
	if b.Failed() {
		b.Logf("it printed:\n%s", b.out)
	}
}

// pidNow returns the id of a part's process.
func (b *building) pidNow(name string) (int, error) {
	text, err := os.ReadFile(filepath.Join(b.dir, "pids", name))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

func (b *building) pid(name string) int {
	b.Helper()
	pid, err := b.pidNow(name)
	if err != nil {
		b.Fatal(err)
	}
	return pid
}

// kill kills a part as a crash does, and returns when another stands in its place.
func (b *building) kill(name string) {
	b.Helper()
	old := b.pid(name)
	if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
		b.Fatal(err)
	}
	b.wait(10*time.Second, name+" stands again", func() bool {
		pid, err := b.pidNow(name)
		return err == nil && pid != old
	})
}

// wait polls for something that another process does.
func (b *building) wait(limit time.Duration, what string, ok func() bool) {
	b.Helper()
	waitFor(b, limit, what, ok)
}

// waitFor polls for something that another process does.
func waitFor(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("after %s still not: %s", limit, what)
		}
		time.Sleep(10 * time.Millisecond) // another process does it; there is nothing to be told by
	}
}

// ready waits until calls can come.
func (b *building) ready() {
	b.Helper()
	b.wait(20*time.Second, "ready", func() bool {
		resp, err := http.Get(b.web + "/readyz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// soon bounds what should happen within moments, on a machine that does a lot
// else. What is promised in fewer seconds is measured, not bounded by it.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

var must = starttest.Must

// beatCeases waits until Asterisk no longer believes in a controller that hangs.
func (b *building) beatCeases() {
	b.Helper()
	b.wait(20*time.Second, "the beat has ceased", func() bool {
		var beat struct{ Value string }
		must(b, b.askARI("/asterisk/variable?variable=PZ_BEAT", &beat))
		at, err := strconv.ParseInt(beat.Value, 10, 64)
		must(b, err)
		// More than 6 s of the whole seconds that Asterisk counts with, and a
		// moment for its clock, which is coarser than ours.
		return time.Since(time.Unix(at, 0)) > 7500*time.Millisecond
	})
}

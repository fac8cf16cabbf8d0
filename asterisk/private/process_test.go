package private_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"presszero/asterisk/private"
	"presszero/internal/privatetest"
)

func TestStopLeavesNothing(t *testing.T) {
	t.Parallel()
	pbx := privatetest.Start(t)
	config := pbx.Config()
	if out, err := pbx.CLI(t.Context(), "core show version"); err != nil || !strings.Contains(out, "Asterisk 22.") {
		t.Errorf("console: %q, %v", out, err)
	}
	if leak := read(t, filepath.Join(config.Dir, "log/messages.log")); strings.Contains(leak, "ERROR") {
		t.Errorf("a healthy start logs errors:\n%s", leak)
	}
	pbx.Stop()
	pbx.Stop() // once more is allowed
	if err := pbx.Wait(); err != nil {
		t.Errorf("stopped in order, but Wait says %v", err)
	}
	if processes := using(config.Dir); len(processes) > 0 {
		t.Errorf("still running: %q", processes)
	}
	for _, ours := range []string{config.Dir, config.Root.Dir + "/"} {
		if mounts := read(t, "/proc/self/mounts"); ours != "//" && strings.Contains(mounts, ours) {
			t.Errorf("%s is still mounted:\n%s", ours, mounts)
		}
	}

	// The same folder serves again, on the same addresses.
	again := privatetest.Start(t, func(c *private.Config) { *c = config })
	if again.PID() == pbx.PID() {
		t.Error("the same process twice")
	}
}

// A wedged Asterisk is there, and serves nobody.
func TestWedgedIsNotAlive(t *testing.T) {
	t.Parallel()
	pbx := privatetest.Start(t)
	alive := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		return pbx.Alive(ctx)
	}
	for range 3 {
		if err := alive(); err != nil {
			t.Error(err)
		}
	}
	if out, err := pbx.CLI(t.Context(), "core show channels count"); err != nil || !strings.Contains(out, "0 active channels") {
		t.Errorf("a call to prove it stays: %q, %v", out, err)
	}
	if err := syscall.Kill(pbx.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	// The signal is on its way when kill returns. The kernel tells the parent
	// when the last thread has stopped; WNOWAIT leaves the news to others.
	if err := unix.Waitid(unix.P_PID, pbx.PID(), nil, unix.WSTOPPED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	err := alive()
	if err == nil || !strings.Contains(err.Error(), "SIP") || !strings.Contains(err.Error(), "ARI") {
		t.Errorf("a stopped Asterisk is called %v", err)
	}
	if err := syscall.Kill(pbx.PID(), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := alive(); err != nil {
		t.Errorf("awake again: %v", err)
	}
}

func TestKilledIsNoticed(t *testing.T) {
	t.Parallel()
	pbx := privatetest.Start(t)
	if err := syscall.Kill(pbx.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-pbx.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("nobody noticed that Asterisk was killed")
	}
	if err := pbx.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("Wait says %v, want that it was killed", err)
	}
	// What a killed Asterisk leaves in its folder does not hinder the next.
	privatetest.Start(t, func(c *private.Config) { *c = pbx.Config() })
}

func TestContextEndsIt(t *testing.T) {
	t.Parallel()
	root, err := private.Install(t.Context(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	pbx, err := private.Start(ctx, privatetest.Config(t, root))
	if err != nil {
		t.Fatal(err)
	}
	cancel() // in the middle of starting
	if err := pbx.WaitReady(t.Context()); err == nil {
		t.Error("ready though stopped")
	}
	<-pbx.Done()
}

func TestDiesWithItsParent(t *testing.T) {
	t.Parallel()
	root, err := private.Install(t.Context(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	config := privatetest.Config(t, root)
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentEnv+"="+config.Dir, "SIP_ADDR="+config.SIPAddr, "HTTP_ADDR="+config.HTTPAddr)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if !strings.HasPrefix(line, "pid ") {
		parent.Wait()
		t.Fatalf("the parent says %q", line)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	parent.Wait()
	eventually(t, 5*time.Second, "Asterisk is gone", func() bool { return len(using(config.Dir)) == 0 })
}

func TestSideBySide(t *testing.T) {
	t.Parallel()
	one, two := privatetest.Start(t), privatetest.Start(t, func(c *private.Config) { c.NodeName = "pz2" })
	for _, pbx := range []*private.Process{one, two} {
		pz := connect(t, pbx, nil)
		beat(t, pbx, 0)
		call(t, pbx, "100")
		e := pz.next("StasisStart", 5*time.Second)
		if node := pbx.Config().NodeName; !strings.HasPrefix(e.Channel.ID, node+"-") {
			t.Errorf("a call of %s is named %s", node, e.Channel.ID)
		}
	}
}

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	pbx := privatetest.Start(t)
	root := pbx.Config().Root
	for _, clash := range []func(*private.Config){
		func(c *private.Config) { c.SIPAddr = pbx.Config().SIPAddr },
		func(c *private.Config) { c.HTTPAddr = pbx.Config().HTTPAddr },
	} {
		config := privatetest.Config(t, root)
		clash(&config)
		if _, err := private.Start(t.Context(), config); err == nil || !strings.Contains(err.Error(), "used by another program") {
			t.Errorf("starting twice on one address: %v", err)
		}
	}
}

// The trap that this holds shut: Asterisk looking up host names, call by call.
func TestTwentyCallsASecond(t *testing.T) {
	t.Parallel()
	pbx := privatetest.Start(t)
	connect(t, pbx, func(pz *controller, e event) {
		if e.Type == "StasisStart" {
			go ari(t, pbx, "POST", "/channels/"+e.Channel.ID+"/answer")
		}
	})
	stop := make(chan struct{})
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		for {
			beat(t, pbx, 0)
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Second):
			}
		}
	}()
	beat(t, pbx, 0)
	c := call(t, pbx, "100", "-m", "200", "-r", "20", "-d", "2000", "-trace_rtt", "-rtt_freq", "1")
	c.wait(t, 30*time.Second)
	close(stop)
	<-beating

	answered, slowest, err := c.answerTimes()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d calls answered, the slowest after %v", answered, slowest)
	if answered != 200 {
		t.Errorf("%d of 200 calls were answered", answered)
	}
	if slowest > 2*time.Second {
		t.Errorf("a call waited %v to be answered: is Asterisk asking DNS?", slowest)
	}
}

// answerTimes reads SIPp's log of answer times, one call a line.
func (c *caller) answerTimes() (answered int, slowest time.Duration, err error) {
	files, _ := filepath.Glob(filepath.Join(c.dir, "*_rtt.csv"))
	if len(files) != 1 {
		return 0, 0, errors.New("sipp wrote no answer times")
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		return 0, 0, err
	}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var when, ms float64
		if i == 0 {
			continue // heading
		}
		if _, err := fmt.Sscanf(line, "%f;%f;", &when, &ms); err != nil {
			return 0, 0, fmt.Errorf("answer time %q: %w", line, err)
		}
		answered++
		slowest = max(slowest, time.Duration(ms*float64(time.Millisecond)))
	}
	return answered, slowest, nil
}

// using lists the processes whose command line names a folder.
func using(dir string) (found []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil && strings.Contains(string(text), dir) {
			found = append(found, strings.ReplaceAll(string(text), "\x00", " "))
		}
	}
	return found
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

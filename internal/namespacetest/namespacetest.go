// Package namespacetest runs a test once more in namespaces of its own, where it may do
// what only root may, like mounting a disk or taking a network down. What it has made
// there is gone with its processes, however they end.
//
//	if !namespacetest.Inside() {
//		namespacetest.Rerun(t, syscall.CLONE_NEWNET)
//		return
//	}
package namespacetest

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// inside marks, in the environment, the process that Rerun has started.
const inside = "PRESSZERO_TEST_NAMESPACES"

// Inside reports whether the test runs there.
func Inside() bool { return os.Getenv(inside) != "" }

// Refused returns why this machine lets nobody run the command in namespaces of these
// kinds (syscall.CLONE_NEWNS and so on); nil: it does.
func Refused(kinds uintptr, command ...string) error {
	c := exec.Command(command[0], command[1:]...)
	c.SysProcAttr = namespaces(kinds)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%w %s", err, out)
	}
	return nil
}

// Rerun runs the test's top-level test once more, in namespaces of these kinds. Its
// failure is the test's.
func Rerun(t testing.TB, kinds uintptr) {
	t.Helper()
	dir, err := os.MkdirTemp("", "pz") // t.TempDir's names are too long for Unix sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // disks were never mounted for us
	name, _, _ := strings.Cut(t.Name(), "/")
	c := exec.Command(os.Args[0], "-test.run=^"+name+"$", "-test.v")
	c.Env = append(os.Environ(), inside+"=1", "TMPDIR="+dir)
	c.SysProcAttr = namespaces(kinds)
	runtime.LockOSThread() // Pdeathsig is sent when the thread ends
	defer runtime.UnlockOSThread()
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("in namespaces of its own: %v\n%s", err, out)
	}
	t.Logf("in namespaces of its own:\n%s", out)
}

func namespaces(kinds uintptr) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | kinds, Pdeathsig: syscall.SIGKILL,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}}
}

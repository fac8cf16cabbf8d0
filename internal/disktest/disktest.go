// Package disktest gives a test a small disk of its own, to be filled for real.
// Mounting takes rights that a test has only in namespaces of its own, so it is
// run once more there:
//
//	if disktest.Inside() {
//		fillIt(t, disktest.New(t, "1m"))
//		return
//	}
//	if why := disktest.Refused(t); why != nil {
//		… // what can be shown without
//		return
//	}
//	disktest.Rerun(t)
package disktest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"presszero/internal/namespacetest"
)

// Inside reports whether disks can be mounted here.
func Inside() bool { return namespacetest.Inside() }

// Refused returns why this machine lets nobody mount a disk; nil: it does.
func Refused(t testing.TB) error {
	t.Helper()
	if err := namespacetest.Refused(syscall.CLONE_NEWNS, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", t.TempDir()); err != nil {
		return fmt.Errorf("no disk can be mounted here: %w", err)
	}
	return nil
}

// Rerun runs the test's top-level test once more, where disks can be mounted.
// Its failure is the test's.
func Rerun(t testing.TB) {
	t.Helper()
	namespacetest.Rerun(t, syscall.CLONE_NEWNS)
}

// Disk is a folder on a small disk.
type Disk string

// New mounts a disk of the size, as tmpfs writes it ("16m").
func New(t testing.TB, size string) Disk {
	t.Helper()
	dir, err := os.MkdirTemp("", "disk") // Rerun takes it away; here it is in use
	if err != nil {
		t.Fatal(err)
	}
	return Mount(t, dir, size)
}

// Mount mounts a disk on a folder. It is gone with the process.
func Mount(t testing.TB, dir, size string) Disk {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Fatal(err)
	}
	return Disk(dir)
}

func (d Disk) ballast() string { return filepath.Join(string(d), "somebody else's") }

// Fill lets somebody else's file take all that there is.
func (d Disk) Fill(t testing.TB) {
	t.Helper()
	f, err := os.OpenFile(d.ballast(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk gave %v", err)
	}
}

// Free makes room again.
func (d Disk) Free(t testing.TB) {
	t.Helper()
	if err := os.Remove(d.ballast()); err != nil {
		t.Fatal(err)
	}
}

// HangRefused returns why Hang cannot be used in namespaces here; nil: it can.
func HangRefused(t testing.TB) error {
	t.Helper()
	if err := namespacetest.Refused(syscall.CLONE_NEWNS, "sh", "-c", ": 3<>/dev/fuse"); err != nil {
		return fmt.Errorf("no disk that hangs can be mounted here: %w", err)
	}
	return nil
}

// Hang mounts a file system on a folder whose server says nothing: whoever asks anything of
// it waits, in the kernel, until the release. Then the folder is what it was before.
func Hang(t testing.TB, dir string) (release func()) {
	t.Helper()
	server, err := syscall.Open("/dev/fuse", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err == nil {
		err = syscall.Mount("fuse", dir, "fuse", 0, fmt.Sprintf("fd=%d,rootmode=40000,user_id=%d,group_id=%d", server, os.Getuid(), os.Getgid()))
	}
	if err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() {
		if err := errors.Join(syscall.Unmount(dir, syscall.MNT_DETACH), syscall.Close(server)); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release)
	return release
}

package carrier

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// packages are Debian's packages that hold what the carrier runs.
var packages = []string{"kamailio", "kamailio-tls-modules"}

// An installation is where Kamailio's program and its modules are.
type installation struct {
	program, modules, libraries string
}

// install returns a Kamailio: the host's own, else one unpacked from Debian's
// packages into the cache folder, which takes some ten seconds the first time.
// Several may install at once; one works, the others wait for it.
func install(ctx context.Context, cache string, log func(string)) (installation, error) {
	if k, err := findKamailio("/"); err == nil {
		return k, nil
	}
	dir := filepath.Join(cache, "kamailio")
	if k, err := findKamailio(dir); err == nil {
		return k, nil // nearly always: no need to wait for anybody
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return installation{}, fmt.Errorf("carrier: make the folder for Kamailio: %w", err)
	}
	unlock, err := lockFile(ctx, filepath.Join(cache, "kamailio.lock"))
	if err != nil {
		return installation{}, err
	}
	defer unlock()
	if k, err := findKamailio(dir); err == nil {
		return k, nil
	}
	log("fetching Kamailio from Debian (once; about 10 MB)")
	if err := build(ctx, dir); err != nil {
		return installation{}, err
	}
	return findKamailio(dir)
}

// build unpacks Kamailio beside dir, tries it, and renames: a program that looks
// sees all of it or nothing.
func build(ctx context.Context, dir string) error {
	building := dir + ".new"
	if err := os.RemoveAll(building); err != nil {
		return fmt.Errorf("carrier: clear an interrupted install: %w", err)
	}
	defer os.RemoveAll(building)
	if err := unpack(ctx, building); err != nil {
		return err
	}
	k, err := findKamailio(building)
	if err != nil {
		return err
	}
	if out, err := k.command("-v").CombinedOutput(); err != nil {
		return fmt.Errorf("carrier: Kamailio of Debian's packages does not run here (%w): %s", err, out)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("carrier: remove an unusable Kamailio: %w", err)
	}
	if err := os.Rename(building, dir); err != nil {
		return fmt.Errorf("carrier: put Kamailio in its place: %w", err)
	}
	return nil
}

// findKamailio looks for Kamailio with its TLS module below a root folder.
func findKamailio(root string) (installation, error) {
	k := installation{program: filepath.Join(root, "usr/sbin/kamailio")}
	if _, err := os.Stat(k.program); err != nil {
		return k, fmt.Errorf("carrier: no Kamailio below %s: %w", root, err)
	}
	for _, pattern := range []string{"usr/lib/*/kamailio/modules/tls.so", "usr/lib/kamailio/modules/tls.so"} {
		if found, _ := filepath.Glob(filepath.Join(root, pattern)); len(found) > 0 {
			k.modules = filepath.Dir(found[0])
			k.libraries = filepath.Dir(k.modules)
			return k, nil
		}
	}
	return k, fmt.Errorf("carrier: Kamailio below %s has no module tls", root)
}

// command is Kamailio with these arguments.
func (k installation) command(args ...string) *exec.Cmd {
	cmd := exec.Command(k.program, args...)
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+k.libraries)
	return cmd
}

// unpack fetches the packages with apt, which checks their signatures, and
// unpacks them into dir. No package script runs, so no privilege is needed. If
// the host's own package lists are absent, apt fetches lists into a folder of
// ours.
func unpack(ctx context.Context, dir string) error {
	for _, tool := range []string{"apt-get", "dpkg-deb"} {
		if _, err := exec.LookPath(tool); err != nil {
			return errors.New("carrier: this host has no Kamailio and no " + tool + " to fetch one: install the packages kamailio and kamailio-tls-modules")
		}
	}
	work := filepath.Join(dir, "work")
	for _, d := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(work, d), 0o755); err != nil {
			return fmt.Errorf("carrier: make a folder for packages: %w", err)
		}
	}
	// Without a sandbox user apt can write into a folder of ours also as root.
	apt := []string{"-q", "-o", "APT::Sandbox::User=root"}
	download := append([]string{"download"}, packages...)
	if _, err := runProgram(ctx, work, "apt-get", append(apt, download...)...); err != nil {
		apt = append(apt, "-o", "Dir::State::Lists="+filepath.Join(work, "lists"), "-o", "Dir::Cache="+filepath.Join(work, "cache"))
		if out, err := runProgram(ctx, work, "apt-get", append(apt, "update")...); err != nil {
			return fmt.Errorf("carrier: apt-get update: %w: %s", err, out)
		}
		if out, err := runProgram(ctx, work, "apt-get", append(apt, download...)...); err != nil {
			return fmt.Errorf("carrier: fetch Kamailio: %w: %s", err, out)
		}
	}
	archives, _ := filepath.Glob(filepath.Join(work, "*.deb"))
	if len(archives) < len(packages) {
		return errors.New("carrier: apt-get fetched no packages")
	}
	for _, archive := range archives {
		if out, err := runProgram(ctx, work, "dpkg-deb", "-x", archive, dir); err != nil {
			return fmt.Errorf("carrier: unpack %s: %w: %s", filepath.Base(archive), err, out)
		}
	}
	return os.RemoveAll(work)
}

// runProgram runs a program and returns the last of what it said.
func runProgram(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return lastLines(string(out), 5), err
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// lockFile takes the named lock file.
func lockFile(ctx context.Context, name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("carrier: open the install lock: %w", err)
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			f.Close()
			return nil, fmt.Errorf("carrier: lock %s: %w", name, err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("carrier: waiting for another install: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

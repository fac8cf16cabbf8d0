package private

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

// suite is the oldest Debian that has a new enough Asterisk.
const suite = "forky"

// packages are what a call needs; recommendations are not followed.
const packages = "asterisk,asterisk-core-sounds-en-wav,asterisk-moh-opsound-wav"

// hostDir is where a host keeps an Asterisk of its own. Tests hide it.
var hostDir = "/"

// DefaultCacheDir is where Install puts Asterisk when it is told no other
// place: $XDG_CACHE_HOME/presszero, else ~/.cache/presszero.
func DefaultCacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place to keep Asterisk: set HOME or XDG_CACHE_HOME (%w)", err)
	}
	return filepath.Join(dir, "presszero"), nil
}

// Install returns an Asterisk of at least 22.10.1: the host's own if it is
// new enough, else one unpacked from Debian into cacheDir ("" means
// DefaultCacheDir), which takes some ten seconds the first time and none
// later. Several may install at once; one works, the others wait for it.
// log hears in plain words what is going on; nil is allowed.
func Install(ctx context.Context, cacheDir string, log func(string)) (Root, error) {
	if log == nil {
		log = func(string) {}
	}
	cacheDir, err := absoluteCacheDir(cacheDir)
	if err != nil {
		return Root{}, err
	}
	music := filepath.Join(cacheDir, "asterisk-music")
	if root, err := present(ctx, cacheDir); err == nil && isDir(music) && (root.Dir == hostDir || manualIsTrimmed(root)) {
		root.Music = music
		return root, nil // nearly always: no need to wait for anybody
	}

	if err := os.MkdirAll(cacheDir, 0o755); err != nil {
		return Root{}, fmt.Errorf("make the folder for Asterisk: %w", err)
	}
	unlock, err := takeLock(ctx, filepath.Join(cacheDir, "asterisk.lock"), func() {
		log("waiting for another presszero that is installing Asterisk")
	})
	if err != nil {
		return Root{}, err
	}
	defer unlock()
	root, err := present(ctx, cacheDir)
	if err != nil {
		if root, err = fetch(ctx, unpackedDir(cacheDir), log); err != nil {
			return Root{}, err
		}
	}
	if err := trimManual(root); err != nil {
		log(err.Error()) // it starts all the same
	}
	root.Music = music
	return root, prepareMusic(root, log)
}

func absoluteCacheDir(cacheDir string) (string, error) {
	if cacheDir == "" {
		return DefaultCacheDir()
	}
	cacheDir, err := filepath.Abs(cacheDir)
	if err != nil {
		return "", fmt.Errorf("the folder for Asterisk: %w", err)
	}
	return cacheDir, nil
}

// present finds a usable Asterisk: the host's own, else the one in the cache.
func present(ctx context.Context, cacheDir string) (Root, error) {
	if root, err := (Root{Dir: hostDir}).check(ctx); err == nil {
		return root, nil
	}
	return Root{Dir: unpackedDir(cacheDir)}.check(ctx)
}

func unpackedDir(cacheDir string) string { return filepath.Join(cacheDir, "asterisk-"+suite) }

// fetch fills dir with Asterisk from Debian, in place of its former contents.
// The caller holds the lock.
func fetch(ctx context.Context, dir string, log func(string)) (Root, error) {
	// Build beside the final place and rename: other programs see all or nothing.
	building := dir + ".new"
	if err := os.RemoveAll(building); err != nil {
		return Root{}, fmt.Errorf("clear an interrupted install: %w", err)
	}
	defer os.RemoveAll(building)
	begin := time.Now()
	log("fetching Asterisk from Debian " + suite + " (once; about 90 MB)")
	if err := unpack(ctx, building); err != nil {
		return Root{}, err
	}
	// Debian's installer would choose the default voice; nothing is installed here.
	sounds := filepath.Join(building, "usr/share/asterisk/sounds")
	if err := os.Symlink("en_US_f_Allison", filepath.Join(sounds, "en")); err != nil && !errors.Is(err, os.ErrExist) {
		return Root{}, fmt.Errorf("choose the English voice: %w", err)
	}
	if _, err := (Root{Dir: building}).check(ctx); err != nil {
		return Root{}, err
	}
	if err := os.RemoveAll(dir); err != nil {
		return Root{}, fmt.Errorf("remove an unusable Asterisk: %w", err)
	}
	if err := os.Rename(building, dir); err != nil {
		return Root{}, fmt.Errorf("put Asterisk in its place: %w", err)
	}
	root, err := Root{Dir: dir}.check(ctx)
	if err == nil {
		log(fmt.Sprintf("Asterisk %s is in %s (%.0f s)", root.Version, dir, time.Since(begin).Seconds()))
	}
	return root, err
}

// unpack lets mmdebstrap fetch the packages, check their signatures and unpack
// them into dir. Nothing is configured and no package script runs, which is
// why no privilege is needed.
func unpack(ctx context.Context, dir string) error {
	tool, err := exec.LookPath("mmdebstrap")
	if err != nil {
		return errors.New("this host has no Asterisk 22.10.1 and no mmdebstrap to fetch one: install the Debian package mmdebstrap")
	}
	cmd := exec.CommandContext(ctx, tool, unpackArguments(ctx, dir)...)
	// On Ctrl-C mmdebstrap removes its temporary files if it is asked, not killed.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	tail := new(tailBuffer)
	cmd.Stdout, cmd.Stderr = tail, tail
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("fetching Asterisk was stopped: %w", ctx.Err())
		}
		return fmt.Errorf("mmdebstrap could not fetch Asterisk (%w); is the Debian mirror reachable? It said:\n%s", err, tail)
	}
	return nil
}

// unpackArguments are mmdebstrap's.
func unpackArguments(ctx context.Context, dir string) []string {
	mode := "chrootless"
	if os.Geteuid() == 0 {
		mode = "root" // mmdebstrap warns of chrootless as root
	}
	args := []string{
		"--variant=extract", "--mode=" + mode, "--format=directory", "--skip=output/dev",
		"--include=" + packages,
		// Signatures are checked; the age of the archive's index is not, so that
		// a frozen mirror can serve.
		`--aptopt=Acquire::Check-Valid-Until "false"`,
	}
	for _, option := range aptOptions(ctx) {
		args = append(args, "--aptopt="+option)
	}
	const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
	if _, err := os.Stat(keyring); err == nil {
		args = append(args, "--keyring="+keyring)
	}
	args = append(args, suite, dir)
	if mirror := aptMirror(ctx); mirror != "" {
		args = append(args, mirror)
	}
	return args
}

// takeLock takes the named lock file; waiting is called once if another holds it.
func takeLock(ctx context.Context, name string, waiting func()) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the install lock: %w", err)
	}
	for told := false; ; told = true {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", name, err)
		}
		if !told {
			waiting()
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("waiting for another install: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// tailBuffer is a writer that remembers the end of what was written to it.
type tailBuffer struct{ text []byte }

func (t *tailBuffer) Write(p []byte) (int, error) {
	const enough = 2000 // bytes: the last few lines
	t.text = append(t.text, p...)
	if over := len(t.text) - enough; over > 0 {
		t.text = t.text[over:]
	}
	return len(p), nil
}

func (t *tailBuffer) String() string { return strings.TrimSpace(string(t.text)) }

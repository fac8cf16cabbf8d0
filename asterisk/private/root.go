package private

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// minVersion is the first Asterisk without the holes and defects listed for
// 22.10.1 (read-only ARI users that can write, a NOTIFY that kills SIP).
var minVersion = version{22, 10, 1}

// Root says where an installed Asterisk is. It is only read from, so that any
// number of processes can run from it at once. Install makes one.
type Root struct {
	// Dir holds usr/sbin/asterisk and what belongs to it; "/" is the host's own.
	Dir string
	// Music is the folder of the music that waiting callers hear.
	Music string
	// Version is what Asterisk says of itself, for example "22.10.1".
	Version string
}

// binary is the path of the Asterisk program.
func (r Root) binary() string { return filepath.Join(r.Dir, "usr/sbin/asterisk") }

// dataDir holds Asterisk's sounds and the documentation it insists on reading.
func (r Root) dataDir() string {
	// Debian keeps it in share, Asterisk's own make install in lib.
	for _, dir := range []string{"usr/share/asterisk", "var/lib/asterisk"} {
		if isDir(filepath.Join(r.Dir, dir, "documentation")) {
			return filepath.Join(r.Dir, dir)
		}
	}
	return filepath.Join(r.Dir, "usr/share/asterisk")
}

// SoundsDir is the folder of Asterisk's own recorded words, in English, as
// 8 kHz wav files.
func (r Root) SoundsDir() string { return filepath.Join(r.dataDir(), "sounds/en") }

// modulesDir holds Asterisk's loadable modules.
func (r Root) modulesDir() (string, error) {
	return r.onlyMatch("the modules of Asterisk", "usr/lib/*/asterisk/modules", "usr/lib/asterisk/modules")
}

// command is Asterisk with the given arguments. A root other than the host's
// is run by its own loader with its own libraries; the host's C library would
// be too old for it.
func (r Root) command(ctx context.Context, args ...string) (*exec.Cmd, error) {
	if r.Dir == "/" {
		return exec.CommandContext(ctx, r.binary(), args...), nil
	}
	loader, err := r.onlyMatch("the program loader", "usr/lib64/ld-linux-*.so.*", "usr/lib/ld-linux-*.so.*")
	if err != nil {
		return nil, err
	}
	libs, err := r.onlyMatch("the C library", "usr/lib/*/libc.so.6")
	if err != nil {
		return nil, err
	}
	args = append([]string{"--library-path", filepath.Dir(libs), "--argv0", "asterisk", r.binary()}, args...)
	return exec.CommandContext(ctx, loader, args...), nil
}

// onlyMatch finds the first file that matches one of the patterns below the root.
func (r Root) onlyMatch(what string, patterns ...string) (string, error) {
	for _, pattern := range patterns {
		if found, _ := filepath.Glob(filepath.Join(r.Dir, pattern)); len(found) > 0 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("%s is missing below %s; remove that folder and install again", what, r.Dir)
}

// check asks Asterisk for its version: that it answers at all proves that
// loader, libraries and program fit together.
func (r Root) check(ctx context.Context) (Root, error) {
	cmd, err := r.command(ctx, "-V")
	if err != nil {
		return r, err
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return r, fmt.Errorf("asterisk below %s does not run (%w): %s", r.Dir, err, strings.TrimSpace(string(out)))
	}
	v, ok := parseVersion(string(out))
	if !ok {
		return r, fmt.Errorf("asterisk below %s names no version: %s", r.Dir, strings.TrimSpace(string(out)))
	}
	if v.before(minVersion) {
		return r, fmt.Errorf("asterisk below %s is %s, but %s is needed", r.Dir, v, minVersion)
	}
	if _, err := os.Stat(r.SoundsDir()); err != nil {
		return r, fmt.Errorf("asterisk below %s has no English sounds: %w", r.Dir, err)
	}
	r.Version = v.String()
	return r, nil
}

// version is major, minor, patch.
type version [3]int

func (v version) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

func (v version) before(w version) bool {
	for i := range v {
		if v[i] != w[i] {
			return v[i] < w[i]
		}
	}
	return false
}

var versionPattern = regexp.MustCompile(`Asterisk (?:certified/)?(\d+)\.(\d+)(?:\.(\d+))?`)

// parseVersion reads the answer to "asterisk -V".
func parseVersion(s string) (v version, ok bool) {
	m := versionPattern.FindStringSubmatch(s)
	if m == nil {
		return v, false
	}
	for i := range v {
		v[i], _ = strconv.Atoi(m[i+1]) // an absent patch level is 0
	}
	return v, true
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

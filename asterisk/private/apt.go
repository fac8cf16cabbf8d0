package private

import (
	"context"
	"os/exec"
	"path"
	"strings"
)

// What this machine's own apt knows about reaching Debian: the mirror next
// door, the proxy, a clock that disagrees with the archive. A machine that can
// install packages can then fetch Asterisk too, without being told twice.

// aptMirror is the address of the Debian archive this machine uses, or "" if
// its apt names none; mmdebstrap then takes its default.
func aptMirror(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "apt-get", "indextargets",
		"--format", "$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)\t$(ORIGIN)\t$(LABEL)", "Identifier: Packages").Output()
	if err != nil {
		return ""
	}
	return chooseMirror(string(out))
}

// chooseMirror reads one line per package index: address, release, component,
// and who signed it. Who signed it is unknown until the machine has run
// apt-get update; then a main archive that is called "debian" will do, and a
// wrong guess fails at the signature, not later.
func chooseMirror(targets string) string {
	guess := ""
	for line := range strings.Lines(targets) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(f) != 5 || f[2] != "main" {
			continue
		}
		known := !strings.HasPrefix(f[3], "$(") && f[3] != ""
		switch {
		case f[3] == "Debian" && f[4] == "Debian":
			return f[0]
		case !known && guess == "" && path.Base(f[0]) == "debian":
			guess = f[0]
		}
	}
	return guess
}

// aptOptions are this machine's settings of how apt fetches, in the form that
// apt reads.
func aptOptions(ctx context.Context) []string {
	out, err := exec.CommandContext(ctx, "apt-config", "dump", "--format", `%f "%v";%n`,
		"Acquire::http", "Acquire::https", "Acquire::Check-Date", "Acquire::Retries").Output()
	if err != nil {
		return nil
	}
	var options []string
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasSuffix(line, ` "";`) {
			continue
		}
		options = append(options, strings.TrimSuffix(line, ";"))
	}
	return options
}

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"presszero/asterisk/private"
)

// describeMachine says on what was measured: the machine and the versions.
func describeMachine(ctx context.Context) []string {
	var kib float64
	_, _ = fmt.Sscan(after("/proc/meminfo", "MemTotal:"), &kib)
	asterisk := "unknown"
	if root, err := private.Install(ctx, "", nil); err == nil {
		asterisk = root.Version
	}
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	kernel, _, _ := strings.Cut(strings.TrimSpace(string(release)), "-") // without the name of the build
	return []string{
		fmt.Sprintf("%d cores (%s), %.0f GiB", runtime.NumCPU(), strings.TrimLeft(after("/proc/cpuinfo", "model name"), ": \t"), kib/1024/1024),
		fmt.Sprintf("Linux %s, %s, Asterisk %s, Postgres %s", kernel, strings.Replace(runtime.Version(), "go", "Go ", 1), asterisk, postgresVersion(ctx)),
	}
}

// after is the rest of the first line of a file that begins so.
func after(path, begin string) string {
	text, _ := os.ReadFile(path)
	for l := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(l, begin); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// postgresVersion asks the newest Postgres of this machine.
func postgresVersion(ctx context.Context) string {
	program, _ := exec.LookPath("postgres")
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres"); len(found) > 0 {
		program = found[len(found)-1]
	}
	out, err := exec.CommandContext(ctx, program, "--version").Output()
	if f := strings.Fields(string(out)); err == nil && len(f) > 2 {
		return f[2] // postgres (PostgreSQL) 15.14
	}
	return "unknown"
}

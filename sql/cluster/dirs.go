package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// programs finds the folder of Postgres's programs: the version that made the
// data, or the newest for new data. Debian keeps them out of PATH.
func programs(data string) (string, error) {
	if v, err := os.ReadFile(filepath.Join(data, "PG_VERSION")); err == nil {
		version := strings.TrimSpace(string(v))
		bin := filepath.Join("/usr/lib/postgresql", version, "bin")
		if _, err := os.Stat(filepath.Join(bin, "postgres")); err == nil {
			return bin, nil
		}
		if bin := inPath(); bin != "" {
			return bin, nil // says itself when it is another version
		}
		return "", fmt.Errorf("the data was made by Postgres %s, which is not installed; install the package postgresql-%s", version, version)
	}
	best, bestVersion := "", -1
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	for _, d := range dirs {
		bin := filepath.Dir(d)
		if v, err := strconv.Atoi(filepath.Base(filepath.Dir(bin))); err == nil && v > bestVersion {
			best, bestVersion = bin, v
		}
	}
	if best == "" {
		best = inPath()
	}
	if best == "" {
		return "", errors.New("no Postgres is installed; install the package postgresql")
	}
	return best, nil
}

// Tools finds the folder of pg_dump and pg_restore of a major version.
func Tools(ctx context.Context, version int) (string, error) {
	bin := filepath.Join("/usr/lib/postgresql", strconv.Itoa(version), "bin")
	if _, err := os.Stat(filepath.Join(bin, "pg_dump")); err == nil {
		return bin, nil
	}
	path, err := exec.LookPath("pg_dump")
	if err == nil {
		said, _ := exec.CommandContext(ctx, path, "--version").Output() // pg_dump (PostgreSQL) 15.18
		if strings.Contains(string(said), fmt.Sprintf(" %d.", version)) {
			return filepath.Dir(path), nil
		}
	}
	return "", fmt.Errorf("pg_dump and pg_restore of Postgres %d are not installed; install the package postgresql-client-%d", version, version)
}

func inPath() string {
	path, err := exec.LookPath("initdb")
	if err != nil {
		return ""
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return ""
	}
	return filepath.Dir(path)
}

// socketDir makes the folder of the socket: in dir, or, when the path would
// be too long for a Unix socket, a private one under the temporary folder,
// which only we or uid may have made.
func socketDir(dir string, uid int) (string, error) {
	const longest = 107
	path := filepath.Join(dir, "socket")
	if len(path)+len("/.s.PGSQL.5432") > longest || strings.Contains(path, ",") { // lib/pq takes a comma for a list
		path = filepath.Join(os.TempDir(), "presszero-"+shortName(dir))
	}
	err := os.Mkdir(path, 0o700)
	if err == nil || !errors.Is(err, os.ErrExist) {
		return path, err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return "", err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm() != 0o700 || !ok || int(st.Uid) != os.Geteuid() && int(st.Uid) != uid {
		return "", fmt.Errorf("%s is not a private folder of ours; remove it", path)
	}
	return path, nil
}

// waitUnused waits until no process works in the data folder: a server that
// lost its parent is still ending. Every process of Postgres has the data
// folder as its working folder.
func waitUnused(ctx context.Context, data string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		pid := worksIn(data)
		if pid == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("process %d still works in %s; stop it first", pid, data)
		case <-time.After(20 * time.Millisecond): // not our child: nothing to wait on
		}
	}
}

// worksIn returns a process whose working folder is dir, or 0.
func worksIn(dir string) int {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, l := range links {
		if cwd, err := os.Readlink(l); err == nil && cwd == dir {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(l)))
			return pid
		}
	}
	return 0
}

// forgetStale removes a lock file whose process id now belongs to somebody
// else, which Postgres would take for a running server. (We know that none
// runs.) When no such process lives, Postgres tidies up by itself.
func forgetStale(path string) {
	b, err := os.ReadFile(path)
	if err != nil {
		return
	}
	line, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || pid <= 0 || syscall.Kill(pid, 0) != syscall.ESRCH {
		os.Remove(path)
	}
}

package cluster

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/lib/pq"
)

var quiet = slog.New(slog.DiscardHandler)

// TestMain lets the test binary be the program that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CLUSTER_CRASH_DIR"); dir != "" {
		c, err := Start(context.Background(), Config{Dir: dir, Log: quiet})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(c.PID())
		fmt.Println(c.URL())
		select {}
	}
	os.Exit(m.Run())
}

func start(t *testing.T, dir string) *Cluster {
	t.Helper()
	c, err := Start(context.Background(), Config{Dir: dir, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Stop() })
	return c
}

// do runs a statement and returns the first column, if any.
func do(t *testing.T, url, query string) string {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var s sql.NullString
	if err := db.QueryRow(query).Scan(&s); err != nil && err != sql.ErrNoRows {
		t.Fatal(err)
	}
	return s.String
}

// gone waits until a process is no more.
func gone(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		if _, err := os.Stat(fmt.Sprintf("/proc/%d/exe", pid)); err != nil {
			return // gone, or dead and waiting for init to take note
		}
		if time.Now().After(end) {
			t.Fatalf("process %d is still there", pid)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// sharedMemory tells whether a System V segment made by pid is left.
func sharedMemory(t *testing.T, pid int) bool {
	t.Helper()
	b, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(b), "\n") {
		if f := strings.Fields(line); len(f) > 4 && f[4] == strconv.Itoa(pid) {
			return true
		}
	}
	return false
}

func TestDataOutlivesAStop(t *testing.T) {
	private := filepath.Join(t.TempDir(), "private") // a folder that only we may enter
	if err := os.Mkdir(private, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(private, "postgres")
	c := start(t, dir)
	do(t, c.URL(), `CREATE TABLE kept AS SELECT 42 AS n`)
	if got := do(t, c.URL(), `SHOW track_commit_timestamp`); got != "on" {
		t.Fatalf("track_commit_timestamp is %s", got)
	}
	if got := do(t, c.URL(), `SHOW listen_addresses`); got != "" {
		t.Fatalf("it listens on %s", got)
	}
	if _, err := Start(context.Background(), Config{Dir: dir, Log: quiet}); err == nil || !strings.Contains(err.Error(), "another process runs it") {
		t.Fatalf("a second start gave %v", err)
	}
	pid := c.PID()
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	gone(t, pid)
	if sharedMemory(t, pid) {
		t.Fatal("shared memory is left")
	}
	c = start(t, dir)
	if got := do(t, c.URL(), `SELECT n FROM kept`); got != "42" {
		t.Fatalf("the table holds %q", got)
	}
}

func TestDiesWithItsParentAndRecovers(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CLUSTER_CRASH_DIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(out)
	line := func() string { s, _ := said.ReadString('\n'); return strings.TrimSpace(s) }
	first := line()
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatalf("the child said %q", first)
	}
	do(t, line(), `CREATE TABLE kept AS SELECT 42 AS n`)
	cmd.Process.Kill()
	io.Copy(io.Discard, said)
	cmd.Wait()

	c := start(t, dir) // at once: waits for the old server by itself
	if got := do(t, c.URL(), `SELECT n FROM kept`); got != "42" {
		t.Fatalf("after the crash the table holds %q", got)
	}
	gone(t, pid)
	if sharedMemory(t, pid) {
		t.Fatal("shared memory is left")
	}
}

func TestAKilledServerIsNoticedAndStartsAgain(t *testing.T) {
	dir := t.TempDir()
	c := start(t, dir)
	pid := c.PID()
	syscall.Kill(pid, syscall.SIGKILL)
	<-c.Done()
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	c = start(t, dir)
	do(t, c.URL(), `SELECT 1`)
	c.Stop()
	if sharedMemory(t, pid) {
		t.Fatal("shared memory is left")
	}
	// A lock file whose process id now is somebody else's: after a reboot.
	stale := fmt.Sprintf("%d\n%s\n1\n5432\n\n\n", os.Getpid(), c.data)
	if err := os.WriteFile(filepath.Join(c.data, "postmaster.pid"), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	do(t, start(t, dir).URL(), `SELECT 1`)
}

func TestALongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30), "postgres")
	c := start(t, dir)
	do(t, c.URL(), `SELECT 1`)
	socket := c.socket
	if strings.HasPrefix(socket, dir) {
		t.Fatalf("the socket is in %s", socket)
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(socket); !os.IsNotExist(err) {
		t.Fatalf("the socket's folder is left: %v", err)
	}
}

func TestWithoutUserNamespaces(t *testing.T) {
	refuseNamespaces = true
	defer func() { refuseNamespaces = false }()
	dir, err := os.MkdirTemp("", "presszero-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	c := start(t, dir)
	data := c.data
	do(t, c.URL(), `CREATE TABLE kept AS SELECT 42 AS n`)
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(data, dir) {
		defer os.RemoveAll(filepath.Dir(data))
	}
	if got := do(t, start(t, dir).URL(), `SELECT n FROM kept`); got != "42" {
		t.Fatalf("the table holds %q", got)
	}
}

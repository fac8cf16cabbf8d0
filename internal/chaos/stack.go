package chaos

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	_ "github.com/lib/pq" // the driver of the private Postgres

	"presszero/internal/deskclient"
	"presszero/internal/nemesis"
)

// Stack is a running Press Zero, as `presszero up` keeps it.
type Stack struct {
	Dir      string // its state folder
	Web, SIP string // where agents and callers come in
	Database string // URL
	Cache    string // where what is fetched once is kept

	ARI         string // URL of Asterisk itself, past the wire
	ARIUser     string
	ARIPassword string
	Wire        *nemesis.Proxy // between the controller and Asterisk

	// Program starts one of the program's subcommands beside it, as `robots`.
	// It ends with this process.
	Program func(args ...string) (Process, error)
	// Employ makes an agent, or gives an existing one another password, for these
	// queues; none: all.
	Employ func(ctx context.Context, name string, queues ...string) (deskclient.Options, error)
	// CancelCallback takes a callback back, as the supervisor's page does.
	CancelCallback func(ctx context.Context, id string) error

	db    *sql.DB
	hired atomic.Int64 // agents
}

// Process is a subcommand that runs.
type Process interface {
	PID() int
	Done() <-chan struct{}
	Stop()
}

// A part of the program, by the name of its process.
const (
	controller = "serve"
	voice      = "media"
	pbx        = "asterisk"
	database   = "postgres"
)

func (s *Stack) processID(part string) (int, error) {
	text, err := os.ReadFile(filepath.Join(s.Dir, "pids", part))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// family is a process and all that came from it, the eldest first.
func family(pid int) []int {
	all := []int{pid}
	entries, _ := os.ReadDir("/proc")
	for i := 0; i < len(all); i++ {
		for _, e := range entries {
			child, err := strconv.Atoi(e.Name())
			if err == nil && parent(child) == all[i] {
				all = append(all, child)
			}
		}
	}
	return all
}

func parent(pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return -1
	}
	// The name in brackets may hold anything; behind it are state and parent.
	_, rest, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
	words := strings.Fields(rest)
	if len(words) < 2 {
		return -1
	}
	ppid, err := strconv.Atoi(words[1])
	if err != nil {
		return -1
	}
	return ppid
}

// signal sends a signal to processes; one that has just ended is no error.
func signal(sig syscall.Signal, pids ...int) error {
	for _, pid := range pids {
		if err := syscall.Kill(pid, sig); err != nil && err != syscall.ESRCH {
			return fmt.Errorf("process %d cannot be sent %v: %w", pid, sig, err)
		}
	}
	return nil
}

// readyNow asks the program whether calls can come.
func (s *Stack) readyNow(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Web+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// warnings are what /readyz tells operators.
func (s *Stack) warnings(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Web+"/readyz", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var said struct{ Warnings []string }
	err = json.NewDecoder(resp.Body).Decode(&said)
	return said.Warnings, err
}

// AskARI sends the Asterisk itself, past the wire, a request without a body, and
// reads the answer into the value, unless that is nil.
func (s *Stack) AskARI(ctx context.Context, method, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.ARI+path, nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(s.ARIUser, s.ARIPassword)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if into == nil {
		if resp.StatusCode >= 300 {
			return fmt.Errorf("%s %s: %s", method, path, resp.Status)
		}
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("%s %s: %s: %w", method, path, resp.Status, err)
	}
	return nil
}

// channelsAndBridges names the channels and bridges that Asterisk has.
func (s *Stack) channelsAndBridges(ctx context.Context) ([]string, error) {
	var names []string
	for _, what := range []string{"/channels", "/bridges"} {
		var list []struct{ ID, Name string }
		if err := s.AskARI(ctx, http.MethodGet, what, &list); err != nil {
			return nil, err
		}
		for _, x := range list {
			names = append(names, strings.Trim(x.ID+" "+x.Name, " "))
		}
	}
	return names, nil
}

// logSizes is how long the logs are now.
func (s *Stack) logSizes() map[string]int64 {
	long := map[string]int64{}
	for _, part := range []string{controller, voice} {
		if info, err := os.Stat(filepath.Join(s.Dir, "log", part+".log")); err == nil {
			long[part] = info.Size()
		}
	}
	return long
}

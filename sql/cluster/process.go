package cluster

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"presszero/internal/spawn"
)

// process is a program that dies with ours.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// start starts cmd as the user. The kernel sends it SIGQUIT, Postgres's
// immediate shutdown, when we end. It has a process group of its own:
// Ctrl-C is for us, and we stop Postgres when we no longer need it.
func (u user) start(cmd *exec.Cmd) (*process, error) {
	cmd.SysProcAttr = u.attributes()
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	cmd.Env = environment()
	p := &process{cmd: cmd, done: make(chan struct{})}
	ended, err := spawn.Start(cmd, spawn.Usual)
	if err != nil {
		return nil, fmt.Errorf("postgres cannot be started: %w", err)
	}
	go func() {
		<-ended // how it ended is in its log
		close(p.done)
	}()
	return p, nil
}

// runToEnd runs cmd as the user to its end and returns what it said.
func (u user) runToEnd(cmd *exec.Cmd) ([]byte, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = u.attributes()
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	cmd.Env = environment()
	return cmd.CombinedOutput()
}

// ending is a signal and how long to wait for its effect.
type ending struct {
	signal syscall.Signal
	within time.Duration
}

// endWith sends one signal after another until the process is gone.
func (p *process) endWith(steps ...ending) error {
	for _, s := range steps {
		select {
		case <-p.done:
			return nil
		default:
		}
		if err := p.cmd.Process.Signal(s.signal); err != nil && err != os.ErrProcessDone {
			return fmt.Errorf("postgres (process %d) cannot be told to end: %w", p.cmd.Process.Pid, err)
		}
		select {
		case <-p.done:
			return nil
		case <-time.After(s.within):
		}
	}
	return fmt.Errorf("postgres (process %d) does not end", p.cmd.Process.Pid)
}

// environment is ours without what would lead Postgres's programs elsewhere.
func environment() []string {
	env := []string{"LC_ALL=C"}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "LC_ALL=") {
			env = append(env, kv)
		}
	}
	return env
}

// openLog opens the server's log; a large one is put aside.
func openLog(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > 10<<20 {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

// lastLines returns the last lines of what a program said, for an error.
func lastLines(out []byte) string {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-5):], []byte(" | ")))
}

func lastLinesOf(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return lastLines(b)
}

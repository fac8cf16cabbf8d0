package supervisor

import (
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"

	"presszero/internal/handover"
	"presszero/internal/settings"
	"presszero/internal/spawn"
)

// child is one of our own subcommands, run as a process of its own.
type child struct {
	cmd  *exec.Cmd
	said *logged
	done chan struct{}

	orders io.Writer // to a controller, a line each; nil: the child takes none

	// last is the order that Stop gives from the moment it is set on, in place
	// of SIGTERM: the child then says goodbye to callers. nil: never.
	last *atomic.Pointer[handover.Order]
}

// niceOf has the subcommands that callers wait for.
var niceOf = map[string]spawn.Nice{"media": spawn.Voices, "serve": spawn.Decisions}

// startChild runs `presszero NAME ARGS` with the program that is in force. It
// dies with us, however we die, and does not hear the terminal's Ctrl-C: the
// order of stopping is ours. setup has the last word on the command; nil: none.
func startChild(program string, s settings.Settings, setup func(*exec.Cmd) error, name string, args ...string) (*child, error) {
	log := &logged{log: openLog(s, s.Path("log", name+".log"))}
	cmd := exec.Command(program, append([]string{name}, args...)...)
	cmd.Env = append(os.Environ(), s.Env()...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.WaitDelay = time.Second // for what it has started and still prints
	if setup != nil {
		if err := setup(cmd); err != nil {
			return nil, err
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c := &child{cmd: cmd, said: log, done: make(chan struct{})}
	ended, err := spawn.Start(cmd, niceOf[name])
	if err != nil {
		return nil, err
	}
	go func() {
		<-ended // how it ended is in its log
		close(c.done)
	}()
	return c, nil
}

func (c *child) PID() int              { return c.cmd.Process.Pid }
func (c *child) Done() <-chan struct{} { return c.done }

// Stop ends the child in order, and by force when it does not.
func (c *child) Stop() {
	wait := killWait
	if c.ordered() {
		wait += handover.FarewellLimit
	} else {
		_ = c.cmd.Process.Signal(syscall.SIGTERM)
	}
	select {
	case <-c.done:
	case <-time.After(wait):
		_ = c.cmd.Process.Kill()
		<-c.done
	}
}

// ordered gives the last order, if there is one and the child can take it.
func (c *child) ordered() bool {
	if c.last == nil || c.last.Load() == nil {
		return false
	}
	return c.last.Load().Give(c.orders) == nil
}

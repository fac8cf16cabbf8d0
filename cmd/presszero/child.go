package main

import (
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// child is one of our own subcommands, run as a process of its own.
type child struct {
	cmd  *exec.Cmd
	said *logged
	done chan struct{}

	// last is the signal that Stop sends from the moment it is set on, in place
	// of SIGTERM: the child then says goodbye to callers. nil: never.
	last *atomic.Int32
}

// startChild runs `presszero NAME ARGS` with the program that is in force. It
// dies with us, however we die, and does not hear the terminal's Ctrl-C: the
// order of stopping is ours. setup has the last word on the command.
func startChild(program string, s Settings, setup func(*exec.Cmd), name string, args ...string) (*child, error) {
	log := &logged{log: openLog(s, s.path("log", name+".log"))}
	cmd := exec.Command(program, append([]string{name}, args...)...)
	cmd.Env = append(os.Environ(), s.env()...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.WaitDelay = time.Second // for what it has started and still prints
	if setup != nil {
		setup(cmd)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c := &child{cmd: cmd, said: log, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel sends Pdeathsig when the thread that started the child
		// ends, so that thread is kept until the child is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(c.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

func (c *child) PID() int              { return c.cmd.Process.Pid }
func (c *child) Done() <-chan struct{} { return c.done }

// Stop ends the child in order, and by force when it does not.
func (c *child) Stop() {
	order, wait := syscall.SIGTERM, killWait
	if c.last != nil && c.last.Load() != 0 {
		order, wait = syscall.Signal(c.last.Load()), killWait+farewellLimit
	}
	_ = c.cmd.Process.Signal(order)
	select {
	case <-c.done:
	case <-time.After(wait):
		_ = c.cmd.Process.Kill()
		<-c.done
	}
}

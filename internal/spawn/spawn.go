// Package spawn starts the processes of the program: those that it keeps for as long as it
// runs, and that end with it.
package spawn

import (
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// Nice is what is added to this program's nice value, by which processes share a busy
// processor (setpriority(2)): the lower, the larger the share.
type Nice int

// What processes are started with. Below Usual takes root, CAP_SYS_NICE or a limit
// (`LimitNICE=-10` of systemd); without, it is Usual.
const (
	Usual Nice = 0
	// Decisions is for what decides on callers, and shows Asterisk that it lives.
	Decisions Nice = -5
	// Voices is for what has to send a packet every 20 ms, whatever else the machine
	// computes.
	Voices Nice = -10
)

// Start starts cmd. The channel brings what cmd.Wait returns, when the process has ended.
//
// The kernel sends Pdeathsig when the thread that started the process ends, so that thread
// is kept until the process has ended, and ends with it.
func Start(cmd *exec.Cmd, nice Nice) (<-chan error, error) {
	started, ended := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if nice != Usual {
			add(nice)
		}
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return ended, nil
}

// add changes the nice value of this thread, which what it starts inherits.
func add(nice Nice) {
	ours, err := unix.Getpriority(unix.PRIO_PROCESS, 0) // 20 minus the nice value (getpriority(2))
	if err == nil {
		_ = unix.Setpriority(unix.PRIO_PROCESS, 0, 20-ours+int(nice)) // refused to a user without the right
	}
}

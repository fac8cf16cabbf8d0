package chaos

import (
	"sync"
	"syscall"
	"time"
)

// processes kills and stops the parts of the running program.
type processes struct {
	*script
	*Stack
}

// killPart kills a part as a crash does, and returns when another stands in its place.
func (p *processes) killPart(part string) {
	old, err := p.processID(part)
	p.require(err)
	p.require(signal(syscall.SIGKILL, old))
	p.waitReplaced(part, old)
}

// waitReplaced waits until a part runs in another process than old.
func (p *processes) waitReplaced(part string, old int) {
	p.waitFor(20*time.Second, part+" stands again", func() bool {
		pid, err := p.processID(part)
		return err == nil && pid != old
	})
}

// stopPart stops a part and all its children where they are, and returns how to
// let them go on. They go on in any case when the mode ends.
func (p *processes) stopPart(part string) (resume func()) {
	pid, err := p.processID(part)
	p.require(err)
	pids := family(pid)
	resume = sync.OnceFunc(func() { _ = signal(syscall.SIGCONT, pids...) })
	p.finally(resume)
	p.require(signal(syscall.SIGSTOP, pids...))
	return resume
}

// hangPart stops a part until it is found out, ended and started again.
func (p *processes) hangPart(part string, meanwhile func()) {
	pid, err := p.processID(part)
	p.require(err)
	at := time.Now()
	p.stopPart(part)
	meanwhile()
	p.waitFor(30*time.Second, part+" is ended and started again", func() bool {
		now, err := p.processID(part)
		return err == nil && now != pid
	})
	p.noteFigure("%s was ended and started again after %s", part, Millis(time.Since(at)))
	p.waitReady(at)
}

// waitReady waits until calls can come, and notes how long they could not.
func (p *processes) waitReady(since time.Time) {
	p.waitFor(40*time.Second, "calls can come again", func() bool { return p.readyNow(p) })
	p.noteReady(time.Since(since))
}

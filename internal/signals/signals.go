// Package signals keeps signals that a script or a terminal sends by mistake from
// ending a process that calls depend on.
package signals

import (
	"os"
	"os/signal"
	"syscall"
)

// Stray are signals that would end a process by default, and that nobody sends to us
// on purpose: a script that rotates logs does so by mistake, or a terminal that is
// closed.
var Stray = []os.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2}

// PassOver keeps signals from ending this process, for as long as it lives, and tells each.
func PassOver(tell func(os.Signal), signals ...os.Signal) {
	got := make(chan os.Signal, 4)
	signal.Notify(got, signals...)
	go func() {
		for s := range got {
			tell(s)
		}
	}()
}

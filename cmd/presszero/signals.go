package main

import (
	"os"
	"os/signal"
	"syscall"
)

// stray are signals that would end a process by default, and that nobody sends to us
// on purpose: a script that rotates logs does so by mistake, or a terminal that is
// closed.
var stray = []os.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2}

// spare keeps signals from ending this process, for as long as it lives, and tells each.
func spare(tell func(os.Signal), signals ...os.Signal) {
	got := make(chan os.Signal, 4)
	signal.Notify(got, signals...)
	go func() {
		for s := range got {
			tell(s)
		}
	}()
}

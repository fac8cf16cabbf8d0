package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
)

// firstHeld is the file descriptor of the socket (sd_listen_fds(3)).
const firstHeld = 3

// held returns the socket that is held for us, or nil when there is none.
func held() (net.Listener, error) {
	count, pid := os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_PID")
	for _, name := range []string{"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"} {
		_ = os.Unsetenv(name) // they are not meant for what we start
	}
	if count == "" || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	if count != "1" {
		return nil, fmt.Errorf("%s sockets were handed over; there must be one, for the pages", count)
	}
	f := os.NewFile(firstHeld, "pages")
	defer f.Close()
	l, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("the socket that was handed over cannot be used for the pages: %w", err)
	}
	return l, nil
}

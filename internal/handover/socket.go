package handover

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
)

// The socket of the pages is held by the process that starts the controller, `up` or
// systemd, and handed to it. So it outlives the controller: a page that comes
// back while nobody listens waits a moment and is not refused.

// firstHeld is the file descriptor of the socket (sd_listen_fds(3)).
const firstHeld = 3

// HeldSocket returns the socket that is held for us, or nil when there is none.
func HeldSocket() (net.Listener, error) {
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

// Pass gives the socket of the pages, and orders, to a controller that is about to be
// started. It returns where the orders are written.
func Pass(cmd *exec.Cmd, pages *os.File) (orders io.Writer, err error) {
	cmd.ExtraFiles = []*os.File{pages} // is firstHeld there
	cmd.Env = append(cmd.Env, "LISTEN_FDS=1", takesOrders+"=1")
	return cmd.StdinPipe()
}

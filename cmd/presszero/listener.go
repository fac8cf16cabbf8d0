package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"

	"presszero/internal/settings"
)

// The socket of the pages is held by whoever starts the controller, `up` or
// systemd, and handed to it. So it outlives the controller: a page that comes
// back while nobody listens waits a moment and is not refused.

// hold takes or opens the socket of the pages, to be given to controllers.
func (h *house) hold() error {
	l, err := held()
	if err != nil {
		return err
	}
	if l == nil {
		if l, err = net.Listen("tcp", h.s.HTTPAddr); err != nil {
			return fmt.Errorf("PRESSZERO_HTTP_ADDR: %w", settings.InUse(h.s.HTTPAddr, err))
		}
	}
	defer l.Close()
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return fmt.Errorf("the socket that was handed over is not a TCP socket: %s", l.Addr())
	}
	host, _, _ := net.SplitHostPort(h.s.HTTPAddr)
	h.s.HTTPAddr = net.JoinHostPort(host, strconv.Itoa(tcp.Addr().(*net.TCPAddr).Port))
	h.door, err = tcp.File()
	return err
}

// give hands the socket to a controller that is about to be started, and returns
// where its orders are written.
func (h *house) give(cmd *exec.Cmd) (orders io.Writer, err error) {
	cmd.ExtraFiles = []*os.File{h.door} // is firstHeld there
	cmd.Env = append(cmd.Env, "LISTEN_FDS=1", takesOrders+"=1")
	return cmd.StdinPipe()
}

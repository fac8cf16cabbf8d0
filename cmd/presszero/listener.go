package main

import (
	"fmt"
	"net"
	"strconv"

	"presszero/internal/handover"
	"presszero/internal/settings"
)

// hold takes or opens the socket of the pages, to be given to controllers.
func (h *house) hold() error {
	l, err := handover.HeldSocket()
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

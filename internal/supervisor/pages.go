package supervisor

import (
	"fmt"
	"net"
	"strconv"

	"presszero/internal/handover"
	"presszero/internal/settings"
)

// hold takes or opens the socket of the pages, to be given to controllers.
func (sup *Supervisor) hold() error {
	l, err := handover.HeldSocket()
	if err != nil {
		return err
	}
	if l == nil {
		if l, err = net.Listen("tcp", sup.settings.HTTPAddr); err != nil {
			return fmt.Errorf("PRESSZERO_HTTP_ADDR: %w", settings.InUse(sup.settings.HTTPAddr, err))
		}
	}
	defer l.Close()
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return fmt.Errorf("the socket that was handed over is not a TCP socket: %s", l.Addr())
	}
	host, _, _ := net.SplitHostPort(sup.settings.HTTPAddr)
	sup.settings.HTTPAddr = net.JoinHostPort(host, strconv.Itoa(tcp.Addr().(*net.TCPAddr).Port))
	sup.pages, err = tcp.File()
	return err
}

package customer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
)

// A line is a call's sound: a socket, an ear on it from the start, and a mouth
// from the answer on.
type line struct {
	socket *wire
	here   netip.AddrPort
	*mouth
	*ear

	silence context.CancelFunc // silences the mouth
	quiet   context.Context
	running sync.WaitGroup
	once    sync.Once
}

func openLine(ip netip.Addr, what Sound, keep int) (*line, error) {
	conn, err := listenEven(ip)
	if err != nil {
		return nil, err
	}
	socket := &wire{UDPConn: conn}
	l := &line{
		socket: socket,
		here:   socket.LocalAddr().(*net.UDPAddr).AddrPort(),
		mouth:  newMouth(socket, what),
		ear:    newEar(keep),
	}
	l.quiet, l.silence = context.WithCancel(context.Background())
	l.running.Go(func() { l.listen(socket) })
	return l, nil
}

// listenEven takes a free port with an even number. The other side sends RTCP to
// the odd port after it, where no other call of ours may take RTP.
func listenEven(ip netip.Addr) (*net.UDPConn, error) {
	var odd []*net.UDPConn
	defer func() {
		for _, socket := range odd {
			_ = socket.Close()
		}
	}()
	for range 64 {
		socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
		if err != nil {
			return nil, fmt.Errorf("customer: opening a port for sound on %v: %w", ip, err)
		}
		if socket.LocalAddr().(*net.UDPAddr).Port%2 == 0 {
			return socket, nil
		}
		odd = append(odd, socket)
	}
	return nil, errors.New("customer: no free UDP port with an even number for sound")
}

// connect begins to speak to the other side.
func (l *line) connect(s session) {
	l.sendTo(s)
	l.running.Go(func() { l.speak(l.quiet) })
}

// close ends both directions and waits until they have.
func (l *line) close() {
	l.once.Do(func() {
		l.silence()
		_ = l.socket.Close()
	})
	l.running.Wait()
}

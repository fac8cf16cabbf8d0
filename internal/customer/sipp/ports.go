package sipp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// ports are those of one SIPp, so that several run side by side.
type ports struct {
	sip, control int
	media        int // SIPp takes this one and the next but one
}

// freePorts finds ports that nobody uses now. All are held until the last is
// found, so they are different.
func freePorts(ip string) (ports, error) {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ports{}, fmt.Errorf("sipp: %q is no IP address to call from", ip)
	}
	var held []*net.UDPConn
	defer func() {
		for _, socket := range held {
			_ = socket.Close()
		}
	}()
	hold := func(port uint16) (int, error) {
		socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, port)))
		if err != nil {
			return 0, fmt.Errorf("sipp: finding free ports: %w", err)
		}
		held = append(held, socket)
		return socket.LocalAddr().(*net.UDPAddr).Port, nil
	}
	var p ports
	if p.sip, err = hold(0); err != nil {
		return p, err
	}
	if p.control, err = hold(0); err != nil {
		return p, err
	}
	for range 100 {
		if p.media, err = hold(0); err != nil {
			return p, err
		}
		if p.media%2 != 0 || p.media > 65000 {
			continue
		}
		if _, err := hold(uint16(p.media + 2)); err == nil {
			return p, nil
		}
	}
	return p, errors.New("sipp: no two free UDP ports next to each other for sound")
}

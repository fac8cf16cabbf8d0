package media

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/transport/v4/stdnet"
)

// ports is the one port that all pages reach: UDP, and TCP with the same
// number for networks that let no UDP out (RFC 6544). One UDP port for
// hundreds of agents is one hole in the firewall.
type ports struct {
	number   int
	udp      ice.UDPMux
	tcp      *ice.TCPMuxDefault
	pages    *directory
	networks []ice.NetworkType
	rewrite  []ice.AddressRewriteRule
	host     netip.Addr // unspecified: every interface
}

const socketBuffer = 4 << 20 // bytes; 500 agents send 25,000 packets a second

// openPorts listens on addr, "ip:port". Port 0 takes a number that is free for
// both UDP and TCP. public, if not empty, is our address behind a 1:1 NAT.
func openPorts(addr, public string, logs logging.LoggerFactory, survive func(string)) (*ports, error) {
	host, number, err := splitAddr(addr)
	if err != nil {
		return nil, err
	}
	interfaces, err := stdnet.NewNet()
	if err != nil {
		return nil, fmt.Errorf("media: cannot list this machine's addresses: %w", err)
	}
	machine := &sockets{Net: interfaces, pages: newDirectory(), survive: survive}
	attempts := 1
	if number == 0 {
		attempts = 20 // a number free for TCP may be taken for UDP
	}
	for range attempts {
		var p *ports
		if p, err = listenBoth(host, number, machine, logs); err != nil {
			continue
		}
		if err := p.publish(public); err != nil {
			return nil, errors.Join(err, p.close())
		}
		return p, nil
	}
	return nil, fmt.Errorf("media: cannot listen on %s for the agents' voice: %w (choose another MEDIA_ADDR)", addr, err)
}

func splitAddr(addr string) (netip.Addr, int, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return netip.Addr{}, 0, fmt.Errorf("media: MEDIA_ADDR %q is not of the form ip:port: %w", addr, err)
	}
	if host == "" {
		host = "0.0.0.0"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}, 0, fmt.Errorf("media: MEDIA_ADDR %q needs an IP address, not a name: %w", addr, err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.Addr{}, 0, fmt.Errorf("media: MEDIA_ADDR %q has no port number: %w", addr, err)
	}
	return ip.Unmap(), int(number), nil
}

func listenBoth(host netip.Addr, number int, machine *sockets, logs logging.LoggerFactory) (*ports, error) {
	p := &ports{host: host, pages: machine.pages}
	network, udpTypes := "tcp4", []ice.NetworkType{ice.NetworkTypeUDP4}
	p.networks = []ice.NetworkType{ice.NetworkTypeUDP4, ice.NetworkTypeTCP4}
	if host.Is6() {
		network, udpTypes = "tcp", []ice.NetworkType{ice.NetworkTypeUDP4, ice.NetworkTypeUDP6}
		p.networks = append(p.networks, ice.NetworkTypeUDP6, ice.NetworkTypeTCP6)
	}
	listener, err := net.Listen(network, netip.AddrPortFrom(host, uint16(number)).String())
	if err != nil {
		return nil, err
	}
	p.number = listener.Addr().(*net.TCPAddr).Port
	if p.udp, err = listenUDP(host, p.number, udpTypes, machine, logs.NewLogger("ice")); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p.tcp = ice.NewTCPMuxDefault(ice.TCPMuxParams{
		Listener:       newBoundedListener(listener, mostConns, mostConnsPerHost),
		Logger:         logs.NewLogger("ice-tcp"),
		ReadBufferSize: 64, // packets
		// About four seconds of voice; a page behind a stalled TCP connection
		// loses packets then, instead of holding up its caller's reader.
		WriteBufferSize:              32 << 10,
		FirstStunBindTimeout:         5 * time.Second,
		AliveDurationForConnFromStun: 10 * time.Second,
	})
	return p, nil
}

// listenUDP takes one socket per address even when host is unspecified:
// a reply must leave with the address that the page knows as ours.
func listenUDP(host netip.Addr, number int, types []ice.NetworkType, machine *sockets, log logging.LeveledLogger) (ice.UDPMux, error) {
	if host.IsUnspecified() {
		return ice.NewMultiUDPMuxFromPort(number,
			ice.UDPMuxFromPortWithLoopback(),
			ice.UDPMuxFromPortWithNetworks(types...),
			ice.UDPMuxFromPortWithNet(machine),
			ice.UDPMuxFromPortWithLogger(log))
	}
	conn, err := machine.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, uint16(number))))
	if err != nil {
		return nil, err
	}
	return ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: conn, Logger: log}), nil
}

func (p *ports) close() error {
	return errors.Join(p.udp.Close(), p.tcp.Close())
}

// publish says which addresses pages are told. A public address (of a 1:1 NAT
// before this machine) is told beside the local one that faces the world, so
// that agents inside reach us as well.
func (p *ports) publish(public string) error {
	if public == "" {
		return nil
	}
	ip, err := netip.ParseAddr(public)
	if err != nil {
		return fmt.Errorf("media: PUBLIC_IP %q is not an IP address: %w", public, err)
	}
	p.rewrite = []ice.AddressRewriteRule{{
		External:        []string{ip.String()},
		Local:           p.facing(ip),
		AsCandidateType: ice.CandidateTypeHost,
		Mode:            ice.AddressRewriteAppend,
	}}
	return nil
}

// newAgent makes the ICE side of a page's connection: lite, on our port only.
func (p *ports) newAgent(logs logging.LoggerFactory) (*ice.Agent, error) {
	options := []ice.AgentOption{
		ice.WithICELite(true),
		ice.WithCandidateTypes([]ice.CandidateType{ice.CandidateTypeHost}),
		ice.WithNetworkTypes(p.networks),
		ice.WithUDPMux(p.udp),
		ice.WithTCPMux(p.tcp),
		ice.WithIncludeLoopback(),
		ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled),
		ice.WithDisableActiveTCP(), // never dial out
		ice.WithDisconnectedTimeout(disconnectedAfter),
		ice.WithFailedTimeout(failedAfter),
		ice.WithKeepaliveInterval(keepaliveEvery),
		ice.WithLoggerFactory(logs),
	}
	if p.rewrite != nil {
		options = append(options, ice.WithAddressRewriteRules(p.rewrite...))
	}
	return ice.NewAgentWithOptions(options...)
}

// facing is our own address on the way to ip; empty, meaning any, if there is
// no way. Connecting a UDP socket asks the kernel and sends nothing.
func (p *ports) facing(ip netip.Addr) string {
	if !p.host.IsUnspecified() {
		return p.host.String()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "udp", netip.AddrPortFrom(ip, 9).String())
	if err != nil {
		return ""
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap().String()
}

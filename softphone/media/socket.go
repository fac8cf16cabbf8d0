package media

import (
	"net"
	"net/netip"
	"sync"

	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"
)

// directory tells the sockets whose voice comes from which address.
type directory struct {
	mu    sync.RWMutex
	links map[netip.AddrPort]*link
}

func newDirectory() *directory { return &directory{links: map[netip.AddrPort]*link{}} }

func (d *directory) find(from netip.AddrPort) *link {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.links[from]
}

// add enters a link, which may have several addresses. An address belongs to the
// link that was reached there last.
func (d *directory) add(at netip.AddrPort, k *link) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.links[at] = k
}

// remove removes all addresses of a link.
func (d *directory) remove(k *link) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for at, other := range d.links {
		if other == k {
			delete(d.links, at)
		}
	}
}

// socket is a UDP socket of the media port. The ICE library reads from it all that is
// not voice of a page which it has found; that voice is taken here, decrypted and on
// its way to Asterisk before the next packet is read. Whoever sends from the address
// of another page is found out by the keys.
type socket struct {
	*net.UDPConn
	pages *directory
	// survive is deferred around each packet: the library's goroutine reads.
	survive func(what string)
}

// ReadFromAddrPort implements ice.AddrPortReaderWriter.
func (s *socket) ReadFromAddrPort(buf []byte) (int, netip.AddrPort, error) {
	for {
		n, from, err := s.ReadFromUDPAddrPort(buf)
		if err != nil || !isVoice(buf[:n]) {
			return n, from, err
		}
		k := s.pages.find(netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
		if k == nil {
			return n, from, nil
		}
		s.take(k, buf[:n])
	}
}

func (s *socket) take(k *link, buf []byte) {
	defer s.survive("page's voice")
	k.takeVoice(buf)
}

// WriteToAddrPort implements ice.AddrPortReaderWriter.
func (s *socket) WriteToAddrPort(buf []byte, to netip.AddrPort) (int, error) {
	return s.WriteToUDPAddrPort(buf, to)
}

// sockets is the network as the ICE library sees it: the machine's, with our sockets.
type sockets struct {
	*stdnet.Net
	pages   *directory
	survive func(what string)
}

// ListenUDP implements transport.Net.
func (n *sockets) ListenUDP(network string, at *net.UDPAddr) (transport.UDPConn, error) {
	conn, err := net.ListenUDP(network, at)
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(socketBuffer) // the kernel may grant less; that is enough for fewer agents
	return &socket{UDPConn: conn, pages: n.pages, survive: n.survive}, nil
}

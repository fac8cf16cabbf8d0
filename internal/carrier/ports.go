package carrier

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// inside is the key of the address that the network's telephones use.
const inside = "inside"

// errTaken says that a port that was free is not any more.
var errTaken = errors.New("carrier: another program was faster to take a port")

// addresses chooses where Kamailio listens and refuses what is in use.
func (c Config) addresses() (map[string]string, error) {
	addrs := map[string]string{}
	var all []io.Closer
	defer func() { // held until all are chosen, so that no two are the same
		for _, held := range all {
			_ = held.Close()
		}
	}()
	take := func(transport string, port int) (int, error) {
		held, port, err := c.holdPort(transport, port)
		if err != nil {
			return 0, err
		}
		all = append(all, held)
		addrs[transport] = fmt.Sprintf("%s:%d", c.host, port)
		return port, nil
	}
	if c.Demand.TLS {
		if _, err := take("tls", c.port); err != nil {
			return nil, err
		}
	} else {
		port, err := take("udp", c.port)
		if err != nil {
			return nil, err
		}
		if _, err := take("tcp", port); err != nil { // one port for both
			if c.port == 0 {
				err = fmt.Errorf("%w: %w", errTaken, err)
			}
			return nil, err
		}
		if _, err := take("tls", 0); err != nil {
			return nil, err
		}
	}
	_, err := take(inside, 0)
	return addrs, err
}

// holdPort takes a port (0: a free one) and holds it until the Closer is closed.
func (c Config) holdPort(transport string, port int) (io.Closer, int, error) {
	if transport == "udp" || transport == inside {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(c.host), Port: port})
		if err != nil {
			return nil, 0, fmt.Errorf("carrier: the address %s:%d cannot be used for UDP: %w", c.host, port, err)
		}
		return conn, conn.LocalAddr().(*net.UDPAddr).Port, nil
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.ParseIP(c.host), Port: port})
	if err != nil {
		return nil, 0, fmt.Errorf("carrier: the address %s:%d cannot be used for %s: %w", c.host, port, strings.ToUpper(transport), err)
	}
	return listener, listener.Addr().(*net.TCPAddr).Port, nil
}

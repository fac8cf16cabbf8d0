// Package nemesis is a proxy that does to a connection what networks do: it
// cuts, stalls and delays, and on websockets it loses, repeats and reorders
// single messages.
//
//	controller ──> Proxy ──> Asterisk
//	                 │
//	                 ├─ Cut, Mend      every connection breaks; none can be made
//	                 ├─ Freeze, Thaw   half-open: nothing passes, nobody is told
//	                 ├─ Delay          everything comes later
//	                 └─ Spoil          messages from the far side, at random
//
// It stands between the controller and Asterisk's ARI in `presszero chaos` and
// in the switch's conformance suite. Chance comes from a seed.
package nemesis

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Proxy passes on what comes to Addr. Its methods may be used from many
// goroutines.
type Proxy struct {
	in net.Listener
	to string

	tasks sync.WaitGroup

	mu     sync.Mutex
	over   bool
	cut    bool
	thawed chan struct{} // closed while nothing is frozen
	delay  time.Duration
	faults Faults
	chance *rand.Rand
	conns  map[net.Conn]bool
	done   Counts
}

// Counts are what has been done to messages since the start.
type Counts struct{ Passed, Lost, Twice, Late, Moved int }

// New listens on a free port of 127.0.0.1 for connections to the address.
func New(to string) (*Proxy, error) {
	in, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("a proxy to %s cannot listen: %w", to, err)
	}
	p := &Proxy{in: in, to: to, conns: map[net.Conn]bool{}, thawed: make(chan struct{})}
	close(p.thawed)
	p.tasks.Go(p.accept)
	return p, nil
}

// Addr is where the proxy stands in for the far side.
func (p *Proxy) Addr() string { return p.in.Addr().String() }

// Cut breaks every connection and lets none be made until Mend.
func (p *Proxy) Cut() { p.breakAll(true) }

// Break breaks every connection once; new ones can be made at once.
func (p *Proxy) Break() { p.breakAll(false) }

func (p *Proxy) breakAll(keep bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = p.cut || keep
	for c := range p.conns {
		_ = c.Close()
	}
	clear(p.conns)
}

// Mend ends Cut.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
}

// Freeze makes the connections half-open: they stand, new ones are taken, and
// nothing passes until Thaw.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.thawed:
		p.thawed = make(chan struct{})
	default:
	}
}

// Thaw ends Freeze; what was sent meanwhile passes now.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.thawed:
	default:
		close(p.thawed)
	}
}

// Delay makes everything come so much later, in both directions; 0 ends it.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Spoil spoils the messages that the far side sends on websockets from now on.
// The same seed gives the same chances; the zero Faults end it.
func (p *Proxy) Spoil(f Faults, seed uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults, p.chance = f, rand.New(rand.NewPCG(seed, 0))
}

// Done counts what has been done to messages.
func (p *Proxy) Done() Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

// Close breaks every connection and waits until all is quiet.
func (p *Proxy) Close() {
	_ = p.in.Close()
	p.mu.Lock()
	p.over = true
	p.mu.Unlock()
	p.Cut()
	p.Thaw()
	p.tasks.Wait()
}

func (p *Proxy) accept() {
	for {
		here, err := p.in.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		p.tasks.Go(func() { p.connect(here) })
	}
}

// connect passes on between the two sides until one of them has enough.
func (p *Proxy) connect(here net.Conn) {
	defer here.Close()
	if !p.addConnection(here) {
		return
	}
	defer p.forget(here)
	there, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer there.Close()
	if !p.addConnection(there) {
		return
	}
	defer p.forget(there)
	var both sync.WaitGroup
	both.Go(func() {
		p.relayBytes(there, here)
		_ = there.Close()
		_ = here.Close()
	})
	both.Go(func() {
		p.relayReplies(here, there)
		_ = there.Close()
		_ = here.Close()
	})
	both.Wait()
}

func (p *Proxy) addConnection(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut || p.over {
		return false
	}
	p.conns[c] = true
	return true
}

func (p *Proxy) forget(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// relayBytes passes bytes on as they are, when their time has come.
func (p *Proxy) relayBytes(to io.Writer, from io.Reader) {
	p.relayFrames(func() (frame, error) {
		buffer := make([]byte, 16<<10)
		n, err := from.Read(buffer)
		return frame{raw: buffer[:n]}, err
	}, func(f frame) error {
		_, err := to.Write(f.raw)
		return err
	})
}

// onTheWay is how much can be under way in one direction.
const onTheWay = 1024

// relayFrames takes frames from one side and gives them to the other. A delay is
// counted from a frame's arrival, so frames do not add up their delays.
func (p *Proxy) relayFrames(take func() (frame, error), give func(frame) error) {
	way := make(chan frame, onTheWay)
	over := make(chan struct{})
	defer close(over)
	p.tasks.Go(func() {
		defer close(way)
		for {
			f, err := take()
			f.at = time.Now()
			if len(f.raw) > 0 {
				select {
				case way <- f:
				case <-over:
					return
				}
			}
			if err != nil {
				return
			}
		}
	})
	for f := range way {
		p.waitDelay(f.at)
		if give(f) != nil {
			return
		}
	}
}

// waitDelay waits until the delay since at has passed and nothing is frozen.
func (p *Proxy) waitDelay(at time.Time) {
	p.mu.Lock()
	thawed, delay := p.thawed, p.delay
	p.mu.Unlock()
	if delay > 0 {
		time.Sleep(time.Until(at.Add(delay)))
	}
	<-thawed
}

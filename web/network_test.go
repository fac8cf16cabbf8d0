package web_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// network stands between a browser and the server and can die: what is under
// way then stands for ever, and new connections are taken and never answered,
// until it is healed for those that begin after that.
type network struct {
	in    net.Listener
	to    string
	tasks sync.WaitGroup
	over  chan struct{}

	mu    sync.Mutex
	alive chan struct{} // closed when the network dies
	held  atomic.Int64  // connections made while it was dead
}

func newNetwork(t *testing.T, to string) *network {
	in, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &network{in: in, to: strings.TrimPrefix(to, "http://"), over: make(chan struct{}), alive: make(chan struct{})}
	n.tasks.Go(func() {
		for {
			here, err := in.Accept()
			if err != nil {
				return
			}
			n.tasks.Go(func() { n.pass(here) })
		}
	})
	t.Cleanup(func() {
		close(n.over)
		_ = in.Close()
		n.tasks.Wait()
	})
	return n
}

func (n *network) url() string { return "http://" + n.in.Addr().String() }

func (n *network) die() {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.alive)
}

func (n *network) heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.alive = make(chan struct{})
}

// pass carries one connection as long as the network of its beginning lives,
// and then holds both ends.
func (n *network) pass(here net.Conn) {
	defer here.Close()
	n.mu.Lock()
	alive := n.alive
	n.mu.Unlock()
	select {
	case <-alive:
		n.held.Add(1)
		<-n.over
		return
	default:
	}
	there, err := net.Dial("tcp", n.to)
	if err != nil {
		return
	}
	defer there.Close()
	ended := make(chan struct{}, 2)
	carry := func(to, from net.Conn) {
		buffer := make([]byte, 16<<10)
		for {
			m, err := from.Read(buffer)
			select {
			case <-alive:
				return // dead: nothing arrives, and no end of it either
			default:
			}
			if _, failed := to.Write(buffer[:m]); err != nil || failed != nil && failed != io.EOF {
				ended <- struct{}{}
				return
			}
		}
	}
	n.tasks.Go(func() { carry(there, here) })
	n.tasks.Go(func() { carry(here, there) })
	select {
	case <-ended:
		return
	case <-alive:
	case <-n.over:
		return
	}
	<-n.over
}

// TestDeadNetwork: a network that dies without a word is noticed within
// seconds, connections that never open and questions that are never answered
// are given up and tried again, and the page is back as soon as the network is,
// though every connection of before stands for ever.
func TestDeadNetwork(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	n := newNetwork(t, d.server.URL)
	b := newTab(t, d)
	b.url = n.url()
	b.signIn("agent", password)
	first := d.desk.hear("hello")
	b.do("desk", seen(".panel"), chromedp.Click(chromedp.CSS(".choice.available")))
	d.desk.hear("presence")
	d.desk.show("available", "idle", nil)
	b.do("free", shows("Waiting for a call"))

	n.die()
	died := time.Now()
	b.do("notices", shows("The connection is broken"))
	if took := time.Since(died); took > 15*time.Second { // 9 s, and the machine's own slowness
		t.Errorf("the page noticed after %v", took)
	}
	for poll := time.NewTicker(50 * time.Millisecond); n.held.Load() < 3; <-poll.C { // one after another
		if time.Since(died) > time.Minute {
			t.Fatalf("in a minute the page has tried %d times", n.held.Load())
		}
	}
	d.desk.forget() // so that the page tells her choice again
	n.heal()
	healed := time.Now()
	if again := d.desk.hearWithin(20*time.Second, "hello"); again["page"] != first["page"] {
		t.Fatalf("the page came back as %v, it was %v", again, first)
	}
	if took := time.Since(healed); took > 20*time.Second { // what is being tried, 5 s, its pause, 5 s, and slowness
		t.Errorf("the page was back after %v", took)
	}
	if p := d.desk.hear("presence"); p["presence"] != "available" {
		t.Fatalf("the page said %v", p)
	}
	d.desk.show("available", "idle", nil)
	b.do("free again", shows("Waiting for a call"), until("!document.body.innerText.includes('The connection is broken')"))

	// The browser tells of a change of networks: the line is put to the test.
	n.die()
	died = time.Now()
	b.do("another network", until("(window.dispatchEvent(new Event('offline')), true)"), shows("The connection is broken"))
	told := time.Since(died)
	n.heal()
	b.do("is there", until("(window.dispatchEvent(new Event('online')), true)"))
	d.desk.hear("hello")
	t.Logf("noticed %v after the browser's word, back after %v", told, time.Since(died))
	b.forgiveAll("WebSocket")
}

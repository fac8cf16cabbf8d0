package wholetest

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"

	"presszero/internal/deskclient"
	"presszero/internal/namespacetest"
	"presszero/internal/running"
	"presszero/internal/settings"
)

// TestNetworkChange: the network of an agent's browser is taken away, and there is
// another: a cable is pulled and the radio takes over. In a talk, on hold, and with a
// colleague.
//
//	Chromium ══ way 1 ══╗
//	   └─────── way 2 ──╨── server, on an address of its own
//
// Each end has a network of its own, which the test makes and which ends with it.
func TestNetworkChange(t *testing.T) {
	t.Parallel()
	if namespacetest.Inside() {
		networkChange(t)
		return
	}
	if why := namespacetest.Refused(syscall.CLONE_NEWNET, ip, "link", "set", "lo", "up"); why != nil {
		t.Fatalf("this machine lets nobody make a network of one's own, so a change of network cannot be tested: %v; "+
			"allow user namespaces, and install iproute2", why)
	}
	namespacetest.Rerun(t, syscall.CLONE_NEWNET)
}

// serverIP is where the pages and their voice are, by whichever way. It and the addresses
// of the ways are for documentation (RFC 5737): nobody has them.
const serverIP = "192.0.2.1"

const ip = "/sbin/ip" // of iproute2; not everybody has this folder in PATH

func networkChange(t *testing.T) {
	run(t, ip, "link", "set", "lo", "up")
	run(t, ip, "address", "add", serverIP, "dev", "lo")
	b := build(t, "PRESSZERO_HTTP_ADDR="+serverIP+":0", "PRESSZERO_MEDIA_ADDR="+serverIP+":0")
	b.choosesPassword()
	word := settings.RandomPassword(12)
	must(t, b.admin().Employ(soon(t), "ana", word))
	bob := b.colleague("bob")
	w := chromium{openChromium(t, deskclient.RobotTone, chromedp.Flag("ignore-certificate-errors", true),
		chromedp.ModifyCmdFunc(func(c *exec.Cmd) {
			c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
		}))}
	n := &network{TB: t, browser: strconv.Itoa(chromedp.FromContext(w.ctx).Browser.Process().Pid)}
	n.add()
	s := (&sitting{building: b, word: word}).at(w)
	s.begins()
	change := way{"another network", func(s *sitting) *sitting {
		n.add()
		return s
	}, func(*sitting, *sitting) { n.drop() }, nil}
	var rows []absence
	for _, sc := range scenes {
		var r absence
		s, r = s.plays(change, sc, bob, fmt.Sprintf("+34797%03d", len(rows)))
		rows = append(rows, r)
	}
	t.Logf("\n%s", table(rows))
}

// choosesPassword has the admin do what is asked of who comes from elsewhere first.
func (b *building) choosesPassword() {
	b.Helper()
	old, err := running.PasswordOf(b.pages(), "admin")
	must(b, err)
	own := settings.RandomPassword(12)
	_, err = b.admin().Send(soon(b), http.MethodPut, "/api/v1/me/password", map[string]string{"old": old, "new": own})
	must(b, err)
	must(b, os.WriteFile(b.pages().Path("passwords"), []byte("admin "+own+"\n"), 0o600))
}

// network is what leads from the browser to the server.
type network struct {
	testing.TB
	browser string // its process
	ways    int    // made so far
}

// inBrowser runs a command in the network of the browser.
func (n *network) inBrowser(command ...string) {
	n.Helper()
	run(n.TB, "nsenter", append([]string{"--target", n.browser, "--net"}, command...)...)
}

// add makes one more way. It is used when there is no earlier one.
func (n *network) add() {
	n.Helper()
	n.ways++
	here, there := fmt.Sprintf("here%d", n.ways), fmt.Sprintf("there%d", n.ways)
	run(n.TB, ip, "link", "add", here, "type", "veth", "peer", "name", there, "netns", n.browser)
	run(n.TB, ip, "address", "add", n.address(1)+"/30", "dev", here)
	run(n.TB, ip, "link", "set", here, "up")
	n.inBrowser(ip, "link", "set", "lo", "up") // a new network has everything down
	n.inBrowser(ip, "address", "add", n.address(2)+"/30", "dev", there)
	n.inBrowser(ip, "link", "set", there, "up")
	n.inBrowser(ip, "route", "add", "default", "via", n.address(1), "metric", strconv.Itoa(n.ways))
}

// address is that of an end of the last way, 1: the server's.
func (n *network) address(end int) string { return fmt.Sprintf("198.51.100.%d", 4*n.ways+end) }

// drop takes the way away that was made before the last. The server is told nothing: what
// it sends there is lost.
func (n *network) drop() {
	n.Helper()
	there := fmt.Sprintf("there%d", n.ways-1)
	n.inBrowser(ip, "address", "flush", "dev", there)
	n.inBrowser(ip, "route", "flush", "dev", there)
}

func run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

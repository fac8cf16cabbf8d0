package wholetest

import (
	"encoding/json"
	"fmt"
	"time"

	"presszero/internal/customer"
	"presszero/internal/deskclient"
)

// received makes the page count the packets of voice that have come.
const received = `
window.peers = [];
const Peer = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Peer {
	constructor(...args) {
		super(...args);
		window.peers.push(this);
	}
};
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = () => ask({audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: false}});
window.received = async () => {
	let packets = 0;
	for (const peer of window.peers) (await peer.getStats()).forEach((s) => { if (s.type === "inbound-rtp") packets += s.packetsReceived; });
	return packets;
};`

// sitting is ana at a window.
type sitting struct {
	*building
	window
	word string
}

// until waits until an expression is true in the page, over navigations.
func (s *sitting) until(js string) {
	s.Helper()
	var last any
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		got, err := s.evaluate("!!(" + js + ")")
		if got == "true" {
			return
		}
		last = err
		time.Sleep(20 * time.Millisecond) // the page does it; there is nothing to be told by
	}
	shown, _ := s.evaluate("document.body.innerText")
	s.Fatalf("%s did not come true: %v; the page shows:\n%s", js, last, shown)
}

func (s *sitting) click(css string) {
	s.Helper()
	s.until(fmt.Sprintf("document.querySelector(%q)", css))
	_, err := s.evaluate(fmt.Sprintf("document.querySelector(%q).click()", css))
	must(s, err)
}

// begins signs ana in and makes her available.
func (s *sitting) begins() {
	s.Helper()
	must(s, s.navigate(s.web+"/"))
	body, err := json.Marshal(map[string]string{"name": "ana", "password": s.word})
	must(s, err)
	status, err := s.evaluate(fmt.Sprintf(`fetch("/api/v1/session", {method: "POST", headers: {"Content-Type": "application/json"}, body: %q}).then((r) => r.status)`, body))
	must(s, err)
	if status != "200" {
		s.Fatalf("signing in: %s", status)
	}
	must(s, s.navigate(s.web+"/"))
	s.click(".choice.available")
	// Without a sound device, Firefox's page says that it cannot ring; it does all else.
	s.until("/Waiting for a call|Your voice arrives/.test(document.body.innerText)")
}

// talks has the page answer a new caller.
func (s *sitting) talks(from string) *customer.Call {
	s.Helper()
	c := s.callPerson(from)
	s.click("button.accept")
	_, err := c.WaitTone(soon(s), deskclient.RobotTone)
	must(s, err)
	return c
}

// wrapsUp ends the after-call work. Right after it has begun the page takes no press, so
// it is pressed again.
func (s *sitting) wrapsUp() {
	s.Helper()
	s.until("document.body.innerText.includes('Waiting for a call') || (document.querySelector('.panel button.primary')?.click(), false)")
}

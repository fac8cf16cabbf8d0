package web_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"presszero/internal/mediatest"
	"presszero/internal/pulsetest"
	"presszero/web"
)

// TestRealDevices: it rings in the room while nothing is in the ear, the caller is heard in
// the headset only, a microphone that is pulled in the talk is replaced by the other, and
// taken again when it is back.
func TestRealDevices(t *testing.T) {
	t.Parallel()
	p := pulsetest.Start(t)
	p.Loudspeaker("Laptop")
	p.Loudspeaker("Headset")
	p.Loudspeaker("Room")
	p.Microphone("Laptop_microphone")
	p.Microphone("Headset_microphone")
	v := newVoices(t)
	b := newTab(t, newTestServer(t, func(c *web.Config) { c.Desk = v }), chromedp.Env(p.Env()), chromedp.Flag("use-fake-device-for-media-stream", false))
	rtp := v.atWork(b)
	sounds := func(what, loudspeaker string) {
		t.Helper()
		mediatest.Until(t, what, func() bool { return p.Sounds(loudspeaker) })
	}
	silent := func(loudspeakers ...string) {
		t.Helper()
		for _, name := range loudspeakers {
			if p.Sounds(name) {
				t.Errorf("%s is heard", name)
			}
		}
	}
	speaks := func(microphone string) {
		t.Helper()
		mediatest.Until(t, "her voice is taken from "+microphone, func() bool {
			return p.Recording(microphone) == 1 && p.Recording("Laptop_microphone")+p.Recording("Headset_microphone") == 1
		})
	}
	b.do("choose", click(".setup .more"), selects("#choose-mic", "Headset_microphone"), selects("#choose-ear", "Headset"), selects("#choose-bell", "Room"))
	speaks("Headset_microphone")

	v.ring("c1.o1")
	b.do("it rings", seen(".panel.ringing"))
	sounds("the bell is heard in the room", "Room")
	silent("Laptop", "Headset")

	peer := mediatest.NewPeer(t, rtp, mediatest.Caller)
	v.talk("c1", peer.Addr())
	b.do("talk", seen(".panel.talk"))
	sounds("the caller is heard in the headset", "Headset")
	mediatest.Until(t, "the bell is over", func() bool { return !p.Sounds("Room") })
	silent("Laptop", "Room")
	heard := func() {
		t.Helper()
		before := len(peer.Packets())
		mediatest.Until(t, "a second of her voice arrives", func() bool { return len(peer.Packets()) >= before+50 })
	}
	heard()
	p.Pull("Headset_microphone")
	b.do("pulled", shows("“Headset_microphone” is not there. Your voice goes through"))
	speaks("Laptop_microphone")
	heard()
	p.Microphone("Headset_microphone")
	b.do("back", shows("“Headset_microphone” is back"))
	speaks("Headset_microphone")
	heard()
	p.Pull("Headset")
	b.do("the headset's loudspeaker is pulled", shows("“Headset” is not there. You hear callers on the system's output."))
	sounds("the caller is heard on the system's output", "Laptop")
	var longest time.Duration
	packets := peer.Packets()
	for i, packet := range packets[1:] {
		longest = max(longest, packet.At.Sub(packets[i].At))
	}
	t.Logf("the longest silence of her voice was %v", longest.Round(time.Millisecond))
	if longest > 3*time.Second {
		t.Errorf("her voice was away for %v", longest)
	}
}

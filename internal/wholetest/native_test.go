package wholetest

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/asterisk/private"
	"presszero/internal/customer"
)

// A talk is forwarded by Asterisk packet by packet, whichever G.711 law the caller's
// network speaks. On hold, which is mute and music on the caller's channel, Asterisk
// takes the packets apart; after it, it does so no more.
func TestTalkIsForwardedNatively(t *testing.T) {
	t.Parallel()
	b := build(t)
	agent := b.agent(b.employ("ann"))
	for from, alaw := range map[string]bool{"+34600000001": false, "+34600000002": true} {
		c, err := customer.Dial(soon(t), customer.Options{To: "100", Server: b.sip, From: from, Tone: 440, ALaw: alaw})
		must(t, err)
		_, err = c.Press(soon(t), '0')
		must(t, err)
		answer(t, agent)
		hear(t, c, agent)
		b.technologyIs("native_rtp")

		caller := "/channels/" + b.talk().caller()
		b.order(http.MethodPost, caller+"/mute?direction=in")
		b.order(http.MethodPost, caller+"/moh")
		b.technologyIs("simple_bridge")
		b.order(http.MethodDelete, caller+"/moh")
		b.order(http.MethodDelete, caller+"/mute?direction=in")
		b.technologyIs("native_rtp")
		hear(t, c, agent)

		_, err = c.Press(soon(t), '5')
		must(t, err)
		hear(t, c, agent)
		must(t, c.Hangup())
		must(t, agent.Wrapped())
		b.outcome(from, "answered")
		b.wait(10*time.Second, "nothing of the talk is left in Asterisk", func() bool {
			channels, bridges := b.switchHas()
			return channels == 0 && bridges == 0
		})
	}
	b.wait(20*time.Second, "Asterisk has forgotten the calls to the agent's media", func() bool {
		said, err := private.Console(soon(t), filepath.Join(b.dir, "asterisk"), "core show taskprocessors")
		must(t, err)
		return strings.Contains(said, "taskprocessors") && !strings.Contains(said, "outsess/agent_leg")
	})
}

// joined is a bridge of Asterisk.
type joined struct {
	Technology string
	Channels   []string
}

// caller is the channel that is no leg of ours.
func (j joined) caller() string {
	return j.Channels[slices.IndexFunc(j.Channels, func(id string) bool { return !strings.HasSuffix(id, ".leg") })]
}

// talk is the only bridge, with two in it.
func (b *building) talk() joined {
	b.Helper()
	var all []joined
	must(b, b.askARI("/bridges", &all))
	if len(all) != 1 || len(all[0].Channels) != 2 {
		b.Fatalf("Asterisk has the bridges %+v, want one with two channels", all)
	}
	return all[0]
}

// technologyIs waits until Asterisk joins the talk in that way.
func (b *building) technologyIs(want string) {
	b.Helper()
	var got string
	defer func() { b.Logf("the bridge's technology is %s", got) }()
	b.wait(10*time.Second, "the technology of the bridge is "+want, func() bool {
		got = b.talk().Technology
		return got == want
	})
}

// Asterisk and the voice process, and then the controller, come before all else that the
// machine computes, with each of their threads, where the system allows it.
func TestVoicesComeFirst(t *testing.T) {
	t.Parallel()
	b := build(t)
	for name, as := range map[string][]string{"asterisk": {"nice", "-n", "-10", "nice"}, "media": {"nice", "-n", "-10", "nice"}, "serve": {"nice", "-n", "-5", "nice"}, "postgres": {"nice"}} {
		want, err := exec.Command(as[0], as[1:]...).Output() // ours, with a warning, where -10 is not allowed
		must(t, err)
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", b.pid(name)))
		must(t, err)
		if len(threads) == 0 {
			t.Errorf("%s has no threads", name)
		}
		for _, thread := range threads {
			stat, err := os.ReadFile(filepath.Join(thread, "stat"))
			if err != nil {
				continue // it has ended
			}
			// After the name, which is in brackets: state, and 15 fields on the nice value (proc_pid_stat(5)).
			fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
			if got := fields[16]; got != strings.TrimSpace(string(want)) {
				t.Errorf("the thread %s of %s has the priority %s, want %s", filepath.Base(thread), name, got, want)
			}
		}
	}
}

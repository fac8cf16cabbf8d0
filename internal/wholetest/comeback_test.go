package wholetest

import (
	"fmt"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/deskclient"
)

// longestSilence bounds what a caller does not hear when an agent's page is gone: less
// than would make a person ask whether anybody is there.
const longestSilence = 3 * time.Second

// TestPageComesBack: the page of an agent who talks is gone and comes back, in every
// way. The caller is never in silence, and has the same agent without ringing; and the
// books have one talk.
func TestPageComesBack(t *testing.T) {
	t.Parallel()
	b := build(t)
	ana := b.agent(b.employ("ana"))
	t.Cleanup(func() { ana.Close() })
	for i, way := range []struct {
		name string
		hold bool
		gone func(b *building, ana *deskclient.Client) *deskclient.Client
	}{
		{"reload", false, reload},
		{"reload during a hold", true, reload},
		{"crash", false, crash},
		{"crash during a hold", true, crash},
		{"second page", false, besides},
		{"second page during a hold", true, besides},
		{"new audio", false, func(b *building, ana *deskclient.Client) *deskclient.Client { return ana }},
		{"restart meanwhile", false, restartMeanwhile},
		{"restart meanwhile, during a hold", true, restartMeanwhile},
	} {
		t.Run(way.name, func(t *testing.T) {
			b := b.in(t)
			from := fmt.Sprintf("+34795%03d", i)
			c := b.callPerson(from)
			talk := answer(t, ana).Talk
			hear(t, c, ana)
			if way.hold {
				must(t, ana.Hold(talk.Call, true))
				_, err := ana.WaitDesk(soon(t), onHold)
				must(t, err)
			}
			began, old := time.Now(), ana
			ana = way.gone(b, ana)
			must(t, ana.ConnectAudio(soon(t)))
			_, err := ana.WaitDesk(soon(t), func(d call.Desk) bool {
				return d.State == call.Talking && d.Talk.Call == talk.Call && d.Media && onHold(d) == way.hold
			})
			must(t, err)
			if old != ana {
				old.Close() // late, if it is open at all
			}
			if way.hold {
				if c.Hears(deskclient.RobotTone) {
					t.Error("the caller on hold hears the agent")
				}
				must(t, ana.Hold(talk.Call, false))
			}
			hear(t, c, ana)
			silence := c.LongestSilence(began, time.Now())
			t.Logf("%s: the caller heard nothing for %v at most", way.name, silence)
			if silence > longestSilence {
				t.Errorf("the caller heard nothing for %v", silence)
			}
			must(t, ana.HangUp(talk.Call))
			_, err = ana.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.WrapUp })
			must(t, err)
			must(t, ana.Wrapped())
			must(t, ana.Available())
			b.oneTalk(from)
		})
	}
}

func onHold(d call.Desk) bool { return d.Talk != nil && d.Talk.Hold != nil }

func reload(b *building, ana *deskclient.Client) *deskclient.Client {
	again, err := ana.Reload(soon(b))
	must(b, err)
	return again
}

// crash is the end of a page that says nothing, and a new one some seconds later.
func crash(b *building, ana *deskclient.Client) *deskclient.Client {
	ana.Phone().Mute(true)
	ana.Drop()
	b.inGap()
	return reload(b, ana)
}

func besides(b *building, ana *deskclient.Client) *deskclient.Client {
	second, err := ana.Beside(soon(b), false)
	must(b, err)
	return second
}

// restartMeanwhile kills the controller while the page is gone.
func restartMeanwhile(b *building, ana *deskclient.Client) *deskclient.Client {
	ana.Close()
	b.inGap()
	b.kill("serve")
	b.ready()
	return reload(b, ana)
}

// inGap waits until the caller of the agent hears that the page is gone.
func (b *building) inGap() {
	b.Helper()
	b.waitCount(10*time.Second, 1, `SELECT count(*) FILTER (WHERE type = 'bridge.gap') - count(*) FILTER (WHERE type = 'bridge.rejoined')
		FROM call_event WHERE agent = 'ana'`)
}

// oneTalk holds that a caller whose call is over was offered once and talked once.
func (b *building) oneTalk(from string) {
	b.Helper()
	b.outcome(from, "answered")
	for _, kind := range []string{"offer.started", "bridge.joined", "bridge.left", "call.ended"} {
		b.waitCount(10*time.Second, 1, `SELECT count(*) FROM call_event e JOIN report.call c USING (call_id)
			WHERE c.caller_number = $1 AND e.type = $2`, from, kind)
	}
}

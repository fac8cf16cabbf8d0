package wholetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/browsertest"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
	"presszero/internal/settings"
)

// ways are those that need no network.
var ways = []way{
	{"loaded anew", func(s *sitting) *sitting { return s }, func(s, _ *sitting) { must(s, s.reload()) }, nil},
	{"crashed; another tab", (*sitting).beside, func(s, next *sitting) {
		s.window.(chromium).crash()
		must(next, next.navigate(s.web+"/"))
	}, nil},
	{"second tab takes over", func(s *sitting) *sitting {
		next := s.beside()
		must(next, next.navigate(s.web+"/"))
		next.until("document.body.innerText.includes('open in another window')")
		return next
	}, func(_, next *sitting) {
		next.click("button.primary")
	}, func(s *sitting) {
		s.until("document.body.innerText.includes('another window')")
	}},
}

// TestReload: an agent loads the page anew in a talk, in each browser. In Chromium it
// also crashes, and another tab takes over; in a talk, on hold, and with a colleague.
// Another agent's page stays away meanwhile: the colleague has that caller in the end.
func TestReload(t *testing.T) {
	t.Parallel()
	b := build(t, "PRESSZERO_MEDIA_ADDR=0.0.0.0:0") // Firefox does not reach loopback
	word := settings.RandomPassword(12)
	must(t, b.admin().Employ(soon(t), "ana", word))
	away := b.staysAway("+34796020")
	t.Run("Chromium", func(t *testing.T) {
		b := b.in(t)
		bob := b.colleague("bob")
		s := (&sitting{building: b, word: word}).at(chromium{openChromium(t, deskclient.RobotTone)})
		s.begins()
		var rows []absence
		for _, w := range ways {
			for _, sc := range scenes {
				var r absence
				s, r = s.plays(w, sc, bob, fmt.Sprintf("+34796%03d", len(rows)))
				rows = append(rows, r)
			}
		}
		t.Logf("\n%s", table(rows))
	})
	t.Run("Firefox", func(t *testing.T) {
		const from = "+34796011"
		s := &sitting{b.in(t), firefox{browsertest.OpenFirefox(t)}, word}
		must(t, s.preload(received))
		s.begins()
		c := s.talks(from)
		began := time.Now()
		must(t, s.reload())
		s.until("received().then((n) => n > 50)")
		_, err := c.WaitToneAfter(soon(t), time.Now(), deskclient.RobotTone)
		must(t, err)
		if silence := c.LongestSilence(began, time.Now()); silence > longestSilence {
			t.Errorf("the caller heard nothing for %v", silence)
		}
		must(t, c.Hangup())
		s.oneTalk(from)
	})
	away.handedOn()
}

// threeWithout are a caller and a colleague whose agent's page is gone.
type threeWithout struct {
	*building
	*customer.Call
	ben  *colleague
	from string
	gone time.Time
}

// staysAway has an agent be gone from a talk of three.
func (b *building) staysAway(from string) *threeWithout {
	b.Helper()
	ben, eva := b.colleague("ben"), b.agent(b.employ("eva"))
	c := b.callPerson(from)
	talk := answer(b, eva).Talk.Call
	must(b, eva.Ask(talk, deskclient.Whom{To: "ben"}))
	answer(b, ben.Client)
	_, err := eva.WaitDesk(soon(b), func(d call.Desk) bool { return d.Talk.Other.With == call.WithOther })
	must(b, err)
	must(b, eva.Turn(talk, call.WithAll))
	ben.hears(b, callerTone, deskclient.RobotTone)
	ben.begins()
	gone := time.Now()
	eva.Close()
	return &threeWithout{b, c, ben, from, gone}
}

// handedOn waits until the colleague has the caller, and the books say so.
func (w *threeWithout) handedOn() {
	w.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Second) // 30 s from gone on
	defer cancel()
	d, err := w.ben.WaitDesk(ctx, func(d call.Desk) bool { return d.Talk != nil && d.Talk.Asked == nil })
	if err != nil || d.Talk.Caller.Number != w.from || d.Talk.Handed == nil || d.Talk.Handed.By != "eva" {
		w.Errorf("the colleague has %+v, %v", d.Talk, err)
	}
	w.ben.hears(w, callerTone)
	_, err = w.WaitToneAfter(soon(w), time.Now(), bobTone)
	must(w, err)
	talkOn(w, w.Call, w.ben, w.gone, time.Now())
	must(w, w.Hangup())
	w.outcome(w.from, "answered")
	for query, want := range map[string]int{
		`SELECT count(*) FROM call_event e JOIN report.call c USING (call_id) WHERE c.caller_number = $1 AND e.type = 'bridge.handed'`: 1,
		`SELECT count(*) FROM call_event e JOIN report.call c USING (call_id) WHERE c.caller_number = $1 AND e.type = 'bridge.joined'`: 2,
	} {
		w.waitCount(10*time.Second, want, query, w.from)
	}
}

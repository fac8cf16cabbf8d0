package asterisktest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
)

// Silence precedes the first word, as a part of the playback that is ordered at
// once: a controller that stops answering meanwhile takes no word from the
// caller. A caller who has been there for longer hears the word at once.
func TestLeadIn(t *testing.T) {
	t.Parallel()
	const leadIn = 100 * time.Millisecond
	fake, b := onFake(t, func(c *asterisk.Config) { c.LeadIn = leadIn })
	id, who := b.phoned()
	b.sw.Do(call.Play{Call: id, Play: "p1", Prompts: []string{Hello, Long}})
	b.until("a playback is ordered", func() bool { return len(fake.Playlists()) == 1 })
	b.stop()
	b.hears(who, Long) // later than the lead-in
	fresh := begin(t, fake.Rig(), asterisk.Known{Call: id, Channel: caller(who).Channel()})
	fresh.sw.Do(call.Play{Call: id, Play: "p2", Prompts: []string{Long}})
	fresh.until("it is played anew", func() bool { return len(fake.Playlists()) == 2 })
	other, whom := fresh.phoned()
	fresh.sw.Do(call.Play{Call: other, Play: "p3", Prompts: []string{Long}})
	fresh.hears(whom, Long)
	fresh.sw.Do(call.StopPlay{Call: other, Play: "p3"})
	fresh.sw.Do(call.Play{Call: other, Play: "p4", Prompts: []string{Hello}})
	fresh.until("all are ordered", func() bool { return len(fake.Playlists()) == 4 })
	for i, want := range []string{"sound:silence/120ms sound:hello sound:long", "sound:long", "sound:silence/220ms sound:long", "sound:hello"} {
		if got := fake.Playlists()[i]; got != want {
			t.Errorf("playback %d is %s, wanted %s", i+1, got, want)
		}
	}
}

// Without the silence the words are said all the same.
func TestLeadInCannotBeHad(t *testing.T) {
	t.Parallel()
	_, b := onFake(t, func(c *asterisk.Config) {
		c.Silence = func(time.Duration) (string, error) { return "", errors.New("the disk is full") }
	})
	id, who := b.phoned()
	b.sw.Do(call.Play{Call: id, Play: "p1", Prompts: []string{Long}})
	b.hears(who, Long)
}

// An earlier controller's prompt ends at once, also when Asterisk does not
// answer at the first time.
func TestOldPromptIsStopped(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]Fault{"refused": {Status: 503}, "cut": {Cut: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, old := onFake(t)
			id, who := old.phoned()
			old.sw.Do(call.Play{Call: id, Play: "p1", Prompts: []string{Long}})
			old.hears(who, Long)
			old.stop()
			for slot := range 8 {
				fault := fault
				fault.Method, fault.Path, fault.Times = "DELETE", fmt.Sprintf("/playbacks/%s.say%d", id, slot), 3
				fake.Fault(fault)
			}
			fresh := begin(t, fake.Rig(), asterisk.Known{Call: id, Channel: caller(who).Channel()})
			fresh.sw.Do(call.Music{Call: id})
			fresh.hears(who, Music)
		})
	}
}

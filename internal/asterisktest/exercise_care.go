package asterisktest

import (
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"presszero/call"
)

// promptLong: a prompt that lasts longer than the dead-man throws no caller into
// the fallback, whether the controller knows its length or not. The term of the
// dead-man stays as short as ever, during the prompt and after it.
func promptLong(t *testing.T, rig Rig) {
	rig.Config.DeadMan = 2 * time.Second
	well := newHealth()
	rig.Config.Healthy = well.isWell
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Play{Call: id, Play: "a" + string(id), Prompts: []string{Long, Long}})
	b.hears(who, Long)
	b.terms(3)
	b.still("the caller hears the prompt", func() bool { return who.Hears(Long) })
	b.sw.Do(call.StopPlay{Call: id, Play: "a" + string(id)})
	awaitEvent[call.PlayEnded](b, id)
	b.sw.Do(call.Play{Call: id, Play: "b" + string(id), Prompts: []string{Long}})
	b.hears(who, Long)
	well.fail()
	failed := time.Now()
	if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideSystem {
		t.Errorf("taken by the dead-man; told was %+v", h)
	}
	if took := time.Since(failed); took > rig.Config.DeadMan+time.Second {
		t.Errorf("the dead-man fired after %v", took)
	}
	b.hears(who, FallbackSound)
	who.HangUp()
}

// crowdSize is how many callers hear a prompt of three minutes at once, and the
// term of the dead-man meanwhile. A third of that number hear music, a tenth
// talk. For the soak PRESSZERO_CROWD sets the number, with the dead-man as it is
// in production.
func crowdSize(t *testing.T) (callers int, deadMan time.Duration) {
	set := os.Getenv("PRESSZERO_CROWD")
	if set == "" {
		return 30, 6 * time.Second
	}
	n, err := strconv.Atoi(set)
	if err != nil || n < 10 {
		t.Fatalf("PRESSZERO_CROWD=%s is no number of callers of at least 10", set)
	}
	return n, time.Minute
}

// crowd: while many callers hear a long prompt at once, no caller is taken to
// Asterisk's fallback: neither the callers who hear the prompt, nor those who hear
// music, nor those who talk to an agent.
func crowd(t *testing.T, rig Rig) {
	prompts, deadMan := crowdSize(t)
	music, talks := prompts/3, prompts/10
	rig.Config.DeadMan = deadMan
	b := begin(t, rig)
	var all []Caller
	var ids []call.ID
	phoned := func(n int, then func(call.ID, Caller)) {
		for range n {
			id, who := b.phoned()
			all, ids = append(all, who), append(ids, id)
			then(id, who)
		}
	}
	phoned(talks, func(id call.ID, who Caller) { b.connected(id, who, call.LegID(call.OfferID(id, 1))) })
	phoned(music, func(id call.ID, _ Caller) { b.sw.Do(call.Music{Call: id}) })
	phoned(prompts, func(id call.ID, _ Caller) {
		b.sw.Do(call.Play{Call: id, Play: "p" + string(id), Prompts: []string{Long, Long, Long}})
	})
	b.terms(2)
	nothingEnded(b)
	for i, who := range all {
		want := Long
		switch {
		case i < talks:
			want = string(Agent)
		case i < talks+music:
			want = string(Music)
		}
		b.hears(who, Sound(want))
	}
	nothingEnded(b)
	for _, id := range ids {
		b.sw.Do(call.HangUp{Call: id})
	}
	for range ids {
		awaitEvent[call.HungUp](b, "")
	}
	b.nothingLeft(ids...)
}

// nothingEnded fails the test if the end of a call, of a leg or of a prompt was told.
func nothingEnded(b *bench) {
	b.t.Helper()
	for _, e := range b.allTold() {
		switch e := e.(type) {
		case call.HungUp, call.LegEnded, call.PlayEnded:
			b.t.Fatalf("told was %+v", e)
		}
	}
}

// health is a controller's, until it fails.
type health struct {
	failed chan struct{}
	fail   func()
}

func newHealth() *health {
	h := &health{failed: make(chan struct{})}
	h.fail = sync.OnceFunc(func() { close(h.failed) })
	return h
}

func (h *health) isWell() bool {
	select {
	case <-h.failed:
		return false
	default:
		return true
	}
}

func deadMan(t *testing.T, rig Rig) {
	rig.Config.DeadMan = 1500 * time.Millisecond
	well := newHealth()
	rig.Config.Healthy = well.isWell
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Music{Call: id})
	b.terms(2)
	b.hears(who, Music)
	well.fail()
	if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideSystem {
		t.Errorf("taken by the dead-man; told was %+v", h)
	}
	b.hears(who, FallbackSound)
	who.HangUp()
}

func unwell(t *testing.T, rig Rig) {
	if err := rig.askARI("POST", "/asterisk/variable?variable=PZ_BEAT&value=1", nil); err != nil {
		t.Fatal(err)
	}
	rig.Config.Healthy = func() bool { return false }
	b := begin(t, rig)
	who := rig.Call(t, "100", "+34600000001")
	b.hears(who, FallbackSound)
	who.HangUp()
	if e := b.allTold(); len(e) != 0 {
		t.Errorf("told were %v", e)
	}
}

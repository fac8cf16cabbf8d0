package asterisktest

import (
	"slices"
	"testing"
	"time"
)

// FakeCaller is somebody who has phoned a Fake.
type FakeCaller struct{ ch *channel }

// Call phones to. As in the dialplan, the caller comes to the controller if
// that is connected and its heartbeat fresh, and into the fallback otherwise.
func (f *Fake) Call(to, from string) *FakeCaller {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := f.newChannel(f.newUniqueID(), "PJSIP")
	ch.to, ch.from = to, from
	ch.armDeadMan(time.Minute)
	if f.fresh() {
		ch.enter()
	} else {
		ch.toFallback()
	}
	return &FakeCaller{ch}
}

// Channel is Asterisk's name for the caller.
func (c *FakeCaller) Channel() string { return c.ch.id }

// Press presses and releases a digit. Keys are told with times at which fingers
// could have pressed them, however soon the calls follow.
func (c *FakeCaller) Press(digit rune) {
	c.ch.f.mu.Lock()
	defer c.ch.f.mu.Unlock()
	at := c.ch.pressed.Add(200 * time.Millisecond)
	if now := time.Now(); at.Before(now) {
		at = now
	}
	c.ch.pressed = at
	c.ch.sendEvent("ChannelDtmfReceived", map[string]any{"digit": string(digit), "duration_ms": 100, "timestamp": at.Format(timestamps)})
	if r := c.ch.recording; r != nil && r.stop == string(digit) {
		r.conclude(true)
	}
}

// HangUp is the caller's BYE.
func (c *FakeCaller) HangUp() {
	c.ch.f.mu.Lock()
	defer c.ch.f.mu.Unlock()
	c.ch.hangUp(16, false)
}

// GiveUp is SIP's CANCEL. It may cross our answer, and Asterisk tells both.
func (c *FakeCaller) GiveUp() {
	c.ch.f.mu.Lock()
	defer c.ch.f.mu.Unlock()
	c.ch.hangUp(127, false)
}

// Vanish is what Asterisk tells of a caller whose telephone does not answer when
// it is asked in the call whether it is still there.
func (c *FakeCaller) Vanish() {
	c.ch.f.mu.Lock()
	defer c.ch.f.mu.Unlock()
	c.ch.hangUp(18, false)
}

// Keys are those that we have pressed towards the caller.
func (c *FakeCaller) Keys() string {
	c.ch.f.mu.Lock()
	defer c.ch.f.mu.Unlock()
	return c.ch.keys
}

// NewStream is another RTP stream from the caller's telephone.
func (c *FakeCaller) NewStream(uint16) {
	c.ch.f.mu.Lock()
	defer c.ch.f.mu.Unlock()
	c.ch.stream++
	c.ch.untranslated = c.ch.bridge != nil && len(c.ch.bridge.members) > two
}

// Done is closed when the caller's telephone is down, whoever ended it.
func (c *FakeCaller) Done() <-chan struct{} { return c.ch.gone }

// Hears tells what the caller hears now; of several sounds, the first by name.
func (c *FakeCaller) Hears() Sound { return append(c.ch.heardSounds(), Silence)[0] }

// hearsAll reports whether the caller hears these, and nothing else.
func (c *FakeCaller) hearsAll(all []Sound) bool {
	all = slices.DeleteFunc(slices.Sorted(slices.Values(all)), func(s Sound) bool { return s == Silence })
	return slices.Equal(c.ch.heardSounds(), all)
}

// Rig is the fake as Exercise wants it.
func (f *Fake) Rig() Rig {
	return Rig{Config: f.Config(),
		Call: func(_ *testing.T, to, from string) Caller { return fakePhone{f.Call(to, from)} },
		Person: func(_ *testing.T, number string, does Manner, voice Sound) Person {
			return f.Person(number, does, voice)
		},
		Message: func(record string) Sound {
			f.mu.Lock()
			defer f.mu.Unlock()
			if f.voiced[record] {
				return Voice
			}
			return Silence
		},
	}
}

type fakePhone struct{ *FakeCaller }

func (p fakePhone) Hears(all ...Sound) bool { return p.hearsAll(all) }

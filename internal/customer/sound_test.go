package customer

import (
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"presszero/internal/audio"
)

func TestTonesBothWays(t *testing.T) {
	t.Run("mu-law", func(t *testing.T) { tonesBothWays(t, false) })
	t.Run("A-law", func(t *testing.T) { tonesBothWays(t, true) })
}

func tonesBothWays(t *testing.T, alaw bool) {
	server, calls := answeringPhone(t, Sound{Tone: 1000})
	c := dialNumber(t, Options{Server: server, From: "+34600000001", Name: `Ana "la jefa"`, Tone: 440, ALaw: alaw})
	p := taken(t, calls)
	if got := c.line.law() == payloadAlaw && p.line.law() == payloadAlaw; got != alaw {
		t.Errorf("they speak laws %d and %d", c.line.law(), p.line.law())
	}

	at, err := c.WaitTone(deadlineSoon(t), 1000)
	if err != nil {
		t.Fatal(err)
	}
	if at.Before(c.Dialled) || at.After(time.Now()) {
		t.Errorf("heard the agent at %v, dialled at %v", at, c.Dialled)
	}
	if _, err := p.WaitTone(deadlineSoon(t), 440); err != nil {
		t.Fatal(err)
	}
	if !c.Hears(1000) || !c.Heard(1000) || c.Hears(440) || c.Heard(440) || p.Heard(1000) || c.Heard(1000, 440) || c.Heard() {
		t.Error("who hears whom is mixed up")
	}
	if level := audio.Level(c.Recording(), 1000); level < 0.99 {
		t.Errorf("the recording holds only %.2f of the agent's tone", level)
	}
}

func TestSaySomethingElse(t *testing.T) {
	server, calls := answeringPhone(t, Sound{})
	c := dialNumber(t, Options{Server: server})
	p := taken(t, calls)
	if _, err := p.WaitPacket(deadlineSoon(t), time.Time{}); err != nil {
		t.Fatalf("silence is not sent: %v", err)
	}
	said := time.Now()
	c.Say(Sound{Tone: 700})
	sound, err := p.WaitSound(deadlineSoon(t), said)
	if err != nil {
		t.Fatal(err)
	}
	tone, err := p.WaitToneAfter(deadlineSoon(t), said, 700)
	if err != nil || !tone.Equal(sound) {
		t.Errorf("first sound at %v, tone at %v, %v", sound, tone, err)
	}
	if p.LongestSilence(p.Answered, said) < said.Sub(p.Answered) {
		t.Error("there was sound in the silence")
	}
}

func TestVoice(t *testing.T) {
	voice := make([]int16, audio.SampleRate/10)
	audio.NewTone(600, 8000).Fill(voice)
	for _, c := range []struct {
		what  Sound
		after float64 // what is heard once the voice has ended
	}{
		{Sound{Voice: voice, Tone: 440}, 440},
		{Sound{Voice: voice, Loop: true, Pause: 100 * time.Millisecond}, 600},
	} {
		server, _ := answeringPhone(t, c.what)
		call := dialNumber(t, Options{Server: server})
		at, err := call.WaitTone(deadlineSoon(t), 600)
		if err != nil {
			t.Fatal(err)
		}
		again, err := call.WaitToneAfter(deadlineSoon(t), at.Add(110*time.Millisecond), c.after)
		if err != nil {
			t.Fatal(err)
		}
		if c.what.Loop && call.LongestSilence(at, again) < 60*time.Millisecond {
			t.Error("the voice makes no pause")
		}
	}
}

func TestEveryDigitExactlyOnce(t *testing.T) {
	server, calls := answeringPhone(t, Sound{})
	c := dialNumber(t, Options{Server: server, Tone: 440})
	p := taken(t, calls)
	const keys = "00123456789*#ABCDD"
	var sent time.Time
	for _, key := range keys {
		at, err := c.Press(deadlineSoon(t), key)
		if err != nil {
			t.Fatal(err)
		}
		if !at.After(sent) {
			t.Errorf("%q ended at %v, the key before it at %v", key, at, sent)
		}
		sent = at
	}
	// The tone that follows the last digit is proof that all of it arrived.
	if _, err := p.WaitToneAfter(deadlineSoon(t), sent, 440); err != nil {
		t.Fatal(err)
	}
	if got := p.Digits(); got != keys {
		t.Errorf("pressed %s, understood %s", keys, got)
	}
	if digit, _, err := p.WaitDigit(deadlineSoon(t), time.Time{}); err != nil || digit != '0' {
		t.Errorf("the first digit is %q, %v", digit, err)
	}
	if _, err := c.Press(deadlineSoon(t), 'X'); err == nil {
		t.Error("pressed a key that no telephone has")
	}
}

func TestMediaMoves(t *testing.T) {
	server, calls := answeringPhone(t, Sound{Tone: 1000})
	c := dialNumber(t, Options{Server: server, Tone: 440})
	p := taken(t, calls)
	elsewhere, err := openLine(p.line.here.Addr(), Sound{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.close()

	contact := p.incoming.InviteRequest.Contact().Address
	again := sip.NewRequest(sip.INVITE, contact)
	again.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	again.SetBody(describe(elsewhere.here, payloadUlaw, payloadEvent, crypto{}))
	res, err := p.incoming.Do(deadlineSoon(t), again)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("re-INVITE: %v, %v", res, err)
	}
	if s, err := understand(res.Body()); err != nil || s.media != c.line.here {
		t.Errorf("our side moved too: %+v, %v", s, err)
	}
	s := tones(time.Time{}, []float64{440})
	if _, err := elsewhere.waitFor(deadlineSoon(t), s); err != nil {
		t.Errorf("the new place hears nothing: %v", err)
	}
}

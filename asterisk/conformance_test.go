package asterisk_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/asterisk/asterisktest"
	"presszero/asterisk/private"
	"presszero/asterisk/private/privatetest"
	"presszero/audio"
	"presszero/customer"
)

// The suite is the same for both, so the fake means something.
func TestOnTheFake(t *testing.T) {
	asterisktest.Exercise(t, func(t *testing.T) asterisktest.Rig { return asterisktest.NewFake(t).Rig() })
}

func TestOnAsterisk(t *testing.T) {
	r := newRig(t)
	asterisktest.Exercise(t, func(*testing.T) asterisktest.Rig {
		return asterisktest.Rig{Config: r.config(), Call: r.call}
	})
}

// Every sound of the real rig is a tone of its own, so that what is heard is
// known from the audio alone. Only the fallback speaks, with Asterisk's voice.
var tones = map[asterisktest.Sound]float64{
	asterisktest.Hello: 600, asterisktest.Long: 750, asterisktest.Music: 1200,
	asterisktest.Agent: asterisktest.AgentTone,
}

// rig is a private Asterisk and SIP customers.
type rig struct {
	pbx    *private.Process
	sounds string
}

func newRig(t *testing.T) *rig {
	sounds, music := t.TempDir(), t.TempDir()
	write(t, sounds, "hello", asterisktest.Hello, 400*time.Millisecond)
	write(t, sounds, "long", asterisktest.Long, time.Minute)
	write(t, music, "music", asterisktest.Music, time.Minute)
	pbx := privatetest.Start(t, func(c *private.Config) {
		c.Root.Music = music
	})
	return &rig{pbx: pbx, sounds: sounds}
}

func write(t *testing.T, dir, name string, s asterisktest.Sound, long time.Duration) {
	t.Helper()
	samples := make([]int16, long/time.Millisecond*8)
	audio.NewTone(tones[s], 8000).Fill(samples)
	file, err := os.Create(filepath.Join(dir, name+".wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := audio.WriteWAV(file, samples); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) config() asterisk.Config {
	c := r.pbx.Config()
	return asterisk.Config{
		URL: r.pbx.ARIURL(), User: c.ARIUser, Password: c.ARIPassword, App: c.App, Node: c.NodeName,
		Media: func(prompt string) string { return "sound:" + filepath.Join(r.sounds, prompt) },
		NewID: asterisktest.NewID,
	}
}

// phone is a SIP customer whose call may not be answered yet.
type phone struct {
	giveUp context.CancelFunc
	done   chan struct{}

	mu   sync.Mutex
	call *customer.Call
}

func (r *rig) call(t *testing.T, to, from string) asterisktest.Caller {
	ctx, cancel := context.WithCancel(context.Background())
	p := &phone{giveUp: cancel, done: make(chan struct{})}
	server := r.pbx.Config().SIPAddr // now: a test may put another Asterisk there
	go func() {
		defer close(p.done)
		call, err := customer.Dial(ctx, customer.Options{To: to, From: from,
			Server: server, Tone: asterisktest.CallerTone})
		if err != nil {
			return // given up before the answer
		}
		p.mu.Lock()
		p.call = call
		p.mu.Unlock()
		select {
		case <-call.Done():
		case <-ctx.Done(): // given up while the answer was on its way
			_ = call.Hangup()
		}
	}()
	t.Cleanup(p.HangUp)
	return p
}

func (p *phone) talking() *customer.Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.call
}

func (p *phone) Press(digit rune) {
	if c := p.talking(); c != nil {
		_, _ = c.Press(context.Background(), digit)
	}
}

func (p *phone) HangUp() { p.giveUp() }

func (p *phone) Hears(s asterisktest.Sound) bool {
	c := p.talking()
	if c == nil {
		return false
	}
	const long = 200 * time.Millisecond
	silent := c.LongestSilence(time.Now().Add(-long), time.Time{}) > long-20*time.Millisecond
	switch s {
	case asterisktest.Silence:
		return silent
	case asterisktest.FallbackSound:
		for _, hz := range tones {
			if c.Hears(hz) {
				return false
			}
		}
		return !silent
	}
	return c.Hears(tones[s])
}

func (p *phone) Done() <-chan struct{} { return p.done }

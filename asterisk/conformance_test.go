package asterisk_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/asterisk/private"
	"presszero/internal/asterisktest"
	"presszero/internal/audio"
	"presszero/internal/customer"
	"presszero/internal/privatetest"
	"presszero/trunk"
)

// The suite is the same for both, so the fake means something.
func TestOnTheFake(t *testing.T) {
	t.Parallel()
	asterisktest.Exercise(t, fake, fake, fake)
}

func fake(t *testing.T) asterisktest.Rig { return asterisktest.NewFake(t).Rig() }

func TestOnAsterisk(t *testing.T) {
	t.Parallel()
	asterisktest.Exercise(t, newRig(t).anew, newRig(t).anew, newRig(t).anew)
}

// TestStorm: the same promises while events are spoiled on their way.
func TestStorm(t *testing.T) {
	t.Parallel()
	seed := *stormSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	if *preempt {
		preemptAll(t)
	}
	t.Run("on the fake", func(t *testing.T) {
		t.Parallel()
		asterisktest.Storm(t, seed, fake, fake)
	})
	t.Run("on Asterisk", func(t *testing.T) {
		t.Parallel()
		asterisktest.Storm(t, seed, newRig(t).anew, newRig(t).anew)
	})
}

var stormSeed = flag.Uint64("storm", 0, "the seed of TestStorm; 0: another each time")

// Every sound of the real rig is a tone of its own, so that what is heard is
// known from the audio alone. Only the fallback speaks, with Asterisk's voice.
var tones = asterisktest.Tones

// rig is a private Asterisk and SIP customers.
type rig struct {
	pbx    *private.Process
	sounds string
	people *people
}

func newRig(t *testing.T) *rig {
	sounds, music, other := t.TempDir(), t.TempDir(), t.TempDir()
	write(t, sounds, "hello", asterisktest.Hello, 400*time.Millisecond)
	write(t, sounds, "silence", asterisktest.Silence, 200*time.Millisecond)
	write(t, sounds, "long", asterisktest.Long, time.Minute)
	write(t, music, "music", asterisktest.Music, time.Minute)
	write(t, other, "music", asterisktest.OtherMusic, time.Minute)
	people := newPeople(t)
	pbx := privatetest.Start(t, func(c *private.Config) {
		c.Root.Music = music
		c.Trunks, c.CallersFrom = []trunk.Trunk{trunk.Simple(people.phone.Addr().String())}, []string{"127.0.0.1"}
	})
	addMusic(t, pbx, asterisktest.OtherClass, other)
	return &rig{pbx: pbx, sounds: sounds, people: people}
}

// addMusic gives Asterisk another class of music.
func addMusic(t *testing.T, pbx *private.Process, class, dir string) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(pbx.Config().Dir, "etc/musiconhold.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := fmt.Fprintf(file, "\n[%s]\nmode = files\ndirectory = %s\n", class, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := pbx.CLI(t.Context(), "moh reload"); err != nil {
		t.Fatal(err)
	}
}

// anew is the rig without the callers of the part before, who may still be on
// their way out.
func (r *rig) anew(t *testing.T) asterisktest.Rig {
	for late := time.After(10 * time.Second); r.channels(t) > 0; {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-late:
			t.Fatal("somebody of the part before is still in Asterisk")
		}
	}
	return asterisktest.Rig{Config: r.config(), Call: r.call, Person: r.people.person,
		Message: r.message, LongestSilence: longestSilence}
}

func (r *rig) channels(t *testing.T) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.pbx.ARIURL()+"/channels", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	req.SetBasicAuth(r.pbx.Config().ARIUser, r.pbx.Config().ARIPassword)
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	var all []json.RawMessage
	if err := json.NewDecoder(reply.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func write(t *testing.T, dir, name string, s asterisktest.Sound, long time.Duration) {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, name+".wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := audio.WriteWAV(file, tone(tones[s], long)); err != nil {
		t.Fatal(err)
	}
}

func tone(hz float64, long time.Duration) []int16 {
	samples := make([]int16, long/time.Millisecond*8)
	audio.NewTone(hz, 8000).Fill(samples)
	return samples
}

func (r *rig) config() asterisk.Config {
	c := r.pbx.Config()
	return asterisk.Config{
		URL: r.pbx.ARIURL(), User: c.ARIUser, Password: c.ARIPassword, App: c.App, Node: c.NodeName,
		Sound: func(_ context.Context, prompt string) (string, error) {
			return "sound:" + filepath.Join(r.sounds, prompt), nil
		},
		Silence: func(time.Duration) (string, error) {
			return "sound:" + filepath.Join(r.sounds, "silence"), nil
		},
		Kept:     r.kept,
		Carriers: &asterisktest.Carriers{}, NewID: asterisktest.NewID, Ringing: asterisktest.RingingTone,
	}
}

// kept measures a recording: 8 kHz, two bytes a sample, after a header of 44.
func (r *rig) kept(record string) (time.Duration, error) {
	file, err := os.Stat(filepath.Join(r.pbx.RecordingDir(), record+".wav"))
	if err != nil {
		return 0, err
	}
	return time.Duration(file.Size()-44) * time.Second / 16000, nil
}

// message returns the tones that a recorded message has for more than half of its time.
func (r *rig) message(record string) asterisktest.Sound {
	file, err := os.Open(filepath.Join(r.pbx.RecordingDir(), record+".wav"))
	if err != nil {
		return asterisktest.Silence
	}
	defer file.Close()
	samples, err := audio.ReadWAV(file)
	if err != nil {
		return asterisktest.Silence
	}
	voice, frames := 0, 0
	for frame := range slices.Chunk(samples, audio.FrameSamples) {
		frames++
		if audio.Present(frame, asterisktest.CallerTone)[0] {
			voice++
		}
	}
	if 2*voice > frames {
		return asterisktest.Voice
	}
	return asterisktest.Silence
}

func longestSilence(who asterisktest.Caller, since time.Time) time.Duration {
	return who.(*phone).talking().LongestSilence(since, time.Time{})
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

func (p *phone) NewStream(first uint16) {
	if c := p.talking(); c != nil {
		c.NewStream(first)
	}
}

func (p *phone) Keys() string {
	if c := p.talking(); c != nil {
		return c.Digits()
	}
	return ""
}

func (p *phone) Hears(all ...asterisktest.Sound) bool {
	c := p.talking()
	if c == nil {
		return false
	}
	const long = 200 * time.Millisecond
	silent := c.LongestSilence(time.Now().Add(-long), time.Time{}) > long-20*time.Millisecond
	var heard []float64
	for _, s := range all {
		heard = append(heard, tones[s])
	}
	switch all[0] {
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
	return c.Hears(heard...)
}

func (p *phone) Done() <-chan struct{} { return p.done }

// people are those whom Asterisk calls over its trunk, one telephone for all.
type people struct {
	phone *customer.Phone
	mu    sync.Mutex
	by    map[string]*person
}

func newPeople(t *testing.T) *people {
	phone, err := customer.NewPhone(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(phone.Close)
	p := &people{phone: phone, by: map[string]*person{}}
	phone.OnCall(func(r *customer.Ring) {
		p.mu.Lock()
		who := p.by[r.To]
		p.mu.Unlock()
		if who != nil {
			who.takes(r)
		}
	})
	return p
}

// person is somebody whom Asterisk calls.
type person struct {
	phone
	does  asterisktest.Manner
	voice asterisktest.Sound
	rung  chan struct{}
	take  chan struct{}
}

func (p *people) person(_ *testing.T, number string, does asterisktest.Manner, voice asterisktest.Sound) asterisktest.Person {
	who := &person{does: does, voice: voice, rung: make(chan struct{}), take: make(chan struct{}, 1), phone: phone{done: make(chan struct{})}}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.by[number] = who
	return who
}

func (p *person) takes(r *customer.Ring) {
	defer close(p.done)
	switch p.does {
	case asterisktest.Busy:
		_ = r.Refuse(486, "Busy Here")
		return
	case asterisktest.Declines:
		_ = r.Refuse(603, "Decline")
		return
	case asterisktest.Unknown:
		_ = r.Refuse(404, "Not Found")
		return
	case asterisktest.Forbidden:
		_ = r.Refuse(403, "Forbidden")
		return
	case asterisktest.Congested:
		_ = r.Refuse(503, "Service Unavailable")
		return
	case asterisktest.Redirects:
		_ = r.Redirect("sip:+34600000999@127.0.0.1")
		return
	case asterisktest.RingsThenCongested:
		_ = r.Ringing()
		time.Sleep(200 * time.Millisecond) // so that the two are not taken for one
		_ = r.Refuse(503, "Service Unavailable")
		return
	case asterisktest.Media:
		_ = r.Progress(p.says())
		close(p.rung)
		select {
		case <-p.take:
		case <-r.GivenUp():
			return
		}
	case asterisktest.Silent:
		<-r.GivenUp()
		return
	}
	if p.does != asterisktest.Media {
		_ = r.Ringing()
		close(p.rung)
	}
	if p.does == asterisktest.Rings {
		select {
		case <-p.take:
		case <-r.GivenUp():
			return
		}
	}
	call, err := r.Answer(p.says())
	if err != nil {
		return
	}
	p.mu.Lock()
	p.call = call
	p.mu.Unlock()
	<-call.Done()
}

// says is what the person is heard saying.
func (p *person) says() customer.Sound {
	hz := tones[p.voice]
	switch p.does {
	case asterisktest.Greets:
		return customer.Sound{Voice: append(tone(hz, 300*time.Millisecond), make([]int16, 2*8000)...), Tone: hz}
	case asterisktest.Machine:
		return customer.Sound{Voice: tone(hz, 4*time.Second)}
	case asterisktest.Mute:
		return customer.Sound{}
	}
	return customer.Sound{Tone: hz}
}

func (p *person) Rings() bool {
	select {
	case <-p.rung:
		return true
	default:
		return false
	}
}

func (p *person) Answers() { p.take <- struct{}{} }

func (p *person) HangUp() {
	if c := p.talking(); c != nil {
		_ = c.Hangup()
	}
}

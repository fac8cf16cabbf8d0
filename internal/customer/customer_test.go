package customer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"

	"presszero/internal/audio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deadlineSoon is the deadline for what takes milliseconds when it works.
func deadlineSoon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func phone(t *testing.T) *Phone {
	t.Helper()
	p, err := NewPhone(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// answeringPhone is a phone that answers every call with a tone and hands it over.
func answeringPhone(t *testing.T, what Sound) (server string, calls <-chan *Call) {
	t.Helper()
	p, answered := phone(t), make(chan *Call, 200)
	p.OnCall(func(r *Ring) {
		if err := r.Ringing(); err != nil {
			t.Error(err)
		}
		c, err := r.Answer(what)
		if err != nil {
			t.Error(err)
			return
		}
		answered <- c
	})
	return p.Addr().String(), answered
}

func dialNumber(t *testing.T, o Options) *Call {
	t.Helper()
	o.To, o.LocalIP = "100", "127.0.0.1"
	c, err := Dial(deadlineSoon(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Hangup() })
	return c
}

// taken is the peer's side of the call.
func taken(t *testing.T, calls <-chan *Call) *Call {
	t.Helper()
	select {
	case c := <-calls:
		return c
	case <-deadlineSoon(t).Done():
		t.Fatal("the peer has no call")
		return nil
	}
}

func ended(t *testing.T, c *Call) Ending {
	t.Helper()
	select {
	case <-c.Done():
	case <-deadlineSoon(t).Done():
		t.Fatal("the call does not end")
	}
	return c.EndedBy()
}

func TestTonesBothWays(t *testing.T) {
	server, calls := answeringPhone(t, Sound{Tone: 1000})
	c := dialNumber(t, Options{Server: server, From: "+34600000001", Name: `Ana "la jefa"`, Tone: 440})
	p := taken(t, calls)

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

func TestWeHangUp(t *testing.T) {
	server, calls := answeringPhone(t, Sound{Tone: 1000})
	c := dialNumber(t, Options{Server: server})
	p := taken(t, calls)
	if by := c.EndedBy().By; by != Nobody {
		t.Errorf("ended by %q before it ended", by)
	}
	for range 2 { // the second time changes nothing
		if err := c.Hangup(); err != nil {
			t.Fatal(err)
		}
	}
	if e := ended(t, c); e.By != Us || e.Status != 200 || e.At.IsZero() {
		t.Errorf("our side: %+v", e)
	}
	if e := ended(t, p); e.By != Them {
		t.Errorf("their side: %+v", e)
	}
	if _, err := c.WaitTone(deadlineSoon(t), 9); !errors.Is(err, ErrEnded) {
		t.Errorf("waiting in a call that has ended: %v", err)
	}
	if _, err := c.Press(deadlineSoon(t), '0'); !errors.Is(err, ErrEnded) {
		t.Errorf("pressing in a call that has ended: %v", err)
	}
}

func TestTheyHangUp(t *testing.T) {
	server, calls := answeringPhone(t, Sound{Tone: 1000})
	c := dialNumber(t, Options{Server: server})
	if err := taken(t, calls).Hangup(); err != nil {
		t.Fatal(err)
	}
	if e := ended(t, c); e.By != Them || e.Status != 200 {
		t.Errorf("ended by %+v", e)
	}
	if err := c.Hangup(); err != nil || c.EndedBy().By != Them {
		t.Errorf("hanging up afterwards: %v, %+v", err, c.EndedBy())
	}
}

func TestBothHangUp(t *testing.T) {
	server, calls := answeringPhone(t, Sound{})
	c := dialNumber(t, Options{Server: server})
	p := taken(t, calls)
	var both sync.WaitGroup
	for _, side := range []*Call{c, p} {
		both.Go(func() {
			if err := side.Hangup(); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
}

func TestBusy(t *testing.T) {
	p := phone(t)
	p.OnCall(func(r *Ring) {
		if err := r.Refuse(486, "Busy Here"); err != nil {
			t.Error(err)
		}
	})
	_, err := Dial(deadlineSoon(t), Options{To: "100", Server: p.Addr().String(), LocalIP: "127.0.0.1"})
	var refused *Refused
	if !errors.As(err, &refused) || refused.Status != 486 || !strings.Contains(err.Error(), "486 Busy Here") {
		t.Errorf("dialling somebody busy: %v", err)
	}
}

func TestNobodyTakesCalls(t *testing.T) {
	idle, forgetful := phone(t), phone(t)
	forgetful.OnCall(func(*Ring) {})
	for _, p := range []*Phone{idle, forgetful} {
		_, err := phone(t).Dial(deadlineSoon(t), Options{To: "100", Server: p.Addr().String()})
		var refused *Refused
		if !errors.As(err, &refused) || refused.Status != 480 {
			t.Errorf("dialling: %v", err)
		}
	}
}

func TestCancelledWhileRinging(t *testing.T) {
	p, rings := phone(t), make(chan *Ring, 1)
	p.OnCall(func(r *Ring) {
		if err := r.Ringing(); err != nil {
			t.Error(err)
		}
		rings <- r
		<-r.GivenUp()
		if _, err := r.Answer(Sound{}); !errors.Is(err, ErrGivenUp) {
			t.Errorf("answering a caller who left: %v", err)
		}
	})
	ctx, cancel := context.WithCancel(deadlineSoon(t))
	result := make(chan error, 1)
	go func() {
		_, err := Dial(ctx, Options{To: "100", From: "600", Server: p.Addr().String(), LocalIP: "127.0.0.1"})
		result <- err
	}()
	var r *Ring
	select {
	case r = <-rings:
	case err := <-result:
		t.Fatalf("dialling: %v", err)
	}
	if r.From != "600" || r.To != "100" {
		t.Errorf("from %q to %q", r.From, r.To)
	}
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled call: %v", err)
	}
	select {
	case <-r.GivenUp():
	case <-deadlineSoon(t).Done():
		t.Error("the peer rings on")
	}
}

func TestNobodyThere(t *testing.T) {
	deaf, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = deaf.Close() }()
	ctx, cancel := context.WithTimeout(deadlineSoon(t), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = Dial(ctx, Options{To: "100", Server: deaf.LocalAddr().String(), LocalIP: "127.0.0.1"})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

func TestPhoneClosesWhileDialling(t *testing.T) {
	p, gone := phone(t), make(chan struct{})
	us, err := NewPhone(deadlineSoon(t), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.OnCall(func(r *Ring) {
		if err := r.Ringing(); err != nil {
			t.Error(err)
		}
		go us.Close()
		<-r.GivenUp()
		close(gone)
	})
	if _, err := us.Dial(deadlineSoon(t), Options{To: "100", Server: p.Addr().String()}); !errors.Is(err, errClosed) {
		t.Errorf("dialling with a phone that closes: %v", err)
	}
	select {
	case <-gone:
	case <-deadlineSoon(t).Done():
		t.Error("the peer rings on")
	}
	us.Close()
	if _, err := us.Dial(deadlineSoon(t), Options{To: "100", Server: p.Addr().String()}); !errors.Is(err, errClosed) {
		t.Errorf("dialling with a closed phone: %v", err)
	}
}

func TestPhoneHangsUpWhenItsContextEnds(t *testing.T) {
	server, calls := answeringPhone(t, Sound{})
	ctx, cancel := context.WithCancel(context.Background())
	us, err := NewPhone(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := us.Dial(deadlineSoon(t), Options{To: "100", Server: server})
	if err != nil {
		t.Fatal(err)
	}
	p := taken(t, calls)
	cancel()
	if e := ended(t, p); e.By != Them {
		t.Errorf("the peer's side: %+v", e)
	}
	if e := ended(t, c); e.By != Us {
		t.Errorf("our side: %+v", e)
	}
	us.Close()
}

func TestManyCallsOnOnePhone(t *testing.T) {
	const many = 50 // their 5,000 packets a second are less than one busy core takes
	server, calls := answeringPhone(t, Sound{Tone: 1000})
	us := phone(t)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			c, err := us.Dial(deadlineSoon(t), Options{To: "100", From: fmt.Sprint(600000000 + i), Server: server, Tone: 440})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := c.WaitTone(deadlineSoon(t), 1000); err != nil {
				t.Error(err)
			}
			_, _ = c.Press(deadlineSoon(t), '0') // its last packets may find the call ended
			<-c.Done()
		})
	}
	for range many {
		c := taken(t, calls)
		all.Go(func() {
			// Whoever pressed does not hang up: the key's packets may still be on
			// their way when the goodbye has arrived.
			if digit, _, err := c.WaitDigit(deadlineSoon(t), time.Time{}); err != nil || digit != '0' {
				t.Errorf("understood %q: %v", digit, err)
			}
			if err := c.Hangup(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
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
	again.SetBody(describe(elsewhere.here, payloadEvent, crypto{}))
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

func TestOptionsAndStrangers(t *testing.T) {
	us, them := phone(t), phone(t)
	target := sip.Uri{Scheme: "sip", User: "x", Host: "127.0.0.1", Port: int(us.Addr().Port())}
	for method, want := range map[sip.RequestMethod]int{sip.OPTIONS: 200, sip.BYE: 481, sip.MESSAGE: 405} {
		res, err := them.dialog.Client.Do(deadlineSoon(t), sip.NewRequest(method, target))
		if err != nil || res.StatusCode != want {
			t.Errorf("%s: %v, %v; want %d", method, res, err, want)
		}
	}
}

func TestBadArguments(t *testing.T) {
	for _, addr := range []string{"", "0.0.0.0:0", "127.0.0.1", "example.org:5060"} {
		if p, err := NewPhone(context.Background(), addr); err == nil {
			p.Close()
			t.Errorf("a phone at %q", addr)
		}
	}
	us := phone(t)
	for _, o := range []Options{
		{To: "", Server: "127.0.0.1:5060"},
		{To: "1 0", Server: "127.0.0.1:5060"},
		{To: "100", From: "<me>", Server: "127.0.0.1:5060"},
		{To: "100", Server: "127.0.0.1"},
		{To: "100", Server: "127.0.0.1:sip"},
	} {
		if _, err := us.Dial(deadlineSoon(t), o); err == nil {
			t.Errorf("dialled %+v", o)
		}
	}
}

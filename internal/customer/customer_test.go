package customer

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"
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

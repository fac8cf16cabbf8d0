package customer

import (
	"context"
	"errors"
	"sync"
	"testing"
)

func ended(t *testing.T, c *Call) Ending {
	t.Helper()
	select {
	case <-c.Done():
	case <-deadlineSoon(t).Done():
		t.Fatal("the call does not end")
	}
	return c.EndedBy()
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

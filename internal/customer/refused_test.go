package customer

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

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

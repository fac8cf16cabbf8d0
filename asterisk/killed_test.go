package asterisk_test

import (
	"context"
	"net"
	"syscall"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/asterisk/private"
	"presszero/call"
	"presszero/internal/privatetest"
	"presszero/trunk"
)

// Asterisk is killed with a call in it and started again: the call is told as
// lost to the system, and the next caller is served.
func TestAsteriskKilled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	told := make(chan call.Event, 100)
	s := asterisk.New(r.config(), func(e call.Event) { told <- e })
	ran := make(chan error)
	go func() { ran <- s.Run(t.Context(), nil) }()
	ready(t, s)

	_ = r.call(t, "100", "+34600000001")
	id := await[call.Arrived](t, told).Call
	s.Do(call.Answer{Call: id})
	await[call.Picked](t, told)

	if err := syscall.Kill(r.pbx.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-r.pbx.Done()
	again, err := private.Start(context.Background(), r.pbx.Config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Stop)
	if h := await[call.HungUp](t, told); h.Call != id || h.Side != call.SideSystem || !h.Estimated {
		t.Errorf("told was %+v", h)
	}
	ready(t, s)
	r.pbx = again
	_ = r.call(t, "100", "+34600000002") // while it may wait for the first heartbeat
	next := await[call.Arrived](t, told).Call
	s.Do(call.HangUp{Call: next})
	if h := await[call.HungUp](t, told); h.Call != next || h.Side != call.SideUs {
		t.Errorf("told was %+v", h)
	}
	s.Close()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}

func ready(t *testing.T, s *asterisk.Switch) {
	t.Helper()
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.WaitReady(soon); err != nil {
		t.Fatal("not ready:", err)
	}
}

// await passes over what is told until an event of that type comes.
func await[E call.Event](t *testing.T, told <-chan call.Event) E {
	t.Helper()
	for late := time.After(20 * time.Second); ; {
		select {
		case e := <-told:
			if is, ok := e.(E); ok {
				return is
			}
		case <-late:
			var none E
			t.Fatalf("no %T was told", none)
		}
	}
}

// A trunk that says nothing at all: Asterisk gives up when the phone has had
// its time to ring.
func TestDeadTrunk(t *testing.T) {
	t.Parallel()
	dead, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer dead.Close()
	pbx := privatetest.Start(t, func(c *private.Config) {
		c.Trunks, c.CallersFrom = []trunk.Trunk{trunk.Simple(dead.LocalAddr().String())}, []string{"127.0.0.1"}
	})
	r := &rig{pbx: pbx}
	told := make(chan call.Event, 100)
	s := asterisk.New(r.config(), func(e call.Event) { told <- e })
	go s.Run(t.Context(), nil)
	t.Cleanup(s.Close)
	ready(t, s)
	s.Do(call.Dial{Call: "c", Dial: "c.d1", Number: "+4930555", Ring: time.Second})
	if f := await[call.DialFailed](t, told); f.Why != "no_answer" {
		t.Errorf("told was %+v", f)
	}
}

// An Asterisk without the endpoint "trunk" refuses at once.
func TestTrunkThatIsMissing(t *testing.T) {
	t.Parallel()
	r := &rig{pbx: privatetest.Start(t)}
	told := make(chan call.Event, 100)
	s := asterisk.New(r.config(), func(e call.Event) { told <- e })
	go s.Run(t.Context(), nil)
	t.Cleanup(s.Close)
	ready(t, s)
	s.Do(call.Dial{Call: "c", Dial: "c.d1", Number: "+4930555", Ring: time.Second})
	if f := await[call.DialFailed](t, told); f.Why != "trunk" {
		t.Errorf("told was %+v", f)
	}
}

package sipp

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"presszero/internal/customer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func deadlineSoon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// answering is a phone that takes every call with a tone.
func answering(t *testing.T, handle func(*customer.Ring)) string {
	t.Helper()
	p, err := customer.NewPhone(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	p.OnCall(handle)
	return p.Addr().String()
}

func TestCallers(t *testing.T) {
	const calls = 5
	var mu sync.Mutex
	from := map[string]int{}
	taken := make(chan *customer.Call, calls)
	server := answering(t, func(r *customer.Ring) {
		mu.Lock()
		from[r.From]++
		mu.Unlock()
		c, err := r.Answer(customer.Sound{Tone: 1000})
		if err != nil {
			t.Error(err)
			return
		}
		taken <- c
	})
	result, err := Run(deadlineSoon(t), Options{
		Server: server, To: "100", From: []string{"+34600000001", "+34600000002"}, Calls: calls, Rate: 50,
		Sound: Sound{Wait: 200 * time.Millisecond, Digits: "0#", Tone: 440}, Stay: 1500 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.Sent != calls || result.OK != calls || result.Failed != 0 {
		t.Errorf("%+v", result)
	}
	for range calls {
		c := <-taken
		<-c.Done()
		if c.EndedBy().By != customer.Them || c.Digits() != "0#" || !c.Heard(440) {
			t.Errorf("ended by %+v, digits %q, tone %v, %d packets", c.EndedBy(), c.Digits(), c.Heard(440), c.Received())
		}
	}
	if from["+34600000001"] != 3 || from["+34600000002"] != 2 {
		t.Errorf("called from %v", from)
	}
}

func TestTheOtherSideHangsUp(t *testing.T) {
	server := answering(t, func(r *customer.Ring) {
		c, err := r.Answer(customer.Sound{})
		if err != nil {
			t.Error(err)
			return
		}
		if _, _, err := c.WaitDigit(deadlineSoon(t), time.Time{}); err != nil {
			t.Error(err)
		}
		if err := c.Hangup(); err != nil {
			t.Error(err)
		}
	})
	// Stay 0: a caller in line, who would wait for ever.
	result, err := Run(deadlineSoon(t), Options{Server: server, To: "100", Calls: 3, Rate: 50, Sound: Sound{Digits: "0", Last: time.Second}})
	if err != nil || result.OK != 3 || result.Sent != 3 {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestRefusalsAreFailures(t *testing.T) {
	server := answering(t, func(r *customer.Ring) {
		if err := r.Refuse(486, "Busy Here"); err != nil {
			t.Error(err)
		}
	})
	for _, scenario := range []Scenario{Caller, HangupAnytime} {
		result, err := Run(deadlineSoon(t), Options{Scenario: scenario, Server: server, To: "100", Calls: 3, Rate: 50, HangupFrom: time.Second, HangupTo: time.Second})
		if err != nil || result.Failed != 3 || result.Unexpected != 3 || len(result.Errors) == 0 {
			t.Errorf("%s: %+v, %v", scenario, result, err)
		}
	}
}

// The peer answers after 0 to 300 ms, or after a digit hangs up, while the
// callers hang up at any moment of the first 600 ms: all races happen.
func TestHangupAnytime(t *testing.T) {
	const calls = 200
	var mu sync.Mutex
	var givenUp, answered, nth int
	server := answering(t, func(r *customer.Ring) {
		mu.Lock()
		nth++
		delay := time.Duration(nth%7) * 50 * time.Millisecond
		hangsUp := nth%3 == 0
		mu.Unlock()
		if delay > 0 {
			_ = r.Ringing() // may be too late
		}
		select {
		case <-time.After(delay):
		case <-r.GivenUp():
		}
		c, err := r.Answer(customer.Sound{Tone: 1000})
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			givenUp++
			return
		}
		answered++
		if hangsUp {
			time.AfterFunc(100*time.Millisecond, func() {
				if err := c.Hangup(); err != nil {
					t.Error(err)
				}
			})
		}
	})
	result, err := Run(deadlineSoon(t), Options{Scenario: HangupAnytime, Server: server, To: "100", Calls: calls, Rate: 100,
		HangupTo: 600 * time.Millisecond, Sound: Sound{Tone: 440, Last: time.Second}})
	if err != nil || result.OK != calls || result.Failed != 0 {
		t.Errorf("%+v, %v", result, err)
	}
	mu.Lock()
	defer mu.Unlock()
	t.Logf("%d answered, %d given up before", answered, givenUp)
	if givenUp == 0 || answered == 0 {
		t.Error("not all races were run")
	}
}

func TestStop(t *testing.T) {
	taken := make(chan *customer.Call, 3)
	server := answering(t, func(r *customer.Ring) {
		if c, err := r.Answer(customer.Sound{}); err == nil {
			taken <- c
		}
	})
	stop := make(chan struct{})
	var all []*customer.Call
	over := make(chan struct{})
	go func() {
		defer close(over)
		for range 3 {
			all = append(all, <-taken)
		}
		close(stop)
		for _, c := range all {
			<-c.Done()
		}
	}()
	result, err := Run(deadlineSoon(t), Options{Server: server, To: "100", Calls: 3, Rate: 50, Stop: stop})
	if err != nil || result.Sent != 3 || result.OK != 3 {
		t.Errorf("%+v, %v", result, err)
	}
	<-over
	for _, c := range all {
		if c.EndedBy().By != customer.Them {
			t.Errorf("ended by %+v", c.EndedBy())
		}
	}
}

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(deadlineSoon(t))
	server := answering(t, func(r *customer.Ring) {
		if _, err := r.Answer(customer.Sound{}); err != nil {
			t.Error(err)
		}
		cancel()
	})
	if _, err := Run(ctx, Options{Server: server, To: "100", Calls: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestCannotRun(t *testing.T) {
	good := Options{Server: "127.0.0.1:9", To: "100", Calls: 1}
	for _, c := range []struct {
		says   string
		change func(*Options)
	}{
		{"install Debian's sip-tester", func(o *Options) { o.Path = "/nowhere/sipp" }},
		{"make no sense", func(o *Options) { o.Calls = 0 }},
		{"make no sense", func(o *Options) { o.Server = "here" }},
		{"make no sense", func(o *Options) { o.HangupFrom, o.HangupTo = 2, 1 }},
		{"no scenario", func(o *Options) { o.Scenario = "none.xml" }},
		{"no number to call from", func(o *Options) { o.From = []string{"a;b"} }},
		{"no IP address", func(o *Options) { o.LocalIP = "here" }},
		{"no telephone has", func(o *Options) { o.Sound.Digits = "x" }},
		{"ends before its digits", func(o *Options) { o.Sound = Sound{Wait: time.Second, Last: time.Second, Digits: "0"} }},
		{"at most 10m", func(o *Options) { o.Sound.Last = time.Hour }},
	} {
		o := good
		c.change(&o)
		if _, err := Run(deadlineSoon(t), o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("error %v, want one that says %q", err, c.says)
		}
	}
}

func TestNobodyAnswers(t *testing.T) {
	deaf, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = deaf.Close() }()
	ctx, cancel := context.WithTimeout(deadlineSoon(t), 2*time.Second)
	defer cancel()
	result, err := Run(ctx, Options{Server: deaf.LocalAddr().String(), To: "100", Calls: 1})
	if !errors.Is(err, context.DeadlineExceeded) || result.Sent != 1 || result.Open != 1 {
		t.Errorf("%+v, %v", result, err)
	}
}

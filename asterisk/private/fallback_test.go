package private_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/asterisk/private"
	"presszero/internal/carrier"
	"presszero/internal/carrier/carriertest"
	"presszero/internal/customer"
	"presszero/internal/customer/sipp"
	"presszero/internal/privatetest"
	"presszero/trunk"
)

// What a caller meets when the controller is away: the promise of
// conf/extensions.conf, kept or broken, as a caller hears it.

func TestNoController(t *testing.T) {
	t.Parallel()
	pbx := privatetest.Start(t)
	beat(t, pbx, 0)

	// Nobody is connected: Stasis fails, the caller hears the apology.
	c := call(t, pbx, "100")
	c.hears(t, time.Second, 5*time.Second)
	begin := time.Now()
	eventually(t, 15*time.Second, "there is music", func() bool { return inApp(t, pbx, "MusicOnHold") })
	c.hears(t, 2*time.Second, 5*time.Second)
	if s := c.longestSilence(begin); s > 3*time.Second {
		t.Errorf("the caller heard nothing for %v", s)
	}
	c.mustBeOnTheLine(t)

	// The controller comes back and is given the caller again.
	pz := connect(t, pbx, nil)
	beat(t, pbx, -4) // lasts until the music's next pause
	e := pz.next("StasisStart", 15*time.Second)
	if want := []string{"100", "also.To=<sip:100@127.0.0.1>", "also.P-Called-Party-ID=", "pai=", "again"}; !slices.Equal(e.Args, want) {
		t.Errorf("the controller is told %q, want %q", e.Args, want)
	}
	if e.Channel.Dialplan.Context != "in" || e.Channel.Dialplan.Exten != "s" {
		t.Errorf("the call comes from %+v, want in s", e.Channel.Dialplan)
	}
	if got := pz.channelVar(e.Channel.ID, "TIMEOUT(absolute)"); got == "0" || got == "" {
		t.Errorf("the dead-man is %q s after the fallback, want it to run", got)
	}
	c.mustBeOnTheLine(t)
	if s := stay(t, pbx); s.How != private.Back || s.To != "100" || s.From != "+49301" || s.Call != "" {
		t.Errorf("the log has %+v", s)
	}
}

// TestOwnApology: our own words are said where there are some, Asterisk's where
// there are none, and either way the caller goes on to the music.
func TestOwnApology(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{true, false} {
		t.Run(map[bool]string{true: "ours", false: "Asterisk's"}[own], func(t *testing.T) {
			t.Parallel()
			sounds := t.TempDir()
			if own {
				loud := bytes.Repeat([]byte{0x10, 0x90}, 8000) // two seconds of noise
				if err := os.WriteFile(filepath.Join(sounds, "fallback.ulaw"), loud, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			pbx := privatetest.Start(t, func(c *private.Config) { c.SoundsDir = sounds })
			c := call(t, pbx, "100")
			c.hears(t, time.Second, 5*time.Second)
			eventually(t, 15*time.Second, "there is music", func() bool { return inApp(t, pbx, "MusicOnHold") })
			c.mustBeOnTheLine(t)
		})
	}
}

func TestStaleHeartbeat(t *testing.T) {
	t.Parallel()
	for name, age := range map[string]int64{"stopped": 60, "from the future": -3600} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pbx := privatetest.Start(t)
			pz := connect(t, pbx, nil) // connected, but hung
			beat(t, pbx, age)
			c := call(t, pbx, "100")
			c.hears(t, time.Second, 5*time.Second)
			eventually(t, 15*time.Second, "there is music", func() bool { return inApp(t, pbx, "MusicOnHold") })
			select {
			case e := <-pz.events:
				t.Errorf("the controller was given the call: %s", e.Type)
			default:
			}
			c.mustBeOnTheLine(t)
		})
	}
}

// TestWhoGivesUpEarly: of callers who hang up within moments, each is either
// given to the controller or written down, also while what is written down is
// booked and taken away.
func TestWhoGivesUpEarly(t *testing.T) {
	t.Parallel()
	pbx := privatetest.Start(t)
	told := make(chan string, 1000)
	connect(t, pbx, func(_ *controller, e event) {
		if e.Type == "StasisStart" {
			told <- e.Channel.ID
		}
	})
	beat(t, pbx, 0)
	early := map[string]bool{}
	book := func() {
		stays, err := private.Stays(pbx.FallbackDir())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stays {
			early[s.Channel] = true
		}
		if err := private.Booked(pbx.FallbackDir()); err != nil {
			t.Fatal(err)
		}
	}
	book()
	book()
	if _, err := os.Stat(filepath.Join(pbx.FallbackDir(), "log")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the log is there still: %v", err)
	}
	const each = 60
	calls := 0
	for range 5 {
		result, err := sipp.Run(t.Context(), sipp.Options{Scenario: sipp.HangupAnytime, Server: pbx.Config().SIPAddr, To: "100",
			Calls: each, Rate: 150, HangupTo: 4 * time.Millisecond, Sound: sipp.Sound{Tone: 440, Last: time.Second}})
		if err != nil || result.OK != each {
			t.Errorf("%+v, %v", result, err)
		}
		calls += each
		book()
	}
	eventually(t, 10*time.Second, "each is known", func() bool {
		book()
		return len(early)+len(told) >= calls
	})
	if len(early)+len(told) != calls {
		t.Errorf("%d calls; the controller was told of %d, %d were written down", calls, len(told), len(early))
	}
	if len(early) == 0 {
		t.Error("nobody gave up before the controller was told")
	}
	t.Logf("%d of %d gave up before the controller was told", len(early), calls)
}

func TestControllerServes(t *testing.T) {
	t.Parallel()
	pbx := privatetest.Start(t)
	pz := connect(t, pbx, nil)
	beat(t, pbx, 0)

	c := call(t, pbx, "+493012345")
	e := pz.next("StasisStart", 5*time.Second)
	if want := []string{"+493012345", "also.To=<sip:+493012345@127.0.0.1>", "also.P-Called-Party-ID=", "pai="}; !slices.Equal(e.Args, want) {
		t.Errorf("the controller is told %q, want %q", e.Args, want)
	}
	if got := e.Channel.Caller.Number; got != "+49301" {
		t.Errorf("the caller is %q, want +49301", got)
	}
	if !strings.HasPrefix(e.Channel.ID, "pz1-") {
		t.Errorf("unique id %q does not begin with the node's name", e.Channel.ID)
	}
	// The call's name is in every event from here on.
	pz.order("POST", "/asterisk/variable", "variable", "EXPORT("+e.Channel.ID+",PZ_CALL)", "value", "c42")
	pz.order("POST", "/channels/"+e.Channel.ID+"/answer")
	if up := pz.next("ChannelStateChange", 5*time.Second); up.Channel.Vars["PZ_CALL"] != "c42" {
		t.Errorf("channel variables in events are %v, want PZ_CALL", up.Channel.Vars)
	}
	pz.order("POST", "/channels/"+e.Channel.ID+"/moh")
	c.hears(t, time.Second, 5*time.Second)

	// Left without being done: to the fallback. Done: the call ends.
	pz.order("POST", "/channels/"+e.Channel.ID+"/continue")
	pz.next("StasisEnd", 5*time.Second)
	eventually(t, 5*time.Second, "the apology plays", func() bool { return inApp(t, pbx, "Playback") })
	beat(t, pbx, 0)
	e = pz.next("StasisStart", 15*time.Second)
	c.mustBeOnTheLine(t)
	if s := stay(t, pbx); s.How != private.Back || s.Call != "c42" {
		t.Errorf("the log has %+v", s)
	}
	pz.order("POST", "/asterisk/variable", "variable", "EXPORT("+e.Channel.ID+",PZ_DONE)", "value", "1")
	pz.order("POST", "/channels/"+e.Channel.ID+"/continue")
	select {
	case <-c.ended: // Asterisk hung up
	case <-time.After(5 * time.Second):
		t.Error("the call goes on though the controller was done with it")
	}
}

// TestCallToAWord: a call may be addressed to a word that Asterisk's dialplan
// uses for itself.
func TestCallToAWord(t *testing.T) {
	t.Parallel()
	pbx := privatetest.Start(t)
	pz := connect(t, pbx, nil)
	beat(t, pbx, 0)
	for _, word := range []string{"h", "s", "T", "i", "t", "e", "fax", "billing"} {
		call(t, pbx, word)
		if e := pz.next("StasisStart", 5*time.Second); e.Args[0] != word && !(word == "s" && e.Args[0] == "") {
			t.Errorf("a call to %q reaches the controller as %q", word, e.Args[0])
		}
	}
}

func TestDeadMan(t *testing.T) {
	t.Parallel()
	pbx := privatetest.Start(t, func(c *private.Config) { c.DeadMan = 2 * time.Second })
	pz := connect(t, pbx, nil)
	beat(t, pbx, 0)
	c := call(t, pbx, "100")
	e := pz.next("StasisStart", 5*time.Second)
	pz.order("POST", "/channels/"+e.Channel.ID+"/answer")
	pz.order("POST", "/channels/"+e.Channel.ID+"/moh")

	// As long as the controller renews the timer, nothing happens.
	renew := time.NewTicker(time.Second)
	defer renew.Stop()
	for range 4 {
		<-renew.C
		pz.order("POST", "/channels/"+e.Channel.ID+"/variable", "variable", "TIMEOUT(absolute)", "value", "2")
	}
	if !inApp(t, pbx, "Stasis") {
		t.Fatal("the dead-man fired though it was renewed")
	}
	beat(t, pbx, 60)
	// The controller hangs: the caller falls to the fallback and stays there.
	pz.next("StasisEnd", 5*time.Second)
	begin := time.Now()
	eventually(t, 15*time.Second, "there is music", func() bool { return inApp(t, pbx, "MusicOnHold") })
	if s := c.longestSilence(begin); s > 3*time.Second {
		t.Errorf("the caller heard nothing for %v", s)
	}
	c.mustBeOnTheLine(t)
}

func TestDeadManInBridge(t *testing.T) {
	t.Parallel()
	pbx := privatetest.Start(t, func(c *private.Config) { c.DeadMan = 3 * time.Second })
	pz := connect(t, pbx, nil)
	beat(t, pbx, 0)
	c := call(t, pbx, "100")
	e := pz.next("StasisStart", 5*time.Second)
	pz.order("POST", "/channels/"+e.Channel.ID+"/answer")

	// The agent's leg, as in a talk, with a dead-man of its own.
	agent := listen(t)
	pz.order("POST", "/channels/externalMedia", "channelId", "agent", "app", pbx.Config().App,
		"external_host", agent.addr().String(), "format", "ulaw", "encapsulation", "rtp", "transport", "udp")
	pz.next("StasisStart", 5*time.Second)
	pz.order("POST", "/channels/agent/variable", "variable", "TIMEOUT(absolute)", "value", "3")
	pz.order("POST", "/bridges/talk", "type", "mixing")
	pz.order("POST", "/bridges/talk/addChannel", "channel", e.Channel.ID+",agent")
	pz.next("ChannelEnteredBridge", 5*time.Second)

	// The controller hangs.
	beat(t, pbx, 60)
	eventually(t, 10*time.Second, "the caller is in the fallback", func() bool { return inApp(t, pbx, "Playback") })
	begin := time.Now()
	c.hears(t, time.Second, 5*time.Second)
	eventually(t, 5*time.Second, "the agent's leg is gone", func() bool { return len(channels(t, pbx)) == 1 })
	eventually(t, 15*time.Second, "there is music", func() bool { return inApp(t, pbx, "MusicOnHold") })
	if s := c.longestSilence(begin); s > 3*time.Second {
		t.Errorf("the caller heard nothing for %v", s)
	}
	c.mustBeOnTheLine(t)
}

func TestMailbox(t *testing.T) {
	t.Parallel()
	pbx := privatetest.Start(t, func(c *private.Config) { c.FallbackAfter = time.Second })
	c := call(t, pbx, "100")
	eventually(t, 40*time.Second, "the message is recorded", func() bool { return inApp(t, pbx, "Record") })
	// It lies there under the name of the call.
	message := filepath.Join(pbx.FallbackDir(), channels(t, pbx)[0].ID+".wav")
	eventually(t, 5*time.Second, "there is a message", func() bool {
		_, err := os.Stat(message)
		return err == nil
	})
	c.mustBeOnTheLine(t)
	// A hang-up ends the message and keeps it.
	for _, channel := range channels(t, pbx) {
		ari(t, pbx, "DELETE", "/channels/"+channel.ID)
	}
	eventually(t, 5*time.Second, "the call is over", func() bool { return len(channels(t, pbx)) == 0 })
	if _, err := os.Stat(message); err != nil {
		t.Error(err)
	}
	if s := stay(t, pbx); s.How != private.HungUp || s.Channel+".wav" != filepath.Base(message) || s.Left.Before(s.Came) {
		t.Errorf("the log has %+v", s)
	}
}

// stay waits for the last stay in the fallback to be over.
func stay(t *testing.T, pbx *private.Process) (s private.Stay) {
	t.Helper()
	eventually(t, 5*time.Second, "the stay is over", func() bool {
		stays, err := private.Stays(pbx.FallbackDir())
		if err != nil || len(stays) == 0 {
			t.Fatalf("the log has %+v (%v)", stays, err)
		}
		s = stays[len(stays)-1]
		return !s.Left.IsZero()
	})
	return s
}

func TestFallbackMembers(t *testing.T) {
	t.Parallel()
	person := person(t)
	pbx := privatetest.Start(t, func(c *private.Config) {
		c.Trunks, c.CallersFrom = []trunk.Trunk{trunk.Simple(person)}, []string{"127.0.0.1"}
		c.FallbackMembers = []private.Member{{Number: "+49301234", Trunk: "trunk", Shown: "+4930100"}}
	})
	c := call(t, pbx, "100")
	c.hears(t, time.Second, 5*time.Second)
	eventually(t, 20*time.Second, "caller and person talk", func() bool {
		out, err := pbx.CLI(t.Context(), "bridge show all")
		return err == nil && (strings.Contains(out, "simple_bridge") || strings.Contains(out, "native_rtp"))
	})
	c.mustBeOnTheLine(t)
	for _, channel := range channels(t, pbx) {
		ari(t, pbx, "DELETE", "/channels/"+channel.ID)
	}
	if s := stay(t, pbx); s.How != private.Served || s.By != "PJSIP/+49301234@trunk" {
		t.Errorf("the log has %+v", s)
	}
}

// TestFallbackAfterHold: a caller who was on hold when the controller hung is heard by the
// person whom the fallback rings, and hears that person.
func TestFallbackAfterHold(t *testing.T) {
	t.Parallel()
	phone, err := customer.NewPhone(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(phone.Close)
	persons := make(chan *customer.Call, 1)
	phone.OnCall(func(r *customer.Ring) {
		if c, err := r.Answer(customer.Sound{Tone: 1000}); err == nil {
			persons <- c
		}
	})
	pbx := privatetest.Start(t, func(c *private.Config) {
		c.DeadMan = 2 * time.Second
		c.Trunks, c.CallersFrom = []trunk.Trunk{trunk.Simple(phone.Addr().String())}, []string{"127.0.0.1"}
		c.FallbackMembers = []private.Member{{Number: "+49301234", Trunk: "trunk", Shown: "+4930100"}}
	})
	pz := connect(t, pbx, nil)
	beat(t, pbx, 0)
	callers, shortly := make(chan *customer.Call, 1), soon(t)
	go func() {
		if c, err := customer.Dial(shortly, customer.Options{To: "100", Server: pbx.Config().SIPAddr, Tone: 440}); err == nil {
			callers <- c
		}
	}()
	channel := "/channels/" + pz.next("StasisStart", 5*time.Second).Channel.ID
	pz.order("POST", channel+"/answer")
	pz.order("POST", channel+"/mute", "direction", "in")
	pz.order("POST", channel+"/moh")
	beat(t, pbx, 60)
	caller, person := talking(t, callers), talking(t, persons)
	t.Cleanup(func() { _ = caller.Hangup() })
	eventually(t, 5*time.Second, "the two hear each other", func() bool { return person.Hears(440) && caller.Hears(1000) })
}

// talking waits for a call that has been answered.
func talking(t *testing.T, from <-chan *customer.Call) *customer.Call {
	t.Helper()
	select {
	case c := <-from:
		return c
	case <-soon(t).Done():
		t.Fatal("nobody answers")
		return nil
	}
}

// TestFallbackShowsOurNumber: what carriers are told when the fallback rings people
// over them. Who calls us, and under which name, is not told.
func TestFallbackShowsOurNumber(t *testing.T) {
	t.Parallel()
	c := carriertest.Start(t, func(c *carrier.Config) { c.Ring = 10 * time.Millisecond })
	var trunks []trunk.Trunk
	for id, number := range map[trunk.CallerID]string{trunk.InFrom: "+4930100", trunk.InPPI: "4930200"} {
		one := trunk.Simple(c.Addr("udp"))
		one.Name, one.CallerID, one.User, one.Domain = string(id), id, "account7", "carrier.test"
		one.Numbers = []trunk.Range{{First: number, Last: number}}
		trunks = append(trunks, one)
	}
	for _, id := range []trunk.CallerID{trunk.InFrom, trunk.InPPI} {
		t.Run(string(id), func(t *testing.T) {
			t.Parallel()
			person := map[trunk.CallerID]string{trunk.InFrom: "+34600000001", trunk.InPPI: "+34600000002"}[id]
			shown := map[trunk.CallerID]string{trunk.InFrom: "+4930100", trunk.InPPI: "4930200"}[id]
			pbx := privatetest.Start(t, func(c *private.Config) {
				c.Trunks, c.CallersFrom = trunks, []string{"127.0.0.1"}
				c.FallbackMembers = []private.Member{{Number: person, Trunk: string(id), Shown: shown}}
			})
			caller, err := customer.Dial(soon(t), customer.Options{To: "100", Server: pbx.Config().SIPAddr, From: "+49301", Name: "Ann",
				Headers: []string{"Privacy: id"}}) // who asks not to be known, which we do not
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = caller.Hangup() })
			r, err := c.WaitCall(soon(t), person, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"From": "<sip:" + shown + "@carrier.test>", "P-Asserted-Identity": "<sip:" + shown + "@carrier.test>"}
			if id == trunk.InPPI {
				want["From"], want["P-Preferred-Identity"] = "<sip:account7@carrier.test>", want["P-Asserted-Identity"]
			}
			for _, name := range []string{"From", "P-Asserted-Identity", "P-Preferred-Identity", "Privacy", "Diversion"} {
				got, _, _ := strings.Cut(strings.Join(r.Header(name), ", "), ";tag=")
				if got != want[name] {
					t.Errorf("%s is %s, want %s", name, got, want[name])
				}
			}
		})
	}
}

func TestStrangersAreNotServed(t *testing.T) {
	t.Parallel()
	pbx := privatetest.Start(t, func(c *private.Config) { c.CallersFrom = []string{"192.0.2.0/24"} })
	c := call(t, pbx, "100")
	<-c.ended
	if c.err == nil {
		t.Error("a call from an unknown address was answered")
	}
	if strings.Contains(c.errors(), "timeout") {
		t.Errorf("want a refusal, got %s", c.errors())
	}
}

// inApp says whether some channel is in the given application.
func inApp(t *testing.T, pbx *private.Process, app string) bool {
	t.Helper()
	for _, channel := range channels(t, pbx) {
		if strings.EqualFold(channel.Dialplan.App, app) {
			return true
		}
	}
	return false
}

package outbound

import (
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/trunk"
)

func book() *trunk.Book {
	one := func(name string, numbers ...trunk.Range) trunk.Trunk {
		t := trunk.Simple(name + ".example")
		t.Name, t.Numbers = name, numbers
		return t
	}
	b := &trunk.Book{Country: "DE", Trunks: []trunk.Trunk{
		one("flex", trunk.Range{First: "+4930555", Last: "+4930555"}, trunk.Range{First: "+49305550", Last: "+49305559"}),
		one("gate", trunk.Range{First: "+4989100", Last: "+4989199"}),
		one("inward"),
	}, Show: trunk.Show{Default: "+4930555", Queues: map[string]string{"sales": "+4989150", "quiet": trunk.Withheld}, Agents: map[string]string{"ann": "+49305551"}}}
	b.Trunks[1].Writes = trunk.Writes{Out: trunk.FormNational, Prefix: "9"}
	b.Trunks[1].CallerID, b.Trunks[1].Domain = trunk.InPPI, "gate.example"
	b.Trunks[2].Server = ""
	return b
}

func names(ways []call.Way) string {
	var list []string
	for _, w := range ways {
		list = append(list, w.Trunk)
	}
	return strings.Join(list, " ")
}

const mobile, fixed, spain = "+4915123456789", "+493012345678", "+34912345678"

func TestRoutes(t *testing.T) {
	b := book()
	b.Routes = []trunk.Route{
		{To: []trunk.Destination{{Country: "DE", Kind: "mobile"}}, Via: []string{"gate", "flex"}},
		{To: []trunk.Destination{{Prefix: "+4930"}, {Country: "ES"}}, Via: []string{"flex", "inward"}},
	}
	for to, want := range map[string]string{mobile: "gate flex", fixed: "flex", spain: "flex", "+442079460018": ""} {
		if got := names(NewCarriers(b).Ways(time.Now(), to, call.Purpose{})); got != want {
			t.Errorf("%s goes over %q, want %q", to, got, want)
		}
	}
	if got := names(NewCarriers(book()).Ways(time.Now(), spain, call.Purpose{})); got != "flex gate" {
		t.Errorf("without routes: %q", got)
	}
}

// TestShown: our number is always one of the trunk that carries the call.
func TestShown(t *testing.T) {
	for name, c := range map[string]struct {
		about      call.Purpose
		flex, gate string // as the trunk is told
	}{
		"nobody and nothing":        {call.Purpose{}, "+4930555", "089100"},
		"the number dialled":        {call.Purpose{Dialed: "+49305557"}, "+49305557", "089100"},
		"dialled at the other":      {call.Purpose{Dialed: "+4989177"}, "+4930555", "089177"},
		"the queue's":               {call.Purpose{Queue: "sales", Dialed: "+49305557"}, "+49305557", "089150"},
		"the agent's":               {call.Purpose{Agent: "ann", Queue: "sales", Dialed: "+49305557"}, "+49305551", "089150"},
		"withheld, told to carrier": {call.Purpose{Queue: "quiet", Dialed: "+49305557"}, "+49305557", "089100"},
		"of nobody: no number":      {call.Purpose{Dialed: "+15551234567"}, "+4930555", "089100"},
	} {
		ways := NewCarriers(book()).Ways(time.Now(), fixed, c.about)
		if len(ways) != 2 || ways[0].Shown != c.flex || ways[1].Shown != c.gate {
			t.Errorf("%s: %+v", name, ways)
		}
		for _, w := range ways {
			if w.Withheld != (c.about.Queue == "quiet") || (w.Header != "") != (w.Trunk == "gate") {
				t.Errorf("%s: %+v", name, w)
			}
		}
	}
	ways := NewCarriers(book()).Ways(time.Now(), fixed, call.Purpose{})
	if ways[0].Number != fixed || ways[1].Number != "903012345678" {
		t.Errorf("dialled as %+v", ways)
	}
	one := &trunk.Book{Trunks: []trunk.Trunk{trunk.Simple("x")}}
	for dialled, want := range map[string]string{"100": "100", "": "", "acct7": "", "+4930555": "+4930555"} {
		if got := NewCarriers(one).Ways(time.Now(), fixed, call.Purpose{Dialed: dialled})[0].Shown; got != want {
			t.Errorf("where no numbers are said to be ours, %q is shown as %q", dialled, got)
		}
	}
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		e164 string
		form trunk.Form
		want string
	}{
		{fixed, trunk.FormPlus, fixed}, {fixed, trunk.FormInternational, fixed[1:]}, {fixed, trunk.Form00, "00" + fixed[1:]},
		{fixed, trunk.FormNational, "03012345678"}, {spain, trunk.FormNational, "00" + spain[1:]}, {"100", trunk.FormNational, "100"}, {"", trunk.FormPlus, ""},
	} {
		if got := written(c.e164, c.form, "DE"); got != c.want {
			t.Errorf("%s as %s is %q, want %q", c.e164, c.form, got, c.want)
		}
	}
}

// TestBreaker: a trunk that fails is passed over, then tried with one call.
func TestBreaker(t *testing.T) {
	c, now := NewCarriers(book()), time.Unix(1e9, 0)
	over := func() string { return names(c.Ways(now, fixed, call.Purpose{})) }
	fail := func() {
		c.Began(now, "flex", false)
		c.Told(now, "flex", call.CarrierAnswer{Class: "trunk", SIP: 503})
		c.Ended("flex")
	}
	fail()
	fail()
	now = now.Add(31 * time.Second)
	fail()
	if over() != "flex gate" {
		t.Error("three failures in more than 30 s have tripped it")
	}
	fail()
	fail()
	if over() != "gate" {
		t.Error("three failures within 30 s have not tripped it")
	}
	now = now.Add(30 * time.Second)
	if over() != "flex gate" {
		t.Error("it is not tried again")
	}
	c.Began(now, "flex", false)
	if over() != "gate" {
		t.Error("it is tried with more than one call")
	}
	c.Told(now, "flex", call.CarrierAnswer{Class: "trunk", SIP: 503})
	c.Ended("flex")
	if over() != "gate" {
		t.Error("it has failed again and is not passed over")
	}
	now = now.Add(30 * time.Second)
	c.Began(now, "flex", false)
	c.Ended("flex") // taken back before anything was answered
	if over() != "flex gate" {
		t.Error("a call that was taken back keeps the trunk away")
	}
	c.Began(now, "flex", false)
	c.Told(now, "flex", call.CarrierAnswer{})
	if over() != "flex gate" || len(c.Warnings(now)) != 0 {
		t.Error("a telephone rings, and the trunk is still in trouble", c.Warnings(now))
	}
}

func TestLimits(t *testing.T) {
	b, now := book(), time.Unix(1e9, 0)
	b.Trunks[0].Limits = trunk.Limits{Channels: 2, CallsPerSecond: 1, CallsPerDay: 3}
	c := NewCarriers(b)
	over := func() string { return names(c.Ways(now, fixed, call.Purpose{})) }
	c.Began(now, "flex", false)
	if over() != "gate" {
		t.Error("two calls in one second")
	}
	now = now.Add(time.Second)
	c.Began(now, "flex", true)
	if over() != "gate" || c.Full("flex") {
		t.Error("a call that came in does not count for the channels, or two are more than two")
	}
	if c.Began(now, "flex", true); !c.Full("flex") || c.Full("gate") || c.Full("nobody") {
		t.Error("three calls are not more than two channels have")
	}
	c.Ended("flex")
	c.Ended("flex")
	if over() != "flex gate" {
		t.Error("a channel is free")
	}
	c.Ended("flex")
	for range 2 {
		now = now.Add(time.Second)
		c.Began(now, "flex", false)
		c.Ended("flex")
	}
	if now = now.Add(time.Second); over() != "gate" {
		t.Error("four calls in a day")
	}
	if now = now.Add(24 * time.Hour); over() != "flex gate" {
		t.Error("the next day")
	}
}

// TestStates: what pages show, and what is warned of.
func TestStates(t *testing.T) {
	c, now := NewCarriers(book()), time.Unix(1e9, 0)
	c.Told(now, "flex", call.CarrierAnswer{Class: "busy", SIP: 486})
	c.Told(now, "flex", call.CarrierAnswer{Class: "answered"})
	c.Told(now, "flex", call.CarrierAnswer{Class: "trunk", SIP: 403})
	c.Told(now, "gate", call.CarrierAnswer{Class: "failed"})
	s := c.States(now)
	if s[0].Answers["busy"] != 1 || s[0].Answers["answered"] != 1 || s[0].Answers["trunk"] != 1 || s[0].Failed != 1 || s[0].Total != 1 || s[0].LastOut != now || s[1].Failed != 0 {
		t.Errorf("%+v", s)
	}
	if w := c.Warnings(now); len(w) != 1 || !strings.Contains(w[0], "flex") || !strings.Contains(w[0], "the number shown is not ours there") {
		t.Errorf("%q", w)
	}
	if s := c.States(now.Add(AnswersFor)); len(s[0].Answers) != 0 {
		t.Errorf("after 15 minutes: %+v", s[0])
	}
	c.Told(now, "gate", call.CarrierAnswer{Class: "trunk"})
	if w := c.Warnings(now); !slices.ContainsFunc(w, func(s string) bool { return strings.HasPrefix(s, "No trunk carries") }) {
		t.Errorf("%q", w)
	}
	b := book()
	b.Trunks = b.Trunks[:1]
	if c.Use(b); len(c.States(now)) != 1 || c.States(now)[0].Failed != 1 {
		t.Errorf("after a change: %+v", c.States(now))
	}
}

func TestEmergency(t *testing.T) {
	b := book()
	if _, ok := NewCarriers(b).Emergency("112"); ok {
		t.Error("no trunk is named")
	}
	b.Emergency = "flex"
	if w, ok := NewCarriers(b).Emergency("112"); !ok || w.Trunk != "flex" || w.Number != "112" || w.Shown != "+4930555" {
		t.Errorf("%+v %v", w, ok)
	}
}

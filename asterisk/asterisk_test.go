package asterisk

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

// An event as Asterisk 22.10.1 sent it.
const stasisStart = `{"type":"StasisStart","timestamp":"2026-11-21T20:36:12.729+0000","args":["100","again"],` +
	`"channel":{"id":"pz1-1795293372.0","name":"PJSIP/caller-00000000","state":"Ring","protocol_id":"rq9@127.0.0.1",` +
	`"caller":{"name":"Ann","number":"+34600000001"},"connected":{"name":"","number":""},"accountcode":"",` +
	`"dialplan":{"context":"from-trunk","exten":"100","priority":6,"app_name":"Stasis","app_data":"presszero,100"},` +
	`"creationtime":"2026-11-21T20:36:12.728+0000","language":"en","channelvars":{"PZ_CALL":"abc"}},` +
	`"asterisk_id":"d2:95:0e:aa:61:0a","application":"presszero"}`

func TestUnderstand(t *testing.T) {
	e, known, err := understand([]byte(stasisStart))
	if err != nil || !known {
		t.Fatal(known, err)
	}
	if e.Type != "StasisStart" || len(e.Args) != 2 || e.Channel.ID != "pz1-1795293372.0" || e.Channel.Born != 1795293372728 || e.Channel.Caller.Name != "Ann" ||
		e.Channel.Caller.Number != "+34600000001" || e.Channel.Vars["PZ_CALL"] != "abc" || e.Timestamp == "" {
		t.Errorf("understood as %+v", e)
	}
}

// Whatever comes is taken without a panic, and an event that the library reads
// is read the same from its bare JSON.
func FuzzUnderstand(f *testing.F) {
	f.Add([]byte(stasisStart))
	f.Add([]byte(`{"cause":16,"type":"ChannelHangupRequest","channel":{"id":"a","caller":null}}`))
	f.Add([]byte(`{"type":"PlaybackFinished","playback":{"id":"p","state":"failed"}}`))
	f.Add([]byte(`{"type":7}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = understand(data)
	})
}

// TestArguments: what a caller dials is never taken for a word of ours.
func TestArguments(t *testing.T) {
	for text, want := range map[string]arguments{
		"":          {},
		"100":       {to: "100"},
		"100,again": {to: "100", again: true},
		"acct,also.To=,also.X-Did=sip:+349@host,again":                      {to: "acct", also: []addressed{{"X-Did", "+349"}}, again: true},
		"a,also.To=<tel:+349;npdi>,also.P=Ann:x<sip:100:word@[::1]:5060>;x": {to: "a", also: []addressed{{"To", "+349"}, {"P", "100"}}},
		"a,also.To=sip:192.0.2.1:5060,also.X=+349":                          {to: "a"},
		"a,pai=<tel:+34911><sip:+34912@host>":                               {to: "a", pai: "+34911"},
		"dialled":                                                           {to: "dialled"},
		"again,also.To=sip:dialled@host":                                    {to: "again", also: []addressed{{"To", "dialled"}}},
		"100,dialled":                                                       {to: "100", dialled: true},
		",dialled,heard,HUMAN,HUMAN-1":                                      {dialled: true, heard: []string{"HUMAN", "HUMAN-1", "", ""}},
		"heard,dialled":                                                     {to: "heard", dialled: true},
		"100,dialled,heard,again":                                           {to: "100", dialled: true, heard: []string{"again", "", ""}},
	} {
		if got := readArguments(strings.Split(text, ",")); !reflect.DeepEqual(got, want) {
			t.Errorf("%q is read as %+v, want %+v", text, got, want)
		}
	}
}

// TestNumbersDialled: the trunk says where the number stands.
func TestNumbersDialled(t *testing.T) {
	a := readArguments(strings.Split("acct,also.To=sip:+341@h,also.P-Called-Party-ID=<sip:+342@h>,also.X-DID=tel:+343", ","))
	for in, want := range map[string]string{
		"": "acct +342 +341", "P-Called-Party-ID To request": "+342 +341 acct", "x-did request": "+343 acct", "To": "+341", "Diversion": "",
	} {
		if got := strings.Join(a.numbers(strings.Fields(in)), " "); got != want {
			t.Errorf("in %q: %q, want %q", in, got, want)
		}
	}
}

func TestTrunkOf(t *testing.T) {
	for channel, want := range map[string]string{"PJSIP/flex-0000002a": "flex out", "PJSIP/flex-in-0000002a": "flex in", "PJSIP/a-b-in-1": "a-b in",
		"PJSIP/caller-0000002a": " in", "PJSIP/agent_leg-0000002a": " out", "Local/s@alive-00000001;2": " out", "": " out"} {
		name, in := trunkOf(channel)
		if got := name + map[bool]string{true: " in", false: " out"}[in]; got != want {
			t.Errorf("%q: %q, want %q", channel, got, want)
		}
	}
}

// TestKeypad: times in ms, of telephones that send each key as RFC 4733 and as
// INFO as Asterisk 22.10.1 told them, and of others.
func TestKeypad(t *testing.T) {
	begun := time.Unix(1795688773, 0)
	type press struct {
		digit    string
		held, at int
	}
	for name, c := range map[string]struct {
		keys []press
		want string
	}{
		"both forms":                    {[]press{{"3", 160, 22}, {"3", 100, 141}, {"3", 100, 227}, {"4", 160, 624}, {"4", 100, 741}, {"4", 100, 829}}, "34"},
		"both forms, INFO later":        {[]press{{"3", 100, 100}, {"3", 160, 140}, {"4", 100, 700}, {"4", 160, 790}}, "34"},
		"both forms of one length":      {[]press{{"3", 100, 0}, {"3", 100, 117}, {"3", 100, 145}, {"3", 100, 600}, {"3", 100, 717}}, "33"},
		"both forms, a key twice":       {[]press{{"1", 160, 0}, {"1", 100, 117}, {"1", 100, 205}, {"1", 160, 260}, {"1", 100, 377}, {"1", 100, 465}}, "11"},
		"both forms, INFO of 250 ms":    {[]press{{"1", 250, 0}, {"1", 90, 107}, {"1", 90, 295}, {"2", 250, 400}, {"2", 90, 507}, {"2", 90, 695}}, "12"},
		"INFO only, a key twice":        {[]press{{"1", 160, 0}, {"1", 160, 190}, {"1", 160, 380}}, "111"},
		"INFO only, 250 ms":             {[]press{{"1", 250, 0}, {"1", 250, 180}}, "11"},
		"RFC 4733, a key twice":         {[]press{{"1", 100, 100}, {"1", 80, 270}}, "11"},
		"another key follows at once":   {[]press{{"1", 100, 100}, {"2", 100, 146}}, "12"},
		"a machine that dials":          {[]press{{"0", 50, 50}, {"0", 50, 150}, {"0", 50, 250}}, "000"},
		"a machine that dials, quicker": {[]press{{"0", 40, 40}, {"0", 40, 120}}, "00"},
		"how long is not told":          {[]press{{"1", 0, 100}, {"1", 0, 101}}, "11"},
	} {
		var pad keypad
		var got string
		for _, k := range c.keys {
			e := event{Digit: k.digit, Held: time.Duration(k.held) * time.Millisecond, At: begun.Add(time.Duration(k.at) * time.Millisecond)}
			if !pad.isSamePress(e) {
				got += e.Digit
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestWhoEnded(t *testing.T) {
	for cause, want := range map[int]struct{ before, after string }{
		0: {"caller", "caller"}, 16: {"caller", "caller"}, 17: {"caller", "caller"}, 31: {"caller", "caller"},
		18: {"system", "system"}, 29: {"caller", "system"}, 58: {"system", "system"}, 127: {"caller", "system"},
		34: {"system", "system"}, 38: {"system", "system"}, 41: {"system", "system"}, 44: {"system", "system"}, 102: {"system", "system"},
	} {
		if got := sideOf(cause, false); string(got) != want.before {
			t.Errorf("cause %d before a refresh: %s, want %s", cause, got, want.before)
		}
		if got := sideOf(cause, true); string(got) != want.after {
			t.Errorf("cause %d after a refresh: %s, want %s", cause, got, want.after)
		}
	}
}

func TestAskedToRefresh(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		up, before bool
		ago        time.Duration // the answer
		want       bool
	}{
		"not answered":                   {},
		"just answered":                  {up: true},
		"answered 39 s ago":              {up: true, ago: 39 * time.Second},
		"answered 45 s ago":              {up: true, ago: 45 * time.Second, want: true},
		"answered by another controller": {before: true, want: true},
		"and picked by this one":         {before: true, up: true, want: true},
	} {
		caller := &caller{up: c.up, before: c.before, upAt: now.Add(-c.ago)}
		if got := caller.askedToRefresh(now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestEndAtTheHandOver: the end of a consulted party's channel is told once, also when
// Asterisk's event of it came in the moment in which the channel became the caller's leg.
func TestEndAtTheHandOver(t *testing.T) {
	for transfer, want := range map[string]call.Event{
		"":          call.LegEnded{Call: "c", Leg: "ask.d1.leg"},
		"ask.d1":    call.TransferEnded{Call: "c", Transfer: "ask.d1", Why: "over"},
		"not taken": call.HungUp{Call: "ask", Side: call.SideCaller, Cause: 16, Text: "Normal Clearing"},
	} {
		var told []call.Event
		s := New(Config{}, func(e call.Event) { told = append(told, e) })
		c, ask := s.newCaller("c", "pz1-1.1", "", false), s.newCaller("ask", "ask.d1.leg", "", false)
		end := event{Type: "ChannelDestroyed", Cause: 16, Channel: channelState{ID: ask.channel}}
		if transfer != "not taken" {
			if c.consult.takeOver(ask, call.HandOn{Leg: ask.channel, Transfer: transfer}) == nil {
				t.Fatal("the consulted party was not taken")
			}
		}
		for _, news := range []func(event){ask.handleEvent /* looked up before */, s.events.handleEvent} {
			news(end)
			if !reflect.DeepEqual(told, []call.Event{want}) {
				t.Errorf("told was %+v, want %+v", told, want)
			}
		}
		s.Close()
	}
}

func TestBornBefore(t *testing.T) {
	at := time.Unix(1795293372, 0).UTC().Format("2006-01-02T15:04:05.000-0700")
	for channel, want := range map[string]bool{
		"pz1-1795293371.7": true, "pz1-1795293372.0": false, "1795293000.1": true, "a-b-1795293000.1": true, "odd": false, "": false,
	} {
		if got := bornBefore(channel, at); got != want {
			t.Errorf("bornBefore(%q) = %v, want %v", channel, got, want)
		}
	}
	if bornBefore("pz1-1.1", "some day") {
		t.Error("an unknown start proves nothing")
	}
}

func TestRefused(t *testing.T) {
	err := fmt.Errorf("outer: %w", &Error{Method: "POST", Path: "/x", Status: 409, Message: "Channel not in Stasis application"})
	if !refused(err, 404, 409) || refused(err, 404) || refused(nil, 404) || refused(io.EOF, 404) {
		t.Error("refused is wrong")
	}
	if !errors.Is(onChannel(err), errTaken) || !errors.Is(onChannel(&Error{Status: 404}), errGone) || onChannel(nil) != nil {
		t.Error("onChannel is wrong")
	}
}

package controller

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/ivr"
)

// TestLineHasWords: whatever the line may say has words in every language that
// we speak, and in one that we do not.
func TestLineHasWords(t *testing.T) {
	for _, language := range []string{"en", "es", "ko", "ja", "en-gb", "fi"} {
		own, foreign := wordsOfLine(language, language), wordsOfLine(language, "xx")
		for _, name := range callqueue.Prompts() {
			if own[name] == "" || foreign[call.Prompt(language, name)] == "" {
				t.Errorf("%s: %q has no words", language, name)
			}
		}
	}
}

// TestLaterHasWords: the times that an operator lets callers choose are spoken
// with the key of each.
func TestLaterHasWords(t *testing.T) {
	later := []time.Duration{30 * time.Minute, 90 * time.Minute}
	for language, want := range map[string]string{"en": "In thirty minutes, press 1.", "fi": "In thirty minutes, press 1."} {
		if got := laterWords(language, "en", later)[call.Prompt(map[string]string{"fi": "fi"}[language], "callback-in-30-1")]; got != want {
			t.Errorf("%s: %q", language, got)
		}
	}
	for _, language := range []string{"es", "ko", "ja"} {
		if got := laterWords(language, "en", later); len(got) != 2 || strings.Contains(got[language+"/callback-in-90-2"], "%") {
			t.Errorf("%s: %q", language, got)
		}
	}
}

// TestLineSettings: what the flow says of a queue is what the line does, and
// what it does not say stays the line's own.
func TestLineSettings(t *testing.T) {
	flow, err := ivr.Load("../../ivr/testdata/flows/queues.yaml")
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]callqueue.Settings{}
	for _, q := range LineSettings(flow) {
		settings[q.Name] = q
	}
	s := settings["support"]
	opens, closes := s.Hours(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
	if h := closes.Sub(opens).Hours(); h != 9 {
		t.Errorf("open for %v hours", h)
	}
	s.Hours, s.Callback, s.Credits = nil, call.CallbackSettings{}, s.WithUsual().Credits
	s.Favourites, s.Codes, s.Pop = nil, nil, call.PopSettings{}                                       // of the desk
	s.Limits, s.Lost, s.Staffing = call.LimitSettings{}, call.LostSettings{}, call.StaffingSettings{} // of the supervisor
	s.Recording = call.RecordingSettings{}                                                            // of the recordings
	want := callqueue.Settings{Name: "support", Ring: 20 * time.Second, WrapUp: 15 * time.Second, Target: 30 * time.Second, ShortAbandon: 4 * time.Second, Music: "jazz",
		Strategy: call.MostSkilled, Weight: 3, Sticky: call.StickySettings{Reserve: 15 * time.Second, Window: 24 * time.Hour}, Skill: "german", Level: 6,
		Widen:      []call.Widening{{After: 20 * time.Second, Level: 3}, {After: time.Minute, Level: 0}},
		Credits:    map[string]time.Duration{"vip": 2 * time.Minute, "complaint": time.Minute, "gold": 45 * time.Second, "returned": time.Minute, "retry": 0},
		MaxWaiting: 20, Full: call.Exit{Queue: "sales"}, Closed: call.Exit{Node: "closed"},
		Nobody: call.Exit{Callback: true}, MaxWait: 20 * time.Minute, TooLong: call.Exit{Node: "message"},
		Overflow: call.OverflowSettings{Queue: "sales", After: 90 * time.Second}, Peak: call.PeakSettings{Widen: []call.Widening{{After: time.Second}}, Overflow: call.OverflowSettings{Queue: "sales", After: 30 * time.Second}}, Announce: call.AnnounceSettings{First: 20 * time.Second, Every: 2 * time.Minute},
		CodesRequired: true, WrapUpMore: 5 * time.Minute, Complaints: call.ComplaintSettings{Owner: "sales", Due: 8 * time.Hour}}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	if s := settings["sales"]; !s.Sticky.Off || !s.Announce.Off || !s.Callback.Off {
		t.Errorf("sales: %+v", s)
	}
	if c := settings["once"].Callback; c.Pauses == nil || c.Later == nil || len(c.Pauses)+len(c.Later) > 0 || c.CustomerFirst >= 0 {
		t.Errorf("once: %+v", c)
	}
	example, err := ivr.Parse("example", ivr.Example)
	if err != nil || len(example.Warnings) > 0 {
		t.Fatal(err, example.Warnings)
	}
	for _, q := range LineSettings(example) {
		if want := (callqueue.Settings{Name: q.Name, WrapUp: q.WrapUp, ShortAbandon: 5 * time.Second, WrapUpMore: 3 * time.Minute, Staffing: call.StaffingSettings{Shrinkage: 30}}); !reflect.DeepEqual(q, want) {
			t.Errorf("the example says more than it did: %+v", q)
		}
	}
}

// TestPin: the version travels with a prompt's name, and a text that is spoken
// keeps every sign it has.
func TestPin(t *testing.T) {
	said := call.Spoken("en", "Write to orders@example.")
	p := pinSounds(call.Play{Flow: "v1", Prompts: []string{"main", "ko/main", said}})
	want := [][2]string{{"v1", "main"}, {"v1", "ko/main"}, {"", said}}
	for i, w := range want {
		if version, name := unpin(p.Prompts[i]); version != w[0] || name != w[1] {
			t.Errorf("%q is %q in version %q", p.Prompts[i], name, version)
		}
	}
	if version, name := unpin("main"); version != "" || name != "main" {
		t.Errorf("an unpinned prompt is %q in version %q", name, version)
	}
}

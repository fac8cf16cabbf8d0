package ivr

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/yamlfile"
)

// TestQueuesRead: every word of a queue arrives.
func TestQueuesRead(t *testing.T) {
	flow, err := Load("testdata/flows/queues.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(flow.Warnings) > 0 {
		t.Error(flow.Warnings)
	}
	q := flow.queue("support")
	if opens, closes := q.Hours(monday); opens.After(monday) || !closes.After(monday) {
		t.Errorf("open from %s to %s", opens, closes)
	}
	q.Hours = nil
	min := time.Minute
	want := Queue{Zone: "Europe/Madrid", QueueSettings: call.QueueSettings{Name: "support", Ring: 20 * time.Second, WrapUp: 15 * time.Second, Target: 30 * time.Second, ShortAbandon: 4 * time.Second, Music: "jazz",
		Strategy: "most_skilled", Weight: 3, Sticky: call.StickySettings{Window: 24 * time.Hour, Reserve: 15 * time.Second},
		Skill: "german", Level: 6, Widen: []call.Widening{{After: 20 * time.Second, Level: 3}, {After: min, Level: 0}},
		Credits: map[string]time.Duration{"vip": 2 * min, "gold": 45 * time.Second, "returned": min, "retry": 0},
		Closed:  call.Exit{Node: "closed"}, MaxWaiting: 20, Full: call.Exit{Queue: "sales"}, Nobody: call.Exit{Callback: true},
		MaxWait: 20 * min, TooLong: call.Exit{Node: "message"}, Overflow: call.OverflowSettings{Queue: "sales", After: 90 * time.Second},
		Peak:     call.PeakSettings{Widen: []call.Widening{{After: time.Second}}, Overflow: call.OverflowSettings{Queue: "sales", After: 30 * time.Second}},
		Announce: call.AnnounceSettings{First: 20 * time.Second, Every: 2 * min},
		Callback: call.CallbackSettings{After: 45 * time.Second, Long: 3 * min, Every: 2 * min, Ring: 30 * time.Second,
			Pauses: []time.Duration{5 * min, 20 * min, time.Hour}, Expires: 48 * time.Hour,
			Later: []time.Duration{30 * min, 90 * min, 5 * time.Hour}, CustomerFirst: 20, Quiet: call.Night{Begin: 20 * time.Hour, End: 10 * time.Hour}},
		Favourites: []call.Favourite{{Name: call.Label{"en": "Warehouse", "ko": "창고"}, Number: "+34911234567"}, {Name: call.Label{"": "Garage #2"}, Number: "+34911234568"}},
		Codes: []call.TalkCode{{ID: "order", Label: call.Label{"en": "Order", "ko": "주문"}, Group: call.Label{"": "Sales"}},
			{ID: "refund", Label: call.Label{"": "Refund"}, Group: call.Label{"": "Money"}, Note: true}, {ID: "fax", Label: call.Label{"": "Fax"}, Retired: true}},
		CodesRequired: true, WrapUpMore: 5 * min, Complaints: call.ComplaintSettings{Owner: "sales", Due: 8 * time.Hour},
		Pop:      call.PopSettings{URL: "https://crm.example/?tel={e164}&call={call}#x", When: call.PopAnswer},
		Limits:   call.LimitSettings{LongestWait: 3 * min, Waiting: 15, ServiceLevel: 70, MessageOverdue: time.Hour, Nobody: 2 * min, CallbackLate: 10 * min},
		Lost:     call.LostSettings{Control: 10, Value: 40, Buy: 25},
		Staffing: call.StaffingSettings{Share: 90, Occupancy: 80, Shrinkage: 0},
		Recording: call.RecordingSettings{
			RecordingRule: call.RecordingRule{Talks: "25%", Notice: call.NoticeElsewhere, By: "the carrier", Pause: min, Keep: 30, Listen: []string{"admin"}},
			In:            call.RecordingRule{Listen: []string{"supervisor"}}, Callback: call.RecordingRule{Listen: []string{"agent"}},
			Out: call.RecordingRule{Talks: "off", Listen: []string{"admin"}}}}}
	if !reflect.DeepEqual(q, want) {
		t.Errorf("got  %+v\nwant %+v", q, want)
	}
	if want := []Break{{"prayer", call.Label{"en": "Prayer", "ko": "기도"}}, {"break", call.Label{"": "Short break"}}}; !reflect.DeepEqual(flow.Breaks, want) {
		t.Errorf("the breaks are %v", flow.Breaks)
	}
	sales := flow.queue("sales")
	if sales.ShortAbandon != 5*time.Second || sales.WrapUpMore != 3*min || sales.Zone != "Europe/Madrid" {
		t.Errorf("what is not said of sales is %s and %s", sales.ShortAbandon, sales.Zone)
	}
	if !sales.Sticky.Off || !sales.Announce.Off || !sales.Callback.Off {
		t.Errorf("%+v", sales)
	}
	once, twice := flow.queue("once").Callback, flow.queue("twice").Callback
	if once.Pauses == nil || len(once.Pauses) != 0 || once.Later == nil || once.CustomerFirst != -1 {
		t.Errorf("%+v", once)
	}
	if !slices.Equal(twice.Pauses, []time.Duration{5 * min}) || twice.Later != nil || twice.CustomerFirst != 1 ||
		twice.Quiet != (call.Night{Begin: 22*time.Hour + 30*min}) {
		t.Errorf("%+v", twice)
	}
}

// TestReadByTags: a setting of a plain kind needs nothing but its tags to be
// read and to be held within its bounds.
func TestReadByTags(t *testing.T) {
	type settings struct {
		Time   time.Duration `flow:"time" least:"1s" most:"1m"`
		Count  int           `flow:"count" least:"1" most:"4"`
		Switch bool          `flow:"switch"`
		Text   string        `flow:"text"`
		Word   string        `flow:"word" words:"one other"`
		Part   struct {
			Off  bool          `word:"off"`
			Time time.Duration `flow:"time" least:"1s" most:"1m"`
		} `flow:"part"`
	}
	read := func(text string) (settings, Findings) {
		w := written{of: reflect.TypeFor[settings]()}
		body, found := yamlfile.Decode("f", []byte(text), &w, yamlfile.Kind{Name: "flow", File: "flow file", Schema: "flow.schema.json"})
		b := &queueBuilder{&document{report: &report{source: &source{files: []page{{name: "f", body: body}}}, found: found}}}
		var s settings
		b.settings(reflect.ValueOf(&s).Elem(), w)
		return s, b.found
	}
	want := settings{Time: time.Second, Count: 4, Switch: true, Text: "a b", Word: "other"}
	want.Part.Time = time.Minute
	if got, found := read("{time: 1s, count: 4, switch: true, text: a b, word: other, part: {time: 1m}}"); got != want || len(found) > 0 {
		t.Errorf("%+v, %v", got, found)
	}
	if got, found := read("part: off"); !got.Part.Off || len(found) > 0 {
		t.Errorf("%+v, %v", got, found)
	}
	for text, what := range map[string]string{"time: 2m": "from 1s to 1m", "count: 0": "write a count from 1 to 4", "count: 5": "write a count from 1 to 4",
		"switch: yes": "neither true nor false", "word: third": "is not a word; write one of one, other", "part: on": "write off", "tme: 1s": "did you mean time?"} {
		if _, found := read(text); len(found) != 1 || found[0].Line != 1 || !strings.Contains(found[0].What, what) {
			t.Errorf("%s: %v", text, found)
		}
	}
}

// TestNoSettingIsForgotten: what the reader does not take by its tags alone is
// in the flow that TestQueuesRead reads, and every exit is walked.
func TestNoSettingIsForgotten(t *testing.T) {
	flow, err := Load("testdata/flows/queues.yaml")
	if err != nil {
		t.Fatal(err)
	}
	q := flow.queue("support")
	exits := 0
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		for i := range v.NumField() {
			f := v.Type().Field(i)
			switch kind := f.Type.Kind(); {
			case f.Tag.Get("flow") == "" || f.Name == "_":
			case f.Type == reflect.TypeFor[call.Exit]():
				exits++
				if !slices.ContainsFunc(q.exits(), func(e namedExit) bool { return e.key == f.Tag.Get("flow") }) {
					t.Errorf("%s is not among the exits of a queue, so nobody checks where it leads", f.Name)
				}
			case kind == reflect.Struct && f.Type != reflect.TypeFor[call.Night]():
				walk(v.Field(i))
			case kind == reflect.Slice || kind == reflect.Map || kind == reflect.Func:
				if v.Field(i).IsZero() {
					t.Errorf("%s is not in testdata/flows/queues.yaml, or is not read", f.Name)
				}
			}
		}
	}
	walk(reflect.ValueOf(q.QueueSettings))
	if exits != len(q.exits()) || len(passesOn) != exits+1 {
		t.Errorf("a queue has %d exits, of which %d are walked", exits, len(q.exits()))
	}
}

var monday = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// TestQueuesRefused: what is wrong with a queue is told where it stands.
func TestQueuesRefused(t *testing.T) {
	for _, c := range []struct{ queue, at, what string }{
		{`strategy: ring_all`, "7:5", `"ring_all" is not a strategy`},
		{`weight: 11`, "7:5", "a weight is from 1 to 10"},
		{`weight: 0`, "7:5", "a weight is from 1 to 10"},
		{`sticky: never`, "7:5", `"never" is not understood here; write off`},
		{`sticky: {reserve: 30s}`, "7:14", "is not a time that fits here"},
		{`sticky: {reserve: 15s}, target: 10s`, "7:14", "longer than the target of 10s"},
		{`sticky: {window: 30d}`, "7:14", "is not a time that fits here"},
		{`level: 3`, "7:5", "name the skill"},
		{`skill: Big Words, level: 3`, "7:5", "cannot be a skill"},
		{`skill: french, level: 11`, "7:20", "a level is from 1 to 10"},
		{`skill: french, level: 3, widen: [{after: 30s, level: 3}]`, "7:30", "asks for less"},
		{`skill: french, widen: [{after: 60s, level: 3}, {after: 30s, level: 1}]`, "7:20", "comes later"},
		{`widen: [{after: 30s, level: 0}]`, "7:5", "there is nothing to widen"},
		{`credits: {vip: 3m}`, "7:15", "from 0s to 2m"},
		{`hours: office`, "6:3", "hours need closed"},
		{`hours: shop, closed: m`, "7:5", "is not one of the hours"},
		{`max_waiting: 5`, "6:3", "max_waiting and full belong together"},
		{`full: m`, "6:3", "max_waiting and full belong together"},
		{`max_waiting: 5, max: 5, full: m`, "6:3", "max_waiting and full belong together"},
		{`max_wait: 5m`, "6:3", "max_wait and too_long belong together"},
		{`too_long: m`, "6:3", "max_wait and too_long belong together"},
		{`nobody: nowhere`, "7:5", "is not one of the nodes"},
		{`nobody: {queue: nowhere}`, "7:5", "is not one of the queues"},
		{`nobody: {queue: a}`, "7:5", "leads into the same queue"},
		{`nobody: {node: m, callback: true}`, "7:5", "one place only"},
		{`nobody: {callback: true}, callback: off`, "7:5", "callback is off in this queue"},
		{`nobody: ask`, "7:5", `comes straight back to it, by "ask"`},
		{`nobody: told`, "7:5", `comes straight back to it, by "ask"`},
		{`nobody: {queue: b}`, "6:3", "passed round between queues (a > b > a)"},
		{`overflow: {queue: b}`, "7:5", "after how long"},
		{`overflow: {queue: a, after: 60s}`, "7:5", "overflows into itself"},
		{`overflow: {queue: nowhere, after: 60s}`, "7:16", "is not one of the queues"},
		{`peak: {overflow: {queue: a, after: 60s}}`, "7:12", "overflows into itself"},
		{`peak: {widen: [{after: 30s, level: 0}]}`, "7:12", "there is nothing to widen"},
		{`peak: {greeting: b}`, "7:12", "greeting"},
		{`overflow: {queue: b, after: 5m}, max_wait: 5m, too_long: m`, "7:26", "nobody waits 5m in this queue"},
		{`limits: {longest_wait: 5m}, max_wait: 5m, too_long: m`, "7:14", "callers wait 5m at most"},
		{`limits: {waiting: 5}, max_waiting: 5, full: m`, "7:14", "no more than 5 wait"},
		{`limits: {callback_late: 5m}, callback: off`, "7:14", "callback is off in this queue"},
		{`limits: {service_level: 101}`, "7:14", "write a count from 1 to 100"},
		{`limits: {nobody: 0s}`, "7:14", "from 1s to 12h"},
		{`limits: {waits: 5}`, "7:14", "waits"},
		{`announce: {every: 5s}`, "7:16", "from 30s to 1h"},
		{`callback: on`, "7:5", `"on" is not understood here`},
		{`callback: {attempts: 2, pauses: [5m, 10m]}`, "7:29", "one pause less"},
		{`callback: {attempts: 99}`, "7:16", "attempts are 1 to 10"},
		{`callback: {pauses: [20h, 20h]}`, "7:16", "the last attempt would never be made"},
		{`callback: {later: [2h, 1h]}`, "7:16", "each later than the one before"},
		{`callback: {customer_first: sometimes}`, "7:16", "never, always"},
		{`callback: {quiet: "08:00-20:00"}`, "7:16", "is not a night"},
		{`callback: {quiet: evening}`, "7:16", "is not a night"},
		{`lost: {control: 51%}`, "7:12", "whole percent from 0% to 50%"},
		{`staffing: {share: 100%}`, "7:16", "whole percent from 50% to 99%"},
		{`lost: {buy: 0.2}`, "7:12", "whole percent from 0% to 100%"},
		{`callback: {attempt: 3}`, "7:16", "attempt"},
		{`favourites: [{name: Garage, number: "911234567"}]`, "7:5", "is not a whole number"},
		{`favourites: [{number: "+34911234567"}]`, "7:5", "name is missing"},
		{`codes: [{id: none, label: None}]`, "7:5", "cannot be the id of a code"},
		{`codes: [{id: a, label: A}, {id: a, label: B}]`, "7:5", "is here twice"},
		{`codes: [{id: a}]`, "7:5", "label is missing"},
		{`codes: [{id: a, label: A}], codes_required: true`, "7:33", "the time in which to choose"},
		{`wrap_up: 30s, codes_required: true`, "7:19", "codes to choose from"},
		{`wrap_up: 30s, codes: [{id: a, label: A, retired: true}], codes_required: true`, "7:62", "codes to choose from"},
		{`wrap_up_more: 2h`, "7:5", "from 0s to 30m"},
		{`complaints: {owner: nowhere}`, "7:18", "is not one of the queues"},
		{`pop: {when: offer}`, "7:5", "needs the address"},
		{`pop: {url: "http://crm.example/"}`, "7:11", "is not the address of a page"},
		{`pop: {url: "https://{queue}.example/"}`, "7:11", "is not the address of a page"},
		{`pop: {url: "https://me:pass@crm.example/"}`, "7:11", "is not the address of a page"},
		{`pop: {url: "https://crm.example"}`, "7:11", "is not the address of a page"},
		{`pop: {url: "https://other.example/"}`, "7:11", "is not one of pop_hosts"},
		{`pop: {url: "https://crm.example/?t={tel}"}`, "7:11", "nothing is called {tel}"},
		{`pop: {url: "https://crm.example/", when: ring}`, "7:40", "is not a when"},
		{`favourites: [{name: {deutsch: Lager}, number: "+34911234567"}]`, "7:5", "is not a language"},
	} {
		text := fmt.Sprintf(`version: 1
person: p
numbers: {"100": ask}
hours: {office: {week: {daily: "09:00-18:00"}}}
queues:
  a: {
    %s}
  b: {max_waiting: 9, full: {queue: a}}
  p: {}
nodes:
  ask: {queue: a}
  told: {say: wait, then: ask}
  m: {mailbox: m, owner: p}
prompts: {wait: Please wait., m: Speak.}
pop_hosts: [crm.example]
`, c.queue)
		flow, err := Parse("f", []byte(text))
		var found Findings
		if !errors.As(err, &found) && flow != nil {
			found = flow.Warnings
		}
		if !slices.ContainsFunc(found, func(f Finding) bool {
			return fmt.Sprintf("%d:%d", f.Line, f.Column) == c.at && strings.Contains(f.What, c.what)
		}) {
			t.Errorf("%s: want %s %q, have\n%v", c.queue, c.at, c.what, found)
		}
	}
}

// TestQueueWays: the ways of whom a queue sends back are walked like all
// others, also those of the queues it passes callers on to.
func TestQueueWays(t *testing.T) {
	const text = `version: 1
person: p
numbers: {"100": ask}
queues:
  a: {overflow: {queue: b, after: 60s}}
  b: {max_wait: 5m, too_long: %s}
  p: {}
nodes:
  ask: {queue: a}
  bye: {end: bye}
  m: {mailbox: m, owner: p}
prompts: {bye: Goodbye., m: Speak.}
`
	_, err := Parse("f", fmt.Appendf(nil, text, "bye"))
	if err == nil || !strings.Contains(err.Error(), "10:9: a caller whom a queue could not take can get here") {
		t.Errorf("a goodbye to somebody who waits: %v", err)
	}
	flow, err := Parse("f", fmt.Appendf(nil, text, "m"))
	if err != nil || !strings.Contains(Draw(flow), `"b too long"`) {
		t.Errorf("%v\n%s", err, Draw(flow))
	}
	for _, w := range flow.Warnings {
		if strings.Contains(w.What, `"m"`) {
			t.Errorf("%s", w)
		}
	}
}

// TestStretch: the stretch of opening hours says the same as the table asked at
// every quarter of an hour, and the next one begins where the table opens.
func TestStretch(t *testing.T) {
	h := fullFlow(t)
	office, night := h.Nodes["office"].Open.Table, h.Nodes["night"].Open.Table
	always := &Table{zone: time.UTC}
	for d := range always.week {
		always.week[d] = []span{{0, dayMinutes}}
	}
	for name, table := range map[string]*Table{"office": office, "night": night, "always": always} {
		for at := monday; at.Before(monday.AddDate(0, 0, 20)); at = at.Add(15 * time.Minute) {
			opens, closes := table.Stretch(at)
			if open := !at.Before(opens) && at.Before(closes); open != (table.At(at) == answerOpen) {
				t.Fatalf("%s at %s: %s to %s, but the table says %s", name, at, opens, closes, table.At(at))
			}
			if table.At(opens) != answerOpen || table.At(opens.Add(-time.Minute)) == answerOpen && name != "always" {
				t.Fatalf("%s at %s: opens at %s", name, at, opens)
			}
			if name != "always" && (table.At(closes) == answerOpen || table.At(closes.Add(-time.Minute)) != answerOpen) {
				t.Fatalf("%s at %s: closes at %s", name, at, closes)
			}
		}
	}
	if opens, closes := (&Table{zone: time.UTC}).Stretch(monday); !opens.Equal(closes) {
		t.Errorf("a company that is never open opens at %s", opens)
	}
}

package call

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

// TestRecordingRule: what is written nearest holds, and of two that disagree the strictest.
func TestRecordingRule(t *testing.T) {
	rule := func(r RecordingRule) RecordingSettings { return RecordingSettings{RecordingRule: r} }
	house := RecordingRule{Talks: RecordAll, Notice: "told", Key: "9", Keep: 90, Listen: []string{"supervisor", "admin"}}
	asked := RecordingRule{Consent: ConsentOptIn, Notice: "may-we", Key: "1"}
	usual := RecordingRule{Talks: RecordAll, Notice: "told", Key: "9", Keep: 90, Listen: house.Listen, Consent: ConsentOptOut, Pause: 2 * time.Minute}
	but := func(change func(*RecordingRule)) RecordingRule { r := usual; change(&r); return r }
	optIn := func(r *RecordingRule) { r.Consent, r.Notice, r.Key = ConsentOptIn, "may-we", "1" }
	for name, c := range map[string]struct {
		house         HouseRecording
		queue, number RecordingSettings
		direction     Direction
		want          RecordingRule
	}{
		"nothing written":     {want: RecordingRule{Talks: RecordOff, Consent: ConsentOptOut, Pause: 2 * time.Minute}},
		"the house":           {house: HouseRecording{RecordingSettings: rule(house)}, want: usual},
		"a queue is more":     {house: HouseRecording{RecordingSettings: rule(RecordingRule{Notice: "told", Key: "9", Keep: 90, Listen: house.Listen})}, queue: rule(RecordingRule{Talks: RecordAll}), want: usual},
		"a queue is less":     {house: HouseRecording{RecordingSettings: rule(house)}, queue: rule(RecordingRule{Talks: "10%", Keep: 5}), want: but(func(r *RecordingRule) { r.Talks, r.Keep = "10%", 5 })},
		"queue and number":    {house: HouseRecording{RecordingSettings: rule(house)}, queue: rule(RecordingRule{Talks: "10%", Keep: 300, Pause: time.Minute}), number: rule(RecordingRule{Talks: RecordOnDemand, Keep: 400, Pause: time.Hour}), want: but(func(r *RecordingRule) { r.Talks, r.Keep, r.Pause = RecordOnDemand, 300, time.Minute })},
		"off is the least":    {house: HouseRecording{RecordingSettings: rule(house)}, queue: rule(RecordingRule{Talks: RecordOff}), number: rule(RecordingRule{Talks: RecordOnDemand}), want: but(func(r *RecordingRule) { r.Talks = RecordOff })},
		"roles of both":       {house: HouseRecording{RecordingSettings: rule(house)}, queue: rule(RecordingRule{Listen: []string{"agent", "admin"}}), number: rule(RecordingRule{Listen: []string{"admin", "supervisor"}}), want: but(func(r *RecordingRule) { r.Listen = []string{"admin"} })},
		"a number asks more":  {house: HouseRecording{RecordingSettings: rule(house)}, number: rule(asked), want: but(optIn)},
		"a queue asks more":   {house: HouseRecording{RecordingSettings: rule(house)}, queue: rule(asked), number: rule(RecordingRule{Consent: ConsentStay, Notice: "short"}), want: but(optIn)},
		"a country asks more": {house: HouseRecording{RecordingSettings: rule(house), Countries: map[string]RecordingRule{"de": asked}}, queue: rule(RecordingRule{Consent: ConsentStay, Notice: "short"}), want: but(optIn)},
		"another country":     {house: HouseRecording{RecordingSettings: rule(house), Countries: map[string]RecordingRule{"fr": asked}}, want: usual},
		"a country forbids":   {house: HouseRecording{RecordingSettings: rule(house), Countries: map[string]RecordingRule{"de": {Talks: RecordOff}}}, queue: rule(RecordingRule{Talks: RecordAll}), want: but(func(r *RecordingRule) { r.Talks = RecordOff })},
		"a direction":         {house: HouseRecording{RecordingSettings: RecordingSettings{RecordingRule: house, Callback: RecordingRule{Talks: "5%"}}}, direction: CallBack, want: but(func(r *RecordingRule) { r.Talks = "5%" })},
		"another direction":   {house: HouseRecording{RecordingSettings: RecordingSettings{RecordingRule: house, Callback: RecordingRule{Talks: "5%"}}}, direction: CallOut, want: usual},
		"a queue's direction": {house: HouseRecording{RecordingSettings: rule(house)}, queue: RecordingSettings{RecordingRule: RecordingRule{Talks: "50%"}, In: RecordingRule{Talks: RecordOff}}, want: but(func(r *RecordingRule) { r.Talks = RecordOff })},
		"told elsewhere":      {house: HouseRecording{RecordingSettings: rule(house)}, queue: rule(RecordingRule{Notice: NoticeElsewhere, By: "the carrier"}), want: but(func(r *RecordingRule) { r.Notice, r.By = NoticeElsewhere, "the carrier" })},
	} {
		p := RecordingPlan{House: c.house, Queues: map[string]RecordingSettings{"q": c.queue}, Numbers: map[string]RecordingSettings{"100": c.number},
			Country: func(number string) string { return map[string]string{"+4930": "de"}[number] }}
		talk := RecordedTalk{Direction: c.direction, Queue: "q", Dialled: "100", Other: "+4930"}
		if talk.Direction == "" {
			talk.Direction = CallIn
		}
		if got := p.Rule(talk); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, and not %+v", name, got, c.want)
		}
	}
}

// TestDraws: a share is drawn by the call's id, and comes to that share.
func TestDraws(t *testing.T) {
	const calls = 20000
	for _, share := range []TalksRecorded{"1%", "25%", "99%", RecordAll, RecordOff, RecordOnDemand} {
		drawn := 0
		for i := range calls {
			c := ID(fmt.Sprintf("019a1b2c-3d4e-7f50-8a6b-%012d", i))
			if share.Draws(c) {
				drawn++
			}
			if TalksRecorded("1%").Draws(c) && !TalksRecorded("25%").Draws(c) {
				t.Fatalf("%s is drawn of a smaller share, and not of a greater", c)
			}
		}
		if want := calls * share.share() / 100; drawn < want-calls/100 || drawn > want+calls/100 || share.share()%100 == 0 && drawn != want {
			t.Errorf("%s: %d of %d are drawn", share, drawn, calls)
		}
	}
}

// TestConsent: whoever has not been told to the end, or not agreed, or has refused, is not
// recorded, and nobody is asked twice.
func TestConsent(t *testing.T) {
	notice, given, key := NoticePlayed{Notice: "told", ToEnd: true}, ConsentGiven{"stayed"}, ConsentGiven{"key"}
	for name, c := range map[string]struct {
		facts         []Fact
		asks          bool
		stay, out, in string // why not, by consent
		elsewhere     string
	}{
		"nothing yet":       {asks: true, stay: "no_notice", out: "no_notice", in: "no_notice"},
		"heard half":        {facts: []Fact{NoticePlayed{Notice: "told"}}, stay: "no_notice", out: "no_notice", in: "no_notice"},
		"stayed":            {facts: []Fact{notice, given}, in: "no_notice"},
		"agreed":            {facts: []Fact{notice, key}},
		"refused":           {facts: []Fact{notice, ConsentRefused{"key"}}, stay: "refused", out: "refused", in: "refused", elsewhere: "refused"},
		"refused later":     {facts: []Fact{notice, key, ConsentRefused{"agent"}}, stay: "refused", out: "refused", in: "refused", elsewhere: "refused"},
		"is called again":   {facts: []Fact{notice, key, CallbackDialed{}}, asks: true, stay: "no_notice", out: "no_notice", in: "no_notice"},
		"refused, is again": {facts: []Fact{notice, ConsentRefused{"key"}, CallbackDialed{}}, stay: "refused", out: "refused", in: "refused", elsewhere: "refused"},
	} {
		var consent Consent
		for _, f := range c.facts {
			consent.Take(f)
		}
		for asked, want := range map[ConsentAsked]string{ConsentStay: c.stay, ConsentOptOut: c.out, ConsentOptIn: c.in} {
			rule := RecordingRule{Talks: RecordAll, Notice: "told", Consent: asked}
			if got := consent.Denies(rule); got != want || consent.Asks(rule) != c.asks {
				t.Errorf("%s, %s: %q, and not %q; is asked: %v", name, asked, got, want, consent.Asks(rule))
			}
		}
		elsewhere := RecordingRule{Talks: RecordAll, Notice: NoticeElsewhere, Consent: ConsentOptIn}
		if got := consent.Denies(elsewhere); got != c.elsewhere || consent.Asks(elsewhere) {
			t.Errorf("%s, told elsewhere: %q", name, got)
		}
		if off := (RecordingRule{Talks: RecordOff, Notice: "told"}); consent.Denies(off) != "off" || consent.Asks(off) {
			t.Errorf("%s: recorded, or asked, where nothing is recorded", name)
		}
	}
}

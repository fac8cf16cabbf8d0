package ivr

import (
	"strings"
	"testing"

	"presszero/call"
)

const recordedFlow = `version: 1
language: en
languages: [en, es]
person: help
numbers: {"100": main, "200": {node: main, recording: {talks: off}}}
queues: {help: {}, bank: {QUEUE}}
nodes: {main: {queue: help}, other: {queue: bank}}
prompts:
  told: {en: "We record this. Press 9 if you do not want it.", es: "Grabamos. Si no quiere, pulse 9."}
  may-we: {en: "May we record? Then press 1.", es: "Para grabar, pulse 1."}
  english: {en: We record.}
  value: {en: "{name}, we record.", es: Grabamos.}
recording: {HOUSE}
`

// TestRecordingChecked: nobody is recorded who was not told, and what is told fits the key.
func TestRecordingChecked(t *testing.T) {
	const told = `notice: told, key: "9"`
	for house, c := range map[string]struct{ queue, code string }{
		"talks: all, " + told: {},
		"talks: off":          {},
		"talks: 25%, consent: stay, notice: told":                                             {},
		"talks: on_demand, " + told:                                                           {},
		"talks: all, notice: elsewhere, by: the carrier":                                      {},
		told + ", talks: all, countries: {de: {consent: opt_in, notice: may-we, key: \"1\"}}": {},
		told + ", callback: {talks: all, pause: 1m, keep: 30, listen: [agent, admin]}":        {},
		"talks: all": {code: "notice"},
		"talks: all, key: \"9\", notice: elsewhere":               {code: "by"},
		"talks: all, by: me, " + told:                             {code: "by"},
		"talks: all, notice: told":                                {code: "key"},
		"talks: 0%, " + told:                                      {code: "talks"},
		"talks: sometimes, " + told:                               {code: "talks"},
		"talks: all, notice: told, key: \"0\"":                    {code: "key"},
		"talks: all, key: \"9\", notice: nowhere":                 {code: "no-text"},
		"talks: all, key: \"9\", notice: english":                 {code: "no-text"},
		"talks: all, key: \"9\", notice: value":                   {code: "notice"},
		"consent: never, " + told:                                 {code: "consent"},
		"listen: [everybody], " + told:                            {code: "listen"},
		"pause: 1s, " + told:                                      {code: "time"},
		"keep: 0, " + told:                                        {code: "count"},
		told + ", talks: all, countries: {germany: {talks: off}}": {code: "country"},
		told + ", talks: all, countries: {de: {consent: opt_in}}": {code: "consent"},
		told + ", talks: off":                                     {queue: `recording: {talks: all}`},
		told + ", talks: all":                                     {queue: `recording: {consent: opt_in, key: "1"}`, code: "consent"},
		"out: {talks: off}":                                       {queue: `recording: {talks: all}`, code: "notice"},
		"talks: off, in: {}":                                      {queue: `recording: {callback: {talks: all}}`, code: "notice"},
	} {
		text := strings.NewReplacer("{HOUSE}", "{"+house+"}", "{QUEUE}", "{"+c.queue+"}").Replace(recordedFlow)
		_, err := Parse("f.yaml", []byte(text))
		found, _ := err.(Findings)
		switch {
		case c.code == "" && err != nil:
			t.Errorf("%s: %v", house, err)
		case c.code != "" && (len(found) == 0 || found[0].Code != c.code):
			t.Errorf("%s, %s: is not refused as %q: %v", house, c.queue, c.code, err)
		}
	}
}

// TestRecordingPlan: what is written comes into the plan, with numbers in their one writing.
func TestRecordingPlan(t *testing.T) {
	text := strings.NewReplacer("{HOUSE}", `{talks: all, notice: told, key: "9", keep: 30, out: {talks: 5%}, countries: {de: {talks: off}}}`,
		"{QUEUE}", `{recording: {keep: 7, listen: [admin]}}`).Replace(recordedFlow)
	f, err := Parse("f.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p := f.RecordingPlan(func(written string) string { return "+" + written })
	p.Country = func(number string) string { return map[bool]string{true: "de"}[strings.HasPrefix(number, "+49")] }
	for _, c := range []struct {
		talk  call.RecordedTalk
		talks call.TalksRecorded
		keep  int
	}{
		{call.RecordedTalk{Direction: call.CallIn, Queue: "help", Dialled: "+100"}, "all", 30},
		{call.RecordedTalk{Direction: call.CallIn, Queue: "bank", Dialled: "+100"}, "all", 7},
		{call.RecordedTalk{Direction: call.CallIn, Queue: "help", Dialled: "+200"}, "off", 30},
		{call.RecordedTalk{Direction: call.CallIn, Queue: "help", Dialled: "+100", Other: "+4930123"}, "off", 30},
		{call.RecordedTalk{Direction: call.CallOut}, "5%", 30},
	} {
		if got := p.Rule(c.talk); got.Talks != c.talks || got.Keep != c.keep {
			t.Errorf("%+v: %+v", c.talk, got)
		}
	}
}

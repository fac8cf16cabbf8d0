package ivr

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"presszero/call"
)

// recording takes what is written of recording for the house and for numbers, and checks
// it all: whoever is recorded has been told, or somebody answers for it.
func (b *builder) recording() {
	settings := &queueBuilder{b.document}
	settings.settings(reflect.ValueOf(&b.flow.Recording).Elem(), b.file.Recording.written, "recording")
	for _, country := range sortedKeys(b.file.Recording.partAt("countries").parts) {
		var rule call.RecordingRule
		path := []string{"recording", "countries", country}
		settings.settings(reflect.ValueOf(&rule).Elem(), b.file.Recording.partAt("countries", country), path...)
		if !validCountry.MatchString(country) {
			b.refuse("country", fmt.Sprintf("%q is not a country; write its two small letters, like de", country), path...)
		}
		if b.flow.Recording.Countries == nil {
			b.flow.Recording.Countries = map[string]call.RecordingRule{}
		}
		b.flow.Recording.Countries[country] = rule
	}
	for _, number := range sortedKeys(b.file.Numbers) {
		n := b.flow.Numbers[number]
		settings.settings(reflect.ValueOf(&n.Recording).Elem(), b.file.Numbers[number].Recording.written, "numbers", number, "recording")
		b.flow.Numbers[number] = n
	}
	b.recordingRules()
}

var validCountry = regexp.MustCompile(`^[a-z]{2}$`)

// recordingLayer is one place where rules of recording are written.
type recordingLayer struct {
	call.RecordingSettings
	path []string
}

// recordingRules checks each place where something is written, and then what holds for
// each queue.
func (b *builder) recordingRules() {
	layers := []recordingLayer{{b.flow.Recording.RecordingSettings, []string{"recording"}}}
	for _, country := range sortedKeys(b.flow.Recording.Countries) {
		layers = append(layers, recordingLayer{call.RecordingSettings{RecordingRule: b.flow.Recording.Countries[country]}, []string{"recording", "countries", country}})
	}
	for _, q := range b.flow.Queues {
		layers = append(layers, recordingLayer{q.Recording, []string{"queues", q.Name, "recording"}})
	}
	for _, number := range sortedKeys(b.flow.Numbers) {
		layers = append(layers, recordingLayer{b.flow.Numbers[number].Recording, []string{"numbers", number, "recording"}})
	}
	for i, l := range layers {
		b.recordingWords(l.RecordingRule, l.path...)
		b.recordingWords(l.In, append(slices.Clone(l.path), "in")...)
		b.recordingWords(l.Callback, append(slices.Clone(l.path), "callback")...)
		b.recordingWords(l.Out, append(slices.Clone(l.path), "out")...)
		if i > 0 {
			b.recordingAsks(l)
		}
	}
	b.recordingTold(layers)
}

// directions are those in which talks are recorded.
var directions = []call.Direction{call.CallIn, call.CallBack, call.CallOut}

// recordingWords checks the words of one rule.
func (b *builder) recordingWords(r call.RecordingRule, path ...string) {
	at := func(key string) []string { return append(slices.Clone(path), key) }
	patterns := map[string]string{"talks": string(r.Talks), "key": r.Key}
	for f := range reflect.TypeFor[call.RecordingRule]().Fields() {
		name := f.Tag.Get("flow")
		if text, has := patterns[name]; has && text != "" && !regexp.MustCompile(f.Tag.Get("pattern")).MatchString(text) {
			b.refuse(name, map[string]string{
				"talks": fmt.Sprintf("%q does not say which talks are recorded; write off, all, on_demand, or a share like 25%%", text),
				"key":   fmt.Sprintf("%q cannot be the key of a notice; write 1 to 9, * or #, since 0 is a person everywhere", text),
			}[name], at(name)...)
		}
	}
	switch {
	case r.Notice == call.NoticeElsewhere && strings.TrimSpace(r.By) == "":
		b.refuse("by", "a notice that is told elsewhere needs by: who answers for it; write both", at("notice")...)
	case r.Notice != call.NoticeElsewhere && r.By != "":
		b.refuse("by", "by belongs to notice: elsewhere; write both, or remove it", at("by")...)
	case r.Notice != "" && r.Notice != call.NoticeElsewhere:
		b.noticePrompt(r, at("notice")...)
	}
}

// noticePrompt checks that a notice is there in each language, as its words alone.
func (b *builder) noticePrompt(r call.RecordingRule, path ...string) {
	for _, language := range b.flow.Languages {
		text, ok := b.flow.promptText(language, r.Notice)
		switch {
		case !ok:
			b.refuse("no-text", fmt.Sprintf("the notice %q has no words in %q, and nobody may be recorded who was not told; add them", r.Notice, language), path...)
		case hasValues(text):
			b.refuse("notice", fmt.Sprintf("the notice %q says a value in %q; it must be the same words for all, so that they can be shown later", r.Notice, language), path...)
		case r.Key != "" && strings.ContainsAny(r.Key, "123456789") && !strings.HasPrefix(text, "core:") && len(saidKeys(text)) > 0 && !slices.Contains(saidKeys(text), r.Key):
			b.warnAt("unsaid", fmt.Sprintf("the notice %q does not name its key %s in %q; say it", r.Notice, r.Key, language), path...)
		}
	}
}

// recordingAsks refuses a rule whose consent differs from the house's, and which leaves to
// the house what its callers hear: the key would mean the opposite of what is said.
func (b *builder) recordingAsks(l recordingLayer) {
	for _, d := range directions {
		own, house := l.On(d), b.flow.Recording.On(d)
		usual := call.RecordingPlan{House: call.HouseRecording{RecordingSettings: b.flow.Recording.RecordingSettings}}.Rule(call.RecordedTalk{Direction: d}).Consent
		if own.Consent != "" && own.Consent != usual && house.Notice != "" && (own.Notice == "" || own.Notice == house.Notice) {
			b.refuse("consent", fmt.Sprintf("the house asks for %s and says so in its notice; where %s is asked for, a notice of its own says it, so write both", usual, own.Consent), append(slices.Clone(l.path), "consent")...)
			return
		}
	}
}

// recordingTold refuses talks that would be recorded without a notice, or with one that
// names no key.
func (b *builder) recordingTold(layers []recordingLayer) {
	plan := b.flow.RecordingPlan(nil)
	countries := map[string]string{"": ""}
	for country := range plan.House.Countries {
		countries[country] = country
	}
	plan.Country = func(number string) string { return number }
	told := map[string]bool{}
	refuse := func(code, what string, l recordingLayer) {
		if key := strings.Join(l.path, " ") + code; !told[key] {
			told[key] = true
			b.refuse(code, what, l.path...)
		}
	}
	for _, d := range directions {
		for _, queue := range append([]string{""}, sortedKeys(plan.Queues)...) {
			for _, number := range append([]string{""}, sortedKeys(plan.Numbers)...) {
				for _, country := range sortedKeys(countries) {
					rule := plan.Rule(call.RecordedTalk{Direction: d, Queue: queue, Dialled: number, Other: country})
					l := layers[0]
					for _, of := range layers[1:] { // the last that says anything of it, the queue first
						if of.path[1] == queue && of.path[0] == "queues" && of.On(d).Talks != "" {
							l = of
						}
					}
					switch {
					case rule.Talks == call.RecordOff:
					case rule.Notice == "":
						refuse("notice", "talks are recorded here and nobody is told; write notice: with a prompt, or notice: elsewhere and by: who answers for it", l)
					case rule.Notice != call.NoticeElsewhere && rule.Consent != call.ConsentStay && rule.Key == "":
						refuse("key", fmt.Sprintf("consent is %s, so the notice names a key; write it as key:, or consent: stay", rule.Consent), l)
					}
				}
			}
		}
	}
}

// RecordingPlan returns all that the flow says of recording; number brings numbers into
// their one writing, nil leaves them.
func (f *Flow) RecordingPlan(number func(string) string) call.RecordingPlan {
	p := call.RecordingPlan{Language: f.Language, House: f.Recording, Queues: map[string]call.RecordingSettings{}, Numbers: map[string]call.RecordingSettings{}, Sensitive: map[string]bool{}}
	for name, n := range f.Nodes {
		if n.Digits != nil && n.Digits.Sensitive {
			p.Sensitive[name] = true
		}
	}
	for _, q := range f.Queues {
		if !reflect.ValueOf(q.Recording).IsZero() {
			p.Queues[q.Name] = q.Recording
		}
	}
	for _, written := range sortedKeys(f.Numbers) {
		one := written
		if number != nil {
			one = number(written)
		}
		if own := f.Numbers[written].Recording; !reflect.ValueOf(own).IsZero() && reflect.ValueOf(p.Numbers[one]).IsZero() {
			p.Numbers[one] = own
		}
	}
	return p
}

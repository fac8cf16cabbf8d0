package call

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Which talks are recorded, and what a caller is asked before, as the flow file says it for
// the house, for a queue and for a number dialled. Nothing is set that is not written; what
// it comes to is told by RecordingPlan.Rule.
type (
	// RecordingRule says how some talks are recorded.
	RecordingRule struct {
		// Which talks are recorded: off, all, on_demand (when the agent asks for it), or a share like 25%; usually off.
		Talks TalksRecorded `flow:"talks" pattern:"^(off|all|on_demand|([1-9]|[1-9][0-9]|100)%)$"`
		// The prompt that tells callers so, before a person answers; or elsewhere, if somebody else tells them.
		Notice string `flow:"notice" form:"name"`
		// Who answers for the notice that is told elsewhere.
		By string `flow:"by"`
		// What a caller does to be recorded: stay on the line, not press the key, or press it; usually opt_out.
		Consent ConsentAsked `flow:"consent" words:"stay opt_out opt_in"`
		// The key with which a caller refuses (opt_out) or agrees (opt_in).
		Key string `flow:"key" pattern:"^[1-9*#]$"`
		// After which an agent's pause ends by itself; usually 2m.
		Pause time.Duration `flow:"pause" least:"10s" most:"30m"`
		// For how many days recordings are kept; as long as the house keeps them unless set.
		Keep int `flow:"keep" least:"1" most:"36500"`
		// The roles whose users may listen: agent (to their own), supervisor, admin; usually supervisor and admin.
		Listen []string `flow:"listen" words:"agent supervisor admin"`
	}

	// RecordingSettings is a RecordingRule that may be otherwise by direction.
	RecordingSettings struct {
		RecordingRule
		// What is otherwise for callers who phone.
		In RecordingRule `flow:"in"`
		// What is otherwise for callers who are called back.
		Callback RecordingRule `flow:"callback"`
		// What is otherwise for calls that agents make.
		Out RecordingRule `flow:"out"`
	}

	// HouseRecording is what holds where neither a queue nor a number says otherwise.
	HouseRecording struct {
		RecordingSettings
		// What a country asks for, of people with a number there, by its two letters; the strictest of country, queue and number counts.
		Countries map[string]RecordingRule `flow:"countries"`
	}
)

// TalksRecorded tells which talks are recorded: one of the words below, or a share as 25%.
type TalksRecorded string

// Which talks are recorded.
const (
	RecordOff      TalksRecorded = "off"
	RecordAll      TalksRecorded = "all"
	RecordOnDemand TalksRecorded = "on_demand"
)

// share is how many talks of a hundred are recorded without being asked for.
func (t TalksRecorded) share() int {
	if t == RecordAll {
		return 100
	}
	n, _ := strconv.Atoi(strings.TrimSuffix(string(t), "%")) // 0 of a word
	return n
}

// strictness orders what is recorded: the smaller, the less.
func (t TalksRecorded) strictness() int {
	if t == RecordOnDemand {
		return 1
	}
	return 2 * t.share()
}

// Draws reports whether a call is among those that are recorded. The calls of a share are
// drawn by their ids, so that it comes to the same after a restart and for each agent.
func (t TalksRecorded) Draws(c ID) bool {
	sum := sha256.Sum256([]byte("recorded " + c))
	return int(binary.BigEndian.Uint64(sum[:])%100) < t.share()
}

// ConsentAsked is what a caller does to be recorded.
type ConsentAsked string

// What a caller does to be recorded, the loosest first.
const (
	ConsentStay   ConsentAsked = "stay"    // stays on the line
	ConsentOptOut ConsentAsked = "opt_out" // does not press the key
	ConsentOptIn  ConsentAsked = "opt_in"  // presses the key
)

func (c ConsentAsked) strictness() int {
	return slices.Index([]ConsentAsked{"", ConsentStay, ConsentOptOut, ConsentOptIn}, c)
}

// NoticeElsewhere is written for a notice that somebody else answers for.
const NoticeElsewhere = "elsewhere"

// usualPause is the longest pause where none is written.
const usualPause = 2 * time.Minute

// Direction is who began a call.
type Direction string

// The directions.
const (
	CallIn   Direction = "in"       // a caller phones us
	CallBack Direction = "callback" // we call back
	CallOut  Direction = "out"      // an agent calls a number
)

// RecordedTalk is what the recording of a talk depends on.
type RecordedTalk struct {
	Direction Direction
	Queue     string // "": the agent's own call
	Dialled   string // the number of ours, in its one writing; "": none
	Other     string // the number of the person on the other side
}

// RecordingPlan is all that a flow says of recording.
type RecordingPlan struct {
	Language string // of the notice where a caller has chosen none

	House   HouseRecording
	Queues  map[string]RecordingSettings
	Numbers map[string]RecordingSettings

	Sensitive map[string]bool // nodes in which callers type what may not be kept

	Country func(number string) string // two small letters; "": not known. nil: of no number
	Speaks  func(number string) string // the language of its country, if the flow speaks it; "": it does not. nil: of no number
}

// Records reports whether anything is recorded at all.
func (p RecordingPlan) Records() bool {
	records := p.House.records()
	for _, s := range p.Queues {
		records = records || s.records()
	}
	for _, s := range p.Numbers {
		records = records || s.records()
	}
	return records
}

func (s RecordingSettings) records() bool {
	return slices.ContainsFunc([]RecordingRule{s.RecordingRule, s.In, s.Callback, s.Out}, func(r RecordingRule) bool { return r.Talks != "" && r.Talks != RecordOff })
}

// over puts what is written in more over r.
func (r RecordingRule) over(more RecordingRule) RecordingRule {
	r.Talks, r.Consent, r.Key = cmp.Or(more.Talks, r.Talks), cmp.Or(more.Consent, r.Consent), cmp.Or(more.Key, r.Key)
	r.Pause, r.Keep = cmp.Or(more.Pause, r.Pause), cmp.Or(more.Keep, r.Keep)
	if more.Notice != "" {
		r.Notice, r.By = more.Notice, more.By
	}
	if len(more.Listen) > 0 {
		r.Listen = more.Listen
	}
	return r
}

// On returns what is written for a direction.
func (s RecordingSettings) On(d Direction) RecordingRule {
	return s.over(map[Direction]RecordingRule{CallIn: s.In, CallBack: s.Callback, CallOut: s.Out}[d])
}

// Rule returns how a talk is recorded. What is written for the queue, for the number dialled
// and for the other's country holds before what is written for the house; of what they say
// of the same thing the strictest counts: the fewest talks, the most asked of the caller,
// the shortest pause, the fewest days, the roles that all of them name. Notice and key are
// of the one whose consent counts, since they belong together.
func (p RecordingPlan) Rule(t RecordedTalk) RecordingRule {
	house := p.House.On(t.Direction)
	layers := []RecordingRule{p.Queues[t.Queue].On(t.Direction), p.Numbers[t.Dialled].On(t.Direction)}
	if p.Country != nil && len(p.House.Countries) > 0 {
		layers = append(layers, p.House.Countries[p.Country(t.Other)])
	}
	var all, asks RecordingRule
	for _, layer := range layers {
		all = all.strictest(layer)
		if asked := house.over(layer); layer.asks() && (asks.Consent == "" || asked.consent().strictness() > asks.Consent.strictness()) {
			asks = asked
			asks.Consent = asked.consent()
		}
	}
	if asks.Consent == "" {
		asks = house
	}
	rule := house.over(all)
	rule.Notice, rule.By, rule.Consent, rule.Key = asks.Notice, asks.By, asks.consent(), asks.Key
	rule.Talks, rule.Pause = cmp.Or(rule.Talks, RecordOff), cmp.Or(rule.Pause, usualPause)
	return rule
}

// OutsideRule returns how a number outside that comes into a talk is recorded in it, and what
// is asked of the person there: as the talk is, but by the number's country.
func (p RecordingPlan) OutsideRule(t RecordedTalk, number string) RecordingRule {
	t.Other = number
	return p.Rule(t)
}

// consent is what a caller does to be recorded.
func (r RecordingRule) consent() ConsentAsked { return cmp.Or(r.Consent, ConsentOptOut) }

// asks reports whether something is written of what a caller is asked.
func (r RecordingRule) asks() bool { return r.Notice != "" || r.Consent != "" || r.Key != "" }

// strictest joins what two say of the same thing, consent and notice apart.
func (r RecordingRule) strictest(other RecordingRule) RecordingRule {
	if r.Talks == "" || other.Talks != "" && other.Talks.strictness() < r.Talks.strictness() {
		r.Talks = other.Talks
	}
	r.Pause, r.Keep = smaller(r.Pause, other.Pause), smaller(r.Keep, other.Keep)
	switch {
	case len(r.Listen) == 0:
		r.Listen = other.Listen
	case len(other.Listen) > 0:
		r.Listen = slices.DeleteFunc(slices.Clone(r.Listen), func(role string) bool { return !slices.Contains(other.Listen, role) })
		if len(r.Listen) == 0 {
			r.Listen = []string{"admin"} // nobody is named by both: somebody must be able to answer for it
		}
	}
	return r
}

// smaller returns the smaller of two, of which 0 is not written.
func smaller[T int | time.Duration](a, b T) T {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

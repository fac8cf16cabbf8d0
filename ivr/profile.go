package ivr

import (
	"fmt"
	"strings"
	"time"
)

// Promise is a compliance profile as data: what a law, a guideline or a company
// requires of a flow, which Parse checks, and of the day, which the reports
// measure. The facts and their sources are in the documentation; an operator
// who relies on a law should read it first.
type Promise struct {
	Name  string `json:"name"`
	Basis string `json:"basis"`

	// Of the flow.
	Levels         int     `json:"levels,omitempty"`           // most menus on a way; 0: no rule
	PersonInFirst  bool    `json:"person_in_first,omitempty"`  // a person is offered aloud in the first menu
	ComplaintFirst bool    `json:"complaint_first,omitempty"`  // the first menu has a complaint
	NoInputFirst   bool    `json:"no_input_first,omitempty"`   // no data is demanded on the way to a person
	NotOnlyMachine bool    `json:"not_only_machine,omitempty"` // a mailbox must not be all there is
	KeyProfile     Profile `json:"key_profile,omitempty"`

	// Of the day.
	Answer        Span    `json:"answer"`                     // how fast, and which share of callers
	Mean          Span    `json:"mean"`                       // the mean wait allowed
	OfferCallback float64 `json:"offer_callback_s,omitempty"` // after which wait a callback is offered
	Hold          float64 `json:"hold_s,omitempty"`           // longest hold without asking
	HumanHours    float64 `json:"human_hours,omitempty"`      // hours a day with people
	AnnounceWait  bool    `json:"announce_wait,omitempty"`
	FreeOfCharge  bool    `json:"free_of_charge,omitempty"` // waiting costs the caller nothing
	NoAds         bool    `json:"no_ads,omitempty"`
	NoHangUp      bool    `json:"no_hang_up,omitempty"`  // nobody is cut off for waiting long
	EachBreach    bool    `json:"each_breach,omitempty"` // every late answer is told, not an average
}

// Span is a limit in seconds for a share of callers; zero: no rule.
type Span struct {
	Seconds float64 `json:"seconds,omitempty"`
	Share   float64 `json:"share,omitempty"`
}

// Promises are the profiles that a flow can name.
var Promises = map[string]Promise{
	"es": {Name: "es", Basis: "Spain, Ley 10/2025", PersonInFirst: true, NotOnlyMachine: true,
		Answer: Span{180, 0.95}, NoHangUp: true},
	"pt": {Name: "pt", Basis: "Portugal, DL 134/2009", Answer: Span{60, 1}, NoAds: true},
	"br": {Name: "br", Basis: "Brazil, Decreto 11.034/2022", PersonInFirst: true, ComplaintFirst: true, NoInputFirst: true,
		Answer: Span{60, 1}, HumanHours: 8, NoAds: true},
	"kr": {Name: "kr", Basis: "Korea, KCC guideline 2009", Levels: 3, PersonInFirst: true, KeyProfile: Korean, OfferCallback: 30},
	"de": {Name: "de", Basis: "Germany, TKG section 115", AnnounceWait: true, FreeOfCharge: true},
	"five_star": {Name: "five_star", Basis: "Forbes Travel Guide: no hold over 30 s without offering a callback", Levels: 1,
		PersonInFirst: true, Answer: Span{30, 1}, OfferCallback: 30, Hold: 30},
	"finance": {Name: "finance", Basis: "answer within two minutes, each breach told", Answer: Span{120, 1}, EachBreach: true},
}

// Limit is Answer's time.
func (p Promise) Limit() time.Duration { return time.Duration(p.Answer.Seconds * float64(time.Second)) }

// Promised returns the profiles that the flow promises to keep.
func (f *Flow) Promised() []Promise {
	var list []Promise
	for _, name := range f.Profiles {
		list = append(list, Promises[name])
	}
	return list
}

// promises checks what the named profiles require of the flow.
func (c *checker) promises() {
	for _, name := range c.flow.Profiles {
		p, ok := Promises[name]
		if !ok {
			c.refuse("profile", fmt.Sprintf("%q is not a compliance profile; use one of %s", name, strings.Join(sortedKeys(Promises), ", ")), "profiles")
			continue
		}
		if !c.found.Refuses() {
			c.promise(p)
		}
	}
}

func (c *checker) promise(p Promise) {
	breach := func(what string, path ...string) {
		c.refuse("profile-"+p.Name, fmt.Sprintf("%s (profile %s: %s)", what, p.Name, p.Basis), path...)
	}
	levels := c.flow.menuLevels()
	complaint, people := false, false
	for _, name := range sortedKeys(c.flow.Nodes) {
		n := c.flow.Nodes[name]
		people = people || n.Line != nil
		if n.Kind != Menu {
			continue
		}
		if p.Levels > 0 && levels[name] > p.Levels {
			breach(fmt.Sprintf("this menu is the %s one on its way, but at most %d are allowed; join menus", ordinal(levels[name]), p.Levels), "nodes", name, "menu")
		}
		if levels[name] == 1 {
			complaint = complaint || c.offersComplaint(n)
			c.personSaid(n, p, breach)
		}
	}
	if p.ComplaintFirst && !complaint {
		breach("no first menu offers a complaint; add a key that leads to a complaint node", "nodes")
	}
	if p.NotOnlyMachine && !people {
		breach("the flow has no queue, and a machine must not be all there is; add a way to people", "nodes")
	}
	if p.KeyProfile != "" && c.flow.Keys != p.KeyProfile {
		breach(fmt.Sprintf("the keys are %s, but # and * must be those of the profile %s; write `keys: %s`", c.flow.Keys, p.KeyProfile, p.KeyProfile), "keys")
	}
	if p.NoInputFirst {
		c.noInputFirst(breach)
	}
}

func (c *checker) offersComplaint(menu *Node) bool {
	for _, to := range menu.Keys {
		if n := c.flow.Nodes[to]; n.Kind == Complaint || n.Line != nil && n.Line.Reason == "complaint" {
			return true
		}
	}
	return false
}

// personSaid requires that the text of a first menu offers a person.
func (c *checker) personSaid(n *Node, p Promise, breach func(string, ...string)) {
	if !p.PersonInFirst {
		return
	}
	for _, language := range c.flow.Languages {
		text, _ := c.flow.promptText(language, n.Prompt)
		if strings.HasPrefix(text, "core:") || !strings.Contains(text, "0") && !zeroWords.MatchString(text) {
			breach(fmt.Sprintf("the first menu does not say in %q that 0 leads to a person; say it", language), "nodes", n.Name, "menu")
		}
	}
}

// noInputFirst refuses ways on which a queue is reached only after typing.
func (c *checker) noInputFirst(breach func(string, ...string)) {
	all := c.flow.reached(nil)
	without := c.flow.reached(func(n *Node, _ way) bool { return n.Kind == Input })
	for _, name := range sortedKeys(c.flow.Nodes) {
		if n := c.flow.Nodes[name]; n.Line != nil && all[name] && !without[name] {
			breach("callers get to this queue only after typing something, but data must not be demanded before a person; add a way without", "nodes", name)
		}
	}
}

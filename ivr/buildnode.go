package ivr

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// node makes one node of what the file says of it.
func (b *builder) node(name string, w fileNode) {
	kind, value, clear := w.kind()
	if !validName.MatchString(name) {
		b.refuse("name", fmt.Sprintf("%q cannot be a node's name; use small letters, digits, - and _", name), "nodes", name)
	}
	if !clear {
		b.unclear(name, w)
		return
	}
	n := &Node{Name: name, Kind: kind, Again: w.Again, Then: w.Then, Otherwise: w.Otherwise, Failed: w.Failed}
	b.flow.Nodes[name] = n
	b.strays(name, kind)
	b.leadsTo(w.Otherwise, false, "nodes", name, "otherwise")
	b.again(name, w)
	n.FirstDigit = b.duration(w.FirstDigit, firstDigit, firstDigit, time.Minute, "nodes", name, "first_digit")
	n.Between = b.duration(w.Between, between, 2*time.Second, 30*time.Second, "nodes", name, "between")
	switch kind {
	case Say, Greeting, Menu, Language, Input, Mailbox, End:
		n.Prompt = value
		b.prompt(value, "nodes", name, string(kind))
	case Lookup, Transfer:
		n.Prompt = w.Wait
		if w.Wait != "" || b.source.has("nodes", name, "wait") {
			b.prompt(w.Wait, "nodes", name, "wait")
		}
	}
	b.details(n, w, value)
}

func (b *builder) details(n *Node, w fileNode, value string) {
	switch n.Kind {
	case Say:
		n.Notice = w.Interruptible != nil && !*w.Interruptible
		b.leadsTo(n.Then, true, "nodes", n.Name, "then")
	case Greeting:
		b.greeting(n, w)
	case Menu:
		b.menu(n, w)
	case Language:
		b.chooser(n, w)
	case Input:
		b.input(n, w)
	case Lookup:
		b.lookup(n, w)
	case Hours:
		b.hours(n, w)
	case Wait, Complaint, Callback:
		b.line(n, w, value)
	case Mailbox:
		b.mailbox(n, w)
	case Transfer:
		n.Number = value
		if !validE164.MatchString(value) {
			b.refuse("number", fmt.Sprintf("%q is not a whole number; write it with + and the country, like +34911234567", value), "nodes", n.Name, "transfer")
		}
		b.leadsTo(n.Failed, false, "nodes", n.Name, "failed")
	}
}

// unclear notes a node that is nothing, or two things at once. One that is
// begun but empty is the most dangerous of all: elsewhere it hangs callers up.
func (b *builder) unclear(name string, w fileNode) {
	for _, key := range b.source.children("nodes", name) {
		if value, begins := w.beginnings()[Kind(key)]; begins && value == "" {
			b.refuse("empty", fmt.Sprintf("%s is empty; a caller would hear nothing and be lost here, so write what it does", key), "nodes", name, key)
			return
		}
	}
	b.refuse("kind", fmt.Sprintf("node %q must have exactly one of say, greeting, menu, language, input, lookup, hours, queue, complaint, callback, mailbox, transfer and end", name), "nodes", name)
}

// strays notes keys that belong to another kind of node: they would be passed
// over, and somebody believes that they count.
func (b *builder) strays(name string, kind Kind) {
	allowed := strings.Fields(belongs[kind])
	for _, key := range b.source.children("nodes", name) {
		if key != string(kind) && !slices.Contains(allowed, key) {
			b.refuse("stray", fmt.Sprintf("%s means nothing in a %s node; remove it, or move it to the node it is meant for", key, kind), "nodes", name, key)
		}
	}
}

func (b *builder) prompt(name string, path ...string) {
	switch {
	case name == "":
		b.refuse("empty", fmt.Sprintf("%s names no prompt; a caller would hear nothing here, so name one", path[len(path)-1]), path...)
	case !validName.MatchString(name):
		b.refuse("name", fmt.Sprintf("%q cannot be a prompt's name; use small letters, digits, - and _", name), path...)
	default:
		for _, language := range b.flow.Languages {
			if _, ok := b.flow.text(language, name); !ok {
				b.missing(name, language, path...)
			}
		}
	}
}

func (b *builder) missing(name, language string, path ...string) {
	if len(b.flow.Prompts[name]) == 0 {
		b.refuse("no-text", fmt.Sprintf("prompt %q has no text; add it under prompts, since without a recording nobody could say it", name), path...)
		return
	}
	b.refuse("no-text", fmt.Sprintf("prompt %q has no text in %q, which is an offered language; add it, or callers would hear a language they did not choose", name, language), path...)
}

func (b *builder) again(name string, w fileNode) {
	if w.Again != "" || b.source.has("nodes", name, "again") {
		b.prompt(w.Again, "nodes", name, "again")
	}
}

func (b *builder) greeting(n *Node, w fileNode) {
	b.leadsTo(n.Then, true, "nodes", n.Name, "then")
	f, err := fresh(w.ValidFor, w.From, b.zone)
	if err != nil {
		b.refuse("greeting", err.Error(), "nodes", n.Name, "valid_for")
	}
	f.Fallback = w.Fallback
	b.prompt(w.Fallback, "nodes", n.Name, "fallback")
	n.Fresh = &f
}

func (b *builder) menu(n *Node, w fileNode) {
	n.Keys = w.Keys
	if len(w.Keys) == 0 {
		b.refuse("keys", "the menu has no keys; offer at least one, or use say", "nodes", n.Name, "menu")
	}
	for _, key := range keys(w.Keys) {
		if b.key(key, "123456789*#", "nodes", n.Name, "keys", key) {
			b.leadsTo(w.Keys[key], true, "nodes", n.Name, "keys", key)
		}
	}
}

// key notes what cannot be pressed, and what is not the flow's to give.
func (b *builder) key(key, valid string, path ...string) bool {
	switch {
	case key == "0":
		b.refuse("zero", "0 is kept for a person everywhere and cannot be given to something else; remove it", path...)
	case len(key) != 1 || !strings.Contains(valid, key):
		b.refuse("keys", fmt.Sprintf("%q is not a key; use one of 1-9, * and #, in quotes", key), path...)
	case b.flow.Keys.act(key) != none:
		b.warn("profile-key", fmt.Sprintf("%s has a meaning of its own in the key profile %s, which callers lose in this menu; better use a digit", key, b.flow.Keys), path...)
		return true
	default:
		return true
	}
	return false
}

func (b *builder) chooser(n *Node, w fileNode) {
	n.Keys = w.Keys
	b.leadsTo(n.Then, true, "nodes", n.Name, "then")
	if len(w.Keys) < 2 {
		b.refuse("keys", "a choice of language needs at least two keys; add them, or remove the node", "nodes", n.Name, "language")
	}
	for _, key := range keys(w.Keys) {
		if b.key(key, "123456789", "nodes", n.Name, "keys", key) {
			b.language(w.Keys[key], "nodes", n.Name, "keys", key)
		}
	}
}

func (b *builder) input(n *Node, w fileNode) {
	b.leadsTo(n.Then, true, "nodes", n.Name, "then")
	d := &Digits{As: w.As, Min: w.Min, Max: w.Max, Match: w.Match, Invalid: w.Invalid, Sensitive: w.Sensitive}
	n.Digits = d
	if d.As == "" {
		d.As = n.Name
	}
	d.Min = max(d.Min, 1)
	if d.Max == 0 {
		d.Max = maxTyped
	}
	if d.Max < d.Min || d.Max > maxTyped {
		b.refuse("length", fmt.Sprintf("an input has from 1 to %d digits, and min is not above max; correct them", maxTyped), "nodes", n.Name, "max")
	}
	if d.Max == 1 {
		b.refuse("length", "an input of one digit is a menu; write it as a menu, so that 0 stays a person at once", "nodes", n.Name, "max")
		return
	}
	if d.Invalid != "" || b.source.has("nodes", n.Name, "invalid") {
		b.prompt(d.Invalid, "nodes", n.Name, "invalid")
	}
	if len(w.OneOf) > 0 {
		if d.Match != "" {
			b.refuse("input", "one_of and match both say what is valid; keep one of them", "nodes", n.Name, "one_of")
		}
		d.Match = b.oneOf(n.Name, w.OneOf)
	}
	if err := d.compile(); err != nil {
		b.refuse("input", fmt.Sprintf("match is not a regular expression (%v); correct it, for example [0-9]{8}", err), "nodes", n.Name, "match")
		return
	}
	if d.Min == 1 && d.valid("0") {
		b.refuse("zero", "a lone 0 would be a valid input here, but it means a person; ask for at least two digits, or exclude it with match", "nodes", n.Name, "input")
	}
}

func (b *builder) oneOf(name string, values []string) string {
	for _, v := range values {
		if v == "" || strings.Trim(v, "0123456789*#") != "" {
			b.refuse("input", fmt.Sprintf("%q in one_of cannot be typed on a telephone; use digits", v), "nodes", name, "one_of")
			return ""
		}
	}
	return strings.ReplaceAll(strings.Join(values, "|"), "*", `\*`)
}

func (b *builder) lookup(n *Node, w fileNode) {
	ask := &Ask{Method: w.Method, Address: w.Lookup, Body: w.Body, Field: w.Field, Keep: w.Keep, When: w.When,
		Default: w.Default, Timeout: w.Timeout, Failed: w.Failed}
	n.Ask = ask
	ask.Within = b.duration(w.Within, lookUpLimit, 100*time.Millisecond, lookUpLimit, "nodes", n.Name, "within")
	if ask.Method == "" {
		ask.Method = "GET"
	}
	if ask.Method != "GET" && ask.Method != "POST" {
		b.refuse("lookup", fmt.Sprintf("method is %q; use GET or POST", ask.Method), "nodes", n.Name, "method")
	}
	if ask.Body != "" && ask.Method != "POST" {
		b.refuse("lookup", "only a POST has a body; write `method: POST`, or remove the body", "nodes", n.Name, "body")
	}
	b.leadsTo(ask.Default, true, "nodes", n.Name, "default")
	b.leadsTo(ask.Failed, true, "nodes", n.Name, "failed")
	b.leadsTo(ask.Timeout, false, "nodes", n.Name, "timeout")
	if len(ask.When) > 0 && ask.Field == "" {
		b.refuse("lookup", "when compares with a field of the answer; name it with `field`", "nodes", n.Name, "when")
	}
	for _, value := range keys(ask.When) {
		b.leadsTo(ask.When[value], true, "nodes", n.Name, "when", value)
	}
}

// addresses checks that look-ups reach only what the flow allows.
func (b *builder) addresses() {
	for i, allowed := range b.flow.Services.Allow {
		u, err := url.Parse(allowed)
		if err != nil || u.Host == "" || u.Path == "" || u.Scheme != "https" && (u.Scheme != "http" || !b.flow.Services.Private) {
			b.refuse("service", fmt.Sprintf("allowed service %d, %q, is not the beginning of an address; write it like https://orders.example/ (http only with `private: true`)", i+1, allowed), "services", "allow")
		}
	}
	for _, name := range keys(b.flow.Nodes) {
		n := b.flow.Nodes[name]
		if n.Ask == nil || slices.ContainsFunc(b.flow.Services.Allow, func(allowed string) bool {
			return strings.HasPrefix(n.Ask.Address, allowed)
		}) {
			continue
		}
		b.refuse("service", fmt.Sprintf("%q is not under services: allow, so it will not be asked; add the beginning of the address there if callers' data may go to it", n.Ask.Address), "nodes", name, "lookup")
	}
}

func (b *builder) hours(n *Node, w fileNode) {
	n.Open = &Opening{Table: &Table{zone: b.zone}, Open: w.Open, Closed: w.Closed, Holiday: w.Holiday}
	b.leadsTo(w.Open, true, "nodes", n.Name, "open")
	b.leadsTo(w.Closed, true, "nodes", n.Name, "closed")
	b.leadsTo(w.Holiday, false, "nodes", n.Name, "holiday")
	written, ok := b.file.Hours[w.Hours]
	if !ok {
		b.refuse("lost", fmt.Sprintf("%q is not one of the hours; correct the name, or add the table under hours", w.Hours), "nodes", n.Name, "hours")
		return
	}
	n.Open.Table = b.table(w.Hours, written)
}

func (b *builder) table(name string, w fileHours) *Table {
	t := &Table{zone: b.zone, holidays: map[string][]span{}}
	if w.Zone != "" {
		var err error
		if t.zone, err = zone(w.Zone); err != nil {
			b.refuse("zone", err.Error(), "hours", name, "zone")
		}
	}
	open, before := false, len(b.found)
	for _, key := range keys(w.Week) {
		list, err := days(key)
		times, err2 := w.Week[key].times()
		if err == nil {
			err = err2
		}
		if err != nil {
			b.refuse("hours", err.Error(), "hours", name, "week", key)
		}
		for _, d := range list {
			t.week[d] = append(t.week[d], times...)
		}
		open = open || len(times) > 0
	}
	if !open && len(b.found) == before {
		b.refuse("hours", fmt.Sprintf("hours %q are never open, so nobody would ever reach its open branch; write the week", name), "hours", name)
	}
	for _, key := range keys(w.Holidays) {
		times, err := w.Holidays[key].times()
		if err == nil && !isHoliday(key) {
			err = fmt.Errorf("%q is not a date; write 2026-12-25, or 12-25 for every year", key)
		}
		if err != nil {
			b.refuse("hours", err.Error(), "hours", name, "holidays", key)
		}
		t.holidays[key] = times
	}
	return t
}

func (b *builder) line(n *Node, w fileNode, queue string) {
	b.isQueue(queue, "nodes", n.Name, string(n.Kind))
	reason := map[Kind]string{Wait: "chosen", Complaint: "complaint", Callback: "callback"}[n.Kind]
	if w.Reason != "" {
		reason = w.Reason
	}
	for key, word := range map[string]string{"reason": reason, "skill": w.Skill} {
		if word != "" && !validName.MatchString(word) {
			b.refuse("name", fmt.Sprintf("%q cannot be a %s; use small letters, digits, - and _", word, key), "nodes", n.Name, key)
		}
	}
	if w.Priority < -9 || w.Priority > 9 {
		b.refuse("priority", "a priority is from -9 to 9, larger is more urgent; correct it", "nodes", n.Name, "priority")
	}
	n.Line = &Line{Queue: queue, Priority: w.Priority, Skill: w.Skill, Reason: reason, Callback: n.Kind == Callback}
}

func (b *builder) mailbox(n *Node, w fileNode) {
	if w.Owner == "" {
		b.refuse("owner", "a message needs an owner, the queue whose people answer it; a message that nobody owns is no service", "nodes", n.Name, "mailbox")
	} else {
		b.isQueue(w.Owner, "nodes", n.Name, "owner")
	}
	n.Message = &Message{Owner: w.Owner,
		Due:     b.duration(w.Due, 15*time.Minute, time.Minute, 72*time.Hour, "nodes", n.Name, "due"),
		Longest: b.duration(w.Longest, 2*time.Minute, 5*time.Second, 10*time.Minute, "nodes", n.Name, "longest")}
	b.leadsTo(n.Then, false, "nodes", n.Name, "then")
}

// neededPrompts are those of the engine, which a language that we do not speak
// must bring itself.
func (b *builder) neededPrompts() {
	needed := []string{NotUnderstood, Apology}
	for _, n := range b.flow.Nodes {
		if n.Kind == Mailbox {
			needed = append(needed, Beep, MessageKept, NothingHeard)
			break
		}
	}
	for _, language := range b.flow.Languages {
		for _, name := range needed {
			if _, ok := b.flow.text(language, name); !ok {
				b.refuse("no-text", fmt.Sprintf("the program has no words for %q in %q; add prompt %q in that language, since every flow needs it", name, language, name), "prompts", name)
			}
		}
	}
}

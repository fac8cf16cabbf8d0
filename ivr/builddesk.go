package ivr

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"presszero/call"
)

// What agents see at their desks and nobody hears: names, breaks.

// mostLabel is the longest text of a button or a list, in characters.
const mostLabel = 60

// label refuses a text that an agent could not read; key is its name in the file.
func (doc *document) label(l call.Label, key string, path ...string) {
	if len(l) == 0 {
		doc.refuse("empty", fmt.Sprintf("%s is missing; agents would not know what is meant, so write it", key), path...)
	}
	for _, language := range slices.Sorted(maps.Keys(l)) {
		switch text := l[language]; {
		case language != "" && !validLanguage.MatchString(language):
			doc.refuse("language", fmt.Sprintf("%q is not a language; write its short name, like en, ko or pt-br", language), path...)
		case text == "" || utf8.RuneCountInString(text) > mostLabel:
			doc.refuse("label", fmt.Sprintf("%q does not fit on the agents' page; write 1 to %d characters", text, mostLabel), path...)
		}
	}
}

// favourites takes the numbers outside that agents know by name.
func (b *queueBuilder) favourites(q *Queue, w fileQueue) {
	path := []string{"queues", q.Name, "favourites"}
	list := w.partAt("favourites").list
	b.entries(len(list), call.QueueSetting("favourites"), path...)
	for _, one := range list {
		var f call.Favourite
		b.settings(reflect.ValueOf(&f).Elem(), one, path...)
		b.label(f.Name, "name", path...)
		if !validE164.MatchString(f.Number) {
			b.refuse("number", fmt.Sprintf("%q is not a whole number; write it with + and the country, like +34911234567", f.Number), path...)
		}
		q.Favourites = append(q.Favourites, f)
	}
}

// codes takes what talks can have been about.
func (b *queueBuilder) codes(q *Queue, w fileQueue) {
	path := []string{"queues", q.Name, "codes"}
	list := w.partAt("codes").list
	b.entries(len(list), call.QueueSetting("codes"), path...)
	had := map[string]bool{}
	for _, one := range list {
		var c call.TalkCode
		b.settings(reflect.ValueOf(&c).Elem(), one, path...)
		switch {
		case !validName.MatchString(c.ID) || slices.Contains(ownCodes, c.ID):
			b.refuse("name", fmt.Sprintf("%q cannot be the id of a code; use small letters, digits, - and _, and neither %s", c.ID, strings.Join(ownCodes, " nor ")), path...)
		case had[c.ID]:
			b.refuse("twice", fmt.Sprintf("the code %q is here twice; remove one of them", c.ID), path...)
		}
		had[c.ID] = true
		b.label(c.Label, "label", path...)
		if len(c.Group) > 0 {
			b.label(c.Group, "group", path...)
		}
		q.Codes = append(q.Codes, c)
	}
	choice := slices.ContainsFunc(q.Codes, func(c call.TalkCode) bool { return !c.Retired })
	if q.CodesRequired && (!choice || q.WrapUp == 0) {
		b.refuse("codes", "codes_required needs codes to choose from, and wrap_up, the time in which to choose; write both, or remove the line", "queues", q.Name, "codes_required")
	}
}

// ownCodes stand in reports where an agent gave none.
var ownCodes = []string{call.NoneGiven, "none"}

func (b *queueBuilder) complaints(q *Queue) {
	if q.Complaints.Owner != "" {
		b.leadsToQueue(q.Complaints.Owner, "queues", q.Name, "complaints", "owner")
	}
}

// pop checks that what is known of callers goes only where the house allows.
func (b *queueBuilder) pop(q *Queue) {
	path := []string{"queues", q.Name, "pop"}
	if q.Pop.URL == "" {
		if b.source.isWritten(path...) {
			b.refuse("pop", "pop needs the address of the page; write it, like {url: \"https://crm.example/?tel={number}\"}", path...)
		}
		return
	}
	path = append(path, "url")
	u, err := url.Parse(valuePattern.ReplaceAllString(string(q.Pop.URL), "0"))
	if err != nil || u.Scheme != "https" || u.User != nil || !strings.HasPrefix(string(q.Pop.URL), "https://"+u.Host+"/") {
		b.refuse("pop", fmt.Sprintf("%q is not the address of a page; write it with https:// and a path, like https://crm.example/?tel={number}, and no value in the name of the machine", q.Pop.URL), path...)
		return
	}
	if !slices.Contains(b.file.PopHosts, u.Host) {
		b.refuse("pop", fmt.Sprintf("%q is not one of pop_hosts, so nothing about callers is sent there; add it if that is right", u.Host), path...)
	}
	for _, value := range valuePattern.FindAllString(string(q.Pop.URL), -1) {
		if name := strings.Trim(value, "{}"); !slices.Contains(call.PopValues, name) {
			b.refuse("pop", fmt.Sprintf("nothing is called %s here; the values are {%s}", value, strings.Join(call.PopValues, "}, {")), path...)
		}
	}
}

// popHosts checks the machines to which callers' data may go.
func (b *builder) popHosts() {
	for _, host := range b.file.PopHosts {
		if u, err := url.Parse("https://" + host + "/"); err != nil || u.Host != host || host == "" {
			b.refuse("pop", fmt.Sprintf("%q is not the name of a machine; write it like crm.example or crm.example:8443", host), "pop_hosts")
		}
	}
}

// entries refuses a list that is too long for the page.
func (doc *document) entries(n int, f reflect.StructField, path ...string) {
	if most := call.SettingCount(f.Tag.Get("entries")); n > most {
		doc.refuse("count", fmt.Sprintf("%d entries are too many for a list to choose from; keep at most %d", n, most), path...)
	}
}

// Break is a reason for which an agent takes no calls for a while.
type Break struct {
	ID    string     // stands in the books
	Title call.Label // what agents read
}

// mostBreaks is how many there may be: they are buttons, side by side.
const mostBreaks = 12

// mostReason is the longest reason that a desk takes, in characters.
const mostReason = 40

// ownReasons are those that the line sets itself.
var ownReasons = []string{call.ReasonSignedIn, call.ReasonNoAnswer, call.ReasonDeclined, call.ReasonNoConnect, call.ReasonFault}

// breaks takes the house's reasons for breaks.
func (b *builder) breaks() {
	if len(b.file.Breaks) > mostBreaks {
		b.refuse("breaks", fmt.Sprintf("%d breaks are more than fit on the page; keep at most %d", len(b.file.Breaks), mostBreaks), "breaks")
	}
	had := map[string]bool{}
	for _, w := range b.file.Breaks {
		one := Break{ID: w.ID, Title: call.Label(w.Title)}
		switch {
		case !validName.MatchString(w.ID) || len(w.ID) > mostReason:
			b.refuse("name", fmt.Sprintf("%q cannot be the id of a break; use small letters, digits, - and _, at most %d", w.ID, mostReason), "breaks")
		case had[w.ID]:
			b.refuse("twice", fmt.Sprintf("the break %q is here twice; remove one of them", w.ID), "breaks")
		case slices.Contains(ownReasons, w.ID):
			b.refuse("name", fmt.Sprintf("%q is what an agent's page says when the line sets her aside; name the break otherwise", w.ID), "breaks")
		}
		had[w.ID] = true
		b.label(one.Title, "title", "breaks")
		b.flow.Breaks = append(b.flow.Breaks, one)
	}
}

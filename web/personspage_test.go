package web_test

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestPersonsPage: an admin looks up, downloads and forgets a person, and puts a caller on
// hold, on the page of people.
func TestPersonsPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("admin", password)
	b.do("floor", seen("main.floor"))
	b.visit("/people", shows("A person who asks"), shows("90 days"), shows("365 days"), shows("9% left"), shows("Nothing is on hold"), shows("1 messages and 0 recordings removed"))
	b.accessible("persons")
	b.do("too short", fill(".persons [name=numbers]", "101"), click(".persons .primary"), shows("is too short"))
	b.forgive("422")
	b.do("found", fill(".persons [name=numbers]", "+34 910 000 001, +34910000002"), fill(".persons [name=why]", "asked by letter"), click(".persons .primary"),
		shows("Known as Ana"), shows("1 of the callbacks wait"), shows("On hold, and kept: 1"))
	b.accessible("persons-found")
	b.do("given", until(`(() => { HTMLAnchorElement.prototype.click = function () { window.given = this.download; }; return true; })()`),
		click(".persons p.choices button:first-child"), until("window.given === 'person.zip'"))
	b.do("forgotten", until("(window.confirm = () => true, true)"), click(".persons p.choices button:last-child"), shows("Forgotten: 30 facts and 2 files"))
	d.persons.mu.Lock()
	d.persons.slow = true
	d.persons.mu.Unlock()
	b.do("forgotten in the background", click(".persons .primary"), shows("Known as Ana"), click(".persons p.choices button:last-child"),
		shows("35.0% searched"), shows("It goes on when you leave this page"))
	b.accessible("persons-forgetting")
	b.visit("/people", shows("35.0% searched"), until("(window.confirm = () => true, true)"))
	d.persons.mu.Lock()
	d.persons.over("On legal hold.")
	d.persons.mu.Unlock()
	b.do("it was not to be", shows("On legal hold."))
	b.do("on hold", click("section:last-of-type .title-row button"), seen("form.edit [name=of]"), fill("form.edit [name=of]", "+34910000001"), fill("form.edit [name=reason]", "a claim"))
	b.accessible("hold-edit")
	b.do("held", click("tr form.edit .primary"), shows("A caller: +34910000001"), shows("it is released"))
	b.do("released", click("table.holds tbody tr td:last-child button"), shows("Nothing is on hold"), keys(kb.Escape))
	d.persons.mu.Lock()
	defer d.persons.mu.Unlock()
	if !slices.Equal(d.persons.forgotten, []string{"+34 910 000 001", "+34910000002", "+34 910 000 001", "+34910000002"}) || len(d.persons.held) != 0 {
		t.Errorf("forgotten are %v, on hold %v", d.persons.forgotten, d.persons.held)
	}
	var what []string
	for _, a := range d.acts.acts {
		what = append(what, a.What)
	}
	if want := []string{"person.find", "person.export", "person.forget", "person.find", "person.forget", "hold.set", "hold.release"}; !slices.Equal(what, want) {
		t.Errorf("the audit has %v, want %v", what, want)
	}
}

package web_test

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"presszero/report"
	"presszero/web"
)

// TestTargets: an agent's page learns what a caller can be handed over to, in
// its language.
func TestTargets(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.targets = web.Targets{
		Queues:     []web.TargetQueue{{Name: "billing", Open: true, Waiting: 3, Free: 1}, {Name: "sales"}},
		Colleagues: []web.Colleague{{Agent: "bea", Name: "Bea", State: "away"}, {Agent: "cho", Name: "Cho", State: "wrap_up"}},
		Numbers:    []web.TargetNumber{{Name: "창고", Number: "+34911234567", Queue: "billing"}},
		Breaks:     []web.Break{{ID: "prayer", Title: "기도"}},
	}
	agent := d.as("agent")
	if got := get[web.Targets](d, agent, "/api/v1/desk/targets?language=ko-KR"); !reflect.DeepEqual(got, d.talks.targets) || d.talks.language != "ko-KR" {
		t.Errorf("in %q: %+v", d.talks.language, got)
	}
	if got := d.do(agent, "GET", "/api/v1/desk/targets?language=1%202", nil); got.status != http.StatusBadRequest || got.sentence() == "" {
		t.Errorf("a language that is none: %v", got)
	}
}

// TestCard: the agent who has a call reads its card, and nobody else's.
func TestCard(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	low, high := 60.0, 120.0
	d.talks.card = web.Card{Queue: "billing", Number: "+34600000001", Name: "Ana", VIP: true, Language: "es", Path: "main > 1", CodesRequired: true,
		Pop:   &web.Pop{URL: "https://crm.example/?t=1", When: "answer"},
		Codes: []web.Code{{ID: "order", Label: "Order", Group: "Sales", Note: true}},
		Said:  web.Said{Complaint: "Rude!", Callback: &web.Booked{ID: "b", Begin: nine, Until: nine}},
		Known: &report.Card{Name: "Ana", Note: "deaf", Typed: true, CallsToday: 2, WaitedToday: 80,
			Tries:    []report.Try{{At: nine, Queue: "billing", Outcome: "open", WaitS: 5}, {At: nine, Queue: "billing", Outcome: "abandoned_queue", WaitS: 75, ToldLow: &low, ToldHigh: &high}},
			Contacts: []report.Contact{{At: nine, Queue: "billing", Kind: "live", Outcome: "answered", Agent: "bea", Code: "order", Label: "Order", Note: "sent"}},
			Callback: &report.OpenCallback{ID: "cb", Queue: "billing", Begin: &nine, Until: &nine},
			Messages: []report.OpenMessage{{ID: "m", Kind: "complaint", Queue: "billing", LeftAt: nine, DueAt: nine, TakenBy: "bea"}}},
		Available: true}
	agent := d.as("agent")
	got := get[web.Card](d, agent, "/api/v1/desk/card?call=c1&language=es")
	want := d.talks.card
	want.Call = "c1"
	if !reflect.DeepEqual(got, want) || d.talks.language != "es" {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	d.talks.card = web.Card{Number: "anonymous", Withheld: true}
	if got := get[web.Card](d, agent, "/api/v1/desk/card?call=c1"); !got.Withheld || got.Known != nil || got.Codes == nil {
		t.Errorf("a number that is withheld: %+v", got)
	}
	if got := d.do(agent, "GET", "/api/v1/desk/card?call=other", nil); got.status != http.StatusNotFound || !strings.Contains(got.sentence(), "not yours") {
		t.Errorf("another's: %v", got)
	}
}

// TestWritingAboutATalk: what an agent writes is kept within its bounds, about her
// own calls.
func TestWritingAboutATalk(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	agent := d.as("agent")
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	if got := d.do(agent, "PUT", "/api/v1/desk/talks/c1/disposition", map[string]string{"code": "order", "note": " sent "}); got.status != http.StatusNoContent || d.talks.said != (web.Disposition{Code: "order", Note: "sent"}) {
		t.Errorf("%v, kept as %+v", got, d.talks.said)
	}
	if got := d.do(agent, "PUT", "/api/v1/desk/talks/c1/callback", map[string]any{"at": soon}); got.status != http.StatusOK || !d.talks.at.Equal(soon) {
		t.Errorf("%v, booked for %s", got, d.talks.at)
	}
	for _, c := range []struct {
		what string
		body any
		want int
	}{
		{"disposition", map[string]string{"note": strings.Repeat("가", 1000)}, http.StatusNoContent},
		{"disposition", map[string]string{"note": strings.Repeat("가", 1001)}, http.StatusUnprocessableEntity},
		{"caller", map[string]string{"name": strings.Repeat("x", 81)}, http.StatusUnprocessableEntity},
		{"caller", map[string]string{"note": strings.Repeat("x", 501)}, http.StatusUnprocessableEntity},
		{"caller", map[string]string{"name": "Ana", "note": "deaf"}, http.StatusNoContent},
		{"callback", map[string]any{"at": time.Now().Add(-time.Minute)}, http.StatusUnprocessableEntity},
		{"callback", map[string]any{"at": time.Now().AddDate(0, 0, 61)}, http.StatusUnprocessableEntity},
		{"callback", map[string]any{}, http.StatusUnprocessableEntity},
		{"complaint", map[string]string{"text": "  "}, http.StatusUnprocessableEntity},
		{"complaint", map[string]string{"text": strings.Repeat("x", 1001)}, http.StatusUnprocessableEntity},
		{"complaint", map[string]string{"text": "Rude!"}, http.StatusNoContent},
	} {
		if got := d.do(agent, "PUT", "/api/v1/desk/talks/c1/"+c.what, c.body); got.status != c.want || c.want >= 400 && got.sentence() == "" {
			t.Errorf("%s %.60v: %v", c.what, c.body, got)
		}
		if got := d.do(agent, "PUT", "/api/v1/desk/talks/other/"+c.what, c.body); got.status < 400 {
			t.Errorf("%s of another's call: %v", c.what, got)
		}
	}
	for refusal, want := range map[error]int{web.Unfit("The queue has no such code."): http.StatusUnprocessableEntity, errors.New("away"): http.StatusServiceUnavailable} {
		d.talks.refusal = refusal
		if got := d.do(agent, "PUT", "/api/v1/desk/talks/c1/disposition", map[string]string{"code": "x"}); got.status != want {
			t.Errorf("%v: %v", refusal, got)
		}
	}
}

// TestMessagesOfOwnQueues: an agent has the messages and complaints of her own
// queues, and may do with them what leaders may, but for holding.
func TestMessagesOfOwnQueues(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.sources.messages = []report.Message{
		{ID: "m1", Queue: "billing", Number: "+34910000001", State: "open", LeftAt: nine, DueAt: nine},
		{ID: "m2", Queue: "sales", Number: "+34910000002", State: "open", LeftAt: nine, DueAt: nine},
		{ID: "m3", Kind: "complaint", Queue: "billing", State: "open", LeftAt: nine, DueAt: nine, Agent: "bea", Text: "Rude!"}}
	type list struct{ Messages []report.Message }
	agent := d.as("agent")
	if got := get[list](d, agent, "/api/v1/messages"); len(got.Messages) != 3 {
		t.Errorf("one who serves all queues has %+v", got)
	}
	if err := d.users.change("agent", func(u *web.User) { u.Queues = []string{"billing"} }); err != nil {
		t.Fatal(err)
	}
	if got := get[list](d, agent, "/api/v1/messages"); len(got.Messages) != 2 || got.Messages[1].Text != "Rude!" {
		t.Errorf("one who serves billing has %+v", got)
	}
	for _, c := range []struct {
		method, what string
		body         any
	}{{"GET", "audio", nil}, {"POST", "take", map[string]string{}}, {"POST", "callback", map[string]string{"from": "agent"}}, {"POST", "done", map[string]string{"how": "called_back"}}} {
		if got := d.do(agent, c.method, "/api/v1/messages/m1/"+c.what, c.body); got.status >= 300 {
			t.Errorf("%s of her own: %v", c.what, got)
		}
		for _, other := range []string{"m2", "m9"} {
			if got := d.do(agent, c.method, "/api/v1/messages/"+other+"/"+c.what, c.body); got.status != http.StatusNotFound {
				t.Errorf("%s of %s: %v", c.what, other, got)
			}
		}
	}
	if m := d.sources.messages[1]; m.State != "open" {
		t.Errorf("another queue's is %+v", m)
	}
	if got := d.do(agent, "PUT", "/api/v1/messages/m1/hold", map[string]string{"why": "x"}); got.status != http.StatusForbidden {
		t.Errorf("an agent holds a message: %v", got)
	}
}

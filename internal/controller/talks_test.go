package controller

import (
	"testing"
	"time"

	"presszero/call"
	"presszero/call/number"
	"presszero/ivr"
	"presszero/web"
)

// TestPop: what is known of a caller is escaped in the address of another
// program's page, and what is not is left out.
func TestPop(t *testing.T) {
	reader, err := number.New("ES")
	if err != nil {
		t.Fatal(err)
	}
	d := talks{&Controller{number: reader}}
	s := call.PopSettings{URL: "https://crm.example/{queue}/?n={number}&e={e164}&c={call}&w={name}&l={language}&p={path}&a={agent}#{call}", When: call.PopAnswer}
	card := web.Card{Call: "c1", Queue: "billing", Number: "910 00 00 01", Name: "Ana & {number}/Ñ", Path: "main > 1"}
	got := d.pop(s, card, "bea+1")
	if want := "https://crm.example/billing/?n=910%2000%2000%2001&e=%2B34910000001&c=c1&w=Ana%20%26%20%7Bnumber%7D%2F%C3%91&l=&p=main%20%3E%201&a=bea%2B1#c1"; got.URL != want || got.When != "answer" {
		t.Errorf("got  %s (%s)\nwant %s", got.URL, got.When, want)
	}
	card.Withheld, card.Number = true, "anonymous"
	if got := d.pop(call.PopSettings{URL: "https://crm.example/?n={number}{e164}"}, card, "bea"); got.URL != "https://crm.example/?n=" || got.When != "click" {
		t.Errorf("a number that is withheld: %+v", got)
	}
	if got := d.pop(call.PopSettings{}, card, "bea"); got != nil {
		t.Errorf("without an address: %+v", got)
	}
}

// TestCodesOfAQueue: an agent chooses among the codes in force, and older talks keep
// the words of those that are not.
func TestCodesOfAQueue(t *testing.T) {
	q := ivr.Queue{QueueSettings: call.QueueSettings{Name: "q", Codes: []call.TalkCode{
		{ID: "order", Label: call.Label{"": "Order", "ko": "주문"}, Group: call.Label{"": "Sales"}},
		{ID: "refund", Label: call.Label{"": "Refund"}, Note: true}, {ID: "fax", Label: call.Label{"": "Fax"}, Retired: true}}}}
	flow := &ivr.Flow{Language: "en", Queues: []ivr.Queue{q}}
	list := codes(q, "en", "ko-KR")
	if len(list) != 2 || list[0] != (web.Code{ID: "order", Label: "주문", Group: "Sales"}) || !list[1].Note {
		t.Errorf("the codes are %+v", list)
	}
	if got := codeLabel(flow, "q", "fax", "ko"); got != "Fax" {
		t.Errorf("a retired code is %q", got)
	}
	if got := codeLabel(flow, "gone", "fax", "ko"); got != "" {
		t.Errorf("a code of no queue is %q", got)
	}
	for d, fine := range map[web.Disposition]bool{{}: true, {Note: "x"}: true, {Code: "order"}: true, {Code: "refund", Note: "x"}: true,
		{Code: "refund"}: false, {Code: "fax"}: true, {Code: "other"}: false, {Code: call.NoneGiven}: false} {
		if err := fits(flow, "q", d); (err == nil) != fine {
			t.Errorf("%+v: %v", d, err)
		}
	}
}

// TestToday: the day of a card begins at midnight of the flow's zone.
func TestToday(t *testing.T) {
	at := time.Date(2026, 3, 2, 23, 30, 0, 0, time.UTC)
	if got := today(&ivr.Flow{Zone: "Asia/Seoul"}, at); !got.Equal(time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)) {
		t.Errorf("today began at %s", got)
	}
}

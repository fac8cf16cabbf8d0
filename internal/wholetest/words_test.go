package wholetest

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/deskclient"
	"presszero/internal/headless"
	"presszero/internal/running"
	"presszero/internal/settings"
	"presszero/web"
)

// aboutTalks is the flow of TestWords.
const aboutTalks = `version: 1
zone: Asia/Kathmandu
person: support
queues:
  support:
    wrap_up: 20s
    codes: [{id: order, label: {en: Order, ko: 주문}}, {id: refund, label: Refund, note: true}]
    codes_required: true
    complaints: {due: 1h}
    pop: {url: "https://crm.example/?tel={e164}&who={agent}", when: answer}
pop_hosts: [crm.example]
numbers: {"100": support}
nodes: {support: {queue: support}}
`

// TestWords: an agent knows who calls, says what the talk was about, promises a call
// and takes a complaint down; the next one reads it on the card, also after a restart.
func TestWords(t *testing.T) {
	t.Parallel()
	who, trunk := awake(t), newOutside(t)
	flow := filepath.Join(t.TempDir(), "flow.yaml")
	must(t, os.WriteFile(flow, []byte(aboutTalks), 0o644))
	b := build(t, "PRESSZERO_FLOW="+flow, "PRESSZERO_TRUNK="+trunk.phone.Addr().String(), "PRESSZERO_COUNTRY="+who.country, "PRESSZERO_OWN_NUMBERS="+who.second)
	program := &running.Program{Settings: settings.Settings{HTTPAddr: strings.TrimPrefix(b.web, "http://"), StateDir: b.dir}, Transport: http.DefaultTransport}
	signedIn, err := program.SignIn(soon(t), "agent")
	must(t, err)
	word, err := running.PasswordOf(program.Settings, "agent")
	must(t, err)
	api := admin{signedIn}
	ann := b.agent(deskclient.Options{URL: b.web, Name: "agent", Password: word, Phone: headless.Options{Tone: deskclient.RobotTone, Listen: []float64{440}}})
	put := func(id call.ID, what string, body any) (int, error) {
		return api.Send(soon(t), http.MethodPut, "/api/v1/desk/talks/"+string(id)+"/"+what, body)
	}
	card := func(id call.ID) (c web.Card) {
		t.Helper()
		must(t, json.Unmarshal([]byte(api.get(t, "/api/v1/desk/card?language=ko&call="+string(id))), &c))
		return c
	}

	first := b.dial(t, "100", who.first)
	d, err := ann.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Ringing })
	must(t, err)
	id, _, _ := strings.Cut(d.Offer.Offer, ".o")
	c := card(call.ID(id))
	if c.Number != who.first || c.Queue != "support" || !c.Available || c.Known == nil || len(c.Known.Contacts) > 0 || !c.CodesRequired || len(c.Codes) != 2 || c.Codes[0].Label != "주문" {
		t.Errorf("the first card is %+v, known %+v", c, c.Known)
	}
	if want := "https://crm.example/?tel=%2B" + who.first[1:] + "&who=agent"; c.Pop == nil || c.Pop.URL != want {
		t.Errorf("the page to open is %+v, want %s", c.Pop, want)
	}
	talk := answer(t, ann).Talk.Call
	if _, err := put(talk, "disposition", map[string]string{"code": "refund"}); err == nil || !strings.Contains(err.Error(), "wants a note") {
		t.Errorf("a code without its note: %v", err)
	}
	_, err = put(talk, "disposition", map[string]string{"code": "refund", "note": "By Friday."})
	must(t, err)
	b.wait(10*time.Second, "the caller in the books", func() bool {
		_, err := put(talk, "caller", map[string]string{"name": "Zoë", "note": "Calls for her mother."})
		return err == nil
	})
	must(t, first.Hangup())
	d, err = ann.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.WrapUp })
	must(t, err)
	if d.Wrap == nil || d.Wrap.Call != talk || d.Wrap.More != 180 {
		t.Errorf("the after-call work is about %+v", d.Wrap)
	}
	_, err = api.Send(soon(t), http.MethodPost, "/api/v1/desk/more", nil)
	must(t, err)
	_, err = ann.WaitDesk(soon(t), func(more call.Desk) bool { return more.WrapUp != nil && more.WrapUp.Sub(*d.WrapUp) == time.Minute })
	must(t, err)
	_, err = put(talk, "complaint", map[string]string{"text": "Nobody answered for a week."})
	must(t, err)
	_, err = put(talk, "callback", map[string]any{"at": time.Now().Add(time.Hour)})
	must(t, err)
	_, err = put(talk, "callback", map[string]any{"at": time.Now().Add(4 * time.Second)}) // no, sooner
	must(t, err)
	must(t, ann.Wrapped())
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.disposition WHERE code = 'refund' AND note_length = 10 AND agent = 'agent'`)
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.message WHERE kind = 'complaint' AND queue = 'support' AND agent = 'agent' AND due_at - left_at = interval '1 hour'`)
	if got := api.get(t, "/api/v1/messages"); !strings.Contains(got, "Nobody answered for a week.") {
		t.Errorf("her inbox is %s", got)
	}

	// The call that was promised comes to the one who promised it.
	d, err = ann.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Ringing })
	must(t, err)
	if d.Offer.Callback == nil || d.Offer.Callback.Number != who.first {
		t.Errorf("what rings is %+v", d.Offer)
	}
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.callback WHERE source = 'agent' AND how = 'cancelled'`)
	must(t, ann.Decline(d.Offer.Offer))
	must(t, ann.Available())

	// Who calls again is known.
	second := b.dial(t, "100", who.first)
	_, err = ann.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Ringing && d.Offer.Callback == nil })
	must(t, err)
	again := answer(t, ann).Talk.Call
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.call WHERE call_id = $1`, string(again))
	c = card(again)
	if c.Name != "Zoë" || c.Known == nil || c.Known.Note != "Calls for her mother." || c.Known.CallsToday != 2 || len(c.Known.Messages) != 1 || len(c.Known.Contacts) != 1 {
		t.Fatalf("the second card is %+v, known %+v", c, c.Known)
	}
	if last := c.Known.Contacts[0]; last.Code != "refund" || last.Label != "Refund" || last.Note != "By Friday." || last.Agent != "agent" {
		t.Errorf("the first contact is %+v", last)
	}
	bea, err := program.SignIn(soon(t), "supervisor")
	must(t, err)
	if got := (admin{bea}).get(t, "/api/v1/desk/card?call="+string(again)); !strings.Contains(got, "By Friday.") {
		t.Errorf("a leader's card is %s", got)
	}
	if status, err := (admin{bea}).Send(soon(t), http.MethodPut, "/api/v1/desk/talks/"+string(again)+"/disposition", map[string]string{"code": "order"}); status != http.StatusNotFound {
		t.Errorf("somebody else says what the talk was about: %d, %v", status, err)
	}
	must(t, ann.HangUp(again))
	_ = second.Hangup()
	_, err = ann.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.WrapUp })
	must(t, err)
	must(t, ann.Wrapped())

	// After a restart the books know whose the talk was.
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM call_event WHERE type = 'bridge.left' AND call_id = $1`, string(again))
	b.kill("serve")
	b.ready()
	ann, err = ann.Again(soon(t))
	must(t, err)
	t.Cleanup(ann.Close)
	_, err = put(again, "disposition", map[string]string{"code": "order", "note": "Two of them."})
	must(t, err)
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.disposition WHERE code = 'order' AND call_id = $1`, string(again))
	if c := card(again); c.Said.Code != "order" || c.Said.Note != "Two of them." {
		t.Errorf("said is %+v", c.Said)
	}
	if got := (admin{bea}).get(t, "/api/v1/reports/codes?format=csv&bom=0"); !strings.Contains(got, "support,order,1,1,0.5") || !strings.Contains(got, "support,refund,1,1,0.5") {
		t.Errorf("the report is %s", got)
	}
	b.waitCount(time.Minute, 1, `SELECT count(*) FROM rollup_zone WHERE zone = 'Asia/Kathmandu'`) // whose days are those of the reports on talks
	if got := (admin{bea}).get(t, "/api/v1/reports/talks?by=agent&format=csv&bom=0"); !strings.Contains(got, "\n,agent,support,") {
		t.Errorf("the report on talks is %s", got)
	}
	b.waitCount(10*time.Second, 0, `SELECT count(*) FROM call_event_rejected`)
	b.waitCount(time.Second, 0, `SELECT count(*) FROM call_event WHERE data::text LIKE '%Friday%' OR data::text LIKE '%week%'`) // no words in facts
}

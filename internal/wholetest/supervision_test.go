package wholetest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"presszero/call"
	"presszero/softphone"
)

// aDoor is a flow whose queue a supervisor may close.
const aDoor = `version: 1
person: support
queues: {support: {closed: shut}, billing: {}}
numbers: {"100": main, "200": support}
nodes:
  main: {menu: main, keys: {"1": support, "2": billing}}
  support: {queue: support}
  billing: {queue: billing}
  shut: {say: shut, then: message}
  message: {mailbox: message, owner: support}
prompts: {main: "Press 1, 2 or 0.", shut: We are closed., message: Please leave a message.}
`

// The tones by which the sounds of aDoor are known.
const (
	menuTone, shutTone, nextTone, emergencyTone = 600, 700, 1300, 1500
)

// TestSupervision: what a supervisor orders is heard by callers and seen by the agent, and
// is so still after the controller has been killed: the door, the emergency text, who is
// next, who was moved, who is away. Nobody is lost by it, and the books are sound.
func TestSupervision(t *testing.T) {
	t.Parallel() // most of it is waiting
	prompts, flow := t.TempDir(), filepath.Join(t.TempDir(), "flow.yaml")
	for name, hz := range map[string]float64{"main": menuTone, "shut": shutTone, "wait-next": nextTone} {
		record(t, prompts, name, hz)
	}
	must(t, os.WriteFile(flow, []byte(aDoor), 0o644))
	b := build(t, "PRESSZERO_FLOW="+flow, "PRESSZERO_PROMPTS="+prompts)
	admin := b.admin()
	order := func(method, path string, body any) {
		t.Helper()
		_, err := admin.Send(soon(t), method, "/api/v1/"+path, body)
		must(t, err)
	}

	ana := b.agent(b.employ("ana"))
	_, err := ana.WaitDesk(soon(t), func(d call.Desk) bool { return d.Presence == call.Available && d.Media })
	must(t, err)
	order(http.MethodPut, "agents/ana/away", map[string]string{"reason": "meeting"})
	d, err := ana.WaitDesk(soon(t), func(d call.Desk) bool { return d.SetBy != "" })
	must(t, err)
	if d.Presence != call.Away || d.Reason != "meeting" || d.SetBy != "admin" || d.Notice == nil || d.Notice.What != "order_away" {
		t.Errorf("ana's desk is %+v", d)
	}

	first, second := b.dial(t, "200", "+34701"), b.dial(t, "200", "+34702")
	b.waitCount(10*time.Second, 2, `SELECT count(*) FROM report.visit WHERE queue = 'support' AND outcome IS NULL`)
	order(http.MethodPut, "waiting/"+string(b.waiting(admin, "+34702"))+"/next", nil)
	_, err = second.WaitTone(soon(t), nextTone)
	must(t, err)
	if first.Heard(nextTone) {
		t.Error("the first caller was told to be next, too")
	}
	order(http.MethodPut, "waiting/"+string(b.waiting(admin, "+34701"))+"/queue", map[string]string{"queue": "billing"})
	hour := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	order(http.MethodPut, "queues/support/door", map[string]any{"open": false, "until": hour})
	admin.announce(t, emergencyTone, hour)

	b.kill("serve")
	b.ready()
	third := b.dial(t, "100", "+34703")
	_, err = third.WaitTone(soon(t), emergencyTone)
	must(t, err)
	if third.Heard(menuTone) {
		t.Error("the menu was heard before the emergency text")
	}
	_, err = third.WaitTone(soon(t), menuTone)
	must(t, err)
	_, err = third.Press(soon(t), '1')
	must(t, err)
	_, err = third.WaitTone(soon(t), shutTone)
	must(t, err)
	must(t, third.Hangup())

	ana = b.again(ana)
	d, err = ana.WaitDesk(soon(t), func(d call.Desk) bool { return d.Media })
	must(t, err)
	if d.Presence != call.Away || d.SetBy != "admin" {
		t.Errorf("after the kill ana's desk is %+v", d)
	}
	order(http.MethodDelete, "agents/ana/away", nil)
	if d := answer(t, ana); d.Talk.Caller.Number != "+34702" {
		t.Errorf("%s is served first", d.Talk.Caller.Number)
	}
	hear(t, second, ana)
	must(t, second.Hangup())
	if d := answer(t, ana); d.Talk.Caller.Number != "+34701" || d.Talk.Queue != "billing" {
		t.Errorf("then %s is served, of %s", d.Talk.Caller.Number, d.Talk.Queue)
	}
	order(http.MethodPut, "agents/ana/leaving", nil)
	hear(t, first, ana)
	must(t, first.Hangup())
	b.wait(10*time.Second, "ana is signed out", func() bool { return ana.Bye() == softphone.ByeSignedOut })

	order(http.MethodDelete, "queues/support/door", nil)
	order(http.MethodDelete, "emergency", nil)
	fourth := b.dial(t, "100", "+34704")
	_, err = fourth.WaitTone(soon(t), menuTone)
	must(t, err)
	if fourth.Heard(emergencyTone) {
		t.Error("the emergency text is heard after its end")
	}
	must(t, fourth.Hangup())
	b.booksBalance(4)
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE c.caller_number = '+34703' AND v.outcome = 'closed'`)
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM queue_visit a JOIN queue_visit b USING (call_id) WHERE a.queue = 'support' AND a.outcome = 'overflow'
		AND b.queue = 'billing' AND b.origin = 'overflow' AND b.outcome = 'answered' AND b.first_at = a.entered_at`)
	b.waitCount(10*time.Second, 9, `SELECT count(*) FROM audit WHERE what LIKE 'queue.%' OR what LIKE 'agent.%' OR what LIKE 'emergency.%' OR what IN ('caller.next', 'caller.move')`)
	if said, sound := b.audit(); !sound {
		t.Errorf("the books are not sound:\n%s", said)
	}
}

// waiting is the call of a caller who waits.
func (b *building) waiting(a admin, number string) call.ID {
	b.Helper()
	var live struct{ Queues []call.QueueNow }
	must(b, json.Unmarshal([]byte(a.get(b, "/api/v1/live")), &live))
	for _, q := range live.Queues {
		for _, c := range q.Waiting {
			if c.Number == number {
				return c.Call
			}
		}
	}
	b.Fatalf("%s does not wait: %+v", number, live)
	return ""
}

// announce has all callers hear a tone before everything else.
func (a admin) announce(t *testing.T, hz float64, until string) {
	t.Helper()
	dir := t.TempDir()
	record(t, dir, "emergency", hz)
	sound, err := os.ReadFile(filepath.Join(dir, "emergency.wav"))
	must(t, err)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("sound", "emergency.wav")
	must(t, err)
	_, err = part.Write(sound)
	must(t, err)
	must(t, form.Close())
	req, err := http.NewRequestWithContext(soon(t), http.MethodPut, a.URL+"/api/v1/emergency/audio?until="+until, &body)
	must(t, err)
	req.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := a.Client.Do(req)
	must(t, err)
	defer resp.Body.Close()
	if said, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusNoContent {
		t.Fatalf("the emergency text: %s %s", resp.Status, said)
	}
}

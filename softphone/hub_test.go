package softphone_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"presszero/call"
	"presszero/softphone"
)

func TestWhatAPageSaysBecomesAnEvent(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-1"))
	for _, c := range []struct {
		say  string
		want call.Event
	}{
		{`{"type":"presence","presence":"available"}`, call.Chose{Agent: "ann", Presence: call.Available}},
		{`{"type":"presence","presence":"away","reason":" lunch\u0000\u202e "}`, call.Chose{Agent: "ann", Presence: call.Away, Reason: "lunch"}},
		{`{"type":"presence","presence":"away","reason":"` + strings.Repeat("x", 50) + `"}`, call.Chose{Agent: "ann", Presence: call.Away, Reason: strings.Repeat("x", 40)}},
		{`{"type":"accept","offer":"c.o1"}`, call.Accepted{Agent: "ann", Offer: "c.o1"}},
		{`{"type":"decline","offer":"c.o1"}`, call.Declined{Agent: "ann", Offer: "c.o1"}},
		{`{"type":"giveup","offer":"c.o1"}`, call.GaveUp{Agent: "ann", Offer: "c.o1"}},
		{`{"type":"dial","number":" +34 600\u0000"}`, call.Dialed{Agent: "ann", Call: "shift-2", Number: "+34 600"}},
		{`{"type":"hangup","call":"c"}`, call.AgentHungUp{Agent: "ann", Call: "c"}},
		{`{"type":"step","call":"c"}`, call.StepAsked{Agent: "ann", Call: "c"}},
		{`{"type":"hold","call":"c","on":true}`, call.Held{Agent: "ann", Call: "c", On: true}},
		{`{"type":"hold","call":"c","on":false}`, call.Held{Agent: "ann", Call: "c"}},
		{`{"type":"hand","call":"c","queue":"billing","note":"refund","anyway":true}`, call.HandedOver{Agent: "ann", Call: "c", Queue: "billing", Note: "refund", Anyway: true}},
		{`{"type":"hand","call":"c","to":"ben"}`, call.HandedOver{Agent: "ann", Call: "c", To: "ben"}},
		{`{"type":"hand","call":"c","number":" +34 600\u0000"}`, call.HandedOver{Agent: "ann", Call: "c", Number: "+34 600"}},
		{`{"type":"hand","call":"c","queue":"` + strings.Repeat("x", 200) + `"}`, call.HandedOver{Agent: "ann", Call: "c", Queue: strings.Repeat("x", 100)}},
		{`{"type":"back","call":"c","note":" two\r\nlines\u0000\u202e, a\ttab\n","callback":true}`, call.PutBack{Agent: "ann", Call: "c", Note: "two\nlines, a tab", Callback: true}},
		{`{"type":"back","call":"c","note":"` + strings.Repeat("ñ", 600) + `"}`, call.PutBack{Agent: "ann", Call: "c", Note: strings.Repeat("ñ", 500)}},
		{`{"type":"hand","call":"c","ask":"shift-3"}`, call.HandedOver{Agent: "ann", Call: "c", Ask: "shift-3"}},
		{`{"type":"ask","call":"c","to":"ben","note":" a\u0000 line\n"}`, call.Asked{Agent: "ann", Call: "c", Ask: "shift-3", To: "ben", Note: "a line"}},
		{`{"type":"ask","call":"c","queue":"` + strings.Repeat("x", 200) + `"}`, call.Asked{Agent: "ann", Call: "c", Ask: "shift-4", Queue: strings.Repeat("x", 100)}},
		{`{"type":"ask","call":"c","number":" +34 600\u0000","note":"` + strings.Repeat("ñ", 600) + `"}`, call.Asked{Agent: "ann", Call: "c", Ask: "shift-5", Number: "+34 600", Note: strings.Repeat("ñ", 500)}},
		{`{"type":"turn","call":"c","with":"caller"}`, call.Turned{Agent: "ann", Call: "c", With: call.WithCaller}},
		{`{"type":"turn","call":"c","with":"other"}`, call.Turned{Agent: "ann", Call: "c", With: call.WithOther}},
		{`{"type":"turn","call":"c","with":"all"}`, call.Turned{Agent: "ann", Call: "c", With: call.WithAll}},
		{`{"type":"cancel","call":"c"}`, call.AskCancelled{Agent: "ann", Call: "c"}},
		{`{"type":"help","on":true}`, call.HelpAsked{Agent: "ann", On: true}},
		{`{"type":"help"}`, call.HelpAsked{Agent: "ann"}},
		{`{"type":"wrapped"}`, call.Wrapped{Agent: "ann"}},
	} {
		l.sendMessage(c.say)
		f.expect(c.want)
	}
	// What means nothing is ignored, and the line stays.
	l.sendMessage(`{"type":"presence","presence":"signed_out"}`)
	l.sendMessage(`{"type":"tomorrow"}`)
	l.sendMessage(`{"type":"turn","call":"c","with":"nobody"}`)
	l.sendMessage(`{"type":"turn","call":"c"}`)
	l.sendMessage(`{"type":"ping","t":17.5}`)
	if m := l.readMessage("pong"); string(m.T) != "17.5" {
		t.Fatalf("pong was %+v", m)
	}
	f.expect()
}

// Whom a caller is handed to, or the consulted party, is one.
func TestOneTarget(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-1"))
	for _, say := range []string{
		`{"type":"ask","call":"c"}`,
		`{"type":"ask","call":"c","ask":"a"}`,
		`{"type":"ask","call":"c","to":"ben","ask":"a"}`,
		`{"type":"ask","call":"c","to":"ben","queue":"billing"}`,
		`{"type":"ask","call":"c","queue":"billing","number":"+34600"}`,
		`{"type":"hand","call":"c"}`,
		`{"type":"hand","call":"c","ask":"a","to":"ben"}`,
		`{"type":"hand","call":"c","queue":"billing","to":"ben"}`,
	} {
		l.sendMessage(say)
		if m := l.readMessage("error"); m.Text == "" {
			t.Errorf("%s was answered by %+v", say, m)
		}
	}
	f.expect()
}

// Keys reach the loop, and no log.
func TestKeys(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	f := newFloor(t, func(c *softphone.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	l := f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-1"))
	most := strings.Repeat("0123456789*#", 3)[:32]
	for i, keys := range []string{"7", most} {
		l.sendMessage(fmt.Sprintf(`{"type":"keys","call":"c","keys":"%s","after":%d}`, keys, i))
		ev, is := f.takeNews(1)[0].(call.Keyed)
		if !is || ev.Agent != "ann" || ev.Call != "c" || ev.Keys.Reveal() != keys || ev.After != i {
			t.Errorf("%s after %d became %#v", keys, i, ev)
		}
	}
	for _, keys := range []string{"", "12a4", " 1", "１", most + "1"} {
		l.sendMessage(`{"type":"keys","call":"c","keys":"` + keys + `"}`)
		if m := l.readMessage("error"); !strings.Contains(m.Text, "32") || keys != "" && strings.Contains(m.Text, keys) {
			t.Errorf("%q was answered by %+v", keys, m)
		}
	}
	f.expect()
	_ = l.conn.CloseNow()
	f.expect(call.Left{Agent: "ann", Lost: true})
	if strings.Contains(log.String(), most) || log.Len() == 0 {
		t.Errorf("the log is %s", &log)
	}
}

func TestDeskIsShownAndShownAgain(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	at := time.Date(2026, 5, 4, 9, 0, 0, 123456789, time.FixedZone("CET", 3600))
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{Presence: call.Available, State: call.Ringing, Since: at, Help: &at,
		Offer: &call.DeskOffer{Offer: "o", Waiting: at, Expires: at, Why: "sticky", Callback: &call.DeskCallback{Number: "+34600000009", Attempt: 2, Until: at}},
		Talk: &call.DeskTalk{Call: "c", Since: at, Hold: &call.DeskHold{Since: at}, Held: 7.5, Keys: 3, Handed: &call.DeskHanded{By: "bob", Note: "two\nlines", Nth: 2}, Can: []call.DeskVerb{call.CanResume},
			Other: &call.DeskOther{Ask: "a", Agent: "ben", State: "talking", Since: at, With: call.WithOther, Keys: 2}},
		Notice: &call.DeskNotice{What: "taken", At: at, By: "bob"}}})
	d := l.readMessage("desk").Desk
	if talk := d.Talk; talk.Hold.Since != d.Since || *d.Help != d.Since || talk.Since != d.Since || talk.Held != 7.5 || talk.Keys != 3 || talk.Handed.Note != "two\nlines" || talk.Can[0] != call.CanResume ||
		*talk.Other != (call.DeskOther{Ask: "a", Agent: "ben", State: "talking", Since: d.Since, With: call.WithOther, Keys: 2}) {
		t.Fatalf("the talk was %+v", talk)
	}
	if back := d.Offer.Callback; back == nil || back.Number != "+34600000009" || back.Attempt != 2 || back.Until != d.Since || d.Offer.Why != "sticky" || d.Notice.By != "bob" {
		t.Fatalf("the callback was %+v of %+v, with %+v", back, d.Offer, d.Notice)
	}
	if d.Since.Format(time.RFC3339Nano) != "2026-05-04T08:00:00.123Z" || d.Offer.Waiting != d.Since || d.Queues == nil {
		t.Fatalf("desk was %+v", d)
	}
	f.hub.Do(call.Show{Agent: "nobody"}) // is nobody's affair
	_ = l.conn.CloseNow()
	again := f.openDesk("ann", "p1")
	if d := again.readMessage("desk").Desk; d.State != call.Ringing {
		t.Fatalf("the page came back and was shown %+v", d)
	}
	f.expect(signedIn("ann", "shift-1")) // and nothing else: it was the same page
}

// TestAssign: what an agent can do from now on reaches the loop at once when
// she is there, and with her next page when she is not.
func TestAssign(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	german := softphone.Work{Queues: []string{"support"}, Skills: map[string]int{"german": 8}}
	assigned := call.Assigned{Agent: "ann", Queues: german.Queues, Skills: german.Skills}
	f.hub.Assign("bob", softphone.Work{Queues: german.Queues, Head: map[string]time.Duration{"support": time.Minute}})
	l := f.openDesk("ann", "p1")
	f.hub.Assign("ann", german)
	f.expect(signedIn("ann", "shift-1"), assigned)
	_ = l.conn.Close(websocket.StatusGoingAway, "")
	f.waitEngine("close ann")
	f.openDesk("ann", "p2")
	f.openDesk("bob", "p3")
	f.expect(call.Left{Agent: "ann", Lost: true},
		call.SignedIn{Agent: "ann", Name: "Name of ann", Queues: german.Queues, Shift: "shift-2", Skills: map[string]int{"german": 8}},
		call.SignedIn{Agent: "bob", Name: "Name of bob", Queues: german.Queues, Shift: "shift-3", Head: map[string]time.Duration{"support": time.Minute}})
}

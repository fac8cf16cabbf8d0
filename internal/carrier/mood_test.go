package carrier

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

func TestMoods(t *testing.T) {
	c := start(t, nil)
	o := newOurs(t, c, "udp")
	for _, test := range []struct {
		mood   string
		status int
		header string // and its value
	}{
		{"register 403", 403, ""},
		{"register 503", 503, ""},
		{"register 503 retry 30", 503, "Retry-After: 30"},
		{"register 500", 500, ""},
		{"register silence", 0, ""},
		{"register good", 200, ""},
		{"invite 503", 503, ""},
		{"invite 404", 404, ""},
		{"invite 603", 603, ""},
		{"invite 302 contact sip:+49301@elsewhere.test", 302, "Contact: <sip:+49301@elsewhere.test>"},
		{"invite silence", 0, ""},
		{"invite +4930111 486", 486, ""},
		{"invite good", 200, ""},
		{"options 503", 503, ""},
		{"options good", 200, ""},
	} {
		m, err := ParseMood(strings.Fields(test.mood)...)
		if err != nil {
			t.Fatal(err)
		}
		if m.String() != test.mood {
			t.Errorf("%q is written %q", test.mood, m)
		}
		if err := c.Mood(m); err != nil {
			t.Fatal(err)
		}
		patience := 5 * time.Second
		if test.status == 0 {
			patience = 700 * time.Millisecond // with one repetition
		}
		var res *sip.Response
		if m.Method == "INVITE" {
			res = o.inviteInMood(t, c, m, test.status, patience)
		} else {
			res, _ = o.sendRequest(o.request(sip.RequestMethod(m.Method), ""), "auth-7", password, patience)
		}
		var status int
		var value string
		if res != nil {
			status, value = res.StatusCode, headerOf(res, test.header)
		}
		if _, want, _ := strings.Cut(test.header, ": "); status != test.status || value != want {
			t.Errorf("%s: %d, %q", test.mood, status, value)
		}
	}
	// The mood of the number is still there, and ends with all.
	if res := o.invite(t, "+4930111", 5*time.Second); res == nil || res.StatusCode != 486 {
		t.Errorf("%v", res)
	}
	if err := c.Good(); err != nil {
		t.Fatal(err)
	}
	if res := o.invite(t, "4930111", 5*time.Second); res == nil || res.StatusCode != 200 {
		t.Errorf("%v", res)
	}
}

// inviteInMood calls a number that has the mood, and holds that the carrier notes
// the call once, with this outcome.
func (o *ours) inviteInMood(t *testing.T, c *Carrier, m Mood, outcome int, patience time.Duration) *sip.Response {
	t.Helper()
	begun := time.Now()
	number := cmp.Or(m.Number, "+4930222")
	res := o.invite(t, number, patience)
	r, err := c.WaitCall(deadlineSoon(t), number, begun)
	if err != nil || r.Outcome != outcome || r.Transport != "udp" || len(r.Header("From")) != 1 {
		t.Errorf("%s: received %+v, %v", m, r, err)
	}
	if n := len(c.Calls()); outcome == 0 {
		if time.Sleep(50 * time.Millisecond); len(c.Calls()) != n { // an INVITE without an answer is repeated; none may count
			t.Error("a repetition was counted")
		}
	}
	return res
}

func TestNeverAnswered(t *testing.T) {
	c := start(t, nil)
	o := newOurs(t, c, "udp")
	for word, want := range map[string]int{"ringing": 180, "progress": 183} {
		m, err := ParseMood("invite", word)
		if err == nil {
			err = c.Mood(m)
		}
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(deadlineSoon(t))
		ua := sipgo.DialogUA{Client: o.client, ContactHDR: o.contact}
		req := o.request(sip.INVITE, word)
		req.SetBody([]byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"))
		d, err := ua.WriteInvite(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		var seen []int
		_ = d.WaitAnswer(ctx, sipgo.AnswerOptions{OnResponse: func(res *sip.Response) error {
			if seen = append(seen, res.StatusCode); res.StatusCode > 100 {
				cancel()
			}
			return nil
		}})
		cancel()
		_ = d.Close()
		if !slices.Contains(seen, want) || slices.Max(seen) > want && slices.Max(seen) != 487 {
			t.Errorf("%s: %v", word, seen)
		}
		if r, err := c.WaitCall(deadlineSoon(t), word, time.Time{}); err != nil || r.Outcome != 487 {
			t.Errorf("%s: %+v, %v", word, r, err)
		}
	}
}

func TestRefusedMoods(t *testing.T) {
	for _, text := range []string{"", "invite", "bye 503", "register ringing", "register 200", "invite 700", "invite good retry 5",
		"invite 503 retry x", "invite 503 soon", "invite 503 503 503", "options +49 503", "invite a$b 503", "invite 302 contact <x>"} {
		if m, err := ParseMood(strings.Fields(text)...); err == nil {
			t.Errorf("%q was taken for %+v", text, m)
		}
	}
}

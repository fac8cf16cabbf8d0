package asterisk_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"presszero/asterisk/private"
	"presszero/call"
)

// TestIsItThere: a telephone that sends no audio is asked in the call, after half
// of SessionTimer, whether it is still there. One that says yes keeps its call, one
// that does not answer or does not know the call loses it. One that refuses to say is
// there, and yet Asterisk ends its call, when the session has expired.
func TestIsItThere(t *testing.T) {
	const session = 90 * time.Second // the shortest of RFC 4028
	const asked, unanswered = session / 2, session/2 + 32*time.Second
	p := newPlays(t, func(pc *private.Config) {
		pc.SessionTimer, pc.CallersFrom = session, []string{"127.0.0.1"}
	}, nil)
	type phone struct {
		name   string
		update bool   // it knows UPDATE, and is asked by it; else by re-INVITE
		says   string // "": nothing
		ends   time.Duration
		net    *network
		began  time.Time
	}
	phones := []*phone{
		{name: "yes", says: "200 OK"},
		{name: "yes, to UPDATE", update: true, says: "200 OK"},
		{name: "unknown call", says: "481 Call/Transaction Does Not Exist", ends: asked},
		{name: "unknown call, to UPDATE", update: true, says: "481 Call/Transaction Does Not Exist", ends: asked},
		{name: "nothing", ends: unanswered},
		{name: "nothing, to UPDATE", update: true, ends: unanswered},
		{name: "not acceptable", says: "488 Not Acceptable Here", ends: session},
		{name: "not implemented", says: "501 Not Implemented", ends: session},
		{name: "not implemented, to UPDATE", update: true, says: "501 Not Implemented", ends: session},
	}
	here := map[call.ID]*phone{}
	for _, f := range phones {
		f.net = newNetwork(t, p.pbx.Config().SIPAddr)
		var headers []string
		if f.update {
			headers = []string{"Allow: INVITE, ACK, CANCEL, BYE, UPDATE"}
		}
		f.net.invite("100@", "<sip:100@carrier.test>", "<sip:+34600000001@carrier.test>", mulaw, headers)
		a := await[call.Arrived](t, p.told)
		p.sw.Do(call.Answer{Call: a.Call})
		p.sw.Do(call.Music{Call: a.Call})
		if got := f.net.status(); got != 200 {
			t.Fatalf("%s: the answer is %d", f.name, got)
		}
		f.began, here[a.Call] = time.Now(), f
		go f.net.answers(f.says)
	}
	over := time.Now().Add(session + 10*time.Second)
	type hungUp struct {
		call.HungUp
		at time.Time
	}
	ends := make(chan hungUp, len(phones))
	go func() {
		for {
			select {
			case e := <-p.told:
				if h, ended := e.(call.HungUp); ended {
					ends <- hungUp{h, time.Now()}
				}
			case <-t.Context().Done():
				return
			}
		}
	}()
	t.Parallel() // not before: the telephones wait from the beginning, beside all other tests
	for over := time.After(time.Until(over)); ; {
		select {
		case h := <-ends:
			f, lasted := here[h.Call], h.at.Sub(here[h.Call].began)
			delete(here, h.Call)
			if f.ends == 0 || (lasted-f.ends).Abs() > 5*time.Second {
				t.Errorf("%s: the call was ended after %v, want %v (0: not)", f.name, lasted, f.ends)
			}
			if h.Side != call.SideSystem || h.Text == "" {
				t.Errorf("%s: the end is told as %+v", f.name, h.HungUp)
			}
		case <-over:
			for id, f := range here {
				if f.ends != 0 {
					t.Errorf("%s: the call is not ended", f.name)
				}
				for f.net.rtp.SetReadDeadline(time.Now()); f.net.hearsNow(); { // what has come before
				}
				if f.net.hears() != 0 {
					t.Errorf("%s: the caller hears nothing", f.name)
				}
				p.sw.Do(call.HangUp{Call: id})
			}
			return
		}
	}
}

var answered = regexp.MustCompile(`(?m)^(Via|From|To|Call-ID|CSeq): .*\r\n`)

// answers has the telephone give this answer to all that it is asked in the call, or
// none. BYE is always confirmed.
func (n *network) answers(says string) {
	n.sip.SetReadDeadline(time.Time{})
	packet := make([]byte, 4000)
	for {
		size, from, err := n.sip.ReadFrom(packet)
		if err != nil {
			return // the test is over
		}
		text := string(packet[:size])
		method, _, _ := strings.Cut(text, " ")
		status, body, headers := says, "", strings.Join(answered.FindAllString(text, -1), "")
		switch method {
		case "SIP/2.0", "ACK":
			continue
		case "BYE":
			status = "200 OK"
		case "INVITE":
			if strings.HasPrefix(status, "200") {
				body = n.offer(mulaw)
				headers += "Content-Type: application/sdp\r\n"
			}
		}
		if status == "" {
			continue
		}
		answer := fmt.Sprintf("SIP/2.0 %s\r\n%sContact: <sip:us@127.0.0.1:%s>\r\nContent-Length: %d\r\n\r\n%s", status, headers, port(n.sip), len(body), body)
		if _, err := n.sip.WriteTo([]byte(answer), from); err != nil {
			return
		}
	}
}

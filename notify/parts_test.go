package notify

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/report"
)

// TestSignatureIsTheStandards: the vector of the libraries of Standard Webhooks.
func TestSignatureIsTheStandards(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), key)
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
	k := Keys("a secret")
	if two := sign("a", time.Unix(1, 0), nil, k.Key("s", 2), k.Key("s", 1)); len(strings.Fields(two)) != 2 || strings.Fields(two)[0] == strings.Fields(two)[1] {
		t.Errorf("with two keys: %s", two)
	}
	if Written(k.Key("s", 1)) == Written(k.Key("t", 1)) {
		t.Error("two subscriptions have one key")
	}
}

// TestWhereWebhooksMayGo: nowhere inside the house, however the address is written,
// unless its network is named.
func TestWhereWebhooksMayGo(t *testing.T) {
	t.Parallel()
	for _, inside := range []string{"127.0.0.1", "127.8.9.10", "::1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.1.1", "0.0.0.0",
		"224.0.0.1", "255.255.255.255", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::",
		"2001:db8::1", "::127.0.0.1", "198.18.0.1"} {
		at := netip.AddrPortFrom(netip.MustParseAddr(inside), 443).String()
		if (guard{}).control("tcp", at, nil) == nil {
			t.Errorf("%s is reached", inside)
		}
	}
	for _, outside := range []string{"93.184.216.34", "8.8.8.8", "2606:2800:220:1::1"} {
		at := netip.AddrPortFrom(netip.MustParseAddr(outside), 443).String()
		if err := (guard{}).control("tcp", at, nil); err != nil {
			t.Errorf("%s: %v", outside, err)
		}
		if (guard{plain: true}).control("tcp", at, nil) == nil {
			t.Errorf("%s is reached without TLS", outside)
		}
	}
	own := guard{allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	for at, want := range map[string]bool{"10.1.2.3:80": true, "[::ffff:10.1.2.3]:80": true, "10.2.2.3:80": false, "127.0.0.1:80": false} {
		if got := own.control("tcp", at, nil) == nil; got != want {
			t.Errorf("%s with a network allowed: %v", at, got)
		}
	}
}

// TestSchedule: ten tries in a little more than three days; what the other side asks
// for is kept, within a day.
func TestSchedule(t *testing.T) {
	all := time.Duration(0)
	for tries := 1; tries <= 9; tries++ {
		pause, again := next(tries, &problem{})
		if !again || pause < pauses[tries-1] || pause > pauses[tries-1]*11/10 {
			t.Errorf("after try %d: %s, %v", tries, pause, again)
		}
		all += pauses[tries-1]
	}
	if _, again := next(10, &problem{}); again {
		t.Error("there is an eleventh try")
	}
	if all != 75*time.Hour+35*time.Minute+5*time.Second {
		t.Errorf("the tries take %s", all)
	}
	if pause, _ := next(1, &problem{after: time.Hour}); pause != time.Hour {
		t.Errorf("asked for an hour, the pause is %s", pause)
	}
	if pause, _ := next(1, &problem{after: 1000 * time.Hour}); pause != longestPause {
		t.Errorf("asked for 1000 hours, the pause is %s", pause)
	}
	for _, p := range []problem{{final: true}, {gone: true}} {
		if _, again := next(1, &p); again {
			t.Errorf("%+v is tried again", p)
		}
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{"": 0, "120": 2 * time.Minute, "-1": 0, "soon": 0, now.Add(time.Hour).Format(http.TimeFormat): time.Hour,
		now.Add(-time.Hour).Format(http.TimeFormat): 0, "99999999": longestPause} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("Retry-After: %q is %s, want %s", text, got, want)
		}
	}
}

// TestBody: thin by default; the facts of a call when they are wanted and fit.
func TestBody(t *testing.T) {
	n := report.Notice{ID: "x", Type: report.NoticeCallEnded, At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Data: json.RawMessage(`{"call":"c1"}`), Seq: 7}
	thin, err := body(n, nil, nil)
	if want := `{"data":{"call":"c1","seq":7},"timestamp":"2026-03-01T12:00:00Z","type":"call.ended"}`; err != nil || string(thin) != want {
		t.Errorf("body %s (%v), want %s", thin, err, want)
	}
	fact := report.Fact{Seq: 1, Kind: "call.started", Data: json.RawMessage(`{"from":"+34"}`)}
	if text, err := body(n, nil, []report.Fact{fact}); err != nil || !strings.Contains(string(text), `"kind":"call.started"`) {
		t.Errorf("with facts: %s, %v", text, err)
	}
	if text, err := body(n, nil, slices.Repeat([]report.Fact{fact}, 1000)); err != nil || len(text) > largest || !strings.Contains(string(text), `"facts_left_out":1000`) {
		t.Errorf("with too many facts: %d bytes, %v", len(text), err)
	}
	if _, err := body(report.Notice{Data: json.RawMessage(`[1]`)}, nil, nil); err == nil {
		t.Error("data that are no object are sent")
	}
	for id, same := range map[string]bool{"0189-4": true, "overdue-a.b": false, "a b\r\n": false, "": false, strings.Repeat("x", 200): false} {
		got := safeID(id)
		if (got == id) != same || strings.ContainsAny(got, ". \r\n") || got == "" || got != safeID(id) {
			t.Errorf("the id %q is sent as %q", id, got)
		}
	}
}

// TestAddressesThatAreTaken: what a person may enter.
func TestAddressesThatAreTaken(t *testing.T) {
	for text, ok := range map[string]bool{"https://example.com/hook?a=b": true, "http://10.0.0.1:8080/": true, "": false, "ftp://example.com": false, "https://": false,
		"https://a:b@example.com/": false, "https://example.com/#x": false, "https://example.com/\r\nX: y": false, "javascript:alert(1)": false, "https://example.com/ x": false} {
		if got := CheckURL(text) == ""; got != ok {
			t.Errorf("webhook %q: %v", text, CheckURL(text))
		}
	}
	for text, ok := range map[string]bool{"ann@example.com": true, "Ann <ann@example.com>": false, "": false, "ann": false, "ann@example.com\r\nBcc: x@y.z": false, "a@b.c, d@e.f": false} {
		if got := CheckAddress(text) == ""; got != ok {
			t.Errorf("mail %q: %v", text, CheckAddress(text))
		}
	}
}

// TestLimitsInWords: seconds, counts and shares as people write them.
func TestLimitsInWords(t *testing.T) {
	for data, want := range map[string]string{
		`{"limit":"longest_wait","value":312,"bound":300}`:            "Limit: longest wait\nNow: 5m12s\nBound: 5m0s\n",
		`{"limit":"waiting","value":7,"bound":5,"worst":9}`:           "Limit: callers waiting\nNow: 7\nBound: 5\nAt worst: 9\n",
		`{"limit":"service_level","value":0.625,"bound":0.8}`:         "Limit: service level\nNow: 62.5 %\nBound: 80.0 %\n",
		`{"limit":"something_new","value":"x"}`:                       "Limit: something_new\nNow: x\n",
		`{"limit":"nobody","value":60,"over":"2026-07-01T10:00:00Z"}`: "Limit: nobody signed in for\nNow: 1m0s\nOver: 2026-07-01 10:00:00 UTC\n",
	} {
		m := &Mailer{cfg: MailConfig{Zone: func() string { return "UTC" }}}
		_, text := m.write(languages["en"], report.Notice{Type: report.NoticeLimitCrossed, Queue: "support", Data: json.RawMessage(data)})
		if !strings.HasSuffix(text, want) {
			t.Errorf("%s is written as\n%s", data, text)
		}
	}
}

// TestEveryLanguageSaysEverything: no language lacks a word that English has.
func TestEveryLanguageSaysEverything(t *testing.T) {
	for name, w := range languages {
		for _, kind := range append(slices.Clone(report.NoticeTypes), report.NoticeTest) {
			if kind != report.NoticeDay && w.subject[kind] == "" {
				t.Errorf("%s has no subject for %s", name, kind)
			}
		}
		for field := range languages["en"].fields {
			if w.fields[field] == "" {
				t.Errorf("%s has no name for %s", name, field)
			}
		}
		for limit := range languages["en"].limits {
			if w.limits[limit] == "" {
				t.Errorf("%s has no name for the limit %s", name, limit)
			}
		}
		for _, text := range []string{w.house, w.more, w.day, w.total, w.queue, w.offered, w.answered, w.abandoned, w.rate, w.level, w.longest, w.open, w.chart, w.none} {
			if text == "" {
				t.Errorf("%s lacks a word: %+v", name, w)
			}
		}
	}
}

// TestBodyOfADay: a webhook of some queues is told of these alone what a day was.
func TestBodyOfADay(t *testing.T) {
	data, err := json.Marshal(report.DayNotice{Day: "2026-03-02", Zone: "UTC", Rows: []report.DayRow{{Queue: "billing"}, {Queue: "support"}},
		Halves: []report.DayHalf{{Queue: "billing"}, {Queue: "support"}}})
	if err != nil {
		t.Fatal(err)
	}
	n := report.Notice{Type: report.NoticeDay, Data: data}
	for _, c := range []struct {
		queues   []string
		billings int
	}{{nil, 2}, {[]string{"support"}, 0}} {
		text, err := body(n, c.queues, nil)
		if got := strings.Count(string(text), "billing"); err != nil || got != c.billings || strings.Count(string(text), "support") != 2 {
			t.Errorf("of the queues %q the body is %s, %v", c.queues, text, err)
		}
	}
}

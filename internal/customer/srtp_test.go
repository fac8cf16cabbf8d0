package customer

import (
	"strings"
	"testing"
)

func TestEncrypted(t *testing.T) {
	p, answered := phone(t), make(chan *Call, 1)
	p.OnCall(func(r *Ring) {
		if !r.Encrypted() || !strings.Contains(r.SDP(), "RTP/SAVP") {
			t.Errorf("offered:\n%s", r.SDP())
		}
		if got := r.Header("Privacy"); len(got) != 1 || got[0] != "id" {
			t.Errorf("Privacy: %v", got)
		}
		if got := strings.Join(r.Header("From"), ""); !strings.Contains(got, "sip:+34600000001@carrier.test") {
			t.Errorf("From: %v", got)
		}
		if !strings.HasPrefix(r.URI(), "sip:100@127.0.0.1") {
			t.Errorf("Request-URI: %s", r.URI())
		}
		c, err := r.Answer(Sound{Tone: 1000})
		if err != nil {
			t.Error(err)
			return
		}
		answered <- c
	})
	c := dialNumber(t, Options{Server: p.Addr().String(), From: "+34600000001", Domain: "carrier.test",
		Headers: []string{"Privacy: id"}, Encrypt: true, Tone: 440})
	other := taken(t, answered)
	if _, err := c.WaitTone(deadlineSoon(t), 1000); err != nil {
		t.Fatal(err)
	}
	if _, err := other.WaitTone(deadlineSoon(t), 440); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Press(deadlineSoon(t), '5'); err != nil {
		t.Fatal(err)
	}
	if digit, _, err := other.WaitDigit(deadlineSoon(t), c.Dialled); err != nil || digit != '5' {
		t.Errorf("pressed 5, understood %q, %v", digit, err)
	}
}

func TestHeaderWithoutForm(t *testing.T) {
	for _, line := range []string{"Privacy", "Privacy: id\r\nX: y"} {
		if _, err := Dial(deadlineSoon(t), Options{To: "100", Server: "127.0.0.1:5060", LocalIP: "127.0.0.1", Headers: []string{line}}); err == nil {
			t.Errorf("%q was taken for a header", line)
		}
	}
}

package carrier

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"presszero/internal/customer"
)

func TestCallsFromUs(t *testing.T) {
	for _, transport := range []string{"udp", "tcp", "tls"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			c := start(t, func(c *Config) {
				c.Demand = Demand{Register: true, Digest: true, Plain: true, TLS: transport == "tls"}
			})
			o := newOurs(t, c, transport)
			if res := o.invite(t, "+4930999", 5*time.Second); res == nil || res.StatusCode != 403 {
				t.Errorf("before the registration: %v", res)
			}
			o.register(t)
			res := o.invite(t, "+4930999", 5*time.Second, "P-Asserted-Identity: <sip:+4930555@carrier.test>", "Privacy: none",
				"Diversion: <sip:+4930777@carrier.test>")
			if res == nil || res.StatusCode != 200 {
				t.Fatalf("%v", res)
			}
			r, err := c.WaitCall(deadlineSoon(t), "+4930999", time.Time{})
			if err != nil || r.Outcome != 200 || r.Call == nil || r.Transport != transport || r.Encrypted || r.Shown() != "+4930555" ||
				!strings.Contains(strings.Join(r.Header("from"), ""), "account7@carrier.test") ||
				strings.Join(r.Header("Diversion"), "") != "<sip:+4930777@carrier.test>" {
				t.Errorf("received %+v, %v", r, err)
			}
			select {
			case <-r.Call.Done():
			case <-deadlineSoon(t).Done():
				t.Error("our BYE did not reach the network")
			}
			const savp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/SAVP 0\r\n" +
				"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n"
			if res := o.inviteSDP(t, "+4930998", 5*time.Second, savp); res == nil || res.StatusCode != 488 {
				t.Errorf("SRTP: %v", res)
			}
			if r, err := c.WaitCall(deadlineSoon(t), "+4930998", time.Time{}); err != nil || !r.Encrypted || r.Outcome != 488 {
				t.Errorf("%+v, %v", r, err)
			}
			// Down the connection of the registration.
			_, err = c.Call(deadlineSoon(t), "+4930555", CallOptions{From: "+34600000001", Headers: []string{"Privacy: id"}})
			var busy *customer.Refused
			if !errors.As(err, &busy) || busy.Status != 486 {
				t.Fatalf("a call to us: %v", err)
			}
			in := <-o.invites
			if in.Recipient.User != "account7" || !strings.Contains(in.Recipient.String(), "line=ntsbokw") ||
				in.To().Address.User != "+4930555" || in.From().Address.User != "+34600000001" ||
				!strings.Contains(in.GetHeader("P-Called-Party-ID").Value(), "+4930555@carrier.test") || in.GetHeader("Privacy") == nil {
				t.Errorf("the call to us:\n%s", in)
			}
		})
	}
}

// Two carriers call each other: the network's telephones of one are our side.
func TestSound(t *testing.T) {
	for _, encrypt := range []bool{false, true} {
		t.Run(fmt.Sprint("encrypt=", encrypt), func(t *testing.T) {
			t.Parallel()
			phone, err := customer.NewPhone(context.Background(), "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(phone.Close)
			phone.OnCall(func(r *customer.Ring) {
				if _, err := r.Answer(customer.Sound{Tone: 700}); err != nil {
					t.Error(err)
				}
			})
			c := start(t, func(c *Config) {
				c.Peer = phone.Addr().String()
				c.Demand.SRTP = encrypt
			})
			in, err := c.Call(deadlineSoon(t), "+4930555", CallOptions{From: "+34600000001", Sound: customer.Sound{Tone: 440}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := in.WaitTone(deadlineSoon(t), 700); err != nil {
				t.Error(err)
			}
			if err := in.Hangup(); err != nil {
				t.Error(err)
			}
			out, err := phone.Dial(deadlineSoon(t), customer.Options{To: "+4930999", Server: c.Addr("udp"), From: "+4930555",
				Tone: 440, Encrypt: encrypt, Headers: []string{"Privacy: id"}})
			if err != nil {
				t.Fatal(err)
			}
			r, err := c.WaitCall(deadlineSoon(t), "+4930999", time.Time{})
			if err != nil || r.Call == nil || r.Encrypted != encrypt || r.Shown() != "" {
				t.Fatalf("%+v, %v", r, err)
			}
			if _, err := out.WaitTone(deadlineSoon(t), 1000); err != nil {
				t.Error(err)
			}
			if _, err := r.Call.WaitTone(deadlineSoon(t), 440); err != nil {
				t.Error(err)
			}
			if err := r.Call.Hangup(); err != nil {
				t.Error(err)
			}
			if encrypt {
				_, err := phone.Dial(deadlineSoon(t), customer.Options{To: "+4930998", Server: c.Addr("udp")})
				var refused *customer.Refused
				if !errors.As(err, &refused) || refused.Status != 488 {
					t.Errorf("plain where SRTP is demanded: %v", err)
				}
			}
		})
	}
}

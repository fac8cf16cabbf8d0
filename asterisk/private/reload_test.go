package private_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/asterisk/private"
	"presszero/internal/carrier"
	"presszero/internal/carrier/carriertest"
	"presszero/internal/privatetest"
	"presszero/trunk"
)

// trunkTo is a trunk that registers at a carrier.
func trunkTo(name string, c *carrier.Carrier) trunk.Trunk {
	a := c.Config().Account
	t := trunk.Trunk{Name: name, SignIn: trunk.Register, Server: c.Addr("udp"), Domain: a.Domain, User: a.User, AuthUser: a.AuthUser, Password: trunk.Secret(a.Password),
		Transport: trunk.TransportUDP, Media: trunk.MediaPlain, CallerID: trunk.InPAI, Trust: true, Codecs: []string{"ulaw", "alaw"}, Keys: trunk.KeysAuto,
		DialledIn: []string{"To"}, Limits: trunk.Limits{Check: 5 * time.Second, Expiry: time.Minute}, Numbers: []trunk.Range{{First: a.Number, Last: a.Number}}}
	if t.Server == "" {
		t.Server, t.Transport, t.Media = c.Addr("tls"), trunk.TransportTLS, trunk.MediaEncrypt
	}
	return t
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// TestReload: trunks come, go and change while somebody talks, who hears nothing of
// it.
func TestReload(t *testing.T) {
	t.Parallel()
	first := carriertest.Start(t, func(c *carrier.Config) { c.Demand = carrier.Demand{Register: true, Digest: true} })
	// The second carrier is known by a name.
	second := carriertest.Start(t, func(c *carrier.Config) {
		c.Demand, c.Account.Domain = carrier.Demand{Register: true, TLS: true, SRTP: true}, "localhost"
	})
	one, two := trunkTo("one", first), trunkTo("two", second)
	_, port, _ := net.SplitHostPort(two.Server)
	two.Server = "localhost:" + port
	pbx := privatetest.Start(t, func(c *private.Config) {
		c.Trunks, c.TLSAddr, c.TLS.Authorities = []trunk.Trunk{one}, privatetest.FreeTCP(t), second.Authorities()
	})
	reload := func(trunks ...trunk.Trunk) error {
		c := pbx.Config()
		c.Trunks = trunks
		return private.Reload(t.Context(), c, reloadModule(t, pbx))
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	registered := func(name, want string) {
		t.Helper()
		eventually(t, 10*time.Second, name+" is "+want, func() bool {
			all, err := private.TrunkStandings(t.Context(), pbx.Config().Dir)
			return err == nil && all[name].Registration == want
		})
	}
	_, err := first.WaitRegistered(soon(t))
	must(err)

	// Somebody talks.
	pz := connect(t, pbx, nil)
	beat(t, pbx, 0)
	answer := make(chan struct{})
	go func() {
		defer close(answer)
		e := pz.next("StasisStart", 10*time.Second)
		pz.order("POST", "/channels/"+e.Channel.ID+"/answer")
		pz.order("POST", "/channels/"+e.Channel.ID+"/moh")
	}()
	talk, err := first.Call(soon(t), first.Config().Account.Number, carrier.CallOptions{From: "+34600000001"})
	must(err)
	<-answer
	_, err = talk.WaitPacket(soon(t), talk.Answered)
	must(err)
	missing := func(do func()) (packets, of int, gap time.Duration) {
		began, had := time.Now(), talk.Received()
		do()
		of = int(time.Since(began) / (20 * time.Millisecond)) // 50 packets a second
		return of - (talk.Received() - had), of, talk.LongestGap(began, time.Now())
	}
	// Asterisk's timers miss some on a busy machine, so as many may be missing as without a
	// reload, and 2 % and five.
	unheard := func(reloads func()) (is string) {
		packets, of, gap := missing(reloads)
		usual, _, _ := missing(func() { time.Sleep(time.Duration(of) * 20 * time.Millisecond) })
		if gap > 200*time.Millisecond || packets > max(usual, 0)+of/50+5 {
			return fmt.Sprintf("%d of %d packets were missing (%d without a reload), the longest gap is %v", packets, of, usual, gap)
		}
		return ""
	}
	all := func() {
		must(reload(one))

		must(reload(one, two)) // TLS begins, and its name is found
		_, err = second.WaitRegistered(soon(t))
		must(err)

		must(reload(one))
		eventually(t, 5*time.Second, "the trunk that was removed is not registered", func() bool { _, is := second.Registered(); return !is })
		if out, err := private.Console(t.Context(), pbx.Config().Dir, "pjsip show registrations"); err != nil || strings.Contains(out, "two/") {
			t.Errorf("the trunk that was removed is still there (%v):\n%s", err, out)
		}

		changed := one
		changed.Password = "wrong"
		must(reload(changed))
		registered("one", "Rejected") // a fresh REGISTER
		must(reload(one))
		registered("one", "Registered")

		broken := one
		broken.Codecs, broken.AuthUser = []string{"nonsense"}, "other"
		if err := reload(broken); err == nil || !strings.Contains(err.Error(), "trunk one") {
			t.Errorf("of an object that Asterisk refuses, Reload says %v", err)
		}
		if out, err := private.Console(t.Context(), pbx.Config().Dir, "pjsip show endpoint one"); err != nil || !strings.Contains(out, "(ulaw|alaw)") {
			t.Errorf("the endpoint of before is gone (%v):\n%s", err, out)
		}
		must(reload(one))
	}
	gap := unheard(all)
	for again := 0; again < 2 && gap != ""; again++ { // the machine was late, or Reload: then it is so each time
		t.Log(gap)
		gap = unheard(all)
	}
	if gap != "" {
		t.Error(gap)
	}
	if err := talk.Hangup(); err != nil {
		t.Error(err)
	}

	// What only a start takes is said.
	must(reload(one, two))
	c := pbx.Config()
	c.Trunks, c.TLS.Authorities = []trunk.Trunk{one, two}, first.Authorities()
	if err := private.Reload(t.Context(), c, reloadModule(t, pbx)); err == nil || !strings.Contains(err.Error(), "restart") {
		t.Errorf("of other authorities, Reload says %v", err)
	}
}

// TestRegistrationTroubleIsTold: what Asterisk logs when a carrier shows a certificate
// that is not good is understood.
func TestRegistrationTroubleIsTold(t *testing.T) {
	t.Parallel()
	var all []*carrier.Carrier
	var trunks []trunk.Trunk
	bad := []carrier.Certificate{carrier.CertificateUnknown, carrier.CertificateName, carrier.CertificateExpired}
	for _, certificate := range bad {
		c := carriertest.Start(t, func(c *carrier.Config) {
			c.Certificate, c.Demand = certificate, carrier.Demand{Register: true, TLS: true, SRTP: true}
			c.Account.User = string(certificate) + "7"
		})
		all, trunks = append(all, c), append(trunks, trunkTo(string(certificate), c))
	}
	for i, says := range []string{"untrusted", "identity", "expired"} {
		t.Run(string(bad[i]), func(t *testing.T) {
			t.Parallel()
			pbx := privatetest.Start(t, func(c *private.Config) {
				c.Trunks, c.TLSAddr, c.TLS.Authorities = slices.Clone(trunks[i:i+1]), privatetest.FreeTCP(t), all[i].Authorities()
			})
			var log string
			eventually(t, 20*time.Second, "the trouble is told", func() bool {
				log = read(t, pbx.Config().Dir+"/log/messages.log")
				got, known := private.RegistrationTrouble(log, trunks[i])
				return known && strings.Contains(got.Certificate, says)
			})
			t.Log(log)
			if _, is := all[i].Registered(); is {
				t.Error("it is registered")
			}
		})
	}
}

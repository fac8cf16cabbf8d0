package carrier

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

func TestRegister(t *testing.T) {
	for _, algorithm := range []Algorithm{MD5, SHA256} {
		t.Run(string(algorithm), func(t *testing.T) {
			told := make(chan string, 10)
			c := start(t, func(c *Config) {
				c.Algorithm = algorithm
				c.OnRegistration = func(contact string) { told <- contact }
			})
			o := newOurs(t, c, "udp")
			res, err := o.client.Do(deadlineSoon(t), o.request(sip.REGISTER, ""))
			if err != nil || res.StatusCode != 401 {
				t.Fatalf("without credentials: %v, %v", res, err)
			}
			challenge, err := digest.ParseChallenge(res.GetHeader("WWW-Authenticate").Value())
			if err != nil || challenge.Realm != "elsewhere.test" || challenge.Algorithm != string(algorithm) && challenge.Algorithm != "" {
				t.Errorf("challenge: %+v, %v", challenge, err)
			}
			for user, password := range map[string]string{"auth-7": "wrong", "account7": password} {
				if res, _ := o.sendRequest(o.request(sip.REGISTER, ""), user, password, 5*time.Second); res == nil || res.StatusCode != 403 {
					t.Errorf("as %s with %s: %v", user, password, res)
				}
			}
			if contact, ok := c.Registered(); ok {
				t.Errorf("registered at %s", contact)
			}
			o.register(t)
			contact, err := c.WaitRegistered(deadlineSoon(t))
			if err != nil || !strings.Contains(contact, "line=ntsbokw") {
				t.Errorf("registered at %q, %v", contact, err)
			}
			if got := <-told; got != contact {
				t.Errorf("told of %q", got)
			}
			if err := c.Forget(); err != nil {
				t.Fatal(err)
			}
			if _, ok := c.Registered(); ok {
				t.Error("registered after all was forgotten")
			}
			if got := <-told; got != "" {
				t.Errorf("told of %q", got)
			}
			if err := c.Forget(); err != nil {
				t.Errorf("with nothing to forget: %v", err)
			}
			o.register(t)
			text, _ := os.ReadFile(filepath.Join(c.Config().Dir, "kamailio.cfg"))
			log, _ := os.ReadFile(filepath.Join(c.Config().Dir, "kamailio.log"))
			if strings.Contains(string(text)+string(log), `pa"ss`) {
				t.Error("the password is in a file")
			}
		})
	}
}

func TestRestart(t *testing.T) {
	c := start(t, nil)
	o := newOurs(t, c, "udp")
	o.register(t)
	if err := c.Mood(Mood{Method: "INVITE", Status: 500}); err != nil {
		t.Fatal(err)
	}
	if err := c.Restart(deadlineSoon(t)); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Registered(); ok {
		t.Error("registered after a restart")
	}
	if res := o.invite(t, "1", 5*time.Second); res == nil || res.StatusCode != 500 {
		t.Errorf("the mood was lost: %v", res)
	}
	select {
	case <-c.Failed():
		t.Error("failed")
	default:
	}
	if err := syscall.Kill(c.process.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.Failed():
	case <-deadlineSoon(t).Done():
		t.Error("nobody tells that Kamailio has ended")
	}
}

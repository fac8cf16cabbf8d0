package wholetest

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"presszero/internal/starttest"
)

// TestABadDayAtTheDisk runs the whole program over HTTPS with a certificate that
// has DNS names only and has ended, replaces it, starttest.Damages every file that the
// controller reads at its start, and kills it: calls are taken again, by the
// flow of before, and it is said what is wrong.
func TestABadDayAtTheDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	install := func(c, k []byte) {
		must(t, os.WriteFile(cert, c, 0o644))
		must(t, os.WriteFile(key, k, 0o600))
	}
	ended, endedKey := starttest.Issued(t, "callcentre.example", time.Now().AddDate(0, 0, -3))
	install(ended, endedKey)
	flow, prompts := filepath.Join(dir, "flow.yaml"), filepath.Join(dir, "prompts")
	text, err := os.ReadFile("../../ivr/example.yaml")
	must(t, err)
	must(t, os.WriteFile(flow, text, 0o600))
	greeting := filepath.Join(prompts, "greeting.wav")
	starttest.Tone(t, greeting)

	b := build(t, "PRESSZERO_TLS_CERT="+cert, "PRESSZERO_TLS_KEY="+key, "PRESSZERO_FLOW="+flow, "PRESSZERO_PROMPTS="+prompts)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	warned := func(want ...string) {
		t.Helper()
		b.wait(20*time.Second, "ready, with warnings of "+strings.Join(want, ", "), func() bool {
			resp, err := client.Get(b.web + "/readyz")
			if err != nil {
				return false
			}
			defer resp.Body.Close()
			var said struct{ Warnings []string }
			if json.NewDecoder(resp.Body).Decode(&said) != nil || resp.StatusCode != http.StatusOK {
				return false
			}
			for _, w := range want {
				if !strings.Contains(strings.Join(said.Warnings, "\n"), w) {
					return false
				}
			}
			return true
		})
	}
	warned("browsers refuse it")
	serve := b.pid("serve")
	fresh, freshKey := starttest.Issued(t, "callcentre.example", time.Now().AddDate(0, 2, 0))
	install(fresh, freshKey)
	conn, err := tls.Dial("tcp", strings.TrimPrefix(b.web, "https://"), &tls.Config{InsecureSkipVerify: true})
	must(t, err)
	starttest.IsCert(t, conn.ConnectionState().PeerCertificates[0], fresh)
	conn.Close()

	for _, path := range []string{flow, cert, greeting} {
		starttest.Damages["half"](t, path)
	}
	for _, name := range []string{"secrets", "users.json", "sessions.json", "journal/id", "journal/epoch", "flows/current", "env"} {
		starttest.Damages["noise"](t, filepath.Join(b.dir, name))
	}
	if now := b.pid("serve"); now != serve {
		t.Errorf("the controller was started again: %d, %d", serve, now)
	}
	must(t, syscall.Kill(serve, syscall.SIGKILL))
	b.wait(20*time.Second, "another controller", func() bool { pid, err := b.pidNow("serve"); return err == nil && pid != serve })
	warned("the last good flow", "greeting", "secrets", "the certificate of the pages cannot be used")
	c := b.callPerson("+34600000077")
	b.waitCount(20*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE c.caller_number = $1`, "+34600000077")
	must(t, c.Hangup())

	must(t, os.WriteFile(flow, text, 0o600))
	starttest.Tone(t, greeting)
	install(fresh, freshKey)
	must(t, syscall.Kill(b.pid("serve"), syscall.SIGHUP))
	b.wait(20*time.Second, "the flow is well again", func() bool {
		resp, err := client.Get(b.web + "/readyz")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		var said struct{ Warnings []string }
		return json.NewDecoder(resp.Body).Decode(&said) == nil && !strings.Contains(strings.Join(said.Warnings, "\n"), "flow")
	})
}

package wholetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestUpSaysWhy: what keeps the program from starting is one sentence, soon,
// and nothing is left running. Each reason is found by another part.
func TestUpSaysWhy(t *testing.T) {
	t.Parallel() // beside TestAway, which mostly waits
	broken := filepath.Join(t.TempDir(), "flow.yaml")
	must(t, os.WriteFile(broken, []byte("version: 1\nnodes: {\n"), 0o644))
	notSound := t.TempDir()
	must(t, os.WriteFile(filepath.Join(notSound, "greeting.wav"), []byte("no sound"), 0o644))
	for name, c := range map[string]struct{ env, want string }{
		"a broken flow":                 {"PRESSZERO_FLOW=" + broken, "flow.yaml:"},
		"no such flow":                  {"PRESSZERO_FLOW=/nowhere.yaml", "/nowhere.yaml"},
		"a recording that is no sound":  {"PRESSZERO_PROMPTS=" + notSound, "greeting"},
		"an address that is none":       {"PRESSZERO_HTTP_ADDR=here", "PRESSZERO_HTTP_ADDR"},
		"outbound calls and no country": {"PRESSZERO_TRUNK=127.0.0.1:5999", "PRESSZERO_COUNTRY"},
		"half a certificate":            {"PRESSZERO_TLS_CERT=cert.pem", "belong together"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "pz")
			must(t, err)
			defer os.RemoveAll(dir)
			began := time.Now()
			cmd := exec.Command(built, "up")
			cmd.Env = append(os.Environ(), "PRESSZERO_STATE_DIR="+dir, "PRESSZERO_HTTP_ADDR=127.0.0.1:0",
				"PRESSZERO_SIP_ADDR=127.0.0.1:0", "PRESSZERO_RTP_PORTS=34100-34200", c.env)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), c.want) {
				t.Fatalf("%v after %s:\n%s", err, time.Since(began), out)
			}
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			if last := lines[len(lines)-1]; !strings.HasPrefix(last, "presszero: ") {
				t.Errorf("the last line is %q", last)
			}
		})
	}
}

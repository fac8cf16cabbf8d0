package private_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"presszero/asterisk/private"
	"presszero/internal/privatetest"
	"presszero/trunk"
)

var update = flag.Bool("update", false, "write the golden files of testdata/presets anew")

// contract is what a customer of each preset's provider writes besides it, where
// that is more than an account or a server.
var contract = map[string]string{
	"telekom-companyflex": `proxy: "123456789012.primary.companyflex.de", auth_user: "+49199296@tel.t-online.de"`,
	"telstra":             "proxy: sbc.example",
	"telnyx-address":      `writes: {prefix: "1234"}`,
	"flowroute":           "server: us-east-nj.sip.flowroute.com",
}

// presetTrunk is trunk number n, with that preset and what its provider's customers
// write themselves: a server where the preset has none, an account where it needs
// one, and else the addresses that calls come from.
func presetTrunk(t *testing.T, preset string, n int) trunk.Trunk {
	t.Helper()
	environment := trunk.Environment(func(string) (string, bool) { return `pass;word "$1`, true })
	var err error
	for _, more := range []string{"", "server: sip.carrier.example", "user: user7, password: {env: PASSWORD}", "server: sip.carrier.example, user: user7, password: {env: PASSWORD}"} {
		fields := []string{"preset: " + preset, fmt.Sprintf(`numbers: ["+4930555%02d"]`, n)}
		for _, field := range []string{more, contract[preset]} {
			if field != "" && !(strings.HasPrefix(more, "server") && strings.HasPrefix(contract[preset], "server") && field == more) {
				fields = append(fields, field)
			}
		}
		var book *trunk.Book
		for _, from := range []string{"", fmt.Sprintf("from: [192.0.2.%d]", n)} {
			text := "country: DE\ntrunks: {" + preset2name(preset) + ": {" + strings.Join(append(fields, from), ", ") + "}}\n"
			if book, err = trunk.Parse("trunks.yaml", []byte(strings.Replace(text, ", }", "}", 1)), environment); err == nil && (from != "" || book.Trunks[0].SignIn == trunk.Register) {
				return book.Trunks[0]
			}
		}
	}
	t.Fatalf("%s: %v", preset, err)
	return trunk.Trunk{}
}

// preset2name is a name of a trunk, which begins with a letter.
func preset2name(preset string) string { return strings.TrimLeft(preset, "0123456789") }

// TestPresetsAsWritten: what each preset makes of pjsip.conf.
func TestPresetsAsWritten(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "usr/lib/x86_64-linux-gnu/asterisk/modules"), 0o755); err != nil {
		t.Fatal(err)
	}
	mark := regexp.MustCompile(`(mark is |PZ_TRUNK=)[0-9a-f]{16}`)
	for i, p := range trunk.Presets() {
		dir := t.TempDir()
		if err := private.WriteConfig(private.Config{Root: private.Root{Dir: root, Music: "/music"}, Dir: dir, ARIPassword: "secret",
			Trunks: []trunk.Trunk{presetTrunk(t, p.Name, i)}}); err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		_, got, found := strings.Cut(read(t, filepath.Join(dir, "etc/pjsip.conf")), "\n; Trunk ")
		if !found {
			t.Errorf("%s: pjsip.conf has no such trunk", p.Name)
		}
		got = "; Trunk " + mark.ReplaceAllString(got, "${1}MARK")
		file := filepath.Join("testdata/presets", p.Name+".conf")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(file); err != nil || string(want) != got {
			t.Errorf("%s is not what is written now (%v; go test -update writes it anew):\n%s", file, err, got)
		}
	}
	files, _ := filepath.Glob("testdata/presets/*.conf")
	if len(files) != len(trunk.Presets()) {
		t.Errorf("%d golden files for %d presets", len(files), len(trunk.Presets()))
	}
}

// TestPresetsAreTaken: one Asterisk takes the trunks of all presets, over UDP, TCP
// and TLS. The names of their servers lead nowhere here, which holds up nobody.
func TestPresetsAreTaken(t *testing.T) {
	t.Parallel()
	began := time.Now()
	pbx := privatetest.Start(t, func(c *private.Config) {
		for i, p := range trunk.Presets() {
			c.Trunks = append(c.Trunks, presetTrunk(t, p.Name, i))
		}
		c.CallersFrom = []string{"127.0.0.1"}
	})
	t.Logf("ready after %v", time.Since(began))
	connect(t, pbx, func(_ *controller, e event) {
		if e.Type == "StasisStart" {
			go ari(t, pbx, "POST", "/channels/"+e.Channel.ID+"/answer")
		}
	})
	beat(t, pbx, 0)
	c := call(t, pbx, "100", "-m", "10", "-r", "5", "-d", "500", "-trace_rtt", "-rtt_freq", "1")
	c.wait(t, 15*time.Second)
	answered, slowest, err := c.answerTimes()
	if err != nil || answered != 10 || slowest > time.Second {
		t.Errorf("%d of 10 calls answered, the slowest after %v (%v)", answered, slowest, err)
	}
	t.Logf("the slowest call was answered after %v", slowest)
	if err := private.Reload(t.Context(), pbx.Config(), reloadModule(t, pbx)); err != nil {
		t.Error(err)
	}
	log := read(t, filepath.Join(pbx.Config().Dir, "log/messages.log"))
	for line := range strings.Lines(log) {
		if strings.Contains(line, "ERROR") {
			t.Error(strings.TrimSpace(line))
		}
	}
}

// reloadModule has Asterisk read the settings of a module again.
func reloadModule(t *testing.T, pbx *private.Process) func(context.Context, string) error {
	return func(_ context.Context, module string) error {
		if status, body := ari(t, pbx, "PUT", "/asterisk/modules/"+module); status >= 300 {
			return fmt.Errorf("%s: %d %s", module, status, body)
		}
		return nil
	}
}

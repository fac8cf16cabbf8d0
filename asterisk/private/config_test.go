package private

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/trunk"
)

// testConfig is the least that a caller of this package says.
func testConfig(t *testing.T) Config {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "usr/lib/x86_64-linux-gnu/asterisk/modules"), 0o755); err != nil {
		t.Fatal(err)
	}
	return Config{Root: Root{Dir: root, Music: "/music"}, Dir: t.TempDir(), ARIPassword: "secret"}
}

func TestWriteConfig(t *testing.T) {
	c := testConfig(t)
	c.SoundsDir, c.CallersFrom = "/prompts", []string{"192.0.2.7", "198.51.100.0/24"}
	c.Trunks = []trunk.Trunk{trunk.Simple("sip.carrier.example:5070")}
	c.FallbackMembers, c.DeadMan = []Member{{"+49301234", "trunk", "+4930100"}}, 45*time.Second
	if err := WriteConfig(c); err != nil {
		t.Fatal(err)
	}
	for file, wants := range map[string][]string{
		"asterisk.conf":   {"systemname = pz1\n", "astrundir => " + c.Dir + "/run\n", "live_dangerously = no\n"},
		"http.conf":       {"bindaddr = 127.0.0.1\nbindport = 8088\n", "sessionlimit = 2000\n", "session_keep_alive = 60000\n", "enable_status = no\n"},
		"ari.conf":        {"[presszero]\n", "password = secret\n", "websocket_write_timeout = 1000\n", "channelvars = PZ_CALL\n"},
		"rtp.conf":        {"rtpstart = 10000\nrtpend = 20000\n", "strictrtp = yes\n"},
		"pjsip.conf":      {"bind = 127.0.0.1:5060\n", "media_address = 127.0.0.1\n", "match = 192.0.2.7\nmatch = 198.51.100.0/24\n", "contact = sip:sip.carrier.example:5070\n"},
		"queues.conf":     {"member => PJSIP/+49301234@trunk,0,+49301234,PJSIP/trunk\n"},
		"extensions.conf": {"Set(TIMEOUT(absolute)=45)", "Stasis(presszero,${PZ_EXTEN}${PZ_ALSO}${PZ_AGAIN})", "Playback(/prompts/fallback)", "Queue(fallback,b(shown^s^1),,,900)", "Set(CONNECTEDLINE(num,i)=+4930100)", "Record(" + c.Dir + "/spool/fallback/${UNIQUEID}.wav,"},
		"modules.conf":    {"autoload = no\n"},
	} {
		name := filepath.Join(c.Dir, "etc", file)
		text, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, want := range wants {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s lacks %q", file, want)
			}
		}
		if info, _ := os.Stat(name); info.Mode().Perm() != 0o600 {
			t.Errorf("%s is readable by others: %v", file, info.Mode())
		}
	}
}

// What is not wanted is not there: no trunk, nobody to ring, nobody who may call.
func TestWriteConfigLeast(t *testing.T) {
	c := testConfig(t)
	c.CallersFrom = []string{}
	if err := WriteConfig(c); err != nil {
		t.Fatal(err)
	}
	for file, unwanted := range map[string][]string{
		"pjsip.conf":      {"[trunk]", "type = identify", "external_"},
		"queues.conf":     {"member =>"},
		"extensions.conf": {"Queue(", "Dial("},
	} {
		text, err := os.ReadFile(filepath.Join(c.Dir, "etc", file))
		if err != nil {
			t.Error(err)
		}
		for _, word := range unwanted {
			if strings.Contains(string(text), word) {
				t.Errorf("%s has %q", file, word)
			}
		}
	}
}

func TestConfigRefused(t *testing.T) {
	for want, spoil := range map[string]func(*Config){
		"ARIPassword is empty":             func(c *Config) { c.ARIPassword = "" },
		"ARIPassword holds":                func(c *Config) { c.ARIPassword = "a;b" },
		"NodeName":                         func(c *Config) { c.NodeName = "a b" },
		"App":                              func(c *Config) { c.App = "a,b" },
		"taken by Asterisk":                func(c *Config) { c.ARIUser = "general" },
		"Dir \"run\" must be":              func(c *Config) { c.Dir = "run" },
		"longer than 90":                   func(c *Config) { c.Dir = "/" + strings.Repeat("x", 100) },
		"SoundsDir \"x\"":                  func(c *Config) { c.SoundsDir = "x" },
		"SoundsDir holds":                  func(c *Config) { c.SoundsDir = "/x\nsame => n,System(x)" },
		"stays on loopback":                func(c *Config) { c.HTTPAddr = "0.0.0.0:8088" },
		"HTTPAddr \"localhost:8088\"":      func(c *Config) { c.HTTPAddr = "localhost:8088" },
		"SIPAddr":                          func(c *Config) { c.SIPAddr = "5060" },
		"MediaAddr \"0.0.0.0\"":            func(c *Config) { c.SIPAddr = "0.0.0.0:5060" },
		"PublicIP":                         func(c *Config) { c.PublicIP = "me.example" },
		"RTPPorts":                         func(c *Config) { c.RTPPorts = "20000-10000" },
		"CallersFrom: \"carrier.example\"": func(c *Config) { c.CallersFrom = []string{"carrier.example"} },
		"server of the trunk \"x\"":        func(c *Config) { c.Trunks = []trunk.Trunk{{Name: "x", Server: "a\nb"}} },
		"password of the trunk \"x\"":      func(c *Config) { c.Trunks = []trunk.Trunk{{Name: "x", Password: " x"}} },
		"trunk \"x y\"":                    func(c *Config) { c.Trunks = []trunk.Trunk{{Name: "x y"}} },
		"not a telephone number": func(c *Config) {
			c.Trunks, c.FallbackMembers = []trunk.Trunk{trunk.Simple("x")}, []Member{{"Local/1@x", "trunk", ""}}
		},
		"\"ours\" is not":          func(c *Config) { c.FallbackMembers = []Member{{"123", "trunk", "ours"}} },
		"not a trunk that carries": func(c *Config) { c.FallbackMembers = []Member{{"123", "trunk", ""}} },
	} {
		c := testConfig(t)
		spoil(&c)
		if err := WriteConfig(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error about %s, got %v", want, err)
		}
	}
}

func TestTrimSilence(t *testing.T) {
	got := trimSilence([]int16{0, 3, -500, 0, 900, -2, 0})
	if len(got) != 3 || got[0] != -500 || got[2] != 900 {
		t.Errorf("trimSilence = %v", got)
	}
	if got := trimSilence(make([]int16, 5)); len(got) != 0 {
		t.Errorf("trimSilence of nothing = %v", got)
	}
}

package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// arrows says which of our packages may import which of our packages.
// Every package that is not a test helper must be listed.
var arrows = map[string][]string{
	"call":           {"internal/mailbox"},
	"internal/audio": {},
	"ivr":            {"call", "ivr/say", "internal/yamlfile"},
	"ivr/say":        {},
	"callqueue":      {"call", "callqueue/estimate"},
	"outbound":       {"call", "call/number", "trunk"},
	"rehearsal":      {"call", "callqueue"},

	"callqueue/estimate": {},

	"recordings":         {"call", "internal/atomicfile", "recordings/archive"},
	"recordings/capture": {"internal/audio"},
	"recordings/archive": {"internal/atomicfile"},
	"recordings/policy":  {"call"},
	"recordings/finish":  {"internal/audio", "recordings/archive", "recordings/capture"},
	"journal":            {"call", "internal/atomicfile"},
	"report":             {"report/patience", "report/staffing"},
	"notify":             {"report"},

	"report/patience": {},
	"report/staffing": {},

	"internal/figures": {"call", "report"},

	"asterisk":          {"call", "internal/backoff", "internal/mailbox"},
	"asterisk/private":  {"internal/atomicfile", "internal/audio", "internal/spawn", "trunk"},
	"ivr/lookup":        {"call"},
	"call/number":       {},
	"trunk":             {"call/number", "internal/yamlfile"},
	"internal/yamlfile": {},
	"softphone":         {"call", "internal/mailbox", "softphone/media"},
	"softphone/media":   {"internal/audio", "internal/backoff", "internal/mailbox", "recordings/capture"},
	"sql":               {"call", "internal/atomicfile", "internal/backoff", "internal/figures", "journal", "report", "report/patience"},
	"sql/cluster":       {"internal/spawn"},
	"web":               {"call", "internal/figures", "internal/yamlfile", "report", "report/patience", "report/staffing"},

	// The program: what the operator has set; then the processes.
	"internal/settings": {"asterisk/private", "call", "call/number", "internal/atomicfile", "outbound", "trunk"},
	"internal/handover": {},
	"build/measure":     {},
	"build/benchtable":  {"asterisk/private"},
	"internal/fallback": {"asterisk/private", "call"},
	"internal/running":  {"internal/settings"},
	"internal/pcmwav":   {"internal/audio"},
	"internal/person":   {"call/number", "internal/atomicfile", "journal", "report", "sql"},
	"internal/backup":   {"internal/atomicfile", "internal/settings", "ivr", "journal", "sql", "sql/cluster"},
	"internal/controller": {"asterisk", "asterisk/private", "call", "call/number", "callqueue", "callqueue/estimate", "internal/atomicfile", "internal/audio", "internal/backoff", "internal/fallback", "internal/figures", "internal/handover",
		"internal/pcmwav", "internal/person", "internal/plural", "internal/retention", "internal/settings", "ivr", "ivr/lookup", "ivr/say", "journal", "notify", "outbound", "recordings", "recordings/archive", "recordings/capture", "recordings/finish", "recordings/policy", "report", "report/patience", "report/staffing", "softphone", "softphone/media", "sql", "trunk", "web"},
	"internal/supervisor": {"asterisk/private", "internal/atomicfile", "internal/backoff", "internal/handover", "internal/settings", "internal/signals", "internal/spawn", "softphone/media", "sql/cluster"},
	"internal/retention":  {"internal/person", "report", "sql"},
	"internal/atomicfile": {},
	"internal/backoff":    {},
	"internal/mailbox":    {},
	"internal/plural":     {},
	"internal/signals":    {},
	"internal/spawn":      {},

	// The other side of the doors: who plays an agent or a customer knows the
	// doors, and none of what is behind them.
	"internal/headless":        {"internal/audio"},
	"internal/deskclient":      {"call", "softphone", "softphone/media", "internal/backoff", "internal/headless", "internal/audio"},
	"internal/customer":        {"internal/audio", "internal/customer/internal/digit"},
	"internal/customer/sipp":   {"internal/audio", "internal/customer/internal/digit"},
	"internal/carrier":         {"internal/customer", "internal/spawn"},
	"internal/carrier/console": {"internal/carrier", "internal/customer"},
	"internal/chaos/testbed":   {"internal/chaos", "internal/deskclient", "internal/nemesis", "internal/running", "internal/settings", "internal/supervisor"},
	"internal/chaos":           {"call", "internal/audio", "internal/carrier", "internal/customer", "internal/deskclient", "internal/headless", "internal/nemesis"},
	"internal/nemesis":         {},
}

// reasons are given when an arrow turns round.
var reasons = map[string]string{
	"call":                "the words of the trade must not depend on who uses them",
	"ivr":                 "the menus are decided without a switch, a database or the line",
	"callqueue":           "the line is decided without a switch, a database or the menus",
	"asterisk":            "an adapter knows one outside world; the controller introduces it to the others",
	"ivr/lookup":          "an adapter knows one outside world; the controller introduces it to the others",
	"softphone":           "an adapter knows one outside world; the controller introduces it to the others",
	"sql":                 "an adapter knows one outside world; the controller introduces it to the others",
	"notify":              "an adapter knows one outside world; the controller introduces it to the others",
	"report":              "the words of the reports must not depend on who fills or shows them",
	"internal/supervisor": "the supervisor and the controller are two processes; they share package handover, and the settings",
	"internal/controller": "the supervisor and the controller are two processes; they share package handover, and the settings",
	"internal/settings":   "what the operator has set is read by both processes, and knows neither",
	"internal/handover":   "what the processes say to each other knows neither of them",

	"web": "pages are shown through small interfaces, so that they need no switch and no database",
}

// pure packages import, besides these and ours, only the standard library.
var pure = map[string][]string{
	"call":              nil,
	"callqueue":         {"github.com/hashicorp/golang-lru/v2/simplelru"}, // whom the line remembers; no clock, no lock
	"ivr":               {"github.com/goccy/go-yaml"},                     // where what the flow says stands in its files
	"internal/audio":    nil,
	"journal":           nil,
	"report":            nil,
	"internal/figures":  nil,
	"trunk":             {"github.com/goccy/go-yaml", "github.com/nyaruka/phonenumbers"}, // trunks.yaml, and the kinds of numbers
	"internal/yamlfile": {"github.com/goccy/go-yaml"},
}

// noClock packages decide; time and chance come to them as events.
var noClock = []string{"call", "ivr", "callqueue", "internal/figures"}

func TestArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "presszero/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		pkg := strings.TrimPrefix(words[0], "presszero/")
		if strings.HasPrefix(pkg, "cmd/") || strings.HasSuffix(pkg, "test") || strings.Contains(pkg, "/internal/") {
			continue // cmd knows all; test helpers know what they test
		}
		may, listed := arrows[pkg]
		if !listed {
			t.Errorf("%s is not in the table of arrows; say there what it may import", pkg)
			continue
		}
		for _, imported := range words[1:] {
			if ours, ok := strings.CutPrefix(imported, "presszero/"); ok {
				if !slices.Contains(may, ours) {
					t.Errorf("%s imports %s: %s", pkg, ours, because(pkg))
				}
				continue
			}
			if allowed, isPure := pure[pkg]; isPure && strings.Contains(imported, ".") && !hasPrefix(imported, allowed) {
				t.Errorf("%s imports %s: %s", pkg, imported, because(pkg))
			}
		}
	}
	for pkg := range arrows {
		if !strings.Contains(string(out), "presszero/"+pkg+" ") {
			t.Errorf("%s is in the table of arrows, but there is no such package", pkg)
		}
	}
}

func because(pkg string) string {
	if why := reasons[pkg]; why != "" {
		return why
	}
	return "the table of arrows does not allow it; is the new dependency worth it?"
}

func hasPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// TestNoClock: what decides must not look at a clock, start a goroutine or roll dice.
func TestNoClock(t *testing.T) {
	for _, pkg := range noClock {
		out, err := exec.Command("go", "list", "-f", "{{range .GoFiles}}{{$.Dir}}/{{.}} {{end}}", "presszero/"+pkg).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range strings.Fields(string(out)) {
			if strings.HasSuffix(file, "call/run.go") {
				continue // the clock and the goroutine around the loop
			}
			found, _ := exec.Command("grep", "-nE", `time\.(Now|Since|Until|Sleep|After|NewTimer|NewTicker)\b|^\s*go (func|[a-z])|math/rand|crypto/rand`, file).Output()
			if len(found) > 0 {
				t.Errorf("%s decides with a clock, a goroutine or chance:\n%s", file, found)
			}
		}
	}
}

// TestPurePackagesStartNoGoroutine: make test runs the packages of PURE without
// the race detector.
func TestPurePackagesStartNoGoroutine(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^PURE = (.*)$`).FindSubmatch(makefile)
	if found == nil {
		t.Fatal("the Makefile names no PURE packages")
	}
	named := regexp.MustCompile(strings.ReplaceAll(string(found[1]), "$$", "$"))
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}{{range .GoFiles}} {{$.Dir}}/{{.}}{{end}}{{range .TestGoFiles}} {{$.Dir}}/{{.}}{{end}}", "presszero/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if !named.MatchString(words[0]) {
			continue
		}
		packages++
		for _, file := range words[1:] {
			if lines, _ := exec.Command("grep", "-nE", `^\s*go (func|[a-z])`, file).Output(); len(lines) > 0 {
				t.Errorf("%s starts a goroutine, and make test does not look for races there (PURE):\n%s", file, lines)
			}
		}
	}
	if packages < 5 {
		t.Errorf("PURE names %d packages only", packages)
	}
}

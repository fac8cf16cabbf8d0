package controller

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"presszero/callqueue"
	"presszero/internal/settings"
	"presszero/ivr"
	"presszero/web"
)

// oddFlow writes a flow at random with what makes sounds, numbers and settings
// hard: most of them are to be refused.
func oddFlow(t *rapid.T) string {
	pick := func(what string, from ...string) string { // the first is plain, and comes most of the time
		if rapid.IntRange(0, 7).Draw(t, what+" is odd") > 0 {
			return from[0]
		}
		return rapid.SampledFrom(from).Draw(t, what)
	}
	text := func(what string) string {
		return pick(what, "Hello.", "Welcome, and one moment please.", strings.Repeat("word ", 400), strings.Repeat("word ", 399), strings.Repeat("a", 2000),
			strings.Repeat("한", 1999), "...", "!", "🙂", "core:beep", "core:vm-intro", "core:demo-instruct", "core:nothing", "core:../x", "{caller:digits} it is.",
			"9876543219876543219876543211", "a <b> & c", "-v xx", "$(id)", "%s %d", "0", "A. B. C. D.", "\\e\\x01 hi", "\\u00a0", "\\u200b", "http://x.example/?a=b", "😀 hi")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\nlanguage: %s\nlanguages: [%s]\nperson: people\n", pick("language", "en", "en-gb", "es", "xx", "zu"), pick("languages", "", "ko", "qq", "pt-br, en"))
	fmt.Fprintf(&b, "queues: {people: {music: %s, callback: {later: [%s]}}}\n", pick("music", "default", "jazz", "\"a b\""), pick("later", "", "1h", "30m, 90m", "10m, 20m, 167h59m"))
	fmt.Fprintf(&b, "numbers: {%s: main}\nnodes:\n", pick("number", "100", "0301234567", "+34911234567", "sales", "0x1", strings.Repeat("1", 33)))
	fmt.Fprintf(&b, "  main: {menu: main, keys: {\"1\": out, \"2\": back, \"3\": say, \"4\": type}}\n  back: {queue: people}\n  say: {say: said, then: back}\n")
	fmt.Fprintf(&b, "  out: {transfer: \"%s\"}\n", pick("number outside", "+34911234567", "+999123456", "+1900123456789"))
	fmt.Fprintf(&b, "  type: {input: typed, min: 2, max: 4, match: '%s', then: back}\n", pick("match", "[0-9]+", "[0-9]{3}", "[0-9]{5}", "x", "(a", "\\d+"))
	fmt.Fprintf(&b, "prompts:\n  main: \"For a, press 1. For b, 2. For c, 3. For d, 4. For us, 0. %s\"\n  said: \"%s\"\n  typed: \"%s\"\n  greeting: \"%s\"\n", pick("tail", "", text("tail of the menu")), text("said"), text("typed"), text("unused"))
	if rapid.Bool().Draw(t, "own words") {
		fmt.Fprintf(&b, "  wait-longer: \"%s\"\n  fallback: \"%s\"\n", text("of the line"), text("apology"))
	}
	return b.String()
}

// TestNumberWrittenTwice: the check warns of the second writing of a number in a
// flow, with its line. Without COUNTRY the two texts are different numbers.
func TestNumberWrittenTwice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flow.yaml")
	must(t, os.WriteFile(file, []byte(`version: 1
language: en
person: support
queues: {support: {}}
numbers:
  "910000000": people
  "+34910000000": other
nodes:
  people: {queue: support}
  other: {queue: support}
`), 0o600))
	t.Setenv("PRESSZERO_STATE_DIR", filepath.Join(t.TempDir(), "state"))
	for country, want := range map[string]int{"ES": 1, "": 0} {
		t.Setenv("PRESSZERO_COUNTRY", country)
		flow, err := CheckFlow(t.Context(), file)
		must(t, err)
		found := 0
		for _, f := range flow.Warnings {
			if f.Code == "same-number" {
				found++
				if f.Line != 6 || !strings.Contains(f.What, "led to other") {
					t.Errorf("the finding is %v", f)
				}
			}
		}
		if found != want {
			t.Errorf("country %q: %d findings, not %d: %v", country, found, want, flow.Warnings)
		}
	}
}

// TestCheckedStarts: any flow that the checker accepts starts. The pure checker
// alone sees all but the lengths of sounds that only a voice can tell, and
// languages that the voice on this machine does not speak.
func TestCheckedStarts(t *testing.T) {
	for _, tool := range []string{"espeak-ng", "sox"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is not installed; make test installs it", tool)
		}
	}
	dir := t.TempDir()
	t.Setenv("PRESSZERO_STATE_DIR", filepath.Join(dir, "state")) // where sounds are found made
	core := coreFolder(t)
	accepted, refused := 0, map[string]int{}
	file, state := filepath.Join(dir, "flow.yaml"), filepath.Join(dir, "state")
	must(t, os.MkdirAll(filepath.Join(state, "sounds"), 0o755))
	rapid.Check(t, func(t *rapid.T) {
		text := oddFlow(t)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, pure := ivr.Load(file)
		_, err := CheckFlow(context.Background(), file)
		var found ivr.Findings
		if err != nil && !errors.As(err, &found) {
			t.Fatalf("check fails without a finding: %v\n%s", err, text)
		}
		if pure != nil && err == nil {
			t.Fatalf("check accepts what the checker refuses: %v\n%s", pure, text)
		}
		for _, f := range found {
			if f.Severity == ivr.Refused {
				refused[f.Code]++
				if f.Line < 1 {
					t.Fatalf("a finding without a line: %v\n%s", f, text)
				}
				if pure == nil && !slices.Contains([]string{"long", "greeting-long", "notice", "sound"}, f.Code) {
					t.Fatalf("the checker alone does not see %v\n%s", f, text)
				}
				if f.Code == "sound" && !strings.Contains(f.What, "voice does not exist") {
					t.Fatalf("the checker alone does not see %v\n%s", f, text)
				}
			}
		}
		if err != nil {
			return
		}
		accepted++
		s := settings.Settings{Flow: file, StateDir: state, Prompts: filepath.Join(dir, "prompts"), CoreSounds: core}
		first, err := newFlowFiles(s).open(context.Background(), false)
		if err != nil {
			t.Fatalf("check accepts it and the controller does not start: %v\n%s", err, text)
		}
		callqueue.New(LineSettings(first.flow)...)
		again, err := ivr.Parse("flow.yaml", first.text)
		if err != nil || again.Version != first.flow.Version {
			t.Fatalf("what is kept is not the flow: %v\n%s", err, text)
		}
	})
	t.Logf("%d were accepted; refused: %v", accepted, refused)
	if accepted < 20 || len(refused) < 4 {
		t.Error("the random flows have become too narrow")
	}
}

// coreFolder returns a folder with the sounds of Asterisk that flows of these
// tests name, all of one short tone.
func coreFolder(t *testing.T) string {
	dir := t.TempDir()
	flow, err := ivr.Parse("example.yaml", ivr.Example)
	must(t, err)
	tone, err := exec.Command("sox", "-n", "-r", "8000", "-t", "wav", "-", "synth", "0.2", "sine", "440").Output()
	must(t, err)
	names := []string{"vm-intro", "demo-instruct"}
	for _, text := range flow.Texts() {
		if name, ok := strings.CutPrefix(text, "core:"); ok {
			names = append(names, name)
		}
	}
	for _, name := range names {
		must(t, os.WriteFile(filepath.Join(dir, name+".wav"), tone, 0o600))
	}
	return dir
}

// TestRecordWithIncludes: a recording is taken for a flow of several files, and
// one with which the flow must not be served leaves the older one in its place.
func TestRecordWithIncludes(t *testing.T) {
	dir := t.TempDir()
	s := settings.Settings{Flow: filepath.Join(dir, "flow.yaml"), StateDir: dir, Prompts: filepath.Join(dir, "prompts"), CoreSounds: coreFolder(t)}
	text := string(ivr.Example)
	at := strings.Index(text, "\nprompts:")
	must(t, os.WriteFile(s.Flow, []byte("include: [words.yaml]\n"+text[:at+1]), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "words.yaml"), []byte(text[at+1:]), 0o600))
	must(t, os.MkdirAll(s.Prompts, 0o755))
	f, err := servedFlows(soon(t), newFlowFiles(s))
	must(t, err)
	p := sounds{flows: f}
	sound := func(seconds string) *bytes.Reader {
		out, err := exec.Command("sox", "-n", "-r", "8000", "-t", "wav", "-", "synth", seconds, "sine", "440").Output()
		must(t, err)
		return bytes.NewReader(out)
	}
	version := f.now.flow.Version
	got, err := p.Record(soon(t), "en", "greeting", sound("3"), "ann")
	if err != nil || got.Source != "recorded" || got.Length != 3 || f.now.flow.Version != version {
		t.Fatalf("%+v, %v", got, err)
	}
	first, err := os.ReadFile(filepath.Join(s.Prompts, "greeting.wav"))
	must(t, err)
	named, err := os.Readlink(filepath.Join(dir, "sounds", "greeting.ulaw"))
	must(t, err)
	check := func(what string) {
		t.Helper()
		if now, _ := os.ReadFile(filepath.Join(s.Prompts, "greeting.wav")); !bytes.Equal(now, first) {
			t.Errorf("%s: the older recording is gone", what)
		}
		if now, _ := os.Readlink(filepath.Join(dir, "sounds", "greeting.ulaw")); now != named {
			t.Errorf("%s: the dialplan says another sound", what)
		}
		if f.now.sounds["greeting"].Length.Seconds() != 3 {
			t.Errorf("%s: served is %+v", what, f.now.sounds["greeting"])
		}
	}
	if _, err := p.Record(soon(t), "en", "greeting", sound("30"), "ann"); !errors.As(err, new(web.Unfit)) || !strings.Contains(err.Error(), "without a choice") {
		t.Errorf("a greeting of half a minute: %v", err)
	}
	check("a recording that is too long")
	if _, err := p.Record(soon(t), "en", "main", sound("40"), "ann"); !errors.As(err, new(web.Unfit)) {
		t.Errorf("a menu of 40 s: %v", err)
	}
	if _, err := os.Stat(filepath.Join(s.Prompts, "main.wav")); err == nil {
		t.Error("the refused recording of a prompt that had none is still there")
	}
	// A text that only a recording makes short enough: taking that away is refused.
	must(t, os.WriteFile(filepath.Join(dir, "words.yaml"), []byte(strings.Replace(text[at+1:], "Welcome to the support line.", "Dial 987654321987654321.", 1)), 0o600))
	again, err := servedFlows(soon(t), newFlowFiles(s))
	must(t, err)
	p = sounds{flows: again}
	if err := p.Unrecord(soon(t), "en", "greeting", "ann"); !errors.As(err, new(web.Unfit)) {
		t.Errorf("taken away: %v", err)
	}
	check("a recording that is needed")

	// After a restart the calls of the version before go on with it.
	var old []byte
	old, err = os.ReadFile(f.path(version))
	must(t, err)
	if flow, err := ivr.Parse("flow.yaml", old); err != nil || flow.Version != version {
		t.Errorf("what was kept of the first version: %v", err)
	}
}

package ivr

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestText: a flow of several files is one text, and read again from it the
// same version; so is one in another form of text file.
func TestText(t *testing.T) {
	flow, err := Load("testdata/flows/parts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{flow.Text, strings.ReplaceAll(flow.Text, "\n", "\r\n"), strings.TrimRight(flow.Text, "\n"), "\ufeff" + flow.Text} {
		again, err := Parse("flow.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if again.Version != flow.Version || again.Text != flow.Text || len(again.Nodes) != len(flow.Nodes) {
			t.Errorf("read again as %s of %d nodes, it was %s of %d", again.Version, len(again.Nodes), flow.Version, len(flow.Nodes))
		}
	}
	if _, err := Parse("flow.yaml", []byte(strings.Replace(flow.Text, "included: parts/", "included: other/", 1))); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Error(err)
	}

	// A file without a line end at its end, and one of Windows.
	dir := t.TempDir()
	for name, text := range map[string]string{"flow.yaml": "\ufeffinclude: [more.yaml]\r\nversion: 1\r\nperson: p\r\nqueues: {p: {}}\r\nnumbers: {100: a}", "more.yaml": "nodes: {a: {queue: p}}"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if flow, err = Load(filepath.Join(dir, "flow.yaml")); err != nil {
		t.Fatal(err)
	}
	if again, err := Parse("flow.yaml", []byte(flow.Text)); err != nil || again.Version != flow.Version {
		t.Error(again, err)
	}
	one, err := Parse("flow.yaml", Example)
	if err != nil || one.Text != string(Example) {
		t.Error("the example is not its own text", err)
	}
}

// TestSayable: what no voice and no recording of Asterisk can say is refused,
// on its line.
func TestSayable(t *testing.T) {
	for text, want := range map[string]string{
		strings.Repeat("a word ", 299):     `has 2092 characters in "en"`,
		"... !":                            "says nothing",
		`"\u200b"`:                         "says nothing",
		"🙂":                                "says nothing",
		"core:vm-intr":                     `no recorded sound of Asterisk is called "vm-intr" (did you mean vm-intro?)`,
		"core:../../etc/passwd":            "no recorded sound",
		"core:beep":                        "",
		"core:digits/1":                    "",
		"{en: Hi., ko: \"core:digits/1\"}": `core:digits/1 is spoken in English; write a text in "ko"`,
		"{en: Hi., ko: \"core:beep\"}":     "",
		strings.Repeat("안", 2001):          "has 2001 characters",
		"\"1\"":                            "",
		"{en: " + strings.Repeat("a", 2001) + "}": "has 2001 characters",
		"{ko: 네.}":                                   "",
		"{en: \"...\", ko: 네.}":                      `says nothing in "en"`,
		"{en: Hi., ko: \"core:ascending-2tone\"}":    "",
		strings.Repeat("b", 2000):                    "",
		"{en: Hi., ko: \"core:not-there\"}":          "no recorded sound",
		"\"core:\"":                                  "no recorded sound",
		"{en: core:vm-goodbye, ko: \"{x} 입니다 ...\"}": "",
	} {
		flow := strings.Replace(string(Example), "\nprompts:\n", "\nlanguages: [en, ko]\nprompts:\n  extra: "+text+"\n", 1)
		flow, line := strings.Replace(flow, "\nlanguages: [en, ko]\n", "\n", 1), 0
		flow = strings.Replace(flow, "language: en", "language: en\nlanguages: [en, ko]", 1)
		for i, l := range strings.Split(flow, "\n") {
			if strings.HasPrefix(l, "  extra:") {
				line = i + 1
			}
		}
		_, err := Parse("flow.yaml", []byte(flow))
		found, _ := err.(Findings)
		var here string
		for _, f := range found {
			if f.Line == line {
				here += f.What
			}
		}
		if want == "" && here != "" || !strings.Contains(here, want) || line == 0 {
			t.Errorf("%.60s: %q, want %q", text, here, want)
		}
	}
}

// TestCoreSounds: every line of the list is a sound with a length, which counts
// for what callers have to listen to.
func TestCoreSounds(t *testing.T) {
	if n := strings.Count(coreSounds, "\n"); n != len(coreLengths()) || n < 500 {
		t.Errorf("%d lines, %d sounds", n, len(coreLengths()))
	}
	for name, length := range coreLengths() {
		if length <= 0 || length > 2*time.Minute {
			t.Errorf("%s: %v", name, length)
		}
	}
	if got := estimate("core:vm-intro"); got < 4*time.Second {
		t.Errorf("vm-intro is said to last %v", got)
	}
	text := bytes.Replace(Example, []byte("Welcome to the support line."), []byte("core:mine"), 1)
	if _, err := Parse("flow.yaml", text, Sounds(func(name string) bool { return name == "mine" })); err != nil {
		t.Error(err)
	}
}

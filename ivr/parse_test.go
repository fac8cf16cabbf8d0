package ivr

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestInclude(t *testing.T) {
	flow, err := Load("testdata/flows/parts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if flow.Nodes["main"] == nil || flow.Texts()["main"] == "" {
		t.Errorf("%+v", flow)
	}
	if _, err := Parse("flow.yaml", []byte("include: [x.yaml]\nversion: 1\n")); err == nil || !strings.Contains(err.Error(), "can include nothing") {
		t.Error(err)
	}
}

func TestHostileFiles(t *testing.T) {
	deep := "a:\n"
	for i := 1; i < 600; i++ {
		deep += strings.Repeat(" ", i) + "a:\n"
	}
	for name, text := range map[string]string{
		"brackets":   strings.Repeat("[", 100_000),
		"braces":     strings.Repeat("{a: ", 50_000),
		"sequences":  strings.Repeat("- ", 100_000),
		"keys":       strings.Repeat("? ", 100_000),
		"colons":     strings.Repeat(": ", 100_000),
		"tags":       strings.Repeat("!a ", 80_000),
		"quotes":     strings.Repeat(`"`, 200_000),
		"tabs":       strings.Repeat("\t", 100_000) + "a: b",
		"anchors":    strings.Repeat("a: &a [x]\n", 20_000),
		"laughs":     "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
		"deep":       deep,
		"empty":      "",
		"comment":    "# nothing\n",
		"null":       "null\n",
		"a word":     "hello",
		"a list":     "[1, 2]",
		"not text":   "\x00\x01\xff\xfe",
		"not UTF-8":  "version: 1\nprompts: {a: \"\xff\"}\n",
		"too large":  strings.Repeat("#", maxFlow+1),
		"merge keys": "<<: {version: 1}\n",
	} {
		_, err := Parse("flow.yaml", []byte(text))
		var found Findings
		if !errors.As(err, &found) || len(found) == 0 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, f := range found {
			if len(f.What) > 400 || strings.Contains(f.What, "\n") {
				t.Errorf("%s: not one clear sentence: %.500s", name, f.What)
			}
		}
	}
}

func TestManyFindings(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\nnumbers: {\"100\": n0}\nperson: s\nqueues: {s: {}}\nnodes:\n")
	for i := range 500 {
		fmt.Fprintf(&b, "  n%d: {say: m, then: nowhere}\n", i)
	}
	_, err := Parse("flow.yaml", []byte(b.String()))
	var found Findings
	if !errors.As(err, &found) || len(found) != maxFindings+1 || !strings.Contains(found[maxFindings].What, "more findings") {
		t.Errorf("%d findings", len(found))
	}
}

func TestMeasured(t *testing.T) {
	lengths := map[string]time.Duration{"greeting": 12 * time.Second, "main": 26 * time.Second}
	_, err := Parse("flow.yaml", Example, Measured(func(p string) (time.Duration, bool) { d, ok := lengths[p]; return d, ok }))
	if err == nil || !strings.Contains(err.Error(), "12s") || !strings.Contains(err.Error(), "26s") {
		t.Error(err)
	}
	_, err = Parse("flow.yaml", Example, Measured(func(string) (time.Duration, bool) { return time.Second, true }))
	if err != nil {
		t.Error(err)
	}
}

func TestTexts(t *testing.T) {
	texts := fullFlow(t).Texts()
	for _, name := range []string{"main", "ko/main", "wrong-7", "ko/wrong-7", "beep", "ko/message-kept", Apology} {
		if texts[name] == "" {
			t.Errorf("no text for %s", name)
		}
	}
	if _, ok := texts["shipped"]; ok {
		t.Error("a text with values in it was to be made into a sound")
	}
}

// TestFormsOfLanguages: en-gb has our own words too.
func TestFormsOfLanguages(t *testing.T) {
	flow, err := Parse("flow.yaml", []byte(strings.Replace(string(Example), "language: en", "language: en-gb", 1)))
	if err != nil || flow.Texts()["wrong-7"] == "" {
		t.Error(err)
	}
}

func TestLoadRefuses(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml")); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Fatal(err)
	}
	big := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(big, make([]byte, maxFlow+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(big); err == nil || !strings.Contains(err.Error(), "right file?") {
		t.Fatal(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Example)
	for _, text := range accepted(f) {
		f.Add(text)
	}
	paths, _ := filepath.Glob("testdata/broken/*.yaml")
	for _, path := range paths {
		text, _ := os.ReadFile(path)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		flow, err := Parse("flow.yaml", text)
		var found Findings
		switch {
		case err == nil:
			if len(flow.Nodes) == 0 || Draw(flow) == "" || DrawSVG(flow, Notes{}, "") == "" || flow.Warnings.Refuses() {
				t.Fatalf("accepted, and not whole: %+v", flow)
			}
		case !errors.As(err, &found) || !found.Refuses():
			t.Fatalf("refused without a reason: %v", err)
		}
	})
}

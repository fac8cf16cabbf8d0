package ivr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// surprises are words that YAML 1.1, YAML 1.2 or the parser has a type or a
// meaning of its own for.
var surprises = []string{
	"0", "7", "0123", "0301234567", "+34", "+12015550100", "-5", "0x123", "0o17", "0b11", "12_01", "1_000.5", "12:30", "1:2:3",
	"1e5", "1e-5", "1.0", ".5", "5.", "1.0e+3", ".inf", "-.inf", ".nan", "9223372036854775808", "99999999999999999999999999",
	"yes", "no", "on", "off", "y", "n", "Yes", "NO", "true", "True", "false", "~", "null", "Null", "NULL", "<<", "=",
	"2026-01-01", "2026-01-01T08:00:00Z", "12-25", "a # b", "a #b", "a#b", "#a", "# a", "a: b", "a:b", "a :b", ": a", "@a", "`a", "%a", "&a", "*a", "*", "!a", "!!str 12",
	"| a", "> a", "- a", "-", "? a", "?", "a, b", "a}", "'a", "\"a", "'a' b", "\"a\" b", "\"a\"!b", "'a'!b", "a\tb", "\ta", "a\u00a0b", "\u00a0a", "a\u2028b", "a  b",
	"0123 # a", "+34 # a", "é # ü", "---", "...", "--- a",
}

// fields are the kinds of places in a flow where a scalar can stand. read
// returns what was taken; %s is the scalar.
var scalarFields = []struct {
	name, text string
	read       func(f file) []string
	free       bool // a text, which may hold any sign
	block      bool // not within braces, where , and } end a scalar
}{
	{"prompt", "prompts:\n  a: %s\n", func(f file) []string { return values(f.Prompts["a"]) }, true, true},
	{"prompt of a language", "prompts:\n  a:\n    en: %s\n", func(f file) []string { return values(f.Prompts["a"]) }, true, true},
	{"prompt in braces", "prompts: {a: %s}\n", func(f file) []string { return values(f.Prompts["a"]) }, true, false},
	{"a key of numbers", "numbers:\n  %s: a\n", func(f file) []string { return sortedKeys(f.Numbers) }, false, true},
	{"a key of numbers in braces", "numbers: {%s: a}\n", func(f file) []string { return sortedKeys(f.Numbers) }, false, false},
	{"a key of when", "nodes:\n  a:\n    when:\n      %s: b\n", func(f file) []string { return sortedKeys(f.Nodes["a"].When) }, false, true},
	{"a key of keys", "nodes:\n  a:\n    keys: {%s: b}\n", func(f file) []string { return sortedKeys(f.Nodes["a"].Keys) }, false, false},
	{"a holiday", "hours:\n  a:\n    holidays:\n      %s: closed\n", func(f file) []string { return sortedKeys(f.Hours["a"].Holidays) }, false, true},
	{"times of a day", "hours:\n  a:\n    week:\n      mon: %s\n", func(f file) []string { return f.Hours["a"].Week["mon"] }, false, true},
	{"one_of", "nodes:\n  a:\n    one_of: [%s]\n", func(f file) []string { return f.Nodes["a"].OneOf }, false, false},
	{"one_of as a list", "nodes:\n  a:\n    one_of:\n    - %s\n", func(f file) []string { return f.Nodes["a"].OneOf }, false, true},
	{"lookup", "nodes:\n  a:\n    lookup: %s\n", func(f file) []string { return some(f.Nodes["a"].Lookup) }, true, true},
	{"body", "nodes:\n  a:\n    body: %s\n", func(f file) []string { return some(f.Nodes["a"].Body) }, true, true},
	{"match", "nodes:\n  a:\n    match: %s\n", func(f file) []string { return some(f.Nodes["a"].Match) }, true, true},
	{"valid_for", "nodes:\n  a:\n    valid_for: %s\n", func(f file) []string { return some(f.Nodes["a"].ValidFor) }, false, true},
	{"transfer", "nodes:\n  a:\n    transfer: %s\n", func(f file) []string { return some(f.Nodes["a"].Transfer) }, false, true},
	{"node of a number", "numbers:\n  \"1\": %s\n", func(f file) []string { return some(f.Numbers["1"].Node) }, false, true},
	{"ring", "queues:\n  a:\n    ring: %s\n", func(f file) []string { return some(f.Queues["a"].partAt("ring").text) }, false, true},
	{"announce", "queues:\n  a:\n    announce: %s\n", func(f file) []string { return some(f.Queues["a"].partAt("announce").text) }, false, true},
	{"full", "queues:\n  a:\n    full: %s\n", func(f file) []string { return some(f.Queues["a"].partAt("full").text) }, false, true},
	{"who", "allow_depth:\n  who: %s\n", func(f file) []string { return some(f.AllowDepth.Who) }, true, true},
	{"include", "include:\n- %s\n", func(f file) []string { return f.Include }, true, true},
}

func some(s string) []string { return []string{s} }

func values(m map[string]string) (list []string) {
	for _, k := range sortedKeys(m) {
		list = append(list, m[k])
	}
	return list
}

// TestAsWritten: every kind of scalar with every surprise is taken as it is
// written, or refused on its line with the advice to quote it. A comment may
// follow where no text can hold a #.
func TestAsWritten(t *testing.T) {
	comment := regexp.MustCompile(`\s+#.*$`)
	taken := 0
	for _, field := range scalarFields {
		for _, surprise := range surprises {
			if !field.block && strings.ContainsAny(surprise, ",{}[]#") {
				continue // signs of the braces themselves
			}
			if !field.block && strings.Contains(surprise, ": ") {
				continue // a key and its value
			}
			text := fmt.Sprintf(field.text, surprise)
			body, f, found := decodeFile("flow.yaml", []byte(text))
			if len(found) > 0 {
				for _, finding := range found {
					if finding.Line < 1 || !strings.Contains(finding.What, "quote it") {
						t.Errorf("%s, %q: %v", field.name, surprise, finding)
					}
				}
				continue
			}
			if body == nil {
				t.Errorf("%s, %q: neither taken nor refused", field.name, surprise)
				continue
			}
			want := strings.Trim(surprise, " \t")
			if !field.free {
				want = comment.ReplaceAllString(want, "")
			}
			got := field.read(f)
			if nothing := strings.HasPrefix(surprise, "#"); nothing && (len(got) == 0 || got[0] == "") {
				continue // a comment where a value could be: nothing is written, which the checker sees
			}
			if !slices.Equal(got, []string{want}) {
				t.Errorf("%s, %q: taken as %q", field.name, surprise, got)
			}
			taken++
		}
		for _, surprise := range surprises { // and quoted, as they are told
			if _, f, found := decodeFile("flow.yaml", []byte(fmt.Sprintf(field.text, "'"+strings.ReplaceAll(surprise, "'", "''")+"'"))); len(found) > 0 || !slices.Equal(field.read(f), []string{surprise}) {
				t.Errorf("%s, quoted %q: %v", field.name, surprise, found)
			}
		}
	}
	if taken < 700 {
		t.Errorf("only %d were taken", taken)
	}
}

// TestCountsAndSwitches: what is no plain count, and neither true nor false, is
// refused rather than guessed.
func TestCountsAndSwitches(t *testing.T) {
	for _, c := range []struct {
		text string
		read func(f file) any
		take map[string]any
	}{
		{"queues: {a: {weight: %s}}", func(f file) any { return f.Queues["a"].partAt("weight").count() }, map[string]any{"0": 0, "7": 7, "123456789": 123456789, `"4"`: 4}},
		{"nodes: {a: {min: %s}}", func(f file) any { return f.Nodes["a"].Min }, map[string]any{"0": 0, "7": 7}},
		{"version: %s", func(f file) any { return f.Version }, map[string]any{"0": 0, "7": 7, "1": 1}},
		{"nodes: {a: {sensitive: %s}}", func(f file) any { return f.Nodes["a"].Sensitive }, map[string]any{"true": true, "false": false}},
		{"queues: {a: {full: {callback: %s}}}", func(f file) any { return f.Queues["a"].partAt("full", "callback").text == "true" }, map[string]any{"true": true, "false": false}},
	} {
		for word, want := range c.take {
			if _, f, found := decodeFile("flow.yaml", []byte(fmt.Sprintf(c.text, word))); len(found) > 0 || c.read(f) != want {
				t.Errorf(c.text+": %v, %v", word, c.read(f), found)
			}
		}
		for _, surprise := range surprises {
			if _, ok := c.take[surprise]; ok || strings.ContainsAny(surprise, ",{}[]#") {
				continue
			}
			_, _, found := decodeFile("flow.yaml", []byte(fmt.Sprintf(c.text, surprise)))
			if len(found) == 0 || found[0].Line < 1 || !strings.Contains(found[0].What, "quote it") {
				t.Errorf(c.text+": %v", surprise, found)
			}
		}
	}
}

// TestFormsOfAFile: a mark at the beginning, other line ends and UTF-16 are as
// good as plain UTF-8.
func TestFormsOfAFile(t *testing.T) {
	want, err := Parse("flow.yaml", Example)
	if err != nil {
		t.Fatal(err)
	}
	wide := func(order binary.AppendByteOrder) []byte {
		var b []byte
		for _, u := range utf16.Encode([]rune("\ufeff" + string(Example))) {
			b = order.AppendUint16(b, u)
		}
		return b
	}
	for name, text := range map[string][]byte{
		"mark":           append([]byte("\ufeff"), Example...),
		"CRLF":           bytes.ReplaceAll(Example, []byte("\n"), []byte("\r\n")),
		"CR":             bytes.ReplaceAll(Example, []byte("\n"), []byte("\r")),
		"UTF-16, little": wide(binary.LittleEndian),
		"UTF-16, big":    wide(binary.BigEndian),
	} {
		flow, err := Parse("flow.yaml", text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(flow.Nodes) != len(want.Nodes) || flow.Texts()["main"] != want.Texts()["main"] || strings.Contains(flow.Texts()["main"], "\r") {
			t.Errorf("%s: read as %+v", name, flow.Texts())
		}
	}
}

// TestUnknownFields: all at once, each with the nearest that is known.
func TestUnknownFields(t *testing.T) {
	text := strings.NewReplacer(
		"person: support", "persn: support",
		"queues:", "queues:\n  other: {wrapup: 5s, Max-Waiting: 3, colour: red, callback: {atempts: 2}, overflow: {queeu: support, after: 5s}}",
		"nodes:", "nodes:\n  more: {sya: greeting, than: main}").Replace(string(Example))
	_, err := Parse("flow.yaml", []byte(text))
	var found Findings
	if !errors.As(err, &found) {
		t.Fatal(err)
	}
	for _, want := range []string{`"persn"; did you mean person?`, `"wrapup"; did you mean wrap_up?`, `"Max-Waiting"; did you mean max_waiting?`,
		`"colour"; the fields here are `, `"atempts"; did you mean attempts?`, `"queeu"; did you mean queue?`, `"sya"; did you mean say?`, `"than"; did you mean then?`} {
		if !slices.ContainsFunc(found, func(f Finding) bool { return f.Line > 1 && strings.Contains(f.What, want) }) {
			t.Errorf("%s: %v", want, found)
		}
	}
	for _, c := range [][2]string{{"then: suport", "support"}, {"then: main1", "main"}} {
		text := strings.Replace(string(Example), "then: main", c[0], 1)
		if _, err := Parse("flow.yaml", []byte(text)); err == nil || strings.Contains(c[0], "main1") && !strings.Contains(err.Error(), "did you mean main?") {
			t.Errorf("%s: %v", c[0], err)
		}
	}
}

// TestNumbersOfTheDialplan: what is no number is refused, and every number that
// is not comes through the dialplan as it was dialled.
func TestNumbersOfTheDialplan(t *testing.T) {
	dialplan, err := os.ReadFile("../asterisk/private/conf/extensions.conf")
	if err != nil || !bytes.Contains(dialplan, []byte("exten => _[+*#0-9A-Za-z_]!,1,MSet(PZ_BEGUN=1,PZ_EXTEN=${FILTER(+*#0-9A-Za-z._,${EXTEN})})")) {
		t.Fatalf("does the dialplan still hand over all that validNumber takes? %v", err)
	}
	for number, ok := range map[string]bool{"100": true, "0301234567": true, "+12015550100": true, "0x123": false, "12_01": false,
		"1.0": false, "12:30": false, "sales": false, "*21": false, "10#": false, "1-2": false, "+": false, "1+2": false, "++34": false, "1 2": false,
		strings.Repeat("1", 33): false, "１００": false} {
		_, err := Parse("flow.yaml", []byte(strings.Replace(string(Example), `"100"`, `"`+number+`"`, 1)))
		if ok != (err == nil) || err != nil && !strings.Contains(err.Error(), "is not a telephone number") {
			t.Errorf("%q: %v", number, err)
		}
	}
}

// TestAnyTextAsWritten: any line of signs at all as a prompt is taken sign for
// sign, or refused.
func TestAnyTextAsWritten(t *testing.T) {
	signs := rapid.SliceOfN(rapid.SampledFrom(strings.Split("a|b| |  |#| #|:|: |,|'|\"|\\|-|- |{|}|[|]|&|*|!|%|@|\t|?|>|0|1|네|\u00a0|~|=|<|é|.", "|")), 1, 8)
	rapid.Check(t, func(t *rapid.T) {
		written := strings.Trim(strings.Join(signs.Draw(t, "signs"), ""), " \t")
		_, f, found := decodeFile("flow.yaml", []byte("prompts:\n  a: "+written+"\n  b: end\n"))
		if len(found) > 0 || written == "" || written[0] == '#' {
			return
		}
		got, quoted := f.Prompts["a"][""], strings.ContainsAny(written[:1], `'"[{`)
		if f.Prompts["b"][""] != "end" || !quoted && got != written || quoted && len(got) > len(written) {
			t.Fatalf("%q is taken as %q, and then %q", written, got, f.Prompts["b"])
		}
	})
}

// TestEscapes: signs written by their number in double quotes are those signs.
func TestEscapes(t *testing.T) {
	for written, want := range map[string]string{`"caf\u00e9"`: "café", `"\x41\U0001F600b\n\t\"\\"`: "A😀b\n\t\"\\", `"\ud83d\ude00x"`: "😀x", `'\u00e9'`: `\u00e9`, `a\u00e9b`: `a\u00e9b`, `"\\u00e9"`: `\u00e9`} {
		_, f, found := decodeFile("flow.yaml", []byte("prompts:\n  a: "+written+"\n  b: end\n"))
		if len(found) > 0 || f.Prompts["a"][""] != want || f.Prompts["b"][""] != "end" {
			t.Errorf("%s: %q %v", written, f.Prompts["a"], found)
		}
	}
}

// TestCasesAsWritten: whole flows with words that YAML would read otherwise.
func TestCasesAsWritten(t *testing.T) {
	paths, err := filepath.Glob("testdata/written/*.yaml")
	if err != nil || len(paths) < 3 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		flow, err := Parse(path, text)
		if want, refused := strings.CutPrefix(first, "# refused "); refused {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", path, err)
			}
			continue
		}
		want := strings.Fields(strings.TrimPrefix(first, "# numbers "))
		if err != nil || !slices.Equal(sortedKeys(flow.Numbers), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

package yamlfile

import (
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/ast"
)

type common struct {
	Colour string `yaml:"colour"`
}

// both reads itself from one word or from a list.
type both []string

func (b *both) Read(d *Decoder, node ast.Node, form string) {
	if _, ok := node.(ast.ArrayNode); ok {
		d.Decode(node, (*[]string)(b), form)
		return
	}
	if one, ok := d.Scalar(node, form); ok {
		*b = both{one}
	}
}

type things struct {
	Code   string         `yaml:"code"`
	Secret string         `yaml:"secret" form:"secret"`
	Words  string         `yaml:"words" form:"text"`
	Count  int            `yaml:"count"`
	Is     *bool          `yaml:"is"`
	Many   map[string]int `yaml:"many"`
	Both   both           `yaml:"both" form:"text"`
	common
}

var thing = Kind{Name: "thing", File: "thing file", Schema: "thing.schema.json"}

// TestDecode: values are taken as they are written, into all kinds of types.
func TestDecode(t *testing.T) {
	var got things
	_, found := Decode("t.yaml", []byte("code: 0301234567\nsecret: a;b # comment\nwords: one\ncount: 4\nis: false\nmany: {+34: 1, 0x1: 2}\nboth: [a, b]\ncolour: 1e5\n"), &got, thing)
	if len(found) > 0 || got.Code != "0301234567" || got.Secret != "a;b" || got.Count != 4 || got.Is == nil || *got.Is || got.Many["+34"] != 1 || got.Many["0x1"] != 2 ||
		!slices.Equal(got.Both, both{"a", "b"}) || got.Colour != "1e5" {
		t.Errorf("%+v, %v", got, found)
	}
}

// TestFindings: each fault has its place and the words of the kind of file.
func TestFindings(t *testing.T) {
	for text, want := range map[string]string{
		"code: a\ncolor: b\n":             `t.yaml:2:1: unknown field "color"; did you mean colour?`,
		"code: a\nzzzzzzz: b\n":           `t.yaml:2:1: unknown field "zzzzzzz"; the fields here are both, code, colour, count, is, many, secret, words`,
		"words: a # b\n":                  `the text ends here after "a"`,
		"both: a # b\n":                   `the text ends here after "a"`,
		"count: 04\n":                     `"04" is not a count`,
		"code: &a b\n":                    "are not read in a thing;",
		"code: a\n---\ncode: b\n":         "a second document begins here; a thing file has one",
		"code: \"a\n":                     "else correct it as thing.schema.json tells",
		strings.Repeat("[", 100):          "which no thing needs",
		"? code\n: a\n":                   "a key that begins with ? is not read in a thing",
		"":                                "t.yaml: the file is empty",
		"code: a\x01\n":                   "t.yaml:1:1: this line holds the control character U+0001",
		"code: [a]\ncount: {}\nis: yes\n": "neither true nor false",
	} {
		_, found := Decode("t.yaml", []byte(text), &things{}, thing)
		if !found.Refuses() || !strings.Contains(found.Error(), want) {
			t.Errorf("%.40q: %v", text, found)
		}
	}
}

// TestSecret: no finding quotes a value of the form "secret".
func TestSecret(t *testing.T) {
	for _, text := range []string{"[hunter2]", "{a: hunter2}", "hunter2\tx", "'hunter2' hunter2", "\"hunter2\" x"} {
		_, found := Decode("t.yaml", []byte("secret: "+text+"\n"), &things{}, thing)
		if len(found) == 0 || strings.Contains(found.Error(), "hunter2") {
			t.Errorf("%q: %v", text, found)
		}
	}
}

// TestSeverities: findings are sorted, said once, and those that refuse are kept.
func TestSeverities(t *testing.T) {
	fs := Findings{{File: "b", Severity: Warning}, {File: "a", Line: 2, Severity: Warning, What: "w"}, {File: "a", Line: 2, Severity: Warning, What: "w"}, {File: "a", Line: 9, Severity: Refused, What: "r"}}
	if !fs.Refuses() || fs[:3].Refuses() {
		t.Error("what refuses")
	}
	sorted := fs.Sorted()
	if len(sorted) != 3 || sorted[0].String() != "a:2:0: warning: w" || sorted[2].File != "b" {
		t.Error(sorted)
	}
	if first := sorted.First(1); len(first) != 2 || first[0].What != "r" || first[1].What != "there are 2 more findings; repair these first" {
		t.Error(first)
	}
}

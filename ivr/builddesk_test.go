package ivr

import (
	"errors"
	"strings"
	"testing"

	"presszero/call"
)

// TestBreaksRefused: a break has an id that a report can use, once, and a title.
func TestBreaksRefused(t *testing.T) {
	many := strings.Repeat("{id: a, title: A}, ", 13)
	for breaks, what := range map[string]string{
		`[{id: Two Words, title: A}]`:                       "cannot be the id of a break",
		`[{id: declined, title: A}]`:                        "when the line sets her aside",
		`[{id: a, title: A}, {id: a, title: B}]`:            "is here twice",
		`[{id: a}]`:                                         "title is missing",
		`[{id: a, title: {}}]`:                              "title is missing",
		`[{id: a, title: ` + strings.Repeat("x", 61) + `}]`: "does not fit on the agents' page",
		`[` + many + `]`:                                    "keep at most 12",
	} {
		_, err := Parse("f", []byte("version: 1\nperson: p\nqueues: {p: {}}\nnumbers: {\"100\": q}\nnodes: {q: {queue: p}}\nbreaks: "+breaks+"\n"))
		var found Findings
		if !errors.As(err, &found) || !strings.Contains(found.Error(), what) {
			t.Errorf("%s: want %q, have %v", breaks, what, err)
		}
	}
}

// TestLabels: an agent reads her language, or the nearest that there is.
func TestLabels(t *testing.T) {
	all := call.Label{"en": "Prayer", "ko": "기도", "pt-br": "Oração"}
	for _, c := range []struct {
		label          call.Label
		language, want string
	}{
		{all, "ko", "기도"}, {all, "ko-KR", "기도"}, {all, "pt-BR", "Oração"}, {all, "pt", "Prayer"}, {all, "", "Prayer"},
		{call.Label{"": "Gebet", "ko": "기도"}, "de-AT", "Gebet"}, {call.Label{"": "Gebet", "ko": "기도"}, "fr", "Gebet"},
		{call.Label{"ja": "祈り", "ko": "기도"}, "fr", "祈り"}, {nil, "fr", ""},
	} {
		if got := c.label.In(c.language, "de"); got != c.want {
			t.Errorf("%v in %q is %q, want %q", c.label, c.language, got, c.want)
		}
	}
}

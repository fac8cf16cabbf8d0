package ivr

import (
	"testing"
)

func TestPrefixes(t *testing.T) {
	for _, c := range []struct {
		match, typed string
		want         bool
	}{
		{"[1-9][0-9]{3}", "", true},
		{"[1-9][0-9]{3}", "0", false},
		{"[1-9][0-9]{3}", "10", true},
		{"[1-9][0-9]{3}", "10000", false},
		{"12|34", "1", true},
		{"12|34", "10", false},
		{"^0?5$", "0", true},
		{"(12)+", "121", true},
		{"(12)+", "122", false},
		{"[0-9]*", "0123456789", true},
		{`1\*`, "1*", true},
	} {
		p, err := newPrefixes(c.match)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.legal(c.typed); got != c.want {
			t.Errorf("%s after %q: %v", c.match, c.typed, got)
		}
	}
}

// TestAny: an expression that nothing of the length matches is told apart.
func TestAny(t *testing.T) {
	for _, c := range []struct {
		match       string
		least, most int
		want        bool
	}{
		{"[0-9]{8}", 2, 8, true}, {"[0-9]{8}", 2, 7, false}, {"[0-9]{3}", 4, 8, false}, {"[0-9]*", 1, 20, true},
		{"[A-F]+", 1, 20, false}, {"[0-9]{8}\n", 1, 20, false}, {`1\*|22#`, 2, 2, true}, {"", 1, 4, false}, {"12|345", 4, 6, false},
	} {
		p, err := newPrefixes(c.match)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.anyOfLength(c.least, c.most); got != c.want {
			t.Errorf("%q, %d to %d: %v", c.match, c.least, c.most, got)
		}
	}
}

package yamlfile

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"wrap_up", "wrapup", 1}, {"teh", "the", 1}, {"queeu", "queue", 1}, {"대기", "대가", 1}, {"abc", "xyz", 3}} {
		if got := distance(c.a, c.b); got != c.want || distance(c.b, c.a) != got {
			t.Errorf("%q, %q: %d", c.a, c.b, got)
		}
	}
}

package ivr

import "testing"

func TestSpoken(t *testing.T) {
	for _, c := range []struct{ language, form, value, want string }{
		{"en", "", "on its way", "on its way"},
		{"en", "digits", "4711", "four, seven, one, one"},
		{"en", "number", "21", "twenty-one"},
		{"en", "number", "many", "many"},
		{"ko", "date", "2026-06-01", "유월 일 일 월요일"},
		{"ko", "date", "2026-06-01T09:00:00+09:00", "유월 일 일 월요일"},
		{"ja", "time", "04:07", "ごぜん よじ ななふん"},
		{"ja", "time", "soon", "soon"},
		{"en", "minutes", "4", "four minutes"},
		{"en", "sung", "4", "4"},
	} {
		if got := spoken(c.language, c.form, c.value); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

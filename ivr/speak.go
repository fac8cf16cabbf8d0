package ivr

import (
	"strconv"
	"time"

	"presszero/ivr/say"
)

// forms are how a text can ask for a value to be said.
var forms = map[string]func(language, value string) (string, bool){
	"":       func(_, value string) (string, bool) { return value, true },
	"digits": func(language, value string) (string, bool) { return say.Digits(language, value), true },
	"number": func(language, value string) (string, bool) {
		n, err := strconv.ParseInt(value, 10, 64)
		return say.Number(language, n), err == nil
	},
	"date": func(language, value string) (string, bool) {
		t, ok := instant(value, time.DateOnly)
		return say.Date(language, t), ok
	},
	"time": func(language, value string) (string, bool) {
		t, ok := instant(value, "15:04")
		return say.Time(language, t), ok
	},
	"minutes": func(language, value string) (string, bool) {
		n, err := strconv.Atoi(value)
		return say.Wait(language, time.Duration(n)*time.Minute), err == nil && n < 1e6
	},
}

// instant reads what services send: a date or a time alone, or both with a zone.
func instant(value, layout string) (time.Time, bool) {
	if t, err := time.Parse(layout, value); err == nil {
		return t, true
	}
	t, err := time.Parse(time.RFC3339, value)
	return t, err == nil
}

// spoken says a value in the form that a text asks for, or as it is when it
// does not have that form: better read oddly than not at all.
func spoken(language, form, value string) string {
	if f := forms[form]; f != nil {
		if text, ok := f(language, value); ok {
			return text
		}
	}
	return value
}

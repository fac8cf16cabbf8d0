package ivr

import (
	"regexp"
	"strings"
)

// A text may hold values: "{order}", "{due:date}". They are what an input step
// took or a look-up kept, and the caller's number as "{caller:digits}".

var valuePattern = regexp.MustCompile(`\{([a-z0-9][a-z0-9_-]*)(?::([a-z]+))?\}`)

// hasValues reports whether a text can only be spoken when values are known.
func hasValues(text string) bool { return valuePattern.MatchString(text) }

// namesOf returns the names of values in a text or template.
func namesOf(text string) []string {
	var names []string
	for _, m := range valuePattern.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// known are values that every call has.
func known(name string) bool { return name == "caller" || name == "called" }

// fill puts values into a text, each said as its form asks; false when one is
// not known.
func fill(text string, say func(name, form string) (string, bool)) (string, bool) {
	complete := true
	filled := valuePattern.ReplaceAllStringFunc(text, func(found string) string {
		name, form, _ := strings.Cut(strings.Trim(found, "{}"), ":")
		spoken, ok := say(name, form)
		complete = complete && ok
		return spoken
	})
	return filled, complete
}

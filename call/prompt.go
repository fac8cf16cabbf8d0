package call

import "strings"

// What a Play says is a list of words like "main", "ko/main",
// "say:ko:주문은 5월 3일에 도착합니다." or "recording:5f0c": a prompt of the flow's own
// language, one of another language, a text that is known only now and spoken by a
// machine, and a recording that belongs to no flow.

// Prompt names a prompt in a language; "" is the flow's own.
func Prompt(language, name string) string {
	if language == "" {
		return name
	}
	return language + "/" + name
}

// LongestSpoken is the longest text that is spoken, in characters: some two
// minutes. No caller would listen to more, and a service that sends more has
// gone mad.
const LongestSpoken = 2000

// Spoken makes a text into something that Play says.
func Spoken(language, text string) string { return "say:" + language + ":" + text }

// SpokenText takes apart what Spoken made; ok is false for the name of a prompt.
func SpokenText(prompt string) (language, text string, ok bool) {
	rest, ok := strings.CutPrefix(prompt, "say:")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, ":")
}

// Recording makes the key of a recording that belongs to no flow into something that
// Play says.
func Recording(key string) string { return "recording:" + key }

// RecordingKey takes apart what Recording made; ok is false for anything else.
func RecordingKey(prompt string) (key string, ok bool) {
	return strings.CutPrefix(prompt, "recording:")
}

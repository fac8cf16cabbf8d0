package say

import (
	"fmt"
	"strings"
	"time"
)

type english struct{}

var (
	enSmall = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	enTens  = strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")
	enBig   = []struct {
		size int64
		name string
	}{{1e18, "quintillion"}, {1e15, "quadrillion"}, {1e12, "trillion"}, {1e9, "billion"}, {1e6, "million"}, {1e3, "thousand"}}
)

func (e english) number(n int64) string {
	switch {
	case n < 0:
		return "minus " + e.number(-n)
	case n < 20:
		return enSmall[n]
	case n < 100 && n%10 == 0:
		return enTens[n/10]
	case n < 100:
		return enTens[n/10] + "-" + enSmall[n%10]
	case n < 1000:
		return joinWords(enSmall[n/100]+" hundred", " and ", n%100, e)
	}
	for _, b := range enBig {
		if n >= b.size {
			between := " "
			if n%b.size < 100 {
				between = " and "
			}
			return joinWords(e.number(n/b.size)+" "+b.name, between, n%b.size, e)
		}
	}
	return ""
}

func joinWords(head, between string, rest int64, s speaker) string {
	if rest == 0 {
		return head
	}
	return head + between + s.number(rest)
}

func (english) digit(r rune) string { return enSmall[r-'0'] }
func (english) comma() string       { return ", " }

func (e english) clockTime(hour, minute int) string {
	switch {
	case hour == 0 && minute == 0:
		return "midnight"
	case hour == 12 && minute == 0:
		return "noon"
	}
	part := "in the morning"
	switch {
	case hour >= 18:
		part = "in the evening"
	case hour >= 12:
		part = "in the afternoon"
	}
	twelve := int64((hour+11)%12 + 1)
	said := e.number(int64(minute))
	switch {
	case minute == 0:
		said = "o'clock"
	case minute < 10:
		said = "oh " + said
	}
	return fmt.Sprintf("%s %s %s", e.number(twelve), said, part)
}

func (e english) calendarDate(month time.Month, day int, weekday time.Weekday) string {
	return fmt.Sprintf("%s, %s %s", weekday, month, e.position(int64(day)))
}

func (e english) minutes(n int64) string { return e.count(n, "minute", "minutes") }
func (e english) hours(n int64) string   { return e.count(n, "hour", "hours") }
func (e english) people(n int64) string  { return e.count(n, "person", "people") }

func (e english) count(n int64, one, many string) string {
	if n == 1 {
		return e.number(n) + " " + one
	}
	return e.number(n) + " " + many
}

func (e english) minuteRange(low, high int64) string { return e.number(low) + " to " + e.minutes(high) }

var enOrdinals = map[string]string{"one": "first", "two": "second", "three": "third", "five": "fifth",
	"eight": "eighth", "nine": "ninth", "twelve": "twelfth"}

// position makes the last word an ordinal: "one hundred and twenty-first".
func (e english) position(n int64) string {
	words := e.number(n)
	cut := strings.LastIndexAny(words, " -") + 1
	last := words[cut:]
	switch {
	case enOrdinals[last] != "":
		last = enOrdinals[last]
	case strings.HasSuffix(last, "y"):
		last = strings.TrimSuffix(last, "y") + "ieth"
	default:
		last += "th"
	}
	return words[:cut] + last
}

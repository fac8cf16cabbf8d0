// Package say writes numbers, times, dates and ranges as they are spoken, for
// a voice to read. Each language counts by its own grammar, so each has its
// own file; nothing is glued together from words.
//
//	                 English                  한국어              日本語
//	Number 21        twenty-one               이십일              にじゅういち
//	Time 4:07        four oh seven in…        오전 네 시 칠 분    ごぜん よじ ななふん
//	Date 1 June      June first               유월 일 일          ろくがつ ついたち
//	Minutes 4 to 6   four to six minutes      사 분에서 육 분     よんぷんから ろっぷん
//	Position 1       first                    첫 번째             いちばんめ
//
// Japanese is written in kana, because 四時 and 四分 read differently from what
// a voice may make of their signs. A language that is not known here gets
// figures, which most voices read well enough.
package say

import (
	"fmt"
	"math"
	"time"
)

// speaker is one language's grammar of counting.
type speaker interface {
	number(n int64) string
	digit(r rune) string
	clockTime(hour, minute int) string
	calendarDate(month time.Month, day int, weekday time.Weekday) string
	minutes(n int64) string
	hours(n int64) string
	minuteRange(low, high int64) string // minutes, low < high
	position(n int64) string
	people(n int64) string
	comma() string // between digits, so that a voice pauses
}

var speakers = map[string]speaker{"en": english{}, "ko": korean{}, "ja": japanese{}}

func speakerFor(language string) speaker {
	if len(language) > 2 && language[2] == '-' {
		language = language[:2] // en-gb counts as en
	}
	if s, ok := speakers[language]; ok {
		return s
	}
	return figures{}
}

// Number says a whole number, as in "twenty-one".
func Number(language string, n int64) string {
	// The smallest int64 has no opposite, so the next one is said.
	return speakerFor(language).number(max(n, -math.MaxInt64))
}

// Digits says each sign of a number by itself, as one reads a telephone
// number; signs that are no digits are left out, + * and # too.
func Digits(language, digits string) string {
	s := speakerFor(language)
	out := ""
	for _, r := range digits {
		if r < '0' || r > '9' {
			continue
		}
		if out != "" {
			out += s.comma()
		}
		out += s.digit(r)
	}
	return out
}

// Time says a time of day.
func Time(language string, t time.Time) string {
	return speakerFor(language).clockTime(t.Hour(), t.Minute())
}

// Date says the day, month and weekday.
func Date(language string, t time.Time) string {
	return speakerFor(language).calendarDate(t.Month(), t.Day(), t.Weekday())
}

// Wait says a length of time, rounded up to whole minutes, from one minute.
func Wait(language string, d time.Duration) string { return minutes(speakerFor(language), whole(d)) }

// Range says a length of time that is known only roughly: "four to six
// minutes". Where both ends are the same minute, that is said alone.
func Range(language string, low, high time.Duration) string {
	s := speakerFor(language)
	l, h := whole(low), whole(high)
	switch {
	case h <= l:
		return minutes(s, l)
	case h <= 60:
		return s.minuteRange(l, h)
	}
	return minutes(s, h) // beyond an hour, roughly is said by the hour alone
}

// Position says a place in line: "third".
func Position(language string, n int64) string { return speakerFor(language).position(n) }

// People says how many persons.
func People(language string, n int64) string { return speakerFor(language).people(n) }

// whole rounds up to minutes; a caller is never told a wait of nothing.
func whole(d time.Duration) int64 { return max(int64((d+time.Minute-1)/time.Minute), 1) }

func minutes(s speaker, n int64) string {
	switch {
	case n < 60:
		return s.minutes(n)
	case n%60 == 0:
		return s.hours(n / 60)
	}
	return s.hours(n/60) + " " + s.minutes(n%60)
}

// figures is the grammar of languages that are not known.
type figures struct{}

func (figures) number(n int64) string         { return fmt.Sprint(n) }
func (figures) digit(r rune) string           { return string(r) }
func (figures) comma() string                 { return ", " }
func (figures) clockTime(h, m int) string     { return fmt.Sprintf("%d:%02d", h, m) }
func (figures) minutes(n int64) string        { return fmt.Sprintf("%d min", n) }
func (figures) hours(n int64) string          { return fmt.Sprintf("%d h", n) }
func (figures) minuteRange(l, h int64) string { return fmt.Sprintf("%d - %d min", l, h) }
func (figures) position(n int64) string       { return fmt.Sprint(n) }
func (figures) people(n int64) string         { return fmt.Sprint(n) }
func (figures) calendarDate(month time.Month, day int, _ time.Weekday) string {
	return fmt.Sprintf("%d. %d.", day, int(month))
}

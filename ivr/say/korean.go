package say

import (
	"strings"
	"time"
)

// Korean counts in two ways: Sino-Korean for minutes, dates and plain numbers
// (일, 이, 삼), native for hours, persons and places in line (한, 두, 세).
type korean struct{}

var (
	koDigits = strings.Fields("영 일 이 삼 사 오 육 칠 팔 구")
	koUnits  = []string{"", "십", "백", "천"}
	koBig    = []string{"", "만", "억", "조", "경"}

	// Native numerals as they stand before a counter.
	koOnes = []string{"", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"}
	koTens = []string{"", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"}

	koMonths = strings.Fields("일월 이월 삼월 사월 오월 유월 칠월 팔월 구월 시월 십일월 십이월")
	koDays   = strings.Fields("일요일 월요일 화요일 수요일 목요일 금요일 토요일")
)

func (k korean) number(n int64) string {
	switch {
	case n < 0:
		return "마이너스 " + k.number(-n)
	case n == 0:
		return koDigits[0]
	}
	var parts []string
	for i := 0; n > 0; i, n = i+1, n/10000 {
		four := n % 10000
		switch {
		case four == 0:
		case i == 1 && four == 1:
			parts = append([]string{"만"}, parts...) // 만, never 일만
		default:
			parts = append([]string{k.below10000(four) + koBig[i]}, parts...)
		}
	}
	return strings.Join(parts, " ")
}

// below10000 says 십, 백 and 천 without a leading 일.
func (korean) below10000(n int64) string {
	out := ""
	for i := 0; n > 0; i, n = i+1, n/10 {
		d := n % 10
		switch {
		case d == 0:
		case d == 1 && i > 0:
			out = koUnits[i] + out
		default:
			out = koDigits[d] + koUnits[i] + out
		}
	}
	return out
}

// native says a number before a native counter; from 100 on Koreans use the
// Sino-Korean one.
func (k korean) native(n int64) string {
	if n < 1 || n > 99 {
		return k.number(n)
	}
	if n == 20 {
		return "스무"
	}
	return koTens[n/10] + koOnes[n%10]
}

// digit says 공 for 0, as in telephone numbers.
func (korean) digit(r rune) string {
	if r == '0' {
		return "공"
	}
	return koDigits[r-'0']
}
func (korean) comma() string { return " " }

func (k korean) clockTime(hour, minute int) string {
	switch {
	case hour == 0 && minute == 0:
		return "자정"
	case hour == 12 && minute == 0:
		return "정오"
	}
	part := "오전"
	if hour >= 12 {
		part = "오후"
	}
	said := part + " " + k.native(int64((hour+11)%12+1)) + " 시"
	if minute > 0 {
		said += " " + k.minutes(int64(minute))
	}
	return said
}

func (k korean) calendarDate(month time.Month, day int, weekday time.Weekday) string {
	return koMonths[month-1] + " " + k.number(int64(day)) + " 일 " + koDays[weekday]
}

func (k korean) minutes(n int64) string { return k.number(n) + " 분" }
func (k korean) hours(n int64) string   { return k.native(n) + " 시간" }
func (k korean) people(n int64) string  { return k.native(n) + " 분" }
func (k korean) minuteRange(low, high int64) string {
	return k.minutes(low) + "에서 " + k.minutes(high)
}

// position says 첫 번째 for the first, and 한 only inside larger ones (열한 번째).
func (k korean) position(n int64) string {
	if n == 1 {
		return "첫 번째"
	}
	return k.native(n) + " 번째"
}

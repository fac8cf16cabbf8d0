package say

import (
	"strings"
	"time"
)

// Japanese changes numerals and counters where they meet: いち and ふん are
// いっぷん, さん and ひゃく are さんびゃく. The exceptions are written out.
type japanese struct{}

var (
	jaDigits    = strings.Fields("ぜろ いち に さん よん ご ろく なな はち きゅう")
	jaHundreds  = strings.Fields("- ひゃく にひゃく さんびゃく よんひゃく ごひゃく ろっぴゃく ななひゃく はっぴゃく きゅうひゃく")
	jaThousands = strings.Fields("- せん にせん さんぜん よんせん ごせん ろくせん ななせん はっせん きゅうせん")

	jaHours  = strings.Fields("れいじ いちじ にじ さんじ よじ ごじ ろくじ しちじ はちじ くじ じゅうじ じゅういちじ")
	jaMonths = strings.Fields("いちがつ にがつ さんがつ しがつ ごがつ ろくがつ しちがつ はちがつ くがつ じゅうがつ じゅういちがつ じゅうにがつ")
	jaDays   = strings.Fields("にちようび げつようび かようび すいようび もくようび きんようび どようび")

	// Days of the month that are not number and にち.
	jaDates = map[int]string{1: "ついたち", 2: "ふつか", 3: "みっか", 4: "よっか", 5: "いつか", 6: "むいか", 7: "なのか",
		8: "ようか", 9: "ここのか", 10: "とおか", 14: "じゅうよっか", 17: "じゅうしちにち", 19: "じゅうくにち",
		20: "はつか", 24: "にじゅうよっか", 27: "にじゅうしちにち", 29: "にじゅうくにち"}

	// The last digit with 分, 0 being 十.
	jaMinutes = strings.Fields("じゅっぷん いっぷん にふん さんぷん よんぷん ごふん ろっぷん ななふん はっぷん きゅうふん")
)

func (j japanese) number(n int64) string {
	switch {
	case n < 0:
		return "まいなす " + j.number(-n)
	case n == 0:
		return jaDigits[0]
	}
	big := []string{"", "まん", "おく", "ちょう", "けい"}
	var parts []string
	for i := 0; n > 0; i, n = i+1, n/10000 {
		if four := n % 10000; four > 0 {
			parts = append([]string{j.withUnit(four, big[i])}, parts...)
		}
	}
	return strings.Join(parts, " ")
}

// withUnit says a number below 10,000 before まん, おく, ちょう or けい.
func (j japanese) withUnit(n int64, unit string) string {
	said := j.below10000(n)
	if unit == "" {
		return said
	}
	if n/1000 == 1 && n%1000 == 0 {
		said = "いっせん"
	}
	return change(said, unit, map[string]string{"ちょう": "いち はち じゅう", "けい": "いち はち ろく じゅう ひゃく びゃく ぴゃく"}[unit])
}

// change shortens the end of a numeral before certain counters: いち and ちょう
// are いっちょう, ひゃく and けい are ひゃっけい.
func change(numeral, unit, ends string) string {
	for _, end := range strings.Fields(ends) {
		if strings.HasSuffix(numeral, end) {
			r := []rune(end)
			return strings.TrimSuffix(numeral, end) + string(r[:len(r)-1]) + "っ" + unit
		}
	}
	return numeral + unit
}

func (japanese) below10000(n int64) string {
	out := ""
	if d := n / 1000; d > 0 {
		out += jaThousands[d]
	}
	if d := n / 100 % 10; d > 0 {
		out += jaHundreds[d]
	}
	switch d := n / 10 % 10; {
	case d == 1:
		out += "じゅう"
	case d > 1:
		out += jaDigits[d] + "じゅう"
	}
	if d := n % 10; d > 0 {
		out += jaDigits[d]
	}
	return out
}

func (japanese) digit(r rune) string { return jaDigits[r-'0'] }
func (japanese) comma() string       { return " " }

func (j japanese) clockTime(hour, minute int) string {
	if hour == 12 && minute == 0 {
		return "しょうご"
	}
	part := "ごぜん"
	if hour >= 12 {
		part = "ごご"
	}
	said := part + " " + jaHours[hour%12]
	if minute > 0 {
		said += " " + j.minutes(int64(minute))
	}
	return said
}

func (j japanese) calendarDate(month time.Month, day int, weekday time.Weekday) string {
	said, ok := jaDates[day]
	if !ok {
		said = j.number(int64(day)) + "にち"
	}
	return jaMonths[month-1] + " " + said + " " + jaDays[weekday]
}

// minutes says minutes. The last digit decides how 分 is said, and how the digit is.
func (j japanese) minutes(n int64) string {
	last, rest := n%10, n-n%10
	switch {
	case n < 10:
		return jaMinutes[n]
	case last == 0 && n/10%10 == 0: // hundreds
		return change(j.number(n), "ぷん", "ひゃく びゃく ぴゃく")
	case last == 0:
		return strings.TrimSuffix(j.number(n), "じゅう") + jaMinutes[0]
	}
	return j.number(rest) + jaMinutes[last]
}

// hours says hours, as in よじかん, しちじかん, くじかん.
func (j japanese) hours(n int64) string {
	said := j.number(n)
	for from, to := range map[string]string{"よん": "よ", "なな": "しち", "きゅう": "く"} {
		if strings.HasSuffix(said, from) {
			said = strings.TrimSuffix(said, from) + to
			break
		}
	}
	return said + "じかん"
}

func (j japanese) minuteRange(low, high int64) string {
	return j.minutes(low) + "から " + j.minutes(high)
}

func (j japanese) position(n int64) string { return j.number(n) + "ばんめ" }

// people counts people: ひとり, ふたり, and よにん; 七人 is しちにん.
func (j japanese) people(n int64) string {
	switch n {
	case 1:
		return "ひとり"
	case 2:
		return "ふたり"
	}
	said := j.number(n)
	switch {
	case strings.HasSuffix(said, "よん"):
		said = strings.TrimSuffix(said, "ん")
	case n == 7:
		said = "しち"
	}
	return said + "にん"
}

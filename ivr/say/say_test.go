package say

import (
	"math"
	"strings"
	"testing"
	"testing/quick"
	"time"
)

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		n          int64
		en, ko, ja string
	}{
		{0, "zero", "영", "ぜろ"},
		{1, "one", "일", "いち"},
		{10, "ten", "십", "じゅう"},
		{14, "fourteen", "십사", "じゅうよん"},
		{21, "twenty-one", "이십일", "にじゅういち"},
		{40, "forty", "사십", "よんじゅう"},
		{100, "one hundred", "백", "ひゃく"},
		{111, "one hundred and eleven", "백십일", "ひゃくじゅういち"},
		{300, "three hundred", "삼백", "さんびゃく"},
		{605, "six hundred and five", "육백오", "ろっぴゃくご"},
		{800, "eight hundred", "팔백", "はっぴゃく"},
		{1000, "one thousand", "천", "せん"},
		{1100, "one thousand one hundred", "천백", "せんひゃく"},
		{3000, "three thousand", "삼천", "さんぜん"},
		{8008, "eight thousand and eight", "팔천팔", "はっせんはち"},
		{10000, "ten thousand", "만", "いちまん"},
		{12345, "twelve thousand three hundred and forty-five", "만 이천삼백사십오", "いちまん にせんさんびゃくよんじゅうご"},
		{110000, "one hundred and ten thousand", "십일만", "じゅういちまん"},
		{10_000_000, "ten million", "천만", "いっせんまん"},
		{100_000_000, "one hundred million", "일억", "いちおく"},
		{1_000_000_000_000, "one trillion", "일조", "いっちょう"},
		{8_000_000_000_000, "eight trillion", "팔조", "はっちょう"},
		{10_000_000_000_000, "ten trillion", "십조", "じゅっちょう"},
		{-5, "minus five", "마이너스 오", "まいなす ご"},
	} {
		want(t, Number("en", c.n), c.en)
		want(t, Number("ko", c.n), c.ko)
		want(t, Number("ja", c.n), c.ja)
	}
	for language := range speakers {
		want(t, Number(language, math.MinInt64), Number(language, -math.MaxInt64))
	}
	want(t, Number("fi", 21), "21")
	want(t, Number("en-gb", 21), "twenty-one")
}

func TestDigits(t *testing.T) {
	want(t, Digits("en", "+34-09"), "three, four, zero, nine")
	want(t, Digits("ko", "010-1234"), "공 일 공 일 이 삼 사")
	want(t, Digits("ja", "0479"), "ぜろ よん なな きゅう")
	want(t, Digits("es", "12#"), "1, 2")
}

func TestTime(t *testing.T) {
	for _, c := range []struct {
		at         string
		en, ko, ja string
	}{
		{"00:00", "midnight", "자정", "ごぜん れいじ"},
		{"00:30", "twelve thirty in the morning", "오전 열두 시 삼십 분", "ごぜん れいじ さんじゅっぷん"},
		{"01:00", "one o'clock in the morning", "오전 한 시", "ごぜん いちじ"},
		{"04:07", "four oh seven in the morning", "오전 네 시 칠 분", "ごぜん よじ ななふん"},
		{"07:01", "seven oh one in the morning", "오전 일곱 시 일 분", "ごぜん しちじ いっぷん"},
		{"09:10", "nine ten in the morning", "오전 아홉 시 십 분", "ごぜん くじ じゅっぷん"},
		{"12:00", "noon", "정오", "しょうご"},
		{"12:05", "twelve oh five in the afternoon", "오후 열두 시 오 분", "ごご れいじ ごふん"},
		{"14:30", "two thirty in the afternoon", "오후 두 시 삼십 분", "ごご にじ さんじゅっぷん"},
		{"20:48", "eight forty-eight in the evening", "오후 여덟 시 사십팔 분", "ごご はちじ よんじゅうはっぷん"},
		{"23:16", "eleven sixteen in the evening", "오후 열한 시 십육 분", "ごご じゅういちじ じゅうろっぷん"},
	} {
		at, err := time.Parse("15:04", c.at)
		if err != nil {
			t.Fatal(err)
		}
		want(t, Time("en", at), c.en)
		want(t, Time("ko", at), c.ko)
		want(t, Time("ja", at), c.ja)
	}
}

func TestDate(t *testing.T) {
	for _, c := range []struct {
		on         string
		en, ko, ja string
	}{
		{"2026-06-01", "Monday, June first", "유월 일 일 월요일", "ろくがつ ついたち げつようび"},
		{"2026-10-20", "Tuesday, October twentieth", "시월 이십 일 화요일", "じゅうがつ はつか かようび"},
		{"2026-04-14", "Tuesday, April fourteenth", "사월 십사 일 화요일", "しがつ じゅうよっか かようび"},
		{"2026-07-19", "Sunday, July nineteenth", "칠월 십구 일 일요일", "しちがつ じゅうくにち にちようび"},
		{"2026-09-24", "Thursday, September twenty-fourth", "구월 이십사 일 목요일", "くがつ にじゅうよっか もくようび"},
		{"2026-12-31", "Thursday, December thirty-first", "십이월 삼십일 일 목요일", "じゅうにがつ さんじゅういちにち もくようび"},
		{"2026-03-12", "Thursday, March twelfth", "삼월 십이 일 목요일", "さんがつ じゅうににち もくようび"},
	} {
		on, err := time.Parse(time.DateOnly, c.on)
		if err != nil {
			t.Fatal(err)
		}
		want(t, Date("en", on), c.en)
		want(t, Date("ko", on), c.ko)
		want(t, Date("ja", on), c.ja)
	}
}

func TestWaitAndRange(t *testing.T) {
	for _, c := range []struct {
		low, high  time.Duration
		en, ko, ja string
	}{
		{0, 0, "one minute", "일 분", "いっぷん"},
		{time.Minute, 2 * time.Minute, "one to two minutes", "일 분에서 이 분", "いっぷんから にふん"},
		{3*time.Minute + time.Second, 6 * time.Minute, "four to six minutes", "사 분에서 육 분", "よんぷんから ろっぷん"},
		{8 * time.Minute, 10 * time.Minute, "eight to ten minutes", "팔 분에서 십 분", "はっぷんから じゅっぷん"},
		{5 * time.Minute, 4 * time.Minute, "five minutes", "오 분", "ごふん"},
		{30 * time.Minute, 45 * time.Minute, "thirty to forty-five minutes", "삼십 분에서 사십오 분", "さんじゅっぷんから よんじゅうごふん"},
		{50 * time.Minute, 240 * time.Minute, "four hours", "네 시간", "よじかん"},
		{90 * time.Minute, 90 * time.Minute, "one hour thirty minutes", "한 시간 삼십 분", "いちじかん さんじゅっぷん"},
		{20 * time.Hour, 20 * time.Hour, "twenty hours", "스무 시간", "にじゅうじかん"},
	} {
		want(t, Range("en", c.low, c.high), c.en)
		want(t, Range("ko", c.low, c.high), c.ko)
		want(t, Range("ja", c.low, c.high), c.ja)
	}
	want(t, Wait("en", 61*time.Second), "two minutes")
	want(t, Wait("de", 61*time.Second), "2 min")
	want(t, Range("de", time.Minute, 3*time.Minute), "1 - 3 min")
}

func TestPositionAndPeople(t *testing.T) {
	for _, c := range []struct {
		n                int64
		en, ko, ja       string
		people, ko2, ja2 string
	}{
		{1, "first", "첫 번째", "いちばんめ", "one person", "한 분", "ひとり"},
		{2, "second", "두 번째", "にばんめ", "two people", "두 분", "ふたり"},
		{3, "third", "세 번째", "さんばんめ", "three people", "세 분", "さんにん"},
		{4, "fourth", "네 번째", "よんばんめ", "four people", "네 분", "よにん"},
		{7, "seventh", "일곱 번째", "ななばんめ", "seven people", "일곱 분", "しちにん"},
		{12, "twelfth", "열두 번째", "じゅうにばんめ", "twelve people", "열두 분", "じゅうににん"},
		{14, "fourteenth", "열네 번째", "じゅうよんばんめ", "fourteen people", "열네 분", "じゅうよにん"},
		{20, "twentieth", "스무 번째", "にじゅうばんめ", "twenty people", "스무 분", "にじゅうにん"},
		{21, "twenty-first", "스물한 번째", "にじゅういちばんめ", "twenty-one people", "스물한 분", "にじゅういちにん"},
		{100, "one hundredth", "백 번째", "ひゃくばんめ", "one hundred people", "백 분", "ひゃくにん"},
	} {
		want(t, Position("en", c.n), c.en)
		want(t, Position("ko", c.n), c.ko)
		want(t, Position("ja", c.n), c.ja)
		want(t, People("en", c.n), c.people)
		want(t, People("ko", c.n), c.ko2)
		want(t, People("ja", c.n), c.ja2)
	}
}

// TestEveryNumberIsSaid: no number of any size panics, is empty, or sounds
// like its neighbour.
func TestEveryNumberIsSaid(t *testing.T) {
	for language := range speakers {
		f := func(n int64) bool {
			a, b := Number(language, n), Number(language, n^1)
			return a != "" && (a != b || n < -1<<62) && !strings.Contains(a, "- ")
		}
		if err := quick.Check(f, nil); err != nil {
			t.Errorf("%s: %v", language, err)
		}
		for n := int64(0); n < 20000; n++ {
			if !f(n) {
				t.Errorf("%s: %d is %q, %d is %q", language, n, Number(language, n), n^1, Number(language, n^1))
			}
		}
	}
}

func want(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

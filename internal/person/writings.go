package person

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"presszero/call/number"
	"presszero/sql"
)

// leastDigits is how many digits a number must have to be told from other text.
const leastDigits = 6

// Writings finds the numbers of a person however they are written.
type Writings struct {
	sql.Writing                // for Postgres
	find        *regexp.Regexp // its pattern, without looking at what stands around
}

// ErrNumber says that a number cannot be told from other text.
var ErrNumber = errors.New("name a whole number, like +493012345678")

// separator is what people write between digits.
const separator = `[-() ./]{0,3}`

// NewWritings returns the writings of numbers: with + or 00 and the country's code, without
// either, as within the country, with blanks and signs between the digits, and as in a URL.
// A number that is no telephone number is taken as it is. The error is a sentence.
func NewWritings(read number.Reader, numbers ...string) (Writings, error) {
	var all []string
	var w Writings
	for _, n := range numbers {
		n = strings.TrimSpace(n)
		e164, ok := read.E164(n)
		parsed, err := phonenumbers.Parse(e164, "")
		switch {
		case ok && err == nil:
			national := phonenumbers.GetNationalSignificantNumber(parsed)
			country := strconv.Itoa(int(parsed.GetCountryCode()))
			all = append(all, fmt.Sprintf(`((\+|%%2[Bb]|00|011)?%s|0)?%s%s`, spread(country), `[-() ./0]{0,3}`, spread(national)))
			for _, before := range []string{"", "0", country, "+" + country, "00" + country, "011" + country} {
				for zeros := range 4 {
					w.Whole = append(w.Whole, before+strings.Repeat("0", zeros)+national)
				}
			}
			w.Digits = append(w.Digits, national)
		case countDigits(n) >= leastDigits && regexp.MustCompile(`^[-+0-9 ()./]*$`).MatchString(n):
			digits := strings.TrimPrefix(digitsOf(n), "00")
			all = append(all, `(\+|00)?`+spread(digits))
			w.Whole = append(w.Whole, digits, "+"+digits, "00"+digits)
			w.Digits = append(w.Digits, digits)
		case len([]rune(n)) >= leastDigits:
			all = append(all, regexp.QuoteMeta(n))
			w.Whole = append(w.Whole, n)
			w.Digits = append(w.Digits, withoutSigns.Replace(n))
		default:
			return Writings{}, fmt.Errorf("%w: %q has fewer than %d digits", ErrNumber, n, leastDigits)
		}
	}
	if len(all) == 0 {
		return Writings{}, fmt.Errorf("%w: none was named", ErrNumber)
	}
	one := "(" + strings.Join(all, "|") + ")"
	find, err := regexp.Compile(one)
	if err != nil {
		return Writings{}, err
	}
	w.Pattern, w.find = `(?<![0-9A-Za-z])`+one+`(?![0-9A-Za-z])`, find
	return w, nil
}

// withoutSigns leaves out what separator is made of.
var withoutSigns = strings.NewReplacer("-", "", "(", "", ")", "", " ", "", ".", "", "/", "")

func countDigits(n string) int { return len(digitsOf(n)) }

func digitsOf(n string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, n)
}

// spread puts what may stand between digits there.
func spread(digits string) string { return strings.Join(strings.Split(digits, ""), separator) }

// In reports whether a text has one of the numbers.
func (w Writings) In(text []byte) bool {
	found := false
	w.replace(text, func([]byte) []byte { found = true; return nil })
	return found
}

// replace returns the text with by in the place of each number in it.
func (w Writings) replace(text []byte, by func(found []byte) []byte) []byte {
	var out []byte
	done := 0
	for at := 0; at < len(text); {
		m := w.find.FindIndex(text[at:])
		if m == nil {
			break
		}
		from, to := at+m[0], at+m[1]
		if from > 0 && wordy(text[from-1]) || to < len(text) && wordy(text[to]) {
			at = from + 1 // a part of something longer
			continue
		}
		out = append(append(out, text[done:from]...), by(text[from:to])...)
		done, at = to, to
	}
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}

func wordy(b byte) bool {
	return b < unicode.MaxASCII && (unicode.IsDigit(rune(b)) || unicode.IsLetter(rune(b)))
}

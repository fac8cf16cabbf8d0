// Package number reads telephone numbers as networks write them, so that one
// telephone has one writing everywhere: in recognition, bounds, callbacks,
// reports, and in the flow's list of our own numbers.
//
//	"0049 30 123456"   ┐
//	"+49 (0)30 123456" │
//	"030 123456"       ├─> "+4930123456"      (read in Germany)
//	"4930123456"       │
//	"tel:+4930123456"  ┘
//	"100", "pbx"       ──> as they are: an extension, a word
package number

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Reader reads numbers for a site in one country. The zero Reader is of no
// country and reads only what is written with + or 00. It is safe for use by
// several goroutines.
type Reader struct {
	country string // two letters, as ES; "" for none
	code    string // its country code, as "34"
	prefix  string // before numbers within the country, as "0"; "" if they need none
}

// New returns a Reader for a country, two capital letters of ISO 3166, or for
// none. The error says that there is no such country.
func New(country string) (Reader, error) {
	if country == "" {
		return Reader{}, nil
	}
	code := phonenumbers.GetCountryCodeForRegion(country)
	if code == 0 {
		return Reader{}, fmt.Errorf("%q is not a country; write two capital letters, as ES", country)
	}
	prefix := phonenumbers.GetNddPrefixForRegion(country, true)
	if prefix == fmt.Sprint(code) {
		prefix = "" // the 1 of North America may be left out
	}
	return Reader{country, fmt.Sprint(code), prefix}, nil
}

// E164 returns the number as "+", country code and subscriber's number (ITU-T
// E.164), and whether it is a telephone number at all. A number that exists in
// no numbering plan counts only if it is written with + or 00: plans grow
// faster than lists of them.
//
// Digits without + or 00 are read as the national writing, or as that of
// another country without its plus. Where the national writing needs a prefix,
// such as the 0 in Germany, digits without it which begin with the country's
// code are the international writing; others are read only if one reading is
// possible: 15123456789 is a telephone in Texas, or a German one without its 0.
func (r Reader) E164(written string) (string, bool) {
	text := digits(written)
	if strings.HasPrefix(text, "00") && len(text) > 6 {
		text = "+" + text[2:]
	}
	if international, is := strings.CutPrefix(text, "+"); is {
		return whole(mexican(international), true)
	}
	if r.country == "" || !dialable.MatchString(text) {
		return "", false
	}
	if r.prefix != "" && strings.HasPrefix(text, r.code) {
		if e164, ok := whole(mexican(text), false); ok {
			return e164, true
		}
	}
	here, isHere := r.national(text)
	if isHere && strings.HasPrefix(text, r.prefix) {
		return here, true
	}
	there, isThere := "", false
	if !strings.HasPrefix(text, "0") && len(text) >= shortestForeign {
		there, isThere = whole(mexican(text), false)
	}
	switch {
	case isHere == isThere:
		return "", false // one of two telephones, or none
	case isHere:
		return here, true
	}
	return there, true
}

// national reads digits as they are dialled within the country.
func (r Reader) national(text string) (string, bool) {
	if r.country == "MX" {
		text = mexicanPrefix.ReplaceAllString(text, "")
	}
	n, err := phonenumbers.Parse(text, r.country)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return "", false
	}
	return "+" + mexican(phonenumbers.Format(n, phonenumbers.E164)[1:]), true
}

// One returns the number in E.164 if it is a telephone number, and else as it
// is written.
func (r Reader) One(written string) string {
	if e164, ok := r.E164(written); ok {
		return e164
	}
	return written
}

// Country returns the country of a number, two small letters of ISO 3166, or "" where it is
// not known, as of a withheld one or of a range that several countries share.
func (r Reader) Country(written string) string {
	e164, ok := r.E164(written)
	if !ok {
		return ""
	}
	n, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return ""
	}
	country := strings.ToLower(phonenumbers.GetRegionCodeForNumber(n))
	if len(country) != 2 || country == "zz" { // 001: of no country
		return ""
	}
	return country
}

// shortestForeign is how many digits a number without + or 00 must have to be
// taken for one of another country, whose code it begins with.
const shortestForeign = 11

var (
	// dialable is a number to which a call can be made from outside.
	dialable = regexp.MustCompile(`^[0-9]{5,}$`)
	// parameters of a SIP or tel URI, and the host.
	beside = regexp.MustCompile(`[;@?].*$`)
	scheme = regexp.MustCompile(`(?i)^\s*<?(sips?|tel):`)
	// the national prefix that Germans and others put into international numbers.
	optional = regexp.MustCompile(`\(0\)`)
)

// digits leaves digits and a leading plus, if nothing else than the signs that
// stand in telephone numbers is there.
func digits(written string) string {
	text := scheme.ReplaceAllString(written, "")
	text = beside.ReplaceAllString(text, "")
	if strings.ContainsAny(text, "+＋") {
		text = optional.ReplaceAllString(text, "")
	}
	var out strings.Builder
	for _, c := range strings.TrimSpace(text) {
		switch {
		case '0' <= c && c <= '9':
			out.WriteRune(c)
		case '０' <= c && c <= '９': // full width
			out.WriteRune(c - '０' + '0')
		case (c == '+' || c == '＋') && out.Len() == 0:
			out.WriteByte('+')
		case strings.ContainsRune(" \u00a0-–‐().,/<>", c):
		default:
			return ""
		}
	}
	return out.String()
}

// whole reads an international number without its plus. New ranges are taken
// if they may exist.
func whole(international string, mayExist bool) (string, bool) {
	n, err := phonenumbers.Parse("+"+international, "")
	if err != nil || !phonenumbers.IsValidNumber(n) && !(mayExist && phonenumbers.IsPossibleNumber(n)) {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

// Mexico had until 2019 a 1 after its code for mobile telephones, 044 and 045
// before them within the country, and 01 before the others. Networks still
// write them.
var (
	mexicanMobile = regexp.MustCompile(`^521([0-9]{10})$`)
	mexicanPrefix = regexp.MustCompile(`^(01|04[45])`)
)

func mexican(international string) string {
	return mexicanMobile.ReplaceAllString(international, "52$1")
}

// International returns the number in E.164, of digits with the country code and
// without a plus; other writings as One does.
func (r Reader) International(written string) string {
	if text := digits(written); dialable.MatchString(text) && !strings.HasPrefix(text, "0") {
		if e164, ok := whole(mexican(text), true); ok {
			return e164
		}
	}
	return r.One(written)
}

// National returns the number in E.164, of digits as they are dialled within the
// country; other writings as One does.
func (r Reader) National(written string) string {
	if text := digits(written); r.country != "" && dialable.MatchString(text) && !strings.HasPrefix(text, "00") {
		if e164, ok := r.national(text); ok {
			return e164
		}
	}
	return r.One(written)
}

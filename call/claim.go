package call

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a caller's network says of the caller is text from a stranger. It is
// cleaned once, where a call is admitted, so that facts, pages, sheets and
// services never see anything else.

// Longest texts that are kept of what a network claims, in characters.
const (
	MaxClaimedName   = 80
	MaxClaimedNumber = 64
)

// Claimed returns the number and the name that a caller's network gives, fit
// to be kept: without control and direction characters, of bounded length, in
// UTF-8. Both are "" when the caller withholds the number, and the name is ""
// when it is a word that stands for no name.
func Claimed(number, name string) (string, string) {
	number, name = clean(number, MaxClaimedNumber), clean(name, MaxClaimedName)
	switch {
	case Withheld(number) || nameWithheld.MatchString(name):
		return "", ""
	case nameUnknown.MatchString(name):
		name = ""
	}
	return number, name
}

// Admit returns the fact that a caller arrived. The caller's number and name are
// those of Claimed. The function number brings a telephone number, as the named
// trunk writes it, into one form, so that one telephone is one caller through every
// network; other text it returns unchanged; nil changes nothing. Some carriers
// address a call to our account instead of the number dialled: then the call is to
// the first of ev.Also that is a number of ours.
func Admit(ev Arrived, number func(trunk, written string) string, ours func(number string) bool) CallStarted {
	one := func(written string) (result, as string) {
		if number == nil {
			return written, ""
		}
		if result = number(ev.Trunk, written); result != written {
			as = written
		}
		return result, as
	}
	f := CallStarted{Node: ev.Node, Channel: ev.Channel, Trunk: ev.Trunk, Again: ev.Again}
	ev.From, f.Name = Claimed(ev.From, ev.Name)
	f.From, f.FromAs = one(ev.From)
	f.To, f.ToAs = one(clean(ev.To, MaxClaimedNumber))
	if ours == nil || ours(f.To) {
		return f
	}
	for _, also := range ev.Also {
		if to, as := one(clean(also, MaxClaimedNumber)); ours(to) {
			f.To, f.ToAs = to, as
			break
		}
	}
	return f
}

// Withheld reports whether a claimed number says nothing about who calls: it
// is empty, or a word or number that networks write in place of a number that
// is withheld or not known. Such callers cannot be told apart: they have no
// history, no key and no credit in line.
func Withheld(number string) bool { return !plainNumber(number) && withheld.MatchString(number) }

// plainNumber reports whether a number is digits only, after a plus or none,
// and such as can belong to a telephone. Almost all are, and the decisions about
// a call ask several times: this costs a hundredth of the regular expression.
func plainNumber(number string) bool {
	digits := strings.TrimPrefix(number, "+")
	if digits == "" || digits[0] == '0' || slices.Contains(typedWords, digits) {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}

// withholding are the words of networks for a caller who does not want to be
// known. They count in a number and in a name: some networks send the number
// all the same, and mark the wish in the name only.
var withholding = []string{
	"anonymous", "anonymous caller", "anonym", "anonyme", "anonymer anrufer", "anonimo", "anónimo",
	"restricted", "restricted number", "id restricted", "number restricted", "presentation restricted", "cli restricted",
	"private", "private number", "private name", "private caller", "private call", "privat", "prive", "privé", "privado", "numero privado",
	"número privado", "privato", "numero privato", "clir", "p",
	"withheld", "withheld number", "number withheld", "name withheld", "cli withheld",
	"blocked", "blocked number", "blocked call", "blocked caller", "number blocked", "id blocked", "caller id blocked",
	"hidden", "hidden number", "number hidden", "suppressed", "number suppressed", "undisclosed", "confidential", "secret",
	"masked", "masque", "masqué", "numero masque", "numéro masqué", "oculto", "numero oculto", "número oculto",
	"unterdrückt", "nummer unterdrückt", "rufnummer unterdrückt", "verborgen", "geheim", "nascosto",
	"非通知", "非通知設定", "匿名", "발신자표시제한", "발신번호표시제한", "скрыт", "скрытый", "скрытый номер",
}

// unknowing are their words for a caller whose number or name they do not
// know, and numbers that stand for words. Beside a number, such a name says
// only that the name is not known.
var unknowing = []string{
	"unavailable", "number unavailable", "name unavailable", "id unavailable", "caller id unavailable", "not available",
	"unknown", "unknown number", "unknown name", "unknown caller", "number unknown", "name unknown", "unidentified", "unassigned", "not provided",
	"unbekannt", "unbekannter anrufer", "inconnu", "numero inconnu", "numéro inconnu", "desconocido", "numero desconocido", "número desconocido",
	"sconosciuto", "onbekend", "desconhecido", "未知", "未知号码", "通知不可能", "表示圏外", "公衆電話", "неизвестный", "неизвестен",
	"asterisk", "asterisk pbx", "s", "o", "out of area", "coin line", "payphone", "nobody", "none", "null", "undefined", "invalid", "n a",
	"no number", "no name", "no id", "no cid", "no caller id", "no cli",
	"0 (0 )*", // zeros
}

// typedWords are ANONYMOUS and UNAVAILABLE as typed on the keys of a telephone.
var typedWords = []string{"266696687", "86282452253"}

// between is what may stand around and between words: nothing, or blanks and
// signs of ASCII.
const between = "[ !-/:-@[-`{-~]*"

// withheldPattern is what Withheld matches, without regard to case.
var withheldPattern = `^(sips?:|tel:)?` + onlyPattern(append([]string{""}, slices.Concat(withholding, unknowing, typedWords)...)) + `(@.*)?$|@anonymous[.]invalid`

// WithheldPattern is the rule of Withheld as a regular expression, which
// Postgres understands as well; it is to be matched without regard to case.
func WithheldPattern() string { return withheldPattern }

var (
	withheld     = regexp.MustCompile(`(?i)` + withheldPattern)
	nameWithheld = regexp.MustCompile(`(?i)^` + onlyPattern(withholding) + `$`)
	nameUnknown  = regexp.MustCompile(`(?i)^` + onlyPattern(slices.Concat(unknowing, typedWords)) + `$`)
)

// onlyPattern is a pattern for nothing but one of these.
func onlyPattern(words []string) string {
	return between + "(" + strings.ReplaceAll(strings.Join(words, "|"), " ", between) + ")" + between
}

// clean makes a text from the network harmless, and at most so long. Bytes
// that are not UTF-8 are read as Latin-1, which old networks send.
func clean(text string, most int) string {
	if !utf8.ValidString(text) {
		latin := make([]rune, len(text))
		for i := range len(text) {
			latin[i] = rune(text[i])
		}
		text = string(latin)
	}
	var out strings.Builder
	n, blank := 0, false
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			blank = n > 0
			continue
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && !joins(r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Noncharacter_Code_Point, r):
			continue
		}
		if blank {
			if n++; n < most {
				out.WriteByte(' ')
			}
			blank = false
		}
		if n++; n > most {
			break
		}
		out.WriteRune(r)
	}
	return out.String()
}

// joins reports whether r shapes the letters of a name, as in Persian.
func joins(r rune) bool { return r == '\u200c' || r == '\u200d' }

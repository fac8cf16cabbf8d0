package call

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWithheld(t *testing.T) {
	for _, number := range []string{
		"", " ", "+", "-", "anonymous", "Anonymous", "ANONYMOUS", `"Anonymous"`, "anonymous@anonymous.invalid", "sip:anonymous@carrier.example",
		"SIP:+34600000001@Anonymous.Invalid", "Restricted", "RESTRICTED", "unavailable", "Private", "private number", "Private_Number", "unknown",
		"Unknown Caller", "withheld", "Number Withheld", "BLOCKED", "caller-id blocked", "CallerIDBlocked", "asterisk", "Asterisk PBX", "s", "nobody",
		"No Number", "no-number", "nonumber", "No Caller ID", "0", "0000000000", "+0000000000", "000-000-0000", "+266696687", "n/a", "非通知", "Número oculto",
	} {
		if !Withheld(number) {
			t.Errorf("%q is taken for a caller", number)
		}
	}
	for _, number := range []string{
		"+34600000001", "00491234567", "100", "001", "201", "alice", "anna", "1", "+1 (201) 555-0104", "0000000001", "s.miller", "anonymous7", "private.ryan",
		"unknown-pleasures", "sip:+34600000001@carrier.example", "Ünal@x", "ünal", "김",
	} {
		if Withheld(number) {
			t.Errorf("%q is taken for nobody", number)
		}
	}
}

// The quick answer for plain numbers is the regular expression's.
func TestPlainNumberIsNotWithheld(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	plain := 0
	for range 20000 {
		number := make([]byte, random.IntN(12))
		for i := range number {
			number[i] = "0123456789012345678901234567890123456789+ -as"[random.IntN(45)]
		}
		plain += countPlain(t, string(number))
	}
	for _, word := range slices.Concat(withholding, unknowing, typedWords) {
		countPlain(t, word)
		countPlain(t, "+"+word)
	}
	if plain < 1000 {
		t.Errorf("only %d of the numbers were plain", plain)
	}
}

// countPlain is 1 for a plain number, which must not be withheld.
func countPlain(t *testing.T, number string) int {
	t.Helper()
	if !plainNumber(number) {
		return 0
	}
	if withheld.MatchString(number) {
		t.Errorf("%q counts as a plain number and is withheld", number)
	}
	return 1
}

func TestClaimed(t *testing.T) {
	long := strings.Repeat("Ana María ", 40)
	for _, c := range []struct{ number, name, wantNumber, wantName string }{
		{"+34600000001", "Ana", "+34600000001", "Ana"},
		{"+34600000001", "ANONYMOUS", "", ""},
		{"+34600000001", "Restricted", "", ""},
		{"+34600000001", "Private Number", "", ""},
		{"+34600000001", "Number Withheld", "", ""},
		{"+34600000001", "UNAVAILABLE", "+34600000001", ""}, // the network knows no name
		{"+34600000001", "Unknown", "+34600000001", ""},
		{"+34600000001", "asterisk", "+34600000001", ""},
		{"+34600000001", "0", "+34600000001", ""},
		{"+34600000001", "Private Ryan", "+34600000001", "Private Ryan"},
		{"+34600000001", "Nobody's Business Ltd", "+34600000001", "Nobody's Business Ltd"},
		{"anonymous", "Eve", "", ""},
		{"", "Eve", "", ""},
		{"0000000000", "Eve", "", ""},
		{"+34600000001", "A\u202ena\u2066 \x00\x1b[31mB\r\n\tC\u200f", "+34600000001", "Ana [31mB C"},
		{"+34\u200e600\u202c000001", "", "+34600000001", ""},
		{"+34600000001", "J\xfcrgen Stra\xdfe", "+34600000001", "Jürgen Straße"},
		{"+34600000001", "Jürgen Straße", "+34600000001", "Jürgen Straße"},
		{"+34600000001", "می\u200cخواهم", "+34600000001", "می\u200cخواهم"},
		{"+34600000001", "  \u00a0 ", "+34600000001", ""},
		{"+34600000001", "\U000e0041\ufeff\u00ad\ue000Bo", "+34600000001", "Bo"},
	} {
		if number, name := Claimed(c.number, c.name); number != c.wantNumber || name != c.wantName {
			t.Errorf("%q, %q: %q, %q; want %q, %q", c.number, c.name, number, name, c.wantNumber, c.wantName)
		}
	}
	number, name := Claimed(strings.Repeat("1", 5000), long)
	if len(number) != MaxClaimedNumber || utf8.RuneCountInString(name) > MaxClaimedName || !strings.HasPrefix(name, "Ana María Ana") {
		t.Errorf("kept %q, %q", number, name)
	}
}

// TestClaimsAreCleanAtTheDoor: all that follows is told a clean number and name.
func TestClaimsAreCleanAtTheDoor(t *testing.T) {
	reg := NewRegister()
	fx := NewLoop(reg).Step(monday, Arrived{Call: "c1", To: "100\u202e", From: "Restricted", Name: "Eve"})
	if f := fx.Facts[0].Fact.(CallStarted); f.From != "" || f.Name != "" || f.To != "100" {
		t.Errorf("stated %+v", f)
	}
}

// TestOneTelephoneIsOneCaller: the facts, and the bound on calls from one
// number, know a telephone by one writing; what the network wrote is kept.
func TestOneTelephoneIsOneCaller(t *testing.T) {
	reg := NewRegister()
	reg.Number = func(_, written string) string {
		if rest, is := strings.CutPrefix(written, "00"); is {
			return "+" + rest
		}
		return written
	}
	reg.Door.PerCaller = 2
	l := NewLoop(reg)
	for i, c := range []struct{ from, as, refused string }{
		{"+34600000001", "", ""}, {"0034600000001", "0034600000001", ""}, {"+34600000001", "", RefusedCaller},
	} {
		fx := l.Step(monday, Arrived{Call: ID(fmt.Sprint("c", i)), To: "0034910000000", From: c.from})
		f := fx.Facts[0].Fact.(CallStarted)
		if f.From != "+34600000001" || f.FromAs != c.as || f.To != "+34910000000" || f.ToAs != "0034910000000" || f.Refused != c.refused {
			t.Errorf("call %d: stated %+v", i, f)
		}
	}
}

// TestOneRuleForWithheld: the words stand in claim.go and nowhere else. The
// first version of the database's schema had them too; a later one took them out.
func TestOneRuleForWithheld(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return filepath.SkipDir
		}
		ext := filepath.Ext(path)
		if ext != ".go" && ext != ".sql" || strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "claim.go" || filepath.Base(path) == "00002_projections.sql" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, word := range []string{"restricted", "unavailable"} {
			for _, quote := range []string{`"`, `'`} {
				if strings.Contains(strings.ToLower(string(text)), quote+word+quote+",") {
					t.Errorf("%s has a list of its own of words for withheld numbers (%q); use call.Withheld", path, word)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNumberDialledInAnotherHeader: a carrier where we are signed in addresses
// all calls to the account; the number dialled is elsewhere.
func TestNumberDialledInAnotherHeader(t *testing.T) {
	number := func(_, written string) string {
		if national, is := strings.CutPrefix(written, "0"); is {
			return "+34" + national
		}
		return written
	}
	ours := func(number string) bool {
		return number == "+34910000000" || number == "+34910000001" || number == "100"
	}
	for _, c := range []struct {
		to     string
		also   []string
		want   string
		wantAs string
	}{
		{to: "account7", also: []string{"+34910000001"}, want: "+34910000001"},
		{to: "account7", also: []string{"0910000001"}, want: "+34910000001", wantAs: "0910000001"},
		{to: "account7", also: []string{"+34699", "+34910000000"}, want: "+34910000000"},
		{to: "account7", also: []string{"+34699"}, want: "account7"},
		{to: "account7", want: "account7"},
		{to: "+34910000000", also: []string{"+34910000001"}, want: "+34910000000"}, // forwarded to us from another of our numbers
		{to: "100", also: []string{"+34910000001"}, want: "100"},
	} {
		f := Admit(Arrived{To: c.to, Also: c.also, From: "+34600000001"}, number, ours)
		if f.To != c.want || f.ToAs != c.wantAs {
			t.Errorf("addressed to %s, elsewhere %v: %q written %q, want %q written %q", c.to, c.also, f.To, f.ToAs, c.want, c.wantAs)
		}
	}
}

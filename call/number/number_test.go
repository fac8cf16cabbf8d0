package number

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func TestWritings(t *testing.T) {
	for _, c := range []struct{ country, written, is string }{
		{"DE", "+4930123456", "+4930123456"},
		{"DE", "004930123456", "+4930123456"},
		{"DE", "030123456", "+4930123456"},
		{"DE", "+49 (0)30 12 34 56", "+4930123456"},
		{"DE", "+49-30-123456", "+4930123456"},
		{"DE", "tel:+49-30-123456;phone-context=+49", "+4930123456"},
		{"DE", "<sip:+4930123456@carrier.example;user=phone>", "+4930123456"},
		{"DE", "+4930123456;npdi;rn=+4930111", "+4930123456"},
		{"DE", "０３０１２３４５６", "+4930123456"},
		{"DE", "491701234567", "+491701234567"}, // and not +49491701234567, which is valid too
		{"DE", "49030123456", "+4930123456"},
		{"DE", "442079460018", "442079460018"}, // London, or near Emden
		{"DE", "15123456789", "15123456789"},   // Austin, or a German mobile telephone
		{"US", "8613812345678", "+8613812345678"},
		{"US", "2015550107", "+12015550107"},
		{"US", "12015550107", "+12015550107"},
		{"US", "0012015550107", "+12015550107"},
		{"US", "01112015550107", "+12015550107"},
		{"US", "(201) 555-0107", "+12015550107"},
		{"US", "442079460018", "+442079460018"},
		{"US", "00442079460018", "+442079460018"},
		{"GB", "0012125550123", "+12125550123"},
		{"GB", "02079460018", "+442079460018"},
		{"JP", "0081312345678", "+81312345678"},
		{"JP", "010442079460018", "+442079460018"},
		{"JP", "0312345678", "+81312345678"},
		{"KR", "024807140", "+8224807140"},
		{"KR", "82024807140", "+8224807140"},
		{"KR", "8224807140", "+8224807140"},
		{"BR", "0 15 11 98765-4321", "+5511987654321"},
		{"RU", "8 495 123-45-67", "+74951234567"},
		{"HU", "06 1 234 5678", "+3612345678"},
		{"AR", "011 15 2345-6789", "+5491123456789"},
		{"MX", "+5215512345678", "+525512345678"},
		{"MX", "5215512345678", "+525512345678"},
		{"MX", "0445512345678", "+525512345678"},
		{"MX", "0455512345678", "+525512345678"},
		{"MX", "5512345678", "+525512345678"},
		{"ES", "34600000001", "+34600000001"},
		{"ES", "600000001", "+34600000001"},
		{"IT", "0612345678", "+390612345678"},
		{"IT", "390612345678", "+390612345678"},

		// not telephone numbers: extensions, words, nothing
		{"DE", "100", "100"},
		{"DE", "1000", "1000"},
		{"GB", "3001", "3001"},
		{"DE", "pbx", "pbx"},
		{"DE", "sip:anna@example.org", "sip:anna@example.org"},
		{"DE", "", ""},
		{"DE", "*43", "*43"},
		{"DE", "12+34", "12+34"},
		{"DE", "+", "+"},
		{"DE", "00", "00"},
		{"DE", "000000", "000000"},

		// without a country, only what says its own
		{"", "+34600000001", "+34600000001"},
		{"", "0034600000001", "+34600000001"},
		{"", "600000001", "600000001"},
	} {
		r, err := New(c.country)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.One(c.written); got != c.is {
			t.Errorf("in %q, %q is %q, not %q", c.country, c.written, got, c.is)
		}
	}
}

func TestNoSuchCountry(t *testing.T) {
	for _, c := range []string{"Spain", "es", "XX", "0"} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), c) {
			t.Errorf("%q: %v", c, err)
		}
	}
}

// TestOneTelephoneIsOneNumber: of 200 telephones in twelve countries, 10,000
// writings. All of one telephone are read as the same number, and no two
// telephones are.
func TestOneTelephoneIsOneNumber(t *testing.T) {
	seed := rand.Uint64()
	chance := rand.New(rand.NewPCG(seed, 0))
	countries := []string{"DE", "US", "GB", "ES", "FR", "IT", "KR", "JP", "BR", "MX", "CH", "AU"}
	all := map[string]bool{}
	for writings := 0; writings < 10_000; {
		country := countries[chance.IntN(len(countries))]
		n := telephone(country, chance)
		is := phonenumbers.Format(n, phonenumbers.E164)
		if len(all) < 200 {
			all[is] = true
		} else if !all[is] {
			continue
		}
		home, err := New(country)
		if err != nil {
			t.Fatal(err)
		}
		away, _ := New(countries[chance.IntN(len(countries))])
		for _, w := range national(n, country) {
			w = disguised(w, chance)
			writings++
			if got, ok := home.E164(w); !ok || got != is {
				t.Fatalf("seed %d: in %s, %q is %q, not %q", seed, country, w, got, is)
			}
		}
		for _, w := range international(n) {
			w = disguised(w, chance)
			for _, r := range []Reader{home, away, {}} {
				writings++
				if got, ok := r.E164(w); !ok || got != is {
					t.Fatalf("seed %d: in %q, %q is %q, not %q", seed, r.country, w, got, is)
				}
			}
		}
	}
}

// telephone makes a number of a country by changing the last digits of an
// example.
func telephone(country string, chance *rand.Rand) *phonenumbers.PhoneNumber {
	kinds := []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE}
	for {
		n := phonenumbers.GetExampleNumberForType(country, kinds[chance.IntN(2)])
		if n == nil {
			continue
		}
		e164 := phonenumbers.Format(n, phonenumbers.E164)
		changed := e164[:len(e164)-2] + fmt.Sprintf("%02d", chance.IntN(100))
		if n, err := phonenumbers.Parse(changed, ""); err == nil && phonenumbers.IsValidNumber(n) &&
			phonenumbers.GetRegionCodeForNumber(n) == country {
			return n
		}
	}
}

// national are the writings within the country, and those that carriers there
// use for the digits of the international one.
func national(n *phonenumbers.PhoneNumber, country string) []string {
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	local := phonenumbers.Format(n, phonenumbers.NATIONAL)
	return []string{local, digits(local), strings.TrimPrefix(e164, "+")}
}

// international are the writings that say their country.
func international(n *phonenumbers.PhoneNumber) []string {
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	return []string{e164, "00" + e164[1:], phonenumbers.Format(n, phonenumbers.INTERNATIONAL),
		phonenumbers.Format(n, phonenumbers.RFC3966), "sip:" + e164 + "@10.0.0.1;user=phone"}
}

// disguised adds what means nothing.
func disguised(w string, chance *rand.Rand) string {
	switch chance.IntN(5) {
	case 0:
		return w + ";npdi"
	case 1:
		return " " + w + " "
	case 2:
		return strings.NewReplacer(" ", "\u00a0", "-", "–").Replace(w)
	}
	return w
}

// FuzzE164: whatever is written, what is read is read again as itself.
func FuzzE164(f *testing.F) {
	f.Add("DE", "+49 (0)30 12 34 56")
	f.Add("MX", "0445512345678")
	f.Fuzz(func(t *testing.T, country, written string) {
		r, err := New(country)
		if err != nil {
			return // no such country; TestNoSuchCountry tests the error
		}
		one := r.One(written)
		if again := r.One(one); again != one {
			t.Errorf("in %s, %q is %q, and that is %q", country, written, one, again)
		}
	})
}

func BenchmarkE164(b *testing.B) {
	r, err := New("DE")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r.E164("030123456")
	}
}

// TestCountry: where a number is, whatever its writing; of no country is what no country has.
func TestCountry(t *testing.T) {
	read, err := New("DE")
	if err != nil {
		t.Fatal(err)
	}
	for written, want := range map[string]string{"+34911234567": "es", "030 123456": "de", "0049 30 123456": "de", "+12015550100": "us", "+14165550100": "ca",
		"+390612345678": "it", "+80012345678": "", "anonymous": "", "": "", "100": ""} {
		if got := read.Country(written); got != want {
			t.Errorf("%q is in %q, not %q", written, got, want)
		}
	}
}

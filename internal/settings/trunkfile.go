package settings

import (
	"fmt"
	"os"
	"slices"
	"time"

	"presszero/asterisk/private"
	"presszero/call"
	"presszero/call/number"
	"presszero/internal/atomicfile"
	"presszero/outbound"
	"presszero/trunk"
)

// ReadBook reads which trunks there are: those of the file TRUNKS, or the one that
// TRUNK names, or none. text is the file's.
func (s Settings) ReadBook() (book *trunk.Book, text []byte, err error) {
	if s.Trunks == "" {
		return s.simpleBook(), nil, nil
	}
	if text, err = os.ReadFile(s.Trunks); err != nil {
		return nil, nil, fmt.Errorf("the file of trunks (PRESSZERO_TRUNKS) cannot be read: %w", err)
	}
	book, err = s.ParseBook(text)
	return book, text, err
}

// ParseBook reads a text of the file TRUNKS, and compares it with the other settings.
func (s Settings) ParseBook(text []byte) (*trunk.Book, error) {
	book, err := trunk.Parse(s.Trunks, text, trunk.Country(s.Country))
	if err != nil {
		return nil, err
	}
	if s.Country != "" && book.Country != s.Country {
		return nil, fmt.Errorf("PRESSZERO_COUNTRY is %s, but %s says country: %s; they must be the same, or one of them left out", s.Country, s.Trunks, book.Country)
	}
	for _, from := range s.CallersFrom {
		n, _ := network(from) // check has read it
		for _, t := range book.Trunks {
			if i := slices.IndexFunc(t.From, func(f trunk.Source) bool { return f.Port == 0 && f.Network.Overlaps(n) }); i >= 0 {
				return nil, fmt.Errorf("calls from %s may be of the trunk %s (%s:%d) or of PRESSZERO_CALLERS_FROM; take it out of one of them", t.From[i], t.Name, s.Trunks, t.Line)
			}
		}
	}
	return book, nil
}

// simpleBook has the trunk of TRUNK, which has our OWN_NUMBERS.
func (s Settings) simpleBook() *trunk.Book {
	book := &trunk.Book{Country: s.Country}
	if s.Trunk == "" {
		return book
	}
	t := trunk.Simple(s.Trunk)
	for _, own := range s.ownNumbers() {
		t.Numbers = append(t.Numbers, trunk.Range{First: own, Last: own})
	}
	if len(t.Numbers) > 0 {
		book.Show.Default = t.Numbers[0].First
	}
	book.Trunks = []trunk.Trunk{t}
	return book
}

// CallsLeave reports whether a trunk carries calls to the outside.
func CallsLeave(book *trunk.Book) bool {
	return slices.ContainsFunc(book.Trunks, func(t trunk.Trunk) bool { return t.Server != "" })
}

// LastGoodTrunks is where the file of trunks is kept that was taken last.
func (s Settings) LastGoodTrunks() string { return s.Path("trunks.good.yaml") }

// GoodBook is ReadBook, or the book that was taken last if the file must not be
// used. trouble then says why.
func (s Settings) GoodBook() (book *trunk.Book, trouble, err error) {
	book, text, err := s.ReadBook()
	if err == nil {
		if text != nil {
			err = atomicfile.Write(s.LastGoodTrunks(), text)
		}
		return book, nil, err
	}
	text, noFile := os.ReadFile(s.LastGoodTrunks())
	if s.Trunks == "" || noFile != nil {
		return nil, nil, err
	}
	if book, stillBad := s.ParseBook(text); stillBad == nil {
		return book, err, nil
	}
	return nil, nil, err
}

// PrivateAsterisk describes the Asterisk that we start, with these trunks.
func (s Settings) PrivateAsterisk(book *trunk.Book, password string) private.Config {
	c := private.Config{Dir: s.Path("asterisk"), SIPAddr: s.SIPAddr, TLSAddr: s.SIPTLSAddr, RTPPorts: s.RTPPorts, PublicIP: s.PublicIP,
		ARIUser: s.ARIUser, ARIPassword: password, App: App, SoundsDir: s.Path("sounds"),
		CallersFrom: append([]string{}, s.CallersFrom...), CallersMedia: s.CallersMedia, Trunks: book.Trunks, TLS: book.TLS, FallbackAfter: s.FallbackAfter}
	carriers, reader := outbound.NewCarriers(book), s.NumberReader(book)
	for _, to := range s.FallbackTo {
		ways := carriers.Ways(time.Time{}, reader.One(to), call.Purpose{})
		if len(ways) == 0 {
			continue
		}
		c.FallbackMembers = append(c.FallbackMembers, private.Member{Number: ways[0].Number, Trunk: ways[0].Trunk, Shown: ways[0].Shown})
	}
	return c
}

// NumberReader reads numbers as they are written where we are. The country has been
// checked before.
func (s Settings) NumberReader(book *trunk.Book) number.Reader {
	r, _ := number.New(book.Country)
	return r
}

// ownNumbers are ours in E.164, the one first that is shown unless another was
// dialled. COUNTRY has been checked before.
func (s Settings) ownNumbers() []string {
	reader, _ := number.New(s.Country)
	own := make([]string, len(s.OwnNumbers))
	for i, n := range s.OwnNumbers {
		own[i] = reader.One(n)
	}
	return own
}

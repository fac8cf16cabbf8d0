package controller

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

// TestTrunkSettings: what a file of trunks says reaches the switch, and the Asterisk
// that we start.
func TestTrunkSettings(t *testing.T) {
	t.Parallel()
	s := usualSettings()
	s.StateDir, s.CallersFrom = t.TempDir(), nil
	s.Trunks = filepath.Join(s.StateDir, "trunks.yaml")
	s.FallbackTo = []string{"030123456"}
	write := func(text string) { must(t, os.WriteFile(s.Trunks, []byte(text), 0o600)) }
	const text = `country: DE
trunks:
  flex: {server: 192.0.2.1, from: [192.0.2.1], dialled_in: [X-DID, request], lead_in: 0s, writes: {in: international, out: national}, numbers: ["+4930555"]}
  gate: {server: 192.0.2.2, from: [192.0.2.2], trust: no, lead_in: 1s}
`
	write(text)
	tr, err := openTrunks(s, "word", slog.New(slog.DiscardHandler))
	must(t, err)
	if in := tr.In("flex"); in.LeadIn >= 0 || strings.Join(in.DialledIn, " ") != "X-DID request" || !in.Trust {
		t.Errorf("flex: %+v", in)
	}
	if in := tr.In("gate"); in.LeadIn != time.Second || in.Trust {
		t.Errorf("gate: %+v", in)
	}
	for _, c := range [][3]string{{"flex", "491701234567", "+491701234567"}, {"", "030123456", "+4930123456"}, {"gate", "+4930123456", "+4930123456"}} {
		if got := tr.number(c[0], c[1]); got != c[2] {
			t.Errorf("%s over %q is %s, want %s", c[1], c[0], got, c[2])
		}
	}
	if ways := tr.Ways("+4930123456", call.Purpose{Dialed: "030555"}); len(ways) != 2 || ways[0].Number != "030123456" || ways[0].Ours != "+4930555" || ways[0].Shown != "030555" {
		t.Errorf("ways: %+v", ways)
	}
	book := tr.carriers.Book()
	c := s.PrivateAsterisk(book, "word")
	if len(c.Trunks) != 2 || len(c.CallersFrom) != 0 || len(c.FallbackMembers) != 1 || c.FallbackMembers[0].Trunk != "flex" || c.FallbackMembers[0].Number != "030123456" || c.FallbackMembers[0].Shown != "030555" {
		t.Errorf("Asterisk: %+v", c)
	}

	// A file that is broken at the next start leaves the one of before in force.
	write(text + "nonsense: 1\n")
	tr, err = openTrunks(s, "word", slog.New(slog.DiscardHandler))
	must(t, err)
	if len(tr.carriers.Book().Trunks) != 2 || !strings.Contains(strings.Join(textsOf(tr.warnings()), "\n"), "nonsense") {
		t.Errorf("%d trunks, warnings %q", len(tr.carriers.Book().Trunks), textsOf(tr.warnings()))
	}
	must(t, os.Remove(s.LastGoodTrunks()))
	if _, err := openTrunks(s, "word", slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a broken file at the first start is no error")
	}
	for text, want := range map[string]string{
		strings.Replace(text, "DE", "FR", 1): "PRESSZERO_COUNTRY is DE",
	} {
		other := s
		other.Country = "DE"
		write(text)
		if _, _, err := other.ReadBook(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error about %q, got %v", want, err)
		}
	}
	s.CallersFrom = []string{"192.0.2.0/24"}
	write(text)
	if _, _, err := s.ReadBook(); err == nil || !strings.Contains(err.Error(), "CALLERS_FROM") {
		t.Errorf("an address of two origins: %v", err)
	}
}

package trunk

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/internal/yamlfile"
)

var update = flag.Bool("update", false, "write the findings of testdata anew")

// environment is what the files of these tests find.
func environment(name string) (string, bool) {
	v, ok := map[string]string{"CARRIER_PASSWORD": "hunter2-carrier", "OFFICE_PASSWORD": "hunter2-office", "PASSWORD": "hunter2 ;$\"\\ä",
		"EMPTY": "", "TWO_LINES": "hunter2\nhunter3", "BLANK": " hunter2", "LONG": strings.Repeat("hunter2", 100)}[name]
	return v, ok
}

func parse(name string, text []byte) (*Book, error) {
	return Parse(name, text, Environment(environment))
}

// TestExample: the example means what its comments say.
func TestExample(t *testing.T) {
	book, err := parse("example.yaml", Example)
	if err != nil {
		t.Fatal(err)
	}
	if len(book.Warnings) > 0 {
		t.Error(book.Warnings)
	}
	want := Trunk{Name: "carrier", Line: 12, Preset: "sipgate-trunking", SignIn: Register, Server: "sipconnect.sipgate.de", Domain: "sipconnect.sipgate.de",
		User: "1234567t0", AuthUser: "1234567t0", Password: "hunter2-carrier", Transport: TransportUDP, Media: MediaPlain,
		DialledIn: []string{"P-Called-Party-ID", "To", "request"}, Writes: Writes{In: FormInternational, Out: FormInternational}, CallerID: InPPI, Trust: true,
		Codecs: []string{"alaw", "ulaw"}, Keys: KeysAuto, LeadIn: 200 * time.Millisecond,
		Limits:  Limits{Channels: 30, CallsPerSecond: 2, Check: 20 * time.Second, Expiry: 300 * time.Second},
		Numbers: []Range{{"+4930555", "+4930555"}, {"+49305550", "+49305559"}}}
	if got := book.Trunks[0]; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := book.Trunks[1]; got.SignIn != Digest || !slices.Equal(got.DialledIn, []string{"request"}) || got.From[0].String() != "192.0.2.10" || got.Password != "hunter2-office" {
		t.Errorf("%+v", got)
	}
	if len(book.Routes) != 2 || book.Routes[0].To[0] != (Destination{Country: "DE", Kind: "mobile"}) || book.Routes[1].To[0].String() != "*" || !slices.Equal(book.Routes[0].Via, []string{"carrier", "office"}) {
		t.Errorf("%+v", book.Routes)
	}
	if book.Show.Default != "+4930555" || book.Show.Queues["sales"] != "+49305551" || !book.Owns("+49305559") || book.Owns("+49305560") || book.Country != "DE" {
		t.Errorf("%+v", book)
	}
}

// TestFindings: each file of testdata is read, or its findings are those in the
// file beside it. `go test ./trunk -run TestFindings -update` writes them anew.
func TestFindings(t *testing.T) {
	paths, _ := filepath.Glob("testdata/*.yaml")
	if len(paths) < 15 {
		t.Fatal(paths)
	}
	for _, path := range paths {
		got := findings(t, path)
		golden := strings.TrimSuffix(path, ".yaml") + ".txt"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil || got != string(want) {
			t.Errorf("%s: %v\ngot:\n%s\nwant:\n%s", path, err, got, want)
		}
		if strings.HasPrefix(filepath.Base(path), "good-") != (got == "") {
			t.Errorf("%s: good files have no findings, and only they:\n%s", path, got)
		}
		if strings.Contains(got, "hunter") || strings.Contains(got, "secretuser") {
			t.Errorf("%s: a finding tells a secret:\n%s", path, got)
		}
	}
}

func findings(t *testing.T, path string) string {
	t.Helper()
	book, err := Load(path, Environment(environment))
	found := yamlfile.Findings{}
	if err == nil {
		found = book.Warnings
	} else if !errors.As(err, &found) {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range found {
		if strings.Contains(f.What, "\n") || f.Line == 0 && f.Code != "no-trunks" {
			t.Errorf("%s: not one sentence with a place: %v", path, f)
		}
		fmt.Fprintln(&b, f)
	}
	return b.String()
}

// TestLoad: what is no file is an error without findings; what is too large is a
// finding.
func TestLoad(t *testing.T) {
	var found yamlfile.Findings
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "none.yaml"), dir} {
		if _, err := Load(path); err == nil || errors.As(err, &found) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Parse("trunks.yaml", make([]byte, maxFile+1)); !errors.As(err, &found) || found[0].Code != "size" {
		t.Error(err)
	}
}

// TestPasswordFile: a password is taken from a file as it stands there, without the
// end of its line.
func TestPasswordFile(t *testing.T) {
	dir := t.TempDir()
	text := []byte("trunks: {a: {sign_in: digest, server: x.example, user: u, password: {file: secret}}}\n")
	for content, want := range map[string]string{"a b;c\n": "a b;c", "p\r\n": "p", "ä#$\"\\": "ä#$\"\\", "\n": "", "a\n\n": "", "a ": "", "\xff": "", "a\tb": "", "": "", "a\u0085b": ""} {
		if err := os.WriteFile(filepath.Join(dir, "secret"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		book, err := Parse(filepath.Join(dir, "trunks.yaml"), text)
		if (err == nil) != (want != "") || err == nil && string(book.Trunks[0].Password) != want {
			t.Errorf("%q: %v, %v", content, book, err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "secret")); err != nil {
		t.Fatal(err)
	}
	_, err := Parse(filepath.Join(dir, "trunks.yaml"), text)
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
}

// TestCountry: the option is for files that do not say; the file wins.
func TestCountry(t *testing.T) {
	for _, c := range []struct{ option, file, want, codec string }{
		{"DE", "", "DE", "alaw"}, {"US", "", "US", "ulaw"}, {"US", "country: DE\n", "DE", "alaw"}, {"", "", "", "alaw"}, {"", "country: JP\n", "JP", "ulaw"},
	} {
		book, err := Parse("t.yaml", []byte(c.file+"trunks: {a: {server: x.example}}\n"), Country(c.option))
		if err != nil || book.Country != c.want || book.Trunks[0].Codecs[0] != c.codec {
			t.Errorf("%+v: %+v, %v", c, book, err)
		}
	}
}

// TestTLSPaths: paths begin at the folder of the file, and are absolute in the book.
func TestTLSPaths(t *testing.T) {
	book, err := Load("testdata/good-telekom.yaml", Environment(environment))
	if err != nil {
		t.Fatal(err)
	}
	want, err := filepath.Abs("testdata/key.pem")
	if err != nil || book.TLS.Key != want || filepath.Dir(book.TLS.Authorities) != filepath.Dir(want) {
		t.Errorf("%+v, %v", book.TLS, err)
	}
}

// TestRanges: a dash may stand between two numbers or within one.
func TestRanges(t *testing.T) {
	for text, want := range map[string]Range{
		"+49305550-+49305559":      {"+49305550", "+49305559"},
		"+49 30 5550 - +49 305559": {"+49305550", "+49305559"},
		"+49305550 – +49305559":    {"+49305550", "+49305559"},
		"0305550-0305559":          {"+49305550", "+49305559"},
		"+49-30-5550":              {"+49305550", "+49305550"},
		"030-123456":               {"+4930123456", "+4930123456"},
		"030 123456":               {"+4930123456", "+4930123456"},
		"0049305550":               {"+49305550", "+49305550"},
		"+493000000-+493099999":    {"+493000000", "+493099999"},
		"+493000000-+493100000":    {}, // more than 100,000
		"+49305559-+49305550":      {},
		"+4930555-+49305559":       {},
		"+49305550-":               {},
		"100":                      {},
		"+49":                      {},
	} {
		book, err := parse("t.yaml", []byte(fmt.Sprintf("country: DE\ntrunks: {a: {server: x.example, numbers: [%q]}}\n", text)))
		if (err == nil) != (want != Range{}) || err == nil && book.Trunks[0].Numbers[0] != want {
			t.Errorf("%q: %+v, %v", text, book, err)
		}
	}
}

// TestServers: which texts are HOST or HOST:PORT.
func TestServers(t *testing.T) {
	for server, domain := range map[string]string{
		"sip.example.com": "sip.example.com", "sip.example.com:5061": "sip.example.com", "192.0.2.1": "192.0.2.1", "192.0.2.1:5060": "192.0.2.1",
		"[2001:db8::1]": "[2001:db8::1]", "[2001:db8::1]:5060": "[2001:db8::1]", "pbx": "pbx",
		"sip:x.example": "", "SIPS:x.example": "", "x.example;transport=tls": "", "2001:db8::1": "", "x.example:0": "", "x.example:65536": "", "x.example:": "",
		"u@x.example": "", "-x.example": "", "x..example": "", "192.0.2.256": "", "[192.0.2.1]": "", "[fe80::1%eth0]": "", "x.example:5060:5061": "", "a b": "", "[2001:db8::1": "", "x,y": "",
	} {
		book, err := parse("t.yaml", []byte(fmt.Sprintf("trunks: {a: {server: %q}}\n", server)))
		if (err == nil) != (domain != "") || err == nil && book.Trunks[0].Domain != domain {
			t.Errorf("%q: %+v, %v", server, book, err)
		}
		if err != nil && strings.Contains(err.Error(), server) {
			t.Errorf("%q is told: %v", server, err)
		}
	}
}

func TestSource(t *testing.T) {
	for text, want := range map[string]string{"192.0.2.1": "192.0.2.1", "192.0.2.0/24": "192.0.2.0/24", "192.0.2.1:5060": "192.0.2.1:5060", "2001:db8::1": "2001:db8::1",
		"[2001:db8::1]": "2001:db8::1", "[2001:db8::1]:5060": "[2001:db8::1]:5060", "2001:db8::/32": "2001:db8::/32", "::ffff:192.0.2.1": "192.0.2.1", "192.0.2.1/32": "192.0.2.1",
		"x.example": "", "192.0.2.1:0": "", "192.0.2.1:x": "", "192.0.2.0/33": "", "fe80::1%eth0": "", "": "", "[192.0.2.1": "", "::ffff:192.0.2.0/120": ""} {
		s, ok := source(text)
		if ok != (want != "") || ok && s.String() != want {
			t.Errorf("%q: %v, %v", text, s, ok)
		}
	}
}

// TestOverlap: two trunks overlap as their networks and ports do, whatever the
// order in the file.
func TestOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entry := rapid.Custom(func(t *rapid.T) Source {
			bits := rapid.SampledFrom([]int{32, 32, 31, 30, 29}).Draw(t, "bits")
			a := netip.AddrFrom4([4]byte{192, 0, 2, byte(rapid.IntRange(0, 15).Draw(t, "address"))})
			s := Source{Network: netip.PrefixFrom(a, bits).Masked()}
			if bits == 32 {
				s.Port = rapid.SampledFrom([]int{0, 5060, 5080}).Draw(t, "port")
			}
			return s
		})
		trunks := rapid.SliceOfN(rapid.SliceOfN(entry, 1, 3), 2, 4).Draw(t, "trunks")
		var b strings.Builder
		b.WriteString("trunks:\n")
		want := false
		for i, from := range trunks {
			fmt.Fprintf(&b, "  t%d: {from: [", i)
			for j, s := range from {
				fmt.Fprintf(&b, "%s%q", strings.Repeat(", ", min(j, 1)), s)
				for _, other := range trunks[:i] {
					for _, o := range other {
						want = want || o.Network.Overlaps(s.Network) && (o.Port == 0 || s.Port == 0 || o.Port == s.Port)
					}
				}
			}
			b.WriteString("]}\n")
		}
		_, err := parse("t.yaml", []byte(b.String()))
		if (err != nil) != want {
			t.Fatalf("%s%v, not %v", b.String(), err, want)
		}
	})
}

// TestPresets: each preset, with what only the customer knows, is a trunk without
// findings.
func TestPresets(t *testing.T) {
	if _, found := readPresets(presetsText); len(found) > 0 {
		t.Fatal(found)
	}
	all := Presets()
	if len(all) < 20 {
		t.Error(len(all))
	}
	for _, p := range all {
		if _, err := time.Parse(time.DateOnly, p.LookedUp); err != nil || p.Source == "" || !strings.HasSuffix(p.Note, ".") || strings.Contains(p.Note, "\n") || p.Name == "" {
			t.Errorf("%+v: %v", p, err)
		}
		f := presets()[p.Name]
		text := "country: DE\ntrunks:\n  one:\n    preset: " + p.Name + "\n    numbers: [\"+4930555\"]\n"
		if f.Server.missing() {
			text += "    server: x.example\n"
		}
		if f.SignIn.value != string(Address) {
			text += "    user: u\n    password: {env: PASSWORD}\n"
		}
		book, err := parse("t.yaml", []byte(text))
		if err != nil || len(book.Warnings) > 0 || book.Trunks[0].Preset != p.Name {
			t.Errorf("%s: %+v, %v", p.Name, book, err)
		}
	}
}

// TestPresetFillsOnly: what a trunk says stands, and the preset adds the rest.
func TestPresetFillsOnly(t *testing.T) {
	book, err := parse("t.yaml", []byte("trunks: {a: {preset: telekom-companyflex, user: u, password: {env: PASSWORD}, transport: tcp, media: plain, media_sec: no, writes: {in: international}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := book.Trunks[0]
	if got.Transport != TransportTCP || got.Media != MediaPlain || got.MediaSec || got.Writes.In != FormInternational || got.Writes.Out != FormPlus || got.Server != "tel.t-online.de" || got.CallerID != InPPI {
		t.Errorf("%+v", got)
	}
}

// TestIs: which files are of trunks, also while they are broken.
func TestIs(t *testing.T) {
	for text, want := range map[string]bool{"trunks:\n  a: {}\n": true, "country: DE\n\"trunks\": {a: {}}": true, "{trunks: {a: {}}}": true, "trunks: [\nx": true, "\ufefftrunks:\r\n": true,
		"trunks: {}\nnodes: {}\n": false, "nodes: {}": false, "prompts:\n  trunks: x\n": false, "": false, "# trunks:\n": false} {
		if got := Is([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if !Is(Example) {
		t.Error("the example is not of trunks")
	}
}

// TestSecretsStay: wherever a password is written, and whatever else is in the file,
// no finding and no print of the book holds it.
func TestSecretsStay(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`S3[a-zA-Z0-9]{10}[ -~]{0,10}`).Draw(t, "secret") + rapid.SampledFrom([]string{"", " ", "\n", "\nx", "\x00", "\xff", "é"}).Draw(t, "end")
		if err := os.WriteFile(filepath.Join(dir, "secret"), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
		core := secret[:12]
		password := rapid.SampledFrom([]string{"{env: PASSWORD}", "{file: secret}", core, "'" + core + "'", core + " # x", "{env: " + core + "}", "{file: " + core + "}", "[" + core + "]",
			"{" + core + ": x}", "{file: secret, env: PASSWORD}", "{file: " + core + "\t}", "|\n      " + core}).Draw(t, "password")
		user := rapid.SampledFrom([]string{"u", core, core + ";", core + " # x", "\"" + core + " \\n\"", "[" + core + "]", "{" + "a: " + core + "}", core + "@x"}).Draw(t, "user")
		field := rapid.SampledFrom([]string{"", "server: \"sip:u:" + core + "@x.example\"", "sign_in: regster", "colour: red", "media: encrypt", "preset: twilio"}).Draw(t, "field")
		text := fmt.Sprintf("trunks:\n  a:\n    %s\n    user: %s\n    auth_user: %s\n    password: %s\n    sign_in: digest\n    server: y.example\n", field, user, user, password)
		if strings.Contains(field, "server") || strings.Contains(field, "sign_in") {
			text = strings.Replace(text, "    sign_in: digest\n    server: y.example\n", "", 1)
		}
		book, err := Parse(filepath.Join(dir, "trunks.yaml"), []byte(text), Environment(func(name string) (string, bool) { return secret, name == "PASSWORD" }))
		if err != nil && strings.Contains(err.Error(), core) {
			t.Fatalf("%s\n%v", text, err)
		}
		if book != nil {
			book.Trunks[0].User, book.Trunks[0].AuthUser = "", "" // these may be seen, other than the password
			if printed := fmt.Sprintf("%v %+v %#v %+v", book, book, book, book.Trunks[0]); strings.Contains(printed, core) {
				t.Fatal(printed)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(Example)
	paths, _ := filepath.Glob("testdata/*.yaml")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		book, err := Parse("testdata/fuzz.yaml", text, Environment(func(string) (string, bool) { return "hunter2hunter2", true }))
		var found yamlfile.Findings
		switch {
		case err == nil:
			if len(book.Trunks) == 0 || book.Warnings.Refuses() {
				t.Fatalf("accepted, and not whole: %+v", book)
			}
			if !strings.Contains(string(text), "hunter2") && strings.Contains(fmt.Sprintf("%+v %#v", book, book), "hunter2") {
				t.Fatal("a print of the book holds the password")
			}
		case !errors.As(err, &found) || !found.Refuses():
			t.Fatalf("refused without a reason: %v", err)
		case !strings.Contains(string(text), "hunter2") && strings.Contains(err.Error(), "hunter2"):
			t.Fatal("a finding holds the password")
		}
	})
}

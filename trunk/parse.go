package trunk

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/goccy/go-yaml/ast"

	"presszero/call/number"
	"presszero/internal/yamlfile"
)

// Limits of the file. What is larger is a mistake.
const (
	maxFile     = 1 << 20 // bytes
	maxFindings = 100     // told; if there are more, these are repaired first
)

var kind = yamlfile.Kind{Name: "trunks.yaml", File: "trunks.yaml", Schema: "trunks.schema.json"}

// Option changes how a file is read.
type Option func(*reader)

// Country is how numbers without a country are read where the file does not say:
// two capital letters of ISO 3166, as DE. "" reads only numbers with + or 00.
func Country(code string) Option { return func(r *reader) { r.country = code } }

// Environment is where passwords of the form {env: NAME} are looked up; without
// this option, in the environment of the process.
func Environment(lookup func(name string) (value string, ok bool)) Option {
	return func(r *reader) { r.env = lookup }
}

// Load reads and checks the file, which has at most 1 MiB, and the files that it
// names. The error is yamlfile.Findings when the file can be read but must not be
// used; Book.Warnings holds what else was found.
func Load(file string, options ...Option) (*Book, error) {
	text, err := readFile(file, maxFile)
	if err != nil {
		return nil, fmt.Errorf("the file of trunks %s cannot be read: %w", file, err)
	}
	return Parse(file, text, options...)
}

// Parse reads and checks the text of a file. name stands in the findings, and its
// folder is where relative paths in the text begin. Passwords and certificates are
// read from where the text says. Errors are as with Load.
func Parse(name string, text []byte, options ...Option) (*Book, error) {
	r := &reader{name: name, env: os.LookupEnv, book: &Book{}}
	for _, o := range options {
		o(r)
	}
	if len(text) > maxFile {
		r.addFinding(nil, yamlfile.Refused, "size", fmt.Sprintf("the file has more than the %d bytes that it may have; is it the right file?", maxFile))
		return nil, r.found
	}
	body, found := yamlfile.Decode(name, text, &r.file, kind)
	r.found = found
	if body != nil {
		r.build()
	}
	found = r.found.Sorted()
	if found.Refuses() {
		return nil, found.First(maxFindings)
	}
	r.book.Warnings = found
	return r.book, nil
}

var (
	hasTrunks = regexp.MustCompile(`(?m)^(\{\s*)?["']?trunks["']?\s*:`)
	hasNodes  = regexp.MustCompile(`(?m)^["']?nodes["']?\s*:`)
)

// Is reports whether a text is a file of trunks rather than a flow: whether it has
// trunks and no nodes at its top. It may be broken otherwise.
func Is(text []byte) bool {
	plain, _, why := yamlfile.PlainText(text)
	return why == "" && hasTrunks.Match(plain) && !hasNodes.Match(plain)
}

// reader makes a Book of a file.
type reader struct {
	name    string
	country string
	env     func(string) (string, bool)
	numbers number.Reader
	file    file
	book    *Book
	found   yamlfile.Findings
}

func (r *reader) addFinding(at ast.Node, severity yamlfile.Severity, code, what string) {
	f := yamlfile.Finding{File: r.name, Severity: severity, Code: code, What: what}
	if at != nil && at.GetToken() != nil && at.GetToken().Position != nil {
		f.Line, f.Column = at.GetToken().Position.Line, at.GetToken().Position.Column
	}
	r.found = append(r.found, f)
}

func (r *reader) refuse(at ast.Node, code, format string, args ...any) {
	r.addFinding(at, yamlfile.Refused, code, fmt.Sprintf(format, args...))
}

func (r *reader) warnAt(at ast.Node, code, format string, args ...any) {
	r.addFinding(at, yamlfile.Warning, code, fmt.Sprintf(format, args...))
}

// build takes the file into the book, and notes all that is wrong.
func (r *reader) build() {
	r.readCountry()
	r.readTLS()
	if len(r.file.Trunks) == 0 && !r.found.Refuses() {
		r.refuse(nil, "no-trunks", "the file has no trunks; write at least one below trunks, as the example does")
	}
	for i := range r.file.Trunks {
		r.book.Trunks = append(r.book.Trunks, r.trunk(&r.file.Trunks[i]))
	}
	r.compareSources()
	r.compareNumbers()
	r.compareAccounts()
	r.readRoutes()
	r.readShow()
	if e := r.file.Emergency; !e.missing() && !e.bad {
		r.book.Emergency = e.value
		r.outgoing(e, "emergency")
	}
}

func (r *reader) readCountry() {
	r.book.Country = r.country
	c := r.file.Country
	if !c.missing() && !c.bad {
		r.book.Country = c.value
	}
	var err error
	if r.numbers, err = number.New(r.book.Country); err != nil {
		r.refuse(c.at, "country", "country: %v", err)
		r.book.Country = ""
	}
}

// resolvePath is where a file that is named in this one is. It is absolute where that can
// be told, since Asterisk runs in another folder.
func (r *reader) resolvePath(name string) string {
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(r.name), name)
	}
	if abs, err := filepath.Abs(name); err == nil {
		return abs
	}
	return name
}

// readFile returns what a file holds, if it is a file and not larger than most
// bytes. A named pipe is no file here, since opening it may wait for ever.
func readFile(path string, most int64) ([]byte, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is not a file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		return nil, fmt.Errorf("it has more than %d bytes; is it the right file?", most)
	}
	return text, err
}

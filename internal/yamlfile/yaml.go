package yamlfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxDepth is how deep brackets and indentation of a file may nest.
const maxDepth = 50

// Kind is what findings call a kind of file.
type Kind struct {
	Name   string // behind "a", as "flow"
	File   string // behind "a", as "flow file"
	Schema string // the name of the JSON Schema that tells what may stand in it
}

// Decode takes the text of a file into what into points to; name stands in the
// findings. With findings it is taken as far as it could be read; body is nil when
// nothing could be read.
//
// The types are structs with the tags yaml:"NAME" and form:"FORM" (see
// Decoder.Scalar), maps with keys of text, slices, pointers, texts, bools, ints from
// 0 to 999,999,999, and Readers.
func Decode(name string, text []byte, into any, kind Kind) (body ast.Node, found Findings) {
	refuse := func(line, column int, format string, args ...any) Findings {
		return Findings{{File: name, Line: line, Column: column, Severity: Refused, Code: "yaml", What: fmt.Sprintf(format, args...)}}
	}
	defer func() {
		if r := recover(); r != nil { // a file must not be able to stop the program
			body, found = nil, refuse(0, 0, "the file is not YAML that can be read (%v); start again from the example", r)
		}
	}()
	text, line, why := PlainText(text)
	if why != "" {
		return nil, refuse(line, 1, "%s", why)
	}
	if line := tooDeep(text); line > 0 {
		return nil, refuse(line, 1, "brackets or indentation are more than %d deep, which no %s needs; is it the right file?", maxDepth, kind.Name)
	}
	tokens := lexer.Tokenize(string(text))
	tree, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, Findings{yamlFinding(name, err, kind)}
	}
	if line := firstUnread(tokens, string(text)); line > 0 {
		return nil, refuse(line, 1, "a part of this line cannot be read; if it belongs to a text, a name or a key, quote it")
	}
	if at, why := notOneValue(tree, kind); why != "" {
		return nil, refuse(at.Line, at.Column, "%s", why)
	}
	body = tree.Docs[0].Body
	d := &Decoder{name: name, kind: kind}
	d.Decode(body, into, "")
	return body, d.found
}

// notOneValue says why a file is not one document without anchors and tags, and
// where; "" when it is.
func notOneValue(tree *ast.File, kind Kind) (at place, why string) {
	if len(tree.Docs) > 1 {
		return place{tree.Docs[1].GetToken().Position.Line, 1},
			fmt.Sprintf("a second document begins here; a %s has one, so remove the line --- (or if it belongs to a text, quote it)", kind.File)
	}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		return place{}, "the file is empty; start from the example"
	}
	var a aliases
	ast.Walk(&a, tree.Docs[0].Body)
	if a.at != nil {
		return *a.at, fmt.Sprintf("anchors, aliases and tags (&, *, << and !) are not read in a %s; write the value out, or quote it if it is a text", kind.Name)
	}
	return place{}, ""
}

// firstUnread returns the line of the first sign that the parser has passed over, or
// 0: all that is written in a file counts.
func firstUnread(tokens token.Tokens, text string) int {
	var read strings.Builder
	for _, t := range tokens {
		read.WriteString(t.Origin)
	}
	blank := func(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }
	line, had := 1, read.String()
	for i, at := 0, 0; i < len(text); i++ {
		if i > 0 && text[i-1] == '\\' && (at == len(had) || had[at] != text[i]) {
			i += len(escape.FindString(text[i:])) // of these the parser's tokens keep only the stroke
			if i == len(text) {
				break
			}
		}
		if text[i] == '\n' {
			line++
		}
		if blank(text[i]) {
			continue
		}
		for at < len(had) && blank(had[at]) {
			at++
		}
		if at == len(had) || had[at] != text[i] {
			return line
		}
		at++
	}
	return 0
}

// escape is a sign in a quoted text that is written by its number, behind the
// stroke.
var escape = regexp.MustCompile(`^(x[0-9a-fA-F]{2}|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`)

// PlainText returns a file's text as YAML defines it: in UTF-8 without a mark
// at the beginning, its lines ending in line feeds. why is told where it holds
// what no text holds.
func PlainText(text []byte) (plain []byte, line int, why string) {
	switch {
	case bytes.HasPrefix(text, []byte{0xFE, 0xFF}):
		text = fromUTF16(text[2:], binary.BigEndian)
	case bytes.HasPrefix(text, []byte{0xFF, 0xFE}):
		text = fromUTF16(text[2:], binary.LittleEndian)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	line = 1
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == '\n':
			line++
		case r == utf8.RuneError && size == 1:
			return nil, line, "this line is not in UTF-8; save the file as UTF-8"
		case r != '\t' && r < 0x20 || r >= 0x7F && r < 0xA0:
			return nil, line, fmt.Sprintf("this line holds the control character U+%04X, which nobody sees or hears; remove it, or quote it as \"\\u%04X\"", r, r)
		}
		i += size
	}
	return text, 0, ""
}

// fromUTF16 is for editors that write it.
func fromUTF16(text []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

// aliases finds the first anchor or alias: with them a page of text can stand
// for a gigabyte. A tag gives a value another type than it shows.
type aliases struct{ at *place }

// place is a line and a column.
type place struct{ Line, Column int }

func (a *aliases) Visit(n ast.Node) ast.Visitor {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
		if p := n.GetToken().Position; a.at == nil {
			a.at = &place{p.Line, p.Column}
		}
	}
	return a
}

// tooDeep returns the line where brackets or sequences nest too deep for a
// parser that calls itself, or 0.
func tooDeep(text []byte) int {
	depth, line, start := 0, 1, true
	for i, c := range text {
		switch c {
		case '\n':
			line, start = line+1, true
			continue
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		case '-', '?', ' ', ':':
		default:
			start = false
		}
		indented := start && i >= 2*maxDepth && blanks(text[i-2*maxDepth:i+1])
		if depth > maxDepth || indented {
			return line
		}
	}
	return 0
}

// blanks reports whether text is nothing but indentation and dashes.
func blanks(text []byte) bool { return len(bytes.Trim(text, " -?:")) == 0 }

func yamlFinding(name string, err error, kind Kind) Finding {
	found := Finding{File: name, Severity: Refused, Code: "yaml"}
	var located yaml.Error
	if !errors.As(err, &located) {
		found.What = err.Error()
	} else { // Error would print the source too, slowly
		found.What = located.GetMessage()
		if t := located.GetToken(); t != nil && t.Position != nil {
			found.Line, found.Column = t.Position.Line, t.Position.Column
		}
	}
	found.What, _, _ = strings.Cut(found.What, "\n")
	found.What += "; if it belongs to a text, a name or a key, quote it, else correct it as " + kind.Schema + " tells"
	return found
}

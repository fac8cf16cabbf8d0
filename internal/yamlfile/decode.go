package yamlfile

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Decoder takes what is written in a file into Go values. It is made by Decode,
// and handed to values that read themselves.
type Decoder struct {
	name  string // of the file, for findings
	kind  Kind
	found Findings
}

// Reader is a value that reads itself from a node, as one that is written in more
// than one form. Read is called only where something is written; form is that of
// the field's tag.
type Reader interface {
	Read(d *Decoder, node ast.Node, form string)
}

// Refuse notes that what is written at a node must not be used, with the code
// "yaml".
func (d *Decoder) Refuse(at ast.Node, format string, args ...any) {
	f := Finding{File: d.name, Severity: Refused, Code: "yaml", What: fmt.Sprintf(format, args...)}
	if p := at.GetToken().Position; p != nil {
		f.Line, f.Column = p.Line, p.Column
	}
	d.found = append(d.found, f)
}

// Decode takes a node into what into points to. What is not written leaves it as
// it is. form is "", or one of those of Scalar.
func (d *Decoder) Decode(node ast.Node, into any, form string) {
	d.decode(node, reflect.ValueOf(into).Elem(), form)
}

func (d *Decoder) decode(node ast.Node, v reflect.Value, form string) {
	if empty(node) {
		return
	}
	if w, ok := v.Addr().Interface().(Reader); ok {
		w.Read(d, node, form)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(node, v.Elem(), form)
	case reflect.String:
		if s, ok := d.Scalar(node, form); ok {
			v.SetString(s)
		}
	case reflect.Bool:
		d.boolean(node, v)
	case reflect.Int:
		d.integer(node, v)
	case reflect.Slice:
		d.decodeSlice(node, v, form)
	case reflect.Map:
		d.Entries(node, func(key string, _, value ast.Node) {
			if v.IsNil() {
				v.Set(reflect.MakeMap(v.Type()))
			}
			one := reflect.New(v.Type().Elem()).Elem()
			d.decode(value, one, form)
			v.SetMapIndex(reflect.ValueOf(key), one)
		})
	case reflect.Struct:
		d.fields(node, v)
	default:
		panic("yamlfile: no form for a " + v.Kind().String())
	}
}

// empty reports whether nothing is written where a value could be.
func empty(node ast.Node) bool {
	return node == nil || node.GetToken().Type == token.ImplicitNullType
}

// Scalar returns the text of a scalar as it is written, and whether it could be
// kept; if not, a finding says why. The form "text" is of words for people or
// programs, in which a # may be meant; the form "secret" is of a value that no finding
// quotes.
func (d *Decoder) Scalar(node ast.Node, form string) (string, bool) {
	switch n := node.(type) {
	case *ast.LiteralNode:
		text := n.Value.GetToken().Value
		if words(text) == "" {
			d.Refuse(node, "nothing is written behind the %s, which begins a text of several lines; write the text, or if the sign is meant, quote it", n.GetToken().Value)
			return "", false
		}
		return text, true
	case *ast.NullNode:
		d.Refuse(node, "%s is nothing to YAML; quote it if the word is meant, or remove the line", n.GetToken().Value)
		return "", false
	case ast.MapNode:
		d.Refuse(node, "a single value belongs here, not several with names; if it is a text with a colon or braces in it, quote it")
		return "", false
	case ast.ArrayNode:
		d.Refuse(node, "a single value belongs here, not a list; if it is a text with brackets or a dash in front, quote it")
		return "", false
	}
	return d.plainScalar(node, form)
}

// plainScalar returns the text of a scalar on one line, quoted or not, and refuses
// one of which the parser has lost a part.
func (d *Decoder) plainScalar(node ast.Node, form string) (string, bool) {
	t := node.GetToken()
	next := t.Next
	if next != nil && next.Position.Line != lastLine(t) {
		next = nil
	}
	switch {
	case t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType:
		if !wholeQuoted(t) || next != nil && !closes(next) {
			d.Refuse(node, "what stands behind this quoted text would be lost; quote it as one text, in double quotes, or take it away")
			return "", false
		}
	case strings.Contains(strings.Trim(t.Origin, " \t\n"), "\t") || words(t.Value) != words(t.Origin) || strings.Contains(words(t.Value), " #"): // the parser loses tabs, and keeps some comments
		if form == "secret" {
			d.Refuse(node, "this value cannot be kept as it is written; quote it, or remove the tabs or the # in it")
			return "", false
		}
		d.Refuse(node, "%q cannot be kept as it is written; quote it, or remove the tabs or the # in it", words(t.Origin))
		return "", false
	case form == "text" && next != nil && next.Type == token.CommentType:
		d.Refuse(node, "the text ends here after %q, since a # behind a space begins a comment; if it belongs to the text, quote it, else move the comment to a line of its own", ending(t.Value, 20))
		return "", false
	}
	return t.Value, true
}

// wholeQuoted reports whether the parser has kept a quoted text with nothing
// before or behind it, and all of its words.
func wholeQuoted(t *token.Token) bool {
	text, mark := strings.TrimSpace(t.Origin), `"`
	if t.Type == token.SingleQuoteType {
		mark = "'"
	}
	if len(text) < 2 || !strings.HasPrefix(text, mark) || !strings.HasSuffix(text, mark) {
		return false
	}
	return mark == `"` || words(strings.ReplaceAll(text[1:len(text)-1], "''", "'")) == words(t.Value)
}

// closes reports whether a token may stand behind a quoted text on its line.
func closes(t *token.Token) bool {
	switch t.Type {
	case token.CommentType, token.CollectEntryType, token.MappingEndType, token.SequenceEndType, token.MappingValueType:
		return true
	}
	return false
}

// words is a text with every run of blanks and line ends as one blank.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// lastLine is the line on which a plain scalar ends.
func lastLine(t *token.Token) int {
	return t.Position.Line + strings.Count(strings.TrimSpace(t.Origin), "\n")
}

// ending is the end of a text, for a finding.
func ending(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return "…" + string(r[len(r)-most:])
	}
	return text
}

func (d *Decoder) boolean(node ast.Node, v reflect.Value) {
	s, ok := d.Scalar(node, "")
	switch {
	case !ok:
	case s == "true" || s == "false":
		v.SetBool(s == "true")
	default:
		d.Refuse(node, "%q is neither true nor false; write one of the two (only where a text belongs, quote it)", s)
	}
}

var wholeNumber = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)

func (d *Decoder) integer(node ast.Node, v reflect.Value) {
	s, ok := d.Scalar(node, "")
	switch {
	case !ok:
	case wholeNumber.MatchString(s):
		n, _ := strconv.Atoi(s) // nine digits always fit
		v.SetInt(int64(n))
	default:
		d.Refuse(node, "%q is not a count as it is written here: plain digits, like 4, without 0 or a sign in front and at most nine (a telephone number or a code is a text: there, quote it)", s)
	}
}

func (d *Decoder) decodeSlice(node ast.Node, v reflect.Value, form string) {
	if _, ok := node.(ast.ArrayNode); ok {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	d.List(node, func(entry ast.Node) {
		one := reflect.New(v.Type().Elem()).Elem()
		d.decode(entry, one, form)
		v.Set(reflect.Append(v, one))
	})
}

// List calls f with each entry of a list.
func (d *Decoder) List(node ast.Node, f func(entry ast.Node)) {
	list, ok := node.(ast.ArrayNode)
	if !ok {
		d.Refuse(node, "a list belongs here; write it with brackets, like [a, b]; if a text in it has signs like , or : in it, quote it")
		return
	}
	for it := list.ArrayRange(); it.Next(); {
		if empty(it.Value()) {
			d.Refuse(node, "an entry of this list is empty; write it, or remove it; if it is a sign like #, quote it")
			continue
		}
		f(it.Value())
	}
}

// Entries calls f with each key of a mapping, as it is written and in the order
// of the file, with the node of the key and that of its value.
func (d *Decoder) Entries(node ast.Node, f func(key string, at, value ast.Node)) {
	m, ok := node.(ast.MapNode)
	if !ok {
		d.Refuse(node, "names with values belong here, like `name: value`; a colon needs a space behind it, and if a name has signs in it, quote it")
		return
	}
	had := map[string]bool{}
	for it := m.MapRange(); it.Next(); {
		at := ast.Node(it.Key())
		if _, complex := at.(*ast.MappingKeyNode); complex {
			d.Refuse(at, "a key that begins with ? is not read in a %s; if ? is part of the key, quote it", d.kind.Name)
			continue
		}
		key, ok := d.Scalar(at, "")
		if !ok {
			continue
		}
		if split(at.GetToken()) {
			d.Refuse(at, "%q ends at a colon with nothing behind it; put a space behind the colon, or if it belongs to the key, quote it", key)
			continue
		}
		if had[key] {
			d.Refuse(at, "%q is here twice; remove one of them (if two numbers or texts only look alike to YAML, quote it)", key)
			continue
		}
		had[key] = true
		f(key, at, it.Value())
	}
}

// split reports whether the colon behind a plain key has no space behind it, as
// in {12:30: lunch}, where the parser ends the key too early.
func split(key *token.Token) bool {
	colon := key.Next
	if key.Type == token.SingleQuoteType || key.Type == token.DoubleQuoteType || colon == nil || colon.Next == nil {
		return false
	}
	next := colon.Next
	return next.Type != token.ImplicitNullType && next.Position.Line == colon.Position.Line && strings.TrimLeft(next.Origin, " \t\n") == next.Origin
}

// fields takes a mapping into a struct and those embedded in it, and tells which
// names are unknown.
func (d *Decoder) fields(node ast.Node, v reflect.Value) {
	known := map[string]reflect.StructField{}
	for _, field := range reflect.VisibleFields(v.Type()) {
		if name := field.Tag.Get("yaml"); name != "" {
			known[name] = field
		}
	}
	d.Fields(node, slices.Sorted(maps.Keys(known)), func(key string, value ast.Node) {
		d.decode(value, v.FieldByIndex(known[key].Index), known[key].Tag.Get("form"))
	})
}

// Fields calls f with each key of a mapping that is one of those known, which
// are in order, and with its value. Of the other keys a finding says so.
func (d *Decoder) Fields(node ast.Node, known []string, f func(key string, value ast.Node)) {
	d.Entries(node, func(key string, at, value ast.Node) {
		if _, ok := slices.BinarySearch(known, key); !ok {
			d.Refuse(at, "%s", unknownField(key, known))
			return
		}
		f(key, value)
	})
}

func unknownField(key string, known []string) string {
	if near := Nearest(key, known); near != "" {
		return fmt.Sprintf("unknown field %q; did you mean %s?", key, near)
	}
	return fmt.Sprintf("unknown field %q; the fields here are %s", key, strings.Join(known, ", "))
}

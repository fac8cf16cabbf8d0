package ivr

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// decoder takes what is written in a flow file into Go values. YAML has types
// of its own: to it 0301234567 is the number 50674039, +34 loses its sign, and
// a text ends before " #". A flow means what its author sees, so each scalar is
// the text that stands in the file; where YAML cannot keep that text, it is
// refused, and the author is told to quote it.
//
// All faults are noted, not only the first.
type decoder struct {
	name  string // of the file, for findings
	found Findings
}

// written is a value that is read in more than one form.
type written interface {
	read(d *decoder, node ast.Node)
}

func (d *decoder) refuse(at ast.Node, format string, args ...any) {
	f := Finding{File: d.name, Severity: Refused, Code: "yaml", What: fmt.Sprintf(format, args...)}
	if p := at.GetToken().Position; p != nil {
		f.Line, f.Column = p.Line, p.Column
	}
	d.found = append(d.found, f)
}

// decode takes a node into v. What is not written leaves v as it is.
func (d *decoder) decode(node ast.Node, v reflect.Value, form string) {
	if empty(node) {
		return
	}
	if w, ok := v.Addr().Interface().(written); ok {
		w.read(d, node)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(node, v.Elem(), form)
	case reflect.String:
		if s, ok := d.scalar(node, form); ok {
			v.SetString(s)
		}
	case reflect.Bool:
		d.boolean(node, v)
	case reflect.Int:
		d.integer(node, v)
	case reflect.Slice:
		d.list(node, v, form)
	case reflect.Map:
		d.entries(node, func(key string, _, value ast.Node) {
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
		panic("ivr: no form for a " + v.Kind().String())
	}
}

// empty reports whether nothing is written where a value could be.
func empty(node ast.Node) bool {
	return node == nil || node.GetToken().Type == token.ImplicitNullType
}

// scalar returns the text of a scalar as it is written. The form "text" is of
// words for people or programs, in which a # may be meant.
func (d *decoder) scalar(node ast.Node, form string) (string, bool) {
	switch n := node.(type) {
	case *ast.LiteralNode:
		text := n.Value.GetToken().Value
		if words(text) == "" {
			d.refuse(node, "nothing is written behind the %s, which begins a text of several lines; write the text, or if the sign is meant, quote it", n.GetToken().Value)
			return "", false
		}
		return text, true
	case *ast.NullNode:
		d.refuse(node, "%s is nothing to YAML; quote it if the word is meant, or remove the line", n.GetToken().Value)
		return "", false
	case ast.MapNode:
		d.refuse(node, "a single value belongs here, not several with names; if it is a text with a colon or braces in it, quote it")
		return "", false
	case ast.ArrayNode:
		d.refuse(node, "a single value belongs here, not a list; if it is a text with brackets or a dash in front, quote it")
		return "", false
	}
	t := node.GetToken()
	next := t.Next
	if next != nil && next.Position.Line != lastLine(t) {
		next = nil
	}
	switch {
	case t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType:
		if !wholeQuoted(t) || next != nil && !closes(next) {
			d.refuse(node, "what stands behind this quoted text would be lost; quote it as one text, in double quotes, or take it away")
			return "", false
		}
	case strings.Contains(strings.Trim(t.Origin, " \t\n"), "\t") || words(t.Value) != words(t.Origin) || strings.Contains(words(t.Value), " #"): // the parser loses tabs, and keeps some comments
		d.refuse(node, "%q cannot be kept as it is written; quote it, or remove the tabs or the # in it", words(t.Origin))
		return "", false
	case form == "text" && next != nil && next.Type == token.CommentType:
		d.refuse(node, "the text ends here after %q, since a # behind a space begins a comment; if it belongs to the text, quote it, else move the comment to a line of its own", ending(t.Value, 20))
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

func (d *decoder) boolean(node ast.Node, v reflect.Value) {
	s, ok := d.scalar(node, "")
	switch {
	case !ok:
	case s == "true" || s == "false":
		v.SetBool(s == "true")
	default:
		d.refuse(node, "%q is neither true nor false; write one of the two (only where a text belongs, quote it)", s)
	}
}

var wholeNumber = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)

func (d *decoder) integer(node ast.Node, v reflect.Value) {
	s, ok := d.scalar(node, "")
	switch {
	case !ok:
	case wholeNumber.MatchString(s):
		n, _ := strconv.Atoi(s) // nine digits always fit
		v.SetInt(int64(n))
	default:
		d.refuse(node, "%q is not a count as it is written here: plain digits, like 4, without 0 or a sign in front and at most nine (a telephone number or a code is a text: there, quote it)", s)
	}
}

func (d *decoder) list(node ast.Node, v reflect.Value, form string) {
	list, ok := node.(ast.ArrayNode)
	if !ok {
		d.refuse(node, "a list belongs here; write it with brackets, like [a, b]; if a text in it has signs like , or : in it, quote it")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for it := list.ArrayRange(); it.Next(); {
		one := reflect.New(v.Type().Elem()).Elem()
		if empty(it.Value()) {
			d.refuse(node, "an entry of this list is empty; write it, or remove it; if it is a sign like #, quote it")
			continue
		}
		d.decode(it.Value(), one, form)
		v.Set(reflect.Append(v, one))
	}
}

// entries calls f with each key of a mapping, as it is written.
func (d *decoder) entries(node ast.Node, f func(key string, at, value ast.Node)) {
	m, ok := node.(ast.MapNode)
	if !ok {
		d.refuse(node, "names with values belong here, like `name: value`; a colon needs a space behind it, and if a name has signs in it, quote it")
		return
	}
	had := map[string]bool{}
	for it := m.MapRange(); it.Next(); {
		at := ast.Node(it.Key())
		if _, complex := at.(*ast.MappingKeyNode); complex {
			d.refuse(at, "a key that begins with ? is not read in a flow; if ? is part of the key, quote it")
			continue
		}
		key, ok := d.scalar(at, "")
		if !ok {
			continue
		}
		if split(at.GetToken()) {
			d.refuse(at, "%q ends at a colon with nothing behind it; put a space behind the colon, or if it belongs to the key, quote it", key)
			continue
		}
		if had[key] {
			d.refuse(at, "%q is here twice; remove one of them (if two numbers or texts only look alike to YAML, quote it)", key)
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

// fields takes a mapping into a struct, and tells which names are unknown.
func (d *decoder) fields(node ast.Node, v reflect.Value) {
	known := map[string]int{}
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("yaml"); name != "" {
			known[name] = i
		}
	}
	d.entries(node, func(key string, at, value ast.Node) {
		i, ok := known[key]
		if !ok {
			d.refuse(at, "%s", unknownField(key, keys(known)))
			return
		}
		d.decode(value, v.Field(i), v.Type().Field(i).Tag.Get("form"))
	})
}

func unknownField(key string, known []string) string {
	if near := nearest(key, known); near != "" {
		return fmt.Sprintf("unknown field %q; did you mean %s?", key, near)
	}
	return fmt.Sprintf("unknown field %q; the fields here are %s", key, strings.Join(known, ", "))
}

// didYouMean is the end of a finding about a name that is not there: the
// nearest of those that are, if one is near.
func didYouMean(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf(" (did you mean %s?)", near)
	}
	return ""
}

// nearest returns the known name that differs least from name, by letters
// added, left out, changed or swapped; "" when none has most letters in common.
func nearest(name string, known []string) string {
	best, least := "", len(name)/3+1
	plain := strings.NewReplacer("-", "_", " ", "_", "\u00a0", "")
	for _, k := range known {
		if d := distance(plain.Replace(strings.ToLower(name)), plain.Replace(k)); d <= least && d < len(k) && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best
}

// distance is the Damerau-Levenshtein distance (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return 64
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}

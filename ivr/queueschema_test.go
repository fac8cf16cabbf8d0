package ivr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

// schemaNode is a schema of JSON Schema, as far as queues need it; in the order
// in which it is written.
type schemaNode struct {
	Description          string           `json:"description,omitempty"`
	Ref                  string           `json:"$ref,omitempty"`
	Type                 string           `json:"type,omitempty"`
	PropertyNames        *schemaNode      `json:"propertyNames,omitempty"`
	AdditionalProperties any              `json:"additionalProperties,omitempty"`
	Properties           schemaProperties `json:"properties,omitempty"`
	Required             []string         `json:"required,omitempty"`
	Enum                 []any            `json:"enum,omitempty"`
	Pattern              string           `json:"pattern,omitempty"`
	Minimum              *int             `json:"minimum,omitempty"`
	Maximum              *int             `json:"maximum,omitempty"`
	Deprecated           bool             `json:"deprecated,omitempty"`
	OneOf                []schemaNode     `json:"oneOf,omitempty"`
	Items                *schemaNode      `json:"items,omitempty"`
	MaxItems             int              `json:"maxItems,omitempty"`
}

// schemaProperties keep their order.
type schemaProperties []schemaProperty

type schemaProperty struct {
	name string
	of   schemaNode
}

func (list schemaProperties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(p.name)
		b.Write(append(name, ':'))
		if err := plainJSON(&b, "", "", p.of); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plainJSON writes < and & as they are.
func plainJSON(b *bytes.Buffer, prefix, indent string, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	e.SetIndent(prefix, indent)
	return e.Encode(v)
}

// queueSchema makes the schema of a queue of call.QueueSettings.
type queueSchema struct {
	comments map[string]string // of a field, by "Type.name in the flow file"
}

// newQueueSchema reads the comments of the fields, which are the descriptions.
func newQueueSchema(t *testing.T) queueSchema {
	t.Helper()
	q := queueSchema{map[string]string{}}
	for _, path := range []string{"../call/queue.go", "../call/recordingrule.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		q.readComments(file)
	}
	return q
}

func (q queueSchema) readComments(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		declared, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if s, ok := declared.Type.(*ast.StructType); ok {
			for _, f := range s.Fields.List {
				if f.Tag != nil {
					name := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("flow")
					q.comments[declared.Name.Name+"."+name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
				}
			}
		}
		return true
	})
}

// object is the schema of a struct whose fields are settings.
func (q queueSchema) object(t reflect.Type) schemaNode {
	node := schemaNode{Type: "object", AdditionalProperties: false}
	for f := range t.Fields() {
		name := f.Tag.Get("flow")
		if f.Anonymous {
			node.Properties = append(node.Properties, q.object(f.Type).Properties...)
		}
		if name == "" {
			continue
		}
		of := q.value(f.Type, f.Tag)
		of.Description = q.description(t, f)
		of.Deprecated = f.Tag.Get("deprecated") != ""
		node.Properties = append(node.Properties, schemaProperty{name, of})
		if f.Tag.Get("needed") != "" {
			node.Required = append(node.Required, name)
		}
	}
	return node
}

var refName, refTime, refExit, refLabel = schemaNode{Ref: "#/$defs/name"}, schemaNode{Ref: "#/$defs/duration"}, schemaNode{Ref: "#/$defs/exit"}, schemaNode{Ref: "#/$defs/label"}

// value is the schema of one setting.
func (q queueSchema) value(t reflect.Type, tag reflect.StructTag) schemaNode {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return refTime
	case t == reflect.TypeFor[call.Exit]():
		return refExit
	case t == reflect.TypeFor[call.Label]():
		return refLabel
	case t == reflect.TypeFor[call.RecordingRule]():
		return schemaNode{Ref: "#/$defs/recording"}
	case t == reflect.TypeFor[call.CustomerFirst]():
		return schemaNode{OneOf: []schemaNode{counted(tag), {Enum: []any{"never", "always"}}}}
	case t == reflect.TypeFor[call.Night](), t == reflect.TypeFor[call.Percent]():
		return schemaNode{Type: "string", Pattern: tag.Get("pattern")}
	}
	switch t.Kind() {
	case reflect.Int:
		return counted(tag)
	case reflect.Bool:
		return schemaNode{Type: "boolean"}
	case reflect.Slice:
		items := q.value(t.Elem(), reflect.StructTag(fmt.Sprintf(`words:%q`, tag.Get("words"))))
		list := schemaNode{Type: "array", Items: &items}
		if most := tag.Get("entries"); most != "" {
			list.MaxItems = call.SettingCount(most)
		}
		return list
	case reflect.Map:
		if of := t.Elem(); of.Kind() == reflect.Struct {
			return schemaNode{Type: "object", PropertyNames: &schemaNode{Pattern: "^[a-z]{2}$"}, AdditionalProperties: q.value(of, "")}
		}
		return schemaNode{Type: "object", PropertyNames: &refName, AdditionalProperties: refTime}
	case reflect.Struct:
		if hasWord(t) {
			return schemaNode{OneOf: []schemaNode{{Enum: []any{"off", false}}, q.object(t)}}
		}
		return q.object(t)
	}
	return textual(tag)
}

// textual is the schema of a text: a name, one of some words, or any.
func textual(tag reflect.StructTag) schemaNode {
	words := strings.Fields(tag.Get("words"))
	switch {
	case tag.Get("form") == "name":
		return refName
	case len(words) == 0:
		return schemaNode{Type: "string", Pattern: tag.Get("pattern")}
	}
	var one schemaNode
	for _, word := range words {
		one.Enum = append(one.Enum, word)
	}
	return one
}

func counted(tag reflect.StructTag) schemaNode {
	n := schemaNode{Type: "integer"}
	for name, into := range map[string]**int{"least": &n.Minimum, "most": &n.Maximum} {
		if text := tag.Get(name); text != "" {
			bound := call.SettingCount(text)
			*into = &bound
		}
	}
	return n
}

// description is the comment of a field, with bounds and default.
func (q queueSchema) description(t reflect.Type, f reflect.StructField) string {
	var more []string
	if least := f.Tag.Get("least"); least != "" && strings.HasSuffix(f.Type.String(), "time.Duration") {
		more = append(more, least+" to "+f.Tag.Get("most"))
	}
	if usual := f.Tag.Get("usual"); usual != "" {
		usual = strings.Join(strings.Fields(usual), ", ")
		more = append(more, "usually "+strings.ReplaceAll(usual, "=", " "))
	}
	text := q.comments[t.Name()+"."+f.Tag.Get("flow")]
	if len(more) == 0 {
		return text
	}
	return strings.TrimSuffix(text, ".") + "; " + strings.Join(more, ", ") + "."
}

// TestSchemaOfQueues: the part of flow.schema.json about queues is made of
// call.QueueSettings (go test -update writes it anew), and each field of it has
// a comment.
func TestSchemaOfQueues(t *testing.T) {
	schema, err := os.ReadFile("flow.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	q := newQueueSchema(t)
	for setting, comment := range q.comments {
		if comment == "" && !strings.HasSuffix(setting, ".") {
			t.Errorf("%s has no comment, which is its description in the schema", setting)
		}
	}
	house := q.object(reflect.TypeFor[call.HouseRecording]())
	house.Description = "Which talks are recorded, where neither a queue nor a number says otherwise."
	schema = putIn(t, schema, q.object(reflect.TypeFor[call.RecordingRule]()), "$defs", "recording")
	schema = putIn(t, schema, house, "properties", "recording")
	schema = putIn(t, schema, q.object(reflect.TypeFor[call.QueueSettings]()), "properties", "queues", "additionalProperties")
	golden(t, "flow.schema.json", string(schema))
}

// putIn puts a schema in the place of the value at a path of keys.
func putIn(t *testing.T, schema []byte, node schemaNode, path ...string) []byte {
	t.Helper()
	begin, end := placeIn(t, schema, path...)
	var b bytes.Buffer
	b.Write(schema[:begin])
	if err := plainJSON(&b, strings.Repeat("  ", len(path)), "  ", node); err != nil {
		t.Fatal(err)
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), schema[end:]...)
}

// placeIn returns where the value at a path of keys begins and ends in a JSON text.
func placeIn(t *testing.T, text []byte, path ...string) (begin, end int) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	var value json.RawMessage
	for _, key := range path {
		for token, err := d.Token(); token != key; token, err = d.Token() {
			if err != nil {
				t.Fatal(path, err)
			}
			if token != json.Delim('{') { // the value of another key
				var other json.RawMessage
				if err := d.Decode(&other); err != nil {
					t.Fatal(path, err)
				}
			}
		}
	}
	if err := d.Decode(&value); err != nil {
		t.Fatal(path, err)
	}
	return int(d.InputOffset()) - len(value), int(d.InputOffset())
}

// TestSchemaKnowsEveryQueueKey: the schema and the reader must not drift apart
// for queues and their parts, nor for exits, which are written by hand.
func TestSchemaKnowsEveryQueueKey(t *testing.T) {
	type node struct {
		Properties           map[string]*node
		AdditionalProperties any
		OneOf                []*node
		Items                *node
	}
	var doc struct {
		Properties struct {
			Queues struct{ AdditionalProperties node }
		}
		Defs map[string]node `json:"$defs"`
	}
	if err := json.Unmarshal(Schema, &doc); err != nil {
		t.Fatal(err)
	}
	queue := doc.Properties.Queues.AdditionalProperties
	part := func(key string) *node { return queue.Properties[key].OneOf[1] }
	exit := &node{Properties: map[string]*node{}}
	for _, way := range doc.Defs["exit"].OneOf {
		for key, of := range way.Properties {
			exit.Properties[key] = of
		}
	}
	for what, c := range map[string]struct {
		read any
		have *node
	}{
		"recording": {call.RecordingSettings{}, queue.Properties["recording"]}, "queue": {call.QueueSettings{}, &queue}, "sticky": {call.StickySettings{}, part("sticky")}, "announce": {call.AnnounceSettings{}, part("announce")},
		"callback": {call.CallbackSettings{}, part("callback")}, "overflow": {call.OverflowSettings{}, queue.Properties["overflow"]},
		"widen": {call.Widening{}, queue.Properties["widen"].Items}, "favourites": {call.Favourite{}, queue.Properties["favourites"].Items},
		"codes": {call.TalkCode{}, queue.Properties["codes"].Items}, "complaints": {call.ComplaintSettings{}, queue.Properties["complaints"]}, "pop": {call.PopSettings{}, queue.Properties["pop"]}, "lost": {call.LostSettings{}, queue.Properties["lost"]}, "staffing": {call.StaffingSettings{}, queue.Properties["staffing"]}, "limits": {call.LimitSettings{}, queue.Properties["limits"]}, "exit": {call.Exit{}, exit},
	} {
		want := sortedKeys(settingTypes(reflect.TypeOf(c.read)))
		if got := sortedKeys(c.have.Properties); !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %v, the reader %v", what, got, want)
		}
	}
}

// manualRow is a row of the tables of docs/flow.md about queues.
type manualRow struct{ setting, usual string }

// manualRows returns the rows of the table that begins with a heading.
func manualRows(t *testing.T, heading string) []manualRow {
	t.Helper()
	manual, err := os.ReadFile("../docs/flow.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(manual), "\n| "+heading+" |")
	if !ok {
		t.Fatalf("docs/flow.md has no table %q", heading)
	}
	table, _, _ = strings.Cut(table, "\n\n")
	var rows []manualRow
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(line, " | ")
		rows = append(rows, manualRow{strings.TrimPrefix(cells[0], "| "), cells[1]})
	}
	return rows
}

// TestManualOfQueues: docs/flow.md has every setting of a queue with its
// default, and no other.
func TestManualOfQueues(t *testing.T) {
	named := regexp.MustCompile("`([a-z_]+): ")
	for heading, of := range map[string]reflect.Type{"of a queue": reflect.TypeFor[call.QueueSettings](), "of `callback`": reflect.TypeFor[call.CallbackSettings](), "of `limits`": reflect.TypeFor[call.LimitSettings]()} {
		rows := manualRows(t, heading)
		for f := range of.Fields() {
			name := f.Tag.Get("flow")
			if name == "" || f.Tag.Get("deprecated") != "" {
				continue
			}
			i := slices.IndexFunc(rows, func(r manualRow) bool { return strings.Contains(r.setting, "`"+name+": ") })
			if i < 0 {
				t.Errorf("docs/flow.md has no row of %q in the table %q", name, heading)
				continue
			}
			rows[i].check(t, name, f)
		}
		for _, row := range rows {
			for _, name := range named.FindAllStringSubmatch(row.setting, -1) {
				if _, ok := settingTypes(of)[name[1]]; !ok {
					t.Errorf("docs/flow.md has %q in the table %q, but there is no such setting", name[1], heading)
				}
			}
		}
	}
}

// check holds a row against the defaults in the tags of a setting and its parts.
func (r manualRow) check(t *testing.T, name string, f reflect.StructField) {
	t.Helper()
	usual := f.Tag.Get("usual")
	want := []string{usual}
	switch kind := f.Type.Kind(); {
	case usual == "" && kind == reflect.Struct && name != "callback": // which has a table of its own
		for part := range f.Type.Fields() {
			r.check(t, part.Tag.Get("flow"), part)
		}
		return
	case usual == "":
		return
	case kind == reflect.Slice:
		want[0] = "[" + strings.Join(strings.Fields(usual), ", ") + "]"
	case kind == reflect.Map:
		want = strings.FieldsFunc(usual, func(r rune) bool { return r == ' ' || r == '=' })
	}
	if r.usual == "so" && !strings.Contains(r.setting, name+": "+want[0]) {
		t.Errorf("docs/flow.md: %s says that it is usual, which for %s is %s", r.setting, name, want[0])
	}
	for _, word := range want {
		if r.usual != "so" && !regexp.MustCompile(`\b`+regexp.QuoteMeta(word)+`\b`).MatchString(r.usual) {
			t.Errorf("docs/flow.md: of %s %q is usual, which is %s", name, r.usual, word)
		}
	}
}

package ivr

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"

	"presszero/call"
	"presszero/internal/yamlfile"
)

// fileQueue is a queue as it is written: the fields of call.QueueSettings.
type fileQueue struct{ written }

// Read reads the parts that call.QueueSettings declares.
func (q *fileQueue) Read(d *yamlfile.Decoder, node ast.Node, _ string) {
	q.written = written{of: reflect.TypeFor[call.QueueSettings]()}
	q.written.Read(d, node, "")
}

// fileRecording is what is written of recording for a number: the fields of
// call.RecordingSettings.
type fileRecording struct{ written }

// Read reads the parts that call.RecordingSettings declares.
func (r *fileRecording) Read(d *yamlfile.Decoder, node ast.Node, _ string) {
	r.written = readAs(d, node, reflect.TypeFor[call.RecordingSettings]())
}

// fileHouseRecording is what is written of recording for the house.
type fileHouseRecording struct{ written }

// Read reads the parts that call.HouseRecording declares.
func (r *fileHouseRecording) Read(d *yamlfile.Decoder, node ast.Node, _ string) {
	r.written = readAs(d, node, reflect.TypeFor[call.HouseRecording]())
}

// written is what stands in the file for a value of a queue's settings. A time,
// a name or a count is a text; the text of a part is the word in place of it.
type written struct {
	of    reflect.Type // of the setting; not of its use, but of how it is written
	text  string
	list  []written
	parts map[string]written
	label call.Label
}

// partAt is what is written of a part of a part.
func (w written) partAt(path ...string) written {
	for _, name := range path {
		w = w.parts[name]
	}
	return w
}

// count is what is written as a count, which the reader has seen to; 0 if nothing.
func (w written) count() int {
	n, _ := strconv.Atoi(w.text)
	return n
}

// Read reads what is written for a value of the type w.of.
func (w *written) Read(d *yamlfile.Decoder, node ast.Node, _ string) {
	_, whole := node.(ast.MapNode)
	switch kind := w.of.Kind(); {
	case kind == reflect.Bool:
		var is bool
		d.Decode(node, &is, "")
		w.text = strconv.FormatBool(is)
	case w.of == reflect.TypeFor[int]():
		var n int
		d.Decode(node, &n, "")
		w.text = strconv.Itoa(n)
	case kind == reflect.Slice:
		d.List(node, func(entry ast.Node) { w.list = append(w.list, readAs(d, entry, w.of.Elem())) })
	case w.of == reflect.TypeFor[call.Label]():
		var texts fileText
		d.Decode(node, &texts, "")
		w.label = call.Label(texts)
	case w.of == reflect.TypeFor[call.Template]():
		w.text, _ = d.Scalar(node, "text")
	case kind == reflect.Map:
		w.parts = map[string]written{}
		d.Entries(node, func(key string, _, value ast.Node) { w.parts[key] = readAs(d, value, w.of.Elem()) })
	case kind == reflect.Struct && (whole || !hasWord(w.of)) && w.of != reflect.TypeFor[call.Night]():
		types := settingTypes(w.of)
		w.parts = map[string]written{}
		d.Fields(node, slices.Sorted(maps.Keys(types)), func(key string, value ast.Node) { w.parts[key] = readAs(d, value, types[key]) })
	default:
		w.text, _ = d.Scalar(node, "")
	}
}

// readAs reads what is written for a value of a type, if anything is.
func readAs(d *yamlfile.Decoder, node ast.Node, t reflect.Type) written {
	w := written{of: t}
	d.Decode(node, &w, "")
	return w
}

// settingTypes returns the types of the settings in a struct, and in those that it
// embeds, by their names in the flow file.
func settingTypes(t reflect.Type) map[string]reflect.Type {
	types := map[string]reflect.Type{}
	for f := range t.Fields() {
		if f.Anonymous {
			maps.Copy(types, settingTypes(f.Type))
		}
		if name := f.Tag.Get("flow"); name != "" {
			types[name] = f.Type
		}
	}
	return types
}

// hasWord reports whether a part may be written as one word.
func hasWord(t reflect.Type) bool {
	for f := range t.Fields() {
		if f.Tag.Get("word") != "" {
			return true
		}
	}
	return false
}

// times returns the bounds of a setting that is a time, or of the times in it.
func times(f reflect.StructField) (least, most time.Duration) {
	return call.SettingTime(f.Tag.Get("least")), call.SettingTime(f.Tag.Get("most"))
}

package trunk

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("trunks.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("trunks.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate checks a YAML text against the schema, as an editor does.
func validate(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// TestSchemaAccepts: what is good must not be underlined in an editor.
func TestSchemaAccepts(t *testing.T) {
	s := schema(t)
	texts := map[string][]byte{"example.yaml": Example}
	paths, _ := filepath.Glob("testdata/good-*.yaml")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = text
	}
	for name, text := range texts {
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := parse("testdata/"+filepath.Base(name), text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaRefuses: where a word, a name or a form is wrong, an editor alone can
// tell, and Parse refuses it too.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	bad := []string{
		"trunks: {}", "country: DE", "country: Germany\ntrunks: {a: {server: x}}", "trunks: {A: {server: x}}", "trunks: {tls: {server: x}}", "trunks: {a: {sever: x}}",
		"trunks: {a: {server: 'sip:x'}}", "trunks: {a: {server: 'x;y'}}", "trunks: {a: {server: x, transport: sctp}}", "trunks: {a: {server: x, media: srtp}}",
		"trunks: {a: {server: x, preset: twillio}}", "trunks: {a: {server: x, sign_in: digest, user: u, password: literal}}", "trunks: {a: {server: x, sign_in: digest, user: u, password: {env: PASSWORD, file: x}}}",
		"trunks: {a: {server: x, sign_in: digest, user: 'a;b', password: {env: PASSWORD}}}", "trunks: {a: {from: [x.example]}}", "trunks: {a: {server: x, dialled_in: [a b]}}", "trunks: {a: {server: x, writes: {out: e164}}}",
		"trunks: {a: {server: x, writes: {prefix: abc}}}", "trunks: {a: {server: x, caller_id: clip}}", "trunks: {a: {server: x, trust: maybe}}", "trunks: {a: {server: x, codecs: [g729]}}", "trunks: {a: {server: x, codecs: [alaw, alaw]}}",
		"trunks: {a: {server: x, keys: info}}", "trunks: {a: {server: x, lead_in: 200}}", "trunks: {a: {server: x, limits: {channels: 10001}}}", "trunks: {a: {server: x, limits: {calls_per_second: -1}}}", "trunks: {a: {server: x, limits: {check: 20}}}",
		"trunks: {a: {server: x}}\nroutes: [{to: ['*']}]", "trunks: {a: {server: x}}\nroutes: [{to: [mobil], via: [a]}]", "trunks: {a: {server: x}}\nroutes: [{to: [], via: [a]}]", "trunks: {a: {server: x}}\nshow: {queues: {Sales: withheld}}",
		"tls: {certificate: certificate.pem}\ntrunks: {a: {server: x}}", "trunks: {a: {server: x}}\nemergency: A", "trunks: {a: {server: x, media_sec: 1}}",
	}
	for _, text := range bad {
		if validate(t, s, []byte(text)) == nil {
			t.Errorf("%s: the schema has nothing against it", text)
		}
		if _, err := parse("testdata/x.yaml", []byte(text)); err == nil {
			t.Errorf("%s: Parse has nothing against it", text)
		}
	}
}

// TestSchemaKnowsEveryField: the schema and the reader must not drift apart.
func TestSchemaKnowsEveryField(t *testing.T) {
	type node struct {
		Properties map[string]*node
		Items      *node
		Enum       []string
	}
	var doc struct {
		node
		Defs map[string]*node `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(Schema), `"enum": [
        true,
        false,`, `"enum": [`)), &doc); err != nil {
		t.Fatal(err)
	}
	trunk := doc.Defs["trunk"].Properties
	for what, c := range map[string]struct {
		read any
		have map[string]*node
	}{
		"file": {file{}, doc.Properties}, "tls": {fileTLS{}, doc.Properties["tls"].Properties}, "route": {fileRoute{}, doc.Properties["routes"].Items.Properties},
		"show": {fileShow{}, doc.Properties["show"].Properties}, "trunk": {fileTrunk{}, trunk}, "writes": {fileWrites{}, trunk["writes"].Properties}, "limits": {fileLimits{}, trunk["limits"].Properties},
	} {
		var want []string
		for _, f := range reflect.VisibleFields(reflect.TypeOf(c.read)) {
			if name := f.Tag.Get("yaml"); name != "" {
				want = append(want, name)
			}
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(c.have)); !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %v, the reader %v", what, got, want)
		}
	}
	if got := trunk["preset"].Enum; !slices.Equal(got, presetNames()) {
		t.Errorf("the schema has the presets %v, and there are %v", got, presetNames())
	}
}

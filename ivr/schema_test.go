package ivr

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
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
	if err := c.AddResource("flow.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("flow.schema.json")
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

// TestSchemaAccepts: what we ship must not be underlined in an editor.
func TestSchemaAccepts(t *testing.T) {
	s := schema(t)
	for name, text := range accepted(t) {
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// accepted are the flows that must be fine: the example and all in testdata.
func accepted(t testing.TB) map[string][]byte {
	t.Helper()
	texts := map[string][]byte{"example.yaml": Example}
	paths, _ := filepath.Glob("testdata/flows/*.yaml")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = text
	}
	return texts
}

// wordsOnly are the broken flows that an editor alone can tell: a word, a key
// or a form is wrong. What is wrong with the ways takes the checker.
var wordsOnly = []string{"unknown-key", "empty-node", "zero", "key", "two-kinds", "stray", "method", "input-one", "profile-unknown", "duration", "override", "newer"}

func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	paths, _ := filepath.Glob("testdata/broken/*.yaml")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		err = validate(t, s, text)
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		if want := slices.Contains(wordsOnly, name); want && err == nil {
			t.Errorf("%s: the schema has nothing against it", path)
		}
	}
}

// TestSchemaKnowsEveryKey: the schema and the reader must not drift apart.
func TestSchemaKnowsEveryKey(t *testing.T) {
	var doc struct {
		Defs map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(Schema, &doc); err != nil {
		t.Fatal(err)
	}
	for kind, fields := range belongs {
		want := append(strings.Fields(fields), string(kind))
		slices.Sort(want)
		if got := sortedKeys(doc.Defs["node-"+string(kind)].Properties); !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %v, the reader %v", kind, got, want)
		}
	}
}

package web_test

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"presszero/call"
	"presszero/web"
)

// description is openapi.yaml, by which every answer of the tests is checked.
type description struct {
	doc  map[string]any
	mux  *http.ServeMux // finds the path of the description that a request asks for
	json *jsonschema.Compiler

	mu      sync.Mutex // guards json and schemas
	schemas map[string]*jsonschema.Schema
}

const describedAt = "https://presszero.invalid/openapi.json"

var described = sync.OnceValues(func() (*description, error) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	if text, err = yaml.YAMLToJSON(text); err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return nil, err
	}
	d := &description{doc: doc.(map[string]any), mux: http.NewServeMux(), json: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	for path, methods := range d.doc["paths"].(map[string]any) {
		for method := range methods.(map[string]any) {
			d.mux.Handle(strings.ToUpper(method)+" "+path, http.NotFoundHandler())
		}
	}
	d.closed(d.doc)
	d.json.AssertFormat()
	return d, d.json.AddResource(describedAt, doc)
})

// closed lets no object have properties that the description does not name.
func (d *description) closed(node any) {
	switch node := node.(type) {
	case []any:
		for _, n := range node {
			d.closed(n)
		}
	case map[string]any:
		if all, ok := node["allOf"].([]any); ok {
			for i, n := range all { // a part alone is open
				if name, ok := n.(map[string]any)["$ref"].(string); ok {
					part := d.at(strings.TrimPrefix(name, "#/"))
					all[i] = map[string]any{"properties": part["properties"], "required": part["required"]}
				}
			}
			node["unevaluatedProperties"] = false
			return
		}
		for _, n := range node {
			d.closed(n)
		}
		if _, named := node["properties"].(map[string]any); named && node["type"] == "object" {
			node["additionalProperties"] = false
		}
	}
}

// at is the object at a path of the description; nil: there is none.
func (d *description) at(path string) map[string]any {
	node := d.doc
	for name := range strings.SplitSeq(path, "/") {
		node, _ = node[unescape.Replace(name)].(map[string]any)
	}
	return node
}

// Names in a JSON pointer (RFC 6901).
var escape, unescape = strings.NewReplacer("~", "~0", "/", "~1"), strings.NewReplacer("~1", "/", "~0", "~")

// check reports an answer that openapi.yaml does not describe. Pages, and
// refusals that any path may give (401, 403, 5xx), need not be named there.
func (d *description) check(t *testing.T, r *http.Request, a answer) {
	t.Helper()
	_, pattern := d.mux.Handler(r)
	if pattern == "" {
		return
	}
	method, path, _ := strings.Cut(pattern, " ")
	place := "paths/" + escape.Replace(path) + "/" + strings.ToLower(method) + "/responses/" + strconv.Itoa(a.status)
	response := d.at(place)
	if response == nil && a.status >= 400 {
		place, response = "components/responses/Error", d.at("components/responses/Error")
	}
	if response == nil {
		t.Errorf("openapi.yaml does not describe the status %d of %s", a.status, pattern)
		return
	}
	if ref, ok := response["$ref"].(string); ok {
		place = strings.TrimPrefix(ref, "#/")
		response = d.at(place)
	}
	content, described := response["content"].(map[string]any)
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	if described && content[kind] == nil {
		t.Errorf("openapi.yaml does not describe answers of type %q of %s with status %d", kind, pattern, a.status)
	}
	if content[kind] == nil || kind != "application/json" {
		return
	}
	if err := d.validate(place+"/content/application~1json/schema", a.body); err != nil {
		t.Errorf("%s answered with status %d what openapi.yaml does not describe: %v\n%s", pattern, a.status, err, a.body)
	}
}

func (d *description) validate(place, body string) error {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	schema := d.schemas[place]
	if schema == nil {
		if schema, err = d.json.Compile(describedAt + (&url.URL{Fragment: "/" + place}).String()); err != nil {
			return fmt.Errorf("the description is wrong: %w", err)
		}
		d.schemas[place] = schema
	}
	return schema.Validate(value)
}

// TestTheFloorIsDescribed: an answer of /api/v1/live with everything in it is as
// openapi.yaml says.
func TestTheFloorIsDescribed(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	promised := &call.CallbackNow{Begin: nine, Until: nine, Attempts: 1, OnPhone: true}
	d.floor.set(func(l *web.Live) {
		l.InMenus, l.Warnings, l.Reported = new(1), []web.Warning{{About: web.AboutDisk, Text: "The disk is nearly full."}}, 7
		l.Emergency = &call.EmergencyNow{Text: "The lift is broken.", Until: nine, By: "supervisor"}
		l.Queues = []call.QueueNow{{Name: "support", Open: true,
			Switched: &call.SwitchedNow{Open: true, Until: nine, By: "supervisor"}, Peak: &call.PeakNow{Until: nine, By: "supervisor"},
			Waiting: []call.CallerNow{{Call: "c1", Number: "+34910000001", Name: "Ana", VIP: true, State: "ringing", Since: nine, Agent: "agent", Next: true, Callback: promised}},
			Talking: []call.CallerNow{{Call: "c2", State: "talking", Since: nine}}}}
		l.Agents = []call.AgentNow{{Agent: "agent", Name: "agent", Queues: []string{"support"}, Skills: []call.SkillLevel{{Name: "german", Level: 8}},
			Presence: "away", Reason: "lunch", State: "wrap_up", Since: nine, Media: true, Call: "c2", Asks: "ben", AskedBy: "cleo", SetBy: "supervisor", Leaving: true, Today: true}, {Presence: "available", State: "idle"}}
	})
	if got := get[web.Live](d, d.as("supervisor"), "/api/v1/live"); len(got.Queues) != 1 || len(got.Agents) != 2 {
		t.Errorf("the floor is %+v", got)
	}
}

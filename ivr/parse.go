package ivr

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFlow is the largest flow file that is read. A flow is a page or two; a
// larger file is a mistake, and is not worth the memory to find out.
const maxFlow = 1 << 20

// Finding is one thing wrong with a flow file.
type Finding struct {
	File   string
	Line   int // from 1; 0 when the file as a whole is meant
	Column int
	What   string // what is wrong, why it matters, what to do
}

func (f Finding) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.File, f.What)
	}
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.What)
}

// Findings is the error of a flow that cannot be served.
type Findings []Finding

func (fs Findings) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// file is the flow file as it is written.
type file struct {
	Version  int                  `yaml:"version"`
	Language string               `yaml:"language"`
	Person   string               `yaml:"person"`
	Queues   map[string]fileQueue `yaml:"queues"`
	Numbers  map[string]string    `yaml:"numbers"`
	Nodes    map[string]fileNode  `yaml:"nodes"`
	Prompts  map[string]string    `yaml:"prompts"`
}

type fileQueue struct {
	Ring   string `yaml:"ring"`
	WrapUp string `yaml:"wrap_up"`
	Target string `yaml:"target"`
	Music  string `yaml:"music"`
}

type fileNode struct {
	Say   string            `yaml:"say"`
	Then  string            `yaml:"then"`
	Menu  string            `yaml:"menu"`
	Keys  map[string]string `yaml:"keys"`
	Queue string            `yaml:"queue"`
}

// seconds reads "15s" and "2m"; nothing written means the line's default.
func seconds(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > time.Hour {
		return 0, fmt.Errorf("%q is not a time: write a number and a unit, like 15s or 2m, at most 1h", text)
	}
	return d, nil
}

// Load reads and checks the flow file at path. The error is Findings when the
// file can be read but must not be served.
func Load(path string) (*Flow, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("the flow file %s cannot be read: %w", path, err)
	}
	if info.Size() > maxFlow {
		return nil, Findings{{File: path, What: fmt.Sprintf("the file has %d bytes, more than the %d that a flow may have; is it the right file?", info.Size(), maxFlow)}}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the flow file %s cannot be read: %w", path, err)
	}
	return Parse(path, b)
}

// Parse reads and checks a flow file's text; name stands in the findings.
func Parse(name string, text []byte) (*Flow, error) {
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, Findings{yamlFinding(name, err)}
	}
	var f file
	if err := yaml.UnmarshalWithOptions(text, &f, yaml.Strict()); err != nil {
		return nil, Findings{yamlFinding(name, err)}
	}
	sum := sha256.Sum256(text)
	c := &checker{name: name, tree: tree, file: f}
	c.check()
	if len(c.found) > 0 {
		slices.SortStableFunc(c.found, func(a, b Finding) int { return a.Line - b.Line })
		return nil, c.found
	}
	return f.flow(hex.EncodeToString(sum[:6])), nil
}

func yamlFinding(name string, err error) Finding {
	found := Finding{File: name, What: err.Error()}
	var located yaml.Error
	if errors.As(err, &located) {
		found.What = located.GetMessage()
		if t := located.GetToken(); t != nil && t.Position != nil {
			found.Line, found.Column = t.Position.Line, t.Position.Column
		}
	}
	found.What = strings.SplitN(found.What, "\n", 2)[0]
	return found
}

func (f file) flow(version string) *Flow {
	flow := &Flow{Version: version, Language: f.Language, Person: f.Person,
		Numbers: f.Numbers, Nodes: map[string]*Node{}, Prompts: f.Prompts}
	if flow.Language == "" {
		flow.Language = "en"
	}
	for _, name := range keys(f.Queues) {
		q := Queue{Name: name, Music: f.Queues[name].Music}
		q.Ring, _ = seconds(f.Queues[name].Ring) // checked before
		q.WrapUp, _ = seconds(f.Queues[name].WrapUp)
		q.Target, _ = seconds(f.Queues[name].Target)
		flow.Queues = append(flow.Queues, q)
	}
	for name, n := range f.Nodes {
		flow.Nodes[name] = &Node{Name: name, Say: n.Say, Then: n.Then, Menu: n.Menu, Keys: n.Keys, Queue: n.Queue}
	}
	return flow
}

// position finds where a path of keys stands in the file.
func position(tree *ast.File, path ...string) (line, column int) {
	if len(tree.Docs) == 0 {
		return 0, 0
	}
	line, column = 1, 1 // what is missing altogether is missing from the top
	node := tree.Docs[0].Body
	for _, key := range path {
		m, ok := node.(ast.MapNode)
		if !ok {
			break
		}
		found := false
		for it := m.MapRange(); it.Next(); {
			if it.Key().GetToken().Value == key {
				p := it.Key().GetToken().Position
				line, column = p.Line, p.Column
				node, found = it.Value(), true
				break
			}
		}
		if !found {
			break
		}
	}
	return line, column
}

func keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	return sorted(names)
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

package ivr

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// decodeFile makes a file of its text.
func decodeFile(name string, text []byte) (body ast.Node, f file, finding *Finding) {
	refuse := func(err error) *Finding { found := yamlFinding(name, err); return &found }
	defer func() {
		if r := recover(); r != nil { // a file must not be able to stop the program
			finding = &Finding{File: name, Severity: Refused, Code: "yaml", What: fmt.Sprintf("the file is not YAML that can be read (%v); start again from the example", r)}
		}
	}()
	if line := tooDeep(text); line > 0 {
		return nil, f, &Finding{File: name, Line: line, Column: 1, Severity: Refused, Code: "yaml",
			What: fmt.Sprintf("brackets or indentation are more than %d deep, which no flow needs; is it the right file?", maxDepth)}
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, f, refuse(err)
	}
	if len(tree.Docs) > 1 {
		return nil, f, &Finding{File: name, Line: tree.Docs[1].GetToken().Position.Line, Column: 1, Severity: Refused, Code: "yaml",
			What: "a second document begins here; a flow file has one, so remove the line ---"}
	}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		return nil, f, &Finding{File: name, Severity: Refused, Code: "yaml", What: "the file is empty; start from the example"}
	}
	var a aliases
	ast.Walk(&a, tree.Docs[0].Body)
	if a.at != nil {
		return nil, f, &Finding{File: name, Line: a.at.Line, Column: a.at.Column, Severity: Refused, Code: "yaml",
			What: "anchors and aliases (& and *) are not read in a flow; write the value out, or quote it if it is a text"}
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&f); err != nil {
		return nil, f, refuse(err)
	}
	return tree.Docs[0].Body, f, nil
}

// aliases finds the first anchor or alias: with them a page of text can stand
// for a gigabyte.
type aliases struct{ at *place }

// place is a line and a column.
type place struct{ Line, Column int }

func (a *aliases) Visit(n ast.Node) ast.Visitor {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
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

func yamlFinding(name string, err error) Finding {
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
	found.What += "; correct it as flow.schema.json tells"
	return found
}

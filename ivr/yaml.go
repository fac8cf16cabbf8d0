package ivr

import (
	"github.com/goccy/go-yaml/ast"

	"presszero/internal/yamlfile"
)

// Finding is one thing wrong with a flow file. Its Code is a stable word for
// scripts: lost, loop, depth…
type Finding = yamlfile.Finding

// Findings is the error of a flow that cannot be served.
type Findings = yamlfile.Findings

// Severity tells whether a finding stops a flow from being served.
type Severity = yamlfile.Severity

// The severities.
const (
	Refused = yamlfile.Refused
	Warning = yamlfile.Warning
)

// decodeFile makes a file of its text. With findings the file is as far as it
// could be read; body is nil when it could not be read at all.
func decodeFile(name string, text []byte) (body ast.Node, f file, found Findings) {
	body, found = yamlfile.Decode(name, text, &f, yamlfile.Kind{Name: "flow", File: "flow file", Schema: "flow.schema.json"})
	return body, f, found
}

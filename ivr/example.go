package ivr

import _ "embed"

// Example is the flow that is served when none is configured.
//
//go:embed example.yaml
var Example []byte

// Schema is the JSON Schema of the flow file, for editors.
//
//go:embed flow.schema.json
var Schema []byte

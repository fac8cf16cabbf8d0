package ivr

import _ "embed"

// Example is the flow that is served when none is configured.
//
//go:embed example.yaml
var Example []byte

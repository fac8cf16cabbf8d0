package ivr

// report collects what is found wrong with a flow, each with its place in the
// files.
type report struct {
	source *source
	found  Findings
}

// addFinding notes a finding about what is written at a path of keys.
func (r *report) addFinding(severity Severity, code, what string, path ...string) {
	name, line, column := r.source.locate(path...)
	r.found = append(r.found, Finding{File: name, Line: line, Column: column, Severity: severity, Code: code, What: what})
}

// refuse notes why the flow must not be served.
func (r *report) refuse(code, what string, path ...string) {
	r.addFinding(Refused, code, what, path...)
}

// warnAt notes what the operator should look at.
func (r *report) warnAt(code, what string, path ...string) {
	r.addFinding(Warning, code, what, path...)
}

// Package trunk reads trunks.yaml: over which carriers and telephone systems
// calls come and go.
//
//	trunks.yaml ─> Load ─┬─> Findings: file:line, what is wrong, what to do
//	  presets.yaml ──────┘└─> Book ─┬─> asterisk/private: pjsip.conf
//	  passwords: files, env         ├─> outbound: which trunk, which number shown
//	                                └─> pages: what there is
//
// A preset is a provider's ways as data, with the day on which they were looked
// up. It fills what a trunk leaves out, and nothing else.
//
// Where to look:
//
//	the shape of the file        file.go    text, list and password, with their places
//	limits, folders, options     parse.go
//	one trunk, field by field    read.go
//	several trunks together      whole.go   TLS, ranges, overlaps, routes, shown numbers
//	providers                    preset.go  and presets.yaml
//	what the program uses        trunk.go   Book
package trunk

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
package trunk

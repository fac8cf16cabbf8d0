// Package yamlfile reads files of settings in YAML as their authors see them, and
// says of every fault where it is, what is wrong, and what to do.
//
//	text ─> Decode ─┬─> a struct, filled as far as it could be read
//	                └─> Findings: file:line:column, what is wrong, what to do
//
// YAML has types of its own: to it 0301234567 is the number 50674039, +34 loses
// its sign, and a text ends before " #". A file of settings means what its author
// sees, so each scalar is the text that stands in the file; where YAML cannot keep
// that text, it is refused, and the author is told to quote it. All faults are
// noted, not only the first. Anchors, aliases and tags are refused, as they make a
// short text long, or another than it shows.
package yamlfile

package yamlfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity tells whether a finding stops a file from being used.
type Severity string

// The severities.
const (
	Refused Severity = "error"
	Warning Severity = "warning"
)

// Finding is one thing wrong with a file.
type Finding struct {
	File     string   `json:"file"`
	Line     int      `json:"line"` // from 1; 0 when the file as a whole is meant
	Column   int      `json:"column"`
	Severity Severity `json:"severity"`
	Code     string   `json:"code"` // a stable word for scripts, as yaml
	What     string   `json:"what"` // what is wrong, why it matters, what to do
}

// String is the finding on one line, as compilers write them.
func (f Finding) String() string {
	what := f.What
	if f.Severity == Warning {
		what = "warning: " + what
	}
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.File, what)
	}
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, what)
}

// Findings is the error of a file that can be read and must not be used.
type Findings []Finding

// Error is the findings, a line each.
func (fs Findings) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Sorted returns findings in the order of the files, none said twice.
func (fs Findings) Sorted() Findings {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.What, b.What))
	})
	return slices.Compact(fs)
}

// Refuses reports whether any of the findings stops the file from being used.
func (fs Findings) Refuses() bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.Severity == Refused })
}

// First keeps at most so many findings, those that refuse before those that warn,
// and puts behind them one that says how many more there are.
func (fs Findings) First(most int) Findings {
	if len(fs) <= most {
		return fs
	}
	var kept Findings
	for _, severity := range []Severity{Refused, Warning} {
		for _, f := range fs {
			if f.Severity == severity && len(kept) < most {
				kept = append(kept, f)
			}
		}
	}
	more := Finding{File: fs[0].File, Severity: Warning, Code: "more",
		What: fmt.Sprintf("there are %d more findings; repair these first", len(fs)-len(kept))}
	return append(kept.Sorted(), more)
}

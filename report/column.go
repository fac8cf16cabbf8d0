package report

// Column is one column of a report as a file (CSV, XLSX). The order of the
// columns of a report, and their names, are promised: a new one is added at the
// end.
type Column[T any] struct {
	Name string
	Cell func(row T) any // a string, an int, a float64, a bool, a time.Time, or a *float64 that may be nil; nil: empty
}

package web

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"presszero/report"
)

// sheet is a table that can be read as JSON, or taken away as CSV or XLSX.
type sheet struct {
	name  string // of the file, without its ending
	json  any    // nil: rest, and the rows in a list of this name
	list  string
	rest  map[string]any
	head  []string
	rows  iter.Seq2[any, error] // an error is the last of them
	cells func(row any) []any
}

// newSheet is a report: its JSON, and its rows by the columns of its files.
func newSheet[T any](name string, json any, columns []report.Column[T], rows []T) sheet {
	s := longSheet(name, "", nil, columns, func(yield func(T, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	})
	s.json = json
	return s
}

// longSheet is a report whose rows are read while it is written, so that none is too long.
func longSheet[T any](name, list string, rest map[string]any, columns []report.Column[T], rows iter.Seq2[T, error]) sheet {
	s := sheet{name: name, list: list, rest: rest}
	for _, c := range columns {
		s.head = append(s.head, c.Name)
	}
	s.rows = func(yield func(any, error) bool) {
		for row, err := range rows {
			if !yield(row, err) {
				return
			}
		}
	}
	s.cells = func(row any) []any {
		cells := make([]any, len(columns))
		for i, c := range columns {
			cells[i] = c.Cell(row.(T))
		}
		return cells
	}
	return s
}

// writeSheet writes the sheet in the format that the request asks for. An error before the first
// byte is told as any other; later the answer is cut off, so that nobody takes a part for the whole.
func writeSheet(w http.ResponseWriter, r *http.Request, s sheet) error {
	out := &sheetWriter{w: w, control: http.NewResponseController(w)}
	format := r.URL.Query().Get("format")
	var write func(sheet, io.Writer) error
	switch format {
	case "", "json":
		if s.json != nil {
			writeJSON(w, http.StatusOK, s.json)
			return nil
		}
		out.kind, write = "application/json; charset=utf-8", sheet.writeJSON
	case "csv":
		out.kind, write = "text/csv; charset=utf-8", func(s sheet, w io.Writer) error { return s.writeCSV(w, r.URL.Query().Get("bom") != "0") }
	case "xlsx":
		out.kind, write = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", func(s sheet, w io.Writer) error { return s.writeXLSX(w, excelize.TotalRows) }
	default:
		return refuse(http.StatusBadRequest, "format is json, csv or xlsx, not %q.", format)
	}
	if format != "" && format != "json" {
		out.name = s.name + "." + format
	}
	next, stop := iter.Pull2(s.rows)
	defer stop()
	row, err, some := next() // what cannot be read at all is told before anything is written
	if err != nil {
		return err
	}
	s.rows = func(yield func(any, error) bool) {
		for some && yield(row, err) {
			row, err, some = next()
		}
	}
	if err := write(s, out); err != nil {
		err = fmt.Errorf("%s as %s: %w", s.name, format, err)
		if out.began {
			return cutOff{err}
		}
		return err
	}
	return nil
}

// cutOff is an error after the first part of an answer was written.
type cutOff struct{ error }

func (c cutOff) Unwrap() error { return c.error }

// sheetWriter writes the head of the answer with the first byte. A reader has a minute for each piece.
type sheetWriter struct {
	w          http.ResponseWriter
	control    *http.ResponseController
	kind, name string
	began      bool
}

func (o *sheetWriter) Write(b []byte) (int, error) {
	if !o.began {
		o.began = true
		h := o.w.Header()
		h.Set("Content-Type", o.kind)
		h.Set("Cache-Control", "no-store")
		if o.name != "" {
			h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", o.name))
		}
	}
	_ = o.control.SetWriteDeadline(time.Now().Add(time.Minute)) // not every writer has one
	return o.w.Write(b)
}

// writeJSON writes the rows one by one.
func (s sheet) writeJSON(w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	head, err := json.Marshal(s.rest)
	if err != nil {
		return err
	}
	before := strings.TrimSuffix(string(head), "}")
	if len(s.rest) > 0 {
		before += ","
	}
	fmt.Fprintf(out, "%s%q:[", before, s.list)
	each, comma := json.NewEncoder(out), ""
	for row, err := range s.rows {
		if err != nil {
			return err
		}
		out.WriteString(comma)
		if err := each.Encode(row); err != nil {
			return err
		}
		comma = ","
	}
	out.WriteString("]}\n")
	return out.Flush()
}

// writeCSV writes the sheet with a byte-order mark, or without one. Excel takes a
// file without it for text in the machine's old code page.
func (s sheet) writeCSV(w io.Writer, mark bool) error {
	out := bufio.NewWriterSize(w, 64<<10)
	if mark {
		out.WriteString("\ufeff")
	}
	c := csv.NewWriter(out)
	if err := c.Write(s.head); err != nil {
		return err
	}
	for row, err := range s.rows {
		if err != nil {
			return err
		}
		cells := s.cells(row)
		texts := make([]string, len(cells))
		for i, v := range cells {
			texts[i] = csvCell(v)
		}
		if err := c.Write(texts); err != nil {
			return err
		}
	}
	if c.Flush(); c.Error() != nil {
		return c.Error()
	}
	return out.Flush()
}

func csvCell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return harmless(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case *float64:
		if v == nil {
			return ""
		}
		return strconv.FormatFloat(*v, 'f', 4, 64)
	default:
		return fmt.Sprint(v)
	}
}

// A telephone number is no formula that does anything, and stays as it is, so
// that a program can read it again.
var numberCell = regexp.MustCompile(`^\+?[0-9]+$`)

// formulas are the places in a text where a spreadsheet would begin a formula:
// at its beginning, and after what separates cells, which depends on the
// country (semicolons in most of Europe). Full-width signs count as well.
var formulas = regexp.MustCompile(`(^|[;,|\t\r\n])([\s"']*)([=+\-@＝＋－﹢﹣−＠])`)

// harmless keeps a text of strangers from being a formula where the file is
// opened, by an apostrophe before it (OWASP, CSV injection).
func harmless(s string) string {
	if numberCell.MatchString(s) {
		return s
	}
	s = formulas.ReplaceAllString(s, "$1$2'$3")
	if s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		s = "'" + s
	}
	return s
}

// writeXLSX writes the sheet as a file of Excel, with as many worksheets as it takes: each has a
// most rows, the head among them. They are on the disk until all are there.
func (s sheet) writeXLSX(w io.Writer, most int) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	if err := f.SetSheetName("Sheet1", s.name); err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	head := make([]any, len(s.head))
	for i, h := range s.head {
		head[i] = excelize.Cell{StyleID: bold, Value: h}
	}
	next, stop := iter.Pull2(s.rows)
	defer stop()
	row, err, some := next()
	for n := 1; n == 1 || some; n++ {
		name := s.name
		if n > 1 {
			name = fmt.Sprintf("%s %d", s.name, n)
			if _, err := f.NewSheet(name); err != nil {
				return err
			}
		}
		out, failed := f.NewStreamWriter(name)
		if failed != nil {
			return failed
		}
		if err := out.SetRow("A1", head); err != nil {
			return err
		}
		for at := 2; some && at <= most; at++ {
			if err != nil {
				return err
			}
			if err := out.SetRow("A"+strconv.Itoa(at), xlsxRow(s.cells(row))); err != nil {
				return err
			}
			row, err, some = next()
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return f.Write(w)
}

// xlsxRow keeps numbers numbers. Texts are written as texts, which no
// spreadsheet takes for formulas; times as UTC text, since a sheet knows no zone.
func xlsxRow(row []any) []any {
	cells := make([]any, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case time.Time:
			cells[i] = v.UTC().Format(time.RFC3339)
		case *float64:
			if v != nil {
				cells[i] = *v
			}
		default:
			cells[i] = v
		}
	}
	return cells
}

package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
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
	name string // of the file, without its ending
	json any
	head []string
	rows iter.Seq[[]any]
}

// newSheet is a report: its JSON, and its rows by the columns of its files.
func newSheet[T any](name string, json any, columns []report.Column[T], rows []T) sheet {
	s := sheet{name: name, json: json}
	for _, c := range columns {
		s.head = append(s.head, c.Name)
	}
	s.rows = func(yield func([]any) bool) {
		for _, row := range rows {
			cells := make([]any, len(columns))
			for i, c := range columns {
				cells[i] = c.Cell(row)
			}
			if !yield(cells) {
				return
			}
		}
	}
	return s
}

// writeSheet writes the sheet in the format that the request asks for.
func writeSheet(w http.ResponseWriter, r *http.Request, s sheet) error {
	var body []byte
	var kind string
	var err error
	format := r.URL.Query().Get("format")
	switch format {
	case "", "json":
		writeJSON(w, http.StatusOK, s.json)
		return nil
	case "csv":
		kind = "text/csv; charset=utf-8"
		body, err = s.asCSV(r.URL.Query().Get("bom") != "0")
	case "xlsx":
		kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		body, err = s.asXLSX()
	default:
		return refuse(http.StatusBadRequest, "format is json, csv or xlsx, not %q.", format)
	}
	if err != nil {
		return fmt.Errorf("%s as %s: %w", s.name, format, err)
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", s.name+"."+format))
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // the reader has gone; nobody to tell
	return nil
}

// asCSV writes the sheet with a byte-order mark, or without one. Excel takes a
// file without it for text in the machine's old code page.
func (s sheet) asCSV(mark bool) ([]byte, error) {
	var out bytes.Buffer
	if mark {
		out.WriteString("\ufeff")
	}
	c := csv.NewWriter(&out)
	if err := c.Write(s.head); err != nil {
		return nil, err
	}
	for row := range s.rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = csvCell(v)
		}
		if err := c.Write(cells); err != nil {
			return nil, err
		}
	}
	c.Flush()
	return out.Bytes(), c.Error()
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

// asXLSX writes the sheet as a file of Excel.
func (s sheet) asXLSX() (body []byte, err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	if err := f.SetSheetName("Sheet1", s.name); err != nil {
		return nil, err
	}
	out, err := f.NewStreamWriter(s.name)
	if err != nil {
		return nil, err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, err
	}
	if err := s.fillXLSX(out, bold); err != nil {
		return nil, err
	}
	buffer, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// fillXLSX writes the head, in the style of this number, and the rows.
func (s sheet) fillXLSX(out *excelize.StreamWriter, headStyle int) error {
	head := make([]any, len(s.head))
	for i, h := range s.head {
		head[i] = excelize.Cell{StyleID: headStyle, Value: h}
	}
	if err := out.SetRow("A1", head); err != nil {
		return err
	}
	n := 1
	for row := range s.rows {
		n++
		if err := out.SetRow(fmt.Sprintf("A%d", n), xlsxRow(row)); err != nil {
			return err
		}
	}
	return out.Flush()
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

package notify

import (
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"presszero/report"
)

// dayReport is a day in the house's zone, as a reader wants it.
type dayReport struct {
	report.DayNotice
	all report.DayRow
}

// dayOf reads the report of a day and keeps the queues that are wanted (none: all).
func dayOf(n report.Notice, queues []string) (dayReport, error) {
	var d dayReport
	if err := json.Unmarshal(n.Data, &d.DayNotice); err != nil {
		return d, fmt.Errorf("the day's report cannot be read: %w", err)
	}
	other := func(q string) bool { return len(queues) > 0 && !slices.Contains(queues, q) }
	d.Rows = slices.DeleteFunc(d.Rows, func(r report.DayRow) bool { return other(r.Queue) })
	d.Halves = slices.DeleteFunc(d.Halves, func(h report.DayHalf) bool { return other(h.Queue) })
	d.all = report.DayTotal(d.Rows)
	return d, nil
}

func (d dayReport) subject(w words) string {
	return fmt.Sprintf(w.day, d.Day) + fmt.Sprintf(": %s %d, %s %d", w.offered, d.all.Offered, w.abandoned, d.all.Abandoned)
}

// lines are the table of the report: its head, a line for each queue, and the total.
func (d dayReport) lines(w words) [][]string {
	all := [][]string{{w.queue, w.offered, w.answered, w.abandoned, w.rate, w.level, w.longest, w.open}}
	line := func(name string, r report.DayRow) {
		all = append(all, []string{name, fmt.Sprint(r.Offered), fmt.Sprint(r.Answered), fmt.Sprint(r.Abandoned), percent(r.AbandonRate), percent(r.ServiceLevel),
			(time.Duration(r.LongestS) * time.Second).String(), fmt.Sprint(r.Open)})
	}
	for _, r := range d.Rows {
		line(r.Queue, r)
	}
	if len(d.Rows) != 1 {
		line(w.total, d.all)
	}
	return all
}

func percent(share *float64) string {
	if share == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f", 100**share)
}

func (d dayReport) text(w words, link string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n\n", fmt.Sprintf(w.day, d.Day), d.Zone)
	if len(d.Rows) == 0 {
		fmt.Fprintf(&b, "%s\n", w.none)
	}
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, line := range d.lines(w) {
		fmt.Fprintln(table, strings.Join(line, "\t"))
	}
	_ = table.Flush() // a strings.Builder takes all
	if link != "" {
		fmt.Fprintf(&b, "\n%s: %s\n", w.more, link)
	}
	return b.String()
}

// pictureID names the picture within the mail.
const pictureID = "calls"

// dayPage has its style in itself, as programs for mail want it.
var dayPage = template.Must(template.New("day").Parse(`<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body style="font-family:sans-serif;color:#1b1f24;background:#ffffff">
<h1 style="font-size:20px">{{.Title}}</h1>
<p>{{.Zone}}{{if .None}}. {{.None}}{{end}}</p>
<img src="cid:{{.Picture}}" alt="{{.Chart}}" width="720" height="240" style="max-width:100%;height:auto">
<p style="font-size:13px">{{.Chart}}</p>
<table style="border-collapse:collapse;font-size:14px">
{{range $i, $line := .Lines}}<tr>{{range $j, $cell := $line}}{{if eq $i 0}}<th scope="col" style="text-align:{{if $j}}right{{else}}left{{end}};padding:4px 10px;border-bottom:2px solid #57606a">{{$cell}}</th>{{else if eq $j 0}}<th scope="row" style="text-align:left;padding:4px 10px;border-bottom:1px solid #d0d7de;font-weight:normal">{{$cell}}</th>{{else}}<td style="text-align:right;padding:4px 10px;border-bottom:1px solid #d0d7de">{{$cell}}</td>{{end}}{{end}}</tr>
{{end}}</table>
{{if .Link}}<p><a href="{{.Link}}">{{.More}}: {{.Link}}</a></p>{{end}}
</body></html>
`))

func (d dayReport) page(w words, link string) (string, error) {
	var b strings.Builder
	none := ""
	if len(d.Rows) == 0 {
		none = w.none
	}
	err := dayPage.Execute(&b, map[string]any{"Title": fmt.Sprintf(w.day, d.Day), "Zone": d.Zone, "None": none, "Picture": pictureID, "Chart": w.chart,
		"Lines": d.lines(w), "Link": link, "More": w.more})
	return b.String(), err
}

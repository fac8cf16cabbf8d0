package main

import (
	"fmt"
	"math"
	"strings"
)

// row is a row of the table: a figure of ours, and the same of Asterisk's own.
type row struct {
	letter string
	what   string
	bench  string // the benchmark of internal/wholetest, without "Benchmark"
	ours   string // its figure, whose name ends with the unit
	than   string // what it is compared with; "": nothing
	native string // its figure
	unit   string
	yes    bool // 1 is yes
}

var rows = []row{
	{letter: "a", what: "agent free to ring, median", bench: "Offer", ours: "ours-p50-ms", than: "app_queue", native: "queue-p50-ms", unit: "ms"},
	{letter: "a", what: "agent free to ring, 99 %", bench: "Offer", ours: "ours-p99-ms", than: "app_queue", native: "queue-p99-ms", unit: "ms"},
	{letter: "b", what: "last digit to next prompt, median", bench: "MenuKey", ours: "ours-p50-ms", than: "dialplan", native: "dialplan-p50-ms", unit: "ms"},
	{letter: "b", what: "last digit to next prompt, 99 %", bench: "MenuKey", ours: "ours-p99-ms", than: "dialplan", native: "dialplan-p99-ms", unit: "ms"},
	{letter: "c", what: "accept to voice both ways, median", bench: "Talk", ours: "ours-voice-p50-ms", than: "WSS agent", native: "wss-voice-p50-ms", unit: "ms"},
	{letter: "c", what: "accept to voice both ways, 99 %", bench: "Talk", ours: "ours-voice-p99-ms", than: "WSS agent", native: "wss-voice-p99-ms", unit: "ms"},
	{letter: "d", what: "CPU per answered call of 20 s", bench: "AnsweredCall", ours: "ours-call-ms", than: "app_queue, WSS agents", native: "wss-call-ms", unit: "ms"},
	{letter: "d", what: "CPU per answered call of 20 s", bench: "AnsweredCall", ours: "ours-call-ms", than: "app_queue, SIP telephones", native: "phones-call-ms", unit: "ms"},
	{letter: "d", what: "of it Asterisk", bench: "AnsweredCall", ours: "ours-asterisk-ms", than: "app_queue, SIP telephones", native: "phones-asterisk-ms", unit: "ms"},
	{letter: "d", what: "of it Postgres", bench: "AnsweredCall", ours: "ours-postgres-ms", than: "cdr_pgsql, queue_log", native: "phones-postgres-ms", unit: "ms"},
	{letter: "d", what: "of it voice process", bench: "AnsweredCall", ours: "ours-media-ms", unit: "ms"},
	{letter: "d", what: "of it controller", bench: "AnsweredCall", ours: "ours-serve-ms", unit: "ms"},
	{letter: "d", what: "agent who waits for a call", bench: "AnsweredCall", ours: "ours-idle-agent-mcores", than: "WSS agent", native: "wss-idle-agent-mcores", unit: "‰ of a core"},
	{letter: "e", what: "calls a second, none fails", bench: "CallRate", ours: "ours-calls/s", than: "app_queue", native: "queue-calls/s", unit: "/s"},
	{letter: "f", what: "1,100 callers waiting", bench: "Waiting", ours: "ours-waiting-cores", than: "app_queue", native: "queue-waiting-cores", unit: "cores"},
	{letter: "f", what: "served in the order they came", bench: "Waiting", ours: "ours-in-order", than: "app_queue", native: "queue-in-order", yes: true},
	{letter: "g", what: "hang-up to committed row, median", bench: "Talk", ours: "ours-row-p50-ms", than: "cdr_pgsql", native: "cdr-row-p50-ms", unit: "ms"},
	{letter: "g", what: "hang-up to committed row, 99 %", bench: "Talk", ours: "ours-row-p99-ms", than: "cdr_pgsql", native: "cdr-row-p99-ms", unit: "ms"},
	{letter: "h", what: "rehearsal of a million calls", bench: "Rehearsal", ours: "rehearsal-s", unit: "s"},
	{letter: "h", what: "its memory", bench: "Rehearsal", ours: "rehearsal-MB", unit: "MB"},
	{letter: "h", what: "its cost per call", bench: "Rehearsal", ours: "rehearsal-µs/call", unit: "µs"},
	{letter: "i", what: "CPU per call, 10 up", bench: "Waiting", ours: "ours-10-call-ms", than: "app_queue", native: "queue-10-call-ms", unit: "ms"},
	{letter: "i", what: "CPU per call, 100 up", bench: "Waiting", ours: "ours-100-call-ms", than: "app_queue", native: "queue-100-call-ms", unit: "ms"},
	{letter: "i", what: "CPU per call, 1,000 up", bench: "Waiting", ours: "ours-1000-call-ms", than: "app_queue", native: "queue-1000-call-ms", unit: "ms"},
	{letter: "i", what: "a caller in line, 10 up", bench: "Waiting", ours: "ours-10-up-mcores", than: "app_queue", native: "queue-10-up-mcores", unit: "‰ of a core"},
	{letter: "i", what: "a caller in line, 100 up", bench: "Waiting", ours: "ours-100-up-mcores", than: "app_queue", native: "queue-100-up-mcores", unit: "‰ of a core"},
	{letter: "i", what: "a caller in line, 1,000 up", bench: "Waiting", ours: "ours-1000-up-mcores", than: "app_queue", native: "queue-1000-up-mcores", unit: "‰ of a core"},
	{letter: "j", what: "CPU per talk of 20 s, recorded", bench: "RecordedTalk", ours: "ours-recorded-ms", than: "app_queue, SIP telephones, MixMonitor", native: "phones-recorded-ms", unit: "ms"},
	{letter: "j", what: "… not recorded", bench: "RecordedTalk", ours: "ours-plain-ms", than: "app_queue, SIP telephones", native: "phones-plain-ms", unit: "ms"},
	{letter: "j", what: "… what recording adds", bench: "RecordedTalk", ours: "ours-added-ms", than: "MixMonitor", native: "phones-added-ms", unit: "ms"},
}

// alone is how a row is measured alone.
func (r row) alone() string { return "-bench " + r.bench }

// line is a row as it is shown: its cells.
type line []string

var columns = line{"", "what", "ours : native", "ours", "native", "beside", "alone"}

// lay fills the rows with what was measured. A row that was not is shown as such.
func lay(letters string, found measured) (lines []line) {
	for _, r := range rows {
		if !strings.Contains(letters, r.letter) {
			continue
		}
		of := found[r.bench]
		ours, there := of[r.ours]
		l := line{r.letter, r.what, "", r.show(of, r.ours), "", r.than, r.alone()}
		if native, too := of[r.native]; r.than != "" {
			l[4] = r.show(of, r.native)
			if there && too && native > 0 && !r.yes {
				l[2] = ratio(ours / native)
			}
		}
		lines = append(lines, l)
	}
	return lines
}

// show is a figure with its unit, and its lowest and highest.
func (r row) show(of map[string]float64, name string) string {
	value, there := of[name]
	switch {
	case !there:
		return "not measured"
	case r.yes && of[name+":min"] == 1:
		return "yes, in every round"
	case r.yes:
		return "no"
	}
	if _, there := of[name+":min"]; !there {
		return number(value) + " " + r.unit
	}
	return fmt.Sprintf("%s %s (%s–%s)", number(value), r.unit, number(of[name+":min"]), number(of[name+":max"]))
}

// number has three digits that say something.
func number(v float64) string {
	switch a := math.Abs(v); {
	case a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// ratio is 1 : n where ours is the smaller one by far.
func ratio(v float64) string {
	if v > 0 && v < 0.1 {
		return "1 : " + number(1/v)
	}
	return number(v) + " : 1"
}

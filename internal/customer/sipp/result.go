package sipp

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A Result is what became of the calls. Sent is the sum of OK, Failed and,
// unless all of them ended, Open.
type Result struct {
	Sent   int // calls begun
	OK     int // calls that went as the scenario says
	Failed int // calls that did not
	Open   int // calls still going on when SIPp was stopped

	// Why calls failed; the sum may be less than Failed.
	Unexpected int // a message came that must not come, such as 486 or 503
	Unanswered int // nobody replied to a request, in spite of repeating it
	TimedOut   int // what had to come did not

	Retransmissions int
	// Answer is the average time from INVITE to 200 OK, to the millisecond.
	Answer time.Duration
	// Errors are the first that SIPp wrote about failed calls.
	Errors []string
}

const (
	maxErrors = 20
	// harmless is an error that SIPp writes about every 200 OK to a CANCEL.
	harmless = "Cannot record route set if there is no Contact"
)

// readResult reads what SIPp left in its folder.
func readResult(dir string) (Result, error) {
	result := Result{Errors: firstErrors(filepath.Join(dir, errorsFile))}
	file, err := os.Open(filepath.Join(dir, statsFile))
	if err != nil {
		return result, fmt.Errorf("sipp left no statistics: %w", err)
	}
	defer func() { _ = file.Close() }()
	table := csv.NewReader(file)
	table.Comma = ';'
	table.FieldsPerRecord = -1
	rows, err := table.ReadAll()
	if err != nil || len(rows) < 2 {
		return result, fmt.Errorf("sipp's statistics have %d lines: %w", len(rows), err)
	}
	last := map[string]string{}
	for i, name := range rows[0] {
		if row := rows[len(rows)-1]; i < len(row) {
			last[name] = row[i]
		}
	}
	for name, to := range map[string]*int{
		"TotalCallCreated":           &result.Sent,
		"SuccessfulCall(C)":          &result.OK,
		"FailedCall(C)":              &result.Failed,
		"CurrentCall":                &result.Open,
		"FailedUnexpectedMessage(C)": &result.Unexpected,
		"FailedMaxUDPRetrans(C)":     &result.Unanswered,
		"FailedTimeoutOnRecv(C)":     &result.TimedOut,
		"Retransmissions(C)":         &result.Retransmissions,
	} {
		if *to, err = strconv.Atoi(last[name]); err != nil {
			return result, fmt.Errorf("sipp's statistics say %q for %s", last[name], name)
		}
	}
	result.Answer = clock(last["ResponseTime1(C)"])
	return result, nil
}

// clock reads SIPp's 00:00:00:000000: hours, minutes, seconds, microseconds.
func clock(text string) time.Duration {
	var h, m, s, us time.Duration
	if _, err := fmt.Sscanf(text, "%d:%d:%d:%d", &h, &m, &s, &us); err != nil {
		return 0
	}
	return h*time.Hour + m*time.Minute + s*time.Second + us*time.Microsecond
}

// stamp begins each error; between two there is not always the end of a line.
var stamp = regexp.MustCompile(`\d{4}-\d\d-\d\d\t[0-9:.]+\t[0-9.]+: `)

func firstErrors(path string) []string {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil // no errors, no file
	}
	var found []string
	for _, message := range stamp.Split(string(content), -1)[1:] {
		if message = strings.TrimSpace(message); message != harmless {
			found = append(found, message)
		}
	}
	return found[:min(len(found), maxErrors)]
}

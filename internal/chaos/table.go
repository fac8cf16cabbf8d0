package chaos

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Table prints rows as they come, each as soon as it is known.
type Table struct {
	Out    io.Writer
	Colour bool
}

// columns of the table; a number is the width, negative for what stands left.
const columns = "%-24s %7s %7s %9s %9s %5s %7s %6s %6s  %s\n"

// Head prints the names of the columns.
func (t Table) Head(seed uint64) {
	fmt.Fprintf(t.Out, "seed %d\n\n", seed)
	fmt.Fprintf(t.Out, columns, "mode", "callers", "back", "silence", "talk gap", "lost", "doubled", "order", "books", "verdict")
}

// Row prints one mode.
func (t Table) Row(r Row) {
	gap, back, order, books := "-", "-", "kept", "even"
	if r.Gap != nil {
		gap = milliseconds(time.Duration(*r.Gap))
	}
	if r.Back > Millis(50*time.Millisecond) {
		back = seconds(time.Duration(r.Back))
	}
	if r.Disorder > 0 {
		order = strconv.Itoa(r.Disorder)
	}
	if len(r.Books) > 0 {
		books = "WRONG"
	}
	fmt.Fprintf(t.Out, columns, r.Mode, strconv.Itoa(r.Callers), back, seconds(time.Duration(r.Silence)), gap,
		strconv.Itoa(r.Lost), strconv.Itoa(r.Doubled), order, books, t.verdict(r))
	for _, why := range r.Why {
		fmt.Fprintf(t.Out, "    %s\n", t.paint("31", why))
	}
}

// Detail prints what the columns do not say.
func (t Table) Detail(r Row) {
	fmt.Fprintf(t.Out, "    %s\n", r.Deed)
	if len(r.There) > 0 {
		var there []string
		for _, state := range everywhere {
			if n := r.There[state]; n > 0 {
				there = append(there, fmt.Sprintf("%d %s", n, state))
			}
		}
		fmt.Fprintf(t.Out, "    there: %s; %d x; %d facts; the machine stood still for %s at most; took %.0f s\n",
			strings.Join(there, ", "), r.Rounds, r.Facts, milliseconds(time.Duration(r.Stall)), r.Seconds)
	}
	for _, note := range slices.Compact(slices.Sorted(slices.Values(r.Notes))) {
		fmt.Fprintf(t.Out, "    %s\n", note)
	}
}

// Skipped prints a mode that cannot be played here.
func (t Table) Skipped(m Mode, why string) {
	fmt.Fprintf(t.Out, columns, m.Name, "-", "-", "-", "-", "-", "-", "-", "-", "skipped: "+why)
}

func (t Table) verdict(r Row) string {
	if r.Green {
		return t.paint("32", "green")
	}
	return t.paint("31", "RED")
}

func (t Table) paint(colour, text string) string {
	if !t.Colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func seconds(d time.Duration) string      { return fmt.Sprintf("%.2f s", d.Seconds()) }
func milliseconds(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }

package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// printTable prints the table for a terminal.
func printTable(w io.Writer, head []string, lines []line) error {
	fmt.Fprintf(w, "\n%s\n\n", strings.Join(head, "\n"))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, l := range append([]line{columns}, lines...) {
		fmt.Fprintln(t, strings.Join(l, "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\nalone: go test -run '^$' -benchtime 3x -timeout 60m ./internal/wholetest, and -bench as the row says")
	return err
}

// markdown is the table to be pasted into a document.
func markdown(head []string, lines []line) []byte {
	var text strings.Builder
	fmt.Fprintf(&text, "%s.\n\n", strings.Join(head, "; "))
	write := func(l line) { fmt.Fprintf(&text, "| %s |\n", strings.Join(l[:len(l)-1], " | ")) }
	write(columns)
	text.WriteString("|" + strings.Repeat("---|", len(columns)-1) + "\n")
	for _, l := range lines {
		write(l)
	}
	return []byte(text.String())
}

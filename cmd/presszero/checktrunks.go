package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"presszero/internal/plural"
	"presszero/internal/yamlfile"
	"presszero/trunk"
)

// ofTrunks reports whether a file is of trunks, by what is in it. A file that cannot
// be read is taken for a flow, whose check says why.
func ofTrunks(file string) bool {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	return err == nil && trunk.Is(text)
}

// checkTrunks does with a file of trunks what the start of the controller does with
// it, with the same environment, and prints what is wrong with it.
func checkTrunks(file string, asJSON bool) error {
	s, err := readSettings()
	if err != nil {
		return err
	}
	book, err := trunk.Load(file, trunk.Country(s.Country))
	var found yamlfile.Findings
	if err != nil && !errors.As(err, &found) {
		return err
	}
	if err == nil {
		found = book.Warnings
	}
	if err := printFindings(found, asJSON); err != nil {
		return err
	}
	if err != nil {
		return fmt.Errorf("%s must not be used: %s", file, plural.Count(len(found), "finding"))
	}
	if !asJSON {
		fmt.Printf("%s: %s; %s, %s, %s\n", file, plural.Count(len(found), "finding"), plural.Count(len(book.Trunks), "trunk"),
			plural.Count(len(book.Routes), "route"), plural.Count(book.Size(), "number"))
	}
	return nil
}

// listPresets prints the presets, with the day on which each was looked up.
func listPresets(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "preset\tlooked up\tnote")
	for _, p := range trunk.Presets() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", p.Name, p.LookedUp, p.Note)
	}
	return w.Flush()
}

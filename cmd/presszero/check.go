package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"presszero/internal/controller"
	"presszero/internal/plural"
	"presszero/internal/settings"
	"presszero/internal/yamlfile"
	"presszero/ivr"
	"presszero/trunk"
)

// checkCommand checks a flow file or a file of trunks and prints what is wrong with
// it, a line each; or draws the flow, or lists the presets of trunks.
func checkCommand(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("check", flag.ContinueOnError)
	draw := fs.String("draw", "", "print the flow as a picture instead: svg or mermaid")
	asJSON := fs.Bool("json", false, "print the findings as JSON")
	presets := fs.Bool("presets", false, "list the providers whose settings a trunk can take as preset")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *presets && fs.NArg() == 0 {
		return listPresets(os.Stdout)
	}
	if fs.NArg() != 1 || *presets {
		return errors.New("name one file of a flow or of trunks: presszero check [--json] [--draw svg|mermaid] FILE, or presszero check --presets")
	}
	file := fs.Arg(0)
	if ofTrunks(file) {
		if *draw != "" {
			return fmt.Errorf("%s is a file of trunks, and only a flow can be drawn", file)
		}
		return checkTrunks(file, *asJSON)
	}
	return checkFlow(ctx, file, *draw, *asJSON)
}

// checkFlow does with a flow file what the start of the controller does with it, and
// prints what is wrong with it, or draws it.
func checkFlow(ctx context.Context, file, draw string, asJSON bool) error {
	flow, err := controller.CheckFlow(ctx, file)
	var found ivr.Findings
	if err != nil && !errors.As(err, &found) {
		return err
	}
	if err == nil {
		found = flow.Warnings
	}
	if draw != "" && err == nil {
		return drawFlow(flow, draw)
	}
	if err := printFindings(found, asJSON); err != nil {
		return err
	}
	if err != nil {
		return fmt.Errorf("%s must not be served: %s", file, plural.Count(len(found), "finding"))
	}
	if !asJSON {
		fmt.Printf("%s: %s; %s, %s, %s\n", file, plural.Count(len(found), "finding"), plural.Count(len(flow.Numbers), "number"),
			plural.Count(len(flow.Nodes), "node"), plural.Count(len(flow.Queues), "queue"))
	}
	return nil
}

// printFindings prints findings a line each, or as JSON.
func printFindings(found yamlfile.Findings, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(append(yamlfile.Findings{}, found...))
	}
	for _, f := range found {
		fmt.Println(f)
	}
	return nil
}

func drawFlow(flow *ivr.Flow, as string) error {
	switch as {
	case "svg":
		fmt.Print(ivr.DrawSVG(flow, ivr.Notes{}, ""))
	case "mermaid":
		fmt.Print(ivr.Draw(flow))
	default:
		return fmt.Errorf("a flow can be drawn as svg or mermaid, not as %q", as)
	}
	return nil
}

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
	s, err := settings.Read()
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

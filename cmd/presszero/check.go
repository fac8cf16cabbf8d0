package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"presszero/asterisk/private"
	"presszero/internal/plural"
	"presszero/internal/yamlfile"
	"presszero/ivr"
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
	flow, err := checkFlow(ctx, file)
	var found ivr.Findings
	if err != nil && !errors.As(err, &found) {
		return err
	}
	if err == nil {
		found = flow.Warnings
	}
	if *draw != "" && err == nil {
		return drawFlow(flow, *draw)
	}
	if err := printFindings(found, *asJSON); err != nil {
		return err
	}
	if err != nil {
		return fmt.Errorf("%s must not be served: %s", file, plural.Count(len(found), "finding"))
	}
	if !*asJSON {
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

// checkFlow does with a flow file all that the start of the controller does with
// it, by the same way and the same settings; nothing that runs notices. The
// sounds are made and measured where the voice is installed, and kept to be
// found made next time; elsewhere their lengths are estimated, and a warning
// says so.
func checkFlow(ctx context.Context, file string) (*ivr.Flow, error) {
	s, err := readSettings()
	if err != nil {
		return nil, err
	}
	s.Flow = file
	if book, _, err := s.readBook(); err == nil {
		s.Country = book.Country
	}
	f := newFlows(s)
	f.noCore = s.CoreSounds == ""
	if info, err := os.Stat(f.made); err != nil || !info.IsDir() { // nothing has run here yet
		if s.CacheDir == "" {
			if s.CacheDir, err = private.DefaultCacheDir(); err != nil {
				return nil, err
			}
		}
		f.made = filepath.Join(s.CacheDir, "check")
	}
	made, err := f.prepare(ctx, f.fromFile(), "check")
	var found ivr.Findings
	switch {
	case err == nil:
		return made.flow, nil
	case errors.As(err, &found) || ctx.Err() != nil:
		return nil, err
	}
	flow, ofFile := ivr.Load(file)
	if ofFile != nil {
		return nil, ofFile
	}
	flow.Warnings = append(flow.Warnings, ivr.Finding{File: file, Severity: ivr.Warning, Code: "estimated",
		What: fmt.Sprintf("no sounds can be made on this machine, so their lengths are estimated (%v)", err)})
	return flow, nil
}

func drawFlow(flow *ivr.Flow, as string) error {
	switch as {
	case "svg":
		fmt.Print(ivr.DrawSVG(flow))
	case "mermaid":
		fmt.Print(ivr.Draw(flow))
	default:
		return fmt.Errorf("a flow can be drawn as svg or mermaid, not as %q", as)
	}
	return nil
}

// loadFlow returns the flow to serve: the operator's, or the example.
func loadFlow(s Settings) (*ivr.Flow, error) {
	if s.Flow != "" {
		return ivr.Load(s.Flow)
	}
	return ivr.Parse("the example flow", ivr.Example)
}

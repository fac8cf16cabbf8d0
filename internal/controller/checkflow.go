package controller

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"presszero/asterisk/private"
	"presszero/internal/settings"
	"presszero/ivr"
)

// CheckFlow does with a flow file all that the start of the controller does with
// it, by the same way and the same settings; nothing that runs notices. The
// sounds are made and measured where the voice is installed, and kept to be
// found made next time; elsewhere their lengths are estimated, and a warning
// says so.
func CheckFlow(ctx context.Context, file string) (*ivr.Flow, error) {
	s, err := settings.Read()
	if err != nil {
		return nil, err
	}
	s.Flow = file
	if book, _, err := s.ReadBook(); err == nil {
		s.Country = book.Country
	}
	f := newFlowFiles(s)
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

// loadFlow returns the flow to serve: the operator's, or the example.
func loadFlow(s settings.Settings) (*ivr.Flow, error) {
	if s.Flow != "" {
		return ivr.Load(s.Flow)
	}
	return ivr.Parse("the example flow", ivr.Example)
}

// servedBefore reports whether a flow has been served from this state folder.
func servedBefore(s settings.Settings) bool {
	kept, _ := filepath.Glob(s.Path("flows", "*.yaml"))
	return len(kept) > 0
}

// CheckStart reads the flow file as a start does, but without its sounds. A file that
// must not be served is an error at a first start. Where a flow has been served before, a
// start goes back to it, and the file is a warning.
func CheckStart(s settings.Settings) (warning, err error) {
	_, err = loadFlow(s)
	if err != nil && servedBefore(s) {
		return err, nil
	}
	return nil, err
}

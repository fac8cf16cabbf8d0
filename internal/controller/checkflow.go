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

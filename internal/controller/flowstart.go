package controller

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"presszero/internal/atomicfile"
	"presszero/internal/settings"
	"presszero/ivr"
)

// preparing is prepare or prepareAnyhow.
type preparing func(ctx context.Context, read reading, by string) (*served, error)

// open finds the flow to begin with: what was published last, by the pages or
// by a change of the file, whichever came later. What cannot be served is an
// error at a first start, and to a controller that may leave all as it is
// (strict); else the last good flow is served, with an alarm.
func (f *flowFiles) open(ctx context.Context, strict bool) (*served, error) {
	s, err := f.newest(ctx, f.prepare)
	if err != nil && (strict || !servedBefore(f.s)) {
		return nil, err
	}
	if why := err; why != nil {
		if s, err = f.newest(ctx, f.prepareAnyhow); err != nil {
			if s, err = f.lastGood(ctx); err != nil {
				return nil, fmt.Errorf("%w; nor can an earlier flow be served: %w", why, err)
			}
			f.setAlarm(fmt.Sprintf("the flow file must not be served; the last good flow, version %s, is: %s", s.flow.Version, why))
			f.log.Error("the flow file must not be served; the last good flow is", "version", s.flow.Version, "err", why)
			f.publishSounds(s)
			return s, nil // what is remembered stays: it is what is served
		}
	}
	f.publishSounds(s)
	if err := f.remember(s); err != nil { // as on a full disk; calls are taken all the same
		f.log.Error("which flow is served cannot be written down for the next start", "version", s.flow.Version, "err", err)
	}
	return s, nil
}

// newest prepares the flow of the file, or the one that was published over it.
func (f *flowFiles) newest(ctx context.Context, prepare preparing) (*served, error) {
	s, err := prepare(ctx, f.fromFile(), "file")
	if err != nil {
		return nil, err
	}
	at, by, base, ok := f.remembered()
	if !ok || base != s.flow.Version || at == s.flow.Version {
		return s, nil
	}
	published, err := prepare(ctx, f.earlier(at), by)
	if err != nil {
		f.setAlarm(fmt.Sprintf("the flow that was published, version %s, can no longer be served; the flow file is: %s", at, err))
		f.log.Error("the flow that was published can no longer be served; the file is", "version", at, "err", err)
		return s, nil
	}
	return published, nil
}

// lastGood prepares the flow that was served last, or else the newest of those
// served before it.
func (f *flowFiles) lastGood(ctx context.Context) (*served, error) {
	versions, by := f.versions(), "file"
	if at, who, _, ok := f.remembered(); ok {
		versions, by = append([]string{at}, versions...), who
	}
	var failed error
	for _, version := range versions {
		s, err := f.prepareAnyhow(ctx, f.earlier(version), by)
		if err == nil {
			return s, nil
		}
		if failed == nil {
			failed = err
		}
	}
	return nil, failed
}

// versions are those that are kept, the newest first.
func (f *flowFiles) versions() []string {
	paths, _ := filepath.Glob(f.s.Path("flows", "*.yaml"))
	changed := map[string]time.Time{}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			changed[path] = info.ModTime()
		}
	}
	slices.SortFunc(paths, func(a, b string) int { return changed[b].Compare(changed[a]) })
	for i, path := range paths {
		paths[i] = strings.TrimSuffix(filepath.Base(path), ".yaml")
	}
	return paths
}

func (f *flowFiles) path(version string) string {
	return f.s.Path("flows", filepath.Base(version)+".yaml")
}

// earlier reads an earlier version of the flow. A file that has changed since is an error.
func (f *flowFiles) earlier(version string) reading {
	return func(o ...ivr.Option) (*ivr.Flow, error) {
		text, err := os.ReadFile(f.path(version))
		if err != nil {
			return nil, fmt.Errorf("version %s of the flow is not there any more: %w", version, err)
		}
		flow, err := ivr.Parse(f.path(version), text, o...)
		if err == nil && flow.Version != version {
			return nil, fmt.Errorf("%s is damaged: it is version %s", f.path(version), flow.Version)
		}
		return flow, err
	}
}

// remember notes what is served, and on top of which file, for the next start.
func (f *flowFiles) remember(s *served) error {
	if err := os.MkdirAll(f.s.Path("flows"), 0o700); err != nil {
		return err
	}
	base := s.flow.Version
	if s.by != "file" {
		if file, err := f.fromFile()(); err == nil {
			base = file.Version
		}
	}
	if err := atomicfile.Write(f.path(s.flow.Version), s.text); err != nil {
		return err
	}
	return atomicfile.Write(f.s.Path("flows", "current"), []byte(s.flow.Version+" "+base+" "+s.by+"\n"))
}

func (f *flowFiles) remembered() (version, by, base string, ok bool) {
	b, err := os.ReadFile(f.s.Path("flows", "current"))
	words := strings.Fields(string(b))
	if err != nil || len(words) != 3 {
		return "", "", "", false
	}
	return words[0], words[2], words[1], true
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

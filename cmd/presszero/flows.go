package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"presszero/call"
	"presszero/call/number"
	"presszero/callqueue"
	"presszero/ivr"
	"presszero/ivr/lookup"
	"presszero/outbound"
	"presszero/recordings"
	"presszero/report"
	"presszero/web"
)

// flows is the flow that is served, and how another takes its place: read,
// its sounds made and measured, checked against them, and only then served, to
// calls that begin from then on. One that fails on the way changes nothing.
//
//	file, SIGHUP ─┐                                       ┌─> menus
//	page, API ────┴─> read ─> sounds ─> check ─> publish ─┼─> queues, sounds, services
//	                              │ refused               └─> flows/VERSION.yaml
//	                              └─> an alarm; the old one serves on
//
// A restart must bring the centre up whatever has happened to the files
// meanwhile: then the last good version is served, from flows/, with the last
// good sounds, and that is an alarm. Only who was never served is refused.
type flows struct {
	s       Settings
	log     *slog.Logger
	speaker *recordings.Speaker
	// The rest is set once the loop is there.
	menus    *ivr.Machine
	line     *callqueue.Machine
	ask      func(ctx context.Context, f func(now time.Time)) error // between two events
	services *lookup.Client
	keep     func(ctx context.Context, version, by, text string) error // in the history

	changing sync.Mutex // one change at a time; held while sounds are made

	mu    sync.Mutex
	now   *served
	alarm string             // why a newer file is not served
	dull  []string           // prompts that cannot be heard as they lie on disk, and why
	old   map[string]*served // versions that open calls may be on

	made   string // the folder of finished sounds
	noCore bool   // Asterisk's recorded sounds are not on this machine
}

// served is a flow with all that belongs to it.
type served struct {
	flow   *ivr.Flow
	text   []byte
	sounds map[string]recordings.Sound
	at     time.Time
	by     string
}

func newFlows(s Settings) *flows {
	f := &flows{s: s, log: slog.Default(), old: map[string]*served{}, made: s.path("sounds")}
	f.speaker = recordings.NewSpeaker(f.prompts("en"))
	return f
}

func (f *flows) prompts(language string) recordings.Prompts {
	return recordings.Prompts{Recorded: f.s.Prompts, Core: f.s.CoreSounds, Sounds: f.made,
		Language: language, Speak: strings.Fields(f.s.Speak)}
}

// reading reads a flow under the checker's options.
type reading func(...ivr.Option) (*ivr.Flow, error)

// fromFile reads the operator's file, or the example.
func (f *flows) fromFile() reading {
	if f.s.Flow == "" {
		return fromText("example.yaml", ivr.Example)
	}
	return func(o ...ivr.Option) (*ivr.Flow, error) { return ivr.Load(f.s.Flow, o...) }
}

func fromText(name string, text []byte) reading {
	return func(o ...ivr.Option) (*ivr.Flow, error) { return ivr.Parse(name, text, o...) }
}

// prepare reads a flow, makes its sounds, and checks it against their lengths.
// It is all that may refuse a flow: the start, a publication and `check` go this
// way. What is wrong with the flow itself is told as ivr.Findings.
func (f *flows) prepare(ctx context.Context, read reading, by string) (*served, error) {
	return f.prepareWith(ctx, f.prompts, read, by)
}

// prepareAnyhow is prepare for a start: a sound that cannot be made gives way
// to the last good one, to a spoken text, or to nothing, with an alarm.
func (f *flows) prepareAnyhow(ctx context.Context, read reading, by string) (*served, error) {
	return f.prepareWith(ctx, func(language string) recordings.Prompts {
		p := f.prompts(language)
		p.Damaged = func(prompt string, err error) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.dull = append(f.dull, fmt.Sprintf("prompt %q: %s", prompt, err))
			f.log.Error("a prompt cannot be used as it is; callers hear the last good one", "prompt", prompt, "err", err)
		}
		return p
	}, read, by)
}

func (f *flows) prepareWith(ctx context.Context, prompts func(string) recordings.Prompts, read reading, by string) (*served, error) {
	core := ivr.Sounds(f.coreSound())
	flow, err := read(core)
	if err != nil {
		return nil, err
	}
	texts, version := allTexts(flow), flow.Version
	if f.noCore {
		maps.DeleteFunc(texts, func(_, text string) bool { return strings.HasPrefix(text, "core:") })
	}
	sounds, err := prompts(flow.Language).Prepare(ctx, texts)
	var unmade recordings.Unmade
	if errors.As(err, &unmade) {
		return nil, unsaid(flow, unmade)
	}
	if err != nil {
		return nil, err
	}
	flow, err = read(core, ivr.Measured(func(prompt string) (time.Duration, bool) {
		s, ok := sounds[prompt]
		return s.Length, ok
	}))
	if err != nil {
		return nil, err
	}
	if flow.Version != version {
		return nil, errors.New("the flow was changed while it was read; read it again")
	}
	flow.Warnings = append(append(flow.Warnings, f.outOfReach(flow)...), f.writtenTwice(flow)...).Sorted()
	return &served{flow: flow, text: []byte(flow.Text), sounds: sounds, at: time.Now(), by: by}, nil
}

// coreSound tells which of Asterisk's recorded sounds are here; nil where only
// those that come with it are known.
func (f *flows) coreSound() func(name string) bool {
	if f.s.CoreSounds == "" {
		return nil
	}
	return func(name string) bool {
		_, err := os.Stat(filepath.Join(f.s.CoreSounds, name+".wav"))
		return filepath.IsLocal(name) && err == nil
	}
}

// unsaid are the findings about prompts that cannot become sounds. What is
// wrong with many for one reason, such as a language without a voice, is said
// once.
func unsaid(flow *ivr.Flow, unmade recordings.Unmade) ivr.Findings {
	var found ivr.Findings
	told := map[string]bool{}
	for _, prompt := range slices.Sorted(maps.Keys(unmade)) {
		why := unmade[prompt].Error()
		language, name, other := strings.Cut(prompt, "/")
		if !other {
			language, name = flow.Language, prompt
		}
		path := []string{"prompts", name, language}
		if flow.Prompts[name] == nil { // our own words
			if path = []string{"languages"}; !other {
				path = []string{"language"}
			}
		}
		if told[language+why] {
			continue
		}
		told[language+why] = true
		found = append(found, flow.Finding(ivr.Refused, "sound",
			fmt.Sprintf("prompt %q in %q cannot be made into a sound: %s; correct the text, the language or the recording, or set PRESSZERO_SPEAK to another voice", name, language, strings.Join(strings.Fields(why), " ")), path...))
	}
	return found.Sorted()
}

// outOfReach are remarks about numbers of transfer nodes that would not be
// called, so that their callers always go on at `failed`.
func (f *flows) outOfReach(flow *ivr.Flow) (found ivr.Findings) {
	var policy *outbound.Policy
	book, _, err := f.s.readBook()
	if err == nil {
		policy, err = outgoing(f.s, book, book.Owns)
	}
	for _, name := range slices.Sorted(maps.Keys(flow.Nodes)) {
		n := flow.Nodes[name]
		if n.Kind != ivr.Transfer || err != nil {
			continue
		}
		why := "neither PRESSZERO_TRUNK nor PRESSZERO_TRUNKS says over which trunk"
		if policy != nil {
			_, refused := policy.Check(n.Number)
			if refused == nil {
				continue
			}
			why = refused.Error()
		}
		found = append(found, flow.Finding(ivr.Warning, "transfer",
			fmt.Sprintf("no call would leave for %s as things are set here (%s), so callers always go on where the transfer fails", n.Number, why), "nodes", name, "transfer"))
	}
	return found
}

// names reports whether the flow in force names the number, in any writing.
func (f *flows) names(wanted string) bool {
	reader, err := number.New(f.s.Country)
	if err != nil {
		return false // the start says so
	}
	for written := range f.current().flow.Numbers {
		if reader.One(written) == wanted {
			return true
		}
	}
	return false
}

// writtenTwice are remarks about numbers that are another writing of an earlier
// number. The menus go by the earlier one, so these have no effect.
func (f *flows) writtenTwice(flow *ivr.Flow) (found ivr.Findings) {
	reader, err := number.New(f.s.Country)
	if err != nil {
		return nil // the start says so
	}
	first := map[string]string{}
	for _, written := range slices.Sorted(maps.Keys(flow.Numbers)) {
		one := reader.One(written)
		if before, ok := first[one]; ok {
			found = append(found, flow.Finding(ivr.Warning, "same-number",
				fmt.Sprintf("%s is the same telephone number as %s, so its callers are led to %s as that says; keep one of the two", written, before, flow.Numbers[before].Node), "numbers", written))
			continue
		}
		first[one] = written
	}
	return found
}

// allTexts are the words of the line and of the flow; the flow's count.
func allTexts(flow *ivr.Flow) map[string]string {
	texts := map[string]string{}
	for _, language := range flow.Languages {
		maps.Copy(texts, wordsOfLine(language, flow.Language))
		for _, q := range flow.Queues {
			maps.Copy(texts, laterWords(language, flow.Language, q.Callback.Later))
		}
	}
	maps.Copy(texts, flow.Texts())
	return texts
}

// preparing is prepare or prepareAnyhow.
type preparing func(ctx context.Context, read reading, by string) (*served, error)

// open finds the flow to begin with: what was published last, by the pages or
// by a change of the file, whichever came later. What cannot be served is an
// error at a first start, and to a controller that may leave all as it is
// (strict); else the last good flow is served, with an alarm.
func (f *flows) open(ctx context.Context, strict bool) error {
	s, err := f.newest(ctx, f.prepare)
	if err != nil && (strict || !servedBefore(f.s)) {
		return err
	}
	if why := err; why != nil {
		if s, err = f.newest(ctx, f.prepareAnyhow); err != nil {
			if s, err = f.lastGood(ctx); err != nil {
				return fmt.Errorf("%w; nor can a flow of before be served: %w", why, err)
			}
			f.alarm = fmt.Sprintf("the flow file must not be served; the last good flow, version %s, is: %s", s.flow.Version, why)
			f.log.Error("the flow file must not be served; the last good flow is", "version", s.flow.Version, "err", why)
			f.now = s
			f.publishSounds(s)
			return nil // what is remembered stays: it is what is served
		}
	}
	f.now = s
	f.publishSounds(s)
	if err := f.remember(s); err != nil { // as on a full disk; calls are taken all the same
		f.log.Error("which flow is served cannot be written down for the next start", "version", s.flow.Version, "err", err)
	}
	return nil
}

// newest prepares the flow of the file, or the one that was published over it.
func (f *flows) newest(ctx context.Context, prepare preparing) (*served, error) {
	s, err := prepare(ctx, f.fromFile(), "file")
	if err != nil {
		return nil, err
	}
	at, by, base, ok := f.remembered()
	if !ok || base != s.flow.Version || at == s.flow.Version {
		return s, nil
	}
	published, err := prepare(ctx, f.kept(at), by)
	if err != nil {
		f.alarm = fmt.Sprintf("the flow that was published, version %s, can no longer be served; the flow file is: %s", at, err)
		f.log.Error("the flow that was published can no longer be served; the file is", "version", at, "err", err)
		return s, nil
	}
	return published, nil
}

// lastGood prepares the flow that was served last, or else the newest of those
// served before it.
func (f *flows) lastGood(ctx context.Context) (*served, error) {
	versions, by := f.versions(), "file"
	if at, who, _, ok := f.remembered(); ok {
		versions, by = append([]string{at}, versions...), who
	}
	var failed error
	for _, version := range versions {
		s, err := f.prepareAnyhow(ctx, f.kept(version), by)
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
func (f *flows) versions() []string {
	paths, _ := filepath.Glob(f.s.path("flows", "*.yaml"))
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

// servedBefore reports whether a flow has been served from this state folder.
func servedBefore(s Settings) bool {
	kept, _ := filepath.Glob(s.path("flows", "*.yaml"))
	return len(kept) > 0
}

// warnings says what is not served as it lies on disk.
func (f *flows) warnings() (list []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.alarm != "" {
		list = append(list, f.alarm)
	}
	if len(f.dull) > 0 {
		list = append(list, "callers hear the last good sound, or a spoken text, instead of a recording that cannot be used: "+strings.Join(f.dull, "; "))
	}
	return list
}

// reopen gives the machine the flows that open calls began with.
func (f *flows) reopen(ctx context.Context, past []call.Entry) {
	for _, e := range past {
		n, ok := e.Fact.(call.NodeEntered)
		if !ok || n.Flow == f.now.flow.Version || f.old[n.Flow] != nil {
			continue
		}
		// Else its calls go on with the present flow.
		if s, err := f.prepare(ctx, f.kept(n.Flow), ""); err == nil {
			f.old[n.Flow] = s
			f.speaker.Publish(n.Flow, s.sounds) // not the dialplan's names, which are the present flow's
			f.menus.Publish(s.flow, f.length(n.Flow))
		}
	}
	f.menus.Publish(f.now.flow, f.length(f.now.flow.Version))
	f.speaker.Publish(f.now.flow.Version, f.now.sounds)
}

func (f *flows) length(version string) func(string) time.Duration {
	return func(prompt string) time.Duration { return f.speaker.Length(version, prompt) }
}

// publish serves s to calls that begin from now on.
func (f *flows) publish(ctx context.Context, s *served) error {
	version := s.flow.Version
	if err := rewrite(f.path(version), s.text); err != nil {
		return err
	}
	f.publishSounds(s)
	var used []string
	err := f.ask(ctx, func(time.Time) {
		f.menus.Publish(s.flow, f.length(version))
		f.line.Configure(lineSettings(s.flow)...)
		used = f.menus.Retire()
	})
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.old[f.now.flow.Version] = f.now
	delete(f.old, version)
	for v := range f.old {
		if !slices.Contains(used, v) {
			delete(f.old, v)
		}
	}
	f.now, f.alarm, f.dull = s, "", nil
	f.mu.Unlock()
	f.permit()
	f.log.Info("a flow is served from now on", "version", version, "by", s.by)
	if err := f.keep(ctx, version, s.by, string(s.text)); err != nil {
		f.log.Warn("the history of flows misses one; it is served all the same", "version", version, "err", err)
	}
	return f.remember(s)
}

// publishSounds makes the sounds of s what callers hear from now on, those of
// the dialplan too. Where the disk refuses new names, the old ones stay.
func (f *flows) publishSounds(s *served) {
	f.speaker.Publish(s.flow.Version, s.sounds)
	if err := f.prompts(s.flow.Language).Name(s.sounds); err != nil {
		f.log.Error("the dialplan goes on with the sounds of before", "version", s.flow.Version, "err", err)
	}
}

// permit lets look-ups reach the services that the flows in use allow.
func (f *flows) permit() {
	f.mu.Lock()
	defer f.mu.Unlock()
	var hosts []string
	var private []netip.Prefix
	for _, s := range append([]*served{f.now}, values(f.old)...) {
		for _, begins := range s.flow.Services.Allow {
			if u, err := url.Parse(begins); err == nil {
				hosts = append(hosts, u.Host)
			}
		}
		if s.flow.Services.Private {
			private = lookup.HouseNetworks()
		}
	}
	f.services.Permit(hosts, private)
}

func values[V any](m map[string]V) (list []V) {
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

// reload reads the file again, as SIGHUP asks.
func (f *flows) reload(ctx context.Context) {
	f.changing.Lock()
	defer f.changing.Unlock()
	s, err := f.prepare(ctx, f.fromFile(), "file")
	if err == nil {
		err = f.publish(ctx, s)
	}
	if err != nil {
		f.mu.Lock()
		f.alarm = err.Error()
		f.mu.Unlock()
		f.log.Error("the flow file must not be served; the old flow serves on", "err", err)
	}
}

// sound finds what a caller hears, in the words of the flow that the call is on.
func (f *flows) sound(ctx context.Context, prompt string) (string, error) {
	version, name := unpin(prompt)
	if version != "" {
		if path, _, err := f.speaker.SoundOf(ctx, version, name); err == nil {
			return "sound:" + path, nil
		}
	}
	path, _, err := f.speaker.Sound(ctx, name)
	return "sound:" + path, err
}

func (f *flows) silence(length time.Duration) (string, error) {
	path, err := f.speaker.Silence(length)
	return "sound:" + path, err
}

// unpin takes apart what pin made; version is "" where there is none. A text
// that is spoken has none, whatever signs are in it.
func unpin(prompt string) (version, name string) {
	if _, _, spoken := call.SpokenText(prompt); spoken {
		return "", prompt
	}
	version, name, pinned := strings.Cut(prompt, versionMark)
	if !pinned {
		return "", prompt
	}
	return version, name
}

// versionMark parts a flow's version from a prompt's name on the way to the
// switch, which carries it unread.
const versionMark = "@"

// pin marks the prompts of a Play with the version whose words are meant.
func pin(p call.Play) call.Play {
	if p.Flow == "" {
		return p
	}
	prompts := slices.Clone(p.Prompts)
	for i, name := range prompts {
		if _, _, spoken := call.SpokenText(name); !spoken {
			prompts[i] = p.Flow + versionMark + name
		}
	}
	p.Prompts = prompts
	return p
}

func (f *flows) path(version string) string { return f.s.path("flows", filepath.Base(version)+".yaml") }

// kept reads a version of before. One that is not what it was is an error.
func (f *flows) kept(version string) reading {
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

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// remember notes what is served, and on top of which file, for the next start.
func (f *flows) remember(s *served) error {
	if err := os.MkdirAll(f.s.path("flows"), 0o700); err != nil {
		return err
	}
	base := s.flow.Version
	if s.by != "file" {
		if file, err := f.fromFile()(); err == nil {
			base = file.Version
		}
	}
	if err := rewrite(f.path(s.flow.Version), s.text); err != nil {
		return err
	}
	return rewrite(f.s.path("flows", "current"), []byte(s.flow.Version+" "+base+" "+s.by+"\n"))
}

// rewrite gives a file a new content, whole or not at all: on a full disk the
// old one stays.
func rewrite(path string, text []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return nil
	}
	fresh, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = fresh.Write(text)
	if err = errors.Join(err, fresh.Sync(), fresh.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".new"))
	}
	return os.Rename(path+".new", path)
}

func (f *flows) remembered() (version, by, base string, ok bool) {
	b, err := os.ReadFile(f.s.path("flows", "current"))
	words := strings.Fields(string(b))
	if err != nil || len(words) != 3 {
		return "", "", "", false
	}
	return words[0], words[2], words[1], true
}

// Now implements web.Flow.
func (f *flows) Now(context.Context) (web.FlowNow, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return web.FlowNow{FlowVersion: report.FlowVersion{Version: f.now.flow.Version, PublishedAt: f.now.at, PublishedBy: f.now.by},
		Profiles: f.now.flow.Profiles, Warnings: shownFindings(f.now.flow.Warnings), Alarm: f.alarm}, nil
}

// Picture implements web.Flow.
func (f *flows) Picture(context.Context) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return []byte(ivr.DrawSVG(f.now.flow)), nil
}

// Check implements web.Flow.
func (f *flows) Check(ctx context.Context, text []byte) (web.FlowCheck, error) {
	_, check, err := f.checked(ctx, text, "")
	return check, err
}

// checked prepares a flow and tells the findings. s is nil when it is refused.
func (f *flows) checked(ctx context.Context, text []byte, by string) (s *served, check web.FlowCheck, err error) {
	s, err = f.prepare(ctx, fromText("flow.yaml", text), by)
	var found ivr.Findings
	if errors.As(err, &found) {
		return nil, web.FlowCheck{Refused: true, Findings: shownFindings(found)}, nil
	}
	if err != nil {
		return nil, check, err
	}
	return s, web.FlowCheck{Version: s.flow.Version, Findings: shownFindings(s.flow.Warnings)}, nil
}

// Publish implements web.Flow.
func (f *flows) Publish(ctx context.Context, text []byte, present, by string) (web.FlowCheck, error) {
	f.changing.Lock()
	defer f.changing.Unlock()
	if present != f.current().flow.Version {
		return web.FlowCheck{}, web.ErrChanged
	}
	s, check, err := f.checked(ctx, text, by)
	if err != nil || check.Refused {
		return check, err
	}
	return check, f.publish(ctx, s)
}

func shownFindings(found ivr.Findings) []web.Finding {
	list := make([]web.Finding, len(found))
	for i, x := range found {
		list[i] = web.Finding{File: filepath.Base(x.File), Line: x.Line, Column: x.Column,
			Severity: string(x.Severity), Code: x.Code, What: x.What}
	}
	return list
}

// current returns the flow that is served.
func (f *flows) current() *served {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// again makes the present flow's sounds anew, after a recording came or went.
// It expects that nothing else is being changed.
func (f *flows) again(ctx context.Context) error {
	now := f.current()
	s, err := f.prepare(ctx, fromText("flow.yaml", now.text), now.by)
	if err != nil {
		return err
	}
	s.at = now.at
	f.publishSounds(s)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now, f.dull = s, nil
	return nil
}

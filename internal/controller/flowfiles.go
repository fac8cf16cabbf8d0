package controller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"presszero/call"
	"presszero/call/number"
	"presszero/internal/atomicfile"
	"presszero/internal/settings"
	"presszero/ivr"
	"presszero/outbound"
	"presszero/recordings"
)

// served is a flow with all that belongs to it.
type served struct {
	flow   *ivr.Flow
	text   []byte
	sounds map[string]recordings.Sound
	at     time.Time
	by     string
}

// flowFiles are the flow and its sounds as they lie on disk: how a flow is read, its
// sounds made and measured, and the flow checked against them; and which flow is the one
// to begin with.
//
//	file ─────┐
//	page, API ┴─> read ─> sounds ─> check ─> served
//	                          │ refused
//	                          └─> findings
//
// A restart must bring the centre up whatever has happened to the files
// meanwhile: then the last good version is served, from flows/, with the last
// good sounds, and that is an alarm. Only a first start is refused.
type flowFiles struct {
	s       settings.Settings
	log     *slog.Logger
	speaker *recordings.Speaker

	made   string // the folder of finished sounds
	noCore bool   // Asterisk's recorded sounds are not on this machine

	troubleMu sync.Mutex
	alarm     string   // why a newer file is not served
	dull      []string // prompts that cannot be heard as they lie on disk, and why
}

func newFlowFiles(s settings.Settings) *flowFiles {
	f := &flowFiles{s: s, log: slog.Default(), made: s.Path("sounds")}
	f.speaker = recordings.NewSpeaker(f.prompts("en"))
	return f
}

// setAlarm says why a newer file is not served; "": all is served as it lies on disk.
func (f *flowFiles) setAlarm(why string) {
	f.troubleMu.Lock()
	defer f.troubleMu.Unlock()
	f.alarm = why
}

// soundsAreWell says that every prompt is heard as it lies on disk.
func (f *flowFiles) soundsAreWell() {
	f.troubleMu.Lock()
	defer f.troubleMu.Unlock()
	f.dull = nil
}

func (f *flowFiles) prompts(language string) recordings.Prompts {
	return recordings.Prompts{Recorded: f.s.Prompts, Core: f.s.CoreSounds, Sounds: f.made,
		Language: language, Speak: strings.Fields(f.s.Speak)}
}

// reading reads a flow under the checker's options.
type reading func(...ivr.Option) (*ivr.Flow, error)

// fromFile reads the operator's file, or the example.
func (f *flowFiles) fromFile() reading {
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
func (f *flowFiles) prepare(ctx context.Context, read reading, by string) (*served, error) {
	return f.prepareWith(ctx, f.prompts, read, by)
}

// prepareAnyhow is prepare for a start: a sound that cannot be made gives way
// to the last good one, to a spoken text, or to nothing, with an alarm.
func (f *flowFiles) prepareAnyhow(ctx context.Context, read reading, by string) (*served, error) {
	return f.prepareWith(ctx, func(language string) recordings.Prompts {
		p := f.prompts(language)
		p.Damaged = func(prompt string, err error) {
			f.troubleMu.Lock()
			defer f.troubleMu.Unlock()
			f.dull = append(f.dull, fmt.Sprintf("prompt %q: %s", prompt, err))
			f.log.Error("a prompt cannot be used as it is; callers hear the last good one", "prompt", prompt, "err", err)
		}
		return p
	}, read, by)
}

func (f *flowFiles) prepareWith(ctx context.Context, prompts func(string) recordings.Prompts, read reading, by string) (*served, error) {
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
func (f *flowFiles) coreSound() func(name string) bool {
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
func (f *flowFiles) outOfReach(flow *ivr.Flow) (found ivr.Findings) {
	var policy *outbound.Policy
	book, _, err := f.s.ReadBook()
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

// writtenTwice are remarks about numbers that are another writing of an earlier
// number. The menus go by the earlier one, so these have no effect.
func (f *flowFiles) writtenTwice(flow *ivr.Flow) (found ivr.Findings) {
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
func (f *flowFiles) open(ctx context.Context, strict bool) (*served, error) {
	s, err := f.newest(ctx, f.prepare)
	if err != nil && (strict || !servedBefore(f.s)) {
		return nil, err
	}
	if why := err; why != nil {
		if s, err = f.newest(ctx, f.prepareAnyhow); err != nil {
			if s, err = f.lastGood(ctx); err != nil {
				return nil, fmt.Errorf("%w; nor can a flow of before be served: %w", why, err)
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
	published, err := prepare(ctx, f.kept(at), by)
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

// warnings says what is not served as it lies on disk.
func (f *flowFiles) warnings() (list []string) {
	f.troubleMu.Lock()
	defer f.troubleMu.Unlock()
	if f.alarm != "" {
		list = append(list, f.alarm)
	}
	if len(f.dull) > 0 {
		list = append(list, "callers hear the last good sound, or a spoken text, instead of a recording that cannot be used: "+strings.Join(f.dull, "; "))
	}
	return list
}

func (f *flowFiles) length(version string) func(string) time.Duration {
	return func(prompt string) time.Duration { return f.speaker.Length(version, prompt) }
}

// publishSounds makes the sounds of s what callers hear from now on, those of
// the dialplan too. Where the disk refuses new names, the old ones stay.
func (f *flowFiles) publishSounds(s *served) {
	f.speaker.Publish(s.flow.Version, s.sounds)
	if err := f.prompts(s.flow.Language).Name(s.sounds); err != nil {
		f.log.Error("the dialplan goes on with the sounds of before", "version", s.flow.Version, "err", err)
	}
}

// sound finds what a caller hears, in the words of the flow that the call is on.
func (f *flowFiles) sound(ctx context.Context, prompt string) (string, error) {
	version, name := unpin(prompt)
	if version != "" {
		if path, _, err := f.speaker.SoundOf(ctx, version, name); err == nil {
			return "sound:" + path, nil
		}
	}
	path, _, err := f.speaker.Sound(ctx, name)
	return "sound:" + path, err
}

func (f *flowFiles) silence(length time.Duration) (string, error) {
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

func (f *flowFiles) path(version string) string {
	return f.s.Path("flows", filepath.Base(version)+".yaml")
}

// kept reads a version of before. One that is not what it was is an error.
func (f *flowFiles) kept(version string) reading {
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

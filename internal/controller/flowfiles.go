package controller

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"presszero/call"
	"presszero/internal/settings"
	"presszero/ivr"
	"presszero/recordings"
	"presszero/web"
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

// warnings says what is not served as it lies on disk.
func (f *flowFiles) warnings() (list []trouble) {
	f.troubleMu.Lock()
	defer f.troubleMu.Unlock()
	if f.alarm != "" {
		list = append(list, trouble{web.AboutFlow, "flow", f.alarm})
	}
	if len(f.dull) > 0 {
		list = append(list, trouble{web.AboutSounds, "sounds", "callers hear the last good sound, or a spoken text, instead of a recording that cannot be used: " + strings.Join(f.dull, "; ")})
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
		f.log.Error("the sounds of this flow cannot be given to Asterisk's fallback dialplan; it plays those of the last flow", "version", s.flow.Version, "err", err)
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
	if ofNoFlow(prompt) {
		return "", prompt
	}
	version, name, pinned := strings.Cut(prompt, versionMark)
	if !pinned {
		return "", prompt
	}
	return version, name
}

// canSpeak makes the sound of a text in each language of the flow, so that callers hear
// it without delay, or says why it cannot.
func (f *flows) canSpeak(ctx context.Context, text string) error {
	for _, language := range f.current().flow.Languages {
		if _, _, err := f.speaker.Sound(ctx, call.Spoken(language, text)); err != nil {
			f.log.Warn("a text cannot be spoken", "language", language, "err", err)
			return web.Unfit(fmt.Sprintf("This text cannot be spoken in %q; record it instead.", language))
		}
	}
	return nil
}

// keepRecording keeps a recording that belongs to no flow; name is the folder's, which
// has the latest.
func (f *flowFiles) keepRecording(ctx context.Context, name string, sound io.Reader) (recordings.Sound, error) {
	p := f.prompts("en")
	p.Recorded = f.s.Path("recordings", name)
	return p.Upload(ctx, name, "", sound)
}

// ofNoFlow reports whether a prompt is the same whatever flow is served: a text that is
// spoken, which may have any sign in it, or a recording of its own.
func ofNoFlow(prompt string) bool {
	_, _, spoken := call.SpokenText(prompt)
	_, recorded := call.RecordingKey(prompt)
	return spoken || recorded
}

// versionMark parts a flow's version from a prompt's name on the way to the
// switch, which carries it unread.
const versionMark = "@"

// pinSounds marks the prompts of a Play with the version whose words are meant.
func pinSounds(p call.Play) call.Play {
	if p.Flow == "" {
		return p
	}
	prompts := slices.Clone(p.Prompts)
	for i, name := range prompts {
		if !ofNoFlow(name) {
			prompts[i] = p.Flow + versionMark + name
		}
	}
	p.Prompts = prompts
	return p
}

package recordings

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

func TestPrompts(t *testing.T) {
	dir := t.TempDir()
	p := Prompts{Recorded: filepath.Join(dir, "mine"), Core: filepath.Join(dir, "core"),
		Sounds: filepath.Join(dir, "sounds"), Language: "en"}
	for _, d := range []string{p.Recorded, p.Core} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tone(t, filepath.Join(p.Core, "sorry.wav"), "2")
	texts := map[string]string{"greeting": "Welcome to the support line.", "sorry": "core:sorry"}

	prepare := func() map[string]Sound {
		t.Helper()
		sounds, err := p.Prepare(context.Background(), texts)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Name(sounds); err != nil {
			t.Fatal(err)
		}
		return sounds
	}
	first := prepare()
	if s := first["greeting"]; s.Source != "spoken" || s.Length < time.Second || s.Length > 5*time.Second {
		t.Errorf("greeting: %+v", s)
	}
	if s := first["sorry"]; s.Source != "core" || s.Length != 2*time.Second {
		t.Errorf("sorry: %+v", s)
	}

	// The dialplan finds it under a name that does not change.
	if named, err := os.Stat(filepath.Join(p.Sounds, "greeting.ulaw")); err != nil || named.Size() == 0 {
		t.Errorf("sounds/greeting.ulaw: %v", err)
	}
	made, _ := os.Stat(first["greeting"].Path + ".ulaw")
	prepare()
	if again, _ := os.Stat(first["greeting"].Path + ".ulaw"); !again.ModTime().Equal(made.ModTime()) {
		t.Error("an unchanged prompt was made twice")
	}

	tone(t, filepath.Join(p.Recorded, "greeting.wav"), "3")
	if s := prepare()["greeting"]; s.Source != "recorded" || s.Length != 3*time.Second {
		t.Errorf("an operator's recording was passed over: %+v", s)
	}
	if same, err := os.Stat(first["greeting"].Path + ".ulaw"); err != nil || !same.ModTime().Equal(made.ModTime()) {
		t.Error("the sound of the calls that began before has changed")
	}
	if err := os.Remove(filepath.Join(p.Recorded, "greeting.wav")); err != nil {
		t.Fatal(err)
	}
	if s := prepare()["greeting"]; s.Source != "spoken" || s.Length != first["greeting"].Length {
		t.Errorf("without the recording: %+v", s)
	}
}

// tone writes a recording, as an operator would hand it in.
func tone(t *testing.T, path, seconds string) {
	t.Helper()
	if out, err := exec.Command("sox", "-n", "-r", "44100", path, "synth", seconds, "sine", "440").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// TestLanguages: each language has its own voice, recordings and names.
func TestLanguages(t *testing.T) {
	p := testPrompts(t)
	texts := map[string]string{"main": "For billing, press 1.", "ko/main": "요금 문의는 1번을 눌러 주세요.",
		"pt-br/main": "Para faturas, pressione 1.", "ja/main": "請求については1を押してください。", "ko/beep": "core:beep", "beep": "core:beep"}
	tone(t, filepath.Join(p.Core, "beep.wav"), "0.5")
	prepare := func() map[string]Sound {
		t.Helper()
		sounds, err := p.Prepare(context.Background(), texts)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Name(sounds); err != nil {
			t.Fatal(err)
		}
		return sounds
	}
	sounds := prepare()
	paths := map[string]bool{}
	for prompt := range texts {
		s := sounds[prompt]
		paths[s.Path] = true
		if info, err := os.Stat(s.Path + ".ulaw"); err != nil || mulaw(info.Size()) != s.Length || s.Length < 500*time.Millisecond {
			t.Errorf("%s: %+v, %v", prompt, s, err)
		}
		if _, err := os.Stat(filepath.Join(p.Sounds, prompt+".ulaw")); err != nil {
			t.Error(err)
		}
	}
	if len(paths) != 5 { // both beeps are one sound
		t.Errorf("%d sounds: %v", len(paths), paths)
	}
	if err := os.Mkdir(filepath.Join(p.Recorded, "ko"), 0o755); err != nil {
		t.Fatal(err)
	}
	tone(t, filepath.Join(p.Recorded, "ko", "main.wav"), "3")
	sounds = prepare()
	if s := sounds["ko/main"]; s.Source != "recorded" || s.Length != 3*time.Second {
		t.Errorf("ko/main: %+v", s)
	}
	if s := sounds["main"]; s.Source != "spoken" {
		t.Errorf("main: %+v", s)
	}
}

// testPrompts is a folder with all that prompts need.
func testPrompts(t *testing.T) Prompts {
	t.Helper()
	dir := t.TempDir()
	p := Prompts{Recorded: filepath.Join(dir, "prompts"), Core: filepath.Join(dir, "core"), Sounds: filepath.Join(dir, "sounds"), Language: "en"}
	for _, d := range []string{p.Recorded, p.Core} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// script is a voice of the operator's own.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "voice")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestVoices: any command can speak, by argument or input, to a file or output.
func TestVoices(t *testing.T) {
	espeak := script(t, `[ "$(cat)" = "two lines" ] && [ "$1" = ko ] && exec espeak-ng -v ko "two lines" -w "$2"`)
	output := script(t, `exec espeak-ng -v "$1" --stdout -- "$2"`)
	for _, speak := range [][]string{{espeak, "{language}", "{file}"}, {output, "{language}", "{text}"}} {
		p := testPrompts(t)
		p.Speak = speak
		sounds, err := p.Prepare(context.Background(), map[string]string{"ko/x": "two\n lines"})
		if err != nil || sounds["ko/x"].Length < 300*time.Millisecond {
			t.Errorf("%v: %v, %v", speak, sounds, err)
		}
	}
}

func TestPromptsRefuse(t *testing.T) {
	dir := t.TempDir()
	p := Prompts{Recorded: dir, Core: dir, Sounds: filepath.Join(dir, "sounds"), Language: "en"}
	if err := os.WriteFile(filepath.Join(dir, "bad.wav"), []byte("not a sound"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"bad": "sox failed", "empty": "neither a recording nor a text", "gone": "no recorded sound of Asterisk",
		"ko/core": "spoken in English", "xx/voice": "voice does not exist", "climb": "not the name of a sound", "../out": "not a language",
		"ko/../out": "not a prompt's name", "Main": "not a prompt's name", "long": "too long"} {
		text := map[string]string{"gone": "core:nowhere", "ko/core": "core:welcome", "xx/voice": "hello", "climb": "core:../../x",
			"long": strings.Repeat("long ", 500)}[name]
		_, err := p.Prepare(context.Background(), map[string]string{name: text})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnmade: every prompt that cannot be a sound is told, and nothing that the
// dialplan says is changed by trying.
func TestUnmade(t *testing.T) {
	p := testPrompts(t)
	if err := os.WriteFile(filepath.Join(p.Recorded, "broken.wav"), []byte("RIFF\x00\x00\x00\x00WAVEfmt junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := p.Prepare(context.Background(), map[string]string{"fine": "Hello.", "broken": "", "long": strings.Repeat("a ", call.LongestSpoken),
		"core": "core:none", "xx/voiceless": "Hello.", "nothing": " "})
	var unmade Unmade
	if !errors.As(err, &unmade) {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(unmade)); !slices.Equal(got, []string{"broken", "core", "long", "nothing", "xx/voiceless"}) {
		t.Errorf("unmade: %v", unmade)
	}
	if _, err := os.Lstat(filepath.Join(p.Sounds, "fine.ulaw")); err == nil {
		t.Error("the dialplan's name was changed by a trial")
	}
	p.Speak = []string{"no-such-voice"}
	if _, err := p.Prepare(context.Background(), map[string]string{"fine": "Other."}); err == nil || errors.As(err, &unmade) {
		t.Errorf("without a voice on the machine: %v", err)
	}
}

package recordings

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
	tone := func(path, seconds string) {
		if out, err := exec.Command("sox", "-n", "-r", "44100", path, "synth", seconds, "sine", "440").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	tone(filepath.Join(p.Core, "sorry.wav"), "2")
	texts := map[string]string{"greeting": "Welcome to the support line.", "sorry": "core:sorry"}

	prepare := func() map[string]Sound {
		t.Helper()
		sounds, err := p.Prepare(context.Background(), texts)
		if err != nil {
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

	made, _ := os.Stat(first["greeting"].Path + ".ulaw")
	prepare()
	if again, _ := os.Stat(first["greeting"].Path + ".ulaw"); !again.ModTime().Equal(made.ModTime()) {
		t.Error("an unchanged prompt was made twice")
	}

	tone(filepath.Join(p.Recorded, "greeting.wav"), "3")
	if s := prepare()["greeting"]; s.Source != "recorded" || s.Length != 3*time.Second {
		t.Errorf("an operator's recording was passed over: %+v", s)
	}
	if err := os.Remove(filepath.Join(p.Recorded, "greeting.wav")); err != nil {
		t.Fatal(err)
	}
	if s := prepare()["greeting"]; s.Source != "spoken" || s.Length != first["greeting"].Length {
		t.Errorf("without the recording: %+v", s)
	}
}

func TestPromptsRefuse(t *testing.T) {
	dir := t.TempDir()
	p := Prompts{Recorded: dir, Core: dir, Sounds: filepath.Join(dir, "sounds"), Language: "en"}
	if err := os.WriteFile(filepath.Join(dir, "bad.wav"), []byte("not a sound"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"bad": "sox failed", "empty": "neither a recording nor a text", "gone": "no recorded sound of Asterisk"} {
		text := map[string]string{"gone": "core:nowhere"}[name]
		_, err := p.Prepare(context.Background(), map[string]string{name: text})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

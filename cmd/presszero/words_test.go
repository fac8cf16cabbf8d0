package main

import (
	"testing"

	"presszero/call"
	"presszero/callqueue"
)

// TestLineHasWords: whatever the line may say has words in every language that
// we speak, and in one that we do not.
func TestLineHasWords(t *testing.T) {
	for _, language := range []string{"en", "es", "ko", "ja", "en-gb", "fi"} {
		own, foreign := wordsOfLine(language, language), wordsOfLine(language, "xx")
		for _, name := range callqueue.Prompts() {
			if own[name] == "" || foreign[call.Prompt(language, name)] == "" {
				t.Errorf("%s: %q has no words", language, name)
			}
		}
	}
}

// TestPin: the version travels with a prompt's name, and a text that is spoken
// keeps every sign it has.
func TestPin(t *testing.T) {
	said := call.Spoken("en", "Write to orders@example.")
	p := pin(call.Play{Flow: "v1", Prompts: []string{"main", "ko/main", said}})
	want := [][2]string{{"v1", "main"}, {"v1", "ko/main"}, {"", said}}
	for i, w := range want {
		if version, name := unpin(p.Prompts[i]); version != w[0] || name != w[1] {
			t.Errorf("%q is %q in version %q", p.Prompts[i], name, version)
		}
	}
	if version, name := unpin("main"); version != "" || name != "main" {
		t.Errorf("an unpinned prompt is %q in version %q", name, version)
	}
}

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

package ivr

import (
	"fmt"
	"strings"
	"time"
)

// Limits of what is said (metrics reference 6.1).
const (
	greetingLimit = 8 * time.Second
	menuLimit     = 25 * time.Second
	noticeLimit   = 6 * time.Second
)

// patience measures what callers have to listen to, in every language.
func (c *checker) patience() {
	for _, name := range sortedKeys(c.flow.Nodes) {
		n := c.flow.Nodes[name]
		for _, language := range c.flow.Languages {
			said := max(c.speakingTime(language, n.Prompt), c.speakingTime(language, n.Again), c.speakingTime(language, n.Short))
			if (n.Kind == Menu || n.Kind == Input) && said > menuLimit {
				c.refuse("long", fmt.Sprintf("saying this takes %s in %q, but callers forget what they heard %s ago; offer less, or word it shorter", rounded(said), language, menuLimit), "nodes", name, string(n.Kind))
			}
			if n.Notice && said > noticeLimit {
				c.refuse("notice", fmt.Sprintf("this text cannot be interrupted and takes %s in %q, which hides 0 for too long; at most %s, so word it shorter", rounded(said), language, noticeLimit), "nodes", name, "interruptible")
			}
		}
	}
	for _, number := range sortedKeys(c.flow.Numbers) {
		c.greetings(c.flow.Numbers[number].Node)
	}
}

// greetings adds up what is said before the caller can choose.
func (c *checker) greetings(start string) {
	for _, language := range c.flow.Languages {
		var heard time.Duration
		seen := map[string]bool{}
		var visit func(name string)
		visit = func(name string) {
			n := c.flow.Nodes[name]
			if seen[name] || n.Kind != Say && n.Kind != Greeting && n.Kind != Hours {
				return
			}
			seen[name] = true
			defer delete(seen, name)
			said := c.speakingTime(language, n.Prompt)
			heard += said
			defer func() { heard -= said }()
			if heard > greetingLimit {
				c.refuse("greeting-long", fmt.Sprintf("until here a caller has listened for %s in %q without a choice, but a greeting has %s; word it shorter", rounded(heard), language, greetingLimit), "nodes", name, string(n.Kind))
				return
			}
			for _, w := range c.flow.waysOut(n) {
				if n.Kind != Hours || w.word == "open" {
					visit(w.to)
				}
			}
		}
		visit(start)
	}
}

// speakingTime is how long a prompt takes: by its real sound where it is known, else
// by its text.
func (c *checker) speakingTime(language, prompt string) time.Duration {
	if prompt == "" {
		return 0
	}
	if c.length != nil {
		if d, ok := c.length(c.flow.sound(language, prompt)); ok {
			return d
		}
	}
	text, _ := c.flow.promptText(language, prompt)
	return estimate(text)
}

func rounded(d time.Duration) time.Duration { return d.Round(time.Second / 2) }

// estimate is how long a text takes to say, at the pace of espeak-ng at 155
// words a minute: 14 letters, 5 Korean syllables, 6 kana or 4 Chinese signs a
// second, and a breath after each sentence.
func estimate(text string) time.Duration {
	if sound, ok := strings.CutPrefix(text, "core:"); ok {
		return coreLengths()[sound]
	}
	var d time.Duration
	for _, r := range text {
		switch {
		case strings.ContainsRune(".!?。！？", r):
			d += 400 * time.Millisecond
		case r >= 0xAC00 && r <= 0xD7A3:
			d += 200 * time.Millisecond
		case r >= 0x3040 && r <= 0x30FF:
			d += 160 * time.Millisecond
		case r >= 0x4E00 && r <= 0x9FFF:
			d += 250 * time.Millisecond
		default:
			d += time.Second / 14
		}
	}
	return d
}

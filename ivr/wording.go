package ivr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Callers hear a menu once and act on it, so its words matter: first what,
// then which key; the keys in order; and 0 is told, not hidden.

// mostOptions is how many choices a menu has without a remark, 0 not counted.
const mostOptions = 5

// keyFirst finds "press 1 for billing" in the languages that we know: the
// caller must keep the key in mind before knowing whether it matters.
var keyFirst = map[string]*regexp.Regexp{
	"en": regexp.MustCompile(`(?i)(^|[.,;!?]\s*)(please\s+)?(press|dial|push|choose)\s+[0-9]\s*,?\s+(for|to|if)\b`),
	"es": regexp.MustCompile(`(?i)(^|[.,;!?]\s*)(pulse|marque|presione|oprima)\s+(el\s+)?[0-9]\s*,?\s+(para|si)\b`),
	"pt": regexp.MustCompile(`(?i)(^|[.,;!?]\s*)(pressione|marque|digite|tecle|prima)\s+(o\s+)?[0-9]\s*,?\s+(para|se)\b`),
	"de": regexp.MustCompile(`(?i)(^|[.,;!?]\s*)(drücken|wählen)\s+sie\s+(die\s+)?[0-9]\s*,?\s+(für|um|wenn)(\s|$)`),
	"ko": regexp.MustCompile(`(^|[.,]\s*)[0-9]번은\s`),
	"ja": regexp.MustCompile(`(^|[。、])\s*[0-9]番?は`),
}

// zeroWords are other ways of saying 0.
var zeroWords = regexp.MustCompile(`(?i)\b(zero|cero|null)\b|영번|영 번|ゼロ|零`)

var digit = regexp.MustCompile(`[0-9]+`)

// wording checks the text of every menu in every language.
func (c *checker) wording() {
	levels := c.flow.menuLevels()
	for _, name := range sortedKeys(c.flow.Nodes) {
		n := c.flow.Nodes[name]
		if n.Kind == Language {
			c.languageText(n)
		}
		if n.Kind != Menu {
			continue
		}
		if len(n.Keys) > mostOptions {
			c.warnAt("options", fmt.Sprintf("%d options besides 0 are many to remember; more than %d deserve a thought about which are used", len(n.Keys), mostOptions), "nodes", name, "keys")
		}
		for _, language := range c.flow.Languages {
			if text, ok := c.flow.promptText(language, n.Prompt); ok && !strings.HasPrefix(text, "core:") {
				c.menuText(n, language, text, levels[name])
			}
		}
	}
}

// languageText checks that each language tells its own key.
func (c *checker) languageText(n *Node) {
	for _, key := range sortedKeys(n.Keys) {
		text, ok := c.flow.promptText(n.Keys[key], n.Prompt)
		if ok && !strings.HasPrefix(text, "core:") && !strings.Contains(text, key) {
			c.warnAt("unsaid", fmt.Sprintf("the text of this choice in %q does not name its key %s; say it, in that language", n.Keys[key], key), "nodes", n.Name, "keys", key)
		}
	}
}

func (c *checker) menuText(n *Node, language, text string, level int) {
	said := saidKeys(text)
	if !slices.Contains(said, "0") && !zeroWords.MatchString(text) {
		severity := Warning
		if level <= levelsFine {
			severity = Refused
		}
		c.addFinding(severity, "zero", fmt.Sprintf("the text of this menu (%s) hides 0; say that 0 leads to a person, since callers who do not know it hang up", language), "nodes", n.Name, "menu")
	}
	if keyFirst[language] != nil && keyFirst[language].MatchString(text) {
		c.warnAt("key-first", fmt.Sprintf("the text of this menu (%s) names a key before what it does; say \"for billing, press 1\", so that callers need not remember keys", language), "nodes", n.Name, "menu")
	}
	var offered []string
	for _, key := range said {
		if n.Keys[key] != "" {
			offered = append(offered, key)
		}
	}
	if !slices.IsSorted(offered) {
		c.warnAt("order", fmt.Sprintf("the text of this menu (%s) names its keys out of order (%s); callers expect them ascending", language, strings.Join(offered, ", ")), "nodes", n.Name, "menu")
	}
	for _, key := range sortedKeys(n.Keys) {
		if key >= "1" && key <= "9" && !slices.Contains(said, key) && len(said) > 0 {
			c.warnAt("unsaid", fmt.Sprintf("the text of this menu (%s) does not name key %s, so nobody will press it; say it, or remove the key", language, key), "nodes", n.Name, "keys", key)
		}
	}
}

// saidKeys returns the single digits of a text, each once, in order.
func saidKeys(text string) []string {
	var said []string
	for _, d := range digit.FindAllString(text, -1) {
		if len(d) == 1 && !slices.Contains(said, d) {
			said = append(said, d)
		}
	}
	return said
}

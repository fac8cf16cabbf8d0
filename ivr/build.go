package ivr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"presszero/call"
)

// builder makes the flow of the document, and notes what is wrong with each word
// of it. The queues are queueBuilder's; what shows only on the way of a caller is
// checker's.
type builder struct {
	*document
	flow   *Flow
	sounds func(name string) bool // nil: those that come with Asterisk
}

var (
	validName     = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	validLanguage = regexp.MustCompile(`^[a-z]{2,3}(-[a-z]{2,4})?$`)
	validNumber   = regexp.MustCompile(`^\+?[0-9]{1,32}$`) // of what the dialplan hands over (asterisk/private/conf/extensions.conf)
	validE164     = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// build makes the flow; it is sound only when checker finds nothing to refuse.
func (b *builder) build(version string) *Flow {
	f := b.file
	b.flow = &Flow{Version: version, Language: f.Language, Person: f.Person, Keys: Profile(f.Keys),
		Numbers: map[string]Number{}, Nodes: map[string]*Node{}, Prompts: map[string]map[string]string{},
		Services: Services{Allow: f.Services.Allow, Private: f.Services.Private}, Profiles: f.Profiles, source: b.source}
	if f.Version != 1 {
		b.refuse("version", versionFinding(f.Version), "version")
	}
	b.languages()
	b.keyProfile(&b.flow.Keys, "keys")
	var err error
	if b.zone, err = loadZone(f.Zone); err != nil {
		b.refuse("zone", err.Error(), "zone")
	}
	b.flow.Zone = b.zone.String()
	b.allowDepth()
	b.prompts()
	b.breaks()
	b.popHosts()
	b.flow.Queues = (&queueBuilder{b.document}).queues()
	b.numbers()
	b.recording()
	for _, name := range sortedKeys(f.Nodes) {
		b.buildNode(name, f.Nodes[name])
	}
	return b.flow
}

func versionFinding(version int) string {
	switch {
	case version > 1:
		return fmt.Sprintf("version is %d, but this program reads version 1; use a newer program, or write the flow as version 1", version)
	default:
		return fmt.Sprintf("version is %d, but this program reads version 1; write `version: 1`", version)
	}
}

func (b *builder) languages() {
	f := b.flow
	if f.Language == "" {
		f.Language = "en"
	}
	f.Languages = []string{f.Language}
	for _, l := range b.file.Languages {
		if !slices.Contains(f.Languages, l) {
			f.Languages = append(f.Languages, l)
		}
	}
	for _, l := range f.Languages {
		if !validLanguage.MatchString(l) {
			b.refuse("language", fmt.Sprintf("%q is not a language; write its short name, like en, ko or pt-br", l), "languages")
		}
	}
}

func (b *builder) language(name string, path ...string) {
	if name != "" && !b.flow.offers(name) {
		b.refuse("language", fmt.Sprintf("%q is not one of the offered languages (%s); add it to languages, or correct it", name, strings.Join(b.flow.Languages, ", ")), path...)
	}
}

func (b *builder) keyProfile(p *Profile, path ...string) {
	if *p == "" {
		*p = ISO
	}
	if *p != ISO && *p != Korean {
		b.refuse("keys", fmt.Sprintf("%q is not a key profile; write iso (* back, # end) or kr (# back, * again)", *p), path...)
	}
}

func (b *builder) allowDepth() {
	o := b.file.AllowDepth
	if o == nil {
		return
	}
	if strings.TrimSpace(o.Who) == "" || strings.TrimSpace(o.Why) == "" || o.Levels < 4 || o.Levels > 9 {
		b.refuse("depth", "allow_depth is kept for the audit, so it needs levels (4 to 9), who decided it and why", "allow_depth")
		return
	}
	b.flow.AllowDepth = *o
	b.warnAt("override", fmt.Sprintf("menus down to the %s level are allowed, as %s decided (%s); look at it again from time to time", ordinal(o.Levels), o.Who, o.Why), "allow_depth")
}

func (b *builder) prompts() {
	for _, name := range sortedKeys(b.file.Prompts) {
		if !validName.MatchString(name) {
			b.refuse("name", fmt.Sprintf("%q cannot be a prompt's name; use small letters, digits, - and _", name), "prompts", name)
		}
		texts := map[string]string{}
		for language, text := range b.file.Prompts[name] {
			if language == "" {
				texts[b.flow.Language] = text
				continue
			}
			if !validLanguage.MatchString(language) {
				b.refuse("language", fmt.Sprintf("%q is not a language; write its short name, like en, ko or pt-br, or if {%s} is a value in a text, quote it", language, language), "prompts", name, language)
				continue
			}
			b.language(language, "prompts", name, language)
			texts[language] = text
		}
		for _, language := range sortedKeys(texts) {
			b.sayable(name, language, texts[language])
		}
		b.flow.Prompts[name] = texts
	}
}

// sayable checks that a text can be made into a sound. A recording may take its
// place, but must not be all there is: without it the flow could not be served.
func (b *builder) sayable(name, language, text string) {
	path := []string{"prompts", name, language}
	if !b.source.isWritten(path...) {
		path = path[:2]
	}
	if sound, ok := strings.CutPrefix(text, "core:"); ok {
		b.coreSound(sound, language, path...)
		return
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
		b.refuse("silence", fmt.Sprintf("prompt %q says nothing in %q; a caller would hear silence, so write what is said", name, language), path...)
	}
	if n := len([]rune(text)); n > call.LongestSpoken {
		b.refuse("too-long", fmt.Sprintf("prompt %q has %d characters in %q, but no voice speaks more than %d; say less, or in several nodes", name, n, language, call.LongestSpoken), path...)
	}
}

func (b *builder) numbers() {
	f := b.file
	if len(f.Numbers) == 0 {
		b.refuse("numbers", "no number leads anywhere; write `numbers:` with at least one number and its node", "numbers")
	}
	for _, number := range sortedKeys(f.Numbers) {
		n := Number{Node: f.Numbers[number].Node, Language: f.Numbers[number].Language, Keys: Profile(f.Numbers[number].Keys)}
		if !validNumber.MatchString(number) {
			b.refuse("numbers", fmt.Sprintf("%q is not a telephone number, so no call would get here; write digits only, with + in front for a whole one", number), "numbers", number)
		}
		b.leadsTo(n.Node, true, "numbers", number)
		b.language(n.Language, "numbers", number, "language")
		if n.Keys != "" {
			b.keyProfile(&n.Keys, "numbers", number, "keys")
		}
		b.flow.Numbers[number] = n
	}
}

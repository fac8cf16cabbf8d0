package ivr

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"presszero/internal/yamlfile"
)

// buildNode makes one node of what the file says of it.
func (b *builder) buildNode(name string, w fileNode) {
	kind, value, clear := w.kindOf()
	if !validName.MatchString(name) {
		b.refuse("name", fmt.Sprintf("%q cannot be a node's name; use small letters, digits, - and _", name), "nodes", name)
	}
	if !clear {
		b.unclear(name, w)
		return
	}
	n := &Node{Name: name, Kind: kind, Again: w.Again, Short: w.Short, Then: w.Then, Otherwise: w.Otherwise, Failed: w.Failed}
	b.flow.Nodes[name] = n
	b.strays(name, kind)
	b.leadsTo(w.Otherwise, false, "nodes", name, "otherwise")
	b.otherPrompt(name, w.Again, "again")
	b.otherPrompt(name, w.Short, "short")
	n.FirstDigit = b.duration(w.FirstDigit, firstDigit, firstDigit, time.Minute, "nodes", name, "first_digit")
	n.Between = b.duration(w.Between, between, 2*time.Second, 30*time.Second, "nodes", name, "between")
	switch kind {
	case Say, Greeting, Menu, Language, Input, Mailbox, End:
		n.Prompt = value
		b.prompt(value, "nodes", name, string(kind))
	case Lookup, Transfer:
		n.Prompt = w.Wait
		if w.Wait != "" || b.source.isWritten("nodes", name, "wait") {
			b.prompt(w.Wait, "nodes", name, "wait")
		}
	}
	b.details(n, w, value)
}

func (b *builder) details(n *Node, w fileNode, value string) {
	switch n.Kind {
	case Say:
		n.Notice = w.Interruptible != nil && !*w.Interruptible
		b.leadsTo(n.Then, true, "nodes", n.Name, "then")
	case Greeting:
		b.greetingNode(n, w)
	case Menu:
		b.menuNode(n, w)
	case Language:
		b.languageNode(n, w)
	case Input:
		b.inputNode(n, w)
	case Lookup:
		b.lookupNode(n, w)
	case Hours:
		b.hoursNode(n, w)
	case Wait, Complaint, Callback:
		b.queueNode(n, w, value)
	case Mailbox:
		b.mailboxNode(n, w)
	case Transfer:
		n.Number = value
		if !validE164.MatchString(value) {
			b.refuse("number", fmt.Sprintf("%q is not a whole number; write it with + and the country, like +34911234567", value), "nodes", n.Name, "transfer")
		}
		b.leadsTo(n.Failed, false, "nodes", n.Name, "failed")
	}
}

// unclear notes a node that is nothing, or two things at once. One that is
// begun but empty is the most dangerous of all: elsewhere it hangs callers up.
func (b *builder) unclear(name string, w fileNode) {
	for _, key := range b.source.children("nodes", name) {
		if value, begins := w.beginnings()[Kind(key)]; begins && value == "" {
			b.refuse("empty", fmt.Sprintf("%s is empty; a caller would hear nothing and be lost here, so write what it does", key), "nodes", name, key)
			return
		}
	}
	b.refuse("kind", fmt.Sprintf("node %q must have exactly one of say, greeting, menu, language, input, lookup, hours, queue, complaint, callback, mailbox, transfer and end", name), "nodes", name)
}

// strays notes keys that belong to another kind of node: they would be passed
// over, although the author of the flow believes that they count.
func (b *builder) strays(name string, kind Kind) {
	allowed := strings.Fields(belongs[kind])
	for _, key := range b.source.children("nodes", name) {
		if key != string(kind) && !slices.Contains(allowed, key) {
			b.refuse("stray", fmt.Sprintf("%s means nothing in a %s node; remove it, or move it to the node it is meant for", key, kind), "nodes", name, key)
		}
	}
}

func (b *builder) prompt(name string, path ...string) {
	switch {
	case name == "":
		b.refuse("empty", fmt.Sprintf("%s names no prompt; a caller would hear nothing here, so name one", path[len(path)-1]), path...)
	case !validName.MatchString(name):
		b.refuse("name", fmt.Sprintf("%q cannot be a prompt's name; use small letters, digits, - and _", name), path...)
	default:
		for _, language := range b.flow.Languages {
			if _, ok := b.flow.promptText(language, name); !ok {
				b.missing(name, language, path...)
			}
		}
	}
}

func (b *builder) missing(name, language string, path ...string) {
	if len(b.flow.Prompts[name]) == 0 {
		b.refuse("no-text", fmt.Sprintf("prompt %q has no text%s; add it under prompts, since without a recording nobody could say it", name, yamlfile.DidYouMean(name, sortedKeys(b.flow.Prompts))), path...)
		return
	}
	b.refuse("no-text", fmt.Sprintf("prompt %q has no text in %q, which is an offered language; add it, or callers would hear a language they did not choose", name, language), path...)
}

// otherPrompt checks a prompt that a node says in place of its own.
func (b *builder) otherPrompt(name, prompt, key string) {
	if prompt != "" || b.source.isWritten("nodes", name, key) {
		b.prompt(prompt, "nodes", name, key)
	}
}

package ivr

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// checker looks for what is wrong with a flow as a whole. What is wrong with one
// word of the file has been noted by then.
type checker struct {
	*report
	flow   *Flow
	length func(prompt string) (time.Duration, bool) // of a sound; nil: none is known
}

// check checks everything. The ways of callers are followed only when every
// destination is there: else one mistake would be told many times.
func (c *checker) check() {
	c.passingRound()
	c.neededPrompts()
	c.addresses()
	if !c.found.Refuses() {
		c.sentBack()
		c.unknownPriorities()
		c.callbackOff()
		c.checkWays()
	}
	c.promises()
}

// neededPrompts are those of the engine, which a language that we do not speak
// must bring itself.
func (c *checker) neededPrompts() {
	needed := []string{NotUnderstood, Apology}
	for _, n := range c.flow.Nodes {
		if n.Kind == Mailbox {
			needed = append(needed, Beep, MessageKept, NothingHeard)
			break
		}
	}
	for _, q := range c.flow.Queues {
		for _, e := range q.exits() {
			if n := c.flow.Nodes[e.Node]; n != nil && !n.speaks() {
				needed = append(needed, map[string]string{exitFull: SentFull, exitClosed: SentClosed, exitNobody: SentNobody, exitTooLong: SentLong}[e.key])
			}
		}
	}
	slices.Sort(needed)
	needed = slices.Compact(needed)
	for _, language := range c.flow.Languages {
		for _, name := range needed {
			if _, ok := c.flow.promptText(language, name); !ok {
				c.refuse("no-text", fmt.Sprintf("the program has no words for %q in %q; add prompt %q in that language, since every flow needs it", name, language, name), "prompts", name)
			}
		}
	}
}

// addresses checks that look-ups reach only what the flow allows.
func (c *checker) addresses() {
	for i, allowed := range c.flow.Services.Allow {
		u, err := url.Parse(allowed)
		if err != nil || u.Host == "" || u.Path == "" || u.Scheme != "https" && (u.Scheme != "http" || !c.flow.Services.Private) {
			c.refuse("service", fmt.Sprintf("allowed service %d, %q, is not the beginning of an address; write it like https://orders.example/ (http only with `private: true`)", i+1, allowed), "services", "allow")
		}
	}
	for _, name := range sortedKeys(c.flow.Nodes) {
		n := c.flow.Nodes[name]
		if n.Ask != nil {
			if _, err := url.Parse(valuePattern.ReplaceAllString(n.Ask.Address, "0")); err != nil {
				c.refuse("service", fmt.Sprintf("%q is not an address that can be asked (%v); correct it", n.Ask.Address, errors.Unwrap(err)), "nodes", name, "lookup")
				continue
			}
		}
		if n.Ask == nil || slices.ContainsFunc(c.flow.Services.Allow, func(allowed string) bool {
			return strings.HasPrefix(n.Ask.Address, allowed)
		}) {
			continue
		}
		c.refuse("service", fmt.Sprintf("%q is not under services: allow, so it will not be asked; add the beginning of the address there if callers' data may go to it", n.Ask.Address), "nodes", name, "lookup")
	}
}

package ivr

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// checker goes through a flow file and notes what must not go live.
type checker struct {
	name  string
	tree  *ast.File
	file  file
	found Findings
}

var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

func (c *checker) add(what string, path ...string) {
	line, column := position(c.tree, path...)
	c.found = append(c.found, Finding{File: c.name, Line: line, Column: column, What: what})
}

func (c *checker) check() {
	f := c.file
	if f.Version != 1 {
		c.add(fmt.Sprintf("version is %d, but this program reads version 1; write `version: 1`", f.Version), "version")
	}
	if len(f.Numbers) == 0 {
		c.add("no number leads anywhere; write `numbers:` with at least one number and its node", "numbers")
	}
	if _, ok := f.Queues[f.Person]; !ok {
		c.add(fmt.Sprintf("person is %q, which is not one of the queues; 0 must lead to a person, so name a queue that agents serve", f.Person), "person")
	}
	for number, node := range f.Numbers {
		c.node(node, "numbers", number)
	}
	for name, q := range f.Queues {
		for field, text := range map[string]string{"ring": q.Ring, "wrap_up": q.WrapUp, "target": q.Target} {
			if _, err := seconds(text); err != nil {
				c.add(err.Error(), "queues", name, field)
			}
		}
		if !validName.MatchString(name) {
			c.add(fmt.Sprintf("%q cannot be a queue's name; use small letters, digits, - and _", name), "queues", name)
		}
	}
	for _, name := range keys(f.Nodes) {
		c.one(name, f.Nodes[name])
	}
	for name := range f.Prompts {
		if !validName.MatchString(name) {
			c.add(fmt.Sprintf("%q cannot be a prompt's name; use small letters, digits, - and _", name), "prompts", name)
		}
	}
	if len(c.found) == 0 {
		c.loops()
	}
}

// node notes a reference to a node that is not there: a caller who got there
// would have nowhere to go.
func (c *checker) node(name string, path ...string) {
	if _, ok := c.file.Nodes[name]; !ok {
		c.add(fmt.Sprintf("%q is not one of the nodes; a caller would be lost here, so correct the name or add the node", name), path...)
	}
}

func (c *checker) prompt(name string, path ...string) {
	if !validName.MatchString(name) {
		c.add(fmt.Sprintf("%q cannot be a prompt's name; use small letters, digits, - and _", name), path...)
	} else if c.file.Prompts[name] == "" && own[name] == "" {
		c.add(fmt.Sprintf("prompt %q has no text; add it under prompts, since without a recording nobody could say it", name), path...)
	}
}

// one checks a single node.
func (c *checker) one(name string, n fileNode) {
	kinds := 0
	if n.Say != "" {
		kinds++
		c.prompt(n.Say, "nodes", name, "say")
		c.node(n.Then, "nodes", name, "then")
	}
	if n.Menu != "" {
		kinds++
		c.menu(name, n)
	}
	if n.Queue != "" {
		kinds++
		if _, ok := c.file.Queues[n.Queue]; !ok {
			c.add(fmt.Sprintf("%q is not one of the queues; correct the name or add the queue", n.Queue), "nodes", name, "queue")
		}
	}
	if kinds != 1 {
		c.add(fmt.Sprintf("node %q must have exactly one of say, menu and queue", name), "nodes", name)
	}
}

func (c *checker) menu(name string, n fileNode) {
	c.prompt(n.Menu, "nodes", name, "menu")
	if len(n.Keys) == 0 {
		c.add("the menu has no keys; offer at least one, or use say", "nodes", name, "menu")
	}
	for _, key := range keys(n.Keys) {
		switch {
		case key == "0":
			c.add("0 is kept for a person everywhere and cannot be given to something else; remove it", "nodes", name, "keys", key)
		case len(key) != 1 || !strings.Contains("123456789*#", key):
			c.add(fmt.Sprintf("%q is not a key; use one of 1-9, * and #, in quotes", key), "nodes", name, "keys", key)
		default:
			c.node(n.Keys[key], "nodes", name, "keys", key)
		}
	}
}

// loops refuses texts that lead back to themselves without a menu between:
// the caller would hear them for ever.
func (c *checker) loops() {
	for _, start := range keys(c.file.Nodes) {
		seen := map[string]bool{}
		for at := start; c.file.Nodes[at].Say != ""; at = c.file.Nodes[at].Then {
			if seen[at] {
				c.add(fmt.Sprintf("%q is said again and again without end; let `then` lead to a menu or a queue", start), "nodes", start, "then")
				break
			}
			seen[at] = true
		}
	}
}

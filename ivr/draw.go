package ivr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// drawing is a flow as boxes and arrows, before its layout.
type drawing struct {
	boxes  []box
	arrows []arrow
}

// box is a number, a node or the person behind 0.
type box struct {
	id    string
	shape shape
	lines []string // what it is, what is noted of it, what it says
	notes int      // how many of the lines are noted
}

// Notes are what a picture of a flow is to tell of how it is used: a line in the box
// of a node, by its name, and how often each key was pressed there.
type Notes struct {
	Boxes map[string]string
	Keys  map[string]map[string]int
}

// note writes the notes into the boxes, below what they are, and behind the keys.
func (d drawing) note(n Notes) {
	for i := range d.boxes {
		b := &d.boxes[i]
		if line := n.Boxes[b.id]; line != "" {
			b.lines, b.notes = slices.Insert(slices.Clone(b.lines), 1, line), 1
		}
	}
	for i := range d.arrows {
		a := &d.arrows[i]
		words := strings.Split(a.label, ", ")
		for j, key := range words {
			if count := n.Keys[a.from][key]; count > 0 {
				words[j] = fmt.Sprintf("%s (%d)", key, count)
			}
		}
		a.label = strings.Join(words, ", ")
	}
}

type shape string

const (
	number shape = "number" // where calls come in
	text   shape = "text"   // says something and goes on
	choice shape = "choice" // asks the caller
	work   shape = "work"   // asks a service or a clock
	people shape = "people" // a person will answer
	over   shape = "over"
)

// arrow is a way from box to box, with what leads there.
type arrow struct {
	from, to string
	by       cause
	label    string
}

var shapes = map[Kind]shape{Say: text, Greeting: text, Menu: choice, Language: choice, Input: choice, Lookup: work, Hours: work,
	Wait: people, Complaint: people, Callback: people, Mailbox: people, Transfer: people, End: over}

// PersonBox is the person behind 0, which every box leads to and none shows.
const PersonBox = "0"

// drawing is the flow with the program's words in a language of the pages.
func (f *Flow) drawing(language string) drawing {
	say := func(word string) string { return drawWord(language, word) }
	var d drawing
	for _, dialled := range sortedKeys(f.Numbers) {
		n := f.Numbers[dialled]
		id := "number " + dialled
		lines := []string{dialled}
		if n.Language != "" {
			lines = append(lines, n.Language)
		}
		d.boxes = append(d.boxes, box{id: id, shape: number, lines: lines})
		d.arrows = append(d.arrows, arrow{from: id, to: n.Node, by: byItself})
	}
	reached := f.reached(nil)
	for _, name := range sortedKeys(f.Nodes) {
		n := f.Nodes[name]
		if !reached[name] {
			continue
		}
		d.boxes = append(d.boxes, box{id: name, shape: shapes[n.Kind], lines: f.caption(n, say)})
		for _, w := range f.waysOut(n) {
			d.addArrow(arrow{from: name, to: w.to, by: w.by, label: w.caption(n, say)})
		}
	}
	d.boxes = append(d.boxes, box{id: PersonBox, shape: people, lines: []string{say("0 anywhere"), say("third failure"), fmt.Sprintf(say("queue %s"), f.Person)}})
	for _, w := range f.sends(f.Person) {
		d.addArrow(arrow{from: PersonBox, to: w.to, by: byRefusal, label: w.caption(nil, say)})
	}
	slices.SortStableFunc(d.arrows, func(a, b arrow) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.label, b.label), cmp.Compare(a.to, b.to))
	})
	return d
}

// addArrow joins arrows between the same boxes into one: "1, 2".
func (d *drawing) addArrow(a arrow) {
	for i := range d.arrows {
		had := &d.arrows[i]
		if had.from == a.from && had.to == a.to && had.by == a.by {
			had.label += ", " + a.label
			return
		}
	}
	d.arrows = append(d.arrows, a)
}

// caption is what a reader wants to know of a node at a glance.
func (f *Flow) caption(n *Node, say func(string) string) []string {
	head := say(string(n.Kind)) + " " + n.Name
	if string(n.Kind) == n.Name {
		head = n.Name
	}
	detail := ""
	switch {
	case n.Line != nil && n.Line.Queue != n.Name:
		detail = fmt.Sprintf(say("queue %s"), n.Line.Queue)
	case n.Kind == Transfer:
		detail = n.Number
	case n.Ask != nil:
		detail = n.Ask.Address
	case n.Message != nil:
		detail = fmt.Sprintf(say("for %s, within %s"), n.Message.Owner, short(n.Message.Due))
	case n.Prompt != "":
		detail, _ = f.promptText("", n.Prompt)
	}
	if detail == "" {
		return []string{head}
	}
	return []string{head, shorten(detail)}
}

// shorten shortens a text to what fits into a box.
func shorten(text string) string {
	const most = 34
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) <= most {
		return string(r)
	}
	return strings.TrimRight(string(r[:most-1]), " ,.") + "…"
}

// caption is what stands at an arrow from a node; nil: from the person behind 0.
func (w way) caption(n *Node, say func(string) string) string {
	switch w.word {
	case "then", "digits", "message":
		return ""
	case "otherwise":
		return say("3 failures")
	}
	word := strings.ReplaceAll(w.word, "_", " ")
	if n != nil && n.Kind == Lookup && n.Ask.When[w.word] != "" {
		return word // an answer of the house's service
	}
	if i := strings.LastIndexByte(w.word, ' '); i >= 0 { // the queue that sends, and why
		return word[:i+1] + say(word[i+1:])
	}
	return say(word)
}

// Draw returns the flow as a Mermaid flowchart, for documents that show those.
func Draw(f *Flow) string {
	d := f.drawing("")
	ids := map[string]string{}
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	brackets := map[shape][2]string{number: {"([", "])"}, text: {"[", "]"}, choice: {"{{", "}}"}, work: {"[[", "]]"}, people: {"(", ")"}, over: {"(((", ")))"}}
	for i, box := range d.boxes {
		ids[box.id] = fmt.Sprintf("b%d", i)
		open := brackets[box.shape]
		fmt.Fprintf(&b, "  %s%s\"%s\"%s:::%s\n", ids[box.id], open[0], mermaidText(strings.Join(box.lines, "\n")), open[1], box.shape)
	}
	for _, a := range d.arrows {
		line := "-->"
		if a.by == byFailure || a.by == byRefusal {
			line = "-.->"
		}
		if a.label != "" {
			line += `|"` + mermaidText(a.label) + `"|`
		}
		fmt.Fprintf(&b, "  %s %s %s\n", ids[a.from], line, ids[a.to])
	}
	b.WriteString("  classDef number fill:#1f2937,color:#fff\n  classDef choice fill:#fef3c7,color:#000\n" +
		"  classDef work fill:#e0e7ff,color:#000\n  classDef people fill:#d1fae5,color:#000\n  classDef over fill:#f3f4f6,color:#000\n")
	return b.String()
}

// mermaidText keeps a text from being read as Mermaid or HTML.
func mermaidText(text string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "&", "#amp;", "\n", "<br>", "`", "#96;").Replace(text)
}

package ivr

import (
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"presszero/internal/yamlfile"
)

// file is a flow file as it is written; flow.schema.json tells editors the
// same. A flow is one file and those it includes, each of this shape. See
// yamlfile for how it is read; the form "text" is of strings that may hold any
// sign, the others are names, times and numbers.
type file struct {
	Version    int                   `yaml:"version"`
	Include    []string              `yaml:"include" form:"text"`
	Language   string                `yaml:"language"`
	Languages  []string              `yaml:"languages"`
	Zone       string                `yaml:"zone"`
	Keys       string                `yaml:"keys"`
	Person     string                `yaml:"person"`
	Profiles   []string              `yaml:"profiles"`
	AllowDepth *Override             `yaml:"allow_depth"`
	Services   fileServices          `yaml:"services"`
	Breaks     []fileBreak           `yaml:"breaks"`
	PopHosts   []string              `yaml:"pop_hosts"`
	Recording  fileHouseRecording    `yaml:"recording"`
	Queues     map[string]fileQueue  `yaml:"queues"`
	Numbers    map[string]fileNumber `yaml:"numbers"`
	Hours      map[string]fileHours  `yaml:"hours"`
	Nodes      map[string]fileNode   `yaml:"nodes"`
	Prompts    map[string]fileText   `yaml:"prompts"`
}

type fileServices struct {
	Allow   []string `yaml:"allow" form:"text"`
	Private bool     `yaml:"private"`
}

// fileBreak is a reason for a break, by its id.
type fileBreak struct {
	ID    string   `yaml:"id"`
	Title fileText `yaml:"title"`
}

type fileNode struct {
	// What the node is: exactly one of these.
	Say       string `yaml:"say"`
	Greeting  string `yaml:"greeting"`
	Menu      string `yaml:"menu"`
	Language  string `yaml:"language"`
	Input     string `yaml:"input"`
	Lookup    string `yaml:"lookup" form:"text"`
	Hours     string `yaml:"hours"`
	Queue     string `yaml:"queue"`
	Complaint string `yaml:"complaint"`
	Callback  string `yaml:"callback"`
	Mailbox   string `yaml:"mailbox"`
	Transfer  string `yaml:"transfer"`
	End       string `yaml:"end"`

	Then          string            `yaml:"then"`
	Interruptible *bool             `yaml:"interruptible"`
	ValidFor      string            `yaml:"valid_for"`
	From          string            `yaml:"from"`
	Fallback      string            `yaml:"fallback"`
	Keys          map[string]string `yaml:"keys"`
	Again         string            `yaml:"again"`
	Short         string            `yaml:"short"`
	Otherwise     string            `yaml:"otherwise"`
	FirstDigit    string            `yaml:"first_digit"`
	Between       string            `yaml:"between"`
	As            string            `yaml:"as"`
	Min           int               `yaml:"min"`
	Max           int               `yaml:"max"`
	Match         string            `yaml:"match" form:"text"`
	OneOf         []string          `yaml:"one_of"`
	Invalid       string            `yaml:"invalid"`
	Sensitive     bool              `yaml:"sensitive"`
	Wait          string            `yaml:"wait"`
	Method        string            `yaml:"method"`
	Body          string            `yaml:"body" form:"text"`
	Field         string            `yaml:"field" form:"text"`
	Keep          map[string]string `yaml:"keep"`
	Within        string            `yaml:"within"`
	When          map[string]string `yaml:"when"`
	Default       string            `yaml:"default"`
	Timeout       string            `yaml:"timeout"`
	Failed        string            `yaml:"failed"`
	Open          string            `yaml:"open"`
	Closed        string            `yaml:"closed"`
	Holiday       string            `yaml:"holiday"`
	Priority      string            `yaml:"priority"`
	Skill         string            `yaml:"skill"`
	Level         int               `yaml:"level"`
	Reason        string            `yaml:"reason"`
	Owner         string            `yaml:"owner"`
	Due           string            `yaml:"due"`
	Longest       string            `yaml:"longest"`
}

// kindOf returns what the node is, and whether that is clear.
func (n fileNode) kindOf() (Kind, string, bool) {
	var kind Kind
	var value string
	count := 0
	for k, v := range n.beginnings() {
		if v != "" {
			kind, value = k, v
			count++
		}
	}
	return kind, value, count == 1
}

func (n fileNode) beginnings() map[Kind]string {
	return map[Kind]string{Say: n.Say, Greeting: n.Greeting, Menu: n.Menu, Language: n.Language, Input: n.Input,
		Lookup: n.Lookup, Hours: n.Hours, Wait: n.Queue, Complaint: n.Complaint, Callback: n.Callback,
		Mailbox: n.Mailbox, Transfer: n.Transfer, End: n.End}
}

// belongs are the keys that a node may have beside the one that begins it.
var belongs = map[Kind]string{
	Say:       "then interruptible short",
	Greeting:  "then valid_for from fallback short",
	Menu:      "keys short again otherwise first_digit",
	Language:  "keys then again otherwise first_digit",
	Input:     "then as min max match one_of invalid sensitive again otherwise first_digit between",
	Lookup:    "method body field keep within when default timeout failed wait",
	Hours:     "open closed holiday",
	Wait:      "priority skill level reason",
	Complaint: "priority skill level",
	Callback:  "priority skill level reason",
	Mailbox:   "then owner due longest again otherwise",
	Transfer:  "wait failed",
	End:       "",
}

// fileNumber is a node's name, or a node with a language and keys.
type fileNumber struct {
	Node     string `yaml:"node"`
	Language string `yaml:"language"`
	Keys     string `yaml:"keys"`

	Recording fileRecording `yaml:"recording"`
}

func (n *fileNumber) Read(d *yamlfile.Decoder, node ast.Node, _ string) {
	type plain fileNumber
	wordOr(d, node, &n.Node, (*plain)(n))
}

// fileText is a text in the flow's language, or one for each language.
type fileText map[string]string

// Read reads either form; the flow's own language is "".
func (t *fileText) Read(d *yamlfile.Decoder, node ast.Node, _ string) {
	*t = fileText{}
	if _, ok := node.(ast.MapNode); ok {
		d.Decode(node, (*map[string]string)(t), "text")
		return
	}
	if text, ok := d.Scalar(node, "text"); ok {
		(*t)[""] = text
	}
}

type fileHours struct {
	Zone     string           `yaml:"zone"`
	Week     map[string]spans `yaml:"week"`
	Holidays map[string]spans `yaml:"holidays"`
}

// spans are times of one day: "09:00-13:00", several of them, or "closed".
type spans []string

// Read reads one or several.
func (s *spans) Read(d *yamlfile.Decoder, node ast.Node, _ string) {
	if _, ok := node.(ast.ArrayNode); ok {
		d.Decode(node, (*[]string)(s), "")
		return
	}
	if one, ok := d.Scalar(node, ""); ok {
		*s = spans{one}
	}
}

// wordOr reads what may be written as one word, or whole; whole is a pointer.
func wordOr(d *yamlfile.Decoder, node ast.Node, word *string, whole any) {
	if _, ok := node.(ast.MapNode); ok {
		d.Decode(node, whole, "")
		return
	}
	*word, _ = d.Scalar(node, "")
}

// duration reads "15s" and "2m"; nothing written means usual.
func duration(text string, usual, least, most time.Duration) (time.Duration, error) {
	if text == "" {
		return usual, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < least || d > most {
		return usual, fmt.Errorf("%q is not a time that fits here; write a number and a unit, like 15s or 2m, from %s to %s", text, short(least), short(most))
	}
	return d, nil
}

// short writes a duration without the zeros that Go puts behind it.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

package ivr

import (
	"github.com/goccy/go-yaml/ast"

	"presszero/internal/yamlfile"
)

// fileQueue is a queue as it is written.
type fileQueue struct {
	Ring     string               `yaml:"ring"`
	WrapUp   string               `yaml:"wrap_up"`
	Target   string               `yaml:"target"`
	Short    string               `yaml:"short_abandon"`
	Music    string               `yaml:"music"`
	Strategy string               `yaml:"strategy"`
	Weight   int                  `yaml:"weight"`
	Sticky   orOff[fileSticky]    `yaml:"sticky"`
	Skill    string               `yaml:"skill"`
	Level    int                  `yaml:"level"`
	Widen    []fileWiden          `yaml:"widen"`
	Credits  map[string]string    `yaml:"credits"`
	Hours    string               `yaml:"hours"`
	Closed   fileExit             `yaml:"closed"`
	Max      int                  `yaml:"max"` // what max_waiting was called first
	MaxWait  string               `yaml:"max_wait"`
	Waiting  int                  `yaml:"max_waiting"`
	Full     fileExit             `yaml:"full"`
	Nobody   fileExit             `yaml:"nobody"`
	TooLong  fileExit             `yaml:"too_long"`
	Overflow *fileOverflow        `yaml:"overflow"`
	Announce orOff[fileAnnounce]  `yaml:"announce"`
	Callback orOff[fileCallbacks] `yaml:"callback"`
}

type fileSticky struct {
	Window  string `yaml:"window"`
	Reserve string `yaml:"reserve"`
}

type fileWiden struct {
	After string `yaml:"after"`
	Level int    `yaml:"level"`
}

type fileOverflow struct {
	Queue string `yaml:"queue"`
	After string `yaml:"after"`
}

type fileAnnounce struct {
	First string `yaml:"first"`
	Every string `yaml:"every"`
}

type fileCallbacks struct {
	After         string   `yaml:"after"`
	Long          string   `yaml:"long"`
	Every         string   `yaml:"every"`
	Ring          string   `yaml:"ring"`
	Attempts      int      `yaml:"attempts"`
	Pauses        []string `yaml:"pauses"`
	Expires       string   `yaml:"expires"`
	Later         []string `yaml:"later"`
	CustomerFirst string   `yaml:"customer_first"`
	Quiet         string   `yaml:"quiet"`
}

// orOff is a part that may be switched off by one word instead of being set.
type orOff[T any] struct {
	word string // written instead of the part
	set  T
}

func (o *orOff[T]) Read(d *yamlfile.Decoder, node ast.Node, _ string) {
	wordOr(d, node, &o.word, &o.set)
}

// fileExit is a node's name, or where else callers go.
type fileExit struct {
	Node     string `yaml:"node"`
	Queue    string `yaml:"queue"`
	Callback bool   `yaml:"callback"`
}

func (e *fileExit) Read(d *yamlfile.Decoder, node ast.Node, _ string) {
	type plain fileExit
	wordOr(d, node, &e.Node, (*plain)(e))
}

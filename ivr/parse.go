package ivr

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"presszero/internal/yamlfile"
)

// Limits of a flow file. A flow is a page or two; what is larger is a mistake,
// and is not worth the memory to find out.
const (
	maxFlow     = 256 << 10 // bytes of one file
	maxFiles    = 32        // included ones counted
	maxFindings = 100       // told; if there are more, these are repaired first
)

// Option changes how a flow is read.
type Option func(*reader)

// Measured tells how long the real sound of a prompt is (prompts are named as
// by call.Prompt). Where length returns false, the text is measured instead.
func Measured(length func(prompt string) (time.Duration, bool)) Option {
	return func(r *reader) { r.length = length }
}

// Sounds tells which recorded sounds of Asterisk there are for texts of the form
// "core:NAME", where they are not those that come with it.
func Sounds(has func(name string) bool) Option {
	return func(r *reader) { r.sounds = has }
}

// included begins, on a line of its own, each further file in the one text of a
// flow of several files.
const included = "--- # included: "

// Included names the further files in the one text of a flow, by their path below the
// folder of the first.
func Included(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(line, included); ok {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

// Load reads and checks the flow file at path and those it includes, which
// must be in the same folder or below. The error is Findings when the file can
// be read but must not be served; Flow.Warnings holds what else was found.
func Load(file string, options ...Option) (*Flow, error) {
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("the flow file %s cannot be read: %w", file, err)
	}
	defer root.Close()
	r := newReader(filepath.Dir(file), root.FS(), options)
	text, err := r.readFile(filepath.Base(file))
	if err != nil {
		var found Findings
		if errors.As(err, &found) {
			return nil, found
		}
		return nil, fmt.Errorf("the flow file %s cannot be read: %w", file, err)
	}
	return r.parse(file, filepath.Base(file), text)
}

// Parse reads and checks a flow's text, as of a file or as in Flow.Text; name
// stands in the findings. It can include only what is in the text.
func Parse(name string, text []byte, options ...Option) (*Flow, error) {
	r := newReader("", nil, options)
	first, rest, _ := strings.Cut(string(text), "\n"+included)
	if rest == "" {
		return r.parse(name, filepath.Base(name), text)
	}
	r.parts = map[string][]byte{}
	for part := range strings.SplitSeq(rest, "\n"+included) {
		file, content, _ := strings.Cut(part, "\n")
		r.parts[strings.TrimSpace(file)] = []byte(content + "\n")
	}
	return r.parse(name, filepath.Base(name), []byte(first+"\n"))
}

// reader reads a flow's files.
type reader struct {
	folder string // for findings
	files  fs.FS  // nil: nothing can be included but parts
	parts  map[string][]byte
	length func(string) (time.Duration, bool)
	sounds func(string) bool

	sum    []byte
	text   []byte // of all files
	source source
	whole  file
	found  Findings
	open   []string // files being read, to notice cycles
	done   map[string]bool
}

func newReader(folder string, files fs.FS, options []Option) *reader {
	r := &reader{folder: folder, files: files, done: map[string]bool{}}
	for _, o := range options {
		o(r)
	}
	return r
}

// readFile returns a file's text. The size is limited while reading, since what
// is on disk may be growing, or be no file at all.
func (r *reader) readFile(name string) ([]byte, error) {
	if r.files == nil {
		text, ok := r.parts[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return text, nil
	}
	f, err := r.files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is not a file", name))
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFlow+1))
	if err == nil && len(text) > maxFlow {
		return nil, tooLarge(filepath.Join(r.folder, name))
	}
	return text, err
}

func tooLarge(name string) Findings {
	return Findings{{File: name, Severity: Refused, Code: "size",
		What: fmt.Sprintf("the file has more than the %d bytes that a flow may have; is it the right file?", maxFlow)}}
}

// parse reads the first file and all that follow from it, and checks the whole.
func (r *reader) parse(shown, name string, text []byte) (*Flow, error) {
	if len(text) > maxFlow {
		return nil, tooLarge(shown)
	}
	if !r.addFile(shown, name, text) {
		return nil, r.found.Sorted()
	}
	sum := sha256.Sum256(r.sum)
	all := &report{source: &r.source, found: r.found}
	b := &builder{document: &document{report: all, file: r.whole}, sounds: r.sounds}
	flow := b.build(hex.EncodeToString(sum[:6]))
	(&checker{all, flow, r.length}).check()
	flow.Text = string(r.text)
	found := all.found.Sorted()
	if found.Refuses() {
		return nil, found.First(maxFindings)
	}
	flow.Warnings = found
	return flow, nil
}

// addFile takes one file into the whole; false means that it cannot be read as a
// flow, so that checking the rest would only lead astray.
func (r *reader) addFile(shown, name string, text []byte) bool {
	body, f, found := decodeFile(shown, text)
	r.found = append(r.found, found...)
	if body == nil {
		return false
	}
	text, _, _ = yamlfile.PlainText(text)
	if len(r.open) > 0 {
		r.text = append(r.text, included+name+"\n"...)
	}
	if len(r.open) > 0 || len(f.Include) > 0 { // files that are joined end in a line end
		text = append(bytes.TrimRight(text, "\n"), '\n')
	}
	r.text = append(r.text, text...)
	r.sum = append(append(r.sum, text...), 0)
	p := page{name: shown, body: body}
	r.source.files = append(r.source.files, p)
	r.merge(p, f)
	r.open = append(r.open, name)
	r.done[name] = true
	ok := len(found) == 0
	for _, included := range f.Include {
		ok = r.include(p, path.Dir(filepath.ToSlash(name)), included) && ok
	}
	r.open = r.open[:len(r.open)-1]
	return ok
}

// include reads another file, unless that would go round or out of the folder.
func (r *reader) include(from page, folder, included string) bool {
	name := path.Join(folder, included)
	refuse := func(code, what string) bool {
		line, column, _ := r.source.locateIn(from, []string{"include"})
		r.found = append(r.found, Finding{File: from.name, Line: line, Column: column, Severity: Refused, Code: code, What: what})
		return false
	}
	switch {
	case r.files == nil && r.parts == nil:
		return refuse("include", "a flow that is not a file can include nothing; put all into one text")
	case path.IsAbs(included) || !filepath.IsLocal(filepath.FromSlash(name)):
		return refuse("include", fmt.Sprintf("%q is outside the flow's folder, where nothing is read; move the file beside the flow", included))
	case contains(r.open, name):
		return refuse("include", fmt.Sprintf("%q includes itself, by way of %s; remove one of the includes", included, strings.Join(append(r.open, name), " > ")))
	case r.done[name]:
		return true // two files may want the same third
	case len(r.done) >= maxFiles:
		return refuse("include", fmt.Sprintf("a flow has at most %d files; join some of them", maxFiles))
	}
	text, err := r.readFile(name)
	if err != nil {
		var found Findings
		if errors.As(err, &found) {
			r.found = append(r.found, found...)
			return false
		}
		return refuse("include", fmt.Sprintf("%q cannot be read (%v); correct the name, or remove it", included, err))
	}
	return r.addFile(filepath.Join(r.folder, name), name, text)
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

package ivr

import "presszero/call"

// Flow is a checked flow: which number leads where, and what is said. It is
// not changed once read; a call stays on the flow it began with.
type Flow struct {
	Version   string   // content hash of the files, stated with every node entered
	Language  string   // that of prompts without one
	Languages []string // all that are offered, Language first
	Zone      string   // IANA name of the zone of days and hours
	Person    string   // the queue behind 0 and behind everything unclear
	Keys      Profile  // what * and # do
	Recording call.HouseRecording
	Queues    []Queue
	Numbers   map[string]Number // dialled number -> where it leads
	Nodes     map[string]*Node
	Prompts   map[string]map[string]string // name -> language -> text to be spoken where no recording exists
	Services  Services
	Breaks    []Break  // that agents may take; none: those of the page
	Profiles  []string // compliance profiles that the flow promises to keep
	Warnings  Findings // what was found and does not stop the flow from being served

	AllowDepth Override // for the audit; zero: none

	// Text is all that the flow says, in one text that Parse reads as the same
	// version: the file, and those that it includes behind it.
	Text string

	source *source // where all this stands in the files
}

// Number is where one dialled number leads.
type Number struct {
	Node     string
	Language string  // what its callers hear first; "" is the flow's
	Keys     Profile // "" is the flow's

	Recording call.RecordingSettings // where it differs from the house
}

// Services is what look-ups may reach.
type Services struct {
	Allow   []string // beginnings of addresses, "https://orders.example/"
	Private bool     // whether an address of a private network is allowed
}

// Override is a documented decision to allow deeper menus.
type Override struct {
	Levels int    `yaml:"levels" json:"levels"`
	Who    string `yaml:"who" json:"who" form:"text"`
	Why    string `yaml:"why" json:"why" form:"text"`
}

// Finding makes a finding about what is written at a path of keys, such as
// "prompts", "main", "ko".
func (f *Flow) Finding(severity Severity, code, what string, path ...string) Finding {
	name, line, column := f.source.locate(path...)
	return Finding{File: name, Line: line, Column: column, Severity: severity, Code: code, What: what}
}

// Speaks returns what tells the language that the flow speaks to a number, as
// call.RecordingPlan wants it, of what tells the language of a number's country; nil: nobody.
func (f *Flow) Speaks(language func(number string) string) func(number string) string {
	if language == nil {
		return nil
	}
	return func(number string) string {
		if l := language(number); f.offers(l) {
			return l
		}
		return ""
	}
}

// offers reports whether callers may hear the language.
func (f *Flow) offers(language string) bool {
	for _, l := range f.Languages {
		if l == language {
			return true
		}
	}
	return false
}

package ivr

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// prefixes tells what can still become a match of a regular expression. With
// it the engine knows, while the caller types, whether a 0 can belong to the
// number, or can only mean: a person.
type prefixes struct{ prog *syntax.Prog }

func newPrefixes(expression string) (*prefixes, error) {
	re, err := syntax.Parse(`^(?:`+expression+`)$`, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(re.Simplify())
	return &prefixes{prog}, err
}

// legal reports whether typed, or typed and more, can match.
func (p *prefixes) legal(typed string) bool {
	threads := map[uint32]bool{}
	p.follow(threads, uint32(p.prog.Start), true)
	for i := range len(typed) {
		next := map[uint32]bool{}
		for pc := range threads {
			if in := &p.prog.Inst[pc]; in.MatchRune(rune(typed[i])) {
				p.follow(next, in.Out, false)
			}
		}
		threads = next
	}
	return len(threads) > 0
}

// anyOfLength reports whether something that a telephone can type, of a length from
// least to most, can match.
func (p *prefixes) anyOfLength(least, most int) bool {
	threads := map[uint32]bool{}
	p.follow(threads, uint32(p.prog.Start), true)
	for typed := 0; ; typed++ {
		for pc := range threads {
			if typed >= least && p.prog.Inst[pc].Op == syntax.InstMatch {
				return true
			}
		}
		if typed == most {
			return false
		}
		next := map[uint32]bool{}
		for pc := range threads {
			if in := &p.prog.Inst[pc]; strings.ContainsFunc("0123456789*#", in.MatchRune) {
				p.follow(next, in.Out, false)
			}
		}
		threads = next
	}
}

// follow adds the instructions that can be reached from one without a digit. It
// takes an assertion of the end ($) as fulfilled: valid decides about it, once the
// caller has typed all.
func (p *prefixes) follow(threads map[uint32]bool, pc uint32, start bool) {
	p.followFrom(threads, map[uint32]bool{}, pc, start)
}

func (p *prefixes) followFrom(threads, seen map[uint32]bool, pc uint32, start bool) {
	if seen[pc] {
		return
	}
	seen[pc] = true
	in := &p.prog.Inst[pc]
	switch in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		p.followFrom(threads, seen, in.Out, start)
		p.followFrom(threads, seen, in.Arg, start)
	case syntax.InstCapture, syntax.InstNop:
		p.followFrom(threads, seen, in.Out, start)
	case syntax.InstEmptyWidth:
		if begins := syntax.EmptyOp(in.Arg)&syntax.EmptyBeginText != 0; !begins || start {
			p.followFrom(threads, seen, in.Out, start)
		}
	case syntax.InstMatch, syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		threads[pc] = true
	}
}

// compile prepares what an input step compares with.
func (d *Digits) compile() error {
	if d.Match == "" {
		d.Match = `[0-9]*`
	}
	var err error
	if d.match, err = regexp.Compile(`^(?:` + d.Match + `)$`); err != nil {
		return err
	}
	d.legal, err = newPrefixes(d.Match)
	return err
}

// valid reports whether what was typed is what the step wants.
func (d *Digits) valid(typed string) bool {
	return len(typed) >= d.Min && len(typed) <= d.Max && d.match.MatchString(typed)
}

// possible reports whether what was typed may still become valid.
func (d *Digits) possible(typed string) bool {
	return len(typed) <= d.Max && d.legal.legal(typed)
}

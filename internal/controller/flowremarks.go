package controller

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"presszero/call/number"
	"presszero/ivr"
	"presszero/outbound"
	"presszero/recordings"
)

// unsaid are the findings about prompts that cannot become sounds. What is
// wrong with many for one reason, such as a language without a voice, is said
// once.
func unsaid(flow *ivr.Flow, unmade recordings.Unmade) ivr.Findings {
	var found ivr.Findings
	told := map[string]bool{}
	for _, prompt := range slices.Sorted(maps.Keys(unmade)) {
		why := unmade[prompt].Error()
		language, name, other := strings.Cut(prompt, "/")
		if !other {
			language, name = flow.Language, prompt
		}
		path := []string{"prompts", name, language}
		if flow.Prompts[name] == nil { // our own words
			if path = []string{"languages"}; !other {
				path = []string{"language"}
			}
		}
		if told[language+why] {
			continue
		}
		told[language+why] = true
		found = append(found, flow.Finding(ivr.Refused, "sound",
			fmt.Sprintf("prompt %q in %q cannot be made into a sound: %s; correct the text, the language or the recording, or set PRESSZERO_SPEAK to another voice", name, language, strings.Join(strings.Fields(why), " ")), path...))
	}
	return found.Sorted()
}

// outOfReach are remarks about numbers of transfer nodes that would not be
// called, so that their callers always go on at `failed`.
func (f *flowFiles) outOfReach(flow *ivr.Flow) (found ivr.Findings) {
	var policy *outbound.Policy
	book, _, err := f.s.ReadBook()
	if err == nil {
		policy, err = outgoing(f.s, book, book.Owns)
	}
	for _, name := range slices.Sorted(maps.Keys(flow.Nodes)) {
		n := flow.Nodes[name]
		if n.Kind != ivr.Transfer || err != nil {
			continue
		}
		why := "neither PRESSZERO_TRUNK nor PRESSZERO_TRUNKS says over which trunk"
		if policy != nil {
			_, refused := policy.Check(n.Number)
			if refused == nil {
				continue
			}
			why = refused.Error()
		}
		found = append(found, flow.Finding(ivr.Warning, "transfer",
			fmt.Sprintf("no call would leave for %s as things are set here (%s), so callers always go on where the transfer fails", n.Number, why), "nodes", name, "transfer"))
	}
	return found
}

// writtenTwice are remarks about numbers that are another writing of an earlier
// number. The menus go by the earlier one, so these have no effect.
func (f *flowFiles) writtenTwice(flow *ivr.Flow) (found ivr.Findings) {
	reader, err := number.New(f.s.Country)
	if err != nil {
		return nil // the start says so
	}
	first := map[string]string{}
	for _, written := range slices.Sorted(maps.Keys(flow.Numbers)) {
		one := reader.One(written)
		if before, ok := first[one]; ok {
			found = append(found, flow.Finding(ivr.Warning, "same-number",
				fmt.Sprintf("%s is the same telephone number as %s, so its callers are led to %s as that says; keep one of the two", written, before, flow.Numbers[before].Node), "numbers", written))
			continue
		}
		first[one] = written
	}
	return found
}

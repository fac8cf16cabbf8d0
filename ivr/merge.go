package ivr

import "fmt"

// merge adds one file to the whole flow. It refuses a name that two files define,
// for it would not be clear which of them counts.
func (r *reader) merge(p page, f file) {
	w := &r.whole
	first := len(r.source.files) == 1
	if first {
		*w = file{}
	}
	mergeSingle(r, p, "version", &w.Version, f.Version, first)
	mergeSingle(r, p, "language", &w.Language, f.Language, first)
	mergeSingle(r, p, "zone", &w.Zone, f.Zone, first)
	mergeSingle(r, p, "keys", &w.Keys, f.Keys, first)
	mergeSingle(r, p, "person", &w.Person, f.Person, first)
	mergeSingle(r, p, "allow_depth", &w.AllowDepth, f.AllowDepth, first)
	if f.Recording.parts != nil {
		if !first {
			r.twice(p, "recording belongs into the first file of a flow, since it holds for all of it; move it there", "recording")
		}
		w.Recording = f.Recording
	}
	w.Languages = append(w.Languages, f.Languages...)
	w.Profiles = append(w.Profiles, f.Profiles...)
	w.Breaks = append(w.Breaks, f.Breaks...)
	w.PopHosts = append(w.PopHosts, f.PopHosts...)
	w.Services.Allow = append(w.Services.Allow, f.Services.Allow...)
	w.Services.Private = w.Services.Private || f.Services.Private
	mergeNamed(r, p, "queues", &w.Queues, f.Queues)
	mergeNamed(r, p, "numbers", &w.Numbers, f.Numbers)
	mergeNamed(r, p, "hours", &w.Hours, f.Hours)
	mergeNamed(r, p, "nodes", &w.Nodes, f.Nodes)
	mergeNamed(r, p, "prompts", &w.Prompts, f.Prompts)
}

// mergeSingle takes a single value. Included files may repeat the version, and
// nothing else of these.
func mergeSingle[T comparable](r *reader, p page, key string, into *T, value T, first bool) {
	var nothing T
	if value == nothing || !first && key == "version" && value == *into {
		return
	}
	if !first {
		r.twice(p, fmt.Sprintf("%s belongs into the first file of a flow, since it holds for all of it; move it there", key), key)
		return
	}
	*into = value
}

func mergeNamed[V any](r *reader, p page, key string, into *map[string]V, values map[string]V) {
	if *into == nil {
		*into = map[string]V{}
	}
	for _, name := range sortedKeys(values) {
		if _, had := (*into)[name]; had {
			r.twice(p, fmt.Sprintf("%q is among the %s of another file already; rename or remove one", name, key), key, name)
			continue
		}
		(*into)[name] = values[name]
	}
}

func (r *reader) twice(p page, what string, path ...string) {
	line, column, _ := r.source.locateIn(p, path)
	r.found = append(r.found, Finding{File: p.name, Line: line, Column: column, Severity: Refused, Code: "twice", What: what})
}

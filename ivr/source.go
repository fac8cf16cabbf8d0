package ivr

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// source remembers where everything stands in the flow's files, so that every
// finding can tell.
type source struct {
	files []page
	index map[ast.Node]map[string]entry // of mappings looked into
}

// entry is one key of a mapping, with its value.
type entry struct {
	line, column int
	value        ast.Node
}

// child returns a key of a mapping.
func (s *source) child(node ast.Node, key string) (entry, bool) {
	m, ok := node.(ast.MapNode)
	if !ok {
		return entry{}, false
	}
	found, known := s.index[node]
	if !known {
		found = map[string]entry{}
		for it := m.MapRange(); it.Next(); {
			t := it.Key().GetToken()
			found[t.Value] = entry{t.Position.Line, t.Position.Column, it.Value()}
		}
		if s.index == nil {
			s.index = map[ast.Node]map[string]entry{}
		}
		s.index[node] = found
	}
	e, ok := found[key]
	return e, ok
}

// page is one file of the flow.
type page struct {
	name string
	body ast.Node
}

// locate finds the file and place of a path of keys. What is missing is missing
// from the deepest part of the path that is there; what is missing altogether,
// from the top of the first file.
func (s *source) locate(path ...string) (name string, line, column int) {
	deepest := -1
	for _, p := range s.files {
		l, c, depth := s.locateIn(p, path)
		if depth > deepest {
			name, line, column, deepest = p.name, l, c, depth
		}
	}
	return name, line, column
}

// locateIn finds the place in one file, and how much of the path is there.
func (s *source) locateIn(p page, path []string) (line, column, depth int) {
	line, column = 1, 1
	node := p.body
	for _, key := range path {
		e, ok := s.child(node, key)
		if !ok {
			break
		}
		line, column, node = e.line, e.column, e.value
		depth++
	}
	return line, column, depth
}

// value returns what is written at a path, or nil.
func (s *source) value(path ...string) ast.Node {
	for _, p := range s.files {
		node := p.body
		found := true
		for _, key := range path {
			e, ok := s.child(node, key)
			if !ok {
				found = false
				break
			}
			node = e.value
		}
		if found {
			return node
		}
	}
	return nil
}

// isWritten reports whether the path is written somewhere, if only as an empty value.
func (s *source) isWritten(path ...string) bool { return s.value(path...) != nil }

// children returns the keys written at a path.
func (s *source) children(path ...string) []string {
	var names []string
	if m, ok := s.value(path...).(ast.MapNode); ok {
		for it := m.MapRange(); it.Next(); {
			names = append(names, it.Key().GetToken().Value)
		}
	}
	return names
}

func sortedKeys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}

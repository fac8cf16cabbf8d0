package ivr

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// source remembers where everything stands in the flow's files, so that every
// finding can tell.
type source struct {
	files []page
}

// page is one file of the flow.
type page struct {
	name string
	body ast.Node
}

// at finds the file and place of a path of keys. What is missing is missing
// from the deepest part of the path that is there; what is missing altogether,
// from the top of the first file.
func (s *source) at(path ...string) (name string, line, column int) {
	deepest := -1
	for _, p := range s.files {
		l, c, depth := p.at(path)
		if depth > deepest {
			name, line, column, deepest = p.name, l, c, depth
		}
	}
	return name, line, column
}

func (p page) at(path []string) (line, column, depth int) {
	line, column = 1, 1
	node := p.body
	for _, key := range path {
		k, v := child(node, key)
		if k == nil {
			break
		}
		line, column = k.Line, k.Column
		node = v
		depth++
	}
	return line, column, depth
}

type place struct{ Line, Column int }

// child returns where a key of a mapping stands, and its value.
func child(node ast.Node, key string) (*place, ast.Node) {
	m, ok := node.(ast.MapNode)
	if !ok {
		return nil, nil
	}
	for it := m.MapRange(); it.Next(); {
		if t := it.Key().GetToken(); t.Value == key {
			return &place{t.Position.Line, t.Position.Column}, it.Value()
		}
	}
	return nil, nil
}

// value returns what is written at a path, or nil.
func (s *source) value(path ...string) ast.Node {
	for _, p := range s.files {
		node := p.body
		found := true
		for _, key := range path {
			k, v := child(node, key)
			if k == nil {
				found = false
				break
			}
			node = v
		}
		if found {
			return node
		}
	}
	return nil
}

// has reports whether the path is written somewhere, if only as an empty value.
func (s *source) has(path ...string) bool { return s.value(path...) != nil }

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

func keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}

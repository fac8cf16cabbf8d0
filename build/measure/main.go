// Command measure measures how well the code is in order: how large the pieces
// are, and how much they depend on each other. It reads the code as text and
// runs nothing. Run it in the top folder of the project:
//
//	go run ./build/measure
package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// longest is how many lines a function may have.
const longest = 40

// sameFields is how many fields two structs of different packages have in
// common, at least, to be called one struct written twice.
const sameFields = 4

// code is what the measures are taken of: all that is not a test.
type code struct {
	fset    *token.FileSet
	files   map[string]map[string]*ast.File // by package folder and file name
	tests   map[string]int                  // test files by folder
	structs map[string][]string             // the fields by folder.Type
}

func main() {
	c, err := read(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
	c.sizes()
	c.methods()
	c.functions()
	c.arrows()
	c.twins()
}

// read parses every Go file below dir.
func read(dir string) (*code, error) {
	c := &code{fset: token.NewFileSet(), files: map[string]map[string]*ast.File{}, tests: map[string]int{}, structs: map[string][]string{}}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != dir):
			return fs.SkipDir
		case filepath.Ext(path) != ".go":
			return nil
		}
		folder := filepath.Dir(path)
		if strings.HasSuffix(path, "_test.go") {
			c.tests[folder]++
			return nil
		}
		f, err := parser.ParseFile(c.fset, path, nil, parser.SkipObjectResolution)
		if c.files[folder] == nil {
			c.files[folder] = map[string]*ast.File{}
		}
		c.files[folder][d.Name()] = f
		return err
	})
	return c, err
}

// each calls f for every declaration.
func (c *code) each(f func(folder, file string, d ast.Decl)) {
	for _, folder := range slices.Sorted(maps.Keys(c.files)) {
		for _, name := range slices.Sorted(maps.Keys(c.files[folder])) {
			for _, d := range c.files[folder][name].Decls {
				f(folder, name, d)
			}
		}
	}
}

// sizes prints the folders with many files.
func (c *code) sizes() {
	fmt.Println("files of the largest folders, and test files")
	folders := slices.SortedFunc(maps.Keys(c.files), func(a, b string) int { return len(c.files[b]) - len(c.files[a]) })
	for _, folder := range folders[:min(5, len(folders))] {
		fmt.Printf("  %3d + %-3d %s\n", len(c.files[folder]), c.tests[folder], folder)
	}
	fmt.Printf("  %3d + %-3d %s\n", len(c.files["cmd/presszero"]), c.tests["cmd/presszero"], "cmd/presszero")
}

// methods prints the types with most methods, and the fields of asterisk.caller.
func (c *code) methods() {
	count := map[string]int{}
	c.each(func(folder, _ string, d ast.Decl) {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil {
			count[folder+"."+receiver(f)]++
		}
		for name, s := range structsIn(d) {
			c.structs[folder+"."+name] = fields(s)
		}
	})
	fmt.Println("methods of the largest types")
	types := slices.SortedFunc(maps.Keys(count), func(a, b string) int { return cmp.Or(count[b]-count[a], cmp.Compare(a, b)) })
	for _, t := range types[:min(6, len(types))] {
		fmt.Printf("  %3d %s (%d fields)\n", count[t], t, len(c.structs[t]))
	}
	fmt.Printf("  %3d asterisk.caller (%d fields)\n", count["asterisk.caller"], len(c.structs["asterisk.caller"]))
}

// functions prints how many are long, and how many have short names.
func (c *code) functions() {
	long, unexported, short := map[string]int{}, 0, 0
	c.each(func(folder, _ string, d ast.Decl) {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			return
		}
		if c.fset.Position(f.End()).Line-c.fset.Position(f.Pos()).Line+1 > longest {
			long[folder]++
		}
		if !f.Name.IsExported() {
			unexported++
			if len(f.Name.Name) <= 4 {
				short++
			}
		}
	})
	fmt.Printf("functions of more than %d lines\n", longest)
	for _, folder := range slices.Sorted(maps.Keys(long)) {
		fmt.Printf("  %3d %s\n", long[folder], folder)
	}
	fmt.Printf("unexported functions with names of at most four letters\n  %d of %d\n", short, unexported)
}

// arrows prints for each larger package how many of the uses between its files
// run against the best order of the files that is found.
func (c *code) arrows() {
	fmt.Println("uses between files of a package that run up, of all")
	for _, folder := range slices.Sorted(maps.Keys(c.files)) {
		uses := c.uses(folder)
		if up, all := up(uses); all >= 60 {
			fmt.Printf("  %3d of %-3d %s\n", up, all, folder)
		}
	}
}

// uses tells for each file of a package which others it uses: whose types,
// functions, variables, or methods. A method counts where its name follows a dot and
// nothing else in the package has that name, neither a method nor a field.
func (c *code) uses(folder string) map[string]map[string]bool {
	fieldNames := c.fieldNames(folder)
	plain, methods := c.homes(folder, fieldNames)
	uses := map[string]map[string]bool{}
	for file, f := range c.files[folder] {
		uses[file] = map[string]bool{}
		note := func(home string) {
			if home != "" && home != file {
				uses[file][home] = true
			}
		}
		other := otherNames(f, fieldNames)
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				note(methods[n.Sel.Name])
				other[n.Sel] = true
			case *ast.Ident:
				if !other[n] {
					note(plain[n.Name])
				}
			}
			return true
		})
	}
	return uses
}

// homes tells in which file of a package each name is declared: plain names, and
// those of methods. It is "" for a method whose name is there more than once,
// or is a field's, too.
func (c *code) homes(folder string, fieldNames map[string]bool) (plain, methods map[string]string) {
	plain, methods = map[string]string{}, map[string]string{}
	for file, f := range c.files[folder] {
		for _, d := range f.Decls {
			for _, name := range declared(d) {
				if fn, ok := d.(*ast.FuncDecl); !ok || fn.Recv == nil {
					plain[name] = file
				} else if _, twice := methods[name]; twice || fieldNames[name] {
					methods[name] = ""
				} else {
					methods[name] = file
				}
			}
		}
	}
	return plain, methods
}

// fieldNames are the names of all fields of a package's structs.
func (c *code) fieldNames(folder string) map[string]bool {
	found := map[string]bool{}
	for _, f := range c.files[folder] {
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.StructType); ok {
				for _, name := range fields(s) {
					found[name] = true
				}
			}
			return true
		})
	}
	return found
}

// otherNames are the identifiers of a file that name no declaration: fields, methods,
// parameters, results, and the fields that a composite literal sets.
func otherNames(f *ast.File, fieldNames map[string]bool) map[*ast.Ident]bool {
	other := map[*ast.Ident]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			for _, name := range n.Names {
				other[name] = true
			}
		case *ast.FuncDecl:
			other[n.Name] = true
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && fieldNames[key.Name] {
				other[key] = true
			}
		}
		return true
	})
	return other
}

// up counts the uses that run up in an order of the files found by taking away,
// again and again, what uses nothing, then what nothing uses, then what uses
// least beside how much it is used (Eades, Lin and Smyth 1993).
func up(uses map[string]map[string]bool) (up, all int) {
	left := slices.Sorted(maps.Keys(uses))
	degree := func(f string) (out, in int) {
		for _, g := range left {
			if uses[f][g] {
				out++
			}
			if uses[g][f] {
				in++
			}
		}
		return out, in
	}
	out := func(f string) int { n, _ := degree(f); return n }
	in := func(f string) int { _, n := degree(f); return n }
	var top, bottom []string
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(f string) bool { return out(f) == 0 })
		if i >= 0 {
			bottom = append(bottom, left[i])
		} else {
			if i = slices.IndexFunc(left, func(f string) bool { return in(f) == 0 }); i < 0 {
				best := slices.MaxFunc(left, func(a, b string) int { return (out(a) - in(a)) - (out(b) - in(b)) })
				i = slices.Index(left, best)
			}
			top = append(top, left[i])
		}
		left = slices.Delete(left, i, i+1)
	}
	slices.Reverse(bottom)
	return against(uses, append(top, bottom...))
}

// against counts the uses that run against an order of the files.
func against(uses map[string]map[string]bool, order []string) (up, all int) {
	for f, of := range uses {
		for g := range of {
			all++
			if slices.Index(order, g) < slices.Index(order, f) {
				up++
			}
		}
	}
	return up, all
}

// twins prints structs of different packages that have most fields in common.
func (c *code) twins() {
	fmt.Println("structs with the same fields in two packages")
	names := slices.Sorted(maps.Keys(c.structs))
	for i, a := range names {
		for _, b := range names[i+1:] {
			if filepath.Dir(a) == filepath.Dir(b) && strings.Split(filepath.Base(a), ".")[0] == strings.Split(filepath.Base(b), ".")[0] {
				continue // of one package
			}
			same := 0
			for _, f := range c.structs[a] {
				if slices.Contains(c.structs[b], f) {
					same++
				}
			}
			if same >= sameFields && same*5 >= 4*max(len(c.structs[a]), len(c.structs[b])) {
				fmt.Printf("  %d of %d: %s, %s\n", same, max(len(c.structs[a]), len(c.structs[b])), a, b)
			}
		}
	}
}

// declared are the names that a declaration gives to its package.
func declared(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return []string{d.Name.Name}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}

func structsIn(d ast.Decl) map[string]*ast.StructType {
	found := map[string]*ast.StructType{}
	if g, ok := d.(*ast.GenDecl); ok {
		for _, s := range g.Specs {
			if t, ok := s.(*ast.TypeSpec); ok {
				if st, ok := t.Type.(*ast.StructType); ok {
					found[t.Name.Name] = st
				}
			}
		}
	}
	return found
}

func fields(s *ast.StructType) (names []string) {
	for _, f := range s.Fields.List {
		for _, n := range f.Names {
			names = append(names, n.Name)
		}
		if len(f.Names) == 0 {
			names = append(names, embedded(f.Type))
		}
	}
	return names
}

// embedded is the name of an embedded field's type.
func embedded(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return embedded(t.X)
	case *ast.SelectorExpr:
		return t.Sel.Name
	case *ast.Ident:
		return t.Name
	}
	return "(embedded)"
}

func receiver(f *ast.FuncDecl) string {
	t := f.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	if g, ok := t.(*ast.IndexExpr); ok {
		t = g.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return "?"
}

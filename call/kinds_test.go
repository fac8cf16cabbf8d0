package call

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file in testdata, or writes it anew.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Fatalf("%s has changed:\n%s\nwas\n%s", path, got, want)
	}
}

// example returns a value of the type with every field set.
func example(t *testing.T, typ reflect.Type) any {
	v := reflect.New(typ).Elem()
	fillFields(t, v)
	return v.Interface()
}

func inJSON(t *testing.T, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func fillFields(t *testing.T, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Field(i)
		switch f.Interface().(type) {
		case time.Time:
			f.Set(reflect.ValueOf(monday))
			continue
		case Secret:
			f.Set(reflect.ValueOf(NewSecret("x")))
			continue
		}
		switch f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Int, reflect.Int64:
			f.SetInt(7)
		case reflect.Float64:
			f.SetFloat(1.5)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
			if f.Index(0).Kind() == reflect.String {
				f.Index(0).SetString("x")
				continue
			}
			fillFields(t, f.Index(0))
		case reflect.Map:
			f.Set(reflect.MakeMap(f.Type()))
			f.SetMapIndex(reflect.ValueOf("x"), element(f.Type().Elem()))
		case reflect.Struct:
			fillFields(t, f)
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
			if at, is := f.Interface().(*time.Time); is {
				*at = monday
				continue
			}
			fillFields(t, f.Elem())
		default:
			t.Fatalf("%s.%s: give the golden test a value for %s", v.Type(), v.Type().Field(i).Name, f.Kind())
		}
	}
}

// element returns a value for a map.
func element(typ reflect.Type) reflect.Value {
	switch {
	case typ == reflect.TypeFor[Secret]():
		return reflect.ValueOf(NewSecret("x"))
	case typ.Kind() == reflect.String:
		return reflect.ValueOf("x").Convert(typ)
	}
	return reflect.ValueOf(7).Convert(typ)
}

// TestEveryTypeIsRegistered reads the package's source: a type that is a fact,
// an event or a command, because it has the method, must be in the registry.
func TestEveryTypeIsRegistered(t *testing.T) {
	registered := map[string]map[string]bool{"Kind": {"Unknown": true}, "about": {}, "order": {}}
	for _, k := range facts {
		registered["Kind"][k.typ.Name()] = true
	}
	for name := range events {
		registered["about"][name] = true
	}
	for _, typ := range commands {
		registered["order"][typ.Name()] = true
	}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if !is || f.Recv == nil || registered[f.Name.Name] == nil {
				continue
			}
			found[f.Name.Name]++
			receiver, is := f.Recv.List[0].Type.(*ast.Ident)
			if !is || !registered[f.Name.Name][receiver.Name] {
				t.Errorf("%s: %v has the method %s and is not registered: see kinds.go", path, f.Recv.List[0].Type, f.Name.Name)
			}
		}
	}
	for method, types := range registered {
		if found[method] != len(types) {
			t.Errorf("%d types have the method %s, and %d are registered", found[method], method, len(types))
		}
	}
}

// markIDs fills fields named Call, Callback and Agent with their own names, so
// that a test can tell which of them is returned.
func markIDs(v reflect.Value) (c ID, a AgentID) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch f := v.Field(i).Addr().Interface().(type) {
		case *ID:
			if name == "Call" || name == "Callback" {
				*f, c = ID(name), ID(name)
			}
		case *AgentID:
			if name == "Agent" {
				*f, a = AgentID(name), AgentID(name)
			}
		}
	}
	return c, a
}

// TestEventsAndCommands: an event is about the call and the agent that it has a
// field for, and so is a command to the switch; else a failed decision about it
// would let go of nobody. testdata/events.txt and commands.txt have an example
// of each.
func TestEventsAndCommands(t *testing.T) {
	var got strings.Builder
	for _, name := range slices.Sorted(maps.Keys(events)) {
		v := reflect.New(events[name]).Elem()
		c, a := markIDs(v)
		ev := v.Interface().(Event)
		if name != "TimerFired" && (CallOf(ev) != c || AgentOf(ev) != a) {
			t.Errorf("%s is about the call %q and the agent %q; it has the fields %q and %q", name, CallOf(ev), AgentOf(ev), c, a)
		}
		fmt.Fprintf(&got, "%s call=%s agent=%s %s\n", name, CallOf(ev), AgentOf(ev), inJSON(t, example(t, events[name])))
	}
	golden(t, "testdata/events.txt", got.String())
	got.Reset()
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		v := reflect.New(commands[name]).Elem()
		c, _ := markIDs(v)
		if cmd := v.Interface().(Command); CallOrdered(cmd) != c {
			t.Errorf("%s is about the call %q; it has the field %q", name, CallOrdered(cmd), c)
		}
		fmt.Fprintf(&got, "%s call=%s %s\n", name, c, inJSON(t, example(t, commands[name])))
	}
	golden(t, "testdata/commands.txt", got.String())
}

// TestRoles: what a full disk keeps, and which facts open and close a book.
func TestRoles(t *testing.T) {
	for want, kinds := range map[role]string{
		opens:   "call.started callback.booked outgoing.dialed",
		closes:  "call.ended callback.ended outgoing.ended",
		bookend: "queue.entered queue.left ivr.message_left callback.accepted outgoing.answered",
		place:   "call.answered notice.played consent.refused recording.started recording.kept ivr.node_entered offer.ended bridge.joined transfer.ended queue.sent_back",
		detail:  "ivr.input agent.state ewt.announced queue.alarm trunk.used of.tomorrow",
	} {
		for _, kind := range strings.Fields(kinds) {
			if got := facts[kind].role; got != want {
				t.Errorf("%s has the role %d, not %d", kind, got, want)
			}
			if Opens(kind) != (want == opens) || Closes(kind) != (want == closes) || Bookend(kind) != (want >= bookend) || Essential(kind) != (want >= place) {
				t.Errorf("%s: its role is told wrongly", kind)
			}
		}
	}
}

// TestTimersAreConstants: the kind of a timer is written once, as a constant, so
// that whoever sets it and whoever takes it mean the same.
func TestTimersAreConstants(t *testing.T) {
	for _, pattern := range []string{"*.go", "../callqueue/*.go", "../ivr/*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if kind, is := timerKind(n).(*ast.BasicLit); is {
					t.Errorf("%s: the kind of a timer is the text %s and no constant", set.Position(n.Pos()), kind.Value)
				}
				return true
			})
		}
	}
}

// timerKind returns what an expression gives as the kind of a timer: that of a
// Timer, or an argument of visit.timer or Machine.remind; nil if it makes none.
func timerKind(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.CompositeLit:
		name := fmt.Sprint(n.Type)
		if sel, is := n.Type.(*ast.SelectorExpr); is {
			name = sel.Sel.Name
		}
		for _, e := range n.Elts {
			if kv, is := e.(*ast.KeyValueExpr); is && name == "Timer" && fmt.Sprint(kv.Key) == "Kind" {
				return kv.Value
			}
		}
	case *ast.CallExpr:
		sel, is := n.Fun.(*ast.SelectorExpr)
		switch {
		case is && sel.Sel.Name == "timer" && len(n.Args) == 1:
			return n.Args[0]
		case is && sel.Sel.Name == "remind" && len(n.Args) == 4:
			return n.Args[2]
		}
	}
	return nil
}

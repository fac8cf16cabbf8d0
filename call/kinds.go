package call

import (
	"maps"
	"reflect"
	"slices"
)

// The registry of all facts, events and commands. Each registers itself beside
// its type, by one line:
//
//	func (CallAnswered) Kind() string { return "call.answered" }
//	var _ = fact(CallAnswered{}, place)
//
//	func (e Picked) about() (ID, AgentID) { return e.Call, "" }
//	var _ = event(Picked{})
//
//	func (c Answer) order() (CommandName, ID) { return "answer", c.Call }
//	var _ = command(Answer{})
//
// TestEveryTypeIsRegistered fails for a type that has the method and not the
// line. The golden files in testdata have one example of each: after adding a
// type, run `go test ./call -update` and read the difference.
var (
	facts    = map[string]kind{}         // by stored name
	events   = map[string]reflect.Type{} // by name of the type
	commands = map[CommandName]reflect.Type{}
)

// kind is one registered kind of fact.
type kind struct {
	typ  reflect.Type
	role role
}

// role is what facts of a kind are to the books. Each role includes the ones
// before it.
type role int

const (
	detail  role = iota // tells what happened in between; a full disk does without
	place               // tells where a caller stands; without it a restart would lead a caller who waits or talks back into the menus
	bookend             // balances the rows of visits, callbacks, messages and outgoing calls
	opens               // is the first fact of a call or callback
	closes              // is the last fact of a call or callback
)

// registerFact registers a kind of fact.
func registerFact(f Fact, as role) bool {
	return register(facts, f.Kind(), kind{reflect.TypeOf(f), as})
}

// registerEvent registers a type of event.
func registerEvent(ev Event) bool {
	t := reflect.TypeOf(ev)
	return register(events, t.Name(), t)
}

// registerCommand registers a type of command.
func registerCommand(c Command) bool { return register(commands, NameOf(c), reflect.TypeOf(c)) }

// register panics, when the program starts, if two types have one name.
func register[K ~string, V any](all map[K]V, name K, v V) bool {
	if _, twice := all[name]; twice || name == "" {
		panic("call: two types, or one without a name, are registered as " + string(name))
	}
	all[name] = v
	return true
}

// Opens reports whether a fact of this kind is the first of a call, which a
// caller or an agent makes, or of a callback.
func Opens(kind string) bool { return facts[kind].role == opens }

// Closes reports whether a fact of this kind is the last of a call or callback:
// nothing about it follows.
func Closes(kind string) bool { return facts[kind].role == closes }

// Bookend reports whether facts of this kind open or close a book: that of a
// call in or out, a visit, a callback, a message. Without them calls and rows would not
// balance.
func Bookend(kind string) bool { return facts[kind].role >= bookend }

// Essential reports whether facts of this kind are bookends, or tell where a
// caller stands: without them a restart would lead a caller who waits or talks
// back into the menus. The others tell what happened in between; a full disk
// does without them.
func Essential(kind string) bool { return facts[kind].role >= place }

// Kinds returns the stored names of all kinds of fact, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(facts)) }

// EventType returns the type of event with this name, as "Arrived", and whether
// there is one.
func EventType(name string) (reflect.Type, bool) {
	t, ok := events[name]
	return t, ok
}

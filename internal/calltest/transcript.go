// Package calltest plays transcripts: text files that read like a day. A line
// that begins with a time is an event; what the machines made of it follows,
// indented, and is checked.
//
//	0s    Arrived call=c1 to=100 from=+34600
//	      c1#1 call.started {"to":"100",…}
//	      order Answer call=c1
//	2.5s  DigitPressed call=c1 digit=0
//	5s    .
//
// A lone dot lets time pass, so that timers fire. `go test -update` writes
// the answers anew: read the diff, and commit it only if you want it.
package calltest

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// Start is the instant that transcripts call 0s: a Monday morning.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Run plays every transcript that the pattern matches, each through new
// machines.
func Run(t *testing.T, pattern string, machines func() []call.Machine) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no transcripts match %s", pattern)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) { playTranscript(t, path, machines) })
	}
}

func playTranscript(t *testing.T, path string, machines func() []call.Machine) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := transcribe(string(text), machines)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got == string(text) {
		return
	}
	want := strings.Split(string(text), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("%s:%d: got\n%s\nwant\n%s\n(go test -update writes it anew)", path, i+1, line, lineAt(want, i))
		}
	}
	t.Fatalf("%s: the transcript goes on where nothing happened", path)
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// player plays one transcript.
type player struct {
	machines func() []call.Machine
	loop     *call.Loop
	past     []call.Entry
	out      strings.Builder
}

func transcribe(text string, machines func() []call.Machine) (string, error) {
	p := &player{machines: machines, loop: call.NewLoop(machines()...)}
	p.loop.OnPanic = func(ev call.Event, reason any) {
		fmt.Fprintf(&p.out, "      panic %v\n", reason)
	}
	for n, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
			p.out.WriteString(line + "\n")
		case strings.HasPrefix(line, " "):
			// an answer; written anew
		default:
			if err := p.playLine(line); err != nil {
				return "", fmt.Errorf("line %d: %w", n+1, err)
			}
		}
	}
	return p.out.String(), nil
}

// Step is what a line of a transcript says: what happens, and when.
type Step struct {
	At      time.Duration
	Event   call.Event // nil: time passes, or
	Restart bool       // the program dies and comes back
}

// Read returns the steps of a transcript, without what was made of them.
func Read(path string) ([]Step, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var steps []Step
	for n, line := range strings.Split(string(text), "\n") {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, " ") {
			continue
		}
		step, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n+1, err)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

func parseLine(line string) (Step, error) {
	words := strings.Fields(line)
	d, err := time.ParseDuration(words[0])
	if err != nil || len(words) < 2 {
		return Step{}, fmt.Errorf("%q does not begin with a time and an event", line)
	}
	step := Step{At: d}
	switch words[1] {
	case ".", "timer": // time passes
	case "restart":
		step.Restart = true
	default:
		step.Event, err = parse(words[1], words[2:])
	}
	return step, err
}

func (p *player) playLine(line string) error {
	step, err := parseLine(line)
	if err != nil {
		return err
	}
	now := Start.Add(step.At)
	for { // timers that are due before
		due, ok := p.loop.Next()
		if !ok || due.After(now) {
			break
		}
		fx, _ := p.loop.Fire(due)
		if len(fx.Facts)+len(fx.Commands) > 0 {
			fmt.Fprintf(&p.out, "%-5s timer\n", due.Sub(Start))
			p.print(fx)
		}
	}
	if strings.Fields(line)[1] != "timer" {
		fmt.Fprintf(&p.out, "%s\n", line)
	}
	switch {
	case step.Restart:
		p.loop = call.NewLoop(p.machines()...)
		p.loop.Replay(p.past)
	case step.Event != nil:
		p.print(p.loop.Step(now, step.Event))
	}
	return nil
}

// parse makes an event of its name and its key=value words.
func parse(name string, fields []string) (call.Event, error) {
	t, ok := call.EventType(name)
	if !ok {
		return nil, fmt.Errorf("%q is not an event", name)
	}
	v := reflect.New(t).Elem()
	for _, f := range fields {
		key, value, _ := strings.Cut(f, "=")
		i := fieldNamed(t, key)
		if i < 0 {
			return nil, fmt.Errorf("%s has no %q", name, key)
		}
		switch field := v.Field(i); field.Kind() {
		case reflect.String:
			field.SetString(value)
		case reflect.Bool:
			field.SetBool(value == "true")
		case reflect.Slice:
			field.Set(reflect.ValueOf(strings.Split(value, ",")))
		default:
			if err := json.Unmarshal([]byte(value), field.Addr().Interface()); err != nil {
				return nil, fmt.Errorf("%s %s: %w", name, key, err)
			}
		}
	}
	return v.Interface().(call.Event), nil
}

func fieldNamed(t reflect.Type, key string) int {
	for i := range t.NumField() {
		if strings.EqualFold(t.Field(i).Name, key) {
			return i
		}
	}
	return -1
}

func (p *player) print(fx call.Effects) {
	p.past = append(p.past, fx.Facts...)
	for _, e := range fx.Facts {
		data, _ := json.Marshal(e.Fact)
		fmt.Fprintf(&p.out, "      %s#%d %s %s\n", e.Call, e.Seq, e.Fact.Kind(), data)
	}
	for _, c := range fx.Commands {
		p.out.WriteString("      " + Order(c) + "\n")
	}
}

// Order writes a command in one line.
func Order(c call.Command) string {
	v := reflect.ValueOf(c)
	line := "order " + v.Type().Name()
	for i := range v.NumField() {
		name := strings.ToLower(v.Type().Field(i).Name)
		if name == "flow" {
			continue // the same in a whole transcript
		}
		if d, ok := v.Field(i).Interface().(call.Desk); ok {
			line += " " + describeDesk(d)
			continue
		}
		if n, ok := v.Field(i).Interface().(call.OutsideNotice); ok {
			if n.Prompt != "" {
				line += fmt.Sprintf(" notice=%s key=%s consent=%s", n.Prompt, n.Key, n.Consent)
			}
			continue
		}
		if l, ok := v.Field(i).Interface().(call.Listening); ok {
			line += describeListening(l)
			continue
		}
		line += fmt.Sprintf(" %s=%v", name, v.Field(i).Interface())
	}
	return line
}

func describeCaller(who call.DeskWho) string {
	line := ""
	if who.Name != "" {
		line += fmt.Sprintf(" %q", who.Name)
	}
	if who.VIP {
		line += " VIP"
	}
	return line
}

func describeDesk(d call.Desk) string {
	line := fmt.Sprintf("%s/%s", d.Presence, d.State)
	if d.Reason != "" {
		line += " reason=" + d.Reason
	}
	if !d.Media {
		line += " media=down"
	}
	if d.Offer != nil {
		line += fmt.Sprintf(" offer=%s %s waits since %s", d.Offer.Offer, d.Offer.Caller.Number, d.Offer.Waiting.Sub(Start))
	}
	if d.Offer != nil {
		line += describeCaller(d.Offer.Caller)
	}
	if d.Offer != nil && d.Offer.Outgoing {
		line += " outgoing"
	}
	if d.Offer != nil && d.Offer.Callback != nil {
		line += fmt.Sprintf(" callback %s #%d", d.Offer.Callback.Number, d.Offer.Callback.Attempt)
	}
	if d.Talk != nil {
		line += fmt.Sprintf(" talk=%s %s", d.Talk.Call, d.Talk.Caller.Number) + describeCaller(d.Talk.Caller)
	}
	if d.Talk != nil {
		for _, l := range d.Talk.Listeners {
			line += fmt.Sprintf(" %s:%s", l.By, l.Mode)
		}
	}
	if d.WrapUp != nil {
		line += fmt.Sprintf(" until %s", d.WrapUp.Sub(Start))
	}
	if d.Help != nil {
		line += " help"
	}
	if d.Notice != nil {
		line += " notice=" + d.Notice.What
		if d.Notice.Text != "" {
			line += fmt.Sprintf(" %q", d.Notice.Text)
		}
		if d.Notice.By != "" {
			line += " by " + string(d.Notice.By)
		}
	}
	return line
}

func describeListening(l call.Listening) string {
	line := fmt.Sprintf(" %s/%s", l.Agent, l.Call)
	if l.Mode != "" {
		line += fmt.Sprintf(" mode=%s since %s of %s can=%v", l.Mode, l.Turned.Sub(Start), l.Since.Sub(Start), l.Can)
	}
	for _, part := range []struct {
		is   bool
		word string
	}{{l.Joining, "joining"}, {l.Hold, "hold"}, {l.Apart, "apart"}, {l.Gone, "gone"}} {
		if part.is {
			line += " " + part.word
		}
	}
	if l.Notice != "" {
		line += " notice=" + l.Notice
	}
	return line
}

package call

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestQueueSettingsAreDeclared: the tags can be read, each default is within its
// bounds, and a field has in Go the name of the flow file.
func TestQueueSettingsAreDeclared(t *testing.T) {
	seen := 0
	var walk func(of reflect.Type)
	walk = func(of reflect.Type) {
		for f := range of.Fields() {
			name := f.Tag.Get("flow")
			if name == "" {
				if f.Tag != "" && f.Tag.Get("word") == "" {
					t.Errorf("%s.%s has tags and no name in the flow file", of, f.Name)
				}
				continue
			}
			seen++
			if plain := strings.ReplaceAll(name, "_", ""); f.Name != "_" && strings.ToLower(f.Name) != plain {
				t.Errorf("%s.%s is called %s in the flow file", of, f.Name, name)
			}
			checkBounds(t, f)
			if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct {
				walk(f.Type.Elem())
			} else if f.Type.Kind() == reflect.Struct {
				walk(f.Type)
			}
		}
	}
	walk(reflect.TypeFor[QueueSettings]())
	if seen < 40 {
		t.Errorf("only %d settings were looked at", seen)
	}
}

// checkBounds: times have both bounds, and the default is within them.
func checkBounds(t *testing.T, f reflect.StructField) {
	t.Helper()
	least, most := f.Tag.Get("least"), f.Tag.Get("most")
	if !strings.HasSuffix(f.Type.String(), "time.Duration") {
		for _, text := range []string{least, most, f.Tag.Get("entries")} {
			if text != "" {
				SettingCount(text)
			}
		}
		return
	}
	from, to := SettingTime(least), SettingTime(most)
	for one := range strings.FieldsSeq(f.Tag.Get("usual")) {
		_, text, ok := strings.Cut(one, "=")
		if !ok {
			text = one
		}
		if d := SettingTime(text); d < from || d > to {
			t.Errorf("%s: usually %s, but it is from %s to %s", f.Name, d, least, most)
		}
	}
}

// TestWithUsual: what is set stays, and all else is usual.
func TestWithUsual(t *testing.T) {
	q := QueueSettings{Name: "support", Ring: time.Minute, Credits: map[string]time.Duration{"gold": time.Minute, "vip": 0},
		Callback: CallbackSettings{Later: []time.Duration{}}}.WithUsual()
	if q.Name != "support" || q.Ring != time.Minute || q.Target != 20*time.Second || q.Music != "default" || q.Strategy != LongestIdle || q.Weight != 1 {
		t.Errorf("%+v", q)
	}
	want := map[string]time.Duration{"gold": time.Minute, "vip": 0, "complaint": time.Minute, "retry": time.Minute}
	if !reflect.DeepEqual(q.Credits, want) {
		t.Errorf("credits %v", q.Credits)
	}
	if c := q.Callback; c.Later == nil || len(c.Later) > 0 || len(c.Pauses) != 2 || c.CustomerFirst != 10 || c.Every != 90*time.Second || c.Expires != 0 {
		t.Errorf("callback %+v", q.Callback)
	}
	if q.ShortAbandon != 0 || UsualQueue().ShortAbandon != 5*time.Second {
		t.Error("zero is a value of its own of short_abandon")
	}
	if len(UsualQueue().Credits) != 3 {
		t.Errorf("the defaults have changed: %v", UsualQueue().Credits)
	}
}

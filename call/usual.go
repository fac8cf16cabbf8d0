package call

import (
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// usualQueue is made of the tags once.
var usualQueue = func() (q QueueSettings) {
	takeUsual(reflect.ValueOf(&q).Elem())
	return q
}()

// UsualQueue returns the defaults of all settings. The maps and lists in it are
// not to be changed.
func UsualQueue() QueueSettings { return usualQueue }

// WithUsual returns the settings with the default of each that is not set, and
// of each priority of Credits.
func (q QueueSettings) WithUsual() QueueSettings {
	fillUsual(reflect.ValueOf(&q).Elem(), reflect.ValueOf(usualQueue))
	return q
}

func fillUsual(v, usual reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch into := v.Field(i); {
		case f.Type == reflect.TypeFor[RecordingSettings](): // what a queue leaves out, HouseRecording has
		case f.Tag.Get("flow") == "" || f.Name == "_" || f.Tag.Get("zero") == "own":
		case f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[Night]():
			fillUsual(into, usual.Field(i))
		case f.Type == reflect.TypeFor[map[string]time.Duration]():
			all := maps.Clone(usual.Field(i).Interface().(map[string]time.Duration))
			maps.Copy(all, into.Interface().(map[string]time.Duration))
			into.Set(reflect.ValueOf(all))
		case into.IsZero():
			into.Set(usual.Field(i))
		}
	}
}

// takeUsual sets the fields to what their tags say is usual.
func takeUsual(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Name == "_" {
			continue
		}
		usual, has := f.Tag.Lookup("usual")
		if has {
			setUsual(v.Field(i), usual)
		} else if f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[Night]() {
			takeUsual(v.Field(i))
		}
	}
}

// setUsual reads a tag. One that cannot be read is a fault of the program.
func setUsual(v reflect.Value, text string) {
	switch into := v.Addr().Interface().(type) {
	case *time.Duration:
		*into = SettingTime(text)
	case *[]time.Duration:
		for one := range strings.FieldsSeq(text) {
			*into = append(*into, SettingTime(one))
		}
	case *map[string]time.Duration:
		*into = map[string]time.Duration{}
		for one := range strings.FieldsSeq(text) {
			name, d, _ := strings.Cut(one, "=")
			(*into)[name] = SettingTime(d)
		}
	default:
		if v.Kind() == reflect.String {
			v.SetString(text)
			return
		}
		v.SetInt(int64(SettingCount(text)))
	}
}

// QueueSetting returns the field of QueueSettings at a path of names of the flow
// file, as "callback", "ring". A path that is not there is a fault of the program.
func QueueSetting(path ...string) reflect.StructField {
	var found reflect.StructField
	t := reflect.TypeFor[QueueSettings]()
	for _, name := range path {
		if t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		found = reflect.StructField{}
		for f := range t.Fields() {
			if f.Tag.Get("flow") == name {
				found = f
			}
		}
		if found.Name == "" {
			panic(fmt.Sprintf("call: a queue has no setting %v", path))
		}
		t = found.Type
	}
	return found
}

// SettingTime reads a time of a tag of QueueSettings.
func SettingTime(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		panic(fmt.Sprintf("call: in a tag of QueueSettings: %v", err))
	}
	return d
}

// SettingCount reads a count of a tag of QueueSettings.
func SettingCount(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(fmt.Sprintf("call: in a tag of QueueSettings: %v", err))
	}
	return n
}

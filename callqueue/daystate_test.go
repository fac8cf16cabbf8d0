package callqueue

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"presszero/internal/calltest"
)

// passing are the fields on which no decision depends here: counters, and measurements for
// estimates.
var passing = strings.Fields(`gens gen staffing offers visits sayings handling patience calibration shadow arrivals crew crewAt crewOf
	dials abandoned slots older newer node group groups profiles profile root since shown arrived predicted shift notice reasonFor told
	reason rang talked idle wrapUp joined toldHigh grown asked path ahead offered waited entered overtaken`)

var numbered = regexp.MustCompile(`\.(o|v|d|say|bye)[0-9]+`)

// state is a short name of all that matters of where the day stands: two days
// with the same one go on alike.
func (d *day) state() uint64 {
	var b strings.Builder
	w := writer{&b, d.now, map[uintptr]int{}}
	w.write(reflect.ValueOf(d.line.callers))
	w.write(reflect.ValueOf(d.line.floor.agents))
	w.write(reflect.ValueOf(d.line.queues.lost))
	w.write(reflect.ValueOf(d.line.queues.served))
	for _, outside := range []any{d.up, d.legs, d.offers, d.talks, d.dials, d.answer, d.playing, d.music, d.held, d.united, d.booked, d.began, d.ended} {
		w.write(reflect.ValueOf(outside))
	}
	due, _ := d.loop.Next()
	fmt.Fprint(&b, due.Sub(d.now), d.ordered())
	h := fnv.New64a()
	h.Write([]byte(numbered.ReplaceAllString(b.String(), ".$1")))
	return h.Sum64()
}

// writer writes a value with all it leads to; of times, how long ago they were.
type writer struct {
	*strings.Builder
	now  time.Time
	seen map[uintptr]int
}

func (w writer) write(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			w.WriteString("-")
			return
		}
		if n, known := w.seen[v.Pointer()]; known {
			fmt.Fprintf(w, "^%d", n)
			return
		}
		w.seen[v.Pointer()] = len(w.seen)
		w.write(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			w.writeTime(v)
			return
		}
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; !slices.Contains(passing, name) {
				w.WriteString(name + "=")
				w.write(v.Field(i))
				w.WriteString(";")
			}
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		for _, k := range keys {
			fmt.Fprint(w, k, ":")
			w.write(v.MapIndex(k))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			w.write(v.Index(i))
			w.WriteString(",")
		}
	case reflect.Func, reflect.Chan, reflect.Interface:
	default:
		fmt.Fprint(w, v)
	}
}

// writeTime reads a time that may not be touched: its parts say enough.
func (w writer) writeTime(v reflect.Value) {
	if v.Field(0).Uint() == 0 && v.Field(1).Int() == 0 {
		w.WriteString("never")
		return
	}
	base := reflect.ValueOf(calltest.Start)
	seconds := v.Field(1).Int() - base.Field(1).Int() - int64(w.now.Sub(calltest.Start)/time.Second)
	fmt.Fprintf(w, "%d.%d", seconds, v.Field(0).Uint())
}

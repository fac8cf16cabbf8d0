package journal

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"presszero/call"
)

var quiet = slog.New(slog.DiscardHandler)

// fact is the n-th entry of a call that never ends.
func fact(id call.ID, n int) call.Entry {
	e := call.Entry{Call: id, Day: "2026-03-01", Seq: n, At: time.Now().UTC().Truncate(time.Microsecond)}
	if n == 1 {
		e.Fact = call.CallStarted{Node: "a1", Channel: "c", To: "100", From: "+4930123456", Name: `Ada "kind":"call.ended"`}
	} else {
		e.Fact = call.KeyPressed{Node: "main", Digit: fmt.Sprint(n % 10)}
	}
	return e
}

func facts(id call.ID, from, to int) (list []call.Entry) {
	for n := from; n <= to; n++ {
		list = append(list, fact(id, n))
	}
	return list
}

func open(t testing.TB, dir string, opt Options) *Journal {
	t.Helper()
	if opt.Log == nil {
		opt.Log = quiet
	}
	if opt.Reserve == 0 {
		opt.Reserve = 1 << 20
	}
	j, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func readAll(t testing.TB, j *Journal, step int) (list []call.Entry) {
	t.Helper()
	var at Offset
	for {
		part, next, err := j.Read(at, step)
		if err != nil {
			t.Fatal(err)
		}
		if len(part) == 0 {
			return list
		}
		list, at = append(list, part...), next
	}
}

func same(t testing.TB, got, want []call.Entry) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("entry %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

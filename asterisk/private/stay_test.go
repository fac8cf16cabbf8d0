package private

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func at(s int64) time.Time { return time.Unix(1795303800+s, 0).UTC() }

func TestStays(t *testing.T) {
	dir := t.TempDir()
	add := func(lines string) {
		t.Helper()
		f, err := os.OpenFile(filepath.Join(dir, stayLog), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(lines); err != nil {
			t.Fatal(err)
		}
	}
	is := func(want ...Stay) {
		t.Helper()
		got, err := Stays(dir)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, %+v\nwant %+v", err, got, want)
		}
	}
	is()
	add(`start 1795303700
came 1795303800 pz1-1.1 to=100 from=+34600 call=
came 1795303801 pz1-2.2 to=200 from= call=0198-a
came 1795303802 pz1-3.3 to=100 from=anonymous call=
back 1795303810 pz1-2.2
left 1795303811 pz1-1.1 by=
left 1795303811 pz1-0.0 by=
early 1795303812 pz1-4.4 to=100 from=+34601
came 1795303820 pz1-2.2 to=200 from= call=0198-a
left 1795303830 pz1-3.3 by=PJSIP/+34700@trunk
nonsense
ca`)
	first := []Stay{
		{Channel: "pz1-1.1", To: "100", From: "+34600", Came: at(0), Left: at(11), How: HungUp},
		{Channel: "pz1-2.2", To: "200", Call: "0198-a", Came: at(1), Left: at(10), How: Back},
		{Channel: "pz1-3.3", To: "100", From: "anonymous", Came: at(2), Left: at(30), How: Served, By: "PJSIP/+34700@trunk"},
		{Channel: "pz1-4.4", To: "100", From: "+34601", Came: at(12), Left: at(12), How: Early},
	}
	open := Stay{Channel: "pz1-2.2", To: "200", Call: "0198-a", Came: at(20)}
	is(append(first, open)...)
	booked := func() {
		t.Helper()
		if err := Booked(dir); err != nil {
			t.Fatal(err)
		}
	}
	booked()
	booked() // one is still there: nothing is forgotten
	is(append(first, open)...)
	add("\nstart 1795303840\n")
	open.Left, open.How = at(40), Cut
	is(append(first, open)...)
	booked()
	is()
	booked()
	booked()
	is()
}

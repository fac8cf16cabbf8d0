package callqueue

import (
	"fmt"
	"testing"
	"time"

	"presszero/internal/calltest"
)

func TestMemory(t *testing.T) {
	m := newMemory(time.Hour)
	number := func(i int) string { return fmt.Sprintf("+34%09d", i) }
	knows := func(i int, when time.Time) bool {
		_, ok := m.lookup(number(i), "support", when)
		return ok
	}
	const more = mostRemembered + 10
	for i := range more {
		m.store(number(i), "support", memo{at: calltest.Start})
		m.store(number(0), "support", memo{at: calltest.Start}) // a regular
	}
	if m.of.Len() != mostRemembered {
		t.Errorf("it remembers %d people", m.of.Len())
	}
	if !knows(0, calltest.Start) || knows(10, calltest.Start) || !knows(11, calltest.Start) || !knows(more-1, calltest.Start) {
		t.Error("not those who were noted longest ago are forgotten")
	}
	if knows(more-1, calltest.Start.Add(time.Hour+1)) {
		t.Error("it knows for too long")
	}
	for _, nobody := range []string{"", "anonymous", "ANONYMOUS", "Restricted", "private number", "0000000000", "asterisk"} {
		m.store(nobody, "support", memo{at: calltest.Start})
		if _, ok := m.lookup(nobody, "support", calltest.Start); ok {
			t.Errorf("%q is remembered as a person", nobody)
		}
	}
	if m.erase(number(11), "support"); knows(11, calltest.Start) {
		t.Error("what was dropped is known")
	}
}

package callqueue

import (
	"fmt"
	"testing"
	"time"

	"presszero/call/calltest"
)

func TestMemory(t *testing.T) {
	m := memory{keep: time.Hour}
	number := func(i int) string { return fmt.Sprintf("+34%09d", i) }
	const more = mostRemembered + 10
	for i := range more {
		m.put(number(i), "support", calltest.Start, "ana")
	}
	knows := func(i int, when time.Time) bool {
		_, ok := m.get(number(i), "support", when)
		return ok
	}
	if len(m.of) != mostRemembered || len(m.old) != mostRemembered {
		t.Errorf("it remembers %d people, listed are %d", len(m.of), len(m.old))
	}
	if knows(9, calltest.Start) || !knows(10, calltest.Start) || !knows(more-1, calltest.Start) {
		t.Error("not those who were noted first are forgotten")
	}
	if late := calltest.Start.Add(time.Hour + 1); knows(more-1, late) {
		t.Error("it knows for too long")
	} else if m.put("+1", "support", late, "ben"); len(m.of) != 1 {
		t.Errorf("%d are kept although nobody may know them any more", len(m.of))
	}
	if m.put("anonymous", "support", calltest.Start, "ana"); len(m.of) != 1 {
		t.Error("who says no number is remembered")
	}
}

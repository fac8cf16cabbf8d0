package asterisktest

import (
	"testing"

	"presszero/asterisk"
)

// onFake begins a Switch on a fake.
func onFake(t *testing.T, change ...func(*asterisk.Config)) (*Fake, *bench) {
	t.Helper()
	fake := NewFake(t)
	rig := fake.Rig()
	for _, c := range change {
		c(&rig.Config)
	}
	return fake, begin(t, rig)
}

func caller(c Caller) *FakeCaller { return c.(fakePhone).FakeCaller }

package chaos

import (
	"slices"
	"time"
)

// noticed is what nobody may have to bear: more silence than this.
const noticed = 3 * time.Second

// unbroken is a hole in a talk that nobody notices. Where a crowd calls, its
// sound is made on the machine that serves it, and takes the cores from the
// talks.
const (
	unbroken = 200 * time.Millisecond
	crowded  = 500 * time.Millisecond
)

// Modes are all of them, by the part that fails.
func Modes() []Mode {
	return slices.Concat(controllerModes, asteriskModes, voiceModes, databaseModes, agentModes, callerModes, trunkModes)
}

// usual is what a caller may expect whatever dies, but Asterisk.
var usual = Bounds{Silence: noticed, Gap: crowded, Order: true}

// alone is what two may expect who talk while nobody else is there.
var alone = Bounds{Silence: noticed, Gap: unbroken, Order: true}

// Not lists failures that cannot be shown here, and why.
var Not = []struct{ Name, Why string }{
	{"clock-stepped", "to set the clock needs the rights of root and disturbs all else on the machine; time is an event in the core, so its tests step it"},
	{"postgres-failover", "needs a second Postgres; the facts of the last hour being sent again is shown by the tests of the folder sql"},
	{"postgres-disk-full", "needs a file system of its own for Postgres; to us it is a Postgres that is away"},
	{"decision-panics", "a bug that cannot be ordered from outside; the tests of the folder call do, and the caller goes to the fallback"},
	{"two-agents-accept", "an offer rings at one desk only, so there is no race; the tests of the folder callqueue give every order of events"},
	{"memory-leak", "takes hours; the soak test shows it"},
}

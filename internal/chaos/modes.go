package chaos

import (
	"slices"
	"time"
)

// noticed is the longest silence that any caller may hear.
const noticed = 3 * time.Second

// unbroken is the longest hole in a talk that people do not notice. A crowd's
// sound is made on this machine and takes processor time from the talks, so more
// is allowed there (crowded).
const (
	unbroken = 200 * time.Millisecond
	crowded  = 500 * time.Millisecond
)

// Modes returns all modes, ordered by the part that fails.
func Modes() []Mode {
	return slices.Concat(controllerModes, asteriskModes, voiceModes, databaseModes, agentModes, callerModes, trunkModes)
}

// usual is promised whichever part dies, except Asterisk.
var usual = Bounds{Silence: noticed, Gap: crowded, Order: true}

// alone is promised to a caller and an agent who talk while nobody else calls.
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

//go:build race

package wholetest

// raceEnabled: the program under test is built with the race detector too.
const raceEnabled = true

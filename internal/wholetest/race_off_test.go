//go:build !race

package wholetest

const raceEnabled = false

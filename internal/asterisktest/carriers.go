package asterisktest

import (
	"slices"
	"sync"

	"presszero/asterisk"
	"presszero/call"
)

// Carriers is the trunk "trunk", which has the numbers +4930100 and +4930101, and
// remembers what it is told.
type Carriers struct {
	// Otherwise returns the ways of a number; nil, or nil for a number: over "trunk".
	Otherwise func(number string) []call.Way

	mu   sync.Mutex
	up   map[string]int
	told []call.CarrierAnswer
}

var ourNumbers = []string{"+4930100", "+4930101"}

// Ways implements asterisk.Carriers.
func (c *Carriers) Ways(number string, about call.Purpose) []call.Way {
	if c.Otherwise != nil {
		if ways := c.Otherwise(number); ways != nil {
			return ways
		}
	}
	shown := ourNumbers[0]
	if slices.Contains(ourNumbers, about.Dialed) {
		shown = about.Dialed
	}
	return []call.Way{{Trunk: "trunk", Number: number, Ours: shown, Shown: shown}}
}

// Began implements asterisk.Carriers.
func (c *Carriers) Began(trunk string, _ bool) { c.count(trunk, 1) }

// Ended implements asterisk.Carriers.
func (c *Carriers) Ended(trunk string) { c.count(trunk, -1) }

func (c *Carriers) count(trunk string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.up == nil {
		c.up = map[string]int{}
	}
	c.up[trunk] += n
}

// Up is how many calls a trunk carries.
func (c *Carriers) Up(trunk string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.up[trunk]
}

// Told implements asterisk.Carriers.
func (c *Carriers) Told(_ string, a call.CarrierAnswer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, a)
}

// Last is what it was told last.
func (c *Carriers) Last() call.CarrierAnswer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.told) == 0 {
		return call.CarrierAnswer{}
	}
	return c.told[len(c.told)-1]
}

// In implements asterisk.Carriers.
func (c *Carriers) In(string) asterisk.Inbound { return asterisk.Inbound{Trust: true} }

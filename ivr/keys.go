package ivr

// Profile is what * and # do. The standards conflict, so one holds per
// number; 0 is a person in both.
type Profile string

// The profiles.
const (
	ISO    Profile = "iso" // ISO/IEC 13714: * back, # ends an input or skips a text
	Korean Profile = "kr"  // KCC 2009: # previous, * once more
)

// keyAction is what a key does by its profile.
type keyAction int

const (
	none keyAction = iota
	back
	repeat
	skip
)

func (p Profile) actionOf(key string) keyAction {
	switch {
	case p == Korean && key == "#", p != Korean && key == "*":
		return back
	case p == Korean && key == "*":
		return repeat
	case p != Korean && key == "#":
		return skip
	}
	return none
}

package media

// LegCount is how many legs all seats have together, live or not.
func (l *Local) LegCount() int {
	n := 0
	for _, seat := range l.allSeats() {
		n += len(*seat.legs.Load())
	}
	return n
}

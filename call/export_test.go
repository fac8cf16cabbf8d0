package call

// Made is how many facts and orders have come of the step so far.
func (s *Step) Made() int { return len(s.fx.Facts) + len(s.fx.Commands) }

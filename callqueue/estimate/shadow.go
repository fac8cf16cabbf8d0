package estimate

// Shadow keeps the estimates that others announce. Nobody is told them here;
// they are logged beside ours, so that it can be seen which is true.
type Shadow struct {
	les      float64
	asterisk float64
	byAhead  map[int]float64
}

const avgGain = 0.1 // of the mean per number ahead

// Answered takes the wait of a caller who is answered, and how many were
// ahead when the wait began.
func (s *Shadow) Answered(waited float64, ahead int) {
	s.les = waited
	s.asterisk = (3*s.asterisk + waited) / 4 // recalc_holdtime of app_queue
	if s.byAhead == nil {
		s.byAhead = map[int]float64{}
	}
	if old, ok := s.byAhead[ahead]; ok {
		waited = old + avgGain*(waited-old)
	}
	s.byAhead[ahead] = waited
}

// LES returns the wait of the last caller to enter service.
func (s *Shadow) LES() float64 { return s.les }

// Asterisk returns what app_queue would announce.
func (s *Shadow) Asterisk() float64 { return s.asterisk }

// AvgC returns the mean of past waits that began with as many ahead; 0 when
// there were none.
func (s *Shadow) AvgC(ahead int) float64 { return s.byAhead[ahead] }

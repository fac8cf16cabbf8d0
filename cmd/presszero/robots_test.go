package main

import "testing"

func TestShares(t *testing.T) {
	for text, want := range map[string]float64{"20%": 0.2, "0": 0, "100%": 1, "2.5%": 0.025, "101%": -1, "-1%": -1, "NaN": -1, "many": -1, "": -1} {
		s := share(-1)
		if err := s.Set(text); float64(s) != want || (err == nil) != (want >= 0) {
			t.Errorf("%q is %v, %v", text, float64(s), err)
		}
	}
}

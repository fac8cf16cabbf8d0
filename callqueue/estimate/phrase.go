package estimate

import "fmt"

// edges, in minutes, are what a range may begin and end with.
var edges = []int{0, 1, 2, 3, 5, 8, 12, 20, 30}

// Phrase is one way to tell a wait: a prompt with a fixed name, whose text is
// prepared in every language beforehand.
type Phrase struct {
	Name string // wait-2-5, wait-within-5, wait-over-30
	Low  int    // minutes; 0: only the upper bound is said
	High int    // minutes; 0: no upper bound
}

// Over is the phrase for more than the last edge.
var Over = Phrase{Name: "wait-over-30", Low: 30}

// Phrases lists all phrases there are.
func Phrases() []Phrase {
	var all []Phrase
	for i, low := range edges {
		for _, high := range edges[i+1:] {
			all = append(all, between(low, high))
		}
	}
	return append(all, Over)
}

func between(low, high int) Phrase {
	if low == 0 {
		return Phrase{fmt.Sprintf("wait-within-%d", high), 0, high}
	}
	return Phrase{fmt.Sprintf("wait-%d-%d", low, high), low, high}
}

// Snap returns the phrase for a wait between p50 and p90, in seconds: from the
// edge below the one to the edge above the other, since who is told less than
// it takes gives up sooner than who is told too much. Where the two are far
// apart only the upper bound is said.
func Snap(p50, p90 float64) Phrase {
	hi := firstEdgeAbove(p90)
	if hi < 0 {
		return Over
	}
	lo := firstEdgeAbove(p50) - 1 // p50 is never above p90
	if p90 > 3*p50 {
		lo = 0
	}
	return between(edges[lo], edges[hi])
}

// firstEdgeAbove returns the place of the first edge that is not below, or -1.
func firstEdgeAbove(seconds float64) int {
	for i, e := range edges[1:] {
		if seconds <= 60*float64(e) {
			return i + 1
		}
	}
	return -1
}

package report

import (
	"math"
	"testing"
)

func close3(a, b float64) bool { return math.Abs(a-b) < 0.0006 }

// TestIntervals: of published examples. Wilson: 81 of 263 in Newcombe, Stat. Med. 17
// (1998) 857, and 0 of 20; the difference: 56/70 and 48/80, the first example of
// Newcombe, ibid. 873.
func TestIntervals(t *testing.T) {
	t.Parallel()
	if l, h := Wilson(81, 263); !close3(l, 0.2553) || !close3(h, 0.3662) {
		t.Errorf("81 of 263: %.4f to %.4f", l, h)
	}
	if l, h := Wilson(0, 20); l != 0 || !close3(h, 0.1611) {
		t.Errorf("0 of 20: %.4f to %.4f", l, h)
	}
	if l, h := Wilson(0, 0); l != 0 || h != 1 {
		t.Errorf("of nothing: %v to %v", l, h)
	}
	if d, l, h := ShareDifference(56, 70, 48, 80); !close3(d, 0.2) || !close3(l, 0.0524) || !close3(h, 0.3339) {
		t.Errorf("56/70 less 48/80: %.4f, %.4f to %.4f", d, l, h)
	}
	if l, m, h := betaQuantiles(17, 33); !close3(l, 0.2165) || !close3(m, 0.3378) || !close3(h, 0.4755) {
		t.Errorf("beta(17, 33): %.4f %.4f %.4f", l, m, h)
	}
	if l, m, h := betaQuantiles(2, 2); !close3(m, 0.5) || !close3(l+h, 1) || !close3(3*l*l-2*l*l*l, 0.025) { // its distribution is 3x²-2x³
		t.Errorf("beta(2, 2): %.4f %.4f %.4f", l, m, h)
	}
}

// TestPeopleAddUp: windows and queues add up; a part that is left alone is compared
// with the rest; and the share lost is measured from 200 people on.
func TestPeopleAddUp(t *testing.T) {
	t.Parallel()
	counts := []LostCount{
		{Hours: 24, Queue: "a", People: 90, Returned: 40, Served: 30, CalledBack: 30, Lost: 30, TooNew: 4},
		{Hours: 24, Queue: "a", LeftAlone: true, People: 10, Returned: 4, Served: 4, Lost: 6, TooNew: 1},
		{Hours: 24, Queue: "b", People: 400, Returned: 300, Served: 300, Lost: 100},
		{Hours: 4, Queue: "a", People: 50, Lost: 50},
	}
	rows, trials, stakes := People(counts, []LostValue{{Queue: "a", Control: 0.1, Value: 40, Buy: 0.25}, {Queue: "b", Value: 100, Buy: 0.5}, {Queue: "c", Control: 0.5, Value: 9}}, 24)
	if len(rows) != 5 || rows[0].Queue != "" || rows[0].People != 500 || rows[0].Lost != 136 || *rows[0].LostShare != 136.0/500 || rows[1].Hours != 4 {
		t.Fatalf("the rows are %+v", rows)
	}
	for _, r := range rows {
		if r.People != r.Served+r.CalledBack+r.Lost || *r.LostShare+*r.ServedShare != 1 {
			t.Errorf("a row does not add up: %+v", r)
		}
	}
	if c := trials[0]; len(trials) != 2 || c.Callable != 90 || c.CallableServed != 60 || c.LeftAlone != 10 || c.LeftAloneServed != 4 || !close3(*c.Difference, 2.0/3-0.4) || *c.Low > *c.Difference || *c.High < *c.Difference {
		t.Errorf("the trials are %+v", trials)
	}
	if trials[1].Difference != nil {
		t.Errorf("of nobody there is a difference: %+v", trials[1])
	}
	if a := stakes[0]; len(stakes) != 2 || !a.Prior || a.Observed != 100 || a.People != 105 || math.Abs(a.ShareMid-(17.0+36)/150) > 0.001 || !close3(a.Mid/1050, a.ShareMid) || a.Low >= a.Mid || a.High <= a.Mid {
		t.Errorf("of 100 people: %+v", stakes[0])
	}
	if b := stakes[1]; b.Prior || b.ShareMid != 0.25 || b.Mid != 400*0.5*100*0.25 || !close3(b.ShareLow, 0.2100) {
		t.Errorf("of 400 people: %+v", b)
	}
}

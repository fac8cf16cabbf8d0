package rehearsal

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
)

// Report is what came of a rehearsal. Shares are between 0 and 1; a share or
// mean of nothing is NaN in Go and null in JSON.
type Report struct {
	Calls        int    `json:"calls"` // that came; shares are of those that are over
	Answered     int    `json:"answered"`
	Abandoned    int    `json:"abandoned"`
	NotServed    int    `json:"not_served"` // sent back, closed…
	Refused      int    `json:"refused"`    // were not let in
	Waiting      int    `json:"waiting"`    // when the rehearsal ended
	Abandonment  number `json:"abandonment"`
	MeanWait     number `json:"mean_wait_s"` // of all callers, those who were answered at once included
	P90Wait      number `json:"p90_wait_s"`
	ServiceLevel number `json:"service_level"` // answered within the target, of all
	Occupancy    number `json:"occupancy"`
	HadToWait    number `json:"had_to_wait"`

	ToldCalls       int    `json:"told_calls"` // who had to wait and for whom there was an estimate
	ToldBias        number `json:"told_bias"`  // mean estimate through mean true wait, less 1
	ToldP50Coverage number `json:"told_p50_coverage"`
	ToldP80Coverage number `json:"told_p80_coverage"`
	ToldP90Coverage number `json:"told_p90_coverage"`
	Announced       int    `json:"announced"` // ranges that were spoken
	AnnouncedKept   number `json:"announced_kept"`

	Models []Model `json:"models"`

	Hours   number  `json:"simulated_hours"`
	Events  int     `json:"events"`
	Facts   int     `json:"facts"`
	Seconds float64 `json:"took_s"` // of real time; filled in by whoever has a clock
}

// Model tells how true an estimate was, over the true offered waits of all who
// had to wait, also of those who gave up.
type Model struct {
	Name   string `json:"name"`
	Bias   number `json:"bias"`   // mean estimate through mean wait, less 1
	RRASE  number `json:"rrase"`  // root mean square error through mean wait
	Broken number `json:"broken"` // waited over 1.25 times the estimate and 15 s
}

// number is a float that JSON can hold when it is not one.
type number float64

// MarshalJSON writes null for what is not a number.
func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%.6g", float64(n)), nil
}

func ratio(a, b float64) number { return number(a / b) }

// Print writes the report for people.
func (r Report) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	percent := func(n number) string { return fmt.Sprintf("%.2f %%", 100*float64(n)) }
	fmt.Fprintf(t, "calls\t%d in %.1f simulated hours\n", r.Calls, float64(r.Hours))
	fmt.Fprintf(t, "answered\t%d\n", r.Answered)
	fmt.Fprintf(t, "abandoned\t%d\t%s\n", r.Abandoned, percent(r.Abandonment))
	if r.NotServed > 0 {
		fmt.Fprintf(t, "not served otherwise\t%d\n", r.NotServed)
	}
	if r.Refused > 0 {
		fmt.Fprintf(t, "refused\t%d\n", r.Refused)
	}
	if r.Waiting > 0 {
		fmt.Fprintf(t, "still waiting\t%d\n", r.Waiting)
	}
	fmt.Fprintf(t, "wait, mean\t%.2f s\n", float64(r.MeanWait))
	fmt.Fprintf(t, "wait, 90 %% below\t%.2f s\n", float64(r.P90Wait))
	fmt.Fprintf(t, "service level\t%s\n", percent(r.ServiceLevel))
	fmt.Fprintf(t, "occupancy\t%s\n", percent(r.Occupancy))
	if r.ToldCalls > 0 {
		fmt.Fprintf(t, "waits estimated\t%d\tbias %s\n", r.ToldCalls, percent(r.ToldBias))
		fmt.Fprintf(t, "true wait below p50, p80, p90\t%s\t%s\t%s\n", percent(r.ToldP50Coverage), percent(r.ToldP80Coverage), percent(r.ToldP90Coverage))
		for _, m := range r.Models {
			fmt.Fprintf(t, "%s\tbias %s\terror %s\tbroken %s\n", m.Name, percent(m.Bias), percent(m.RRASE), percent(m.Broken))
		}
	}
	return t.Flush()
}

// quantile is the nearest-rank quantile; xs is sorted by it.
func quantile(xs []float64, q float64) float64 {
	if len(xs) == 0 {
		return math.NaN()
	}
	slices.Sort(xs)
	return xs[max(int(math.Ceil(q*float64(len(xs))))-1, 0)]
}

package report

import "math"

// z95 is the 97.5 % quantile of the normal distribution.
const z95 = 1.959963984540054

// Wilson returns the 95 % interval of a share of which part of whole was seen, by
// Wilson's score (J. Am. Stat. Assoc. 22, 1927); 0 to 1 of nothing.
func Wilson(part, whole int) (low, high float64) {
	if whole == 0 {
		return 0, 1
	}
	n, p := float64(whole), float64(part)/float64(whole)
	middle := (p + z95*z95/(2*n)) / (1 + z95*z95/n)
	half := z95 / (1 + z95*z95/n) * math.Sqrt(p*(1-p)/n+z95*z95/(4*n*n))
	return max(0, middle-half), min(1, middle+half)
}

// ShareDifference returns by how much the share a/n is greater than b/m, and the 95 %
// interval of that by Newcombe's hybrid score, method 10 (Stat. Med. 17, 1998). n and
// m are above 0.
func ShareDifference(a, n, b, m int) (d, low, high float64) {
	p, q := float64(a)/float64(n), float64(b)/float64(m)
	pl, ph := Wilson(a, n)
	ql, qh := Wilson(b, m)
	d = p - q
	return d, d - math.Hypot(p-pl, qh-q), d + math.Hypot(ph-p, q-ql)
}

// betaQuantiles are the 2.5, 50 and 97.5 % quantiles of a beta distribution, to three
// digits; a and b are above 1.
func betaQuantiles(a, b float64) (low, middle, high float64) {
	const steps = 20_000
	density := make([]float64, steps)
	peak, all := (a-1)/(a+b-2), 0.0
	log := func(x float64) float64 { return (a-1)*math.Log(x) + (b-1)*math.Log(1-x) }
	for i := range density {
		density[i] = math.Exp(log((float64(i)+0.5)/steps) - log(peak))
		all += density[i]
	}
	sum, found := 0.0, [3]float64{}
	for i, d := range density {
		for k, q := range []float64{0.025, 0.5, 0.975} {
			if sum < q*all && sum+d >= q*all {
				found[k] = (float64(i) + (q*all-sum)/d) / steps
			}
		}
		sum += d
	}
	return found[0], found[1], found[2]
}

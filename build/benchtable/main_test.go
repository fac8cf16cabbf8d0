package main

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	found := parse(strings.NewReader(`goos: linux
BenchmarkOffer-2   	       3	        2.50 ours-p50-ms	        2.00 ours-p50-ms:min	        3.00 ours-p50-ms:max	       500.0 queue-p50-ms	       400.0 queue-p50-ms:min	       600.0 queue-p50-ms:max
BenchmarkWaiting  	BenchmarkWaiting: round 1 of 2
BenchmarkWaiting: round 2 of 2
       2	         1.000 ours-in-order	         1.000 ours-in-order:min	         1.000 queue-in-order	         0 queue-in-order:min
PASS
`))
	text := string(markdown([]string{"2 cores", "Linux"}, lay("af", found)))
	for _, want := range []string{
		"2 cores; Linux.\n",
		"| a | agent free to ring, median | 1 : 200 | 2.50 ms (2.00–3.00) | 500 ms (400–600) | app_queue |\n",
		"| a | agent free to ring, 99 % |  | not measured | not measured | app_queue |\n",
		"| f | served in the order they came |  | yes, in every round | no | app_queue |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

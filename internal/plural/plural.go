// Package plural writes counted nouns.
package plural

import "fmt"

// Count returns a number with a noun whose plural has an s: "1 call", "2 calls".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

//go:build race

package callqueue

// With the race detector everything takes ten times as long, and there is no
// race to be found in what one goroutine decides: every tenth does.
const everyNth = 10

// standardDepth is how deep TestAllOrders goes unless told otherwise.
const standardDepth = 3

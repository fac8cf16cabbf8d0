//go:build !race

package callqueue

const everyNth = 1

// standardDepth is how deep TestAllOrders goes unless told otherwise.
const standardDepth = 4

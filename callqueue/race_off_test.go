//go:build !race

package callqueue

const everyNth = 1

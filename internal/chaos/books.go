package chaos

import "time"

// books asks the database what it knows of calls, callers and agents.
type books struct {
	*script
	*Stack
}

// queryCount runs a query that returns one number.
func (b *books) queryCount(query string, args ...any) int {
	var n int
	if err := b.db.QueryRowContext(b, query, args...).Scan(&n); err != nil {
		b.giveUp("%s: %v", query, err)
	}
	return n
}

// waitCount waits until the query returns n. The database may be away meanwhile.
func (b *books) waitCount(limit time.Duration, n int, query string, args ...any) {
	got, err := 0, error(nil)
	if !b.waitedFor(limit, func() bool {
		err = b.db.QueryRowContext(b, query, args...).Scan(&got)
		return err == nil && got == n
	}) {
		b.giveUp("after %s it is %d (%v) and not %d: %s %v", limit, got, err, n, query, args)
	}
}

// waitOutcome waits until a caller's call has ended with this outcome.
func (b *books) waitOutcome(h *testCaller, want string) {
	b.waitCount(20*time.Second, 1, `SELECT count(*) FROM report.call WHERE caller_number = $1 AND outcome = $2`, h.number, want)
}

// signedIn counts the agents who are at work.
func (b *books) signedIn() int {
	n := 0
	err := b.db.QueryRowContext(b, `SELECT count(DISTINCT agent) FROM report.agent WHERE until_at IS NULL AND presence = 'available'`).Scan(&n)
	if err != nil {
		return 0
	}
	return n
}

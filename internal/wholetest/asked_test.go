package wholetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"presszero/internal/chaos"
)

// Questions to the database and to the Asterisk of a program under test.

// outcome waits until the books have a call of that number with that outcome.
func (b *building) outcome(from, want string) {
	b.Helper()
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.call WHERE caller_number = $1 AND outcome = $2`, from, want)
}

// count runs a query that returns one number.
func (b *building) count(query string, args ...any) int {
	b.Helper()
	var n int
	if err := b.db.QueryRow(query, args...).Scan(&n); err != nil {
		b.Fatalf("%s: %v", query, err)
	}
	return n
}

// waitCount waits until the query returns n.
func (b *building) waitCount(limit time.Duration, n int, query string, args ...any) {
	b.Helper()
	got := -1
	defer func() {
		if got != n {
			b.Logf("it is %d", got)
		}
	}()
	b.wait(limit, fmt.Sprintf("%d = %s %v", n, query, args), func() bool {
		return b.db.QueryRow(query, args...).Scan(&got) == nil && got == n
	})
}

// switchHas returns how many channels and bridges Asterisk has.
func (b *building) switchHas() (channels, bridges int) {
	b.Helper()
	return b.ari("/channels"), b.ari("/bridges")
}

// ari asks Asterisk itself and returns how many things the answer lists.
func (b *building) ari(path string) int {
	b.Helper()
	var list []json.RawMessage
	must(b, b.askARI(path, &list))
	return len(list)
}

func (b *building) askARI(path string, into any) error {
	return b.stack().AskARI(context.Background(), http.MethodGet, path, into)
}

// order has Asterisk do something.
func (b *building) order(method, path string) {
	b.Helper()
	must(b, b.stack().AskARI(context.Background(), method, path, nil))
}

func (b *building) stack() *chaos.Stack {
	return &chaos.Stack{ARI: b.settings["PRESSZERO_ARI_URL"], ARIUser: "presszero", ARIPassword: b.settings["PRESSZERO_ARI_PASSWORD"]}
}

package chaos

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// scene is one mode while it is played. Each part owns its fields.
type scene struct {
	*Ground
	*Stack
	*result
	*script
	*processes
	*books
	*cast
	options Options
	began   time.Time
}

func newScene(ctx context.Context, g *Ground, stack *Stack, m Mode, o Options) *scene {
	own := fnv.New64a() // so that a mode alone is the same as among others
	_, _ = own.Write([]byte(m.Name))
	found := &result{row: &Row{Mode: m.Name, Deed: m.Deed, Seed: o.Seed, Rounds: o.Rounds, Books: []string{}}}
	steps := &script{Context: ctx, result: found, chance: rand.New(rand.NewPCG(o.Seed, own.Sum64()))}
	return &scene{Ground: g, Stack: stack, result: found, script: steps, processes: &processes{steps, stack},
		books: &books{steps, stack}, cast: &cast{}, options: o, began: time.Now()}
}

// noMoreCallbacks takes back those that are still to be made, and ends those
// that are being made.
func (s *scene) noMoreCallbacks() {
	s.waitedFor(30*time.Second, func() bool {
		s.trunk.hangUpAll()
		rows, err := s.db.QueryContext(s, `SELECT callback_id FROM report.callback WHERE ended_at IS NULL`)
		if err != nil {
			return false
		}
		defer rows.Close()
		var open []string
		for rows.Next() {
			var id string
			if rows.Scan(&id) == nil {
				open = append(open, id)
			}
		}
		for _, id := range open {
			_ = s.CancelCallback(s, id) // one that is on the telephone just now ends by itself
		}
		var inLine int // the books may be late: as long as somebody stands in line there, there is more to come
		err = s.db.QueryRowContext(s, `SELECT count(*) FROM report.visit WHERE outcome IS NULL`).Scan(&inLine)
		return err == nil && rows.Err() == nil && len(open) == 0 && inLine == 0
	})
}

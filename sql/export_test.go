package sql

import (
	"context"
	"time"
)

// MenuNodesQuery is the query of MenuNodes, to be measured without a limit of time.
var MenuNodesQuery = menuNodes(`menu_nodes_during($1, $2)`)

// Age makes what was read last so much older.
func (s *UserStore) Age(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read = s.read.Add(-by)
}

// SetFewHits sets how many hits of a search for recordings are taken one by one.
func (db *DB) SetFewHits(n int) { db.fewHits = n }

// RollupOf is Rollup of one kind, until none of it is stale.
func (db *DB) RollupOf(ctx context.Context, what string) error {
	for _, r := range rollups {
		for r.what == what {
			if n, err := db.rollUp(ctx, r, 0); n == 0 || err != nil {
				return err
			}
		}
	}
	return nil
}

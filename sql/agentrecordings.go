package sql

import (
	"context"
	"fmt"
	"strings"
	"time"

	"presszero/report"
)

// agentRecordings looks for people of whom there are many in the recordings of an agent, who
// may have talked with none of them. Most often a page of them is among the agent's newest
// recordings, which are looked through one by one. Else the agent's callers, whom the index
// recording_agent_caller tells, are looked up, each once, and in the order of their keys, in
// which fewer pages are read.
func (db *DB) agentRecordings(ctx context.Context, q recordingQuery, people []find, f report.RecordingFilter) (list []report.Recording, err error) {
	var own recordingQuery
	own.talks(f)
	if f.Before != nil {
		own.and(`r.joined_at <= #`, f.Before.At)
	}
	talks := `FROM recording r WHERE ` + strings.Join(own.where, " AND ")
	all := q.with(people)

	var before []time.Time // the newest
	if err := db.reports.SelectContext(ctx, &before, `SELECT r.joined_at `+talks+fmt.Sprintf(` ORDER BY r.joined_at DESC LIMIT 1 OFFSET %d`, db.fewHits/5), own.args...); err != nil {
		return nil, err
	}
	if len(before) == 0 {
		return db.page(ctx, all, f.Limit)
	}
	newest := all.with(nil)
	newest.and(`r.joined_at > #`, before[0])
	if list, err = db.page(ctx, newest, f.Limit); err != nil || len(list) == f.Limit {
		return list, err
	}

	alike := recordingQuery{args: own.args}.with(people)
	callers := find{person: true, args: alike.args,
		rows: `SELECT r.caller_key AS a, '' AS b FROM (SELECT DISTINCT r.caller_key ` + talks + ` ORDER BY 1 OFFSET 0) r WHERE ` + strings.Join(alike.where, " AND ")}
	few, err := db.look(ctx, &q, callers, false)
	switch {
	case err != nil:
		return nil, err
	case few:
		return db.page(ctx, q, f.Limit)
	}
	return db.page(ctx, all, f.Limit)
}

package sql

import (
	"cmp"
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/lib/pq"

	"presszero/report"
)

// ErrNoRecording says that there is no such recording.
var ErrNoRecording = errors.New("there is no such recording")

// fewHits is up to how many hits of a word, a name or a code are taken one by one. Of more,
// those of a page are found faster in the order of time.
// Where both ways take as long depends on how many recordings there are: of ten million, it
// is at some thousands.
const fewHits = 5_000

// recordingQuery gathers what a search asks for.
type recordingQuery struct {
	hits  []string // relations of what was found first
	where []string
	args  []any
}

// arg adds an argument, and returns how it is written.
func (q *recordingQuery) arg(value any) string {
	q.args = append(q.args, value)
	return fmt.Sprintf("$%d", len(q.args))
}

// and adds a condition, in which # is the value.
func (q *recordingQuery) and(condition string, value any) {
	q.where = append(q.where, strings.ReplaceAll(condition, "#", q.arg(value)))
}

// Recordings lists recordings, the newest first. A rare word, name or code is looked up
// first, and a common one along the time: Postgres does not know which of them it is, and
// the wrong way takes seconds.
func (db *DB) Recordings(ctx context.Context, f report.RecordingFilter) (list []report.Recording, err error) {
	defer wrapError(&err, "Recordings")
	var q recordingQuery
	q.plain(f)
	if len(f.Numbers) > 0 {
		var keys pq.StringArray
		for _, n := range f.Numbers {
			keys = append(keys, CallerKey(db.cfg.CallerKey, n))
		}
		q.and(`r.caller_key = ANY (#)`, keys)
	}
	var people []find // of whom there are many
	for _, find := range finds(f) {
		few, err := db.look(ctx, &q, find, f.Agent != "" || len(askedQueues(f)) > 0)
		switch {
		case err != nil:
			return nil, err
		case !few && find.person:
			people = append(people, find)
		case !few:
			q.and(find.either, find.value)
		}
	}
	if len(people) > 0 && f.Agent != "" && !f.Absent && len(f.Numbers) == 0 && len(q.hits) == 0 {
		return db.agentRecordings(ctx, q, people, f)
	}
	return db.page(ctx, q.with(people), f.Limit)
}

// with returns the query for recordings that are of each of what was found, too.
func (q recordingQuery) with(found []find) recordingQuery {
	q.where, q.args = slices.Clone(q.where), slices.Clone(q.args)
	for _, f := range found {
		q.and(f.either, f.value)
	}
	return q
}

// page returns the newest recordings of a query.
func (db *DB) page(ctx context.Context, q recordingQuery, limit int) (list []report.Recording, err error) {
	list = []report.Recording{}
	err = db.reports.SelectContext(ctx, &list, `
		WITH page AS MATERIALIZED (
			SELECT r.* FROM `+strings.Join(append(q.hits, "recording r"), ", ")+`
			WHERE `+strings.Join(q.where, " AND ")+`
			ORDER BY r.joined_at DESC, r.recording_id DESC LIMIT `+q.arg(limit)+`)`+showRecordings+`
		ORDER BY r.joined_at DESC, r.recording_id DESC`, q.args...)
	return list, err
}

// showRecordings adds to the recordings of page what others have written of them.
const showRecordings = `
	SELECT r.recording_id, r.call_id, r.agent, coalesce(r.queue, '') AS queue, r.joined_at, r.left_at, r.started_at,
	       CASE WHEN x.recording_id IS NOT NULL THEN 'removed' ELSE r.state END AS state, coalesce(x.why, r.why, '') AS why,
	       coalesce(r.outcome, '') AS outcome, r.length_s, coalesce(r.holes_s, 0) AS holes_s, coalesce(r.notice, '') AS notice, coalesce(r.consent, '') AS consent,
	       coalesce(r.direction, CASE WHEN b.callback_id IS NOT NULL THEN 'callback' WHEN o.call_id IS NOT NULL THEN 'out' ELSE 'in' END) AS direction,
	       coalesce((SELECT e.data->>'number' FROM call_event e WHERE r.agent = '' AND e.call_day = r.call_day AND e.call_id = r.call_id
	                 AND e.type = 'transfer.started' AND e.data->>'transfer' || '.leg' = r.recording_id ORDER BY e.seq DESC LIMIT 1), '') AS outside,
	       coalesce(r.dialed, c.dialed, '') AS dialed, r.alone, r.keep_until, coalesce(r.format, '') AS format, coalesce(r.bytes, 0) AS bytes,
	       coalesce(c.caller_number, b.number, o.number, '') AS number, coalesce(nullif(e.name, ''), k.name, c.caller_name, b.name, '') AS name,
	       coalesce(d.code, '') AS code, coalesce(n.note, '') AS note,
	       (SELECT count(*) FROM recording_comment m WHERE m.recording_id = r.recording_id) AS comments
	FROM page r
	LEFT JOIN call_fact c ON c.call_id = r.call_id
	LEFT JOIN callback_fact b ON b.callback_id = r.call_id
	LEFT JOIN outgoing_call o ON o.call_id = r.call_id
	LEFT JOIN caller k ON k.caller_key = r.caller_key
	LEFT JOIN caller_edit e ON e.caller_key = r.caller_key
	LEFT JOIN disposition d ON d.visit_id = r.visit_id AND d.agent = r.agent
	LEFT JOIN talk_note n ON n.visit_id = r.visit_id AND n.agent = r.agent
	LEFT JOIN recording_removed x ON x.recording_id = r.recording_id`

// talks adds the conditions that the index of an agent's recordings knows.
func (q *recordingQuery) talks(f report.RecordingFilter) {
	q.where = append(q.where, map[bool]string{false: `r.state <> 'absent'`, true: `r.state = 'absent'`}[f.Absent])
	if !f.From.IsZero() {
		q.and(`r.joined_at >= #`, f.From)
	}
	if !f.To.IsZero() {
		q.and(`r.joined_at < #`, f.To)
	}
	if f.Agent != "" {
		q.and(`r.agent = #`, f.Agent)
	}
}

// plain adds the conditions on the recordings themselves.
func (q *recordingQuery) plain(f report.RecordingFilter) {
	q.talks(f)
	if f.Before != nil {
		q.and(`(r.joined_at, r.recording_id) < (`+q.arg(f.Before.At)+`, #)`, f.Before.ID)
	}
	if len(f.Queues) > 0 {
		q.and(`r.queue = ANY (#)`, pq.StringArray(f.Queues))
	}
	if len(f.Hidden) > 0 {
		q.and(`coalesce(r.queue, '') <> ALL (#)`, pq.StringArray(f.Hidden))
	}
	for condition, value := range map[string]string{`r.queue = #`: f.Queue, `r.outcome = #`: f.Outcome} {
		if value != "" {
			q.and(condition, value)
		}
	}
	for condition, value := range map[string]*float64{`r.length_s >= #`: f.LengthFromS, `r.length_s <= #`: f.LengthToS} {
		if value != nil {
			q.and(condition, *value)
		}
	}
}

// find is something that is not written in the recordings.
type find struct {
	person bool   // a caller is found, else a talk
	rows   string // what is found, as the keys a and b: of a talk its visit and its agent
	args   []any  // of rows
	either string // whether a recording r is one, looked up for it alone; # is value
	value  any
}

// finds are what a search finds first. Each either looks up one row by its key, apart from
// the search (OFFSET 0): a join would look up all of them.
func finds(f report.RecordingFilter) (list []find) {
	if f.Code != "" {
		var q recordingQuery
		q.and(`code = #`, f.Code)
		if f.Agent != "" {
			q.and(`agent = #`, f.Agent)
		}
		if queues := askedQueues(f); len(queues) > 0 {
			q.and(`queue = ANY (#)`, pq.StringArray(queues))
		}
		list = append(list, find{false, `SELECT visit_id AS a, agent AS b FROM disposition WHERE ` + strings.Join(q.where, " AND "), q.args,
			`(SELECT d.code = # FROM disposition d WHERE d.visit_id = r.visit_id AND d.agent = r.agent OFFSET 0)`, f.Code})
	}
	if words := wordsOf(f.Note); words != "" {
		list = append(list, find{false, `SELECT visit_id AS a, agent AS b FROM talk_note
			WHERE (to_tsvector('simple', note) || array_to_tsvector(ARRAY['=a' || agent, '=q' || queue])) @@ (to_tsquery('simple', $1) && $2::text::tsquery)`, []any{words, scopeOf(f)},
			`(SELECT to_tsvector('simple', n.note) @@ to_tsquery('simple', #) FROM talk_note n WHERE n.visit_id = r.visit_id AND n.agent = r.agent OFFSET 0)`, words})
	}
	if f.Name != "" {
		name := "%" + plainPattern.Replace(f.Name) + "%"
		list = append(list, find{true, `SELECT caller_key AS a, '' AS b FROM caller WHERE name ILIKE $1 UNION ALL SELECT caller_key, '' FROM caller_edit WHERE name ILIKE $1`, []any{name},
			`((SELECT c.name ILIKE # FROM caller c WHERE c.caller_key = r.caller_key OFFSET 0) OR (SELECT e.name ILIKE # FROM caller_edit e WHERE e.caller_key = r.caller_key OFFSET 0))`, name})
	}
	if f.Digits != "" {
		digits := "%" + plainPattern.Replace(f.Digits)
		list = append(list, find{true, `SELECT caller_key AS a, '' AS b FROM caller WHERE number LIKE $1`, []any{digits},
			`(SELECT c.number LIKE # FROM caller c WHERE c.caller_key = r.caller_key OFFSET 0)`, digits})
	}
	return list
}

// askedQueues are the queues that are asked for; none: all.
func askedQueues(f report.RecordingFilter) []string {
	if f.Queue != "" {
		return []string{f.Queue}
	}
	return f.Queues
}

// scopeOf is a query of text search for what the agent and the queues wrote, "" for all: those
// of a note are among its words in the index, in a form that no word has. What an earlier
// version has written has no queue, and may be of any.
func scopeOf(f report.RecordingFilter) string {
	var all, queues []string
	for _, q := range askedQueues(f) {
		queues = append(queues, quoteLexeme("=q"+q))
	}
	if len(queues) > 0 {
		all = append(all, "("+strings.Join(append(queues, quoteLexeme("=q")), " | ")+")")
	}
	if f.Agent != "" {
		all = append(all, quoteLexeme("=a"+f.Agent))
	}
	return strings.Join(all, " & ")
}

func quoteLexeme(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(text) + "'"
}

var plainPattern = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// wordsOf is a query of text search for notes that have all these words, each whole or its
// beginning; "": there are none.
func wordsOf(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) })
	for i, w := range words {
		words[i] = "'" + w + "':*"
	}
	return strings.Join(words, " & ")
}

// look ties what is found to the recordings, if it is few. The hits are given back to Postgres
// one by one, so that it knows how few they are.
//
// What is common in all may be in none of an agent's or a queue's. Postgres, told how many
// are enough, would read the whole table in the belief to find them soon, so there it is not told
// (MATERIALIZED).
func (db *DB) look(ctx context.Context, q *recordingQuery, f find, narrow bool) (few bool, err error) {
	var found []struct{ A, B string }
	rows := f.rows
	if narrow {
		rows = `WITH h AS MATERIALIZED (` + rows + `) SELECT a, b FROM h`
	}
	if err := db.reports.SelectContext(ctx, &found, rows+fmt.Sprintf(` LIMIT %d`, db.fewHits+1), f.args...); err != nil {
		return false, err
	}
	if len(found) > db.fewHits {
		return false, nil
	}
	slices.SortFunc(found, func(x, y struct{ A, B string }) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
	a, b := pq.StringArray{}, pq.StringArray{}
	for _, h := range slices.Compact(found) {
		a, b = append(a, h.A), append(b, h.B)
	}
	h := fmt.Sprintf("h%d", len(q.hits))
	q.hits = append(q.hits, fmt.Sprintf("unnest(%s::text[], %s::text[]) AS %s (a, b)", q.arg(a), q.arg(b), h))
	tie := map[bool]string{false: `r.visit_id = h.a AND r.agent = h.b`, true: `r.caller_key = h.a`}[f.person]
	q.where = append(q.where, strings.ReplaceAll(tie, "h.", h+"."))
	return true, nil
}

// Recording returns one recording. ErrNoRecording.
func (db *DB) Recording(ctx context.Context, id string) (r report.Recording, err error) {
	defer wrapError(&err, "Recording(%q)", id)
	err = db.reports.GetContext(ctx, &r, `WITH page AS (SELECT * FROM recording WHERE recording_id = $1)`+showRecordings, id)
	if errors.Is(err, stdsql.ErrNoRows) {
		err = ErrNoRecording
	}
	return r, err
}

package sql

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Traces are the rows in which the number of a person stands, or the key, wherever no index
// leads to it: the number of somebody else's transfer, a rejected entry, the audit.
type Traces struct {
	db      *DB
	writing Writing
	known   Known
	began   time.Time // facts of later are looked at by Forget itself
	later   []place   // of few bytes: they are read by Forget, in its transaction

	rows    map[string][]json.RawMessage // primary keys, by table
	numbers []string                     // that the books have in another writing still
}

// Tracing is how a search for traces goes.
type Tracing struct {
	// Ahead is of how many bytes a table is that is read before anything changes; smaller
	// ones are read together with the change. 0: aheadBytes.
	Ahead int64
	// Progress is told after each piece how many bytes of how many are read; nil: nobody.
	Progress func(read, of int64)
}

const (
	aheadBytes = 16 << 20
	// pieceBlocks is how much of a table is read by one statement: of 8 KiB each.
	pieceBlocks = 4096
	blockBytes  = 8192
)

// place is a table in which a number may stand: a row of number_place.
type place struct {
	Table  string         `db:"tab"`
	PartOf string         `db:"part_of"`
	Bytes  int64          `db:"bytes"`
	All    int64          `db:"all_bytes"` // of PartOf
	Texts  pq.StringArray `db:"texts"`
	Key    pq.StringArray `db:"key"`
}

// numbersIn are the columns that have a number of a caller's, or one that was called.
var numbersIn = map[string]string{
	"caller": "number", "call_fact": "caller_number", "callback_fact": "number", "outgoing_call": "number", "message": "caller_number",
	"handover": "to_number", "call_event": "data ->> 'from', data ->> 'number'",
}

// Trace reads all the books for what FindPerson does not reach, in pieces. It takes about
// ten seconds for a million facts, and changes nothing.
func (db *DB) Trace(ctx context.Context, w Writing, how Tracing) (t *Traces, err error) {
	defer wrapError(&err, "Trace")
	own, err := db.openOwn()
	if err != nil {
		return nil, err
	}
	defer own.Close()
	t = &Traces{db: db, writing: w, rows: map[string][]json.RawMessage{}}
	if err := own.GetContext(ctx, &t.began, `SELECT clock_timestamp() - interval '1 hour'`); err != nil { // what happened then may be written now
		return nil, err
	}
	if t.known, err = db.findPerson(ctx, own, w, nil); err != nil {
		return nil, err
	}
	var places []place
	if err := own.SelectContext(ctx, &places, `SELECT tab::text, part_of::text, bytes, sum(bytes) OVER (PARTITION BY part_of) AS all_bytes, texts, coalesce(key, '{}') AS key FROM number_place ORDER BY tab`); err != nil {
		return nil, err
	}
	least := how.Ahead
	if least == 0 {
		least = aheadBytes
	}
	var ahead []place
	for _, p := range places {
		if p.All >= least {
			ahead = append(ahead, p)
		} else {
			t.later = append(t.later, p)
		}
	}
	return t, t.read(ctx, own, ahead, how.Progress)
}

// rest reads what was left to the transaction.
func (t *Traces) rest(ctx context.Context, tx *sqlx.Tx) error {
	return t.read(ctx, tx, t.later, nil)
}

// read reads tables; twice, if there are numbers of the person in a writing that was not
// known: they have keys of their own.
func (t *Traces) read(ctx context.Context, from sqlx.QueryerContext, places []place, progress func(read, of int64)) error {
	for {
		var read, of int64
		for _, p := range places {
			of += p.Bytes
		}
		for _, p := range places {
			for at := int64(0); at == 0 || at*blockBytes < p.Bytes; at += pieceBlocks {
				before := at + pieceBlocks
				if before*blockBytes >= p.Bytes {
					before = 1<<32 - 1 // and what has been added meanwhile
				}
				if err := t.look(ctx, from, p, at, before); err != nil {
					return err
				}
				if progress != nil {
					progress(read+min(before*blockBytes, p.Bytes), of)
				}
			}
			read += p.Bytes
		}
		k, err := t.db.findPerson(ctx, from, t.writing, t.numbers)
		if err != nil || len(k.Keys) <= len(t.known.Keys) {
			return err
		}
		t.known = k
	}
}

// look reads the blocks of a table from one until before another.
func (t *Traces) look(ctx context.Context, from sqlx.QueryerContext, p place, first, before int64) error {
	if len(p.Key) == 0 {
		return fmt.Errorf("the table %s has no primary key, so nobody can be forgotten in it", p.Table)
	}
	var texts, key []string
	for _, c := range p.Texts {
		texts = append(texts, pq.QuoteIdentifier(c)+"::text")
	}
	for _, c := range p.Key {
		key = append(key, pq.QuoteLiteral(c)+", "+pq.QuoteIdentifier(c))
	}
	numbers := numbersIn[p.PartOf]
	if numbers == "" {
		numbers = "NULL"
	}
	text := texts[0] // which most of what is read has alone
	if len(texts) > 1 {
		text = `concat_ws(E'\n', ` + strings.Join(texts, ", ") + `)`
	}
	reached := `false`
	if p.PartOf == "call_event" { // the facts of the person's own calls are, by their index
		reached = `call_id = ANY ($6)`
	}
	var found []struct {
		Key     []byte         `db:"key"`
		Numbers pq.StringArray `db:"numbers"`
	}
	if err := sqlx.SelectContext(ctx, from, &found, `
		SELECT jsonb_build_object(`+strings.Join(key, ", ")+`) AS key, ARRAY(SELECT caller_number(v) FROM unnest(ARRAY[`+numbers+`]::text[]) v WHERE v ~ $4) AS numbers
		FROM `+p.Table+` WHERE ctid >= $1::tid AND ctid < $2::tid AND `+text+` ~ $3
			AND (`+text+` ~ $4 OR EXISTS (SELECT FROM unnest($5::text[]) k WHERE strpos(`+text+`, k) > 0)) AND ($6::uuid[] IS NULL OR NOT `+reached+`)`,
		fmt.Sprintf("(%d,0)", first), fmt.Sprintf("(%d,0)", before), t.needle(), t.writing.Pattern, pq.StringArray(append([]string{}, t.known.Keys...)),
		pq.StringArray(append([]string{}, t.known.Books...))); err != nil {
		return err
	}
	for _, f := range found {
		t.rows[p.PartOf] = append(t.rows[p.PartOf], json.RawMessage(slices.Clone(f.Key)))
		for _, n := range f.Numbers {
			if !slices.Contains(t.numbers, n) {
				t.numbers = append(t.numbers, n)
			}
		}
	}
	return nil
}

// needle is a regular expression of what every row has that is looked for. It is for each row
// of all the books: unlike Pattern, it does not look at what stands around.
func (t *Traces) needle() string {
	all := slices.Clone(t.known.Keys)
	for _, digits := range t.writing.Digits {
		var signs []string
		for _, sign := range digits {
			signs = append(signs, regexp.QuoteMeta(string(sign)))
		}
		all = append(all, strings.Join(signs, `[-() ./]{0,3}`))
	}
	return strings.Join(all, "|")
}

// found are the rows as forget_traces takes them.
func (t *Traces) found() string {
	b, _ := json.Marshal(t.rows) // of what Postgres has written as JSON
	return string(b)
}

package sql

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/call"
)

// Writing is how the numbers of a person are written.
type Writing struct {
	// Pattern is a regular expression, for Postgres, of all writings, also within a text.
	Pattern string
	// Whole are the writings without what people write between the digits.
	Whole []string
	// Digits are for each number what every text has that Pattern matches, once each of
	// "-() ./" is left out of the text.
	Digits []string
}

// Person is somebody who is to be forgotten.
type Person struct {
	Writing
	// StandIn makes what stands in the place of a number from now on, which is given as
	// the books write it: no telephone number, not withheld, and another for each.
	StandIn func(number string) (string, error)
	// Anyway forgets also while a callback is open: it then fails, since nobody can be
	// called at a stand-in. For what a backup has brought back.
	Anyway bool
}

// Forgotten is what was known of a person.
type Forgotten struct {
	Numbers map[string]string // to their stand-ins; as the books wrote them
	Keys    []string          // of the caller, until now
	Names   []string
	Calls   int
	Facts   int // that were changed
}

// Known is what the books have of a person.
type Known struct {
	Numbers    []string `json:"numbers"`
	Keys       []string `json:"-"`
	Names      []string `json:"names"`
	Calls      int      `json:"calls"`
	Outgoing   int      `json:"outgoing"` // to the person
	Callbacks  int      `json:"callbacks"`
	Notes      int      `json:"notes"`
	Messages   []string `json:"messages"`   // ids
	Books      []string `json:"-"`          // ids of calls, callbacks and outgoing calls
	Open       []string `json:"open"`       // callbacks that wait
	Up         []string `json:"up"`         // calls that have not ended, and began within the last day
	Recordings []string `json:"recordings"` // ids
}

// OpenCallbacks returns which of these callbacks are open.
func (db *DB) OpenCallbacks(ctx context.Context, ids []string) (open []string, err error) {
	defer wrapError(&err, "OpenCallbacks")
	err = db.lookups.SelectContext(ctx, &open, `SELECT callback_id::text FROM callback_fact WHERE callback_id = ANY ($1::uuid[]) AND ended_at IS NULL`, pq.Array(ids))
	return open, err
}

// ErrOpen says that a call or a callback of the person is open.
var ErrOpen = errors.New("a call or a callback of the person is open")

// FindPerson returns what the books have of a person under the numbers of callers, and of
// those who were called. It goes by indexes. A number that stands elsewhere, or within a
// longer text, is found by Trace.
func (db *DB) FindPerson(ctx context.Context, w Writing) (k Known, err error) {
	defer wrapError(&err, "FindPerson")
	own, err := db.openOwn()
	if err != nil {
		return k, err
	}
	defer own.Close()
	return db.findPerson(ctx, own, w, nil)
}

// knownNumbers are which of the numbers $1, with the keys $2, are in the books; of others, $3,
// that is known.
const knownNumbers = `
	SELECT DISTINCT n FROM unnest($1::text[], $2::text[]) AS w (n, key)
	WHERE n = ANY ($3) OR EXISTS (SELECT FROM caller c WHERE c.caller_key = key) OR EXISTS (SELECT FROM call_fact c WHERE c.caller_key = key)
	   OR EXISTS (SELECT FROM callback_fact c WHERE c.caller_key = key) OR EXISTS (SELECT FROM outgoing_call c WHERE c.caller_key = key)
	   OR EXISTS (SELECT FROM recording c WHERE c.caller_key = key AND c.state <> 'absent')
	   OR EXISTS (SELECT FROM message c WHERE c.caller_key = key) OR EXISTS (SELECT FROM handover c WHERE c.to_number = n)
	ORDER BY 1`

// findPerson finds a person, also under these other numbers.
func (db *DB) findPerson(ctx context.Context, from sqlx.QueryerContext, w Writing, others []string) (k Known, err error) {
	k.Names, k.Messages, k.Recordings = []string{}, []string{}, []string{}
	var numbers, keysOf pq.StringArray
	if err := sqlx.SelectContext(ctx, from, (*[]string)(&numbers), `SELECT DISTINCT caller_number(n) FROM unnest($1::text[]) n UNION SELECT unnest($2::text[])`,
		pq.Array(w.Whole), pq.StringArray(append([]string{}, others...))); err != nil {
		return k, err
	}
	for _, digits := range w.Digits { // within a longer one
		if err := sqlx.SelectContext(ctx, from, (*[]string)(&numbers), `SELECT unnest($3::text[]) UNION SELECT number FROM caller WHERE number LIKE $1 AND number ~ $2`,
			"%"+plainPattern.Replace(digits)+"%", w.Pattern, numbers); err != nil {
			return k, err
		}
	}
	for _, n := range numbers {
		keysOf = append(keysOf, CallerKey(db.cfg.CallerKey, n))
	}
	if err := sqlx.SelectContext(ctx, from, &k.Numbers, knownNumbers, numbers, keysOf, pq.StringArray(append([]string{}, others...))); err != nil {
		return k, err
	}
	for _, n := range k.Numbers {
		if key := CallerKey(db.cfg.CallerKey, n); key != "" && !slices.Contains(k.Keys, key) {
			k.Keys = append(k.Keys, key)
		}
	}
	keys := pq.StringArray(append([]string{}, k.Keys...))
	for _, q := range []struct {
		to    any
		query string
	}{
		{&k.Names, `SELECT DISTINCT n FROM (SELECT caller_name AS n FROM call_fact WHERE caller_key = ANY ($1) UNION SELECT name FROM caller_edit WHERE caller_key = ANY ($1)
			UNION SELECT name FROM callback_fact WHERE caller_key = ANY ($1)) x WHERE n <> '' ORDER BY 1`},
		{&k.Messages, `SELECT message_id FROM message WHERE caller_key = ANY ($1) ORDER BY 1`},
		{&k.Open, `SELECT callback_id::text FROM callback_fact WHERE caller_key = ANY ($1) AND ended_at IS NULL ORDER BY 1`},
		{&k.Up, `SELECT call_id::text FROM call_fact WHERE caller_key = ANY ($1) AND ended_at IS NULL AND started_at > now() - interval '1 day'
			UNION SELECT call_id::text FROM outgoing_call WHERE caller_key = ANY ($1) AND ended_at IS NULL AND dialed_at > now() - interval '1 day' ORDER BY 1`},
		{&k.Books, `SELECT call_id::text FROM call_fact WHERE caller_key = ANY ($1) UNION SELECT callback_id::text FROM callback_fact WHERE caller_key = ANY ($1)
			UNION SELECT call_id::text FROM outgoing_call WHERE caller_key = ANY ($1) ORDER BY 1`},
	} {
		if err := sqlx.SelectContext(ctx, from, q.to, q.query, keys); err != nil {
			return k, err
		}
	}
	if err := sqlx.SelectContext(ctx, from, &k.Recordings, `SELECT coalesce(data ->> 'recording', data ->> 'leg') FROM call_event
			WHERE call_id = ANY ($1::uuid[]) AND type LIKE 'recording.%'
			  AND (data ->> 'recording' <> '' OR type = 'recording.absent' AND data ->> 'why' IN `+keptAbsences+`) -- it may be kept yet
		UNION SELECT recording_id FROM recording WHERE alone AND caller_key = ANY ($2) ORDER BY 1`, pq.StringArray(append([]string{}, k.Books...)), keysOf); err != nil {
		return k, err
	}
	err = from.QueryRowxContext(ctx, `SELECT
		(SELECT count(*) FROM call_fact WHERE caller_key = ANY ($1)),
		(SELECT count(*) FROM outgoing_call WHERE caller_key = ANY ($1)),
		(SELECT count(*) FROM callback_fact WHERE caller_key = ANY ($1)),
		(SELECT count(*) FROM talk_note JOIN queue_visit USING (visit_id) WHERE caller_key = ANY ($1))
		+ (SELECT count(*) FROM caller_edit WHERE caller_key = ANY ($1) AND note <> '')`, keys).Scan(&k.Calls, &k.Outgoing, &k.Callbacks, &k.Notes)
	return k, err
}

// Forget puts stand-ins in the place of a person's numbers everywhere in the database, and
// removes names and what people wrote about the person: see migration 00053. traces are what
// Trace has found before, which may have taken long; this does not. The counts of every
// report stay as they are. The act is in the audit. It fails with ErrOpen while a callback of
// the person waits, or a call is up.
func (db *DB) Forget(ctx context.Context, p Person, traces *Traces, who, why string) (f Forgotten, err error) {
	defer wrapError(&err, "Forget")
	own, err := db.openOwn()
	if err != nil {
		return f, err
	}
	defer own.Close()
	err = transact(ctx, own, func(tx *sqlx.Tx) error {
		if err := traces.rest(ctx, tx); err != nil {
			return err
		}
		k, err := db.findPerson(ctx, tx, p.Writing, traces.numbers)
		if err != nil {
			return err
		}
		if len(k.Open)+len(k.Up) > 0 && !p.Anyway {
			return ErrOpen
		}
		f = Forgotten{Numbers: map[string]string{}, Keys: k.Keys}
		var numbers, standIns, keys, newKeys []string
		for _, n := range k.Numbers {
			s, err := p.StandIn(n)
			if err != nil {
				return err
			}
			f.Numbers[n] = s
			numbers, standIns = append(numbers, n), append(standIns, s)
			if key := CallerKey(db.cfg.CallerKey, n); key != "" {
				keys, newKeys = append(keys, key), append(newKeys, CallerKey(db.cfg.CallerKey, s))
				numbers, standIns = append(numbers, "~"+key), append(standIns, s) // see Pseudonymise
			}
		}
		if len(standIns) == 0 { // of no caller; the number may be in a text nevertheless
			s, err := p.StandIn("")
			if err != nil {
				return err
			}
			numbers, standIns = []string{""}, []string{s}
		}
		var names pq.StringArray
		err = tx.QueryRowxContext(ctx, `SELECT calls, facts, names FROM forget_traces($1, $2, $3, $4, $5, $6, $7, $8, $9)`, p.Pattern, pq.Array(numbers), pq.Array(standIns),
			pq.StringArray(append([]string{}, keys...)), pq.StringArray(append([]string{}, newKeys...)), traces.began, traces.found(), who, why).Scan(&f.Calls, &f.Facts, &names)
		f.Names = names
		return err
	})
	return f, err
}

// FirstSeen returns every number of a caller, or that was called, with when it is first in
// the facts: so that those are found of whom only a hash is left. Stand-ins are left out.
func (db *DB) FirstSeen(ctx context.Context) (at map[string]time.Time, err error) {
	defer wrapError(&err, "FirstSeen")
	own, err := db.openOwn()
	if err != nil {
		return nil, err
	}
	defer own.Close()
	var rows []struct {
		Number string    `db:"number"`
		At     time.Time `db:"at"`
	}
	err = own.SelectContext(ctx, &rows, `
		SELECT caller_number(v) AS number, min(at) AS at FROM call_event CROSS JOIN unnest(ARRAY[data ->> 'from', data ->> 'number']) v
		WHERE v <> '' AND v !~ '^~' AND v !~* $1 GROUP BY 1`, call.WithheldPattern())
	at = make(map[string]time.Time, len(rows))
	for _, r := range rows {
		at[r.Number] = r.At
	}
	return at, err
}

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

// Person is somebody who is to be forgotten, or to be told what is kept: by number.
type Person struct {
	// Pattern is a regular expression, for Postgres and Go alike, of all writings of the
	// person's numbers, also within a text.
	Pattern string
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

// numbersLike are the callers' numbers, as the books write them, in which $1 is found.
const numbersLike = `
	SELECT DISTINCT caller_number(n) FROM (
		SELECT number AS n FROM caller UNION ALL SELECT caller_number FROM call_fact UNION ALL SELECT number FROM callback_fact
		UNION ALL SELECT number FROM outgoing_call UNION ALL SELECT caller_number FROM message UNION ALL SELECT to_number FROM handover
		UNION ALL SELECT v FROM call_event CROSS JOIN unnest(ARRAY[data ->> 'from', data ->> 'number']) v WHERE data::text ~ $1) x
	WHERE n ~ $1 ORDER BY 1`

// FindPerson returns what the books have of a person. It goes through all of them, and
// takes as long as it takes. numbers are the person's as the books write them: recordings
// are found by them where no fact has the number any more.
func (db *DB) FindPerson(ctx context.Context, pattern string, numbers ...string) (k Known, err error) {
	defer wrapError(&err, "FindPerson")
	own, err := openPool(db.cfg.URL, 1, 0, 0)
	if err != nil {
		return k, err
	}
	defer own.Close()
	if k, err = db.findPerson(ctx, own, pattern); err != nil {
		return k, err
	}
	keys := slices.Clone(k.Keys)
	for _, n := range numbers {
		keys = append(keys, CallerKey(db.cfg.CallerKey, n))
	}
	var alone []string
	if err := own.SelectContext(ctx, &alone, `SELECT recording_id FROM recording WHERE alone AND caller_key = ANY ($1) ORDER BY 1`, pq.StringArray(keys)); err != nil {
		return k, err
	}
	k.Recordings = append(k.Recordings, alone...)
	return k, nil
}

func (db *DB) findPerson(ctx context.Context, from sqlx.QueryerContext, pattern string) (k Known, err error) {
	k.Names, k.Messages, k.Recordings = []string{}, []string{}, []string{}
	if err := sqlx.SelectContext(ctx, from, &k.Numbers, numbersLike, pattern); err != nil {
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
		{&k.Recordings, `SELECT DISTINCT data ->> 'recording' FROM call_event WHERE type LIKE 'recording.%' AND data ->> 'recording' <> '' AND call_id IN (
			SELECT call_id FROM call_fact WHERE caller_key = ANY ($1) UNION SELECT callback_id FROM callback_fact WHERE caller_key = ANY ($1)
			UNION SELECT call_id FROM outgoing_call WHERE caller_key = ANY ($1)) ORDER BY 1`},
	} {
		if err := sqlx.SelectContext(ctx, from, q.to, q.query, keys); err != nil {
			return k, err
		}
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
// removes names and what people wrote about the person: see migration 00042. The counts of
// every report stay as they are. The act is in the audit. It fails with ErrOpen while a
// callback of the person waits, or a call is up.
func (db *DB) Forget(ctx context.Context, p Person, who, why string) (f Forgotten, err error) {
	defer wrapError(&err, "Forget")
	own, err := openPool(db.cfg.URL, 1, 0, 0)
	if err != nil {
		return f, err
	}
	defer own.Close()
	err = transact(ctx, own, func(tx *sqlx.Tx) error {
		k, err := db.findPerson(ctx, tx, p.Pattern)
		if err != nil {
			return err
		}
		if len(k.Open)+len(k.Up) > 0 && !p.Anyway {
			return ErrOpen
		}
		f = Forgotten{Numbers: map[string]string{}, Keys: k.Keys}
		var keys, newKeys, standIns []string
		for _, n := range k.Numbers {
			s, err := p.StandIn(n)
			if err != nil {
				return err
			}
			f.Numbers[n] = s
			standIns = append(standIns, s)
			if key := CallerKey(db.cfg.CallerKey, n); key != "" {
				keys, newKeys = append(keys, key), append(newKeys, CallerKey(db.cfg.CallerKey, s))
			}
		}
		if len(standIns) == 0 { // of no caller; the number may be in a text nevertheless
			s, err := p.StandIn("")
			if err != nil {
				return err
			}
			k.Numbers, standIns = []string{""}, []string{s}
		}
		var names pq.StringArray
		err = tx.QueryRowxContext(ctx, `SELECT calls, facts, names FROM forget_person($1, $2, $3, $4, $5, $6, $7)`, p.Pattern, pq.Array(k.Numbers),
			pq.Array(standIns), pq.StringArray(append([]string{}, keys...)), pq.StringArray(append([]string{}, newKeys...)), who, why).Scan(&f.Calls, &f.Facts, &names)
		f.Names = names
		return err
	})
	return f, err
}

// FirstSeen returns every number of a caller, or that was called, with when it is first in
// the facts: so that those are found of whom only a hash is left. Stand-ins are left out.
func (db *DB) FirstSeen(ctx context.Context) (at map[string]time.Time, err error) {
	defer wrapError(&err, "FirstSeen")
	own, err := openPool(db.cfg.URL, 1, 0, 0)
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

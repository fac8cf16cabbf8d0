package sql

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"presszero/call"
	"presszero/journal"
)

// sendOrSplit sends a batch. A batch that Postgres refuses for its data, and not
// because of Postgres's own state, is halved until the fact at fault is alone; that
// fact is put aside.
func (s *Shipper) sendOrSplit(ctx context.Context, entries []call.Entry, next journal.Offset) error {
	err := s.sendBatch(ctx, entries, next)
	if err == nil || !splits(err) {
		return err
	}
	if len(entries) > 1 {
		half := len(entries) / 2
		if err := s.sendOrSplit(ctx, entries[:half], journal.Offset{}); err != nil {
			return err
		}
		return s.sendOrSplit(ctx, entries[half:], next)
	}
	return s.putAside(ctx, entries[0], next, err)
}

const tooSlow = "57014" // statement_timeout

// splits reports whether the data is at fault: SQLSTATE classes 21, 22, 23 and
// 54, or it is no JSON.
func splits(err error) bool {
	code := codeOf(err)
	if errors.Is(err, errNotJSON) {
		return true
	}
	return len(code) == 5 && (code[:2] == "21" || code[:2] == "22" || code[:2] == "23" || code[:2] == "54")
}

var errNotJSON = errors.New("the fact cannot be written as JSON")

// putAside keeps a fact that Postgres refuses where an operator can look at it.
func (s *Shipper) putAside(ctx context.Context, e call.Entry, next journal.Offset, why error) error {
	text, err := json.Marshal(e)
	if err != nil {
		text = fmt.Appendf(nil, "%+v", e)
	}
	text = bytes.ReplaceAll(bytes.ToValidUTF8(text, []byte("\uFFFD")), []byte{0}, nil)
	err = s.db.Transact(ctx, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO call_event_rejected (entry, reason) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
			string(text), why.Error())
		if err != nil {
			return err
		}
		if n, _ := done.RowsAffected(); n > 0 {
			s.rejected.Add(1)
			s.log.Error("postgres refuses a fact; it is in call_event_rejected", "call", e.Call, "seq", e.Seq, "type", e.Fact.Kind(), "err", why)
		}
		return s.keepOffset(ctx, tx, next)
	})
	if err == nil {
		s.stood(next)
	}
	return err
}

// withoutNUL replaces the character U+0000, which Postgres has no place for,
// in JSON text. A caller may put it into the name that is claimed.
func withoutNUL(b []byte) []byte {
	const nul = `\u0000`
	if !bytes.Contains(b, []byte(nul)) {
		return b
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		if b[0] != '\\' || len(b) < 2 {
			out, b = append(out, b[0]), b[1:]
			continue
		}
		if bytes.HasPrefix(b, []byte(nul)) {
			out, b = append(out, `\ufffd`...), b[len(nul):]
			continue
		}
		out, b = append(out, b[:2]...), b[2:] // an escaped backslash is no escape
	}
	return out
}

// findClashes puts aside the entries of the batch whose place in call_event is
// taken by another fact. It cannot be unless a stream was numbered twice; but
// then a fact would be lost without a word.
func (s *Shipper) findClashes(ctx context.Context, tx *sqlx.Tx, batch string) error {
	done, err := tx.ExecContext(ctx, `INSERT INTO call_event_rejected (entry, reason)
		SELECT to_jsonb(e)::text, 'another fact has its place: ' || c.type || ' at ' || c.at
		FROM `+batchRows+` JOIN call_event c ON c.call_day = e.day AND c.call_id = e.call AND c.seq = e.seq
		WHERE c.type <> e.kind OR c.at <> e.at
		ON CONFLICT DO NOTHING`, batch)
	if err != nil {
		return err
	}
	if n, _ := done.RowsAffected(); n > 0 {
		s.rejected.Add(n)
		s.log.Error("facts have the place of other facts; they are in call_event_rejected", "facts", n)
	}
	return nil
}

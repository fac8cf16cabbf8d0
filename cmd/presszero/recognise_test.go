package main

import (
	"testing"

	"presszero/sql"
)

// TestGivenUpRecognitionsAreCounted: an operator sees that callers are taken
// for strangers because the database does not answer.
func TestGivenUpRecognitionsAreCounted(t *testing.T) {
	db, err := sql.Open(t.Context(), sql.Config{URL: "postgres://nobody@127.0.0.1:1/nothing", CallerKey: []byte("key")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p := &program{db: db}
	p.recognise("c1", "+34600000001")
	p.recognise("c2", "anonymous") // nothing to look up
	if n := p.gaveUp.Load(); n != 1 {
		t.Errorf("%d recognitions were given up, want 1", n)
	}
}

package sql_test

import (
	"testing"
	"time"

	"presszero/call"
	"presszero/call/number"
	"presszero/internal/sqltest"
	"presszero/report"
	"presszero/sql"
)

// TestUnify: one telephone, kept in several writings, becomes one caller, with
// what people wrote about it, and stays one when facts of that time come late.
func TestUnify(t *testing.T) {
	t.Parallel()
	f := setup(t)
	spain, err := number.New("ES")
	if err != nil {
		t.Fatal(err)
	}
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	ended := func(n int, from string) *story {
		return arrive(n, hour(n), from).enter("support").after(5).offer("zoe", 2, "accepted").talk("zoe", 30).end(call.Answered, call.SideCaller)
	}
	ship(t, f, ended(1, "600123456"), ended(2, "0034 600 123 456"), ended(3, "34600123456"), ended(4, "anonymous"), ended(5, "100"), ended(6, "+34911234567"))
	key := func(number string) string { return sql.CallerKey(sqltest.CallerKey, number) }
	edit := func(number, name string) {
		t.Helper()
		if _, err := f.EditCaller(soon(t), key(number), report.CallerEdit{Name: name, VIP: true}, nil, "boss"); err != nil {
			t.Fatal(err)
		}
	}
	edit("+34600123456", "Ana, first")
	edit("600123456", "Ana, last")
	edit("100", "Reception")

	joined, err := f.Unify(soon(t), "ES", spain.One)
	if err != nil || joined != 2 { // 600123456 and 34600123456
		t.Fatalf("%d writings were joined, %v", joined, err)
	}
	check := func(calls string) {
		t.Helper()
		ana, known, err := f.Recognise(soon(t), "+34600123456")
		if err != nil || !known || ana.Name != "Ana, last" || !ana.VIP || ana.LastAgent != "zoe" {
			t.Errorf("Ana is %+v, %v, %v", ana, known, err)
		}
		if got := f.one(t, `SELECT count(*)::text FROM report.call WHERE caller_key = $1`, key("+34600123456")); got != calls {
			t.Errorf("Ana has called %s times, want %s", got, calls)
		}
		if got := f.one(t, `SELECT string_agg(number, ' ' ORDER BY number) FROM caller`); got != "+34600123456 +34911234567 100" {
			t.Errorf("the callers are %s", got)
		}
		if reception, _, err := f.Recognise(soon(t), "100"); err != nil || reception.Name != "Reception" {
			t.Errorf("the extension is %+v, %v", reception, err)
		}
		if x := examined(t, f); len(x.Flaws) != 0 {
			t.Errorf("the books are not sound: %+v", x.Flaws)
		}
	}
	check("3")
	ship(t, f, ended(7, "600 123 456")) // a fact of before, shipped late
	check("4")
	if joined, err := f.Unify(soon(t), "ES", func(string) string { panic("read once more") }); err != nil || joined != 0 {
		t.Errorf("the second time %d were joined, %v", joined, err)
	}
	if err := f.Rebuild(soon(t)); err != nil {
		t.Fatal(err)
	}
	check("4")
}

package ivr

import (
	"testing"
	"time"
)

func TestHours(t *testing.T) {
	table := fullFlow(t).Nodes["office"].Open.Table
	night := fullFlow(t).Nodes["night"].Open.Table
	for _, c := range []struct {
		table *Table
		wall  string // UTC
		want  string
	}{
		{table, "2026-03-02T07:59:59Z", "closed"}, // Monday 08:59:59 in Madrid
		{table, "2026-03-02T08:00:00Z", "open"},
		{table, "2026-03-02T16:59:59Z", "open"},
		{table, "2026-03-02T17:00:00Z", "closed"},
		{table, "2026-07-06T07:00:00Z", "open"},    // summer: 09:00 is two hours off
		{table, "2026-03-03T10:00:00Z", "holiday"}, // every year
		{table, "2027-03-03T10:00:00Z", "holiday"},
		{table, "2026-03-04T08:30:00Z", "holiday"}, // 09:30, before the short day begins
		{table, "2026-03-04T09:00:00Z", "open"},
		{table, "2026-03-04T11:00:00Z", "holiday"},
		{table, "2027-03-04T08:30:00Z", "open"},   // that was only 2026
		{table, "2026-03-07T11:30:00Z", "closed"}, // Saturday's lunch
		{table, "2026-03-07T12:00:00Z", "open"},
		{table, "2026-03-08T12:00:00Z", "closed"},
		{night, "2026-03-02T20:59:00Z", "closed"},
		{night, "2026-03-02T21:00:00Z", "open"},
		{night, "2026-03-03T01:59:00Z", "open"}, // last night is not over
		{night, "2026-03-03T02:00:00Z", "closed"},
		{night, "2026-03-29T00:59:00Z", "open"}, // 01:59; the next minute is 03:00
		{night, "2026-03-29T01:00:00Z", "closed"},
		{night, "2026-10-25T00:30:00Z", "open"}, // 02:30 for the first time
		{night, "2026-10-25T01:30:00Z", "open"}, // and again
		{night, "2026-10-25T02:00:00Z", "closed"},
	} {
		at, err := time.Parse(time.RFC3339, c.wall)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.table.At(at); got != c.want {
			t.Errorf("%s: %s, want %s", c.wall, got, c.want)
		}
	}
}

func TestFresh(t *testing.T) {
	z, err := loadZone("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ validFor, from, begins, ends string }{
		{"2026-03-02", "", "2026-03-01T15:00:00Z", "2026-03-02T15:00:00Z"},
		{"", "2026-03-02", "2026-03-01T15:00:00Z", "2026-03-02T15:00:00Z"},
		{"48h", "2026-03-02T08:00", "2026-03-01T23:00:00Z", "2026-03-03T23:00:00Z"},
		{"2026-03-04", "2026-03-02", "2026-03-01T15:00:00Z", "2026-03-04T15:00:00Z"},
	} {
		f, err := fresh(c.validFor, c.from, z)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if begins, ends := f.From.UTC().Format(time.RFC3339), f.Until.UTC().Format(time.RFC3339); begins != c.begins || ends != c.ends {
			t.Errorf("%+v: %s to %s", c, begins, ends)
		}
	}
	for _, validFor := range []string{"soon", "", "40000h", "2026-13-01"} {
		if _, err := fresh(validFor, "", z); err == nil {
			t.Errorf("%q was accepted", validFor)
		}
	}
}

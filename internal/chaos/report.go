package chaos

import (
	"context"
	"encoding/json"
	"io"
)

// A Report is told what came of each mode as soon as it is known.
type Report interface {
	Played(r Row) error
	Skipped(m Mode, why string)
}

// JSONReport writes one object for each mode that was played.
func JSONReport(to io.Writer) Report { return jsonReport{json.NewEncoder(to)} }

type jsonReport struct{ *json.Encoder }

func (j jsonReport) Played(r Row) error   { return j.Encode(r) }
func (j jsonReport) Skipped(Mode, string) {}

// TableReport prints a table, whose head is printed at once. With detail each row
// is followed by who was there and what was done.
func TableReport(t Table, seed uint64, detail bool) Report {
	t.Head(seed)
	return tableReport{t, detail}
}

type tableReport struct {
	Table
	detail bool
}

func (t tableReport) Played(r Row) error {
	t.Row(r)
	if t.detail {
		t.Detail(r)
	}
	return nil
}

// Play plays the modes, one after another. green says that every mode that was
// played kept what is promised; an error, that a mode could not be played.
func Play(ctx context.Context, g *Ground, stack *Stack, modes []Mode, o Options, to Report) (green bool, err error) {
	green = true
	for _, m := range modes {
		if why := m.unfit(); why != "" {
			to.Skipped(m, why)
			continue
		}
		r, err := Run(ctx, g, stack, m, o)
		if err != nil {
			return false, err
		}
		green = green && r.Green
		if err := to.Played(r); err != nil {
			return false, err
		}
	}
	return green, nil
}

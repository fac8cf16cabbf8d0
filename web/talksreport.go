package web

import (
	"context"
	"iter"
	"net/http"
	"time"

	"presszero/report"
)

// daysAtOnce is how many days of talks of a file are read at once.
const daysAtOnce = 31

// talksReport serves the report on talks: with all days together, or by day, which is read some
// days after the other, since agents times queues times days are many lines.
func (h *reportHandlers) talksReport() handler {
	agents := periodReport(h, "talks", "talks", report.TalksColumns, report.TalkBooks.AgentTalks)
	return func(w http.ResponseWriter, r *http.Request) error {
		switch r.URL.Query().Get("by") {
		case "agent":
			return agents(w, r)
		case "", "day":
		default:
			return refuse(http.StatusBadRequest, "by is day or agent.")
		}
		source, ok := h.reports.(report.TalkBooks)
		if !ok {
			return errNotConfigured
		}
		p, err := h.period(r)
		if err != nil {
			return err
		}
		return writeSheet(w, r, longSheet("talks", "talks", map[string]any{"from": p.From, "to": p.To}, report.TalksColumns,
			talksByDay(r.Context(), source, p, zoneNamed(h.thresholds()("").Zone))))
	}
}

func talksByDay(ctx context.Context, source report.TalkBooks, p report.Period, zone *time.Location) iter.Seq2[report.Talks, error] {
	return func(yield func(report.Talks, error) bool) {
		for part := p; part.From.Before(p.To); part.From = part.To {
			day := part.From.In(zone)
			part.To = time.Date(day.Year(), day.Month(), day.Day()+daysAtOnce, 0, 0, 0, 0, zone)
			if part.To.After(p.To) {
				part.To = p.To
			}
			rows, err := source.Talks(ctx, part)
			if err != nil {
				yield(report.Talks{}, err)
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

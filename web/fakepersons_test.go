package web_test

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"presszero/report"
	"presszero/web"
)

// personBook knows one person, in memory.
type personBook struct {
	mu         sync.Mutex
	acts       *actBook
	forgotten  []string
	held       []report.Hold
	slow       bool // it takes longer than a moment to forget somebody
	forgetting *report.Forgetting
}

var somebody = report.Person{Numbers: []string{"+34910000001"}, Names: []string{"Ana"}, Calls: 3, Callbacks: 1, Messages: 1, Notes: 2, Recordings: 1, Open: 1, Holds: []report.Hold{}, Held: []string{"m7"}}

func (b *personBook) FindPerson(_ context.Context, numbers []string) (report.Person, error) {
	if numbers[0] == "101" {
		return report.Person{}, web.Unfit("“101” is too short.")
	}
	return somebody, nil
}

func (b *personBook) ExportPerson(_ context.Context, to io.Writer, _ []string) (report.Person, error) {
	_, err := io.WriteString(to, "PK zip")
	return somebody, err
}

func (b *personBook) ForgetPerson(_ context.Context, numbers []string, by, why string) (report.Forgetting, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.forgetting != nil && b.forgetting.Ended == nil {
		return report.Forgetting{}, web.Unfit("A person is being forgotten.")
	}
	b.forgotten = append(b.forgotten, numbers...)
	b.acts.Write(by, "person.forget", map[string]any{"why": why})
	b.forgetting = &report.Forgetting{By: by, Began: nine, Read: 35, Of: 100}
	if !b.slow {
		b.over("")
	}
	return *b.forgetting, nil
}

// over ends the forgetting; b.mu is held.
func (b *personBook) over(why string) {
	is, ended := *b.forgetting, nine.Add(time.Minute)
	if is.Ended, is.Error = &ended, why; why == "" {
		is.Done = &report.ForgottenPerson{Person: somebody, Facts: 30, Records: 4, Files: 2}
	}
	b.forgetting = &is
}

func (b *personBook) Forgetting(context.Context) (*report.Forgetting, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.forgetting, nil
}

func (b *personBook) Keeping(context.Context) (report.Keeping, error) {
	return report.Keeping{Rules: []report.KeepingRule{{Kind: "messages", Days: 30}, {Kind: "recordings", Days: 90}, {Kind: "recordings", Queue: "support", Days: 365}, {Kind: "numbers"}, {Kind: "facts"}},
		Last:  &report.Night{Began: nine, Ended: nine.Add(time.Minute), Removed: report.Removed{Messages: []string{"m1"}, Recordings: []string{}, Months: []string{}, Held: 1}},
		Disks: []report.Disk{{Name: "state", Free: 9e9, Total: 100e9, Level: 10}}, Full: "unrecorded", Erased: 2}, nil
}

func (b *personBook) Holds(context.Context) ([]report.Hold, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.held), nil
}

func (b *personBook) Hold(_ context.Context, h report.Hold) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	h.ID, h.At = "h"+string(rune('1'+len(b.held))), nine
	b.held = append(b.held, h)
	b.acts.Write(h.By, "hold.set", nil)
	return h.ID, nil
}

func (b *personBook) Release(_ context.Context, id, by string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.held, func(h report.Hold) bool { return h.ID == id })
	if i < 0 {
		return web.ErrNotFound
	}
	b.held = slices.Delete(b.held, i, i+1)
	b.acts.Write(by, "hold.release", nil)
	return nil
}

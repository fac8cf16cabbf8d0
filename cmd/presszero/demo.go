package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"presszero/call"
	"presszero/callqueue"
	"presszero/internal/controller"
	"presszero/internal/settings"
	"presszero/ivr"
	"presszero/outbound"
	"presszero/rehearsal"
	"presszero/sql"
)

// demoCommand fills an empty database with a simulated past, so that a newcomer sees
// the pages as they are after months of work.
func demoCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	days := flags.Int("days", 60, "how many, up to yesterday: 1 to 730")
	perDay := flags.Int("calls", 400, "calls of an average day of work: 1 to 20000")
	agents := flags.Int("agents", 8, "who come to work on such a day: 1 to 500")
	seed := flags.Uint64("seed", 1, "the same seed gives the same past")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("demo takes no %q", flags.Arg(0))
	}
	if *days < 1 || *days > 730 || *perDay < 1 || *perDay > 20_000 || *agents < 1 || *agents > 500 {
		return errors.New("choose 1 to 730 days, 1 to 20000 calls a day and 1 to 500 agents")
	}
	s, err := booksAt()
	if err != nil {
		return err
	}
	flow, err := demoFlow(s)
	if err != nil {
		return err
	}
	past, err := demoPast(flow, *days, *perDay, *agents, *seed, time.Now())
	if err != nil {
		return err
	}
	return fillDemo(ctx, s, past)
}

// demoFlow is the flow that the program serves, by its settings.
func demoFlow(s settings.Settings) (*ivr.Flow, error) {
	if s.Flow == "" {
		return ivr.Parse("the example flow", ivr.Example)
	}
	return ivr.Load(s.Flow)
}

// demoPast is the past, of this flow.
func demoPast(flow *ivr.Flow, days, perDay, agents int, seed uint64, now time.Time) (rehearsal.Past, error) {
	zone, err := time.LoadLocation(flow.Zone)
	if err != nil {
		return rehearsal.Past{}, err
	}
	policy, err := outbound.New(outbound.Config{Home: "GB", Zone: flow.Zone, PerDay: 1_000_000, PerHour: 1_000_000, PerAgent: 1_000_000, PerNumber: 20})
	if err != nil {
		return rehearsal.Past{}, err
	}
	line := callqueue.New(controller.LineSettings(flow)...)
	line.Outbound = policy
	length := func(prompt string) time.Duration { return spokenLength(flow, prompt) }
	y, m, d := now.In(zone).Date()
	return rehearsal.Past{
		Machines: []call.Machine{ivr.New(flow, "demo", length), line},
		Number:   slices.Sorted(maps.Keys(flow.Numbers))[0], Menus: menusOf(flow), Queues: queuesOf(flow), Length: length,
		NewID: simulatedID, First: time.Date(y, m, d-days, 0, 0, 0, 0, zone), Days: days, PerDay: perDay, Agents: agents, Seed: seed,
	}, nil
}

// menusOf are the menus of a flow, with their keys.
func menusOf(flow *ivr.Flow) map[string]rehearsal.Menu {
	menus := map[string]rehearsal.Menu{}
	for name, node := range flow.Nodes {
		if node.Kind == ivr.Menu || node.Kind == ivr.Language {
			menus[name] = rehearsal.Menu{Keys: slices.Sorted(maps.Keys(node.Keys))}
		}
	}
	return menus
}

func queuesOf(flow *ivr.Flow) (names []string) {
	for _, q := range flow.Queues {
		names = append(names, q.Name)
	}
	return names
}

// spokenLength is how long a prompt takes to speak, at 14 characters a second; words
// that are not of the flow take 3 s.
func spokenLength(flow *ivr.Flow, prompt string) time.Duration {
	_, text, spoken := call.SpokenText(prompt)
	if !spoken {
		language, name, ok := strings.Cut(prompt, "/")
		if !ok {
			language, name = flow.Language, prompt
		}
		text = flow.Prompts[name][language]
	}
	if text == "" {
		return 3 * time.Second
	}
	return time.Duration(len(text)) * time.Second / 14
}

// simulatedID is a UUID of version 7 (RFC 9562) of that time.
func simulatedID(at time.Time, r *rand.Rand) call.ID {
	var id uuid.UUID
	ms := uint64(at.UnixMilli())
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	random, more := r.Uint64(), r.Uint64()
	for i := range 8 {
		id[8+i] = byte(random >> (8 * i))
	}
	id[6], id[7] = 0x70|byte(more)&0x0f, byte(more>>8)
	id[8] = 0x80 | id[8]&0x3f
	return call.ID(id.String())
}

// fillDemo plays the past into the database.
func fillDemo(ctx context.Context, s settings.Settings, past rehearsal.Past) error {
	keys, err := settings.LoadSecrets(s) // made here where nothing has run yet
	if err != nil {
		return err
	}
	if err := sql.Migrate(ctx, s.DatabaseURL); err != nil {
		return err
	}
	db, err := sql.Open(ctx, sql.Config{URL: s.DatabaseURL, CallerKey: keys.CallerKey})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.BeginDemo(ctx, past.First, past.Days); errors.Is(err, sql.ErrHasCalls) {
		return errors.New("this database holds calls already, and simulated ones among them could never be told apart; run `presszero demo` on an empty one (another PRESSZERO_STATE_DIR)")
	} else if err != nil {
		return err
	}
	began := time.Now()
	var batch []call.Entry
	past.Take = func(facts []call.Entry) error {
		batch = append(batch, facts...)
		if len(batch) < 1000 {
			return nil
		}
		err := db.Fill(ctx, batch)
		batch = batch[:0]
		return err
	}
	past.Progress = func(day, of, calls int) {
		if day%10 == 0 || day == of {
			fmt.Fprintf(os.Stdout, "day %d of %d, %d calls\n", day, of, calls)
		}
	}
	calls, err := past.Play()
	if err == nil {
		err = db.Fill(ctx, batch)
	}
	if err != nil {
		return fmt.Errorf("the database holds only a part of the past, and should not be used: %w", err)
	}
	if err := db.Analyze(ctx); err != nil {
		return err
	}
	fmt.Printf("%d calls of %d days from %s on, simulated, in %s\n", calls, past.Days, past.First.Format(time.DateOnly), time.Since(began).Round(time.Second))
	return nil
}

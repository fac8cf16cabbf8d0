package report

import (
	"context"
	"time"
)

// LostHours are the windows, in hours, for which the report on people tells what
// became of those who gave up.
var LostHours = []float64{4, 24, 72, 168}

// LostCount counts the people who gave up in a queue, and what became of them within some
// hours. A person is a number; gave up once, however often within the window: the last
// of the times with less than the window between them counts, and the person belongs
// to the moment of it. Only those count for whom the window is over, and the others in
// TooNew:
//
//	People = Served + CalledBack + Lost
type LostCount struct {
	Hours     float64 `db:"hours" json:"hours"`
	Queue     string  `db:"queue" json:"queue"`
	LeftAlone bool    `db:"left_alone" json:"-"` // of the part that is not to be called back

	People     int `db:"people" json:"people"`
	Returned   int `db:"returned" json:"returned"`       // called again, served or not
	Served     int `db:"served" json:"served"`           // called again and talked with an agent
	CalledBack int `db:"called_back" json:"called_back"` // of the others: talked when we called
	Lost       int `db:"lost" json:"lost"`
	TooNew     int `db:"too_new" json:"too_new"`
}

// add counts another group, of the same window.
func (g *LostCount) add(o LostCount) {
	g.People += o.People
	g.Returned += o.Returned
	g.Served += o.Served
	g.CalledBack += o.CalledBack
	g.Lost += o.Lost
	g.TooNew += o.TooNew
}

// Withheld counts the visits that were given up, of which those without a number can
// be followed by nobody.
type Withheld struct {
	Abandoned int `db:"abandoned" json:"abandoned"`
	Withheld  int `db:"withheld" json:"withheld"`
}

// LostValue is what the flow says of a queue's lost callers.
type LostValue struct {
	Queue   string
	Control float64 // the part that is left alone, 0 to 0.5
	Value   int     // of a caller who buys; 0: not said
	Buy     float64 // the share who would, 0 to 1
}

// PeopleRow is one queue, or all together (Queue is empty), in one window.
type PeopleRow struct {
	LostCount
	LostShare     *float64 `json:"lost_share"` // Lost / People
	ReturnedShare *float64 `json:"returned_share"`
	ServedShare   *float64 `json:"served_share"` // (Served + CalledBack) / People
}

// Trial tells what calling back wins in a queue of which a part is left alone: of both
// parts, those who were served or called back within the window. All who could be
// called back are one part, whether anybody did so or not: to compare only those who
// were would compare the ones whom people liked to call.
type Trial struct {
	Queue   string  `json:"queue"`
	Control float64 `json:"control"`

	Callable        int      `json:"callable"`
	CallableServed  int      `json:"callable_served"`
	LeftAlone       int      `json:"left_alone"`
	LeftAloneServed int      `json:"left_alone_served"`
	Difference      *float64 `json:"difference"` // of the shares; nil while one part is empty
	Low             *float64 `json:"low"`        // of its 95 % interval
	High            *float64 `json:"high"`
}

// AtStake is the band of money that a queue's lost callers would have brought, with its
// inputs: people × share lost × chance to buy × value. The share is measured from
// 200 people on; before, what was seen is laid over the custom of the trade, that
// 34 % never call again, as if that had been seen of 50 people (a beta distribution).
type AtStake struct {
	Queue  string  `json:"queue"`
	People int     `json:"people"` // who gave up, those of TooNew included
	Value  int     `json:"value"`
	Buy    float64 `json:"buy"`

	Observed  int     `json:"observed"` // people of whom it is known
	Prior     bool    `json:"prior"`    // fewer than 200: with the custom of the trade
	ShareLow  float64 `json:"share_low"`
	ShareMid  float64 `json:"share_mid"`
	ShareHigh float64 `json:"share_high"`
	Low       float64 `json:"low"`
	Mid       float64 `json:"mid"`
	High      float64 `json:"high"`
}

// What is believed of the share lost before it is measured, as if so many had been
// seen, and from how many people on it is measured.
const (
	priorShare  = 0.34
	priorPeople = 50
	observedMin = 200
)

// People adds up what became of those who gave up: the rows of every window, all
// queues together first; and for one window what calling back wins, and the money at
// stake where the flow says what callers are worth.
func People(counts []LostCount, values []LostValue, hours float64) (rows []PeopleRow, trials []Trial, stakes []AtStake) {
	of := map[[2]any]*PeopleRow{}
	row := func(hours float64, queue string) *PeopleRow {
		key := [2]any{hours, queue}
		if of[key] == nil {
			rows = append(rows, PeopleRow{LostCount: LostCount{Hours: hours, Queue: queue}})
			of[key] = &PeopleRow{LostCount: LostCount{Hours: hours, Queue: queue}}
		}
		return of[key]
	}
	for _, g := range counts {
		row(g.Hours, "").add(g)
	}
	for _, g := range counts {
		row(g.Hours, g.Queue).add(g)
	}
	for i := range rows {
		r := of[[2]any{rows[i].Hours, rows[i].Queue}]
		r.LostShare, r.ReturnedShare, r.ServedShare = ratio(r.Lost, r.People), ratio(r.Returned, r.People), ratio(r.Served+r.CalledBack, r.People)
		rows[i] = *r
	}
	for _, v := range values {
		if v.Control > 0 {
			trials = append(trials, trialOf(counts, v, hours))
		}
		if r := of[[2]any{hours, v.Queue}]; r != nil && v.Value > 0 {
			stakes = append(stakes, stakeOf(r.LostCount, v))
		}
	}
	return rows, trials, stakes
}

func trialOf(counts []LostCount, v LostValue, hours float64) Trial {
	t := Trial{Queue: v.Queue, Control: v.Control}
	for _, g := range counts {
		switch {
		case g.Queue != v.Queue || g.Hours != hours:
		case g.LeftAlone:
			t.LeftAlone += g.People
			t.LeftAloneServed += g.Served + g.CalledBack
		default:
			t.Callable += g.People
			t.CallableServed += g.Served + g.CalledBack
		}
	}
	if t.LeftAlone > 0 && t.Callable > 0 {
		d, low, high := ShareDifference(t.CallableServed, t.Callable, t.LeftAloneServed, t.LeftAlone)
		t.Difference, t.Low, t.High = &d, &low, &high
	}
	return t
}

func stakeOf(g LostCount, v LostValue) AtStake {
	s := AtStake{Queue: v.Queue, People: g.People + g.TooNew, Value: v.Value, Buy: v.Buy, Observed: g.People, Prior: g.People < observedMin}
	if s.Prior {
		s.ShareLow, s.ShareMid, s.ShareHigh = betaQuantiles(priorShare*priorPeople+float64(g.Lost), (1-priorShare)*priorPeople+float64(g.People-g.Lost))
	} else {
		s.ShareLow, s.ShareHigh = Wilson(g.Lost, g.People)
		s.ShareMid = float64(g.Lost) / float64(g.People)
	}
	all := float64(s.People) * v.Buy * float64(v.Value)
	s.Low, s.Mid, s.High = all*s.ShareLow, all*s.ShareMid, all*s.ShareHigh
	return s
}

// LostCaller is a person who gave up and was not served since, by us or by calling
// again.
type LostCaller struct {
	Key       string    `db:"caller_key" json:"key"`
	Number    string    `db:"number" json:"number"`
	Name      string    `db:"name" json:"name"`
	VIP       bool      `db:"vip" json:"vip"`
	Queue     string    `db:"queue" json:"queue"` // in which the caller gave up last
	Call      string    `db:"call_id" json:"call"`
	Entered   time.Time `db:"entered_at" json:"entered"`
	At        time.Time `db:"ended_at" json:"at"` // gave up
	WaitS     float64   `db:"queue_s" json:"wait_s"`
	ToldHigh  *float64  `db:"told_high_s" json:"told_high_s"`
	Times     int       `db:"times" json:"times"`           // gave up, in the time of the list
	Callback  bool      `db:"callback" json:"callback"`     // one is open
	LeftAlone bool      `db:"left_alone" json:"left_alone"` // is of the part that is not to be called back
}

// LostFilter says which lost callers are meant.
type LostFilter struct {
	Since  time.Time
	Queues []string    // none: all
	Key    string      // only this one; "": all
	Values []LostValue // by which a part is left alone
	Limit  int
}

// LostColumns are the columns of the list of lost callers.
var LostColumns = []Column[LostCaller]{
	{"at", func(c LostCaller) any { return c.At }},
	{"queue", func(c LostCaller) any { return c.Queue }},
	{"number", func(c LostCaller) any { return c.Number }},
	{"name", func(c LostCaller) any { return c.Name }},
	{"wait_s", func(c LostCaller) any { return c.WaitS }},
	{"told_high_s", func(c LostCaller) any { return c.ToldHigh }},
	{"times", func(c LostCaller) any { return c.Times }},
	{"callback", func(c LostCaller) any { return c.Callback }},
	{"left_alone", func(c LostCaller) any { return c.LeftAlone }},
	{"call", func(c LostCaller) any { return c.Call }},
}

// PeopleColumns are the columns of the report on people.
var PeopleColumns = []Column[PeopleRow]{
	{"hours", func(r PeopleRow) any { return r.Hours }},
	{"queue", func(r PeopleRow) any { return r.Queue }},
	{"people", func(r PeopleRow) any { return r.People }},
	{"returned", func(r PeopleRow) any { return r.Returned }},
	{"served", func(r PeopleRow) any { return r.Served }},
	{"called_back", func(r PeopleRow) any { return r.CalledBack }},
	{"lost", func(r PeopleRow) any { return r.Lost }},
	{"too_new", func(r PeopleRow) any { return r.TooNew }},
	{"lost_share", func(r PeopleRow) any { return r.LostShare }},
	{"returned_share", func(r PeopleRow) any { return r.ReturnedShare }},
	{"served_share", func(r PeopleRow) any { return r.ServedShare }},
}

// PeopleBooks is a source of the report on people, and of the list of the lost.
type PeopleBooks interface {
	// LostValues tells what the flow in force says of each queue's lost callers.
	LostValues() []LostValue
	// LostCounts counts the people who gave up in a period, by queue and whether they are
	// left alone, for each of these windows.
	LostCounts(ctx context.Context, q Period, hours []float64) ([]LostCount, error)
	// Withheld counts the visits of a period that were given up.
	Withheld(ctx context.Context, q Period) (Withheld, error)
	// LostCallers lists the lost, the last first.
	LostCallers(ctx context.Context, f LostFilter) ([]LostCaller, error)
}

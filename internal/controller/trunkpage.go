package controller

import (
	"context"
	"fmt"
	"strings"
	"time"

	"presszero/call"
	"presszero/outbound"
	"presszero/trunk"
	"presszero/web"
)

// trunkPage shows the trunks on a page, and does what is asked for there.
type trunkPage struct{ controller *Controller }

// Trunks implements web.Trunks.
func (t trunkPage) Trunks() web.TrunkPage {
	at := t.controller.trunks
	page := web.TrunkPage{File: at.settings.Trunks, Trunks: []web.Trunk{}, Unnamed: t.controller.unnamed.page(time.Now(), t.controller.flows.names)}
	if trouble := at.fileTrouble(); trouble != nil {
		page.Trouble = trouble.Error()
	}
	book := at.carriers.Book()
	for _, s := range at.carriers.States(at.now()) {
		c := book.Trunk(s.Name)
		if c == nil {
			continue // it was taken out this instant
		}
		page.Trunks = append(page.Trunks, at.shown(c, s))
	}
	return page
}

// shown is a trunk as the page has it.
func (t *trunks) shown(c *trunk.Trunk, s outbound.CarrierState) web.Trunk {
	w := web.Trunk{Name: s.Name, Server: c.Server, SignIn: string(c.SignIn), Transport: string(c.Transport), Media: string(c.Media),
		Numbers: []string{}, State: "unknown", Up: s.Up, Channels: s.Channels, Answers: s.Answers, LastIn: nilIfZero(s.LastIn), LastOut: nilIfZero(s.LastOut),
		Skipped: s.Tripped, Trouble: []string{}}
	for _, r := range c.Numbers {
		w.Numbers = append(w.Numbers, r.String())
	}
	if s.Trouble != "" {
		w.Trouble = append(w.Trouble, fmt.Sprintf("The last %d outgoing calls were not carried, since %s: %s", s.Failed, s.Since.Format("15:04"), s.Trouble))
	}
	if standing, known := t.standing(s.Name); known {
		w.Trouble = append(w.Trouble, textsOf(t.standingTrouble(c, standing))...)
		switch standing.Reach {
		case "Avail":
			w.Reach, w.RoundTripMS = "reachable", float64(standing.RoundTrip)/float64(time.Millisecond)
		case "Unavail":
			w.Reach = "unreachable"
		}
		if c.SignIn == trunk.Register {
			w.Registration = standing.Registration
			if standing.Registration == "Registered" && !standing.Registered {
				w.Registration = "expired"
			}
		}
	}
	switch {
	case len(w.Trouble) > 0:
		w.State = "bad"
	case w.Registration == "Registered", w.Reach == "reachable", w.LastIn != nil, w.LastOut != nil:
		w.State = "good"
	}
	return w
}

func nilIfZero(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// ReloadTrunks implements web.Trunks.
func (t trunkPage) ReloadTrunks(ctx context.Context, _ string) error {
	if t.controller.Trunks == "" {
		return web.Unfit("There is no file of trunks; set PRESSZERO_TRUNKS to one and start again.")
	}
	if _, err := t.controller.reloadTrunks(ctx); err != nil {
		return web.Unfit(err.Error())
	}
	return nil
}

// A test call rings for so long, and lasts so long once somebody has answered.
const (
	testRings = 30 * time.Second
	testTalk  = 2 * time.Second
)

// TestCall implements web.Trunks. The call is in no report but that of trunks'
// own counts: nobody waited for it.
func (t trunkPage) TestCall(ctx context.Context, number, by string) (web.TestCall, error) {
	c := t.controller
	if c.outgoing == nil {
		return web.TestCall{}, web.Unfit("No trunk carries outgoing calls; name one that has a server.")
	}
	e164, err := c.outgoing.Check(number)
	if err == nil {
		err = c.outgoing.Permit(time.Now(), e164, call.AgentID(by))
	}
	if err != nil {
		_, sentence, _ := strings.Cut(err.Error(), ": ")
		return web.TestCall{}, web.Unfit(sentence)
	}
	id, began := newID(), time.Now()
	dial := call.DialID(id, 1)
	news := c.tests.begin(id)
	defer c.tests.end(id)
	c.sw.Do(call.Dial{Call: id, Dial: dial, Number: e164, Ring: testRings})
	defer c.sw.Do(call.HangUp{Call: id})
	result, err := c.testCall(ctx, id, news)
	if err == nil && result.Text == "" {
		result.Seconds = time.Since(began).Seconds()
		result.Text = testText(result, e164)
	}
	return result, err
}

// testCall follows a test call to its end. Text is set only if nothing was heard of it.
func (c *Controller) testCall(ctx context.Context, id call.ID, news <-chan call.Event) (web.TestCall, error) {
	result := web.TestCall{How: "failed"}
	for {
		select {
		case <-ctx.Done():
			return result, ctx.Err()
		case <-time.After(testRings + 15*time.Second):
			result.Text = "nothing was heard of the call"
			return result, nil
		case ev := <-news:
			switch ev := ev.(type) {
			case call.Carried:
				result.How, result.Trunk, result.Shown, result.SIP = ev.How, ev.Trunk, ev.Shown, ev.SIP
			case call.DialAnswered:
				result.How = "answered"
				c.sw.Do(call.Music{Call: id})
				select {
				case <-time.After(testTalk):
				case <-ctx.Done():
				}
				return result, nil
			case call.DialFailed:
				result.How = ev.Why
				return result, nil
			}
		}
	}
}

// testText says what happened, and what to do.
func testText(r web.TestCall, number string) string {
	over := "no trunk"
	if r.Trunk != "" {
		over = "the trunk " + r.Trunk
	}
	shown := "without a number of ours"
	if r.Shown != "" {
		shown = "showing " + r.Shown
	}
	switch r.How {
	case "answered":
		return fmt.Sprintf("%s answered, over %s, %s.", number, over, shown)
	case "busy", "declined":
		return fmt.Sprintf("%s was called over %s, %s, and is %s: the trunk works.", number, over, shown, r.How)
	case "no_answer":
		return fmt.Sprintf("%s was called over %s, %s, and nobody answered.", number, over, shown)
	case "invalid":
		return fmt.Sprintf("The carrier of %s says that %s does not exist (SIP %d).", over, number, r.SIP)
	case "trunk":
		if r.Trunk == "" {
			return "No trunk can carry a call to this number now; look at the states above, and at the routes."
		}
		return fmt.Sprintf("The call to %s was not carried by %s (SIP %d); what to do stands at the trunk.", number, over, r.SIP)
	}
	return fmt.Sprintf("The call to %s did not leave us; look into serve.log.", number)
}

package controller

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/ivr"
	"presszero/report"
	"presszero/sql"
	"presszero/web"
)

// talks is what agents know and write beside the voice.
type talks struct{ controller *Controller }

// After a talk, how long its agent may read the card, and write about it.
const (
	cardStays = 5 * time.Minute
	wordsStay = 15 * time.Minute
)

// atHand returns a call that is the user's, or was within a while. The line knows
// it, or the books where we were started anew meanwhile.
func (t talks) atHand(ctx context.Context, u web.User, id string, within time.Duration) (h callqueue.AtHand, err error) {
	c := t.controller
	var there bool
	var now time.Time
	if err := c.runner.Ask(ctx, func(at time.Time) { now = at; h, there = c.line.AtHand(call.AgentID(u.Name), call.ID(id)) }); err != nil {
		return h, err
	}
	if there {
		if !h.Over.IsZero() && now.Sub(h.Over) > within {
			return h, web.ErrNotFound
		}
		return h, nil
	}
	last, err := c.db.LastTalk(ctx, id)
	if errors.Is(err, sql.ErrNoCall) || err == nil && (last.Agent != u.Name || last.Over == nil || now.Sub(*last.Over) > within) {
		return h, web.ErrNotFound
	}
	return inBooks(id, last), err
}

// inBooks is a call as the books have it.
func inBooks(id string, last sql.LastTalk) callqueue.AtHand {
	h := callqueue.AtHand{Call: call.ID(id), Visit: last.Visit, Queue: last.Queue, Who: call.DeskWho{Number: last.Number, Name: last.Name}}
	if last.Over != nil {
		h.Over = *last.Over
	}
	return h
}

// Card implements web.Talks.
func (t talks) Card(ctx context.Context, u web.User, id, language string) (web.Card, error) {
	c := t.controller
	h, err := t.atHand(ctx, u, id, cardStays)
	leads := u.Role != web.RoleAgent
	if leads && errors.Is(err, web.ErrNotFound) {
		var last sql.LastTalk
		if last, err = c.db.LastTalk(ctx, id); errors.Is(err, sql.ErrNoCall) {
			return web.Card{}, web.ErrNotFound
		}
		h = inBooks(id, last)
	}
	if err != nil {
		return web.Card{}, err
	}
	flow := c.flows.current().flow
	card := web.Card{Call: id, Queue: h.Queue, Number: h.Who.Number, Withheld: call.Withheld(h.Who.Number),
		Name: h.Who.Name, VIP: h.Who.VIP, Language: h.Language, Path: h.Who.Path, Codes: []web.Code{}, Available: true}
	var popped call.PopSettings
	if q, ok := queueOf(flow, h.Queue); ok {
		card.Codes, card.CodesRequired = codes(q, flow.Language, language), q.CodesRequired
		popped = q.Pop
	}
	ask := report.CardQuery{Number: h.Who.Number, Call: string(h.Call), Visit: h.Visit, Today: today(flow, time.Now())}
	if !leads {
		ask.Queues = u.Queues
	}
	known, there, err := c.db.Card(ctx, ask)
	said := sql.Said{}
	if err == nil && h.Visit != "" {
		said, err = c.db.Said(ctx, h.Visit, u.Name)
	}
	if err != nil { // the call goes on without
		c.log.Warn("a caller's history cannot be read from the database; the agent's card says so", "call", id, "err", err)
		card.Available, there = false, false
	}
	card.Said.Disposition, card.Said.Complaint = web.Disposition{Code: said.Code, Note: said.Note}, said.Complaint
	if there {
		card.Known = &known
		for i := range known.Contacts {
			known.Contacts[i].Label = codeLabel(flow, known.Contacts[i].Queue, known.Contacts[i].Code, language)
		}
		if card.Name == "" || known.Name != "" {
			card.Name = known.Name
		}
		card.VIP = card.VIP || known.VIP
		if card.Language == "" {
			card.Language = known.Language
		}
	}
	if booked, ok, err := t.booked(ctx, h.Call); err == nil && ok {
		card.Said.Callback = &booked
	}
	card.Pop = t.pop(popped, card, u.Name)
	return card, nil
}

// pop fills in the address of the page of another program; nil: there is none.
func (t talks) pop(s call.PopSettings, c web.Card, agent string) *web.Pop {
	if s.URL == "" {
		return nil
	}
	values := map[string]string{"call": c.Call, "queue": c.Queue, "name": c.Name, "language": c.Language, "path": c.Path, "agent": agent}
	if !c.Withheld {
		values["number"] = c.Number
		values["e164"], _ = t.controller.number.E164(c.Number)
	}
	var pairs []string
	for _, name := range call.PopValues {
		pairs = append(pairs, "{"+name+"}", strings.ReplaceAll(url.QueryEscape(values[name]), "+", "%20"))
	}
	when := s.When
	if when == "" {
		when = call.PopClick
	}
	return &web.Pop{URL: strings.NewReplacer(pairs...).Replace(string(s.URL)), When: string(when)}
}

// today is when the present day began in the zone of the flow.
func today(flow *ivr.Flow, now time.Time) time.Time {
	zone, err := time.LoadLocation(flow.Zone)
	if err != nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

func queueOf(flow *ivr.Flow, name string) (ivr.Queue, bool) {
	i := slices.IndexFunc(flow.Queues, func(q ivr.Queue) bool { return q.Name == name })
	if i < 0 {
		return ivr.Queue{}, false
	}
	return flow.Queues[i], true
}

// codes are those of a queue that can be chosen.
func codes(q ivr.Queue, own, language string) []web.Code {
	list := []web.Code{}
	for _, c := range q.Codes {
		if !c.Retired {
			list = append(list, web.Code{ID: c.ID, Label: c.Label.In(language, own), Group: c.Group.In(language, own), Note: c.Note})
		}
	}
	return list
}

// codeLabel is what agents read of a code, retired ones too; "" where the flow has
// no such code.
func codeLabel(flow *ivr.Flow, queue, code, language string) string {
	q, _ := queueOf(flow, queue)
	for _, c := range q.Codes {
		if c.ID == code {
			return c.Label.In(language, flow.Language)
		}
	}
	return ""
}

// NoteCaller implements web.Talks.
func (t talks) NoteCaller(ctx context.Context, u web.User, id, name, note string) error {
	h, err := t.atHand(ctx, u, id, cardStays)
	if err != nil {
		return err
	}
	err = t.controller.db.NoteCaller(ctx, h.Who.Number, name, note, u.Name)
	if errors.Is(err, sql.ErrNoCaller) {
		return web.Unfit("Nothing can be written about this caller: the number is withheld, or not in the books yet.")
	}
	return err
}

// written returns a talk about which the user may write now.
func (t talks) written(ctx context.Context, u web.User, id string) (callqueue.AtHand, error) {
	h, err := t.atHand(ctx, u, id, wordsStay)
	if err == nil && h.Queue == "" {
		err = web.Unfit("This call came by no queue, so nothing is to be written about it.")
	}
	return h, err
}

// Dispose implements web.Talks. The code is booked first: it needs no database.
func (t talks) Dispose(ctx context.Context, u web.User, id string, d web.Disposition) error {
	h, err := t.written(ctx, u, id)
	if err != nil {
		return err
	}
	if err := fits(t.controller.flows.current().flow, h.Queue, d); err != nil {
		return err
	}
	if err := t.tell(ctx, u, call.Disposed{Agent: call.AgentID(u.Name), Call: h.Call, Visit: h.Visit, Queue: h.Queue, Code: d.Code, Note: len([]rune(d.Note))}); err != nil {
		return err
	}
	return t.controller.db.Note(ctx, h.Visit, u.Name, h.Queue, d.Note)
}

// fits says what is wrong with the code of a talk.
func fits(flow *ivr.Flow, queue string, d web.Disposition) error {
	if d.Code == "" {
		return nil
	}
	q, _ := queueOf(flow, queue)
	for _, c := range q.Codes {
		switch {
		case c.ID != d.Code:
		case c.Note && d.Note == "":
			return web.Unfit(fmt.Sprintf("The code %q wants a note as well.", d.Code))
		default:
			return nil
		}
	}
	return web.Unfit(fmt.Sprintf("The queue %s has no code %q.", queue, d.Code))
}

// errAway: facts of an agent are in the book of her shift, and there is none. Her
// page asks again.
var errAway = errors.New("the agent's desk is not open")

// tell has the loop take what the agent says, and waits until it has.
func (t talks) tell(ctx context.Context, u web.User, events ...call.Event) error {
	here := false
	if err := t.controller.runner.Ask(ctx, func(time.Time) { here = t.controller.line.Here(call.AgentID(u.Name)) }); err != nil || !here {
		return errors.Join(err, errAway)
	}
	for _, ev := range events {
		t.controller.runner.Post(ev)
	}
	return t.controller.runner.Ask(ctx, func(time.Time) {})
}

// booked returns the callback that was booked out of a call.
func (t talks) booked(ctx context.Context, c call.ID) (b web.Booked, ok bool, err error) {
	err = t.controller.runner.Ask(ctx, func(time.Time) {
		var w callqueue.Booking
		w, ok = t.controller.line.BookedWith(c)
		b = web.Booked{ID: string(w.Callback), Begin: w.Begin, Until: w.Until}
	})
	return b, ok, err
}

// BookCallback implements web.Talks.
func (t talks) BookCallback(ctx context.Context, u web.User, id string, at time.Time) (web.Booked, error) {
	c := t.controller
	if c.outgoing == nil {
		return web.Booked{}, web.Unfit("No calls leave this site; PRESSZERO_TRUNK is not set.")
	}
	h, err := t.written(ctx, u, id)
	if err != nil {
		return web.Booked{}, err
	}
	before, had, err := t.booked(ctx, h.Call)
	if err != nil {
		return web.Booked{}, err
	}
	var refused error
	if err := c.runner.Ask(ctx, func(time.Time) {
		refused = c.line.MayBook(h.Call, h.Who.Number, h.Who.Name, h.Queue, call.ID(before.ID))
	}); err != nil {
		return web.Booked{}, err
	}
	switch {
	case errors.Is(refused, callqueue.ErrBooked):
		return web.Booked{}, web.Unfit("A callback to this number is open already; it is kept as it was promised.")
	case refused != nil:
		return web.Booked{}, web.Unfit(refused.Error())
	}
	var events []call.Event
	if had {
		events = append(events, call.CallbackCancelled{Callback: call.ID(before.ID), By: u.Name})
	}
	events = append(events, call.CallbackOrdered{Callback: newID(), From: h.Call, Queue: h.Queue, Number: h.Who.Number,
		Name: h.Who.Name, Since: time.Now(), Due: at, By: call.AgentID(u.Name)})
	if err := t.tell(ctx, u, events...); err != nil {
		return web.Booked{}, err
	}
	b, ok, err := t.booked(ctx, h.Call)
	if err == nil && !ok {
		err = fmt.Errorf("the callback of %s was not booked", id)
	}
	return b, err
}

// MoreTime implements web.Talks.
func (t talks) MoreTime(ctx context.Context, u web.User) error {
	return t.tell(ctx, u, call.MoreTime{Agent: call.AgentID(u.Name)})
}

// Complain implements web.Talks.
func (t talks) Complain(ctx context.Context, u web.User, id, text string) error {
	h, err := t.written(ctx, u, id)
	if err != nil {
		return err
	}
	complaint := sql.ComplaintID(h.Visit, u.Name)
	if err := t.tell(ctx, u, call.Complained{Agent: call.AgentID(u.Name), Call: h.Call, Visit: h.Visit, Queue: h.Queue,
		Complaint: complaint, Note: len([]rune(text)), From: h.Who.Number}); err != nil {
		return err
	}
	return t.controller.db.WriteComplaint(ctx, complaint, text, u.Name)
}

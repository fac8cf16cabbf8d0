package sql_test

import (
	"slices"
	"testing"
	"time"

	"presszero/call"
	"presszero/report"
)

// recorded has the caller told and agreeing, and the talk with an agent recorded and kept.
func (s *story) recorded(a call.AgentID, seconds float64) *story {
	s.join(a)
	leg := call.LegID(call.OfferID(s.id, s.offers))
	s.say(call.RecordingStarted{Recording: leg, Leg: leg, Agent: a, Queue: s.queue, Keep: 30}).after(seconds)
	s.say(call.BridgeLeft{Visit: s.visit(), Agent: a, Side: call.SideCaller, Talked: seconds})
	return s.say(call.RecordingStopped{Recording: leg, Why: "end"})
}

func (s *story) kept(seconds float64) *story {
	leg := call.LegID(call.OfferID(s.id, s.offers))
	return s.say(call.RecordingKept{Recording: leg, Format: "flac", Bytes: 1000, Length: seconds, Sum: "aa", Key: "age1", Holes: 0.5})
}

// TestRecordings: each leg has a row with what became of its recording, whatever the pieces
// in which the facts come: kept, also after the call; asked for in the middle of a talk;
// refused; of a call that broke off.
func TestRecordings(t *testing.T) {
	t.Parallel()
	told := func(n int) *story {
		return arrive(n, noon.Add(time.Duration(n)*time.Minute), "+34600000001").say(call.NoticePlayed{Notice: "recorded", Language: "es", Heard: 4, ToEnd: true})
	}
	agreed := told(1).say(call.ConsentGiven{How: "stayed"}).enter("support").offer("ann", 1, "accepted").recorded("ann", 30).end(call.Answered, call.SideCaller).kept(29.9)
	asked := told(2).say(call.ConsentGiven{How: "key"}).enter("support").offer("bob", 1, "accepted").join("bob")
	leg := call.LegID(call.OfferID(asked.id, asked.offers))
	asked.say(call.RecordingAbsent{Leg: leg, Agent: "bob", Why: "on_demand"}).after(10).
		say(call.RecordingStarted{Recording: leg, Leg: leg, Agent: "bob", Queue: "support"}).after(5).end(call.SystemFailure, call.SideSystem)
	refused := told(3).say(call.ConsentRefused{How: "key"}).enter("billing").offer("cyd", 1, "accepted").join("cyd")
	refused.say(call.RecordingAbsent{Leg: call.LegID(call.OfferID(refused.id, refused.offers)), Agent: "cyd", Why: "refused"}).after(7).
		say(call.BridgeLeft{Visit: refused.visit(), Agent: "cyd", Side: call.SideAgent, Talked: 7}).end(call.Answered, call.SideAgent)
	outside := told(4).say(call.ConsentGiven{How: "stayed"}).enter("support").offer("dee", 1, "accepted").recorded("dee", 5)
	for n, did := range []struct {
		talked float64
		why    string // why not
	}{{20, ""}, {3, "outside_refused"}} {
		transfer := call.TransferID(outside.id, n+1)
		leg := call.TransferLeg(transfer)
		outside.say(call.TransferStarted{Transfer: transfer, Number: "+34911234567"}).after(2).say(call.TransferJoined{Transfer: transfer})
		if did.why != "" {
			outside.say(call.RecordingAbsent{Leg: leg, Why: did.why}).after(did.talked).say(call.TransferOver{Transfer: transfer, Why: "over", Talked: did.talked})
			continue
		}
		outside.say(call.RecordingStarted{Recording: leg, Leg: leg, Queue: "support", Keep: 30}).after(did.talked).
			say(call.TransferOver{Transfer: transfer, Why: "over", Talked: did.talked}).say(call.RecordingStopped{Recording: leg, Why: "end"})
	}
	outside.end(call.TransferredOut, call.SideCaller)
	inPieces(t, slices.Concat(agreed.list, asked.list, refused.list, outside.list), func(t *testing.T, f fixture) {
		const want = `ann support kept end answered 29.9 0.5 recorded stayed 30; bob support stopped over system_failure 15 recorded key; cyd billing absent refused answered 7 recorded refused; ` +
			`dee support stopped end transferred_out 5 recorded stayed 30; nobody support stopped end transferred_out 20 recorded stayed 30; nobody absent outside_refused transferred_out 3 recorded stayed`
		if got := f.one(t, `SELECT string_agg(concat_ws(' ', coalesce(nullif(agent, ''), 'nobody'), queue, state, why, outcome, length_s, holes_s, notice, consent, extract(day FROM keep_until - joined_at)), '; ' ORDER BY agent = '', agent, joined_at) FROM report.recording`); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	})
}

// TestFindRecordings: what each question finds, the newest first; what is common is found
// as what is rare is.
func TestFindRecordings(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	ship, _ := shipping(t, f.DB, j)
	var ids []string // of ann, bob, cyd, ann
	for n, who := range []struct {
		agent  call.AgentID
		queue  string
		number string
		talked float64
		note   string
		code   string
	}{{"ann", "support", "+34600000001", 30, "Wants a refund", "bill"}, {"bob", "billing", "+34600000002", 60, "refunded already", ""},
		{"cyd", "support", "+34600000001", 90, "返金を希望", "bill"}, {"ann", "billing", "", 3600, "", "other"}} {
		s := arrive(n+1, noon.Add(time.Duration(n)*time.Hour), who.number).enter(who.queue).offer(who.agent, 1, "accepted")
		ids = append(ids, call.LegID(call.OfferID(s.id, s.offers)))
		j.Append(s.recorded(who.agent, who.talked).end(call.Answered, call.SideCaller).kept(who.talked).list)
		if who.code != "" {
			j.Append(shift(n+1, who.agent, s.now, call.TalkDisposed{Call: s.id, Visit: s.visit(), Agent: who.agent, Queue: who.queue, Code: who.code}))
		}
		if who.note != "" {
			queue := who.queue
			if who.agent == "cyd" {
				queue = "" // as an earlier version wrote it
			}
			if err := f.Note(soon(t), s.visit(), string(who.agent), queue, who.note); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := arrive(9, noon, "").enter("support").offer("ann", 1, "accepted").join("ann")
	absent := call.LegID(call.OfferID(s.id, s.offers))
	j.Append(s.say(call.RecordingAbsent{Leg: absent, Agent: "ann", Why: "share"}).list)
	arrived(t, ship, j)
	seconds := func(s float64) *float64 { return &s }
	for name, c := range map[string]struct {
		report.RecordingFilter
		want []string
	}{
		"all":           {want: []string{ids[3], ids[2], ids[1], ids[0]}},
		"a page":        {report.RecordingFilter{Limit: 2}, []string{ids[3], ids[2]}},
		"the next page": {report.RecordingFilter{Limit: 2, Before: &report.RecordingPlace{At: noon.Add(2*time.Hour + 1100*time.Millisecond), ID: ids[2]}}, []string{ids[1], ids[0]}},
		"own queues":    {report.RecordingFilter{Queues: []string{"billing"}}, []string{ids[3], ids[1]}},
		"hidden":        {report.RecordingFilter{Hidden: []string{"billing", ""}}, []string{ids[2], ids[0]}},
		"queue":         {report.RecordingFilter{Queue: "support"}, []string{ids[2], ids[0]}},
		"agent":         {report.RecordingFilter{Agent: "ann"}, []string{ids[3], ids[0]}},
		"number":        {report.RecordingFilter{Numbers: []string{"600000001", "+34 600 000 001"}}, []string{ids[2], ids[0]}},
		"last digits":   {report.RecordingFilter{Digits: "0002"}, []string{ids[1]}},
		"name":          {report.RecordingFilter{Name: "ad"}, []string{ids[2], ids[1], ids[0]}},
		"time":          {report.RecordingFilter{From: noon.Add(time.Hour), To: noon.Add(3 * time.Hour)}, []string{ids[2], ids[1]}},
		"length":        {report.RecordingFilter{LengthFromS: seconds(60), LengthToS: seconds(90)}, []string{ids[2], ids[1]}},
		"outcome":       {report.RecordingFilter{Outcome: "answered"}, []string{ids[3], ids[2], ids[1], ids[0]}},
		"other outcome": {report.RecordingFilter{Outcome: "closed"}, nil},
		"code":          {report.RecordingFilter{Code: "bill"}, []string{ids[2], ids[0]}},
		"word":          {report.RecordingFilter{Note: "REFUND"}, []string{ids[1], ids[0]}},
		"words":         {report.RecordingFilter{Note: "refund & 'wants':!"}, []string{ids[0]}},
		"Japanese":      {report.RecordingFilter{Note: "返金"}, []string{ids[2]}},
		"code and word": {report.RecordingFilter{Code: "bill", Note: "refund", Name: "Ada"}, []string{ids[0]}},
		"her name":      {report.RecordingFilter{Name: "ad", Agent: "ann"}, []string{ids[0]}},
		"not her name":  {report.RecordingFilter{Digits: "0002", Agent: "ann"}, nil},
		"both of him":   {report.RecordingFilter{Digits: "0002", Name: "ad", Agent: "bob", Queue: "billing", From: noon, To: noon.Add(3 * time.Hour)}, []string{ids[1]}},
		"her name left": {report.RecordingFilter{Name: "ad", Agent: "ann", Before: &report.RecordingPlace{At: noon.Add(1100 * time.Millisecond), ID: ids[0] + "x"}}, []string{ids[0]}},
		"none left":     {report.RecordingFilter{Name: "ad", Agent: "ann", Before: &report.RecordingPlace{At: noon.Add(1100 * time.Millisecond), ID: ids[0]}}, nil},
		"name, absent":  {report.RecordingFilter{Name: "ad", Agent: "ann", Absent: true}, nil},
		"her words":     {report.RecordingFilter{Note: "refund", Agent: "ann"}, []string{ids[0]}},
		"not her words": {report.RecordingFilter{Note: "refund", Agent: "cyd"}, nil},
		"words there":   {report.RecordingFilter{Note: "refund", Queue: "billing", Queues: []string{"billing", "support"}}, []string{ids[1]}},
		"words of own":  {report.RecordingFilter{Note: "refund", Queues: []string{"billing", "sales"}}, []string{ids[1]}},
		"of old":        {report.RecordingFilter{Note: "返金", Queues: []string{"support"}}, []string{ids[2]}},
		"of old, not":   {report.RecordingFilter{Note: "返金", Queue: "billing"}, nil},
		"no words":      {report.RecordingFilter{Note: "ann"}, nil},
		"no such agent": {report.RecordingFilter{Note: "refund", Agent: `o'neil\`, Queue: "'"}, nil},
		"her code":      {report.RecordingFilter{Code: "bill", Agent: "ann", Queues: []string{"support"}}, []string{ids[0]}},
		"not her code":  {report.RecordingFilter{Code: "bill", Agent: "bob"}, nil},
		"code there":    {report.RecordingFilter{Code: "other", Queue: "billing"}, []string{ids[3]}},
		"absent":        {report.RecordingFilter{Absent: true}, []string{absent}},
	} {
		if c.Limit == 0 {
			c.Limit = 100
		}
		for few, hits := range map[string]int{"few": 10_000, "one": 1, "many": 0} {
			f.SetFewHits(hits)
			list, err := f.Recordings(soon(t), c.RecordingFilter)
			var got []string
			for _, r := range list {
				got = append(got, r.ID)
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%s, %s hits: %v %v, want %v", name, few, got, err, c.want)
			}
		}
	}
	r, err := f.Recording(soon(t), ids[0])
	if err != nil || r.Number != "+34600000001" || r.Name != "Ada" || r.Code != "bill" || r.Note != "Wants a refund" || r.State != "kept" || r.Format != "flac" {
		t.Errorf("%+v, %v", r, err)
	}
	if err := f.NoteRemoval(soon(t), ids[:1], "age"); err != nil {
		t.Fatal(err)
	}
	if r, err := f.Recording(soon(t), ids[0]); err != nil || r.State != "removed" || r.Why != "age" {
		t.Errorf("what was removed is %+v, %v", r, err)
	}
}

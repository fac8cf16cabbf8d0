package asterisktest

import (
	"math/rand/v2"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/nemesis"
)

// Storm holds a Switch to its promises while Asterisk's events come late,
// twice, and behind those of other channels; and then while the connection
// breaks again and again. The same seed gives the same faults.
func Storm(t *testing.T, seed uint64, rigs ...func(*testing.T) Rig) {
	t.Logf("the seed is %d", seed)
	free := share(rigs)
	spoiled := func(f nemesis.Faults, part func(*testing.T, Rig)) func(*testing.T, Rig) {
		return func(t *testing.T, r Rig) {
			r.Faults, r.Seed = f, seed
			part(t, r)
		}
	}
	faults := nemesis.Faults{Twice: 0.3, Move: 0.3, Late: 0.3, Most: 20 * time.Millisecond}
	for _, part := range []struct {
		name string
		try  func(*testing.T, Rig)
	}{
		{"a whole call", wholeCall},
		{"we hang up", weHangUp},
		{"prompts in a row", promptsInARow},
		{"a missing prompt", missingPrompt},
		{"an agent's leg that dies", legDies},
		{"a hang-up at each moment", hangUps},
		{"two calls at once", twoCalls},
		{"hold and resume", holdAndResume},
		{"words during a hold", wordOnHold},
		{"a hold whose leg ends", holdDropped},
		{"keys for the far end", sentKeys},
		{"orders for a call that is over", tooLate},
		{"a message", message},
		{"a caller who is handed on", handedOn},
		{"numbers that do not answer", notAnswered},
		{"a callback", callback},
		{"somebody asked during a talk", consultation},
		{"a caller handed on to the consulted party", handedOnAfterAsking},
		{"hang-ups while somebody is asked", hangUpsWhileAsking},
		{"legs that die while somebody is asked", legsDieWhileAsking},
	} {
		free.run(t, part.name, spoiled(faults, part.try))
	}
	faults.Lose = 0.05
	free.run(t, "a connection that breaks", spoiled(faults, breaking))
}

// breaking serves callers over a connection that breaks every twentieth event.
// Whatever is not heard of must be found out: each call ends once, and nothing
// of it stays in Asterisk.
func breaking(t *testing.T, rig Rig) {
	const callers = 25
	b := begin(t, rig)
	a := newAgent(t)
	chance := rand.New(rand.NewPCG(rig.Seed, 1))
	var all []call.ID
	for n := 0; n < callers || b.wire.Done().Lost == 0 && n < 20*callers; n++ { // chance may spare the first ones
		who := rig.Call(t, "100", "+34600000001")
		// A caller who comes while there is no connection hears the fallback's apology first,
		// and its music for 10 s if there is still none then.
		id := awaitEventWithin[call.Arrived](b, "", patience).Call
		all = append(all, id)
		leg := call.LegID(call.OfferID(id, 1))
		orders := ordersOfCall(id, leg, a.address())
		for _, o := range orders[:1+chance.IntN(len(orders))] {
			b.sw.Do(o)
		}
		if chance.IntN(2) == 0 {
			b.sw.Do(call.HangUp{Call: id})
		} else {
			who.HangUp()
		}
	}
	for _, id := range all {
		awaitEvent[call.HungUp](b, id)
	}
	b.nothingLeft(all...)
	done := b.wire.Done()
	t.Logf("of %d events %d were lost with the connection, %d came twice, %d late, %d behind others",
		done.Passed, done.Lost, done.Twice, done.Late, done.Moved)
	if done.Lost == 0 {
		t.Error("the connection never broke")
	}
}

// ordersOfCall are the orders of a call that has everything, but its end.
func ordersOfCall(id call.ID, leg, address string) []call.Command {
	return []call.Command{
		call.Answer{Call: id},
		call.Play{Call: id, Play: "p" + string(id), Prompts: []string{Hello}},
		call.Music{Call: id},
		call.Connect{Call: id, Leg: leg, Address: address},
		call.Hold{Call: id},
		call.SendKeys{Call: id, Keys: call.NewSecret("1")},
		call.Unhold{Call: id},
		call.Hold{Call: id},
		call.DropLeg{Call: id, Leg: leg},
		call.Music{Call: id},
	}
}

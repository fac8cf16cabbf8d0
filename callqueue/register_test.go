package callqueue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"presszero/call"
)

// An offer is a register that is written once: the first of accept, refusal,
// ringing out and the caller's hang-up decides it, and everybody who comes
// later is told the same. Here all of them come at once, from goroutines of
// their own, and porcupine looks for an order that explains what each was told.

// said is what a client does to an offer, and told what it then reads.
type (
	said struct {
		offer string
		how   string // accepted, declined, no_answer, cancelled; "" only looks
		may   bool   // it decides, unless another has
	}
	told struct{ how string }
)

// register is the model: an offer is open until it is decided once.
var register = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		by := map[string][]porcupine.Operation{}
		for _, op := range history {
			by[op.Input.(said).offer] = append(by[op.Input.(said).offer], op)
		}
		var all [][]porcupine.Operation
		for _, offer := range sorted(by) {
			all = append(all, by[offer])
		}
		return all
	},
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		in, now := input.(said), state.(string)
		if now == "" && in.may {
			now = in.how
		}
		return output.(told).how == now, now
	},
}

// desks is the outside of a line: it hands each offer to whoever takes part,
// and remembers how it ended.
type desks struct {
	offers chan call.OfferStarted
	ended  map[string]string // touched on the loop's goroutine alone
}

func (o *desks) Keep(entries []call.Entry) {
	for _, e := range entries {
		switch f := e.Fact.(type) {
		case call.OfferStarted:
			o.offers <- f
		case call.OfferEnded:
			o.ended[f.Offer] = f.How
		}
	}
}

func (*desks) Do(call.Command) {}

// TestOfferIsARegister: five agents, and for each offer all of them accept,
// the holder also declines, the ringing runs out and the caller hangs up, all
// at the same time.
func TestOfferIsARegister(t *testing.T) {
	out := &desks{offers: make(chan call.OfferStarted, 1000), ended: map[string]string{}}
	runner := call.NewRunner(call.NewLoop(menus{}, testLine(), call.NewRegister()), out)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { runner.Run(ctx) })
	defer running.Wait()
	defer cancel()

	c := &clients{runner: runner, out: out, begun: time.Now()}
	agents := []call.AgentID{"ana", "ben", "cho", "dee", "eve"}
	for i, a := range agents {
		runner.Post(call.SignedIn{Agent: a, Shift: call.ID(fmt.Sprint("s", i))})
		runner.Post(call.MediaUp{Agent: a, Address: "x"})
		runner.Post(call.Chose{Agent: a, Presence: call.Available})
	}
	const calls = 400
	for n := range calls {
		id := call.ID(fmt.Sprintf("c%d", n))
		runner.Post(call.Arrived{Call: id, To: "billing", From: fmt.Sprint("+3460000", n)})
		f := <-out.offers
		does := []func(client int){
			func(i int) {
				c.postAndRead(i, said{f.Offer, "declined", true}, call.Declined{Agent: f.Agent, Offer: f.Offer})
			},
			func(i int) {
				c.postAndRead(i, said{f.Offer, "no_answer", true}, call.TimerFired{Timer: call.Timer{Kind: ringTimer, Of: f.Offer}})
			},
			func(i int) {
				c.postAndRead(i, said{f.Offer, "cancelled", true}, call.HungUp{Call: id, Side: call.SideCaller})
			},
		}
		for _, a := range agents {
			does = append(does, func(i int) {
				c.postAndRead(i, said{f.Offer, "accepted", a == f.Agent}, call.Accepted{Agent: a, Offer: f.Offer})
			})
		}
		rand.Shuffle(len(does), func(i, j int) { does[i], does[j] = does[j], does[i] })
		var all sync.WaitGroup
		for i, do := range does {
			all.Go(func() { do(i) })
		}
		all.Wait()
		for _, a := range agents {
			runner.Post(call.Chose{Agent: a, Presence: call.Available})
		}
		_ = runner.Ask(ctx, func(time.Time) { // nobody waits any more, so no offer is on its way
			for len(out.offers) > 0 {
				<-out.offers
			}
		})
	}
	ways := map[string]int{}
	for _, op := range c.history {
		ways[op.Output.(told).how]++
	}
	t.Logf("%d operations on %d offers; read: %v", len(c.history), calls, ways)
	if !porcupine.CheckOperations(register, c.history) {
		t.Fatal("no order of what was done explains what everybody was told")
	}
	if c.history[0].Output = (told{"answered by two"}); porcupine.CheckOperations(register, c.history) {
		t.Fatal("the model believes anything")
	}
}

// clients do things to offers, and note what they were told and when.
type clients struct {
	runner *call.Runner
	out    *desks
	begun  time.Time

	mu      sync.Mutex
	history []porcupine.Operation
}

// postAndRead posts an event and then reads how the offer stands.
func (c *clients) postAndRead(client int, in said, ev call.Event) {
	begin := time.Since(c.begun)
	c.runner.Post(ev)
	var read told
	_ = c.runner.Ask(context.Background(), func(time.Time) { read.how = c.out.ended[in.offer] })
	end := time.Since(c.begun)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.history = append(c.history, porcupine.Operation{ClientId: client, Input: in, Call: int64(begin), Output: read, Return: int64(end)})
}

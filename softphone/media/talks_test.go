package media_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"presszero/internal/customer"
	"presszero/internal/headless"
	"presszero/internal/mediatest"
	"presszero/softphone/media"
)

// TestRandomTalks: of 2,000 talks that begin, take turns, are listened to and end in
// any order, nothing is left: no leg and no goroutine.
func TestRandomTalks(t *testing.T) {
	seed := rand.Uint64()
	t.Log("the seed is ", seed)
	engine := newLocal(t, nil)
	const seats = 4
	var answers [seats]media.Answer
	for i := range seats {
		_, answers[i] = mediatest.Page(t, engine, fmt.Sprint("seat", i), headless.Options{Tone: mediatest.Agent, Side: []float64{mediatest.Agent}})
	}
	phone, err := customer.NewPhone(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer phone.Close()
	goroutines := goroutinesOfTalks()
	chance := rand.New(rand.NewPCG(seed, 0))
	var all sync.WaitGroup
	for range 2000 {
		seat, own := chance.IntN(seats), rand.New(rand.NewPCG(seed, chance.Uint64()))
		all.Go(func() { randomTalk(t, engine, phone, seat, answers[seat], own) })
		if chance.IntN(3) == 0 {
			all.Wait()
		}
	}
	all.Wait()
	for i := range seats {
		engine.StopListening(fmt.Sprint("seat", i))
	}
	mediatest.Until(t, "no seat has a leg", func() bool { return engine.LegCount() == 0 })
	mediatest.Until(t, "the goroutines of the talks have ended", func() bool { return goroutinesOfTalks() <= goroutines })
}

// goroutinesOfTalks counts the goroutines that are not of the pages' connections: of these,
// pion starts some only when the first packet comes.
func goroutinesOfTalks() (n int) {
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if !strings.Contains(stack, "/pion/") && !strings.Contains(stack, "/headless.") && !strings.Contains(stack, "propagateCancel") {
			n++
		}
	}
	return n
}

// randomTalk is one leg, with what may happen to it in any order.
func randomTalk(t *testing.T, engine media.Engine, phone *customer.Phone, seat int, answer media.Answer, chance *rand.Rand) {
	name, leg := fmt.Sprint("seat", seat), fmt.Sprint("leg", chance.Uint64())
	steps := []func(){
		func() { _ = engine.TalkTo(name, leg, "") },
		func() { _ = engine.Listen(fmt.Sprint("seat", (seat+1)%4), name, leg) },
		func() { _ = engine.Whisper(fmt.Sprint("seat", (seat+1)%4), chance.IntN(2) == 0) },
		func() { engine.StopListening(fmt.Sprint("seat", (seat+1)%4)) },
		func() { engine.Hush(name, leg) },
	}
	if chance.IntN(2) == 0 {
		steps[chance.IntN(3)]()
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	call, err := mediatest.CallFrom(ctx, phone, answer, leg, customer.Options{Tone: mediatest.Caller, ALaw: chance.IntN(2) == 0})
	if err != nil {
		t.Errorf("calling %s: %v", leg, err)
		return
	}
	for range chance.IntN(5) {
		steps[chance.IntN(len(steps))]()
	}
	_ = call.Hangup() // a leg that was hushed knows no call any more, and says so
	engine.Hush(name, leg)
}

// BenchmarkSwitch: two callers of one agent take turns every 100 ms. One operation is a
// turn. It tells the longest gap that the agent heard, which is a packet's 20 ms and
// what the machine adds, and what a turn allocates, beside the packets.
func BenchmarkSwitch(b *testing.B) {
	engine := newLocal(b, nil)
	var last, longest atomic.Int64
	_, answer := mediatest.Page(b, engine, "ana", headless.Options{Tone: mediatest.Agent, OnPacket: func(p headless.Packet) {
		if before := last.Swap(p.At.UnixNano()); before != 0 {
			longest.Store(max(longest.Load(), p.At.UnixNano()-before))
		}
	}})
	legs := []string{"leg0", "leg1"}
	for _, leg := range legs {
		mediatest.Call(b, answer, leg, customer.Options{Tone: mediatest.Caller})
	}
	turn := func(n int) {
		if err := engine.TalkTo("ana", legs[n%2], ""); err != nil {
			b.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond) // the pace of the turns: five packets are heard of each
	}
	turn(0)
	turn(1)
	last.Store(0)
	longest.Store(0)
	b.ResetTimer()
	for n := range b.N {
		turn(n)
	}
	b.ReportMetric(float64(longest.Load())/1e6, "longest-gap-ms")
	b.StopTimer()
	for range 1000 {
		_ = engine.TalkTo("ana", legs[0], "")
		_ = engine.TalkTo("ana", legs[1], "")
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 10000 {
		_ = engine.TalkTo("ana", legs[0], "")
		_ = engine.TalkTo("ana", legs[1], "")
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric((float64(after.HeapInuse)-float64(before.HeapInuse))/20000, "growth-B/turn")
}

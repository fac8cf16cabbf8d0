package web_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"

	"presszero/call"
	"presszero/web"
)

// orderBook is web.Supervision in memory.
type orderBook struct {
	mu    sync.Mutex
	holds []call.Directive
	unfit string // why nothing can be ordered
	did   []string
}

func (b *orderBook) Direct(_ context.Context, d call.Directive) error {
	if b.unfit != "" {
		return web.Unfit(b.unfit)
	}
	_ = b.Lift(context.Background(), d)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.holds = append(b.holds, d)
	return nil
}

func (b *orderBook) Lift(_ context.Context, d call.Directive) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.holds = slices.DeleteFunc(b.holds, func(h call.Directive) bool {
		return h.What == d.What && h.Queue == d.Queue && h.Agent == d.Agent
	})
	return nil
}

// standing is what holds.
func (b *orderBook) standing() []call.Directive {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.holds)
}

func (b *orderBook) AnswerHelp(_ context.Context, agent call.AgentID, by string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.did = append(b.did, by+" helps "+string(agent))
	return nil
}

func (b *orderBook) Place(_ context.Context, caller call.ID, next bool, by string) error {
	if b.unfit != "" {
		return web.Unfit(b.unfit)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.did = append(b.did, fmt.Sprint(by, " places ", caller, " ", next))
	return nil
}

func (b *orderBook) Move(_ context.Context, caller call.ID, queue, by string) error {
	if b.unfit != "" {
		return web.Unfit(b.unfit)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.did = append(b.did, fmt.Sprint(by, " moves ", caller, " to ", queue))
	return nil
}

func (b *orderBook) DirectSound(ctx context.Context, d call.Directive, sound io.Reader) error {
	content, err := io.ReadAll(sound)
	if err != nil {
		return err
	}
	d.Sound = fmt.Sprint(len(content), " bytes")
	return b.Direct(ctx, d)
}

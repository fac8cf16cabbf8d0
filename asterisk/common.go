package asterisk

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"presszero/call"
)

// common is what a switch and its callers use together. New sets its fields, and
// nothing changes them afterwards. All may be used from every goroutine.
type common struct {
	cfg  Config
	post func(call.Event)
	log  *slog.Logger
	api  *client

	// carer has connections of its own, so that dead-man and heartbeat wait for
	// no request about any caller.
	carer *client

	ctx  context.Context // over when nothing may be sent any more
	stop context.CancelFunc
	busy sync.WaitGroup // workers and what they started

	callers   *registry
	readiness *readiness

	dropped atomic.Int64 // keys that were passed over; see keypad
	earlier sync.Once    // has warned that Asterisk's settings are of an earlier version
}

func newCommon(cfg Config, post func(call.Event)) *common {
	cfg = cfg.complete()
	s := &common{
		cfg: cfg, post: post, log: cfg.Logger.With("switch", cfg.Node), api: newClient(cfg), carer: newClient(cfg).apart(),
		callers: newRegistry(), readiness: newReadiness(),
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

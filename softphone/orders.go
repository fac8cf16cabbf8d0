package softphone

import "sync"

// orders is a mailbox without a bound and the goroutine that empties it. It
// stands between the loop, which must not wait, and the engine, which may be
// a process away.
type orders struct {
	mu   sync.Mutex
	mail []any
	ring chan struct{}
	quit chan struct{}
	once sync.Once // closes quit
	done chan struct{}
}

func newOrders(carryOut func(any)) *orders {
	o := &orders{ring: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	go o.carryOut(carryOut)
	return o
}

func (o *orders) append(order any) {
	o.mu.Lock()
	o.mail = append(o.mail, order)
	o.mu.Unlock()
	select {
	case o.ring <- struct{}{}:
	default:
	}
}

func (o *orders) carryOut(carryOut func(any)) {
	defer close(o.done)
	for {
		select {
		case <-o.quit:
			return
		case <-o.ring:
		}
		o.mu.Lock()
		mail := o.mail
		o.mail = nil
		o.mu.Unlock()
		for _, order := range mail {
			carryOut(order)
		}
	}
}

// close ends the goroutine; what is still in the mailbox is not done.
func (o *orders) close() {
	o.once.Do(func() { close(o.quit) })
	<-o.done
}

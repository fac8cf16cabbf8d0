package softphone

import (
	"sync"

	"presszero/internal/mailbox"
)

// orders is a mailbox and the goroutine that empties it. It
// stands between the loop, which must not wait, and the engine, which may be
// a process away.
type orders struct {
	mail *mailbox.Mailbox[any]
	quit chan struct{}
	once sync.Once // closes quit
	done chan struct{}
}

func newOrders(carryOut func(any)) *orders {
	o := &orders{mail: mailbox.New[any](), quit: make(chan struct{}), done: make(chan struct{})}
	go o.carryOut(carryOut)
	return o
}

func (o *orders) append(order any) { o.mail.Put(order) }

func (o *orders) carryOut(carryOut func(any)) {
	defer close(o.done)
	for {
		select {
		case <-o.quit:
			return
		case <-o.mail.Ready():
		}
		for _, order := range o.mail.TakeAll() {
			carryOut(order)
		}
	}
}

// close ends the goroutine; what is still in the mailbox is not done.
func (o *orders) close() {
	o.once.Do(func() { close(o.quit) })
	<-o.done
}

// Package handover is what the supervisor (`presszero up`), the controllers that it
// starts (`presszero serve`) and the command `presszero upgrade` say to each other. It is
// the only place where that is written and read.
//
//	upgrade ── Request ──> up ── Order (a line on standard input) ───> controller
//	        <── Reply ───     <── Word (a line on standard output) ───
//	                          ── the socket of the pages (inherited) ─>
//
// Two versions of the program speak it with each other in every upgrade: what is here is
// only added to, and what is not understood is passed over.
//
// # Where to look
//
//	what does a controller tell, and what is it ordered to do?   handover.go
//	what is said over the Unix socket STATE_DIR/control?         control.go
//	how does the socket of the pages outlive a controller?       socket.go
package handover

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// Word is what a controller says to `up` on its standard output, a line of JSON
// each. A controller that is not in standby says only why it cannot serve.
type Word struct {
	Refused  string `json:"refused,omitempty"` // why it cannot serve, or take over; it ends
	Prepared bool   `json:"prepared,omitempty"`
	NoMedia  string `json:"no_media,omitempty"` // why it cannot use the media process that runs
	Serving  bool   `json:"serving,omitempty"`

	Calls int           `json:"calls,omitempty"` // of Serving: that were open
	Gone  int           `json:"gone,omitempty"`  // of these, that Asterisk had no more
	Gap   time.Duration `json:"gap,omitempty"`   // without a controller
}

// Order is what `up` orders a controller to do: each is a line on the controller's standard
// input. Without an order, SIGTERM stops a controller: callers then wait for the one
// that comes next, or for Asterisk's fallback.
type Order string

// The orders.
const (
	TakeOver         Order = "take"       // to one in standby
	StopWithAsterisk Order = "stop"       // Asterisk is stopped next, and every call with it
	StopAlone        Order = "stop alone" // Asterisk goes on, without a controller
)

// Give writes an order to the standard input of a controller.
func (o Order) Give(to io.Writer) error {
	_, err := fmt.Fprintln(to, string(o))
	return err
}

// takesOrders is in the environment of a controller whose standard input has orders.
const takesOrders = "PRESSZERO_TAKES_ORDERS"

// Orders are those that `up` gives us. They are closed when `up` has ended, and nil if
// `up` has not started us.
func Orders() <-chan Order {
	if os.Getenv(takesOrders) == "" {
		return nil
	}
	_ = os.Unsetenv(takesOrders) // it is not meant for what we start
	all := make(chan Order, 4)
	go func() {
		defer close(all)
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			all <- Order(lines.Text())
		}
	}()
	return all
}

// Tell says a word to `up`, on our standard output.
func Tell(w Word) { _ = json.NewEncoder(os.Stdout).Encode(w) }

// JournalWait is how long the old controller may keep the journal after the new one
// has asked for it. After half of that time, the old one is fenced.
const JournalWait = 4 * time.Second

// FarewellLimit is how long a controller that was ordered to stop may speak to its
// callers before it hangs up.
const FarewellLimit = 6 * time.Second

// Words reads what a controller says, until it closes its standard output. A line
// that is no word is passed over.
func Words(from io.ReadCloser) <-chan Word {
	words := make(chan Word, 4)
	go func() {
		defer close(words)
		defer from.Close()
		for lines := bufio.NewScanner(from); lines.Scan(); {
			var w Word
			if json.Unmarshal(lines.Bytes(), &w) == nil {
				words <- w
			}
		}
	}()
	return words
}

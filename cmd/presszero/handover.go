package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// word is what a controller says to `up` on its standard output, a line of JSON
// each; one that is not in standby says only why it cannot serve.
type word struct {
	Refused  string `json:"refused,omitempty"` // why it cannot serve, or take over; it ends
	Prepared bool   `json:"prepared,omitempty"`
	NoMedia  string `json:"no_media,omitempty"` // why it cannot use the media process that runs
	Serving  bool   `json:"serving,omitempty"`

	Calls int           `json:"calls,omitempty"` // of Serving: that were open
	Gone  int           `json:"gone,omitempty"`  // of these, that Asterisk had no more
	Gap   time.Duration `json:"gap,omitempty"`   // without a controller
}

// order is what `up` orders a controller to do: each is a line on the controller's standard
// input. Without an order, SIGTERM stops a controller: callers then wait for the one
// that comes next, or for Asterisk's fallback.
type order string

// The orders.
const (
	takeOver         order = "take"       // to one in standby
	stopWithAsterisk order = "stop"       // Asterisk is stopped next, and every call with it
	stopAlone        order = "stop alone" // Asterisk goes on, without a controller
)

// give writes an order to the standard input of a controller.
func (o order) give(to io.Writer) error {
	_, err := fmt.Fprintln(to, string(o))
	return err
}

// takesOrders is in the environment of a controller whose standard input has orders.
const takesOrders = "PRESSZERO_TAKES_ORDERS"

// orders are those that `up` gives us. They are closed when `up` has ended, and nil if
// `up` has not started us.
func orders() <-chan order {
	if os.Getenv(takesOrders) == "" {
		return nil
	}
	_ = os.Unsetenv(takesOrders) // it is not meant for what we start
	all := make(chan order, 4)
	go func() {
		defer close(all)
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			all <- order(lines.Text())
		}
	}()
	return all
}

// tellUp says a word to `up`, on our standard output.
func tellUp(w word) { _ = json.NewEncoder(os.Stdout).Encode(w) }

// journalWait is how long the old controller may keep the journal. After half
// of it, it is fenced.
const journalWait = 4 * time.Second

// farewellLimit is how long callers are spoken to before everything stops.
const farewellLimit = 6 * time.Second

// wordsOf reads what a controller says, until it closes its standard output. A line
// that is no word is passed over.
func wordsOf(from io.ReadCloser) <-chan word {
	words := make(chan word, 4)
	go func() {
		defer close(words)
		defer from.Close()
		for lines := bufio.NewScanner(from); lines.Scan(); {
			var w word
			if json.Unmarshal(lines.Bytes(), &w) == nil {
				words <- w
			}
		}
	}()
	return words
}

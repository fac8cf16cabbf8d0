package ivr

import "presszero/call"

// Queue is what the flow file says about one queue. Zero values mean the usual,
// see call.QueueSettings.WithUsual.
type Queue struct {
	call.QueueSettings
	Zone string // IANA name of the zone of its days: that of its hours, or else the flow's
}

// queue returns what the flow says of the queue, or nothing but its name.
func (f *Flow) queue(name string) Queue {
	for _, q := range f.Queues {
		if q.Name == name {
			return q
		}
	}
	return Queue{QueueSettings: call.QueueSettings{Name: name}}
}

// Exits by the keys of the flow file.
const (
	exitFull    = "full"
	exitNobody  = "nobody"
	exitClosed  = "closed"
	exitTooLong = "too_long"
)

// namedExit is an exit with its key.
type namedExit struct {
	key string
	call.Exit
}

// passesOn are the settings that may name another queue.
var passesOn = []string{exitFull, exitNobody, exitClosed, exitTooLong, "overflow"}

func (q Queue) exits() []namedExit {
	return []namedExit{{exitFull, q.Full}, {exitNobody, q.Nobody}, {exitClosed, q.Closed}, {exitTooLong, q.TooLong}}
}

// overflowQueues returns the queues to which the queue passes callers on, by key.
func (q Queue) overflowQueues() map[string]string {
	over := map[string]string{}
	for _, e := range q.exits() {
		if e.Queue != "" {
			over[e.key] = e.Queue
		}
	}
	if q.Overflow.Queue != "" {
		over["overflow"] = q.Overflow.Queue
	}
	if q.Peak.Overflow.Queue != "" {
		over["peak"] = q.Peak.Overflow.Queue
	}
	return over
}

// sends returns the ways on which callers of a queue come back to the menus:
// its own, and those of the queues to which it passes callers on.
func (f *Flow) sends(queue string) []way {
	var ways []way
	unvisited, seen := []string{queue}, map[string]bool{queue: true}
	for len(unvisited) > 0 {
		q := f.queue(unvisited[0])
		unvisited = unvisited[1:]
		for _, e := range q.exits() {
			if e.Node == "" {
				continue
			}
			word := e.key
			if q.Name != queue {
				word = q.Name + " " + word
			}
			ways = append(ways, way{byRefusal, word, e.Node})
		}
		over := q.overflowQueues()
		for _, key := range sortedKeys(over) {
			if !seen[over[key]] {
				seen[over[key]] = true
				unvisited = append(unvisited, over[key])
			}
		}
	}
	return ways
}

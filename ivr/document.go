package ivr

import (
	"fmt"
	"time"

	"presszero/internal/yamlfile"
)

// document is what the files of a flow say. Here the names in it are looked up,
// and the forms that several of its parts share are read.
type document struct {
	*report
	file file
	zone *time.Location // of times where nothing else is written
}

// leadsTo notes a destination that is missing, if it is needed, that is written and
// empty, or that names no node.
func (doc *document) leadsTo(name string, needed bool, path ...string) {
	written := doc.source.isWritten(path...)
	switch {
	case name == "" && needed && !written:
		doc.refuse("empty", fmt.Sprintf("%s is missing; a caller would be cut off here, so name a node", path[len(path)-1]), path...)
	case name == "" && written:
		doc.refuse("empty", fmt.Sprintf("%s leads nowhere; a caller would be cut off here, so name a node, or remove the line if a person is meant", path[len(path)-1]), path...)
	case name == "":
	case !doc.isNode(name):
		doc.refuse("lost", fmt.Sprintf("%q is not one of the nodes%s; a caller would be lost here, so correct the name or add the node", name, yamlfile.DidYouMean(name, sortedKeys(doc.file.Nodes))), path...)
	}
}

// isNode reports whether a node of that name is written.
func (doc *document) isNode(name string) bool { _, ok := doc.file.Nodes[name]; return ok }

// leadsToQueue notes a queue that is not there.
func (doc *document) leadsToQueue(name string, path ...string) {
	if _, ok := doc.file.Queues[name]; !ok {
		doc.refuse("lost", fmt.Sprintf("%q is not one of the queues%s; correct the name or add the queue", name, yamlfile.DidYouMean(name, sortedKeys(doc.file.Queues))), path...)
	}
}

// duration reads a time from least to most; one that is not written is the usual.
func (doc *document) duration(text string, usual, least, most time.Duration, path ...string) time.Duration {
	d, err := duration(text, usual, least, most)
	if err != nil {
		doc.refuse("time", err.Error(), path...)
	}
	return d
}

// table reads a weekly table of hours with its holidays.
func (doc *document) table(name string, w fileHours) *Table {
	t := &Table{zone: doc.zone, holidays: map[string][]span{}}
	if w.Zone != "" {
		var err error
		if t.zone, err = loadZone(w.Zone); err != nil {
			doc.refuse("zone", err.Error(), "hours", name, "zone")
		}
	}
	open, before := false, len(doc.found)
	for _, key := range sortedKeys(w.Week) {
		list, err := weekdaysOf(key)
		times, err2 := w.Week[key].times()
		if err == nil {
			err = err2
		}
		if err != nil {
			doc.refuse("hours", err.Error(), "hours", name, "week", key)
		}
		for _, d := range list {
			t.week[d] = append(t.week[d], times...)
		}
		open = open || len(times) > 0
	}
	if !open && len(doc.found) == before {
		doc.refuse("hours", fmt.Sprintf("hours %q are never open, so nobody would ever reach its open branch; write the week", name), "hours", name)
	}
	for _, key := range sortedKeys(w.Holidays) {
		times, err := w.Holidays[key].times()
		if err == nil && !isHoliday(key) {
			err = fmt.Errorf("%q is not a date; write 2026-12-25, or 12-25 for every year", key)
		}
		if err != nil {
			doc.refuse("hours", err.Error(), "hours", name, "holidays", key)
		}
		t.holidays[key] = times
	}
	return t
}

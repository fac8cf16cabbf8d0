package ivr

import (
	"fmt"
	"time"

	"presszero/internal/yamlfile"
)

// Nodes that ask a service or the clock, and nodes where calls end.

func (b *builder) lookupNode(n *Node, w fileNode) {
	ask := &Ask{Method: w.Method, Address: w.Lookup, Body: w.Body, Field: w.Field, Keep: w.Keep, When: w.When,
		Default: w.Default, Timeout: w.Timeout, Failed: w.Failed}
	n.Ask = ask
	ask.Within = b.duration(w.Within, lookUpLimit, 100*time.Millisecond, lookUpLimit, "nodes", n.Name, "within")
	if ask.Method == "" {
		ask.Method = "GET"
	}
	if ask.Method != "GET" && ask.Method != "POST" {
		b.refuse("lookup", fmt.Sprintf("method is %q; use GET or POST", ask.Method), "nodes", n.Name, "method")
	}
	if ask.Body != "" && ask.Method != "POST" {
		b.refuse("lookup", "only a POST has a body; write `method: POST`, or remove the body", "nodes", n.Name, "body")
	}
	b.leadsTo(ask.Default, true, "nodes", n.Name, "default")
	b.leadsTo(ask.Failed, true, "nodes", n.Name, "failed")
	b.leadsTo(ask.Timeout, false, "nodes", n.Name, "timeout")
	if len(ask.When) > 0 && ask.Field == "" {
		b.refuse("lookup", "when compares with a field of the answer; name it with `field`", "nodes", n.Name, "when")
	}
	for _, value := range sortedKeys(ask.When) {
		b.leadsTo(ask.When[value], true, "nodes", n.Name, "when", value)
	}
}

func (b *builder) hoursNode(n *Node, w fileNode) {
	n.Open = &Opening{Table: &Table{zone: b.zone}, Open: w.Open, Closed: w.Closed, Holiday: w.Holiday}
	b.leadsTo(w.Open, true, "nodes", n.Name, "open")
	b.leadsTo(w.Closed, true, "nodes", n.Name, "closed")
	b.leadsTo(w.Holiday, false, "nodes", n.Name, "holiday")
	written, ok := b.file.Hours[w.Hours]
	if !ok {
		b.refuse("lost", fmt.Sprintf("%q is not one of the hours%s; correct the name, or add the table under hours", w.Hours, yamlfile.DidYouMean(w.Hours, sortedKeys(b.file.Hours))), "nodes", n.Name, "hours")
		return
	}
	n.Open.Table = b.table(w.Hours, written)
}

func (b *builder) queueNode(n *Node, w fileNode, queue string) {
	b.leadsToQueue(queue, "nodes", n.Name, string(n.Kind))
	reason := map[Kind]string{Wait: "chosen", Complaint: "complaint", Callback: "callback"}[n.Kind]
	if w.Reason != "" {
		reason = w.Reason
	}
	priority := w.Priority
	if priority == "" && n.Kind == Complaint {
		priority = "complaint"
	}
	for key, word := range map[string]string{"reason": reason, "skill": w.Skill, "priority": priority} {
		if word != "" && !validName.MatchString(word) {
			b.refuse("name", fmt.Sprintf("%q cannot be a %s; use small letters, digits, - and _", word, key), "nodes", n.Name, key)
		}
	}
	if w.Level < 0 || w.Level > mostLevel || w.Level > 0 && w.Skill == "" {
		b.refuse("level", levelFinding, "nodes", n.Name, "level")
	}
	n.Line = &Line{Queue: queue, Priority: priority, Skill: w.Skill, Level: w.Level, Reason: reason, Callback: n.Kind == Callback}
}

func (b *builder) mailboxNode(n *Node, w fileNode) {
	if w.Owner == "" {
		b.refuse("owner", "a message needs an owner, the queue whose people answer it; a message that nobody owns is no service", "nodes", n.Name, "mailbox")
	} else {
		b.leadsToQueue(w.Owner, "nodes", n.Name, "owner")
	}
	n.Message = &Message{Owner: w.Owner,
		Due:     b.duration(w.Due, 15*time.Minute, time.Minute, 72*time.Hour, "nodes", n.Name, "due"),
		Longest: b.duration(w.Longest, 2*time.Minute, 5*time.Second, 10*time.Minute, "nodes", n.Name, "longest")}
	b.leadsTo(n.Then, false, "nodes", n.Name, "then")
}

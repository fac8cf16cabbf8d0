package ivr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"presszero/internal/yamlfile"
)

// What an operator says of each queue, and what of it contradicts itself.

// Bounds of what a queue may be told (see callqueue.Settings for why).
const (
	mostReserve = 20 * time.Second
	mostWindow  = 7 * 24 * time.Hour
	mostCredit  = 2 * time.Minute
	mostLevel   = 10
	mostWeight  = 10
	mostTries   = 10
	mostShort   = 20 * time.Second
	usualKeep   = 24 * time.Hour
)

// What a queue is measured by where the flow does not say.
const (
	UsualTarget = 20 * time.Second
	UsualShort  = 5 * time.Second
)

var (
	strategies   = []string{"longest_idle", "least_recent", "most_skilled"}
	usualPauses  = []time.Duration{5 * time.Minute, 15 * time.Minute}
	validClass   = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,79}$`)
	usualCredits = []string{"vip", "complaint", "retry"}
)

func (b *builder) queues() {
	f := b.file
	if _, ok := f.Queues[f.Person]; !ok {
		b.refuse("person", fmt.Sprintf("person is %q, which is not one of the queues%s; 0 must lead to a person, so name a queue that agents serve", f.Person, yamlfile.DidYouMean(f.Person, keys(f.Queues))), "person")
	}
	for _, name := range keys(f.Queues) {
		if !validName.MatchString(name) {
			b.refuse("name", fmt.Sprintf("%q cannot be a queue's name; use small letters, digits, - and _", name), "queues", name)
		}
		b.flow.Queues = append(b.flow.Queues, b.queue(name, f.Queues[name]))
	}
	b.passingRound()
}

// queueTime reads a time of a queue.
func (b *builder) queueTime(text string, least, most time.Duration, queue string, path ...string) time.Duration {
	return b.duration(text, 0, least, most, append([]string{"queues", queue}, path...)...)
}

func (b *builder) queue(name string, w fileQueue) Queue {
	q := Queue{Name: name, Music: w.Music, Strategy: w.Strategy, Weight: w.Weight}
	q.Ring = b.queueTime(w.Ring, 0, time.Hour, name, "ring")
	q.WrapUp = b.queueTime(w.WrapUp, 0, time.Hour, name, "wrap_up")
	q.Target = b.queueTime(w.Target, time.Second, time.Hour, name, "target")
	q.Zone = b.zone.String()
	b.short(&q, w)
	if w.Music != "" && !validClass.MatchString(w.Music) {
		b.refuse("music", fmt.Sprintf("%q cannot be a class of music; write its name in Asterisk's musiconhold.conf", w.Music), "queues", name, "music")
	}
	if w.Strategy != "" && !slices.Contains(strategies, w.Strategy) {
		b.refuse("strategy", fmt.Sprintf("%q is not a strategy; write one of %s", w.Strategy, strings.Join(strategies, ", ")), "queues", name, "strategy")
	}
	if b.source.has("queues", name, "weight") && (w.Weight < 1 || w.Weight > mostWeight) {
		b.refuse("weight", fmt.Sprintf("a weight is from 1 to %d; each step above 1 is half a minute's head start over the agent's other queues", mostWeight), "queues", name, "weight")
	}
	b.sticky(&q, w)
	b.skill(&q, w)
	b.credits(&q, w)
	b.limits(&q, w)
	b.overflow(&q, w)
	b.announce(&q, w)
	b.callbacks(&q, w)
	return q
}

// off reports whether a part is switched off by a word, and refuses others.
func (b *builder) off(word string, path ...string) bool {
	if word == "" || word == "off" || word == "false" {
		return word != ""
	}
	b.refuse("off", fmt.Sprintf("%q is not understood here; write off, or what is to be set", word), path...)
	return false
}

func (b *builder) sticky(q *Queue, w fileQueue) {
	q.Sticky = Sticky{Off: b.off(w.Sticky.word, "queues", q.Name, "sticky"),
		Window:  b.queueTime(w.Sticky.set.Window, time.Minute, mostWindow, q.Name, "sticky", "window"),
		Reserve: b.queueTime(w.Sticky.set.Reserve, time.Second, mostReserve, q.Name, "sticky", "reserve")}
	target := q.Target
	if target == 0 {
		target = UsualTarget
	}
	if q.Sticky.Reserve > target {
		b.refuse("sticky", fmt.Sprintf("a caller would be kept for one agent for %s, longer than the target of %s; a reserve is at most the target", short(q.Sticky.Reserve), short(target)), "queues", q.Name, "sticky", "reserve")
	}
}

// short reads within which wait giving up is short: a wrong number, a change of
// mind. Near the target it would hide callers who did wait.
func (b *builder) short(q *Queue, w fileQueue) {
	q.Short = b.duration(w.Short, UsualShort, 0, mostShort, "queues", q.Name, "short_abandon")
	target := q.Target
	if target == 0 {
		target = UsualTarget
	}
	if w.Short != "" && 2*q.Short >= target {
		b.warn("short-abandon", fmt.Sprintf("short_abandon is %s, half of the target of %s or more, so callers who did wait count as if they had not; lower it", short(q.Short), short(target)), "queues", q.Name, "short_abandon")
	}
}

func (b *builder) skill(q *Queue, w fileQueue) {
	q.Skill, q.Level = w.Skill, w.Level
	if q.Skill != "" && !validName.MatchString(q.Skill) {
		b.refuse("name", fmt.Sprintf("%q cannot be a skill; use small letters, digits, - and _", q.Skill), "queues", q.Name, "skill")
	}
	if w.Level < 0 || w.Level > mostLevel || w.Level > 0 && w.Skill == "" {
		b.refuse("level", levelFinding, "queues", q.Name, "level")
	}
	last := Widening{Level: mostLevel + 1}
	if w.Level > 0 {
		last.Level = w.Level
	}
	for _, step := range w.Widen {
		next := Widening{After: b.queueTime(step.After, time.Second, time.Hour, q.Name, "widen"), Level: step.Level}
		if next.Level < 0 || next.After <= last.After || next.Level >= last.Level {
			b.refuse("widen", "each step of widen comes later than the one before and asks for less, down to 0, which is everybody of the queue; put them in order", "queues", q.Name, "widen")
			return
		}
		q.Widen = append(q.Widen, next)
		last = next
	}
	if len(q.Widen) > 0 && q.Skill == "" && !b.asked(q.Name) {
		b.warn("widen", "nobody asks for a skill in this queue, so there is nothing to widen; name the skill here or at the node, or remove the line", "queues", q.Name, "widen")
	}
}

const levelFinding = "a level is from 1 to 10 and says how well somebody needs the skill; correct it, or name the skill"

// asked reports whether any caller may ask for a skill in the queue: one who
// comes by a node, or over from another queue.
func (b *builder) asked(queue string) bool {
	from := []string{queue}
	for name, w := range b.file.Queues {
		over := []string{w.Full.Queue, w.Nobody.Queue, w.Closed.Queue, w.TooLong.Queue}
		if w.Overflow != nil {
			over = append(over, w.Overflow.Queue)
		}
		if slices.Contains(over, queue) {
			from = append(from, name)
		}
	}
	for _, n := range b.file.Nodes {
		if n.Skill != "" && slices.Contains(from, n.Queue+n.Complaint+n.Callback) { // a node is one of these
			return true
		}
	}
	return false
}

func (b *builder) credits(q *Queue, w fileQueue) {
	for _, priority := range keys(w.Credits) {
		if !validName.MatchString(priority) {
			b.refuse("name", fmt.Sprintf("%q cannot be a priority; use small letters, digits, - and _", priority), "queues", q.Name, "credits", priority)
		}
		if q.Credits == nil {
			q.Credits = map[string]time.Duration{}
		}
		q.Credits[priority] = b.queueTime(w.Credits[priority], 0, mostCredit, q.Name, "credits", priority)
	}
}

// limits are what a queue may refuse, each with where callers go then: a limit
// without a way would be a promise to nobody, and a way without a limit is
// never gone.
func (b *builder) limits(q *Queue, w fileQueue) {
	if w.Hours != "" {
		if written, ok := b.file.Hours[w.Hours]; ok {
			q.Hours = b.table(w.Hours, written)
			q.Zone = q.Hours.zone.String()
		} else {
			b.refuse("lost", fmt.Sprintf("%q is not one of the hours%s; correct the name, or add the table under hours", w.Hours, yamlfile.DidYouMean(w.Hours, keys(b.file.Hours))), "queues", q.Name, "hours")
		}
	}
	q.Max = max(w.Max, w.Waiting)
	q.MaxWait = b.queueTime(w.MaxWait, time.Second, 12*time.Hour, q.Name, "max_wait")
	q.Full = b.exit(q.Name, exitFull, w.Full)
	q.Nobody = b.exit(q.Name, exitNobody, w.Nobody)
	q.Closed = b.exit(q.Name, exitClosed, w.Closed)
	q.TooLong = b.exit(q.Name, exitTooLong, w.TooLong)
	if w.Max < 0 || w.Waiting < 0 || w.Max > 0 && w.Waiting > 0 || (q.Full != Exit{}) != (q.Max > 0) {
		b.refuse("full", "max_waiting and full belong together: how many may wait, and the node for those beyond; write both or none", "queues", q.Name)
	}
	if (q.Closed != Exit{}) != (w.Hours != "") {
		b.refuse("closed", "hours and closed belong together: when the queue is open, and where callers go at other times; write both or none", "queues", q.Name)
	}
	if (q.TooLong != Exit{}) != (w.MaxWait != "") {
		b.refuse("max-wait", "max_wait and too_long belong together: how long a caller may wait, and where the call goes then; write both or none", "queues", q.Name)
	}
}

// exit reads where callers go whom the queue cannot serve.
func (b *builder) exit(queue, key string, w fileExit) Exit {
	path := []string{"queues", queue, key}
	e := Exit(w)
	ways := 0
	for _, is := range []bool{e.Node != "", e.Queue != "", e.Callback} {
		if is {
			ways++
		}
	}
	switch {
	case ways > 1:
		b.refuse("exit", fmt.Sprintf("%s can lead to one place only: a node, a queue, or the offer of a callback; keep one of them", key), path...)
	case e.Queue == queue:
		b.refuse("overflow", fmt.Sprintf("%s leads into the same queue; name another one", key), path...)
	case e.Queue != "":
		b.isQueue(e.Queue, path...)
	case e.Callback:
		if w := b.file.Queues[queue].Callback.word; w != "" {
			b.refuse("exit", fmt.Sprintf("%s offers a callback, but callback is off in this queue; change one of them", key), path...)
		}
	default:
		b.leadsTo(e.Node, false, path...)
	}
	return e
}

func (b *builder) overflow(q *Queue, w fileQueue) {
	if w.Overflow == nil {
		return
	}
	q.Overflow = Overflow{To: w.Overflow.Queue, After: b.queueTime(w.Overflow.After, time.Second, 12*time.Hour, q.Name, "overflow", "after")}
	switch {
	case q.Overflow.To == "" || w.Overflow.After == "":
		b.refuse("overflow", "overflow needs the queue that takes callers over, and after how long; write both, like {queue: sales, after: 60s}", "queues", q.Name, "overflow")
		q.Overflow = Overflow{}
	case q.Overflow.To == q.Name:
		b.refuse("overflow", "the queue overflows into itself; name another one", "queues", q.Name, "overflow")
	case q.MaxWait > 0 && q.Overflow.After >= q.MaxWait:
		b.refuse("overflow", fmt.Sprintf("nobody waits %s in this queue, since max_wait is %s; let the overflow come earlier, or remove it", short(q.Overflow.After), short(q.MaxWait)), "queues", q.Name, "overflow", "after")
	default:
		b.isQueue(q.Overflow.To, "queues", q.Name, "overflow", "queue")
	}
}

// passingRound refuses queues that pass callers on to one another in a circle.
func (b *builder) passingRound() {
	told := map[string]bool{}
	for _, q := range b.flow.Queues {
		var visit func(at string, trail []string) []string
		visit = func(at string, trail []string) []string {
			over := b.flow.queue(at).over()
			for _, key := range keys(over) {
				if over[key] == q.Name {
					return append(trail, at, q.Name)
				}
				if over[key] != at && !slices.Contains(trail, over[key]) {
					if round := visit(over[key], append(trail, at)); round != nil {
						return round
					}
				}
			}
			return nil
		}
		round := visit(q.Name, nil)
		if len(round) > 2 && !told[slices.Min(round)] {
			told[slices.Min(round)] = true
			b.refuse("overflow", fmt.Sprintf("callers would be passed round between queues (%s); end the way in a queue that keeps them", strings.Join(round, " > ")), "queues", q.Name)
		}
	}
}

func (b *builder) announce(q *Queue, w fileQueue) {
	q.Announce = Announce{Off: b.off(w.Announce.word, "queues", q.Name, "announce"),
		First: b.queueTime(w.Announce.set.First, time.Second, 10*time.Minute, q.Name, "announce", "first"),
		Every: b.queueTime(w.Announce.set.Every, 30*time.Second, time.Hour, q.Name, "announce", "every")}
}

func (b *builder) callbacks(q *Queue, w fileQueue) {
	c, in := w.Callback.set, func(text string, least, most time.Duration, key string) time.Duration {
		return b.queueTime(text, least, most, q.Name, "callback", key)
	}
	q.Callback = Callbacks{Off: b.off(w.Callback.word, "queues", q.Name, "callback"),
		After: in(c.After, time.Second, time.Hour, "after"), Long: in(c.Long, time.Second, 12*time.Hour, "long"),
		Every: in(c.Every, 30*time.Second, time.Hour, "every"), Ring: in(c.Ring, 10*time.Second, 2*time.Minute, "ring"),
		Expires: in(c.Expires, 10*time.Minute, 31*24*time.Hour, "expires")}
	b.attempts(q, c)
	if b.source.has("queues", q.Name, "callback", "later") {
		q.Callback.Later = []time.Duration{}
	}
	for _, text := range c.Later {
		d := in(text, 10*time.Minute, 7*24*time.Hour, "later")
		if n := len(q.Callback.Later); n == 9 || n > 0 && d <= q.Callback.Later[n-1] || d%time.Minute != 0 {
			b.refuse("later", "the times to choose from are at most nine, in whole minutes, each later than the one before; put them in order", "queues", q.Name, "callback", "later")
			return
		}
		q.Callback.Later = append(q.Callback.Later, d)
	}
	b.customerFirst(q, c.CustomerFirst)
	b.quiet(q, c.Quiet)
}

func (b *builder) attempts(q *Queue, c fileCallbacks) {
	path := []string{"queues", q.Name, "callback", "attempts"}
	if len(c.Pauses) > 0 {
		path[3] = "pauses"
	}
	if c.Attempts < 0 || c.Attempts > mostTries || len(c.Pauses) >= mostTries || c.Attempts > 0 && len(c.Pauses) > 0 && len(c.Pauses) != c.Attempts-1 {
		b.refuse("attempts", fmt.Sprintf("attempts are 1 to %d, with one pause less than attempts between them; correct either", mostTries), path...)
		return
	}
	for _, text := range c.Pauses {
		q.Callback.Pauses = append(q.Callback.Pauses, b.queueTime(text, time.Minute, 24*time.Hour, q.Name, "callback", "pauses"))
	}
	if c.Attempts > 0 && len(c.Pauses) == 0 {
		q.Callback.Pauses = []time.Duration{}
		for i := range c.Attempts - 1 {
			q.Callback.Pauses = append(q.Callback.Pauses, usualPauses[min(i, len(usualPauses)-1)])
		}
	}
	var all time.Duration
	for _, d := range q.Callback.Pauses {
		all += d
	}
	keep := q.Callback.Expires
	if keep == 0 {
		keep = usualKeep
	}
	if all >= keep {
		b.refuse("attempts", fmt.Sprintf("the pauses add up to %s, but a callback is given up after %s, so the last attempt would never be made; shorten the pauses, or set expires", short(all), short(keep)), path...)
	}
}

func (b *builder) customerFirst(q *Queue, text string) {
	n := 0
	switch text {
	case "":
	case "never":
		q.Callback.CustomerFirst = -1
	case "always":
		q.Callback.CustomerFirst = 1
	default:
		if _, err := fmt.Sscanf(text, "%d", &n); err != nil || n < 1 || fmt.Sprint(n) != text {
			b.refuse("customer-first", fmt.Sprintf("%q is not understood; write never, always, or from how many agents at work the customer is called first", text), "queues", q.Name, "callback", "customer_first")
			return
		}
		q.Callback.CustomerFirst = n
	}
}

// quiet reads the hours of the night: "20:00-10:00".
func (b *builder) quiet(q *Queue, text string) {
	if text == "" {
		return
	}
	first, last, ok := strings.Cut(text, "-")
	begins, err1 := clock(first)
	ends, err2 := clock(last)
	begins, ends = begins%dayMinutes, ends%dayMinutes
	if begins == 0 {
		begins = dayMinutes
	}
	if !ok || err1 != nil || err2 != nil || begins <= ends {
		b.refuse("quiet", fmt.Sprintf("%q is not a night; write when it begins and when it ends, over midnight, like 20:00-10:00", text), "queues", q.Name, "callback", "quiet")
		return
	}
	q.Callback.From, q.Callback.Until = time.Duration(ends)*time.Minute, time.Duration(begins)*time.Minute
}

// sentBack checks the ways of those whom a queue sends back: none may lead
// straight into the queue again, since that would be no answer.
func (b *builder) sentBack() {
	for _, q := range b.flow.Queues {
		for _, e := range q.exits() {
			if e.Node == "" || e.key == exitTooLong { // who has waited may wait again, at the same place
				continue
			}
			if via := b.flow.straight(e.Node, q.Name, map[string]bool{}); via != "" {
				b.refuse("round", fmt.Sprintf("whom the queue cannot take comes straight back to it, by %q; lead to another queue, a callback, a mailbox or a menu", via), "queues", q.Name, e.key)
			}
		}
	}
	b.unknownPriorities()
	b.callbackOff()
}

// straight follows a caller who does nothing, and returns the node at which the
// queue is asked for again; "" when there is none.
func (f *Flow) straight(name, queue string, seen map[string]bool) string {
	n := f.Nodes[name]
	if n == nil || seen[name] {
		return ""
	}
	seen[name] = true
	if (n.Kind == Wait || n.Kind == Complaint) && n.Line.Queue == queue {
		return name
	}
	for _, w := range f.ways(n) {
		if w.by == byItself {
			if via := f.straight(w.to, queue, seen); via != "" {
				return via
			}
		}
	}
	return ""
}

// unknownPriorities tells of priorities that give nothing.
func (b *builder) unknownPriorities() {
	for _, name := range keys(b.flow.Nodes) {
		n := b.flow.Nodes[name]
		if n.Line == nil || n.Line.Priority == "" || slices.Contains(usualCredits, n.Line.Priority) {
			continue
		}
		if _, ok := b.flow.queue(n.Line.Queue).Credits[n.Line.Priority]; !ok {
			b.warn("credit", fmt.Sprintf("the queue %s gives no credit for %q, so it changes nothing; add it under the queue's credits, or remove it", n.Line.Queue, n.Line.Priority), "nodes", name, "priority")
		}
	}
}

// callbackOff refuses nodes that promise what their queue does not do.
func (b *builder) callbackOff() {
	for _, name := range keys(b.flow.Nodes) {
		if n := b.flow.Nodes[name]; n.Kind == Callback && b.flow.queue(n.Line.Queue).Callback.Off {
			b.refuse("callback", fmt.Sprintf("callers are to be called back here, but callback is off in the queue %s; change one of them", n.Line.Queue), "nodes", name, "callback")
		}
	}
}

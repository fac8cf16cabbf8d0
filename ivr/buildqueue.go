package ivr

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"presszero/call"
	"presszero/internal/yamlfile"
)

// queueBuilder makes the queues of the document, and notes where what is said of
// one contradicts itself.
type queueBuilder struct{ *document }

// usualQueue is a queue of which nothing is said.
var usualQueue = call.UsualQueue()

// mostLevel is the highest level of a skill.
var mostLevel = call.SettingCount(call.QueueSetting("level").Tag.Get("most"))

var validClass = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,79}$`)

// queues makes every queue, in order of their names.
func (b *queueBuilder) queues() []Queue {
	f := b.file
	var queues []Queue
	if _, ok := f.Queues[f.Person]; !ok {
		b.refuse("person", fmt.Sprintf("person is %q, which is not one of the queues%s; 0 must lead to a person, so name a queue that agents serve", f.Person, yamlfile.DidYouMean(f.Person, sortedKeys(f.Queues))), "person")
	}
	for _, name := range sortedKeys(f.Queues) {
		if !validName.MatchString(name) {
			b.refuse("name", fmt.Sprintf("%q cannot be a queue's name; use small letters, digits, - and _", name), "queues", name)
		}
		queues = append(queues, b.queue(name, f.Queues[name]))
	}
	return queues
}

func (b *queueBuilder) queue(name string, w fileQueue) Queue {
	q := Queue{QueueSettings: call.QueueSettings{Name: name}, Zone: b.zone.String()}
	b.settings(reflect.ValueOf(&q.QueueSettings).Elem(), w.written, "queues", name)
	if q.Music != "" && !validClass.MatchString(q.Music) {
		b.refuse("music", fmt.Sprintf("%q cannot be a class of music; write its name in Asterisk's musiconhold.conf", q.Music), "queues", name, "music")
	}
	b.sticky(&q)
	b.short(&q, w)
	b.skill(&q, w)
	b.credits(&q, w)
	b.limits(&q, w)
	b.overflow(&q, &q.Overflow, w.partAt("overflow"), "queues", name, "overflow")
	b.overflow(&q, &q.Peak.Overflow, w.partAt("peak", "overflow"), "queues", name, "peak", "overflow")
	b.callbacks(&q, w)
	b.favourites(&q, w)
	b.codes(&q, w)
	b.leadsTo(q.Step, false, "queues", name, "step")
	b.complaints(&q)
	b.pop(&q)
	b.neverCrossed(&q)
	return q
}

// settings takes what is written of a queue, or of a part of one, into the
// fields of v, as their tags say. Lists, maps and hours, and rules about two
// settings, are left to the functions below.
func (b *queueBuilder) settings(v reflect.Value, w written, path ...string) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			b.settings(v.Field(i), w, path...)
		}
		name := f.Tag.Get("flow")
		if name == "" || f.Name == "_" {
			continue
		}
		part, at := w.parts[name], append(slices.Clone(path), name)
		switch into := v.Field(i).Addr().Interface().(type) {
		case *time.Duration:
			*into = b.settingTime(part.text, f, at...)
		case *int:
			*into = part.count()
			b.count(*into, f, at...)
		case *bool:
			*into = part.text == "true"
		case *call.Exit:
			*into = b.readExit(part, at...)
		case *call.Label:
			*into = part.label
		case *call.CustomerFirst:
			*into = b.customerFirst(part.text, at...)
		case *call.Night:
			*into = b.quiet(part.text, at...)
		case *call.Percent:
			*into = b.percent(part.text, f, at...)
		default:
			b.partOrText(v.Field(i), f, part, at...)
		}
	}
}

// partOrText takes a part of a queue with all that is in it, or a text.
func (b *queueBuilder) partOrText(v reflect.Value, f reflect.StructField, w written, path ...string) {
	switch v.Kind() {
	case reflect.Struct:
		if hasWord(f.Type) {
			v.FieldByName("Off").SetBool(b.switchedOff(w.text, path...))
		}
		b.settings(v, w, path...)
	case reflect.String:
		v.SetString(w.text)
		b.oneOf(f, w.text, path...)
	case reflect.Slice:
		if f.Type == reflect.TypeFor[[]string]() {
			for _, one := range w.list {
				v.Set(reflect.Append(v, reflect.ValueOf(one.text)))
				b.oneOf(f, one.text, path...)
			}
		}
	}
}

// oneOf refuses a word that is none of those of the setting, where it has some.
func (b *queueBuilder) oneOf(f reflect.StructField, word string, path ...string) {
	if words := strings.Fields(f.Tag.Get("words")); word != "" && len(words) > 0 && !slices.Contains(words, word) {
		name := path[len(path)-1]
		b.refuse(name, fmt.Sprintf("%q is not a %s; write one of %s", word, name, strings.Join(words, ", ")), path...)
	}
}

// settingTime reads a time of a queue. Where nothing is written it is 0, or the
// default where 0 is a value of its own.
func (b *queueBuilder) settingTime(text string, f reflect.StructField, path ...string) time.Duration {
	least, most := times(f)
	var usual time.Duration
	if f.Tag.Get("zero") == "own" {
		usual = call.SettingTime(f.Tag.Get("usual"))
	}
	return b.duration(text, usual, least, most, path...)
}

// countFindings are said of counts out of bounds that need more than the bounds.
var countFindings = map[string]string{
	"weight": fmt.Sprintf("a weight is from 1 to %s; each step above 1 is half a minute's head start over the agent's other queues", call.QueueSetting("weight").Tag.Get("most")),
	"level":  levelFinding,
}

// count refuses a count out of its bounds.
func (b *queueBuilder) count(n int, f reflect.StructField, path ...string) {
	least, most := f.Tag.Get("least"), f.Tag.Get("most")
	tooFew := least != "" && n < call.SettingCount(least) && !(n == 0 && f.Tag.Get("zero") == "own")
	tooMany := most != "" && n > call.SettingCount(most)
	if !tooFew && !tooMany || !b.source.isWritten(path...) {
		return
	}
	name := path[len(path)-1]
	if what, own := countFindings[name]; own {
		b.refuse(name, what, path...)
		return
	}
	to := "up"
	if most != "" {
		to = "to " + most
	}
	b.refuse("count", fmt.Sprintf("%d does not fit here; write a count from %s %s", n, least, to), path...)
}

// switchedOff reports whether a part is switched off by a word, and refuses others.
func (b *queueBuilder) switchedOff(word string, path ...string) bool {
	if word == "" || word == "off" || word == "false" {
		return word != ""
	}
	b.refuse("off", fmt.Sprintf("%q is not understood here; write off, or what is to be set", word), path...)
	return false
}

func (b *queueBuilder) sticky(q *Queue) {
	if target := q.WithUsual().Target; q.Sticky.Reserve > target {
		b.refuse("sticky", fmt.Sprintf("a caller would be kept for one agent for %s, longer than the target of %s; a reserve is at most the target", short(q.Sticky.Reserve), short(target)), "queues", q.Name, "sticky", "reserve")
	}
}

// short reads within which wait giving up is short: a wrong number, a change of
// mind. Near the target it would hide callers who did wait.
func (b *queueBuilder) short(q *Queue, w fileQueue) {
	written := w.partAt("short_abandon").text != ""
	if target := q.WithUsual().Target; written && 2*q.ShortAbandon >= target {
		b.warnAt("short-abandon", fmt.Sprintf("short_abandon is %s, half of the target of %s or more, so callers who did wait count as if they had not; lower it", short(q.ShortAbandon), short(target)), "queues", q.Name, "short_abandon")
	}
}

func (b *queueBuilder) skill(q *Queue, w fileQueue) {
	if q.Skill != "" && !validName.MatchString(q.Skill) {
		b.refuse("name", fmt.Sprintf("%q cannot be a skill; use small letters, digits, - and _", q.Skill), "queues", q.Name, "skill")
	}
	if q.Level > 0 && q.Skill == "" {
		b.refuse("level", levelFinding, "queues", q.Name, "level")
	}
	q.Widen = b.widen(q, w.partAt("widen"), "queues", q.Name, "widen")
	q.Peak.Widen = b.widen(q, w.partAt("peak", "widen"), "queues", q.Name, "peak", "widen")
}

// widen reads the steps by which the level asked for falls.
func (b *queueBuilder) widen(q *Queue, w written, path ...string) (steps []call.Widening) {
	last := call.Widening{Level: mostLevel + 1}
	if q.Level > 0 {
		last.Level = q.Level
	}
	for _, step := range w.list {
		next := call.Widening{Level: step.partAt("level").count(),
			After: b.settingTime(step.partAt("after").text, call.QueueSetting("widen", "after"), path...)}
		if next.Level < 0 || next.After <= last.After || next.Level >= last.Level {
			b.refuse("widen", "each step of widen comes later than the one before and asks for less, down to 0, which is everybody of the queue; put them in order", path...)
			return steps
		}
		steps = append(steps, next)
		last = next
	}
	if len(steps) > 0 && q.Skill == "" && !b.asked(q.Name) {
		b.warnAt("widen", "nobody asks for a skill in this queue, so there is nothing to widen; name the skill here or at the node, or remove the line", path...)
	}
	return steps
}

var levelFinding = fmt.Sprintf("a level is from 1 to %d and says how well somebody needs the skill; correct it, or name the skill", mostLevel)

// asked reports whether any caller may ask for a skill in the queue: one who
// comes by a node, or over from another queue.
func (b *queueBuilder) asked(queue string) bool {
	from := []string{queue}
	for name, w := range b.file.Queues {
		passes := func(key string) bool { return w.partAt(key, "queue").text == queue }
		if slices.ContainsFunc(passesOn, passes) || w.partAt("peak", "overflow", "queue").text == queue {
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

func (b *queueBuilder) credits(q *Queue, w fileQueue) {
	written := w.partAt("credits").parts
	for _, priority := range sortedKeys(written) {
		if !validName.MatchString(priority) {
			b.refuse("name", fmt.Sprintf("%q cannot be a priority; use small letters, digits, - and _", priority), "queues", q.Name, "credits", priority)
		}
		if q.Credits == nil {
			q.Credits = map[string]time.Duration{}
		}
		q.Credits[priority] = b.settingTime(written[priority].text, call.QueueSetting("credits"), "queues", q.Name, "credits", priority)
	}
}

// limits are what a queue may refuse, each with where callers go then: a limit
// without a way would leave its callers nowhere, and a way without a limit is
// never gone, but that of a queue which a supervisor closes.
func (b *queueBuilder) limits(q *Queue, w fileQueue) {
	hours := w.partAt("hours").text
	if hours != "" {
		if table, ok := b.file.Hours[hours]; ok {
			t := b.table(hours, table)
			q.Hours, q.Zone = t.Stretch, t.zone.String()
		} else {
			b.refuse("lost", fmt.Sprintf("%q is not one of the hours%s; correct the name, or add the table under hours", hours, yamlfile.DidYouMean(hours, sortedKeys(b.file.Hours))), "queues", q.Name, "hours")
		}
	}
	before := w.partAt("max").count() // what max_waiting was called first
	twice := before > 0 && q.MaxWaiting > 0
	q.MaxWaiting = max(before, q.MaxWaiting)
	if twice || (q.Full != call.Exit{}) != (q.MaxWaiting > 0) {
		b.refuse("full", "max_waiting and full belong together: how many may wait, and the node for those beyond; write both or none", "queues", q.Name)
	}
	if hours != "" && q.Closed == (call.Exit{}) { // closed alone is for a supervisor who closes the queue
		b.refuse("closed", "hours need closed: where callers go at other times; write both, or closed alone, for when a supervisor closes the queue", "queues", q.Name)
	}
	if (q.TooLong != call.Exit{}) != (w.partAt("max_wait").text != "") {
		b.refuse("max-wait", "max_wait and too_long belong together: how long a caller may wait, and where the call goes then; write both or none", "queues", q.Name)
	}
}

// neverCrossed tells of limits for supervisors that the queue itself does not let come to
// be crossed.
func (b *queueBuilder) neverCrossed(q *Queue) {
	warn := func(limit, why string) {
		b.warnAt("never-crossed", fmt.Sprintf("this limit is never crossed, since %s; lower it, or remove it", why), "queues", q.Name, "limits", limit)
	}
	l := q.Limits
	if l.LongestWait > 0 && q.MaxWait > 0 && l.LongestWait >= q.MaxWait {
		warn("longest_wait", "callers wait "+short(q.MaxWait)+" at most (max_wait)")
	}
	if l.Waiting > 0 && q.MaxWaiting > 0 && l.Waiting >= q.MaxWaiting {
		warn("waiting", fmt.Sprintf("no more than %d wait (max_waiting)", q.MaxWaiting))
	}
	if l.CallbackLate > 0 && q.Callback.Off {
		warn("callback_late", "callback is off in this queue")
	}
}

// readExit reads where callers go whom the queue cannot serve.
func (b *queueBuilder) readExit(w written, path ...string) call.Exit {
	queue, key := path[1], path[2]
	e := call.Exit{Node: w.text + w.partAt("node").text, Queue: w.partAt("queue").text, Callback: w.partAt("callback").text == "true"}
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
		b.leadsToQueue(e.Queue, path...)
	case e.Callback:
		if b.file.Queues[queue].partAt("callback").text != "" {
			b.refuse("exit", fmt.Sprintf("%s offers a callback, but callback is off in this queue; change one of them", key), path...)
		}
	default:
		b.leadsTo(e.Node, false, path...)
	}
	return e
}

// overflow checks what the reader has taken of an overflow; o is it, and w what is written.
func (b *queueBuilder) overflow(q *Queue, o *call.OverflowSettings, w written, path ...string) {
	if w.parts == nil {
		return
	}
	switch {
	case o.Queue == "" || w.partAt("after").text == "":
		b.refuse("overflow", "overflow needs the queue that takes callers over, and after how long; write both, like {queue: sales, after: 60s}", path...)
		*o = call.OverflowSettings{}
	case o.Queue == q.Name:
		b.refuse("overflow", "the queue overflows into itself; name another one", path...)
	case q.MaxWait > 0 && o.After >= q.MaxWait:
		b.refuse("overflow", fmt.Sprintf("nobody waits %s in this queue, since max_wait is %s; let the overflow come earlier, or remove it", short(o.After), short(q.MaxWait)), append(path, "after")...)
	default:
		b.leadsToQueue(o.Queue, append(path, "queue")...)
	}
}

// callbacks takes the lists of a queue's callbacks.
func (b *queueBuilder) callbacks(q *Queue, w fileQueue) {
	b.attempts(q, w.partAt("callback"))
	if b.source.isWritten("queues", q.Name, "callback", "later") {
		q.Callback.Later = []time.Duration{}
	}
	later := call.QueueSetting("callback", "later")
	most := call.SettingCount(later.Tag.Get("entries"))
	for _, one := range w.partAt("callback", "later").list {
		d := b.settingTime(one.text, later, "queues", q.Name, "callback", "later")
		if n := len(q.Callback.Later); n == most || n > 0 && d <= q.Callback.Later[n-1] || d%time.Minute != 0 {
			b.refuse("later", "the times to choose from are at most nine, in whole minutes, each later than the one before; put them in order", "queues", q.Name, "callback", "later")
			return
		}
		q.Callback.Later = append(q.Callback.Later, d)
	}
}

// attempts takes the pauses between attempts, or makes them of their number.
func (b *queueBuilder) attempts(q *Queue, w written) {
	path := []string{"queues", q.Name, "callback", "attempts"}
	pauses, attempts := w.partAt("pauses").list, w.partAt("attempts").count()
	if len(pauses) > 0 {
		path[3] = "pauses"
	}
	most := call.SettingCount(call.QueueSetting("callback", "attempts").Tag.Get("most"))
	if attempts > most || len(pauses) >= most || attempts > 0 && len(pauses) > 0 && len(pauses) != attempts-1 {
		b.refuse("attempts", fmt.Sprintf("attempts are 1 to %d, with one pause less than attempts between them; correct either", most), path...)
		return
	}
	for _, one := range pauses {
		q.Callback.Pauses = append(q.Callback.Pauses, b.settingTime(one.text, call.QueueSetting("callback", "pauses"), "queues", q.Name, "callback", "pauses"))
	}
	if attempts > 0 && len(pauses) == 0 {
		q.Callback.Pauses = []time.Duration{}
		usual := usualQueue.Callback.Pauses
		for i := range attempts - 1 {
			q.Callback.Pauses = append(q.Callback.Pauses, usual[min(i, len(usual)-1)])
		}
	}
	var all time.Duration
	for _, d := range q.Callback.Pauses {
		all += d
	}
	if keep := cmp.Or(q.Callback.Expires, call.UsualExpiry); all >= keep {
		b.refuse("attempts", fmt.Sprintf("the pauses add up to %s, but a callback is given up after %s, so the last attempt would never be made; shorten the pauses, or set expires", short(all), short(keep)), path...)
	}
}

// customerFirst reads never, always, or a count; 0 where nothing is written.
func (b *queueBuilder) customerFirst(text string, path ...string) call.CustomerFirst {
	switch text {
	case "":
		return 0
	case "never":
		return call.NeverFirst
	case "always":
		return call.AlwaysFirst
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || strconv.Itoa(n) != text {
		b.refuse("customer-first", fmt.Sprintf("%q is not understood; write never, always, or from how many agents at work the customer is called first", text), path...)
		return 0
	}
	return call.CustomerFirst(n)
}

// percent reads a share, as 10%. Where nothing is written it is 0, or the default where
// 0 is a value of its own.
func (b *queueBuilder) percent(text string, f reflect.StructField, path ...string) call.Percent {
	if text == "" {
		if f.Tag.Get("zero") == "own" {
			return call.Percent(call.SettingCount(f.Tag.Get("usual")))
		}
		return 0
	}
	if !regexp.MustCompile(f.Tag.Get("pattern")).MatchString(text) {
		b.refuse("percent", fmt.Sprintf("%q does not fit here; write whole percent from %s%% to %s%%, like 10%%", text, f.Tag.Get("least"), f.Tag.Get("most")), path...)
		return 0
	}
	return call.Percent(call.SettingCount(strings.TrimSuffix(text, "%")))
}

// quiet reads the hours of the night: "20:00-10:00".
func (b *queueBuilder) quiet(text string, path ...string) call.Night {
	if text == "" {
		return call.Night{}
	}
	first, last, ok := strings.Cut(text, "-")
	begins, err1 := clock(first)
	ends, err2 := clock(last)
	begins, ends = begins%dayMinutes, ends%dayMinutes
	if begins == 0 {
		begins = dayMinutes
	}
	if !ok || err1 != nil || err2 != nil || begins <= ends {
		b.refuse("quiet", fmt.Sprintf("%q is not a night; write when it begins and when it ends, over midnight, like 20:00-10:00", text), path...)
		return call.Night{}
	}
	return call.Night{Begin: time.Duration(begins) * time.Minute, End: time.Duration(ends) * time.Minute}
}
